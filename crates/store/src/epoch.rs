//! The writer's transaction on SQLite, open over many batches where there is load, see [`crate::redo`].

use crate::{
    db::Arg,
    native::Native,
    redo::{self, Redo},
};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

const BEGIN: &str = "begin immediate";
const COMMIT: &str = "commit";
const ROLLBACK: &str = "rollback";
const IS_THERE: &str = "select count(*) from sqlite_master where type = 'table' and name = 'redo'";
const GENERATION: &str = "select generation from redo where id = 1";
/// Another one than before where somebody else has committed since. <https://sqlite.org/pragma.html#pragma_data_version>
const VERSION: &str = "pragma data_version";
const ADVANCE: &str = "update redo set generation = ?1 where id = 1";

/// Who comes after a batch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Nobody,
    /// Others wait for the writer.
    Others,
    /// Somebody wants to read what was written.
    Reader,
}

/// Runs what a writer that died left in the redo log, before anybody reads the database. A log that is another's is
/// left alone: it lives.
pub(crate) fn recover(database: &Path, pragmas: &[(&str, &str)]) -> sqlx::Result<()> {
    if !std::fs::metadata(redo::beside(database)).is_ok_and(|log| log.len() > 0) {
        return Ok(());
    }
    let mut conn = Native::open(database, pragmas)?;
    conn.claim()?;
    conn.close()
}

impl Native {
    /// The same, which sets this while something was answered that readers do not find yet.
    pub(crate) fn telling(mut self, ahead: &Arc<AtomicBool>) -> Self {
        self.ahead = Arc::clone(ahead);
        self
    }

    /// Takes the redo log if nobody has it, and runs what a writer that died left in it.
    pub(crate) fn claim(&mut self) -> sqlx::Result<()> {
        if self.redo.is_some() {
            return Ok(());
        }
        self.plain(BEGIN)?;
        self.claim_within()
    }

    /// The same in a transaction, which is over afterwards. Nobody else writes meanwhile: were the log looked for before,
    /// whoever has it could die in between, and what it left be run on what was written since.
    fn claim_within(&mut self) -> sqlx::Result<()> {
        // Without its table the database was not migrated, and is not written.
        if self.all::<(i64,)>(IS_THERE, &[])? != [(1,)] {
            return self.plain(ROLLBACK);
        }
        let Some(mut redo) = Redo::claim(&self.file)? else {
            // What we have answered ourselves is in it, and somebody else is about to run it.
            return if self.ahead.load(Ordering::Acquire) { Err(redo::busy(&self.file)) } else { self.plain(ROLLBACK) };
        };
        let held = self.all::<(i64,)>(GENERATION, &[])?.first().map_or(0, |(held,)| *held);
        let records = redo
            .replay(held, |text, width, args| self.again(text, width, args))
            .map_err(|error| redo::unusable(&self.file, error))?;
        if records > 0 {
            self.advance(redo.generation())?;
            self.plain(COMMIT)?;
            redo.folded();
            tracing::warn!(batches = records, "what a writer that died had answered was run from the redo log");
        } else {
            self.plain(ROLLBACK)?;
        }
        // Nobody's data stays there longer than it has to.
        redo.scrub()?;
        self.redo = Some(redo);
        self.ahead.store(false, Ordering::Release);
        Ok(())
    }

    fn advance(&mut self, generation: i64) -> sqlx::Result<()> {
        // Without its row nobody would know what was run before.
        if self.run(ADVANCE, &[generation.into()])? == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
    }

    /// Begins a batch: its transaction, or a further part of the one that is open.
    pub(crate) fn join(&mut self) -> sqlx::Result<()> {
        if self.kept == 0 {
            self.plain(BEGIN)?;
            if self.redo.is_none() {
                self.claim_within()?;
                self.plain(BEGIN)?;
            }
            let version = self.all::<(i64,)>(VERSION, &[])?.first().map(|(version,)| *version);
            if std::mem::replace(&mut self.version, version) != version {
                self.others += 1;
            }
        }
        if let Some(redo) = &mut self.redo {
            redo.begin();
            self.noting = true;
        }
        Ok(())
    }

    pub(crate) fn note(&mut self, text: &'static str, width: usize, args: &[Arg]) {
        if self.noting
            && let Some(redo) = &mut self.redo
        {
            redo.note(text, width, args);
        }
    }

    /// See [`crate::db::Conn::last`].
    pub(crate) fn last(&mut self, text: &'static str, width: usize, args: &[Arg]) {
        self.note(text, width, args);
        self.later.last(text, width, args);
    }

    /// See [`crate::db::Conn::sum`].
    pub(crate) fn sum(&mut self, text: &'static str, width: usize, args: &[Arg]) {
        self.note(text, width, args);
        self.later.sum(text, width, args);
    }

