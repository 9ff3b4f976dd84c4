//! Which carrier places a call: the order of the business, less those that were asked and those that rest.

use super::Engine;
use crate::{
    breaker::{Breaker, BreakerPolicy, BreakerState},
    effect::Effect,
    ports::{Happened, Performed, PortResult, Trouble},
    rules::Business,
};
use chrono::{DateTime, Utc};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Carriers that are left alone, and until when: what a decision is shown of the breakers.
pub(super) type Resting = BTreeMap<String, DateTime<Utc>>;

/// Who is to place a call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Choice<'a> {
    /// This one; those before it in the order rest.
    Ask { carrier: &'a str, resting: Vec<&'a str> },
    /// Whoever is left rests, the first one until then.
    Rest { until: DateTime<Utc>, resting: Vec<&'a str> },
    /// Everybody was asked in this attempt, or nobody is configured.
    Nobody,
}

/// The next carrier in the business's order: not one that was asked in the attempt that is being passed on, and not one
/// that rests.
pub(super) fn choose<'a>(business: &'a Business, effect: &Effect, rests: &Resting) -> Choice<'a> {
    let asked = |carrier: &str| effect.passed_on && effect.tried_now().any(|tried| tried.carrier == carrier);
    let mut resting = Vec::new();
    let mut first = None;
    for carrier in business.carriers.iter().map(String::as_str).filter(|carrier| !asked(carrier)) {
        match rests.get(carrier) {
            None => return Choice::Ask { carrier, resting },
            Some(until) => {
                resting.push(carrier);
                first = Some(first.map_or(*until, |first: DateTime<Utc>| first.min(*until)));
            }
        }
    }
    first.map_or(Choice::Nobody, |until| Choice::Rest { until, resting })
}

/// Why nobody is asked for now, in the front desk's words.
pub(super) fn rest_words(resting: &[&str]) -> String {
    let (names, verb) = (resting.join(" and "), if resting.len() == 1 { "is" } else { "are" });
    format!("{names} {verb} left alone for now, after failing again and again")
}

/// A carrier's breaker, and what it said last when it failed.
#[derive(Default)]
struct Kept {
    breaker: Breaker,
    reason: Option<String>,
}

/// The breakers of this gateway, by carrier.
#[derive(Default)]
pub(super) struct Breakers(Mutex<BTreeMap<String, Kept>>);

impl Breakers {
    fn kept(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who rests now.
    pub(super) fn resting(&self, policy: &BreakerPolicy, now: DateTime<Utc>) -> Resting {
        let rests = |(name, kept): (&String, &Kept)| Some((name.clone(), kept.breaker.rests_until(policy, now)?));
        self.kept().iter().filter_map(rests).collect()
    }

    /// Lets a request to a carrier through; the other way, how many seconds to wait. What a decision saw of the breakers
    /// is a moment old: of two that chose the same probe, one is stopped here.
    pub(super) fn admit(&self, policy: &BreakerPolicy, carrier: &str, now: DateTime<Utc>) -> Result<(), u32> {
        let mut kept = self.kept();
        let Some(kept) = kept.get_mut(carrier) else {
            return Ok(());
        };
        if kept.breaker.admit(policy, now) {
            return Ok(());
        }
        let until = kept.breaker.rests_until(policy, now).unwrap_or(now);
        Err(u32::try_from((until - now).num_seconds()).unwrap_or(0).max(1))
    }

    /// A carrier has answered a request to place a call, or has not.
    pub(super) fn heard(
        &self,
        policy: &BreakerPolicy,
        carrier: &str,
        result: &PortResult<Performed>,
        now: DateTime<Utc>,
    ) {
        let mut all = self.kept();
        let kept = all.entry(carrier.to_owned()).or_default();
        match result.as_ref().map_err(|error| (error, error.happened, error.trouble)) {
            // One that refuses a number or may not ring it, or has more to do than it wants, is well: the calls of all
            // others are not to suffer for it. In a burst of calls every carrier asks for patience, and a pause would only
            // make the burst longer.
            Ok(_) | Err((_, Happened::No, Trouble::Refused | Trouble::Barred | Trouble::RateLimited(_))) => {
                *kept = Kept::default();
            }
            Err((_, Happened::Maybe, _)) => kept.breaker.left_in_doubt(policy, now),
            Err((error, Happened::No, _)) => {
                kept.breaker.failed(policy, now);
                kept.reason = Some(error.to_string());
            }
        }
    }
}

/// How a carrier is, as this gateway sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierState {
    /// Its name.
    pub name: String,
    /// How its breaker stands.
    pub breaker: BreakerState,
    /// Sure failures in a row.
    pub failures: u32,
    /// Until when it is left alone, if it is.
    pub rests_until: Option<DateTime<Utc>>,
    /// What it said when it failed last, without personal data; `None` while it is well.
    pub reason: Option<String>,
}

impl Engine {
    /// How every carrier that can place calls is, by name.
    #[must_use]
    pub fn carriers(&self) -> Vec<CarrierState> {
        let (policy, now) = (&self.rules.breaker, self.world.now());
        let kept = self.breakers.kept();
        let state = |name: &String| {
            let kept = kept.get(name);
            let breaker = kept.map_or_else(Breaker::default, |kept| kept.breaker);
            CarrierState {
                name: name.clone(),
                breaker: breaker.state(now),
                failures: breaker.failures(),
                rests_until: breaker.rests_until(policy, now),
                reason: kept.and_then(|kept| kept.reason.clone()),
            }
        };
        let dialling = self.ports.carriers.iter().filter(|(_, carrier)| carrier.abilities().dials);
        dialling.map(|(name, _)| state(name)).collect()
    }

    /// The businesses none of whose carriers can be asked to place a call now.
    #[must_use]
    pub fn voiceless(&self) -> Vec<String> {
        let carriers = self.carriers();
        let usable = |name: &String| carriers.iter().any(|it| it.name == *name && it.breaker != BreakerState::Open);
        let voiceless = self.rules.businesses.values().filter(|business| !business.carriers.iter().any(usable));
        voiceless.map(|business| business.id.clone()).collect()
    }
}
