//! Opening a store.

use crate::{
    db::{Conn, Failure, PORT},
    epoch,
    health::Health,
    migrations,
    owned::Address,
    sql,
    writer::{QUEUE, Work, Writer},
};
use frontdesk_core::ports::{Happened, PortError, PortResult, StoredEvent, Trouble};
use sqlx::{
    ConnectOptions, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};
use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::{broadcast, mpsc, oneshot};

/// How a store is opened.
#[derive(Debug, Clone, Copy)]
pub struct OpenOptions {
    /// Whether missing migrations are applied; without them the store may not work.
    pub migrate: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { migrate: true }
    }
}

/// How many tasks write to a PostgreSQL; each has a connection. While one waits for its commit, others decide.
const BATCHERS: usize = 4;
/// How many events the live stream holds for a subscriber that lags.
const FEED: usize = 4096;

/// What every connection to SQLite is told, besides the journal.
pub(crate) const PRAGMAS: [(&str, &str); 4] = [
    // An answered webhook survives a power cut.
    ("synchronous", "full"),
    // What was overwritten is zeroed, so that a forgotten person is not found in the file.
    ("secure_delete", "on"),
    // 8 MB of pages in memory: what is written again a moment later. SQLite goes through the slots of its cache at nearly
    // every commit, so a larger one costs more than it saves.
    ("cache_size", "-8000"),
    // The writer sees to it much earlier, see `checkpoint`.
    ("wal_autocheckpoint", "64000"),
];

/// Connections for reading.
#[derive(Clone)]
pub(crate) enum Readers {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

pub(crate) struct Inner {
    pub(crate) address: Address,
    pub(crate) readers: Readers,
    /// The database file, with SQLite.
    pub(crate) file: Option<PathBuf>,
    pub(crate) shares: Arc<AtomicBool>,
    pub(crate) health: Arc<Health>,
    /// Set while something was answered that readers do not find yet.
    pub(crate) ahead: Arc<AtomicBool>,
    batches: Arc<AtomicU64>,
    remembered: Arc<AtomicUsize>,
    writers: Mutex<Vec<mpsc::Sender<Work>>>,
    /// Told when a writer has ended.
    ended: Mutex<Vec<oneshot::Receiver<()>>>,
    feed: broadcast::Sender<Arc<StoredEvent>>,
}

/// The gateway's rows and jobs, on SQLite or PostgreSQL. Cheap to clone: a clone is the same store.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("backend", &self.backend()).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens `sqlite://path/to/file.db` (made where absent, its folder too) or `postgres://user@host/database`, and
    /// applies missing migrations. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`Trouble::Refused`] when the address cannot be used, [`Trouble::Unavailable`] when the database does not answer.
    pub async fn open(url: &str) -> PortResult<Self> {
        Self::open_with(url, OpenOptions::default()).await
    }

    /// Opens a store as told; see [`Self::open`].
    ///
    /// # Errors
    /// See [`Self::open`].
    pub async fn open_with(url: &str, options: OpenOptions) -> PortResult<Self> {
        let (address, readers, file, writers) = if url.starts_with("sqlite:") {
            let (address, readers, file) = sqlite(url).await?;
            (address, readers, Some(file), 1)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let (address, readers) = postgres(url)?;
            (address, readers, None, BATCHERS)
        } else {
            return Err(bad_url("DATABASE_URL must begin with sqlite:// or postgres://"));
        };
        let (feed, _) = broadcast::channel(FEED);
        let inner = Inner {
            address,
            readers,
            file,
            shares: Arc::default(),
            health: Arc::default(),
            ahead: Arc::default(),
            batches: Arc::default(),
            remembered: Arc::default(),
            writers: Mutex::default(),
            ended: Mutex::default(),
            feed,
        };
        let store = Self { inner: Arc::new(inner) };
        if let Some(file) = &store.inner.file {
            epoch::recover(file, &PRAGMAS)
                .map_err(|error| PortError::from(Failure::of(&error, Happened::No).at(&store.inner.address.place())))?;
        }
        if options.migrate {
            store.migrate().await?;
        }
        store.start_writers(writers)?;
        Ok(store)
    }

