//! The writers: tasks that own a connection each and turn whatever is waiting into one transaction.
//!
//! SQLite has one writer, because it has one write lock. PostgreSQL has a few; a subject always goes to the same one.
//! A batch is what waits when the writer is free. There is no timer, so a lone request is not delayed, and the more
//! requests there are the cheaper each becomes.

use crate::{
    batch,
    captures::{self, Capturing, Recent},
    checkpoint::Checkpoints,
    db::{Conn, Failure},
    health::Health,
    memo::Memory,
    native::Native,
    open::PRAGMAS,
    request::Request,
};
use frontdesk_core::ports::{Happened, PortResult, StoredEvent};
use futures_util::future::BoxFuture;
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions, sqlite::SqliteConnectOptions};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::{broadcast, mpsc, oneshot},
    time::Instant,
};

/// The largest batch. Beyond this a bigger one is hardly cheaper per request, and everybody in it waits for all of it.
const LARGEST: usize = 256;

/// How many requests may wait for a writer before callers wait to get into the queue.
pub(crate) const QUEUE: usize = 4096;

/// Something else that writes, done between two batches by itself.
pub(crate) type Act = Box<dyn for<'c> FnOnce(Conn<'c>) -> BoxFuture<'c, sqlx::Result<()>> + Send>;

/// What a writer is given.
pub(crate) enum Work {
    Advance(Request),
    Capture(Capturing),
    /// The act, and where its error goes when it has one.
    Act(Act, oneshot::Sender<PortResult<()>>),
    /// Somebody was forgotten in the database: nothing is remembered any more. Told when it is so.
    Forget(oneshot::Sender<()>),
}

/// How a writer reaches its database.
#[derive(Clone)]
pub(crate) enum Address {
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

impl Address {
    /// Where the database is, without any secret, in words for whoever has to look after it.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Sqlite(options) => format!("the file {}", options.get_filename().display()),
            Self::Postgres(options) => {
                let name = options.get_database().unwrap_or_else(|| options.get_username());
                format!("database {name} at {}:{}", options.get_host(), options.get_port())
            }
        }
    }
}

enum Owned {
    Sqlite(Box<Native>, Checkpoints),
    Postgres(PgConnection),
}

impl Owned {
    async fn open(address: &Address) -> sqlx::Result<Self> {
        Ok(match address {
            Address::Sqlite(options) => {
                let file = options.get_filename();
                let copier = Checkpoints::start(file.to_path_buf(), &PRAGMAS)?;
                Self::Sqlite(Box::new(Native::open(file, &PRAGMAS)?), copier)
            }
            Address::Postgres(options) => Self::Postgres(options.connect().await?),
        })
    }

    fn lend(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(conn, _) => Conn::Native(conn),
            Self::Postgres(conn) => Conn::Postgres(conn),
        }
    }

    /// To be called after each commit.
    fn committed(&self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(conn, copier) => copier.committed(conn),
            Self::Postgres(_) => Ok(()),
        }
    }

    async fn close(self) {
        // Whatever was open is rolled back by closing; a database that is away may not even answer to that.
        let closed = match self {
            Self::Sqlite(conn, _) => Ok(conn.close()),
            Self::Postgres(conn) => tokio::time::timeout(Duration::from_secs(2), conn.close()).await,
        };
        if !matches!(closed, Ok(Ok(()))) {
            tracing::debug!("a connection was dropped without a farewell");
        }
    }
}

/// What a writer works with.
pub(crate) struct Writer {
    pub(crate) address: Address,
    pub(crate) inbox: mpsc::Receiver<Work>,
    pub(crate) feed: broadcast::Sender<StoredEvent>,
    /// Set while a job queue shares the SQLite file: it needs the write lock now and then.
    pub(crate) shares: Arc<AtomicBool>,
    pub(crate) batches: Arc<AtomicU64>,
    /// How many documents all writers remember.
    pub(crate) remembered: Arc<AtomicUsize>,
    pub(crate) health: Arc<Health>,
}

