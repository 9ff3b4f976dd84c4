//! What becomes of a key press: pure, so that every store keeps and counts alike.

use super::{
    LONGEST_INPUT, MOST_INPUTS,
    call::{Call, Input},
    tree::{ANY, Tree},
};
use crate::{
    personal::{Phone, RawNumber},
    ports::Count,
};
use chrono::{DateTime, Datelike, Timelike, Utc};
use chrono_tz::Tz;
use std::{collections::BTreeMap, sync::Arc};

/// The keys in what a carrier sent, quotes and white space taken off: 1 to 32 of `0`-`9`, `*` and `#`, else none.
#[must_use]
pub fn keys(raw: &str) -> Option<String> {
    let keys = (1..=32).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_digit() || b == b'*' || b == b'#');
    keys.then(|| raw.to_owned())
}

/// A key press, as an adapter understood it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// The carrier's name for the call.
    pub sid: String,
    /// Which tree; `None` is the first one configured.
    pub flow: Option<String>,
    /// Which question was answered.
    pub step: String,
    /// What the carrier sent, without quotes and white space around it.
    pub raw: String,
    /// The keys: 1 to 32 of `0`-`9`, `*` and `#`; `None` when there were none or something else came.
    pub digits: Option<String>,
    /// When it was pressed, by the carrier's clock. Part of its identity: the same press told again says the same.
    pub told_at: Option<DateTime<Utc>>,
    /// When the call began, by the carrier's clock.
    pub started_at: Option<DateTime<Utc>>,
    /// Who rang, as the carrier writes it.
    pub from: Option<RawNumber>,
    /// Who rang, where that is a number.
    pub phone: Option<Phone>,
    /// The number that was rung, as the carrier writes it.
    pub to: Option<RawNumber>,
    /// The same, where that is a number: it says which business was rung.
    pub called: Option<Phone>,
    /// Where the caller's number is registered, where the carrier says so.
    pub circle: Option<String>,
}

/// Where a capture belongs.
#[derive(Debug, Clone)]
pub struct Place {
    /// Whose call it is.
    pub provider: String,
    /// Whom it is for.
    pub business: String,
    /// The business's zone: days and hours are counted in it.
    pub zone: Tz,
    /// Which questions are asked.
    pub tree: Arc<Tree>,
}

/// What became of a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The call as it is now.
    pub call: Call,
    /// Whether this very press was kept before: nothing changes.
    pub repeated: bool,
    /// What the counters are stepped by; never by 0.
    pub counts: Vec<(Count, i64)>,
}

/// Keeps a key press of a call that is known so far as `call`.
#[must_use]
pub fn keep(call: Option<Call>, capture: &Capture, place: &Place, now: DateTime<Utc>) -> Kept {
    let tree = &*place.tree;
    let new = call.is_none();
    let mut call = call.unwrap_or_else(|| begin(capture, place, now));
    let secret = tree.secret.contains(&capture.step);
    // A carrier sends keys; whatever else comes is kept as far as a database takes it.
    let shown = |text: &str| {
        if secret { ANY.to_owned() } else { text.chars().filter(|c| !c.is_control()).take(LONGEST_INPUT).collect() }
    };
    let raw = if capture.raw.is_empty() { String::new() } else { shown(&capture.raw) };
    let known = |input: &Input| input.step == capture.step && input.raw == raw && input.told_at == capture.told_at;
    if call.inputs.iter().any(known) || call.inputs.len() >= MOST_INPUTS {
        return Kept { call, repeated: true, counts: Vec::new() };
    }
    let before = if new { BTreeMap::new() } else { facts(&call, tree, place.zone) };
    let n = u32::try_from(call.inputs.len()).unwrap_or(u32::MAX);
    let digits = capture.digits.as_deref().map(shown);
    call.inputs.push(Input { n, step: capture.step.clone(), raw, digits, told_at: capture.told_at, received_at: now });
    call.updated_at = call.updated_at.max(now);
    let mut delta = facts(&call, tree, place.zone);
    for (fact, n) in before {
        *delta.entry(fact).or_default() -= n;
    }
    let count = |name| Count { day: call.day, business: call.business.clone(), flow: counted_as(&call), name };
    let counts = delta.into_iter().filter(|(_, n)| *n != 0).map(|(fact, n)| (count(fact), n)).collect();
    Kept { call, repeated: false, counts }
}

fn begin(capture: &Capture, place: &Place, now: DateTime<Utc>) -> Call {
    let started_at = capture.started_at.or(capture.told_at).unwrap_or(now);
    Call {
        id: 0,
        provider: place.provider.clone(),
        sid: capture.sid.clone(),
        business: place.business.clone(),
        flow: place.tree.name.clone(),
        version: place.tree.version,
        day: started_at.with_timezone(&place.zone).date_naive(),
        started_at,
        updated_at: now,
        from: capture.from.clone(),
        phone: capture.phone.clone(),
        to: capture.to.clone(),
        circle: capture.circle.clone(),
        inputs: Vec::new(),
    }
}

fn counted_as(call: &Call) -> String {
    format!("{}@{}", call.flow, call.version)
}

/// What is counted about a call: the names of its counters, and by how much it adds to each.
///
/// `calls`; `hour:{weekday, Monday is 0}:{hour}`; `complete`; `path:{path}`; `selections:{how many}`;
/// `chose:{step}:{keys}`, the newest at each step; `left:{step}`, the last step of a call that did not answer everything;
/// `reached:{step}`; and of each single input `input:{step}:{keys}`, `silent:{step}` or `invalid:{step}`.
#[must_use]
pub fn facts(call: &Call, tree: &Tree, zone: Tz) -> BTreeMap<String, i64> {
    let mut facts = BTreeMap::new();
    let mut fact = |name: String| *facts.entry(name).or_default() += 1;
    let began = call.started_at.with_timezone(&zone);
    fact("calls".to_owned());
    fact(format!("hour:{}:{}", began.weekday().num_days_from_monday(), began.hour()));
    let path = call.path(tree);
    let complete = tree.completed(&path);
    if complete {
        fact("complete".to_owned());
    }
    fact(format!("selections:{}", path.chosen()));
    for (position, step) in tree.steps.iter().enumerate() {
        if let Some(chosen) = path.at(position) {
            fact(format!("chose:{step}:{chosen}"));
        }
        if call.inputs.iter().any(|input| input.step == *step) {
            fact(format!("reached:{step}"));
        }
    }
    if let Some(last) = call.last_step(tree).filter(|_| !complete) {
        fact(format!("left:{}", tree.steps[last]));
    }
    fact(format!("path:{path}"));
    for input in &call.inputs {
        fact(match &input.digits {
            Some(digits) => format!("input:{}:{}", input.step, tree.choice(&input.step, digits)),
            None if input.raw.is_empty() => format!("silent:{}", input.step),
            None => format!("invalid:{}", input.step),
        });
    }
    facts
}
