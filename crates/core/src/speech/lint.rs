//! What can be proved of the texts before anybody hears one.

use std::fmt;

use serde::Serialize;

use super::{CARRIER_STOP_WORDS, Example, Language, Texts, sms_segments};

mod own;

pub use own::spoken_seconds;

/// The variables that a text may use; whoever says a text passes those that it asks for.
pub const KNOWN_VARIABLES: [&str; 9] =
    ["business", "name", "when", "service", "phone", "code", "link", "minutes", "attempt"];

/// More would be sent in parts that arrive late, out of order, and are paid for one by one.
pub(crate) const MOST_SEGMENTS: usize = 2;

/// A text that could not be said or sent as it should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The language whose text is wrong.
    pub language: Language,
    /// The text's id; empty where the source could not be read.
    pub id: String,
    /// Which rule is broken.
    pub kind: ProblemKind,
    /// What is wrong and what to do, in one line.
    pub message: String,
}

/// The rules that texts are held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The source could not be read, or a text could not be put together.
    Broken,
    /// Other languages have this text.
    Missing,
    /// Other languages use a variable that this one leaves out.
    VariableLeftOut,
    /// A variable that nobody fills in.
    UnknownVariable,
    /// An SMS of more than two parts.
    TooLong,
    /// An SMS that suggests a word by which carriers block all further messages.
    StopWord,
    /// Markup, where words are spoken or sent as they stand.
    Markup,
    /// Nothing is left of it for some people.
    Empty,
    /// A text that takes longer to say than people listen.
    LongSpeech,
    /// One sign that halves what a text message holds.
    Costly,
    /// The usual text says something that this one leaves out.
    Unsaid,
    /// A text of which another edition is said in some calls, and that one is not replaced.
    Edition,
}

impl ProblemKind {
    /// Whether the text works all the same.
    #[must_use]
    pub fn is_advice(self) -> bool {
        matches!(self, Self::LongSpeech | Self::Costly | Self::Unsaid | Self::Edition)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { language, id, message, .. } = self;
        match id.as_str() {
            "" => write!(formatter, "{language} texts: {message}"),
            id => write!(formatter, "{language} text {id}: {message}"),
        }
    }
}

impl Texts {
    /// Every broken rule: a text missing in a language, variables that differ between languages
    /// or that nobody knows, an SMS (ids that begin with `sms-`) of more than two parts with
    /// typical values or one that asks for a carrier's stop word as an answer.
    #[must_use]
    pub fn lint(&self) -> Vec<Problem> {
        let mut problems: Vec<_> = self
            .errors()
            .map(|error| Problem {
                language: error.language,
                id: String::new(),
                kind: ProblemKind::Broken,
                message: error.to_string(),
            })
            .collect();
        for language in Language::ALL {
            let typical = Example::of(language);
            let times = typical.times(language);
            for id in self.ids() {
                let found = self.lint_one(language, id, &typical, &times);
                problems.extend(found.into_iter().map(|(kind, message)| Problem {
                    language,
                    id: id.to_owned(),
                    kind,
                    message,
                }));
            }
        }
        problems
    }

    fn lint_one(
        &self,
        language: Language,
        id: &str,
        typical: &Example,
        times: &[String],
    ) -> Vec<(ProblemKind, String)> {
        let Some(variables) = self.variables_in(language, id) else {
            let message = "missing here, but not in other languages: add it".to_owned();
            return vec![(ProblemKind::Missing, message)];
        };
        let mut problems = Vec::new();
        for name in self.variables(id).difference(variables) {
            let message = format!("leaves out ${name}, which another language has");
            problems.push((ProblemKind::VariableLeftOut, message));
        }
        for name in variables {
            if !KNOWN_VARIABLES.contains(&name.as_str()) {
                let known = KNOWN_VARIABLES.join(", ");
                let message = format!("unknown variable ${name}: use one of {known}");
                problems.push((ProblemKind::UnknownVariable, message));
            }
        }
        let text = self.say(language, id, &typical.variables(times.first().map_or("", String::as_str)));
        if text == id {
            let message = "cannot be put together: simplify it".to_owned();
            problems.push((ProblemKind::Broken, message));
        }
        if id.starts_with("sms-") {
            problems.extend(self.too_long(language, id, typical, times));
            if let Some(word) = suggested_stop_word(&text) {
                let message = format!(
                    "asks for the answer {word}, by which carriers block every further message: \
                     ask for a digit"
                );
                problems.push((ProblemKind::StopWord, message));
            }
        }
        problems
    }

    /// The worst of all weekdays and months, since one accent in "sábado" halves what an SMS holds.
    fn too_long(
        &self,
        language: Language,
        id: &str,
        typical: &Example,
        times: &[String],
    ) -> Option<(ProblemKind, String)> {
        let worst = times
            .iter()
            .map(|when| self.say(language, id, &typical.variables(when)))
            .max_by_key(|text| sms_segments(text).segments)?;
        let counted = sms_segments(&worst);
        (counted.segments > MOST_SEGMENTS).then(|| {
            let (segments, units) = (counted.segments, counted.units);
            let message = format!(
                "takes {segments} messages ({units} units) where {MOST_SEGMENTS} are allowed: \
                 shorten it; measured: {worst}"
            );
            (ProblemKind::TooLong, message)
        })
    }
}

/// A stop word in capitals, in quotation marks, or right after a verb of answering.
fn suggested_stop_word(text: &str) -> Option<&str> {
    const VERBS: [&str; 12] = [
        "reply", "text", "send", "answer", "responda", "conteste", "envíe", "escriba", "antwoord", "stuur", "sms",
        "met",
    ];
    let mut previous = "";
    let mut position = 0;
    for word in text.split(|sign: char| !sign.is_alphanumeric()) {
        let quoted = text[..position].ends_with(['"', '\'', '“', '‘', '«', '„']);
        position += word.len();
        position += text[position..].chars().next().map_or(0, char::len_utf8);
        if CARRIER_STOP_WORDS.iter().any(|stop| stop.eq_ignore_ascii_case(word)) {
            let shouted = word.chars().all(char::is_uppercase);
            let asked = VERBS.contains(&previous.to_lowercase().as_str());
            if shouted || quoted || asked {
                return Some(word);
            }
        }
        if !word.is_empty() {
            previous = word;
        }
    }
    None
}

#[cfg(test)]
mod tests;
