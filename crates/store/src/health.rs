//! Whether writing works: what readiness is told, and what the log says of it.

use crate::db::Failure;
use frontdesk_core::ports::Trouble;
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// How often the log repeats that writing still fails. Under load it fails a hundred times a second.
const REMIND: Duration = Duration::from_secs(10);

/// What became of the writes so far, of all writers together.
#[derive(Debug, Default)]
pub(crate) struct Health(Mutex<Option<Outage>>);

#[derive(Debug)]
struct Outage {
    /// Why the database cannot take writes; `None` when only the gateway itself was at fault.
    unavailable: Option<Failure>,
    told: Instant,
    /// Writes that failed and were not told of in the log yet.
    untold: u32,
}

impl Health {
    /// A write failed; how many failures the log is to tell of now, this one included, if any.
    pub(crate) fn failed(&self, failure: &Failure, now: Instant) -> Option<u32> {
        let mut outage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut first = outage.is_none();
        let outage = outage.get_or_insert(Outage { unavailable: None, told: now, untold: 0 });
        if failure.trouble == Trouble::Unavailable {
            first |= outage.unavailable.is_none();
            outage.unavailable = Some(failure.clone());
        }
        outage.untold = outage.untold.saturating_add(1);
        if !first && now.duration_since(outage.told) < REMIND {
            return None;
        }
        outage.told = now;
        Some(std::mem::take(&mut outage.untold))
    }

    /// Something was written; whether that ended an outage, which the log is to tell.
    pub(crate) fn wrote(&self) -> bool {
        let outage = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        outage.is_some_and(|outage| outage.unavailable.is_some())
    }

    /// Why the database could not take the last write, if that was so.
    pub(crate) fn trouble(&self) -> Option<Failure> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.unavailable.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_core::ports::Happened;

    fn away() -> Failure {
        Failure::new(Happened::No, Trouble::Unavailable, "away")
    }

    #[test]
    fn an_outage_is_logged_once_at_its_start_then_every_ten_seconds_and_once_at_its_end() {
        let (health, start) = (Health::default(), Instant::now());
        assert!(!health.wrote());
        assert_eq!(health.failed(&away(), start), Some(1));
        for second in 1..10 {
            assert_eq!(health.failed(&away(), start + Duration::from_secs(second)), None);
        }
        assert_eq!(health.failed(&away(), start + REMIND), Some(10));
        assert_eq!(health.failed(&away(), start + REMIND), None);
        assert!(health.wrote());
        assert!(!health.wrote());
        assert_eq!(health.failed(&away(), start + REMIND), Some(1));
    }

    #[test]
    fn a_fault_of_the_gateway_is_no_outage_of_the_database() {
        let health = Health::default();
        let fault = Failure::new(Happened::No, Trouble::Broken, "a rule");
        assert_eq!(health.failed(&fault, Instant::now()), Some(1));
        assert!(health.trouble().is_none());
        assert!(!health.wrote());
        health.failed(&fault, Instant::now());
        assert_eq!(health.failed(&away(), Instant::now()), Some(1));
        assert_eq!(health.trouble().unwrap().message, "away");
    }
}
