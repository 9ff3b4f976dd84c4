//! The circuit breaker of a carrier: whoever fails again and again is left alone for a while.
//!
//! ```text
//!            n sure failures in a row            the pause is over
//!  closed ───────────────────────────► open ─────────────────────► half-open
//!    ▲                                  ▲                              │ one probe at a time
//!    │                                  └── fails: a longer pause ─────┤
//!    └───────────────────────────────────────────────── succeeds ──────┘
//! ```
//!
//! Pure: time is an argument, and nothing is drawn. One lives for each carrier in each gateway; they are not shared and
//! not stored, because a gateway that cannot reach a carrier says nothing about another one that can.

use chrono::{DateTime, Duration, Utc};

/// When a carrier is left alone, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// So many sure failures in a row, and it opens.
    pub opens_after: u32,
    /// The first pause; doubles each time the probe after it fails.
    pub pause: Duration,
    /// No pause is longer.
    pub longest_pause: Duration,
    /// A probe that nothing was heard of for so long is given up, and another one may go. Longer than any adapter's
    /// time-out.
    pub probe_limit: Duration,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self {
            opens_after: 5,
            pause: Duration::seconds(30),
            longest_pause: Duration::minutes(10),
            probe_limit: Duration::minutes(1),
        }
    }
}

impl BreakerPolicy {
    /// How soon whoever came while a probe was under way looks again.
    const LOOK_AGAIN: Duration = Duration::seconds(5);

    /// What is wrong with it, each with its remedy; begins with the key.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(1..=1_000).contains(&self.opens_after) {
            problems.push(format!("opens_after is {}; use 1 to 1000", self.opens_after));
        }
        if self.pause < Duration::seconds(1) {
            problems.push("pause is shorter than a second; use 1s or more".to_owned());
        }
        if self.longest_pause < self.pause {
            problems.push("longest_pause is shorter than pause; use the same or more".to_owned());
        }
        problems
    }

    /// The pause after it opened so often without a success in between.
    fn pause_after(&self, opened: u32) -> Duration {
        let times = 2_i32.saturating_pow(opened.saturating_sub(1).min(20));
        self.pause.checked_mul(times).map_or(self.longest_pause, |pause| pause.min(self.longest_pause))
    }
}

/// How a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Everything goes through.
    Closed,
    /// Nothing goes through.
    Open,
    /// One request goes through, to see whether it is well again.
    HalfOpen,
}

impl BreakerState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Open, Self::HalfOpen];

    /// The name in metrics and on `/readyz`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// One carrier's breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Breaker {
    failures: u32,
    opened: u32,
    open_until: Option<DateTime<Utc>>,
    probe: Option<DateTime<Utc>>,
}