    fn start_writers(&self, count: usize) -> PortResult<()> {
        let mut senders = self.inner.writers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ended = self.inner.ended.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..count {
            let (sender, inbox) = mpsc::channel(QUEUE);
            senders.push(sender);
            let writer = Writer {
                address: self.inner.address.clone(),
                inbox,
                feed: self.inner.feed.clone(),
                shares: Arc::clone(&self.inner.shares),
                batches: Arc::clone(&self.inner.batches),
                remembered: Arc::clone(&self.inner.remembered),
                health: Arc::clone(&self.inner.health),
                ahead: Arc::clone(&self.inner.ahead),
            };
            let started = writer.start().map_err(|error| {
                let message = "the system gives no thread to write the database; raise its limits";
                PortError::new(PORT, Happened::No, Trouble::Unavailable, message).caused_by(error)
            });
            ended.push(started?);
        }
        Ok(())
    }

    /// Applies missing migrations, ours and the job queue's.
    ///
    /// # Errors
    /// [`PortError`] when the database is away or was written by a newer version.
    pub async fn migrate(&self) -> PortResult<()> {
        migrations::migrate(&self.inner.address).await
    }

    /// The names of migrations that were not applied yet.
    ///
    /// # Errors
    /// [`PortError`] when the database is away.
    pub async fn pending_migrations(&self) -> PortResult<Vec<String>> {
        migrations::pending(&self.inner.address).await
    }

    /// How many batches were written since the store was opened.
    #[must_use]
    pub fn batches(&self) -> u64 {
        self.inner.batches.load(Ordering::Relaxed)
    }

    /// How many effects are in each state that is not a last one: `waiting`, `started` and `uncertain`. It costs as much
    /// as there are such effects, however many were done.
    ///
    /// # Errors
    /// [`PortError`] when the database is away.
    pub async fn open_effects(&self) -> PortResult<Vec<(String, i64)>> {
        self.read(&sql::OPEN_EFFECTS, Vec::new()).await
    }

    /// How many documents the writers remember, lest they take them apart again.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.inner.remembered.load(Ordering::Relaxed)
    }

    /// Lets every writer forget what it remembers. One that is gone remembers nothing.
    ///
    /// # Errors
    /// When the redo log cannot be cleared of what was written in it.
    pub(crate) async fn forget_memories(&self) -> PortResult<()> {
        let writers = self.inner.writers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut told = Vec::with_capacity(writers.len());
        for writer in writers {
            let (answer, done) = oneshot::channel();
            if writer.send(Work::Forget(answer)).await.is_ok() {
                told.push(done);
            }
        }
        for done in told {
            // Broken down or closed meanwhile: it has taken its memories along.
            done.await.unwrap_or(Ok(()))?;
        }
        Ok(())
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn backend(&self) -> &'static str {
        match self.inner.readers {
            Readers::Sqlite(_) => "sqlite",
            Readers::Postgres(_) => "postgres",
        }
    }

    /// The timeline as it is written by this process, after each commit. Other gateways on the same PostgreSQL are not
    /// heard here: whoever must hear them polls [`frontdesk_core::ports::IvrStore::events_after`].
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<StoredEvent>> {
        self.inner.feed.subscribe()
    }

    /// Lets what waits be written, then closes every connection. Requests that come later are refused.
    pub async fn close(&self) {
        self.inner.writers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let writers = std::mem::take(&mut *self.inner.ended.lock().unwrap_or_else(PoisonError::into_inner));
        for ended in writers {
            if ended.await.is_err() {
                tracing::error!("a writer broke down before it was closed");
            }
        }
        match &self.inner.readers {
            Readers::Sqlite(pool) => pool.close().await,
            Readers::Postgres(pool) => pool.close().await,
        }
    }

    /// Hands work to its writer.
    pub(crate) async fn submit(&self, route: u64, work: Work) -> PortResult<()> {
        let sender = {
            let writers = self.inner.writers.lock().unwrap_or_else(PoisonError::into_inner);
            let count = (writers.len() as u64).max(1);
            writers.get(usize::try_from(route % count).unwrap_or(0)).cloned()
        };
        let sender = sender.ok_or_else(closed)?;
        sender.send(work).await.map_err(|_| closed())
    }

    /// Writes outside of a batch. On SQLite by the one writer, so that nobody queues at the lock file's door; the
    /// closure gets a connection without an open transaction.
    pub(crate) async fn act<T, F>(&self, act: F) -> PortResult<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(Conn<'c>) -> futures_util::future::BoxFuture<'c, sqlx::Result<T>> + Send + 'static,
    {
        let (result, got) = oneshot::channel();
        let (answer, done) = oneshot::channel();
        let boxed: crate::writer::Act = Box::new(move |conn| {
            Box::pin(async move {
                // A caller that is gone needs no result.
                drop(result.send(act(conn).await?));
                Ok(())
            })
        });
        let sender = self.inner.writers.lock().unwrap_or_else(PoisonError::into_inner).first().cloned();
        sender.ok_or_else(closed)?.send(Work::Act(boxed, answer)).await.map_err(|_| closed())?;
        done.await.map_err(|_| lost())??;
        got.await.map_err(|_| lost())
    }
}

