//! The questions of an IVR: plain data out of the configuration.

use super::path::{Path, Pattern};
use std::collections::BTreeSet;

/// An IVR that somebody else runs: its steps, what the keys mean, and where a call has said everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// Its name in configuration, URLs and counters.
    pub name: String,
    /// To be raised when the questions change: figures of different versions are kept apart.
    pub version: u32,
    /// Whose IVR it is; absent, the business that has the called number, else the first one.
    pub business: Option<String>,
    /// The steps in the order of a path's segments.
    pub steps: Vec<String>,
    /// What keys mean; the meaning of a key may depend on those before it.
    pub labels: Vec<Label>,
    /// Where a call has answered everything it is asked: there are several legal depths. Empty: when every step has a choice.
    pub complete: Vec<Pattern>,
    /// Steps that take whatever the caller has to say in keys (a postal code), not one of a few choices: kept, and shown
    /// as `x` in paths and figures.
    pub open: BTreeSet<String>,
    /// Steps whose keys must not be kept (a PIN): only that there was an answer is.
    pub secret: BTreeSet<String>,
}

/// What a key means at the end of a path that begins so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Up to and with the key.
    pub pattern: Pattern,
    /// What it means.
    pub text: String,
}

/// Stands in paths for an answer that is not one of a few choices.
pub(super) const ANY: &str = "x";
/// More keys than this are no choice of a menu, whatever the configuration says: figures stay few.
pub(super) const LONGEST_CHOICE: usize = 4;

impl Tree {
    /// An IVR with these steps, of which nothing else is known.
    #[must_use]
    pub fn plain(name: &str, steps: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            version: 1,
            business: None,
            steps: steps.iter().map(|step| (*step).to_owned()).collect(),
            labels: Vec::new(),
            complete: Vec::new(),
            open: BTreeSet::new(),
            secret: BTreeSet::new(),
        }
    }

    /// The name under which its figures are counted: each version by itself.
    #[must_use]
    pub fn counted_as(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// Whether figures counted under this name are of this tree, in the given version or any.
    #[must_use]
    pub fn counts(&self, counted_as: &str, version: Option<u32>) -> bool {
        let of = counted_as.strip_prefix(self.name.as_str()).and_then(|rest| rest.strip_prefix('@'));
        of.and_then(|of| of.parse::<u32>().ok()).is_some_and(|of| version.is_none_or(|version| version == of))
    }

    /// The position of a step.
    #[must_use]
    pub fn position(&self, step: &str) -> Option<usize> {
        self.steps.iter().position(|known| known == step)
    }

    /// How an answer stands in a path.
    pub(super) fn choice<'a>(&self, step: &str, digits: &'a str) -> &'a str {
        let free = digits.len() > LONGEST_CHOICE || self.open.contains(step) || self.secret.contains(step);
        if free { ANY } else { digits }
    }

    /// What the choice at a step means to somebody who came this way; the key itself where nobody says.
    #[must_use]
    pub fn label<'a>(&'a self, path: &'a Path, position: usize) -> Option<&'a str> {
        let chosen = path.at(position)?;
        let meant = self.labels.iter().filter(|label| label.pattern.steps() == position + 1);
        let meant = meant.filter(|label| label.pattern.begins(path)).max_by_key(|label| label.pattern.named());
        Some(meant.map_or(chosen, |label| &label.text))
    }

    /// A path in words: `Hindi › Rajasthan`.
    #[must_use]
    pub fn words(&self, path: &Path) -> String {
        let labels: Vec<_> = (0..self.steps.len()).filter_map(|position| self.label(path, position)).collect();
        labels.join(" › ")
    }

    /// What a key means at a step, whatever was chosen before; the key itself where that depends on it.
    #[must_use]
    pub fn label_anywhere<'a>(&'a self, position: usize, chosen: &'a str) -> &'a str {
        let mut meant =
            self.labels.iter().filter(|label| label.pattern.steps() == position + 1 && label.pattern.ends_with(chosen));
        match (meant.next(), meant.next()) {
            (Some(label), None) => &label.text,
            (Some(label), Some(other)) if label.text == other.text && meant.all(|more| more.text == label.text) => {
                &label.text
            }
            _ => chosen,
        }
    }

    /// Whether a call that went this way has answered everything.
    #[must_use]
    pub fn completed(&self, path: &Path) -> bool {
        if self.complete.is_empty() {
            !self.steps.is_empty() && path.chosen() == self.steps.len()
        } else {
            self.complete.iter().any(|pattern| pattern.begins(path))
        }
    }

    /// What is wrong with it, each with its remedy; empty when nothing is.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.steps.is_empty() {
            problems.push("steps: there is none; name at least one".to_owned());
        }
        let mut known = BTreeSet::new();
        for step in &self.steps {
            let plain = step.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            if step.is_empty() || step.len() > 32 || !plain {
                problems.push(format!("steps: {step:?} must be 1 to 32 of a-z, 0-9 and _"));
            }
            if !known.insert(step) {
                problems.push(format!("steps: {step:?} is there twice; a step has one position"));
            }
        }
        for (list, steps) in [("open", &self.open), ("secret", &self.secret)] {
            for step in steps.iter().filter(|step| !known.contains(step)) {
                problems.push(format!("{list}: there is no step {step:?}; use one of {}", self.steps.join(", ")));
            }
        }
        let patterns = self.labels.iter().map(|label| ("labels", &label.pattern));
        for (list, pattern) in patterns.chain(self.complete.iter().map(|pattern| ("complete", pattern))) {
            if pattern.steps() > self.steps.len() {
                problems.push(format!(
                    "{list}: a path of {} keys is longer than the {} steps",
                    pattern.steps(),
                    self.steps.len()
                ));
            }
        }
        problems
    }
}
