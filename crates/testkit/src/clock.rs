use chrono::{DateTime, Duration, Utc};
use frontdesk_core::engine::World;
use std::{
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};
use uuid::Uuid;

/// A clock that is turned by hand, and a source of ids that gives the same ones in every run.
#[derive(Debug, Clone)]
pub struct Clock {
    now: Arc<Mutex<DateTime<Utc>>>,
    fresh: Arc<AtomicU64>,
}

impl Clock {
    /// A clock that stands at this time.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self { now: Arc::new(Mutex::new(now)), fresh: Arc::new(AtomicU64::new(1)) }
    }

    /// The time it shows.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Turns it to this time; never back.
    pub fn turn_to(&self, at: DateTime<Utc>) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now = at.max(*now);
    }

    /// Turns it on by this much.
    pub fn pass(&self, span: Duration) {
        self.turn_to(self.now() + span);
    }

    /// An id nobody else has.
    #[must_use]
    pub fn fresh(&self) -> Uuid {
        let n = self.fresh.fetch_add(1, Ordering::Relaxed);
        frontdesk_core::id::derive(self.now(), &["fresh", &n.to_string()])
    }

    /// The engine's view of it.
    #[must_use]
    pub fn world(&self) -> World {
        let (clock, ids) = (self.clone(), self.clone());
        World::new(move || clock.now(), move || ids.fresh())
    }
}

/// The value of a future that never waits, which is every future over [`crate::MemoryStore`] and the pretended ports.
///
/// # Panics
/// When it does wait.
pub fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a future of the simulation waited for something outside of it"),
    }
}
