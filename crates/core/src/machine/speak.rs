//! The words of a walk: what is said, asked and requested, as verbs.

use super::walk::Walker;
use crate::{
    flow::{Key, Menu, Record, Step},
    reply::Verb,
};

/// How long a silence ends a message, in seconds.
const SILENCE_SECONDS: u32 = 5;

impl Walker<'_> {
    /// Whether a key means anything in this call: one that only leads to a message does not where none can be taken.
    pub(super) fn offered(&self, key: &Key) -> bool {
        let leads_to_message =
            || matches!(key.goto.as_ref().map(|goto| self.flow.steps.get(goto)), Some(Some(Step::Record(_))));
        self.scene.takes_messages || key.answer.is_some() || key.opt_out || !leads_to_message()
    }

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
        // A menu says what its keys do in this call: a text has an edition for where no message can be taken, and one for
        // where there is a desk behind its star.
        let edition = |id: String, suffix: &str, fits: bool| {
            let other = format!("{id}{suffix}");
            if fits && texts.has(&other) { other } else { id }
        };
        let chosen = |id: &String| {
            let id = edition(id.clone(), "-no-message", !self.scene.takes_messages);
            edition(id, "-transfer", self.scene.desk.is_some())
        };
        let said: Vec<String> = ids.iter().map(|id| texts.say(self.out.call.language, &chosen(id), &vars)).collect();
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
