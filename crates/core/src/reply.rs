//! What the caller hears next, in words every carrier can render.

use crate::{event::Event, personal::Phone, speech::Language};
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
    /// Speak, listen, and send what was pressed back as [`Event::Digits`] or [`Event::Silence`].
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
    },
    /// Connect the caller with somebody else.
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
    },
    /// Hang up.
    Hangup,
}
