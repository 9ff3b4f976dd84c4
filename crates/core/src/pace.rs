//! Spreads what a carrier is asked for over time.
//!
//! A carrier that is asked too fast refuses the rest, or keeps it in a queue of its own and dials it when its turn comes,
//! whatever the hour is by then. What waits here instead is decided about once more, hours and all, before it goes.
//!
//! Pure: time is an argument. One lives for each carrier in each gateway; they are not shared.

use crate::id::EffectId;
use chrono::{DateTime, Duration, Utc};
use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
};

/// A turn that is not taken so long after its time is given up.
const PATIENCE: Duration = Duration::minutes(2);

/// Gives every effect a turn. Whoever is sent away is told when to come back, and is let in then; so a burst becomes a
/// queue, and nobody uses up attempts on coming too early again and again.
#[derive(Debug)]
pub struct Pace {
    gap: Duration,
    turns: Mutex<Turns>,
}

#[derive(Debug, Default)]
struct Turns {
    next: DateTime<Utc>,
    promised: HashMap<EffectId, DateTime<Utc>>,
}

impl Pace {
    /// So many a minute, evenly spread; `None`: as many as come.
    #[must_use]
    pub fn new(calls_per_minute: Option<NonZeroU32>) -> Self {
        let gap =
            calls_per_minute.map_or(Duration::zero(), |calls| Duration::milliseconds(60_000 / i64::from(calls.get())));
        Self { gap, turns: Mutex::default() }
    }

    /// Lets an effect pass.
    ///
    /// # Errors
    /// In how many seconds its turn comes, where that is not now.
    pub fn pass(&self, effect: EffectId, now: DateTime<Utc>) -> Result<(), u32> {
        if self.gap.is_zero() {
            return Ok(());
        }
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.promised.retain(|_, turn| *turn + PATIENCE > now);
        let turn = turns.promised.get(&effect).copied().unwrap_or_else(|| {
            let turn = turns.next.max(now);
            turns.next = turn + self.gap;
            turn
        });
        if turn <= now {
            turns.promised.remove(&effect);
            return Ok(());
        }
        turns.promised.insert(effect, turn);
        let wait = (turn - now).num_milliseconds();
        Err(u32::try_from((wait + 999) / 1000).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_testkit::moment;

    fn effect(n: u32) -> EffectId {
        EffectId::derive(now(), &[&n.to_string()])
    }

    fn now() -> DateTime<Utc> {
        moment("2026-11-20T09:00:00Z")
    }

    #[test]
    fn a_burst_becomes_a_queue_in_which_everybody_comes_back_once() {
        let pace = Pace::new(NonZeroU32::new(60));
        let waits: Vec<_> = (0..10).map(|n| pace.pass(effect(n), now()).err().unwrap_or(0)).collect();
        assert_eq!(waits, (0..10).collect::<Vec<_>>());
        for n in 1..10 {
            assert_eq!(pace.pass(effect(n), now() + Duration::seconds(i64::from(n))), Ok(()));
        }
    }

    #[test]
    fn whoever_comes_back_too_early_keeps_their_turn() {
        let pace = Pace::new(NonZeroU32::new(2));
        assert_eq!(pace.pass(effect(0), now()), Ok(()));
        assert_eq!(pace.pass(effect(1), now()), Err(30));
        assert_eq!(pace.pass(effect(1), now() + Duration::seconds(10)), Err(20));
        assert_eq!(pace.pass(effect(2), now() + Duration::seconds(10)), Err(50));
        assert_eq!(pace.pass(effect(1), now() + Duration::seconds(30)), Ok(()));
    }

    #[test]
    fn without_a_limit_everybody_passes() {
        let pace = Pace::new(None);
        assert!((0..100).all(|n| pace.pass(effect(n), now()).is_ok()));
    }
}
