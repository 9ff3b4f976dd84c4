//! The carrier's memory across restarts: a file of JSON lines, one write a line.

use super::record::{Facts, MessageView};
use chrono::{DateTime, Utc};
use frontdesk_core::event::EndCause;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// What is worth remembering.
#[derive(Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub(super) enum Entry {
    /// A call was taken.
    Call { at: DateTime<Utc>, call: Facts },
    /// A call is over.
    Ended { at: DateTime<Utc>, id: String, cause: EndCause, seconds: Option<u32> },
    /// A call was placed a second time under one reference, and refused.
    DuplicateCall { at: DateTime<Utc>, reference: String },
    /// A message was taken; one that a customer wrote has no reference.
    Message { reference: Option<String>, message: MessageView },
    /// A message was sent a second time under one reference, and refused.
    DuplicateMessage { at: DateTime<Utc>, reference: String },
}

/// Where entries go; nowhere when the carrier was given no file.
pub(super) struct Journal(Option<Tape>);

struct Tape {
    path: PathBuf,
    file: File,
    /// Bytes of whole lines.
    length: u64,
}

impl Journal {
    pub(super) fn forgetful() -> Self {
        Self(None)
    }

    /// Opens the file, makes it when it is not there, and reads what it holds.
    ///
    /// A process that is killed may leave half a line at the end: nobody was answered for it, so it is cut off.
    pub(super) fn open(path: &Path) -> io::Result<(Self, Vec<Entry>)> {
        let mut file = private(path, false)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64)?;
        file.seek(SeekFrom::End(0))?;
        let entries = entries(&bytes[..whole])?;
        Ok((Self(Some(Tape { path: path.to_owned(), file, length: whole as u64 })), entries))
    }

    /// Writes every entry anew as `change` leaves it, in a file that takes the place of the old one in one step.
    pub(super) fn rewrite(&mut self, mut change: impl FnMut(&mut Entry)) -> io::Result<()> {
        let Some(tape) = &mut self.0 else {
            return Ok(());
        };
        tape.file.seek(SeekFrom::Start(0))?;
        let mut bytes = Vec::new();
        let read = tape.file.read_to_end(&mut bytes);
        tape.file.seek(SeekFrom::Start(tape.length))?;
        read?;
        let mut text = Vec::with_capacity(bytes.len());
        for mut entry in entries(&bytes)? {
            change(&mut entry);
            serde_json::to_writer(&mut text, &entry)?;
            text.push(b'\n');
        }
        let half = tape.path.with_extension("half");
        let mut file = private(&half, true)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&half, &tape.path)?;
        (tape.file, tape.length) = (file, text.len() as u64);
        // The name itself must survive a power cut as well.
        let folder = tape.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    /// Remembers; once this returns, the death of the process loses nothing.
    pub(super) fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let Some(Tape { file, length, .. }) = &mut self.0 else {
            return Ok(());
        };
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        if let Err(error) = file.write_all(&line) {
            // Half a line (a full disk) would spoil the next one.
            file.set_len(*length)?;
            file.seek(SeekFrom::Start(*length))?;
            return Err(error);
        }
        *length += line.len() as u64;
        Ok(())
    }
}

/// Opens a file that only its user may read, and makes it when it is not there.
fn private(path: &Path, empty: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(empty);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn entries(lines: &[u8]) -> io::Result<Vec<Entry>> {
    let lines = lines.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
    let read = lines.map(|(index, line)| {
        serde_json::from_slice(line).map_err(|error| {
            let fault = crate::wire::json_fault(&error);
            io::Error::new(io::ErrorKind::InvalidData, format!("line {} of the sandbox's journal: {fault}", index + 1))
        })
    });
    read.collect()
}
