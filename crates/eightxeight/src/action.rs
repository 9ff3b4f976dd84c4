//! `clientActionId`: what a webhook reply gives along, and the next webhook of the same call brings back.
//!
//! It carries which call and which question the answer belongs to, so that an answer finds its question even where the
//! store does not know the session yet. Letters, digits, `.`, `-` and `_` only, no personal datum; the vendor documents
//! neither length nor alphabet, and common ids stay below 64 characters.
//! <https://developer.8x8.com/connect/docs/voice/webhook-guides/voice-call-action-webhook-guide>

use frontdesk_core::{
    event::{AnsweredBy, Event},
    id::CallId,
};
use std::fmt;

/// What a `clientActionId` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActionId {
    /// Our name for the call, where it was known when the reply was written.
    pub(crate) call: Option<CallId>,
    /// What was rendered.
    pub(crate) what: What,
}

/// What the callflow that ended was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// It asked a question.
    Question(Question),
    /// It connected the caller with somebody else.
    Bridge,
    /// It kept the caller waiting; this is to be decided now.
    Later {
        /// What could not be decided in time.
        kept: Kept,
        /// How often the caller was asked to wait for it.
        hold: u8,
    },
}

/// Names an Ask within a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) step: String,
    pub(crate) turn: u32,
}

/// An event that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    Answered,
    Incoming,
    Silence(Question),
    Digits(Question, String),
}

impl Kept {
    /// Keeps an event. What this carrier never tells while somebody listens comes back as the news that they do.
    pub(crate) fn of(event: &Event) -> Self {
        match event {
            Event::Incoming => Self::Incoming,
            Event::Digits { step, turn, digits } if plain(digits) => {
                Self::Digits(Question { step: step.clone(), turn: *turn }, digits.clone())
            }
            Event::Digits { step, turn, .. } | Event::Silence { step, turn } | Event::Speech { step, turn, .. } => {
                Self::Silence(Question { step: step.clone(), turn: *turn })
            }
            _ => Self::Answered,
        }
    }

    pub(crate) fn event(self) -> Event {
        match self {
            // There is no machine detection, so nothing is known against a person.
            Self::Answered => Event::Answered { by: AnsweredBy::Human },
            Self::Incoming => Event::Incoming,
            Self::Silence(Question { step, turn }) => Event::Silence { step, turn },
            Self::Digits(Question { step, turn }, digits) => Event::Digits { step, turn, digits },
        }
    }
}

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.call {
            Some(call) => write!(f, "{}.", call.0.simple())?,
            None => f.write_str("0.")?,
        }
        match &self.what {
            What::Question(question) => write!(f, "q.{question}"),
            What::Bridge => f.write_str("b"),
            What::Later { kept, hold } => {
                write!(f, "h{hold}.")?;
                match kept {
                    Kept::Answered => f.write_str("a"),
                    Kept::Incoming => f.write_str("i"),
                    Kept::Silence(question) => write!(f, "s.{question}"),
                    Kept::Digits(question, digits) => {
                        write!(f, "d.{}.{question}", digits.replace('*', "s").replace('#', "h"))
                    }
                }
            }
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", self.turn)?;
        for byte in self.step.bytes() {
            if byte.is_ascii_alphanumeric() || byte == b'-' {
                write!(f, "{}", char::from(byte))?;
            } else {
                write!(f, "_{byte:02X}")?;
            }
        }
        Ok(())
    }
}

impl ActionId {
    /// Reads what was written; `None` for anything else, such as the ids of another system on the same subaccount.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (call, rest) = text.split_once('.')?;
        let call = if call == "0" { None } else { Some(call.parse().ok()?) };
        let what = match rest.split_once('.') {
            None if rest == "b" => What::Bridge,
            Some(("q", question)) => What::Question(Question::parse(question)?),
            Some((hold, kept)) => {
                let hold = hold.strip_prefix('h')?.parse().ok()?;
                let kept = match kept.split_once('.') {
                    None if kept == "a" => Kept::Answered,
                    None if kept == "i" => Kept::Incoming,
                    Some(("s", question)) => Kept::Silence(Question::parse(question)?),
                    Some(("d", rest)) => {
                        let (digits, question) = rest.split_once('.')?;
                        let digits = digits.replace('s', "*").replace('h', "#");
                        Kept::Digits(Question::parse(question)?, Some(digits).filter(|digits| plain(digits))?)
                    }
                    _ => return None,
                };
                What::Later { kept, hold }
            }
            None => return None,
        };
        Some(Self { call, what })
    }
}

impl Question {
    fn parse(text: &str) -> Option<Self> {
        let (turn, escaped) = text.split_once('.')?;
        let mut step = Vec::with_capacity(escaped.len());
        let mut bytes = escaped.bytes();
        while let Some(byte) = bytes.next() {
            match byte {
                b'_' => {
                    let code = [bytes.next()?, bytes.next()?];
                    step.push(u8::from_str_radix(std::str::from_utf8(&code).ok()?, 16).ok()?);
                }
                byte if byte.is_ascii_alphanumeric() || byte == b'-' => step.push(byte),
                _ => return None,
            }
        }
        Some(Self { step: String::from_utf8(step).ok()?, turn: turn.parse().ok()? })
    }
}

/// Whether these are keys of a telephone, and not absurdly many.
pub(crate) fn plain(digits: &str) -> bool {
    (1..=32).contains(&digits.len()) && digits.bytes().all(|key| matches!(key, b'0'..=b'9' | b'*' | b'#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> Vec<ActionId> {
        let call: CallId = "019aa06f-4c80-8a1b-9c2d-3e4f5a6b7c8d".parse().unwrap();
        let question = |step: &str| Question { step: step.to_owned(), turn: u32::MAX };
        let mut ids = Vec::new();
        for step in ["menu", "", "no-desk", "a.b_c", "आप 🦷\u{0}"] {
            let kept = [
                Kept::Answered,
                Kept::Incoming,
                Kept::Silence(question(step)),
                Kept::Digits(question(step), "*0#".to_owned()),
            ];
            let later = kept.map(|kept| What::Later { kept, hold: 3 });
            for what in later.into_iter().chain([What::Bridge, What::Question(question(step))]) {
                ids.extend([Some(call), None].map(|call| ActionId { call, what: what.clone() }));
            }
        }
        ids
    }

    #[test]
    fn what_is_written_is_read_back() {
        for id in ids() {
            assert_eq!(ActionId::parse(&id.to_string()), Some(id.clone()), "{id}");
        }
    }

    #[test]
    fn an_id_needs_no_character_that_a_vendor_might_refuse() {
        for id in ids() {
            let text = id.to_string();
            assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)), "{text}");
        }
    }

    #[test]
    fn an_id_of_somebody_else_is_none_of_ours() {
        for text in ["", "a-9f3c2e71.menu.2", "0", "0.", "0.q", "0.q.x.menu", "0.q.1.me nu", "0.q.1._4", "0.h.a", "x.b"]
        {
            assert_eq!(ActionId::parse(text), None, "{text}");
        }
    }
}