impl Breaker {
    /// How it stands.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> BreakerState {
        match self.open_until {
            None => BreakerState::Closed,
            Some(until) if until > now => BreakerState::Open,
            Some(_) => BreakerState::HalfOpen,
        }
    }

    /// Sure failures in a row.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Until when nothing goes through; `None` when something may go now.
    #[must_use]
    pub fn rests_until(&self, policy: &BreakerPolicy, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = self.open_until?;
        if until > now {
            return Some(until);
        }
        let given_up = self.probe? + policy.probe_limit;
        (given_up > now).then(|| given_up.min(now + BreakerPolicy::LOOK_AGAIN))
    }

    /// Lets a request through, or not. While half-open, whoever is let through is the probe.
    #[must_use]
    pub fn admit(&mut self, policy: &BreakerPolicy, now: DateTime<Utc>) -> bool {
        if self.rests_until(policy, now).is_some() {
            return false;
        }
        if self.open_until.is_some() {
            self.probe = Some(now);
        }
        true
    }

    /// A request was taken: it is well.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// A request surely failed, and not because of what was asked.
    pub fn failed(&mut self, policy: &BreakerPolicy, now: DateTime<Utc>) {
        self.failures = self.failures.saturating_add(1);
        match self.state(now) {
            BreakerState::Closed if self.failures < policy.opens_after => {}
            // What was under way when it opened says nothing new.
            BreakerState::Open => {}
            BreakerState::Closed | BreakerState::HalfOpen => self.open(policy, now),
        }
    }

    /// Nobody knows what became of a request. No sure failure, so it opens nothing; but a probe that shows nothing has
    /// not shown that the carrier is well.
    pub fn left_in_doubt(&mut self, policy: &BreakerPolicy, now: DateTime<Utc>) {
        if self.state(now) == BreakerState::HalfOpen {
            self.open(policy, now);
        }
    }

    fn open(&mut self, policy: &BreakerPolicy, now: DateTime<Utc>) {
        self.opened = self.opened.saturating_add(1);
        self.open_until = Some(now + policy.pause_after(self.opened));
        self.probe = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    const POLICY: BreakerPolicy = BreakerPolicy {
        opens_after: 3,
        pause: Duration::seconds(30),
        longest_pause: Duration::seconds(100),
        probe_limit: Duration::seconds(60),
    };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..3 {
            breaker.failed(&POLICY, at(0));
        }
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_success_in_between_starts_the_count_anew() {
        let mut breaker = Breaker::default();
        breaker.failed(&POLICY, at(0));
        breaker.failed(&POLICY, at(0));
        breaker.succeeded();
        breaker.failed(&POLICY, at(0));
        breaker.failed(&POLICY, at(0));
        assert_eq!(breaker.state(at(0)), BreakerState::Closed);
        breaker.failed(&POLICY, at(0));
        assert_eq!(breaker.state(at(0)), BreakerState::Open);
        assert_eq!(breaker.rests_until(&POLICY, at(1)), Some(at(30)));
    }

    #[test]
    fn after_the_pause_one_probe_goes_through_and_nobody_else() {
        let mut breaker = opened();
        assert!(!breaker.admit(&POLICY, at(29)));
        assert_eq!(breaker.state(at(30)), BreakerState::HalfOpen);
        assert!(breaker.admit(&POLICY, at(30)));
        assert!(!breaker.admit(&POLICY, at(30)));
        assert_eq!(breaker.rests_until(&POLICY, at(30)), Some(at(35)), "the others look again soon");
    }

    #[test]
    fn a_probe_that_succeeds_closes_it_and_the_next_pause_is_short_again() {
        let mut breaker = opened();
        assert!(breaker.admit(&POLICY, at(30)));
        breaker.failed(&POLICY, at(31));
        assert_eq!(breaker.rests_until(&POLICY, at(31)), Some(at(91)), "twice as long");
        assert!(breaker.admit(&POLICY, at(91)));
        breaker.succeeded();
        assert_eq!((breaker.state(at(91)), breaker.failures()), (BreakerState::Closed, 0));
        for _ in 0..3 {
            breaker.failed(&POLICY, at(100));
        }
        assert_eq!(breaker.rests_until(&POLICY, at(100)), Some(at(130)));
    }

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let mut breaker = opened();
        let mut pauses = Vec::new();
        for _ in 0..40 {
            let until = breaker.rests_until(&POLICY, at(0)).unwrap();
            assert!(breaker.admit(&POLICY, until));
            breaker.failed(&POLICY, until);
            pauses.push((breaker.rests_until(&POLICY, until).unwrap() - until).num_seconds());
        }
        assert_eq!(pauses[..3], [60, 100, 100]);
        assert!(pauses[3..].iter().all(|pause| *pause == 100));
    }

    #[test]
    fn a_probe_nobody_hears_of_again_is_given_up() {
        let mut breaker = opened();
        assert!(breaker.admit(&POLICY, at(30)));
        assert_eq!(breaker.rests_until(&POLICY, at(88)), Some(at(90)));
        assert!(!breaker.admit(&POLICY, at(89)));
        assert!(breaker.admit(&POLICY, at(90)));
    }

    #[test]
    fn a_doubt_opens_nothing_and_is_no_sign_of_health() {
        let mut breaker = Breaker::default();
        for _ in 0..10 {
            breaker.left_in_doubt(&POLICY, at(0));
        }
        assert_eq!(breaker, Breaker::default());
        let mut breaker = opened();
        assert!(breaker.admit(&POLICY, at(30)));
        breaker.left_in_doubt(&POLICY, at(30));
        assert_eq!(breaker.state(at(31)), BreakerState::Open);
    }

    #[test]
    fn what_was_under_way_when_it_opened_makes_the_pause_no_longer() {
        let mut breaker = opened();
        breaker.failed(&POLICY, at(20));
        assert_eq!(breaker.rests_until(&POLICY, at(20)), Some(at(30)));
    }

    proptest! {
        #[test]
        fn any_sequence_lets_one_probe_through_at_a_time_and_always_one_in_the_end(
            steps in vec((0..4_u8, 0..200_i64), 0..60),
        ) {
            let (mut breaker, mut now, mut probe) = (Breaker::default(), 0, None::<i64>);
            for (deed, seconds) in steps {
                now += seconds;
                let half_open = breaker.state(at(now)) == BreakerState::HalfOpen;
                match deed {
                    0 => {
                        if breaker.admit(&POLICY, at(now)) && half_open {
                            prop_assert!(probe.is_none_or(|since| now - since >= 60), "two probes at a time");
                            probe = Some(now);
                        }
                    }
                    1 => (breaker.succeeded(), probe = None).0,
                    2 => {
                        breaker.failed(&POLICY, at(now));
                        probe = probe.filter(|_| !half_open);
                    }
                    _ => {
                        breaker.left_in_doubt(&POLICY, at(now));
                        probe = probe.filter(|_| !half_open);
                    }
                }
                let rests = breaker.rests_until(&POLICY, at(now));
                prop_assert!(rests.is_none_or(|until| until > at(now) && until <= at(now + 100)));
            }
            prop_assert!(breaker.admit(&POLICY, at(now + 100)));
        }
    }
}
