//! A flow: what is said and asked in a call, as data. Read from TOML, checked as a whole before any call walks it.

mod check;
mod read;

use crate::event::Answer;
use std::collections::BTreeMap;

/// What is said and asked in a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// The name by which configuration refers to it.
    pub name: String,
    /// Counts its editions; statistics keep them apart.
    pub version: u32,
    /// Where a call with an appointment begins.
    pub start: String,
    /// Where a call without an appointment begins; `start` when unset.
    pub start_unknown: Option<String>,
    /// What a machine hears; nothing when unset.
    pub voicemail: Option<String>,
    /// The steps by name.
    pub steps: BTreeMap<String, Step>,
}

/// One step of a flow.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Says something and waits for a key.
    Menu(Menu),
    /// Says something, then goes on or hangs up.
    Say {
        /// Ids of texts.
        say: Vec<String>,
        /// The next step; hangs up when unset.
        then: Option<String>,
    },
    /// Hands the caller over to the business's desk.
    Transfer {
        /// Ids of texts, said before.
        say: Vec<String>,
        /// Where to go when the business has no desk number, or nobody picks up there; hangs up when unset.
        otherwise: Option<String>,
    },
    /// Takes a spoken message.
    Record(Record),
}

/// A question answered by keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Menu {
    /// Ids of texts, said the first time.
    pub say: Vec<String>,
    /// Ids of texts, said when asked again.
    pub again: Vec<String>,
    /// How many keys an answer has.
    pub digits: u8,
    /// How long to wait for a key, in seconds.
    pub timeout_seconds: u32,
    /// How many misses (silence or a wrong key) before giving up.
    pub tries: u32,
    /// Text said after a wrong key.
    pub invalid: String,
    /// Text said after silence.
    pub silence: String,
    /// Where to go after the last miss; hangs up when unset.
    pub otherwise: Option<String>,
    /// What each key does.
    pub keys: BTreeMap<String, Key>,
}

/// A spoken message to be taken. Kept by the carrier; the call keeps the link.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Ids of texts, said before the tone.
    pub say: Vec<String>,
    /// How long the message may be, in seconds.
    pub max_seconds: u32,
    /// The next step once it is taken; hangs up when unset.
    pub then: Option<String>,
    /// Where to go when nobody says anything; hangs up when unset.
    pub otherwise: Option<String>,
}

/// What a key does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Key {
    /// The answer it stands for.
    pub answer: Option<Answer>,
    /// The person does not want to be contacted any more.
    pub opt_out: bool,
    /// Says the question again; costs no try.
    pub repeat: bool,
    /// The next step.
    pub goto: Option<String>,
}

/// What is wrong with a flow, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {what}; {remedy}")]
pub struct FlowError {
    /// The file, as given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}
