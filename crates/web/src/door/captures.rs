//! Key presses in an IVR that the carrier runs. Its flow waits for our answer and needs nothing of us but that, so it is
//! answered even while the store is away: what could not be kept yet waits here, in bounded memory, until the store takes
//! it. A press that was told twice meanwhile is kept once all the same.

use crate::{
    app::App,
    problem::{Answer, Problem},
};
use axum::http::StatusCode;
use frontdesk_core::{
    ivr::Capture,
    ports::{PortResult, Trouble},
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, sleep, timeout, timeout_at},
};

/// The gap between the first two attempts; it doubles with each failure.
const FIRST_GAP: Duration = Duration::from_millis(500);
const LONGEST_GAP: Duration = Duration::from_secs(30);
/// A gateway that stops tries this often, and for so long.
const LAST_GAP: Duration = Duration::from_millis(250);
const LAST_CHANCE: Duration = Duration::from_secs(20);

/// Presses that are not kept yet.
pub(crate) struct Captures {
    /// One for each press that is answered for and not kept: under way or waiting.
    room: Arc<Semaphore>,
    queue: Mutex<Queue>,
    /// How many were kept since the start, for pages that follow.
    kept: watch::Sender<u64>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Press>,
    /// Whether somebody sees to them.
    attended: bool,
}

struct Press {
    provider: String,
    capture: Capture,
    /// Its place; given back once it is kept.
    _room: OwnedSemaphorePermit,
}

/// A press under way. Whoever waits for it may be gone at any moment (a time is up, a client hangs up); then it waits like
/// the others, and what the store has kept by then it does not keep twice.
struct UnderWay<'a> {
    app: &'a App,
    press: Option<Press>,
}

impl UnderWay<'_> {
    async fn store(&self) -> PortResult<&'static str> {
        match &self.press {
            Some(press) => store(self.app, press).await,
            None => Ok("kept"),
        }
    }

    fn done(mut self) {
        self.press = None;
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(press) = self.press.take() {
            wait(self.app, press);
        }
    }
}

impl Captures {
    pub(crate) fn new(room: usize) -> Self {
        Self { room: Arc::new(Semaphore::new(room)), queue: Mutex::default(), kept: watch::Sender::new(0) }
    }

    /// Tells each time that more were kept, by this gateway.
    pub(crate) fn follow(&self) -> watch::Receiver<u64> {
        self.kept.subscribe()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next press that waits. When there is none, whoever asked is done.
    fn next(&self) -> Option<Press> {
        let mut queue = self.queue();
        let next = queue.waiting.pop_front();
        queue.attended = next.is_some();
        next
    }
}

/// Keeps a press, now or later; gives how it went, for the log.
pub(super) async fn keep(app: &App, provider: &str, capture: Capture) -> Answer<&'static str> {
    let Ok(room) = Arc::clone(&app.captures.room).try_acquire_owned() else {
        tracing::error!("a key press was refused: the store is away and too many wait already; look at the database");
        let detail = "key presses cannot be kept at the moment; please deliver this again";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1));
    };
    let press = Press { provider: provider.to_owned(), capture, _room: room };
    let Ok(_permit) = app.decisions.try_acquire() else {
        wait(app, press);
        return Ok(delayed());
    };
    let under_way = UnderWay { app, press: Some(press) };
    match timeout(app.limits.webhook_deadline, under_way.store()).await {
        Ok(Ok(outcome)) => {
            under_way.done();
            Ok(outcome)
        }
        Ok(Err(refused)) if refused.trouble == Trouble::Refused => {
            under_way.done();
            tracing::error!(error = %refused, "a key press was refused");
            Err(Problem::new(StatusCode::BAD_REQUEST, refused.message))
        }
        Ok(Err(error)) => {
            tracing::debug!(%error, "a key press could not be kept yet");
            Ok(delayed())
        }
        Err(_) => Ok(delayed()),
    }
}

fn delayed() -> &'static str {
    metrics::counter!("frontdesk_captures_delayed_total").increment(1);
    "delayed"
}

async fn store(app: &App, press: &Press) -> PortResult<&'static str> {
    let kept = app.engine.capture(&press.provider, press.capture.clone()).await?;
    if kept.repeated {
        return Ok("repeated");
    }
    app.captures.kept.send_modify(|kept| *kept += 1);
    Ok("kept")
}

/// Lets a press wait, and sees to it that somebody comes back for it.
fn wait(app: &App, press: Press) {
    let mut queue = app.captures.queue();
    queue.waiting.push_back(press);
    if !std::mem::replace(&mut queue.attended, true) {
        tracing::warn!("the store takes no key presses; they are answered, and wait in this process until it is back");
        app.tasks.spawn(attend(app.clone()));
    }
}

/// Tries until nothing waits any more, or, when the gateway stops, until there is no time left.
async fn attend(app: App) {
    let (mut gap, mut kept) = (FIRST_GAP, 0_u64);
    let mut ends = None;
    while let Some(press) = app.captures.next() {
        if app.stopping.is_cancelled() {
            let end = *ends.get_or_insert_with(|| Instant::now() + LAST_CHANCE);
            match timeout_at(end, store(&app, &press)).await {
                Ok(outcome) if settled(&outcome) => kept += 1,
                _ if Instant::now() < end => {
                    app.captures.queue().waiting.push_back(press);
                    sleep(LAST_GAP).await;
                }
                _ => return give_up(&app),
            }
            continue;
        }
        if settled(&store(&app, &press).await) {
            (gap, kept) = (FIRST_GAP, kept + 1);
            continue;
        }
        app.captures.queue().waiting.push_back(press);
        tokio::select! {
            () = sleep(gap) => gap = (gap * 2).min(LONGEST_GAP),
            () = app.stopping.cancelled() => {}
        }
    }
    tracing::info!(kept, "the store takes key presses again; those that waited are kept");
}

/// Whether a press need not be tried again.
fn settled(outcome: &PortResult<&'static str>) -> bool {
    match outcome {
        Ok(_) => true,
        Err(error) if error.trouble == Trouble::Refused => {
            tracing::error!(%error, "a key press that waited was refused, and is dropped");
            true
        }
        Err(_) => false,
    }
}

fn give_up(app: &App) {
    let mut queue = app.captures.queue();
    // The one in hand is lost along with those that wait.
    let lost = std::mem::take(&mut queue.waiting).len() + 1;
    queue.attended = false;
    tracing::error!(lost, "the gateway stops while the store is away; key presses that waited for it are lost");
}
