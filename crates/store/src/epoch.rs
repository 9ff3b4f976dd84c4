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
        let Some(&(held,)) = self.all::<(i64,)>(GENERATION, &[])?.first() else {
            return Err(redo::rowless(&self.file));
        };
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
        if self.run(ADVANCE, &[generation.into()])? == 1 { Ok(()) } else { Err(redo::rowless(&self.file)) }
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
mod tests;
