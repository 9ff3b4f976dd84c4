//! Whether a rule fires, by its samples and how it stands now.

use super::{AlertRule, Condition, Open, Reading, Sample};
use chrono::{DateTime, Datelike, Days, Duration, Utc};

/// How much older than its window a sample may be before it says nothing about the window: the process was away meanwhile.
const SLACK: Duration = Duration::minutes(5);
/// How long a carrier must not have been seen to fail, by any gateway, before it counts as well: each gateway has breakers
/// of its own, and one that does not use the carrier must not call off another's alert.
pub(super) const LINGERS: Duration = Duration::minutes(2);

/// What a rule comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It is as the rule fears.
    Firing(Finding),
    /// It is not.
    Fine(Finding),
    /// Nobody can tell yet; whatever was told last stands.
    Unknown,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// A sentence for the staff.
    pub words: String,
    /// The figure behind it: a percentage with one decimal, or a number of things.
    pub value: f64,
}

impl Condition {
    /// The window of a rule that has one.
    #[must_use]
    pub fn window(&self) -> Option<Duration> {
        match self {
            Self::DropOff { over, .. } | Self::NoCalls { over, .. } | Self::ConfirmRate { over, .. } => Some(*over),
            Self::Uncertain { .. } | Self::CarrierFailing { .. } => None,
        }
    }

    /// How old a sample may become before nobody needs it any more.
    pub(super) fn remembers(&self) -> Duration {
        match self {
            Self::CarrierFailing { .. } => LINGERS,
            _ => self.window().map_or(Duration::zero(), |over| over * 2 + SLACK),
        }
    }
}

/// What a rule comes to. `samples` are of the counters that `reading` is about, the oldest first.
#[must_use]
pub fn judge(rule: &AlertRule, samples: &[Sample], reading: &Reading, now: DateTime<Utc>) -> Verdict {
    let remembers = rule.when.remembers();
    let fresh = || samples.iter().filter(|sample| sample.at + remembers >= now && sample.at <= now);
    // The newest sample from before the window, not too far before it.
    let base = |over: Duration| fresh().rfind(|sample| sample.at + over <= now);
    match &rule.when {
        Condition::DropOff { flow, step, above, over } => {
            let Some(rate) = base(*over).and_then(|base| Rate::between(base, reading, rule.least)) else {
                return Verdict::Unknown;
            };
            let words = format!(
                "{}% of {} callers left {flow} at {step} within {}; the limit is {above}%.",
                rate.percent(),
                rate.whole,
                spoken(*over)
            );
            verdict(rate.above(*above), words, rate.percent())
        }
        Condition::ConfirmRate { below, over, .. } => {
            let Some(rate) = base(*over).and_then(|base| Rate::between(base, reading, rule.least)) else {
                return Verdict::Unknown;
            };
            let words = format!(
                "{}% of {} people who were reached within {} confirmed; the limit is {below}%.",
                rate.percent(),
                rate.whole,
                spoken(*over)
            );
            verdict(rate.below(*below), words, rate.percent())
        }
        Condition::NoCalls { flow, over, hours } => {
            let place = flow.as_ref().map_or(String::new(), |flow| format!(" in {flow}"));
            let since = *over;
            // Where a call came after any sample of the window, the window had one.
            let within = fresh().rev().take_while(|sample| sample.at + since >= now);
            let came = within.chain(base(since)).map(|sample| reading.whole - sample.whole).max().unwrap_or(0);
            if came > 0 {
                return Verdict::Fine(finding(format!("Calls are coming in again{place}."), came));
            }
            if base(since).is_none() || hours.as_ref().is_some_and(|open| !open.throughout(now - since, now)) {
                return Verdict::Unknown;
            }
            Verdict::Firing(finding(format!("There was no call{place} for {}.", spoken(since)), 0))
        }
        Condition::Uncertain { above } => {
            let (effects, verb) = if reading.whole == 1 { ("effect", "is") } else { ("effects", "are") };
            let words = format!(
                "The fate of {} {effects} {verb} unknown; the limit is {above}. See Effects, or /api/v1/effects?state=uncertain.",
                reading.whole
            );
            let finding = finding(words, reading.whole);
            if reading.whole > i64::from(*above) { Verdict::Firing(finding) } else { Verdict::Fine(finding) }
        }
        Condition::CarrierFailing { carrier } => {
            if !reading.failing.is_empty() {
                let verb = if reading.failing.len() == 1 { "fails" } else { "fail" };
                let words = format!("{} {verb} again and again, and is left alone.", reading.failing.join(" and "));
                return Verdict::Firing(finding(words, reading.whole));
            }
            if fresh().any(|sample| sample.part > 0) {
                return Verdict::Unknown;
            }
            let who = carrier.as_deref().map_or_else(|| "Every carrier".to_owned(), str::to_owned);
            Verdict::Fine(finding(format!("{who} places calls again."), 0))
        }
    }
}

