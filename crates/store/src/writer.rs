//! The writers: tasks that own a connection each and turn whatever is waiting into one transaction.
//!
//! SQLite has one writer, because it has one write lock. PostgreSQL has a few; a subject always goes to the same one.
//! A batch is what waits when the writer is free. Nobody waits for a timer, so a lone request is not delayed, and the more
//! requests there are the cheaper each becomes. Under load SQLite's transaction stays open over many batches, which the
//! redo log makes durable, see [`crate::redo`].

use crate::{
    batch,
    captures::{self, Capturing, Recent},
    db::{Conn, Failure},
    epoch::Next,
    health::Health,
    memo::Memory,
    owned::{Address, Owned},
    request::Request,
};
use frontdesk_core::ports::{Happened, PortResult, StoredEvent};
use futures_util::future::BoxFuture;
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

/// How long a transaction that holds answered batches stays open while nothing comes. Whoever reads does not wait for it.
const LINGER: Duration = Duration::from_millis(1);
/// After this long it is tried again to run what is in the redo log only, since the connection broke.
const AGAIN: Duration = Duration::from_secs(1);
/// For how long, and for how many bytes of redo log, it stays open under load. The more it holds, the less each batch
/// costs, and the longer one of them waits for its commit.
const LONGEST: Duration = Duration::from_millis(100);
const MOST: u64 = 2 << 20;

/// Something else that writes, done between two batches by itself.
pub(crate) type Act = Box<dyn for<'c> FnOnce(Conn<'c>) -> BoxFuture<'c, sqlx::Result<()>> + Send>;

/// What a writer is given.
pub(crate) enum Work {
    Advance(Request),
    Capture(Capturing),
    /// The act, and where its error goes when it has one.
    Act(Act, oneshot::Sender<PortResult<()>>),
    /// Somebody was forgotten in the database: nothing is remembered any more. Told when it is so.
    Forget(oneshot::Sender<PortResult<()>>),
    /// Whoever reads the database has to find all that was answered. Told when it is so.
    Fold(oneshot::Sender<PortResult<()>>),
}

