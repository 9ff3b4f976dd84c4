//! The redo log: what makes a write to SQLite durable before its pages are written.
//!
//! A commit writes whole pages, and the same ones again at the next commit. Under load the writer therefore keeps one
//! transaction open over many batches. Before a batch is answered, its statements go into this file beside the database,
//! as they were run, and the file is synchronised; the transaction is committed now and then, and each page written once
//! for all of them ("folded"). After a crash the statements run again, from the last commit on: the same statements on
//! the same rows make the same rows.
//!
//! The file is written over from its beginning after each fold, which costs a disk the least. A record says in which
//! generation it was written, and the database which generation it holds; so nothing is run twice, and what is left of
//! older times is known as such. Whoever holds the file's lock is the only one who writes or replays it.

use crate::{
    db::Arg,
    record::{Reader, whole},
};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// The file grows by this much at once: a file whose length stays the same is synchronised faster.
const GROW: u64 = 1 << 20;
/// Length and checksum, and the generation, which the checksum covers.
const HEAD: usize = 16;

/// The file, locked.
pub(crate) struct Redo {
    file: File,
    /// Where the next record goes, and how long the file is.
    at: u64,
    size: u64,
    /// Of the records that are written now: one more than the database holds.
    generation: i64,
    /// The statements of this generation, each written out once and counted from then on.
    texts: Vec<&'static str>,
    /// The record that is being made.
    record: Vec<u8>,
}

/// Where the log of a database file lies, whatever links lead to that file.
pub(crate) fn beside(database: &Path) -> PathBuf {
    let mut path = database.canonicalize().unwrap_or_else(|_| database.to_path_buf()).into_os_string();
    path.push("-redo");
    path.into()
}

/// Gives the log the permissions of its database and, where root made it, the owner.
#[cfg(unix)]
fn own_alike(file: &File, database: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let (ours, theirs) = (file.metadata()?, std::fs::metadata(database)?);
    if (ours.uid(), ours.gid()) != (theirs.uid(), theirs.gid()) {
        // Only root may; for everybody else it is what it is.
        drop(fchown(file, Some(theirs.uid()), Some(theirs.gid())));
    }
    file.set_permissions(theirs.permissions())
}

/// The log cannot be used; for whoever has to look after it.
#[derive(Debug)]
pub(crate) struct Unusable(pub(crate) String);

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unusable {}

/// Its statements could not be run again.
#[expect(clippy::needless_pass_by_value, reason = "stands in `map_err`")]
pub(crate) fn unusable(database: &Path, error: sqlx::Error) -> sqlx::Error {
    let log = beside(database);
    tracing::error!(kind = crate::db::error_kind(&error), log = %log.display(), "the redo log cannot be run");
    let remedy =
        "it holds what was answered last: keep a copy, move it away and start again, or start the newer version";
    sqlx::Error::Configuration(Box::new(Unusable(format!("the redo log {} cannot be run; {remedy}", log.display()))))
}

/// Another program has it at this moment, and must not.
pub(crate) fn busy(database: &Path) -> sqlx::Error {
    let log = beside(database);
    let message = format!("the redo log {} is held by another program; wait for it, or end it", log.display());
    sqlx::Error::Configuration(Box::new(Unusable(message)))
}

/// The database does not say any more which generation it holds.
pub(crate) fn rowless(database: &Path) -> sqlx::Error {
    let (file, log) = (database.display(), beside(database));
    let message = format!(
        "the table redo in {file} has lost its row; restore the database, or keep a copy of {} and move it away, and run: \
         insert into redo (id, generation) values (1, abs(random() % 1000000000000))",
        log.display()
    );
    sqlx::Error::Configuration(Box::new(Unusable(message)))
}

impl Redo {
    /// Opens the log of a database and locks it; `None` while another writer has it.
    ///
    /// # Errors
    /// When it cannot be opened or locked.
    pub(crate) fn claim(database: &Path) -> io::Result<Option<Self>> {
        let path = beside(database);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        let size = file.metadata()?.len();
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            // A file system that knows no locks: each batch is a commit there.
            Err(TryLockError::Error(_)) if size == 0 => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        #[cfg(unix)]
        if size == 0 {
            own_alike(&file, database)?;
            // A file that was just made is found again after a power cut only once its folder is on the disk. Some file
            // systems refuse that, as they do to SQLite, which goes on as well.
            let folder = path.parent().and_then(|folder| File::open(folder).ok());
            drop(folder.map(|folder| folder.sync_all()));
        }
        Ok(Some(Self { file, at: 0, size, generation: 0, texts: Vec::new(), record: Vec::new() }))
    }

