//! The words of a walk: what is said, asked and requested, as verbs.

use super::walk::{Scene, Walker};
use crate::{
    flow::{Key, Menu, Record, Step},
    reply::Verb,
    speech::{KNOWN, Texts},
};
use std::borrow::Cow;

/// How long a silence ends a message, in seconds.
const SILENCE_SECONDS: u32 = 5;

impl Walker<'_> {
    /// Whether a key means anything in this call: one that only leads to a message does not where none can be taken.
    pub(super) fn offered(&self, key: &Key) -> bool {
        let leads_to_message =
            || matches!(key.goto.as_ref().map(|goto| self.flow.steps.get(goto)), Some(Some(Step::Record(_))));
        self.scene.takes_messages || key.answer.is_some() || key.opt_out || !leads_to_message()
    }

    pub(super) fn question(&self, step: &str, menu: &Menu, ids: &[impl AsRef<str>]) -> Verb {
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

    pub(super) fn say(&self, ids: &[impl AsRef<str>]) -> Verb {
        Verb::Say { text: self.words(ids), language: self.out.call.language }
    }

    fn words(&self, ids: &[impl AsRef<str>]) -> String {
        let vars: Vec<(&str, &str)> = self.scene.vars.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let texts = self.scene.texts;
        let mut said = String::new();
        for (place, id) in ids.iter().enumerate() {
            let id = self.nameless(id.as_ref()).unwrap_or(id.as_ref());
            let id = edition(texts, id.into(), "-no-message", !self.scene.takes_messages);
            let id = edition(texts, id, "-transfer", self.scene.desk.is_some());
            if place > 0 {
                said.push(' ');
            }
            said.push_str(&texts.say(self.out.call.language, &id, &vars));
        }
        said
    }

    /// What is said in place of a text that would greet somebody by a name that nobody told. A business's own words stay
    /// where they name nobody.
    fn nameless<'i>(&self, id: &'i str) -> Option<&'i str> {
        let Scene { texts, named, .. } = self.scene;
        let plain = id.strip_suffix(KNOWN).filter(|plain| !named && texts.has(plain))?;
        texts.fills_in(self.out.call.language, id, "name").then_some(plain)
    }
}

/// A menu says what its keys do in this call: a text has an edition for where no message can be taken, and one for where
/// there is a desk behind its star.
fn edition<'i>(texts: &Texts, id: Cow<'i, str>, suffix: &str, fits: bool) -> Cow<'i, str> {
    let other = fits.then(|| format!("{id}{suffix}")).filter(|other| texts.has(other));
    other.map_or(id, Cow::Owned)
}

/// Keys that mean nothing. More of them than were asked for may be anything, a card number even: they are not kept.
pub(super) fn typed(digits: &str, asked: u8) -> String {
    if digits.chars().count() > usize::from(asked) { "more keys than asked for".to_owned() } else { bounded(digits) }
}

/// Carriers send what they like; notes and counter names keep a short, plain piece of it.
pub(super) fn bounded(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || "*#-_".contains(*c)).take(24).collect()
}
