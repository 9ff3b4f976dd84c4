//! What the agent told and nobody has heard yet: bounded, and cleared of what an interruption makes void.

use super::fate::End;
use frontdesk_core::ports::{FromAgent, PortResult};
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// The most that waits. Whoever writes waits as well then, and with them the vendor.
const MOST: usize = 512;
/// The most sound that waits, in raw bytes: about four minutes of the telephone's.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// The queue between the socket and the mouth.
#[derive(Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    /// There is something for the mouth.
    told: Notify,
    /// There is room.
    room: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(FromAgent, Option<i64>)>,
    bytes: usize,
    end: Option<End>,
    /// Nobody listens (any more).
    deaf: bool,
}

fn size(told: &FromAgent) -> usize {
    if let FromAgent::Sound(sound) = told { sound.raw_len() } else { 0 }
}

impl Inbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts something at the end, with the event of the agent's that it belongs to. Waits for room.
    pub(super) async fn put(&self, told: FromAgent, event: Option<i64>) {
        loop {
            {
                let mut state = self.state();
                if state.deaf || state.end.is_some() {
                    return;
                }
                if state.waiting.len() < MOST && state.bytes < MOST_BYTES {
                    state.bytes += size(&told);
                    state.waiting.push_back((told, event));
                    break;
                }
            }
            self.room.notified().await;
        }
        self.told.notify_one();
    }

    /// What was spoken up to this event is void and never told; that it is comes before whatever is still to be heard.
    pub(super) fn interrupt(&self, up_to: i64) {
        {
            let mut state = self.state();
            if state.deaf || state.end.is_some() {
                return;
            }
            let void = |(told, event): &(FromAgent, Option<i64>)| {
                matches!(told, FromAgent::Sound(_)) && event.is_none_or(|event| event <= up_to)
            };
            state.waiting.retain(|it| !void(it));
            state.bytes = state.waiting.iter().map(|(told, _)| size(told)).sum();
            let new = state.waiting.iter().position(|(told, _)| matches!(told, FromAgent::Sound(_)));
            let place = new.unwrap_or(state.waiting.len());
            state.waiting.insert(place, (FromAgent::Interrupted, None));
        }
        self.told.notify_one();
        self.room.notify_one();
    }

    /// It is over: what waits is still heard. Only the first end counts.
    pub(super) fn finish(&self, end: End) {
        self.state().end.get_or_insert(end);
        self.told.notify_one();
        self.room.notify_one();
    }

    /// Nobody listens any more.
    pub(super) fn deafen(&self) {
        let mut state = self.state();
        state.deaf = true;
        state.waiting.clear();
        drop(state);
        self.room.notify_one();
    }

    /// Waits for what comes next. A break is told once, and it is over from then on.
    pub(super) async fn next(&self) -> PortResult<Option<FromAgent>> {
        loop {
            {
                let mut state = self.state();
                if let Some((told, _)) = state.waiting.pop_front() {
                    state.bytes -= size(&told);
                    drop(state);
                    self.room.notify_one();
                    return Ok(Some(told));
                }
                if let Some(end) = &mut state.end {
                    let error = end.error();
                    *end = End::Theirs;
                    return error.map_or(Ok(None), Err);
                }
            }
            // Given up here, the permit stays for the next wait.
            self.told.notified().await;
        }
    }
}
