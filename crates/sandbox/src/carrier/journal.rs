//! The carrier's memory across restarts: a file of JSON lines, one write a line.

use super::record::{Facts, MessageView};
use chrono::{DateTime, Utc};
use frontdesk_core::event::EndCause;
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
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
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64)?;
        file.seek(SeekFrom::End(0))?;
        let mut entries = Vec::new();
        for (index, line) in bytes[..whole].split(|byte| *byte == b'\n').enumerate() {
            if line.is_empty() {
                continue;
            }
            let entry = serde_json::from_slice(line).map_err(|error| {
                let fault = crate::wire::json_fault(&error);
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("line {} of the sandbox's journal: {fault}", index + 1),
                )
            })?;
            entries.push(entry);
        }
        Ok((Self(Some(Tape { file, length: whole as u64 })), entries))
    }

    /// Remembers; once this returns, the death of the process loses nothing.
    pub(super) fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let Some(Tape { file, length }) = &mut self.0 else {
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