    /// Every statement that was run since generation `held` was committed, in order; how many records there were.
    ///
    /// # Errors
    /// When the file cannot be read, or `run` fails.
    pub(crate) fn replay(
        &mut self,
        held: i64,
        mut run: impl FnMut(&str, usize, &[Arg]) -> sqlx::Result<()>,
    ) -> sqlx::Result<usize> {
        self.generation = held.wrapping_add(1);
        let mut bytes = Vec::new();
        self.file.rewind()?;
        self.file.read_to_end(&mut bytes)?;
        let (mut rest, mut texts, mut records) = (bytes.as_slice(), Vec::new(), 0);
        while let Some(record) = whole(&mut rest, self.generation) {
            let mut record = Reader(record);
            while !record.0.is_empty() {
                let (text, width, args) = record.statement(&mut texts).ok_or_else(unreadable)?;
                run(text, width, &args)?;
            }
            records += 1;
        }
        Ok(records)
    }

    /// Begins a record.
    pub(crate) fn begin(&mut self) {
        if self.at == 0 {
            // What was written out in a record that was not appended is not in the file.
            self.texts.clear();
        }
        self.record.clear();
        self.record.resize(HEAD, 0);
    }

    /// Whether no statement was added to the record.
    pub(crate) fn says_nothing(&self) -> bool {
        self.record.len() <= HEAD
    }

    /// Adds a statement that was run for each `width` values to the record.
    pub(crate) fn note(&mut self, text: &'static str, width: usize, args: &[Arg]) {
        let known = self.texts.iter().position(|known| std::ptr::eq(*known, text));
        let place = known.unwrap_or(self.texts.len());
        self.number(place);
        if known.is_none() {
            self.texts.push(text);
            self.bytes(text.as_bytes());
        }
        self.number(width);
        self.number(args.len());
        for arg in args {
            match arg {
                Arg::Int(None) | Arg::Text(None) | Arg::Id(None) => self.record.push(0),
                Arg::Int(Some(value)) => {
                    self.record.push(1);
                    self.record.extend(value.to_le_bytes());
                }
                Arg::Text(Some(text)) | Arg::Doc(text) => {
                    self.record.push(2);
                    self.bytes(text.as_bytes());
                }
                Arg::Id(Some(id)) => {
                    self.record.push(3);
                    self.record.extend(id.as_bytes());
                }
            }
        }
    }

    /// A batch has fewer rows and a row fewer characters than 4 thousand millions: bodies are bounded.
    fn number(&mut self, number: usize) {
        self.record.extend(u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.record.extend_from_slice(bytes);
    }

    /// Writes the record; it is on the disk when this returns.
    ///
    /// # Errors
    /// When the disk is full or fails. Whether the record is there is unknown then.
    pub(crate) fn append(&mut self) -> io::Result<()> {
        self.record[8..HEAD].copy_from_slice(&self.generation.to_le_bytes());
        let length = u32::try_from(self.record.len() - 8).map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.record[..4].copy_from_slice(&length.to_le_bytes());
        let checksum = crc32fast::hash(&self.record[8..]);
        self.record[4..8].copy_from_slice(&checksum.to_le_bytes());
        let end = self.at + self.record.len() as u64;
        if end > self.size {
            let size = end.next_multiple_of(GROW);
            self.file.seek(SeekFrom::Start(self.size))?;
            if let Err(error) = io::copy(&mut io::repeat(0).take(size - self.size), &mut self.file) {
                // The database may need the last of the disk.
                drop(self.file.set_len(self.size));
                return Err(error);
            }
            self.size = size;
        }
        self.file.seek(SeekFrom::Start(self.at))?;
        self.file.write_all(&self.record)?;
        self.file.sync_data()?;
        self.at = end;
        Ok(())
    }

    /// How much was written since the last fold, in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.at
    }

    /// The generation that is committed with the next fold.
    pub(crate) fn generation(&self) -> i64 {
        self.generation
    }

    /// The database holds all of it now: the next record goes to the beginning.
    pub(crate) fn folded(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        self.at = 0;
    }

    /// The same on a disk that takes no more.
    #[cfg(test)]
    pub(crate) fn on_a_full_disk(&mut self, database: &Path) {
        self.file = File::open(beside(database)).expect("it is there");
    }

    /// Leaves nothing of what was written and folded: somebody is to be forgotten.
    pub(crate) fn scrub(&mut self) -> io::Result<()> {
        if self.at == 0 && self.size > 0 {
            self.file.set_len(0)?;
            self.file.sync_data()?;
            self.size = 0;
        }
        Ok(())
    }
}

