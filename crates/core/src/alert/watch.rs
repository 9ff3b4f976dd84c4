//! What is kept of a rule between two looks, and what a look changes about it.

use super::{Alert, AlertRule, Condition, Finding, Reading, Verdict, judge};
use crate::{
    effect::{Action, Effect},
    id::EffectId,
};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

/// A window is divided into so many samples at the most, however often a rule is looked at.
const SAMPLES: i32 = 60;

/// The clocks of gateways differ by less; a look from further ahead was made before a clock was put back.
const CLOCKS_DIFFER: Duration = Duration::minutes(2);

/// How a rule's counters stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// When.
    pub at: DateTime<Utc>,
    /// See [`Reading::part`]; 1 where a carrier was seen to fail.
    pub part: i64,
    /// See [`Reading::whole`].
    pub whole: i64,
}

/// What is kept of a rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Watch {
    /// Whether it fires, as was told last.
    pub firing: bool,
    /// When it began to, if it does.
    pub since: Option<DateTime<Utc>>,
    /// What was told last.
    pub words: String,
    /// How often it changed: names the effects of a change.
    pub changes: u64,
    /// When it was looked at last.
    pub looked_at: Option<DateTime<Utc>>,
    /// What the samples are of.
    pub about: String,
    /// How its counters stood, the oldest first.
    pub samples: Vec<Sample>,
}

/// What a look at a rule came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// Which rule.
    pub rule: String,
    /// What is to be kept of it.
    pub watch: Watch,
    /// What tells of a change; empty where nothing changed.
    pub effects: Vec<Effect>,
}

/// Looks at a rule: what it comes to, told where that differs from what was told last.
#[must_use]
pub fn look(rule: &AlertRule, watch: Watch, reading: &Reading, now: DateTime<Utc>) -> Looked {
    let newer = watch.looked_at.filter(|at| *at >= now && *at < now + CLOCKS_DIFFER);
    let now = match (newer, &rule.when) {
        (None, _) => now,
        // Each gateway knows of its own carriers only, so each is heard, and at whatever moment it looks.
        (Some(newer), Condition::CarrierFailing { .. }) => newer,
        // Another gateway has read newer figures, and decided by them.
        (Some(_), _) => return Looked { rule: rule.name.clone(), watch, effects: Vec::new() },
    };
    let mut watch = Watch { looked_at: Some(now), ..watch };
    if watch.about != reading.about {
        watch.about.clone_from(&reading.about);
        watch.samples.clear();
    }
    // Counters only grow: smaller ones are of a database that was restored.
    watch.samples.retain(|sample| sample.at <= now && (rule.when.window().is_none() || sample.whole <= reading.whole));
    let verdict = judge(rule, &watch.samples, reading, now);
    watch.sample(rule, reading, now);
    let effects = watch.change(rule, verdict, now);
    Looked { rule: rule.name.clone(), watch, effects }
}

impl Watch {
    /// Takes over a verdict; the effects that tell of it where it is news.
    pub fn change(&mut self, rule: &AlertRule, verdict: Verdict, now: DateTime<Utc>) -> Vec<Effect> {
        let (firing, Finding { words, value }) = match verdict {
            Verdict::Firing(finding) if !self.firing => (true, finding),
            Verdict::Fine(finding) if self.firing => (false, finding),
            Verdict::Firing(_) | Verdict::Fine(_) | Verdict::Unknown => return Vec::new(),
        };
        let since = if firing { now } else { self.since.unwrap_or(now) };
        self.firing = firing;
        self.since = firing.then_some(now);
        self.changes += 1;
        self.words.clone_from(&words);
        let tell = |to: super::Way| {
            let id = EffectId::derive(now, &["alert", &rule.name, &self.changes.to_string(), &to.to_string()]);
            let (rule, business, words) = (rule.name.clone(), rule.business.clone(), words.clone());
            let alert = Alert { rule, business, to, firing, words, value, since, at: now };
            Effect::planned(id, None, Action::Alert(alert), now, now)
        };
        rule.ways().map(tell).collect()
    }

    /// Remembers how the counters stand now, where that will be of use.
    fn sample(&mut self, rule: &AlertRule, reading: &Reading, now: DateTime<Utc>) {
        let remembers = rule.when.remembers();
        self.samples.retain(|sample| sample.at + remembers >= now);
        let due = match &rule.when {
            Condition::Uncertain { .. } => false,
            Condition::CarrierFailing { .. } => {
                // Only the newest sight of it matters.
                if !reading.failing.is_empty() {
                    self.samples.clear();
                }
                !reading.failing.is_empty()
            }
            when => {
                let apart = when.window().map_or(remembers, |over| over / SAMPLES);
                self.samples.last().is_none_or(|last| last.at + apart <= now)
            }
        };
        if due {
            let part = if rule.when.window().is_some() { reading.part } else { 1 };
            self.samples.push(Sample { at: now, part, whole: reading.whole });
        }
    }
}