impl Writer {
    /// Starts to work, until every sender is gone and all that waited is done; that is told then. For SQLite on a thread
    /// of its own: its calls take as long as the disk does. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(self) -> std::io::Result<oneshot::Receiver<()>> {
        let (done, ended) = oneshot::channel();
        let own_thread = matches!(self.address, Address::Sqlite(_));
        let work = async move {
            self.work().await;
            // Whoever does not wait for the end needs not be told.
            let _ = done.send(());
        };
        let runtime = Handle::current();
        if own_thread {
            let thread = std::thread::Builder::new().name("frontdesk-writer".to_owned());
            thread.spawn(move || runtime.block_on(work))?;
        } else {
            runtime.spawn(work);
        }
        Ok(ended)
    }

    async fn work(mut self) {
        let mut conn = None;
        let mut put_off: Vec<Request> = Vec::new();
        let mut waiting = Vec::new();
        let mut pace = Pace::default();
        let (mut memory, mut recent) = (Memory::default(), Recent::default());
        let mut remembered = 0;
        loop {
            let room = LARGEST.saturating_sub(put_off.len()).max(1);
            if put_off.is_empty() {
                if self.inbox.recv_many(&mut waiting, room).await == 0 {
                    break;
                }
            } else {
                while waiting.len() < room
                    && let Ok(work) = self.inbox.try_recv()
                {
                    waiting.push(work);
                }
            }
            let mut requests = std::mem::take(&mut put_off);
            let (mut acts, mut captures) = (Vec::new(), Vec::new());
            for work in waiting.drain(..) {
                match work {
                    // Whoever has stopped waiting has been told something else by now, and will come again.
                    Work::Advance(request) if request.answer.is_closed() => {}
                    Work::Advance(request) => requests.push(request),
                    // A press is kept even so: nobody tells it again.
                    Work::Capture(capturing) => captures.push(capturing),
                    Work::Act(_, answer) if answer.is_closed() => {}
                    Work::Act(act, answer) => acts.push((act, answer)),
                    Work::Forget(answer) => {
                        memory.clear();
                        recent.clear();
                        self.remembers(&mut remembered, 0);
                        // Whoever does not wait for it needs not be told.
                        let _ = answer.send(());
                    }
                }
            }
            for (act, answer) in acts {
                recent.clear();
                let done = self.act(&mut conn, act).await;
                drop(answer.send(done.map_err(Into::into)));
            }
            if !requests.is_empty() {
                put_off = self.batch(&mut conn, &mut memory, requests).await;
                self.remembers(&mut remembered, memory.len());
            }
            if !captures.is_empty() {
                self.captures(&mut conn, &mut recent, captures).await;
            }
            pace.rest(&self.shares, self.inbox.is_empty()).await;
        }
        self.remembers(&mut remembered, 0);
        if let Some(conn) = conn {
            conn.close().await;
        }
    }

    /// Counts what is remembered now in place of what was.
    fn remembers(&self, before: &mut usize, now: usize) {
        self.remembered.fetch_add(now, Ordering::Relaxed);
        self.remembered.fetch_sub(std::mem::replace(before, now), Ordering::Relaxed);
    }

    async fn connected<'c>(&self, conn: &'c mut Option<Owned>) -> Result<Conn<'c>, Failure> {
        if conn.is_none() {
            let opened = Owned::open(&self.address).await;
            *conn = Some(opened.map_err(|error| Failure::of(&error, Happened::No))?);
        }
        match conn {
            Some(conn) => Ok(conn.lend()),
            None => Err(Failure::of(&sqlx::Error::PoolClosed, Happened::No)),
        }
    }

    async fn batch(&self, conn: &mut Option<Owned>, memory: &mut Memory, requests: Vec<Request>) -> Vec<Request> {
        metrics::histogram!("frontdesk_store_batch_requests").record(requests.len() as f64);
        self.batches.fetch_add(1, Ordering::Relaxed);
        let begun = Instant::now();
        let outcome = match self.connected(conn).await {
            Ok(mut lent) => batch::run(&mut lent, memory, requests).await,
            Err(failure) => {
                self.failed(&failure);
                for request in requests {
                    drop(request.answer.send(Err(failure.clone().into())));
                }
                return Vec::new();
            }
        };
        metrics::histogram!("frontdesk_store_batch_seconds").record(begun.elapsed().as_secs_f64());
        self.finished(conn, outcome.failure).await;
        for event in outcome.events {
            // Nobody listens: then nobody is told.
            drop(self.feed.send(event));
        }
        outcome.put_off
    }

    async fn captures(&self, conn: &mut Option<Owned>, recent: &mut Recent, captures: Vec<Capturing>) {
        metrics::histogram!("frontdesk_store_batch_requests").record(captures.len() as f64);
        self.batches.fetch_add(1, Ordering::Relaxed);
        let failure = match self.connected(conn).await {
            Ok(mut lent) => captures::run(&mut lent, recent, captures).await,
            Err(failure) => {
                for capturing in captures {
                    drop(capturing.answer.send(Err(failure.clone().into())));
                }
                Some(failure)
            }
        };
        self.finished(conn, failure).await;
    }

    async fn act(&self, conn: &mut Option<Owned>, act: Act) -> Result<(), Failure> {
        let done = match self.connected(conn).await {
            Ok(lent) => act(lent).await.map_err(|error| Failure::of(&error, Happened::Maybe)),
            Err(failure) => Err(failure),
        };
        match &done {
            Ok(()) => self.wrote(),
            Err(failure) => {
                self.failed(failure);
                if let Some(conn) = conn.take() {
                    conn.close().await;
                }
            }
        }
        done
    }

    /// What is to be done after a batch: a connection that failed is not used again.
    async fn finished(&self, conn: &mut Option<Owned>, failure: Option<Failure>) {
        match failure {
            None => {
                self.wrote();
                if let Some(Err(error)) = conn.as_ref().map(Owned::committed) {
                    self.failed(&Failure::of(&error, Happened::No));
                }
            }
            Some(failure) => {
                self.failed(&failure);
                if let Some(conn) = conn.take() {
                    conn.close().await;
                }
            }
        }
    }

    fn wrote(&self) {
        if self.health.wrote() {
            tracing::info!(database = self.address.place(), "the database takes writes again");
        }
    }

    fn failed(&self, failure: &Failure) {
        if let Some(times) = self.health.failed(failure, Instant::now()) {
            let (database, reason) = (self.address.place(), &failure.message);
            tracing::warn!(database, reason, times, "the database was not written");
        }
    }
}

/// Lets others have SQLite's write lock for a moment, where the writer would otherwise take it again at once.
///
/// The lock is not fair: others ask for it at intervals of up to a tenth of a second, and would hardly ever find the
/// gap between two batches. Under full load the writer therefore rests a tenth of its time.
struct Pace {
    since: Instant,
}

const STRETCH: Duration = Duration::from_millis(18);
const REST: Duration = Duration::from_millis(2);

impl Default for Pace {
    fn default() -> Self {
        Self { since: Instant::now() }
    }
}

impl Pace {
    async fn rest(&mut self, shares: &AtomicBool, idle: bool) {
        if idle || !shares.load(Ordering::Relaxed) {
            self.since = Instant::now();
        } else if self.since.elapsed() > STRETCH {
            tokio::time::sleep(REST).await;
            self.since = Instant::now();
        }
    }
}