/// Its checksum holds, and yet it says nothing.
fn unreadable() -> sqlx::Error {
    let why = "the redo log beside the database was written by a newer version; start that one once";
    io::Error::new(io::ErrorKind::InvalidData, why).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const PUT: &str = "insert into t values (?1, ?2)";
    const RUN: &str = "update t set n = 1";

    fn args(n: i64) -> Vec<Arg> {
        vec![n.into(), Arg::Doc(format!("{{\"n\":{n}}}")), Arg::Id(Some(Uuid::from_u128(7))), Arg::Text(None)]
    }

    fn write(redo: &mut Redo, numbers: impl IntoIterator<Item = i64>) {
        redo.begin();
        for n in numbers {
            redo.note(PUT, 2, &args(n));
        }
        redo.note(RUN, 1, &[]);
        redo.append().unwrap();
    }

    /// The first values of what is replayed after generation `held`.
    fn replayed(redo: &mut Redo, held: i64) -> Vec<i64> {
        let mut found = Vec::new();
        let put = |text: &str, width: usize, args: &[Arg]| {
            match (text, args) {
                (PUT, [Arg::Int(Some(n)), Arg::Text(Some(doc)), Arg::Id(Some(id)), Arg::Text(None)]) => {
                    assert_eq!((width, doc.as_str(), id.as_u128()), (2, format!("{{\"n\":{n}}}").as_str(), 7));
                    found.push(*n);
                }
                (RUN, []) => {}
                other => panic!("{other:?}"),
            }
            Ok(())
        };
        redo.replay(held, put).unwrap();
        found
    }

    fn fresh(folder: &tempfile::TempDir) -> (PathBuf, Redo) {
        let file = folder.path().join("test.db");
        std::fs::write(&file, "").unwrap();
        let mut redo = Redo::claim(&file).unwrap().unwrap();
        assert!(replayed(&mut redo, 41).is_empty());
        (file, redo)
    }

    #[test]
    fn what_was_appended_is_replayed_in_order_after_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let (file, mut redo) = fresh(&folder);
        write(&mut redo, [1, 2]);
        write(&mut redo, [3]);
        drop(redo);
        assert_eq!(replayed(&mut Redo::claim(&file).unwrap().unwrap(), 41), [1, 2, 3]);
    }

    #[test]
    fn what_the_database_holds_is_not_replayed() {
        let folder = tempfile::tempdir().unwrap();
        let (file, mut redo) = fresh(&folder);
        write(&mut redo, [1, 2]);
        write(&mut redo, [3]);
        redo.folded();
        write(&mut redo, [4]);
        drop(redo);
        let mut redo = Redo::claim(&file).unwrap().unwrap();
        assert_eq!(replayed(&mut redo, 42), [4]);
        assert!(replayed(&mut redo, 43).is_empty());
        assert!(replayed(&mut redo, 41).is_empty());
    }

    #[test]
    fn a_record_that_was_torn_ends_the_replay_wherever_it_was_torn() {
        let folder = tempfile::tempdir().unwrap();
        let (file, mut redo) = fresh(&folder);
        write(&mut redo, [1]);
        let first = redo.len();
        write(&mut redo, [2]);
        let last = redo.len();
        let bytes = std::fs::read(beside(&file)).unwrap();
        for at in first..last {
            let at = usize::try_from(at).unwrap();
            let mut torn = bytes.clone();
            torn[at] = !torn[at];
            std::fs::write(beside(&file), torn).unwrap();
            assert_eq!(replayed(&mut redo, 41), [1], "torn at {at}");
        }
        std::fs::write(beside(&file), bytes).unwrap();
        assert_eq!(replayed(&mut redo, 41), [1, 2]);
    }

    #[test]
    fn the_log_is_one_writers_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let (file, redo) = fresh(&folder);
        assert!(Redo::claim(&file).unwrap().is_none());
        drop(redo);
        assert!(Redo::claim(&file).unwrap().is_some());
    }

    #[test]
    fn nothing_is_left_of_what_was_folded_once_it_was_scrubbed() {
        let folder = tempfile::tempdir().unwrap();
        let (file, mut redo) = fresh(&folder);
        write(&mut redo, [1]);
        redo.scrub().unwrap();
        assert!(std::fs::metadata(beside(&file)).unwrap().len() > 0, "what is not folded is kept");
        redo.folded();
        redo.scrub().unwrap();
        assert_eq!(std::fs::metadata(beside(&file)).unwrap().len(), 0);
        write(&mut redo, [2]);
        assert_eq!(replayed(&mut redo, 42), [2]);
    }
}
