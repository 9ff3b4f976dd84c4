//! Whether a flow holds together.

use super::{Flow, Menu, Record, Step};
use crate::speech::Texts;
use std::collections::BTreeSet;

impl Flow {
    pub(super) fn check(&self, texts: &Texts) -> Result<(), Problem> {
        for way in [Some(&self.start), self.start_unknown.as_ref(), self.voicemail.as_ref()].into_iter().flatten() {
            self.leads("", way)?;
        }
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = [Some(&self.start), self.start_unknown.as_ref(), self.voicemail.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        while let Some(name) = open.pop() {
            if reached.insert(name) {
                open.extend(self.steps.get(name).map(Step::ways).unwrap_or_default());
            }
        }
        for (name, step) in &self.steps {
            for way in step.ways() {
                self.leads(name, way)?;
            }
            for id in step.texts() {
                if !texts.has(id) {
                    return Err(Problem::new(
                        name,
                        id,
                        format!("there is no text named {id:?}"),
                        "add it to the texts, or use one that exists",
                    ));
                }
            }
            if !reached.contains(name.as_str()) {
                return Err(Problem::new(
                    name,
                    name,
                    format!("no way leads to step {name:?}"),
                    "remove it, or let a key or a `then` go there",
                ));
            }
            match step {
                Step::Menu(menu) => menu.check(name)?,
                Step::Record(record) => record.check(name)?,
                Step::Say { .. } | Step::Transfer { .. } => {}
            }
            if step.says_forever(self) {
                return Err(Problem::new(
                    name,
                    "then",
                    format!("step {name:?} goes round in a circle without a question"),
                    "let the circle pass a menu, or end it",
                ));
            }
        }
        Ok(())
    }

    fn leads(&self, from: &str, way: &str) -> Result<(), Problem> {
        if self.steps.contains_key(way) {
            return Ok(());
        }
        let known: Vec<_> = self.steps.keys().map(String::as_str).collect();
        Err(Problem::new(
            from,
            way,
            format!("there is no step named {way:?}"),
            &format!("use one of {}", known.join(", ")),
        ))
    }
}

impl Menu {
    fn check(&self, name: &str) -> Result<(), Problem> {
        let wrong = |needle: &str, what: String, remedy: &str| Err(Problem::new(name, needle, what, remedy));
        if self.keys.is_empty() {
            return wrong("keys", format!("step {name:?} asks, but no key answers"), "add keys");
        }
        for (key, value, most) in [
            ("digits", u32::from(self.digits), 20),
            ("timeout_seconds", self.timeout_seconds, 60),
            ("tries", self.tries, 10),
        ] {
            if !(1..=most).contains(&value) {
                return wrong(key, format!("{key} of step {name:?} is {value}"), &format!("use 1 to {most}"));
            }
        }
        for (keys, key) in &self.keys {
            if keys.is_empty()
                || keys.len() > usize::from(self.digits)
                || !keys.chars().all(|c| c.is_ascii_digit() || c == '*' || c == '#')
            {
                return wrong(
                    keys,
                    format!("{keys:?} cannot be pressed here"),
                    "use 0-9, * and #, not more than `digits`",
                );
            }
            if key.repeat && (key.answer.is_some() || key.opt_out) {
                return wrong(
                    keys,
                    format!("key {keys} answers and repeats the question"),
                    "let it lead on with `goto`, or drop `repeat`",
                );
            }
            if key.repeat == key.goto.is_some() {
                return wrong(
                    keys,
                    format!("key {keys} needs exactly one of `repeat` and `goto`"),
                    "say where it leads",
                );
            }
        }
        Ok(())
    }
}

impl Record {
    fn check(&self, name: &str) -> Result<(), Problem> {
        let wrong = |needle: &str, what: String, remedy: &str| Err(Problem::new(name, needle, what, remedy));
        if !(1..=600).contains(&self.max_seconds) {
            return wrong(
                "max_seconds",
                format!("max_seconds of step {name:?} is {}", self.max_seconds),
                "use 1 to 600",
            );
        }
        if self.say.is_empty() {
            return wrong(
                "say",
                format!("step {name:?} records without a word"),
                "say before the tone that a message is taken",
            );
        }
        Ok(())
    }
}

impl Step {
    fn ways(&self) -> Vec<&str> {
        match self {
            Self::Menu(menu) => {
                menu.keys.values().filter_map(|key| key.goto.as_deref()).chain(menu.otherwise.as_deref()).collect()
            }
            Self::Say { then, .. } => then.as_deref().into_iter().collect(),
            Self::Transfer { otherwise, .. } => otherwise.as_deref().into_iter().collect(),
            Self::Record(record) => record.then.as_deref().into_iter().chain(record.otherwise.as_deref()).collect(),
        }
    }

    fn texts(&self) -> Vec<&str> {
        match self {
            Self::Menu(menu) => {
                menu.say.iter().chain(&menu.again).chain([&menu.invalid, &menu.silence]).map(String::as_str).collect()
            }
            Self::Say { say, .. } | Self::Transfer { say, .. } | Self::Record(Record { say, .. }) => {
                say.iter().map(String::as_str).collect()
            }
        }
    }

    /// Whether following the ways that need no key never ends.
    fn says_forever(&self, flow: &Flow) -> bool {
        let mut step = self;
        for _ in 0..=flow.steps.len() {
            let next = match step {
                Self::Menu(_) | Self::Record(_) => return false,
                Self::Say { then, .. } => then,
                Self::Transfer { otherwise, .. } => otherwise,
            };
            let Some(next) = next.as_ref().and_then(|next| flow.steps.get(next)) else {
                return false;
            };
            step = next;
        }
        true
    }
}

/// A flaw before its line is known: the step's table and a word to look for in it.
pub(super) struct Problem {
    step: String,
    needle: String,
    pub(super) what: String,
    pub(super) remedy: String,
}

impl Problem {
    fn new(step: &str, needle: &str, what: String, remedy: &str) -> Self {
        Self { step: step.to_owned(), needle: needle.to_owned(), what, remedy: remedy.to_owned() }
    }

    /// The first line at or after the step's table that names the culprit; the table's own line else.
    pub(super) fn line_in(&self, source: &str) -> usize {
        let table = format!("[steps.{}]", self.step);
        let from =
            if self.step.is_empty() { 0 } else { source.lines().position(|line| line.trim() == table).unwrap_or(0) };
        let quoted = [format!("\"{}\"", self.needle), format!("{} =", self.needle), self.needle.clone()];
        quoted
            .iter()
            .find_map(|needle| source.lines().skip(from).position(|line| line.contains(needle.as_str())))
            .map_or(from, |offset| from + offset)
            + 1
    }
}
