//! What is counted about a call. Everything follows from the call as it is; a press changes the counters by the
//! difference between before and after.

use super::{call::Call, tree::Tree};
use chrono::{Datelike, Timelike};
use chrono_tz::Tz;

/// Something that is true of a call, and counted. Steps are named by their position in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Fact {
    /// It is a call.
    Call,
    /// It began on this weekday (Monday is 0) in this hour, in the business's zone.
    Hour(u8, u8),
    /// It answered everything.
    Complete,
    /// So many choices were made.
    Selections(usize),
    /// It came to this step.
    Reached(usize),
    /// The newest choice at a step.
    Chose(usize, String),
    /// The last step it came to, where it did not answer everything.
    Left(usize),
    /// The path, as it is written.
    Path(String),
    /// A single answer.
    Input(usize, String),
    /// A question that was not answered.
    Silent(usize),
    /// An answer that was no keys.
    Invalid(usize),
}

impl Fact {
    /// The name of its counter.
    #[must_use]
    pub fn name(&self, tree: &Tree) -> String {
        let step = |position: &usize| tree.steps.get(*position).map_or("", String::as_str);
        match self {
            Self::Call => "calls".to_owned(),
            Self::Hour(day, hour) => format!("hour:{day}:{hour}"),
            Self::Complete => "complete".to_owned(),
            Self::Selections(choices) => format!("selections:{choices}"),
            Self::Reached(at) => format!("reached:{}", step(at)),
            Self::Chose(at, keys) => format!("chose:{}:{keys}", step(at)),
            Self::Left(at) => format!("left:{}", step(at)),
            Self::Path(path) => format!("path:{path}"),
            Self::Input(at, keys) => format!("input:{}:{keys}", step(at)),
            Self::Silent(at) => format!("silent:{}", step(at)),
            Self::Invalid(at) => format!("invalid:{}", step(at)),
        }
    }
}

/// Everything that is counted about a call. An answer to a step that the tree has no more counts for nothing.
#[must_use]
pub fn facts(call: &Call, tree: &Tree, zone: Tz) -> Vec<Fact> {
    let began = call.started_at.with_timezone(&zone);
    let weekday = u8::try_from(began.weekday().num_days_from_monday()).unwrap_or(0);
    let hour = u8::try_from(began.hour()).unwrap_or(0);
    let path = call.path(tree);
    let mut facts = vec![Fact::Call, Fact::Hour(weekday, hour), Fact::Selections(path.chosen())];
    let mut last = None;
    for position in 0..tree.steps.len() {
        facts.extend(path.at(position).map(|chosen| Fact::Chose(position, chosen.to_owned())));
    }
    for input in &call.inputs {
        let Some(position) = tree.position(&input.step) else { continue };
        last = last.max(Some(position));
        if !facts.contains(&Fact::Reached(position)) {
            facts.push(Fact::Reached(position));
        }
        facts.push(match &input.digits {
            Some(digits) => Fact::Input(position, tree.choice(&input.step, digits).to_owned()),
            None if input.raw.is_empty() => Fact::Silent(position),
            None => Fact::Invalid(position),
        });
    }
    if tree.completed(&path) {
        facts.push(Fact::Complete);
    } else {
        facts.extend(last.map(Fact::Left));
    }
    facts.push(Fact::Path(path.to_string()));
    facts
}

/// What is true more often after than before, and what less often. Both are short.
pub(super) fn difference(mut before: Vec<Fact>, after: Vec<Fact>) -> Vec<(Fact, i64)> {
    let mut changed = Vec::new();
    for fact in after {
        match before.iter().position(|known| *known == fact) {
            Some(same) => drop(before.swap_remove(same)),
            None => changed.push((fact, 1)),
        }
    }
    changed.extend(before.into_iter().map(|fact| (fact, -1)));
    changed
}
