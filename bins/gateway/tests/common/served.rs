//! A gateway that serves, in a process of its own.

use crate::binary::gateway;
use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

/// A gateway in a process of its own; ended however the test ends.
pub(crate) struct Served {
    pub(crate) child: Child,
    pub(crate) url: String,
    pub(crate) token: String,
    pub(crate) greeting: String,
    pub(crate) stdout: BufReader<ChildStdout>,
}

impl Served {
    pub(crate) fn start(folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = gateway(folder);
        command.args(["serve"]).env("FRONTDESK_LISTEN", "127.0.0.1:0").envs(variables.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        stdout.read_line(&mut greeting).unwrap();
        let word = |after: &str| {
            let rest = greeting.split(after).nth(1).unwrap_or_else(|| panic!("no greeting: {greeting:?}"));
            rest.split_whitespace().next().unwrap().to_owned()
        };
        let (url, token) = (word("answers at "), word("?token="));
        Self { child, url, token, greeting, stdout }
    }

    pub(crate) fn terminate(&mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let mut said = std::mem::take(&mut self.greeting);
        self.stdout.read_to_string(&mut said).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It is gone already when the test went well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