/// What a writer works with.
pub(crate) struct Writer {
    pub(crate) address: Address,
    pub(crate) inbox: mpsc::Receiver<Work>,
    pub(crate) feed: broadcast::Sender<Arc<StoredEvent>>,
    /// Set while a job queue shares the SQLite file: it needs the write lock now and then.
    pub(crate) shares: Arc<AtomicBool>,
    pub(crate) batches: Arc<AtomicU64>,
    /// How many documents all writers remember.
    pub(crate) remembered: Arc<AtomicUsize>,
    pub(crate) health: Arc<Health>,
    /// Set while something was answered that readers do not find yet.
    pub(crate) ahead: Arc<AtomicBool>,
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
        let mut conn: Option<Owned> = None;
        let mut put_off: Vec<Request> = Vec::new();
        let mut waiting = Vec::new();
        let mut pace = Pace::default();
        let (mut memory, mut recent) = (Memory::default(), Recent::default());
        let mut remembered = 0;
        loop {
            let room = LARGEST.saturating_sub(put_off.len()).max(1);
            if put_off.is_empty() {
                let linger = match &conn {
                    Some(conn) => conn.holds().then_some(LINGER),
                    None => self.ahead.load(Ordering::Acquire).then_some(AGAIN),
                };
                let next = self.inbox.recv_many(&mut waiting, room);
                let received = match linger {
                    Some(linger) => tokio::time::timeout(linger, next).await,
                    None => Ok(next.await),
                };
                match received {
                    Ok(0) => break,
                    Ok(_) => {}
                    Err(_) => drop(self.fold(&mut conn).await),
                }
            } else {
                while waiting.len() < room
                    && let Ok(work) = self.inbox.try_recv()
                {
                    waiting.push(work);
                }
            }
            let mut requests = std::mem::take(&mut put_off);
            let (mut acts, mut captures, mut folds) = (Vec::new(), Vec::new(), Vec::new());
            let mut forgets = Vec::new();
            for work in waiting.drain(..) {
                match work {
                    // Whoever has stopped waiting has been told something else by now, and will come again.
                    Work::Advance(request) if request.answer.is_closed() => {}
                    Work::Advance(request) => requests.push(request),
                    // A press is kept even so: nobody tells it again.
                    Work::Capture(capturing) => captures.push(capturing),
                    Work::Act(_, answer) if answer.is_closed() => {}
                    Work::Act(act, answer) => acts.push((act, answer)),
                    Work::Forget(answer) => forgets.push(answer),
                    Work::Fold(answer) => folds.push(answer),
                }
            }
            for answer in forgets {
                memory.clear();
                recent.clear();
                self.remembers(&mut remembered, 0);
                let scrubbed = self.scrub(&mut conn).await;
                // Whoever does not wait for it needs not be told.
                drop(answer.send(scrubbed.map_err(Into::into)));
            }
            for (act, answer) in acts {
                recent.clear();
                let done = self.act(&mut conn, act).await;
                drop(answer.send(done.map_err(Into::into)));
            }
            if !requests.is_empty() {
                put_off = self.batch(&mut conn, &mut memory, requests, !folds.is_empty()).await;
                self.remembers(&mut remembered, memory.len());
            }
            if !captures.is_empty() {
                self.captures(&mut conn, &mut recent, captures, !folds.is_empty()).await;
            }
            if conn.is_none() {
                // What was decided on a connection that broke is read again, whoever broke it.
                recent.clear();
            }
            let tired = pace.tired(&self.shares, self.inbox.is_empty() && !conn.as_ref().is_some_and(Owned::holds));
            let full = pace.since.elapsed() > LONGEST || conn.as_ref().is_some_and(|conn| conn.logged_ahead() > MOST);
            if tired || full || !folds.is_empty() {
                let folded = self.fold(&mut conn).await;
                for answer in folds {
                    drop(answer.send(folded.clone().map_err(Into::into)));
                }
                pace.rest(tired).await;
            }
        }
        self.remembers(&mut remembered, 0);
        // What cannot be committed now is in the redo log, and is at the next start.
        if conn.is_some() || self.ahead.load(Ordering::Acquire) {
            drop(self.done(&mut conn, Owned::end).await);
        }
        if let Some(conn) = conn {
            conn.close().await;
        }
    }

    /// Commits what is in the redo log only.
    async fn fold(&self, conn: &mut Option<Owned>) -> Result<(), Failure> {
        if conn.is_none() && !self.ahead.load(Ordering::Acquire) {
            return Ok(());
        }
        self.done(conn, Owned::fold).await
    }

    /// Leaves nothing in the redo log, where there is one.
    async fn scrub(&self, conn: &mut Option<Owned>) -> Result<(), Failure> {
        if matches!(self.address, Address::Postgres(_)) {
            return Ok(());
        }
        self.done(conn, Owned::scrub).await
    }

    /// Has something done that answers nobody.
    async fn done(
        &self,
        conn: &mut Option<Owned>,
        act: impl FnOnce(&mut Owned) -> sqlx::Result<()>,
    ) -> Result<(), Failure> {
        let done = match self.claimed(conn).await {
            Ok(owned) => act(owned).map_err(|error| Failure::of(&error, Happened::Maybe)),
            Err(failure) => Err(failure),
        };
        self.finished(conn, done.as_ref().err().cloned()).await;
        done
    }

    /// Counts what is remembered now in place of what was.
    fn remembers(&self, before: &mut usize, now: usize) {
        self.remembered.fetch_add(now, Ordering::Relaxed);
        self.remembered.fetch_sub(std::mem::replace(before, now), Ordering::Relaxed);
    }

    async fn connected<'c>(&self, conn: &'c mut Option<Owned>) -> Result<&'c mut Owned, Failure> {
        let owned = match conn.take() {
            Some(owned) => Ok(owned),
            None => Owned::open(&self.address, &self.ahead).await,
        };
        Ok(conn.insert(owned.map_err(|error| Failure::of(&error, Happened::No))?))
    }

    /// The same, for whatever is no batch.
    async fn claimed<'c>(&self, conn: &'c mut Option<Owned>) -> Result<&'c mut Owned, Failure> {
        let owned = self.connected(conn).await?;
        owned.claim().map_err(|error| Failure::of(&error, Happened::No))?;
        Ok(owned)
    }

    /// Who comes after a batch.
    fn next(&self, read: bool) -> Next {
        match read {
            true => Next::Reader,
            false if self.inbox.is_empty() => Next::Nobody,
            false => Next::Others,
        }
    }

    /// `read`: whether somebody waits to read what it writes.
    async fn batch(
        &self,
        conn: &mut Option<Owned>,
        memory: &mut Memory,
        requests: Vec<Request>,
        read: bool,
    ) -> Vec<Request> {
        metrics::histogram!("frontdesk_store_batch_requests").record(requests.len() as f64);
        self.batches.fetch_add(1, Ordering::Relaxed);
        let begun = Instant::now();
        let outcome = match self.connected(conn).await {
            Ok(owned) => batch::run(&mut owned.lend(), memory, requests, || self.next(read)).await,
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

    async fn captures(&self, conn: &mut Option<Owned>, recent: &mut Recent, captures: Vec<Capturing>, read: bool) {
        metrics::histogram!("frontdesk_store_batch_requests").record(captures.len() as f64);
        self.batches.fetch_add(1, Ordering::Relaxed);
        let failure = match self.connected(conn).await {
            Ok(owned) => captures::run(&mut owned.lend(), recent, captures, || self.next(read)).await,
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
        self.fold(conn).await?;
        let done = match self.claimed(conn).await {
            Ok(owned) => act(owned.lend()).await.map_err(|error| Failure::of(&error, Happened::Maybe)),
            Err(failure) => Err(failure),
        };
        self.finished(conn, done.as_ref().err().cloned()).await;
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
    /// Whether it is time to rest; `idle`: nothing is open and nobody waits.
    fn tired(&mut self, shares: &AtomicBool, idle: bool) -> bool {
        if idle {
            self.since = Instant::now();
        }
        shares.load(Ordering::Relaxed) && self.since.elapsed() > STRETCH
    }

    /// To be called when nothing is open any more.
    async fn rest(&mut self, tired: bool) {
        if tired {
            tokio::time::sleep(REST).await;
        }
        self.since = Instant::now();
    }
}