    /// Makes the batch durable: by a commit where nobody else waits, else by the redo log.
    pub(crate) fn keep(&mut self, next: Next) -> sqlx::Result<()> {
        self.noting = false;
        let log = self.redo.as_mut().filter(|_| next == Next::Others || (next == Next::Nobody && self.kept > 0));
        let Some(redo) = log else { return self.commit() };
        if redo.says_nothing() {
            return if self.kept > 0 { Ok(()) } else { self.commit() };
        }
        // Whatever comes of it: the record may be there, so its generation has to end with the next commit.
        self.kept += 1;
        self.ahead.store(true, Ordering::Release);
        redo.append().or_else(|error| {
            self.commit()?;
            tracing::warn!(kind = ?error.kind(), "the redo log was not written, so the database was");
            // It is tried again with the next batch.
            self.redo = None;
            Ok(())
        })
    }

    /// Whether there are batches that were answered and are not committed.
    pub(crate) fn holds(&self) -> bool {
        self.kept > 0
    }

    /// How much the redo log holds, in bytes.
    pub(crate) fn logged_ahead(&self) -> u64 {
        self.redo.as_ref().map_or(0, Redo::len)
    }

    /// Commits what was kept in the redo log only. An error leaves it there.
    pub(crate) fn fold(&mut self) -> sqlx::Result<()> {
        if self.kept > 0 { self.commit() } else { Ok(()) }
    }

    fn commit(&mut self) -> sqlx::Result<()> {
        for (text, row) in self.later.take() {
            self.again(text, row.len(), &row)?;
        }
        let generation = self.redo.as_ref().filter(|_| self.kept > 0).map(Redo::generation);
        let Some(generation) = generation else { return self.plain(COMMIT) };
        self.advance(generation)?;
        self.plain(COMMIT)?;
        self.kept = 0;
        if let Some(redo) = &mut self.redo {
            redo.folded();
        }
        self.ahead.store(false, Ordering::Release);
        Ok(())
    }

    /// The writer ends: what it holds is committed, and its log left empty. Another's log is another's.
    pub(crate) fn end(&mut self) -> sqlx::Result<()> {
        if self.redo.is_some() { self.scrub() } else { self.fold() }
    }

