//! A call in somebody else's IVR, as far as its key presses tell.

use super::{
    path::Path,
    tree::{ANY, LONGEST_CHOICE, Tree},
};
use crate::personal::{Phone, RawNumber};
use chrono::{DateTime, NaiveDate, Utc};

/// One answer to one question, as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its place among those of its call, in the order of their arrival; from 0.
    pub n: u32,
    /// Which question.
    pub step: String,
    /// What the carrier sent, without quotes; `x` where it must not be kept.
    pub raw: String,
    /// The keys; `None` when there were none, or something that is no key.
    pub digits: Option<String>,
    /// When it was pressed, by the carrier's clock, where it says so.
    pub told_at: Option<DateTime<Utc>>,
    /// When it came here.
    pub received_at: DateTime<Utc>,
}

impl Input {
    /// When it was pressed, as well as is known.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.told_at.unwrap_or(self.received_at)
    }
}

/// A call in somebody else's IVR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The row's number; 0 before it has one.
    pub id: i64,
    /// Which carrier's it is.
    pub provider: String,
    /// The carrier's name for it.
    pub sid: String,
    /// Whom it is for.
    pub business: String,
    /// Which tree it went through.
    pub flow: String,
    /// The tree's version at its first input.
    pub version: u32,
    /// The day it is counted under, in the business's zone.
    pub day: NaiveDate,
    /// When it began, as well as its first input tells.
    pub started_at: DateTime<Utc>,
    /// When the newest input came here.
    pub updated_at: DateTime<Utc>,
    /// Who rang, as the carrier writes it.
    pub from: Option<RawNumber>,
    /// Who rang, where that is a number.
    pub phone: Option<Phone>,
    /// The number that was rung, as the carrier writes it.
    pub to: Option<RawNumber>,
    /// Where the caller's number is registered, where the carrier says so.
    pub circle: Option<String>,
    /// What was pressed.
    pub inputs: Vec<Input>,
}

impl Call {
    /// The newest keys at each step, whatever the order in which they came.
    #[must_use]
    pub fn choices<'a>(&'a self, tree: &Tree) -> Vec<Option<&'a str>> {
        let chosen = |step: &String| {
            let told = self.inputs.iter().filter(|input| input.step == *step);
            let told = told.filter_map(|input| Some(((input.at(), input.n), input.digits.as_deref()?)));
            told.max_by_key(|(when, _)| *when).map(|(_, digits)| digits)
        };
        tree.steps.iter().map(chosen).collect()
    }

    /// What was chosen, one segment a step.
    #[must_use]
    pub fn path(&self, tree: &Tree) -> Path {
        let choices = self.choices(tree).into_iter().zip(&tree.steps);
        Path::new(choices.map(|(keys, step)| keys.map(|keys| tree.choice(step, keys).to_owned())).collect())
    }

    /// The name under which it is counted: its tree's, in the version of its first answer.
    #[must_use]
    pub fn counted_as(&self) -> String {
        format!("{}@{}", self.flow, self.version)
    }
}

/// Drops what names the caller: their number, and whatever they spelt out in keys.
pub fn forget_in(call: &mut Call) {
    (call.from, call.phone, call.circle) = (None, None, None);
    for input in call.inputs.iter_mut().filter(|input| input.raw.len() > LONGEST_CHOICE) {
        input.raw = ANY.to_owned();
        input.digits = input.digits.as_ref().map(|_| ANY.to_owned());
    }
}