fn bad_url(message: &str) -> PortError {
    PortError::new(PORT, Happened::No, Trouble::Refused, message)
}

fn closed() -> PortError {
    Failure::new(Happened::No, Trouble::Unavailable, "the store is closed").into()
}

/// The writer died with the request in hand.
pub(crate) fn lost() -> PortError {
    Failure::new(Happened::Maybe, Trouble::Unavailable, "the writer broke down; whether it was written is unknown")
        .into()
}

async fn sqlite(url: &str) -> PortResult<(Address, Readers, PathBuf)> {
    let base = SqliteConnectOptions::from_str(url)
        .map_err(|_| bad_url("DATABASE_URL is not a SQLite address; write it like sqlite://data/frontdesk.db"))?;
    let file = base.get_filename().to_path_buf();
    if url.contains(":memory:") || url.contains("mode=memory") || file.as_os_str().is_empty() {
        return Err(bad_url(
            "an SQLite database in memory would be lost; name a file, like sqlite://data/frontdesk.db",
        ));
    }
    if let Some(folder) = file.parent().filter(|folder| *folder != Path::new("")) {
        tokio::fs::create_dir_all(folder).await.map_err(|error| {
            bad_url("the folder of the SQLite database cannot be made; check DATABASE_URL and its permissions")
                .caused_by(error)
        })?;
    }
    make_private(&file)?;
    let base = base
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit writes whole pages, many of them for one short index entry; but each page costs two calls to write.
        .page_size(2048)
        .busy_timeout(Duration::from_secs(5))
        // A whole batch of rows at once, instead of a thread switch every few.
        .row_buffer_size(512)
        .disable_statement_logging();
    let base = PRAGMAS.iter().fold(base, |base, (name, value)| base.pragma(*name, *value));
    let readers = SqlitePoolOptions::new()
        .max_connections(4)
        .acquire_timeout(Duration::from_secs(5))
        .connect_lazy_with(base.clone().read_only(true).create_if_missing(false));
    Ok((Address::Sqlite(base), Readers::Sqlite(readers), file))
}

/// Makes the database file where there is none, for nobody else to read. SQLite gives what it puts beside it the same
/// permissions. A file that is there keeps its own.
fn make_private(file: &Path) -> PortResult<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => {
            let file = file.display();
            let message = format!("the database file {file} cannot be made; check DATABASE_URL and its permissions");
            Err(PortError::new(PORT, Happened::No, Trouble::Refused, message).caused_by(error))
        }
    }
}

fn postgres(url: &str) -> PortResult<(Address, Readers)> {
    let base = PgConnectOptions::from_str(url)
        .map_err(|_| bad_url("DATABASE_URL is not a PostgreSQL address; write it like postgres://user@host/frontdesk"))?
        .application_name("frontdesk")
        .disable_statement_logging();
    let readers =
        PgPoolOptions::new().max_connections(8).acquire_timeout(Duration::from_secs(5)).connect_lazy_with(base.clone());
    // A gateway that froze while it held locks must not hold up the others for ever.
    let writer = base.options([("lock_timeout", "5s"), ("idle_in_transaction_session_timeout", "15s")]);
    // Migrations ask for tables that are there already, and the server would tell so at each start.
    let writer = writer.options([("client_min_messages", "warning")]);
    Ok((Address::Postgres(writer), Readers::Postgres(readers)))
}
