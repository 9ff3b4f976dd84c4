//! From TOML to a flow.

use super::{Flow, FlowError, Key, Menu, Record, Step};
use crate::{event::Answer, speech::Texts};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFlow {
    name: Spanned<String>,
    version: u32,
    start: Spanned<String>,
    start_unknown: Option<Spanned<String>>,
    voicemail: Option<Spanned<String>>,
    steps: BTreeMap<String, RawStep>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum RawStep {
    Menu {
        say: Vec<String>,
        again: Option<Vec<String>>,
        #[serde(default = "one")]
        digits: u8,
        #[serde(default = "six")]
        timeout_seconds: u32,
        #[serde(default = "three")]
        tries: u32,
        #[serde(default = "menu_invalid")]
        invalid: String,
        #[serde(default = "menu_silence")]
        silence: String,
        otherwise: Option<String>,
        keys: BTreeMap<String, RawKey>,
    },
    Say {
        say: Vec<String>,
        then: Option<String>,
    },
    Transfer {
        say: Vec<String>,
        otherwise: Option<String>,
    },
    Record {
        say: Vec<String>,
        #[serde(default = "two_minutes")]
        max_seconds: u32,
        then: Option<String>,
        otherwise: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKey {
    answer: Option<Answer>,
    #[serde(default)]
    opt_out: bool,
    #[serde(default)]
    repeat: bool,
    goto: Option<String>,
}

fn one() -> u8 {
    1
}
fn three() -> u32 {
    3
}
fn six() -> u32 {
    6
}
fn two_minutes() -> u32 {
    120
}
fn menu_invalid() -> String {
    "menu-invalid".to_owned()
}
fn menu_silence() -> String {
    "menu-silence".to_owned()
}

impl Flow {
    /// Reads and checks a flow; `file` is named in errors.
    ///
    /// # Errors
    /// [`FlowError`] with line and remedy: not TOML, an unknown key, a way that leads nowhere, a text that is missing,
    /// a step nobody reaches, a question without keys.
    pub fn parse(file: &str, source: &str, texts: &Texts) -> Result<Self, FlowError> {
        let at = |line: usize, what: String, remedy: &str| FlowError {
            file: file.to_owned(),
            line,
            what,
            remedy: remedy.to_owned(),
        };
        let raw: RawFlow = toml::from_str(source).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(source, span.start));
            at(line, error.message().to_owned(), "see fixtures/flows/confirm.toml for a flow that works")
        })?;
        let unspan = |text: &Option<Spanned<String>>| text.as_ref().map(|text| text.get_ref().clone());
        let flow = Self {
            name: raw.name.get_ref().clone(),
            version: raw.version,
            start: raw.start.get_ref().clone(),
            start_unknown: unspan(&raw.start_unknown),
            voicemail: unspan(&raw.voicemail),
            steps: raw.steps.into_iter().map(|(name, step)| (name, step.into())).collect(),
        };
        flow.check(texts).map_err(|problem| at(problem.line_in(source), problem.what, &problem.remedy))?;
        Ok(flow)
    }
}

impl From<RawStep> for Step {
    fn from(raw: RawStep) -> Self {
        match raw {
            RawStep::Menu { say, again, digits, timeout_seconds, tries, invalid, silence, otherwise, keys } => {
                let again = again.unwrap_or_else(|| say.clone());
                let keys = keys
                    .into_iter()
                    .map(|(keys, key)| {
                        (keys, Key { answer: key.answer, opt_out: key.opt_out, repeat: key.repeat, goto: key.goto })
                    })
                    .collect();
                Self::Menu(Menu { say, again, digits, timeout_seconds, tries, invalid, silence, otherwise, keys })
            }
            RawStep::Say { say, then } => Self::Say { say, then },
            RawStep::Transfer { say, otherwise } => Self::Transfer { say, otherwise },
            RawStep::Record { say, max_seconds, then, otherwise } => {
                Self::Record(Record { say, max_seconds, then, otherwise })
            }
        }
    }
}

fn line_of(source: &str, offset: usize) -> usize {
    source.get(..offset).map_or(1, |before| before.matches('\n').count() + 1)
}