fn verdict(firing: bool, words: String, value: f64) -> Verdict {
    let finding = Finding { words, value };
    if firing { Verdict::Firing(finding) } else { Verdict::Fine(finding) }
}

fn finding(words: String, value: i64) -> Finding {
    Finding { words, value: i32::try_from(value).map_or(f64::INFINITY, f64::from) }
}

/// A share within a window.
struct Rate {
    part: i64,
    whole: i64,
}

impl Rate {
    /// `None` while there are too few to speak of a rate, or when the counters do not go on from the sample.
    fn between(base: &Sample, now: &Reading, least: u32) -> Option<Self> {
        let whole = now.whole - base.whole;
        // Who was at the step when the window began, and went on since, is taken off again: that may be more than came.
        let part = (now.part - base.part).clamp(0, whole.max(0));
        (whole >= i64::from(least.max(1))).then_some(Self { part, whole })
    }

    /// With one decimal.
    fn percent(&self) -> f64 {
        let permille = (self.part * 1_000 + self.whole / 2) / self.whole.max(1);
        f64::from(i32::try_from(permille).unwrap_or(1_000)) / 10.0
    }

    fn above(&self, percent: u32) -> bool {
        self.part * 100 > i64::from(percent) * self.whole
    }

    fn below(&self, percent: u32) -> bool {
        self.part * 100 < i64::from(percent) * self.whole
    }
}

impl Open {
    /// Whether all of this time lies within one stretch of the hours.
    fn throughout(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
        let local = |at: DateTime<Utc>| at.with_timezone(&self.zone).naive_local();
        let (from, to) = (local(from), local(to));
        // Yesterday's hours may go past midnight.
        let yesterday = from.date().checked_sub_days(Days::new(1));
        [Some(from.date()), yesterday].into_iter().flatten().any(|day| {
            let weekday = usize::try_from(day.weekday().num_days_from_monday()).unwrap_or(0);
            let Some(midnight) = day.and_hms_opt(0, 0, 0) else { return false };
            self.hours[weekday].iter().any(|hours| {
                let overnight = if hours.to <= hours.from { Duration::days(1) } else { Duration::zero() };
                let opens = midnight + Duration::minutes(i64::from(hours.from));
                let closes = midnight + Duration::minutes(i64::from(hours.to)) + overnight;
                // Up to and with the minute of closing: whoever called then has called.
                opens <= from && to <= closes
            })
        })
    }

    /// The longest time that lies within one stretch.
    pub(super) fn longest(&self) -> Duration {
        let minutes = |hours: &crate::contact::Hours| {
            let (from, to) = (i64::from(hours.from), i64::from(hours.to));
            if to <= from { to + 24 * 60 - from } else { to - from }
        };
        Duration::minutes(self.hours.iter().flatten().map(minutes).max().unwrap_or(0))
    }
}

/// A window as people say it: `30 minutes`, `1 hour`, `1 hour 30 minutes`.
fn spoken(over: Duration) -> String {
    let units = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];
    let mut left = over.num_seconds();
    let mut said = Vec::new();
    for (name, size) in units {
        let n = left / size;
        left %= size;
        if n > 0 {
            said.push(format!("{n} {name}{}", if n == 1 { "" } else { "s" }));
        }
    }
    said.join(" ")
}
