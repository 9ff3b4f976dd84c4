//! What becomes of a key press: pure, so that every store keeps and counts alike.

use super::{
    LONGEST_INPUT, MOST_INPUTS,
    call::{Call, Input},
    facts::{Fact, difference, facts},
    tree::{ANY, Tree},
};
use crate::{
    personal::{Phone, RawNumber},
    ports::Count,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::sync::Arc;

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
    pub call: Arc<Call>,
    /// Whether this very press was kept before: nothing changes.
    pub repeated: bool,
    /// What is to be counted more often now (or less); never by 0.
    pub facts: Vec<(Fact, i64)>,
}

impl Kept {
    /// What the counters are stepped by.
    pub fn counts(&self, tree: &Tree) -> impl Iterator<Item = (Count, i64)> {
        let call = &self.call;
        let count = |name| Count { day: call.day, business: call.business.clone(), flow: call.counted_as(), name };
        self.facts.iter().map(move |(fact, n)| (count(fact.name(tree)), *n))
    }
}

/// Keeps a key press of a call that is known so far as `call`.
#[must_use]
pub fn keep(call: Option<Arc<Call>>, capture: &Capture, place: &Place, now: DateTime<Utc>) -> Kept {
    let tree = &*place.tree;
    let new = call.is_none();
    let mut call = call.unwrap_or_else(|| Arc::new(begin(capture, place, now)));
    let secret = tree.secret.contains(&capture.step);
    // A carrier sends keys; whatever else comes is kept as far as a database takes it.
    let shown = |text: &str| {
        if secret { ANY.to_owned() } else { text.chars().filter(|c| !c.is_control()).take(LONGEST_INPUT).collect() }
    };
    let raw = if capture.raw.is_empty() { String::new() } else { shown(&capture.raw) };
    let known = |input: &Input| input.step == capture.step && input.raw == raw && input.told_at == capture.told_at;
    if call.inputs.iter().any(known) || call.inputs.len() >= MOST_INPUTS {
        return Kept { call, repeated: true, facts: Vec::new() };
    }
    let before = if new { Vec::new() } else { facts(&call, tree, place.zone) };
    let n = u32::try_from(call.inputs.len()).unwrap_or(u32::MAX);
    let digits = capture.digits.as_deref().map(shown);
    let input = Input { n, step: capture.step.clone(), raw, digits, told_at: capture.told_at, received_at: now };
    let known = Arc::make_mut(&mut call);
    known.inputs.push(input);
    known.updated_at = known.updated_at.max(now);
    let facts = difference(before, facts(&call, tree, place.zone));
    Kept { call, repeated: false, facts }
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