    /// Leaves nothing in the redo log: somebody is forgotten.
    pub(crate) fn scrub(&mut self) -> sqlx::Result<()> {
        self.fold()?;
        match &mut self.redo {
            Some(redo) => Ok(redo.scrub()?),
            None if std::fs::metadata(redo::beside(&self.file)).is_ok_and(|log| log.len() > 0) => {
                Err(redo::busy(&self.file))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    const PUT: &str = "insert into t (n) values (?1)";

    struct Desk {
        _folder: tempfile::TempDir,
        file: PathBuf,
    }

    impl Desk {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("desk.db");
            let conn = Native::open(&file, &[("journal_mode", "wal")]).unwrap();
            conn.plain(include_str!("../../../migrations/sqlite/0010_redo.sql")).unwrap();
            conn.plain("create table t (n integer primary key)").unwrap();
            Self { _folder: folder, file }
        }

        /// A writer's connection, as it is after a start.
        fn writer(&self) -> Native {
            let mut conn = Native::open(&self.file, &[("synchronous", "full")]).unwrap();
            conn.claim().unwrap();
            conn
        }

        /// What others find.
        fn read(&self) -> Vec<i64> {
            let rows: Vec<(i64,)> =
                Native::open(&self.file, &[]).unwrap().all("select n from t order by n", &[]).unwrap();
            rows.into_iter().map(|(n,)| n).collect()
        }
    }

    fn batch(conn: &mut Native, n: i64, more: bool) -> sqlx::Result<()> {
        conn.join()?;
        conn.put(PUT, 1, &[n.into()])?;
        conn.keep(if more { Next::Others } else { Next::Nobody })
    }

    #[test]
    fn where_nobody_waits_a_batch_is_a_commit() {
        let desk = Desk::new();
        let mut conn = desk.writer();
        batch(&mut conn, 1, false).unwrap();
        assert!(!conn.holds());
        assert_eq!(desk.read(), [1]);
    }

    #[test]
    fn what_was_kept_is_there_after_its_writer_died_and_only_once() {
        let desk = Desk::new();
        let mut conn = desk.writer();
        batch(&mut conn, 1, true).unwrap();
        batch(&mut conn, 2, false).unwrap();
        assert!(conn.holds() && conn.ahead.load(Ordering::Acquire));
        assert!(desk.read().is_empty());
        drop(conn);
        for _ in 0..2 {
            let conn = desk.writer();
            assert!(!conn.holds() && !conn.ahead.load(Ordering::Acquire));
            assert_eq!(desk.read(), [1, 2]);
        }
    }

    #[test]
    fn what_was_folded_is_not_run_again() {
        let desk = Desk::new();
        let mut conn = desk.writer();
        for (n, more) in [(1, true), (2, true), (3, false)] {
            batch(&mut conn, n, more).unwrap();
            conn.fold().unwrap();
        }
        batch(&mut conn, 4, true).unwrap();
        drop(conn);
        drop(desk.writer());
        assert_eq!(desk.read(), [1, 2, 3, 4]);
    }

    #[test]
    fn a_batch_that_fails_takes_nothing_of_the_others_along() {
        let desk = Desk::new();
        let mut conn = desk.writer();
        batch(&mut conn, 1, true).unwrap();
        conn.join().unwrap();
        conn.put(PUT, 1, &[2.into()]).unwrap();
        conn.put(PUT, 1, &[1.into()]).unwrap_err();
        drop(conn);
        batch(&mut desk.writer(), 3, false).unwrap();
        assert_eq!(desk.read(), [1, 3]);
    }

    #[test]
    fn what_the_log_does_not_take_is_committed_and_not_run_again() {
        let desk = Desk::new();
        let mut conn = desk.writer();
        batch(&mut conn, 1, true).unwrap();
        conn.redo.as_mut().unwrap().on_a_full_disk(&desk.file);
        batch(&mut conn, 2, true).unwrap();
        assert!(!conn.holds());
        assert_eq!(desk.read(), [1, 2]);
        drop(conn);
        drop(desk.writer());
        assert_eq!(desk.read(), [1, 2]);
    }

    #[test]
    fn whoever_writes_after_a_dead_writer_runs_its_log_first() {
        let desk = Desk::new();
        let mut first = desk.writer();
        let mut second = desk.writer();
        assert!(second.redo.is_none());
        batch(&mut first, 1, true).unwrap();
        drop(first);
        batch(&mut second, 2, true).unwrap();
        assert!(second.holds());
        second.fold().unwrap();
        assert_eq!(desk.read(), [1, 2]);
    }

    #[test]
    fn nobody_writes_ahead_of_what_was_answered_and_is_about_to_be_run_by_another() {
        let desk = Desk::new();
        let ahead = Arc::new(AtomicBool::new(false));
        let mut first = desk.writer().telling(&ahead);
        batch(&mut first, 1, true).unwrap();
        drop(first);
        let another = Redo::claim(&desk.file).unwrap().unwrap();
        let again = || batch(&mut Native::open(&desk.file, &[]).unwrap().telling(&ahead), 2, false);
        again().unwrap_err();
        drop(another);
        again().unwrap();
        assert_eq!(desk.read(), [1, 2]);
    }

    #[test]
    fn whoever_wants_to_read_is_not_kept_waiting_by_two_disks_for_one() {
        let desk = Desk::new();
        let mut conn = desk.writer();
        batch(&mut conn, 1, true).unwrap();
        conn.join().unwrap();
        conn.put(PUT, 1, &[2.into()]).unwrap();
        conn.keep(Next::Reader).unwrap();
        assert!(!conn.holds());
        assert_eq!(desk.read(), [1, 2]);
    }

    #[cfg(unix)]
    #[test]
    fn the_log_lies_beside_the_file_itself_whatever_leads_to_it() {
        let desk = Desk::new();
        batch(&mut desk.writer(), 1, true).unwrap();
        let link = desk.file.with_file_name("link.db");
        std::os::unix::fs::symlink(&desk.file, &link).unwrap();
        recover(&link, &[]).unwrap();
        assert_eq!(desk.read(), [1]);
    }

    #[test]
    fn a_log_of_another_database_of_the_same_name_is_left_alone() {
        let desk = Desk::new();
        batch(&mut desk.writer(), 1, true).unwrap();
        let log = std::fs::read(crate::redo::beside(&desk.file)).unwrap();
        let other = Desk::new();
        std::fs::write(crate::redo::beside(&other.file), log).unwrap();
        drop(other.writer());
        assert!(other.read().is_empty());
    }

    #[test]
    fn whoever_ends_leaves_the_log_of_another_alone() {
        let desk = Desk::new();
        let mut conn = desk.writer();
        batch(&mut conn, 1, true).unwrap();
        conn.fold().unwrap();
        let mut other = desk.writer();
        batch(&mut other, 2, true).unwrap();
        other.end().unwrap();
        assert!(std::fs::metadata(crate::redo::beside(&desk.file)).unwrap().len() > 0);
        assert_eq!(desk.read(), [1, 2]);
    }

    #[test]
    fn nothing_of_what_was_kept_stays_in_the_log_once_it_is_scrubbed() {
        let desk = Desk::new();
        let mut conn = desk.writer();
        batch(&mut conn, 1, true).unwrap();
        conn.scrub().unwrap();
        assert_eq!(desk.read(), [1]);
        assert_eq!(std::fs::metadata(crate::redo::beside(&desk.file)).unwrap().len(), 0);
    }
}
