//! The words of a walk: what is said, asked and requested, as verbs.

use super::walk::Walker;
use crate::{
    flow::{Menu, Record},
    reply::Verb,
};

/// How long a silence ends a message, in seconds.
const SILENCE_SECONDS: u32 = 5;

impl Walker<'_> {
    pub(super) fn question(&self, step: &str, menu: &Menu, ids: &[String]) -> Verb {
        Verb::Ask {
            step: step.to_owned(),
            turn: self.out.call.walk.turn,
            prompt: self.words(ids),
            language: self.out.call.language,
            digits: menu.digits,
            timeout_seconds: menu.timeout_seconds,
            speech: false,
        }
    }

    /// The request for a message.
    pub(super) fn request(&self, step: &str, record: &Record) -> Verb {
        Verb::Record {
            step: step.to_owned(),
            turn: self.out.call.walk.turn,
            prompt: self.words(&record.say),
            language: self.out.call.language,
            beep: true,
            max_seconds: record.max_seconds,
            silence_seconds: SILENCE_SECONDS,
        }
    }

    pub(super) fn say(&self, ids: &[String]) -> Verb {
        Verb::Say { text: self.words(ids), language: self.out.call.language }
    }

    fn words(&self, ids: &[String]) -> String {
        let vars: Vec<(&str, &str)> = self.scene.vars.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let texts = self.scene.texts;
        // A menu that has a desk behind its star says so.
        let offered = |id: &str| Some(format!("{id}-transfer")).filter(|id| self.scene.desk.is_some() && texts.has(id));
        let said: Vec<String> = ids
            .iter()
            .map(|id| texts.say(self.out.call.language, offered(id).as_deref().unwrap_or(id), &vars))
            .collect();
        said.join(" ")
    }
}

/// Keys that mean nothing. More of them than were asked for may be anything, a card number even: they are not kept.
pub(super) fn typed(digits: &str, asked: u8) -> String {
    if digits.chars().count() > usize::from(asked) { "more keys than asked for".to_owned() } else { bounded(digits) }
}

/// Carriers send what they like; notes and counter names keep a short, plain piece of it.
pub(super) fn bounded(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || "*#-_".contains(*c)).take(24).collect()
}
