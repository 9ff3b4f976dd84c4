//! What the caller hears next, in words every carrier can render.

use crate::{call::CallRef, event::Event, personal::Phone, speech::Language};
use serde::{Deserialize, Serialize};

/// What the caller hears next, in order. Empty: nothing to say, the webhook is only acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reply(pub Vec<Verb>);

impl Reply {
    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One thing a carrier does in a live call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum Verb {
    /// Speak.
    Say {
        /// The words.
        text: String,
        /// Their language.
        language: Language,
    },
    /// Play a sound file.
    Play {
        /// Where the carrier fetches it.
        url: String,
    },
    /// Speak, listen, and send what was pressed back as [`Event::Digits`] or [`Event::Silence`], and where words are
    /// listened for, what was said as [`Event::Speech`].
    Ask {
        /// The step that asks; echoed back.
        step: String,
        /// The number of this Ask within the call; echoed back. It tells a second press from a second delivery.
        turn: u32,
        /// What is said while listening; a key interrupts it (barge-in).
        prompt: String,
        /// The language of the prompt.
        language: Language,
        /// How many keys at the most.
        digits: u8,
        /// How long to wait for a key after the prompt, in seconds.
        timeout_seconds: u32,
        /// Whether to listen for words as well; a carrier that cannot listens for keys only.
        #[serde(default)]
        speech: bool,
    },
    /// Speak, then take a spoken message, and send it back as [`Event::Recorded`], or as [`Event::Silence`] when nothing
    /// was said. A key ends it.
    Record {
        /// The step that asks; echoed back.
        step: String,
        /// The number of this question within the call, counted together with those of [`Verb::Ask`]; echoed back.
        turn: u32,
        /// What is said before the recording begins.
        prompt: String,
        /// The language of the prompt.
        language: Language,
        /// Whether a tone says that the recording begins.
        beep: bool,
        /// How long the message may be, in seconds.
        max_seconds: u32,
        /// How long a silence ends it, in seconds.
        silence_seconds: u32,
    },
    /// Connect the caller's audio to a two-way media stream. What stands after it is heard once the stream has ended; where
    /// nothing does, a carrier that can comes back with [`Event::Streamed`].
    Stream {
        /// A `wss` address without a query, which carriers drop on the way.
        url: String,
        /// What the other end is told when the stream begins: names and values, in order. No proof of anything.
        parameters: Vec<(String, String)>,
    },
    /// Connect the caller with somebody else. A carrier that can comes back when that is over, or came to nothing, with
    /// [`Event::Transferred`].
    Transfer {
        /// Whom to ring.
        to: Phone,
        /// The caller id to show; the business's own number.
        from: Phone,
    },
    /// Say nothing for a while.
    Pause {
        /// How long, in seconds.
        seconds: u32,
    },
    /// Come back with the same event: the store was slow, the caller was told "one moment".
    Resume {
        /// What could not be decided in time, keys included.
        event: Box<Event>,
        /// How often this caller has been asked to wait for it, from 1.
        hold: u8,
        /// How the webhook named the call; a carrier that forgets what it sent is given the name along.
        #[serde(default)]
        call: Option<CallRef>,
    },
    /// Hang up.
    Hangup,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_stored_before_words_were_listened_for_is_still_read() {
        let stored =
            r#"[{"verb":"ask","step":"menu","turn":1,"prompt":"?","language":"en","digits":1,"timeout_seconds":6}]"#;
        let reply: Reply = serde_json::from_str(stored).unwrap();
        assert!(matches!(reply.0.as_slice(), [Verb::Ask { speech: false, turn: 1, .. }]));
    }

    #[test]
    fn a_reply_is_stored_and_read_as_it_was() {
        let (step, prompt, language) = ("message".to_owned(), "Speak.".to_owned(), Language::En);
        let reply = Reply(vec![
            Verb::Record { step, turn: 2, prompt, language, beep: true, max_seconds: 60, silence_seconds: 5 },
            Verb::Stream {
                url: "wss://desk.example/media".to_owned(),
                parameters: vec![("b".to_owned(), "2".to_owned()), ("a".to_owned(), "1".to_owned())],
            },
        ]);
        let stored = serde_json::to_string(&reply).unwrap();
        assert_eq!(serde_json::from_str::<Reply>(&stored).unwrap(), reply);
    }
}
