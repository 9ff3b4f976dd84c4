//! SQLite's write-ahead log is copied into the database file beside the writer, not in its time.
//!
//! Left to itself, SQLite copies the log within some commit, and everybody in that batch waits for it. Here a thread of
//! its own copies, while the writer goes on; what was added meanwhile is little, and the writer copies that. With
//! nothing left to copy, the next commit begins the log anew. A log that stays small is written over and over in the
//! same place, which costs the disk far less than one that grows.

use crate::native::Native;
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
};

/// From this many pages on the log is copied.
const COPY: i32 = 4000;
/// From this many pages on the writer copies whatever there is: nobody else seems to.
const OVERDUE: i32 = 8 * COPY;
const PASSIVE: &str = "pragma wal_checkpoint(passive)";

/// The thread that copies; it ends when this is dropped.
pub(crate) struct Checkpoints {
    wish: SyncSender<()>,
    copied: Arc<AtomicBool>,
}

impl Checkpoints {
    /// Starts the thread for this database file.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(file: PathBuf, pragmas: &'static [(&'static str, &'static str)]) -> std::io::Result<Self> {
        let (wish, wishes) = sync_channel(1);
        let copied = Arc::new(AtomicBool::new(false));
        let done = Arc::clone(&copied);
        let copy = move || {
            for () in wishes {
                let copied =
                    Native::open(&file, pragmas).and_then(|conn| conn.plain(PASSIVE).and_then(|()| conn.close()));
                match copied {
                    Ok(()) => done.store(true, Ordering::Release),
                    // The writer does it when it is overdue, and tells of its own troubles.
                    Err(_) => tracing::debug!("the write-ahead log was not copied this time"),
                }
            }
        };
        std::thread::Builder::new().name("frontdesk-copier".to_owned()).spawn(copy)?;
        Ok(Self { wish, copied })
    }

    /// To be called after each commit, by the thread that made it.
    pub(crate) fn committed(&self, conn: &Native) -> sqlx::Result<()> {
        let logged = Native::logged();
        if logged < COPY {
            return Ok(());
        }
        if self.copied.swap(false, Ordering::Acquire) || logged > OVERDUE {
            return conn.plain(PASSIVE);
        }
        // One wish is enough: a full channel holds one already.
        let _ = self.wish.try_send(());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_begins_anew_once_it_was_copied() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("log.db");
        let conn = Native::open(&file, &[("journal_mode", "wal")]).unwrap();
        conn.plain("create table page (n integer primary key, body blob)").unwrap();
        let checkpoints = Checkpoints::start(file, &[]).unwrap();
        let mut most = 0;
        let begun_anew = (0..4000).any(|_| {
            conn.plain("insert into page (body) values (zeroblob(200000))").unwrap();
            checkpoints.committed(&conn).unwrap();
            most = most.max(Native::logged());
            Native::logged() < most
        });
        assert!(begun_anew && (COPY..=OVERDUE + 100).contains(&most), "{most} pages");
    }
}
