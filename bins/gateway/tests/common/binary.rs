//! The binary, run in a folder of its own and without any environment.

use std::{
    path::Path,
    process::{Command, Output},
};

pub(crate) fn gateway(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.current_dir(folder).env_clear();
    command
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = gateway(folder).args(arguments).output().unwrap();
    (status.code(), text(&stdout), text(&stderr))
}
