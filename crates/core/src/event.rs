//! What can move a call or an appointment. Every webhook, reply, click and finished job becomes one of these.

use crate::{effect::Channel, personal::Said};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Everything that can happen to a call or an appointment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Somebody rings the business.
    Incoming,
    /// The callee's telephone rings.
    Ringing,
    /// The call was picked up; the reply steers what is heard next.
    Answered {
        /// What picked up, as far as the carrier can tell.
        by: AnsweredBy,
    },
    /// Keys were pressed in answer to an Ask.
    Digits {
        /// The step that asked.
        step: String,
        /// The number of the Ask within the call, echoed back by the carrier. 0, where it echoes nothing: whatever is
        /// being asked is meant.
        turn: u32,
        /// `0`-`9`, `*` and `#` only.
        digits: String,
    },
    /// Words were spoken in answer to an Ask.
    Speech {
        /// The step that asked.
        step: String,
        /// The number of the Ask within the call.
        turn: u32,
        /// What the carrier understood.
        text: String,
    },
    /// An Ask ran out of time.
    Silence {
        /// The step that asked.
        step: String,
        /// The number of the Ask within the call.
        turn: u32,
    },
    /// A spoken message was taken.
    Recorded {
        /// The step that asked for it.
        step: String,
        /// The number of the question within the call.
        turn: u32,
        /// Where the carrier keeps it; fetching it may need the carrier's credentials.
        url: String,
        /// How long it is, in seconds, where the carrier says so.
        seconds: Option<u32>,
    },
    /// The carrier has written down what a message says; the call is over by then as a rule.
    Transcribed {
        /// Where it keeps that message, as it was in [`Event::Recorded`].
        url: String,
        /// What it heard.
        words: Said,
    },
    /// The other telephone of a [`crate::reply::Verb::Transfer`] is done with; the caller is still there.
    Transferred {
        /// Whether somebody picked it up.
        reached: bool,
    },
    /// The media stream of a [`crate::reply::Verb::Stream`] is over, or could not be opened; the caller is still there.
    Streamed,
    /// The call is over.
    Ended {
        /// How, in the carrier's eyes.
        cause: EndCause,
        /// How long the two were connected, in seconds.
        seconds: Option<u32>,
    },
    /// The person answered outside the live call: a text message, a link, the front desk.
    Replied {
        /// Where the answer came from.
        channel: Channel,
        /// What it means.
        meaning: Answer,
    },
    /// The front desk moved the appointment, or the person did by a link.
    Moved {
        /// The new time.
        starts_at: DateTime<Utc>,
        /// Who did: by a link it is the person, who has said with it that they come.
        channel: Channel,
    },
    /// The front desk wants the person called now.
    CallAsked,
    /// The person must not be contacted any more, on any channel.
    OptedOut {
        /// Where they said so.
        channel: Channel,
    },
    /// The front desk says what became of the visit.
    Visited {
        /// Whether the person came.
        came: bool,
    },
    /// Authentic, and of no consequence.
    Noted {
        /// What it was, without personal data.
        what: String,
    },
}

impl Event {
    /// The event with its question, where the carrier cannot say which one was answered: then it is this one, which is
    /// being asked.
    pub(crate) fn answering(&self, asked: &str, number: u32) -> Cow<'_, Self> {
        let mut event = Cow::Borrowed(self);
        if let Self::Digits { turn: 0, .. } | Self::Speech { turn: 0, .. } | Self::Silence { turn: 0, .. } = self
            && let Self::Digits { step, turn, .. } | Self::Speech { step, turn, .. } | Self::Silence { step, turn } =
                event.to_mut()
        {
            asked.clone_into(step);
            *turn = number;
        }
        event
    }

    /// A short name for the timeline and for metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Incoming => "incoming",
            Self::Ringing => "ringing",
            Self::Answered { .. } => "answered",
            Self::Digits { .. } => "digits",
            Self::Speech { .. } => "speech",
            Self::Silence { .. } => "silence",
            Self::Recorded { .. } => "recorded",
            Self::Transcribed { .. } => "transcribed",
            Self::Transferred { .. } => "transferred",
            Self::Streamed => "streamed",
            Self::Ended { .. } => "ended",
            Self::Replied { .. } => "replied",
            Self::Moved { .. } => "moved",
            Self::CallAsked => "call_asked",
            Self::OptedOut { .. } => "opted_out",
            Self::Visited { .. } => "visited",
            Self::Noted { .. } => "noted",
        }
    }
}

/// What picked up the telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// A person, or nothing known against it.
    Human,
    /// An answering machine, voicemail or fax.
    Machine,
    /// The carrier looked and could not tell.
    Unknown,
}

/// How a call ended, in the carrier's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// It was connected, and then one side hung up.
    Completed,
    /// The line was busy.
    Busy,
    /// Nobody picked up.
    NoAnswer,
    /// The person pressed the red button.
    Declined,
    /// The carrier refuses this number for good: it does not exist or may not be called.
    Refused,
    /// Something broke on the way; nobody was reached.
    Failed,
    /// It was connected, was to be handed over, and nobody was reached there.
    NotHandedOver,
    /// The person told the carrier that they do not want to be called any more, now or before.
    OptedOut,
}

/// What a person said about their appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// They will come.
    Confirmed,
    /// They will not come.
    Cancelled,
    /// They want another time.
    OtherTime,
}

/// What a timer was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wake {
    /// The last message was sent; time to say that nobody was reached.
    LadderEnd,
    /// The appointment's time has passed.
    Over,
    /// A call has been silent for longer than a call can last; time to ask the carrier.
    CallWatch,
    /// A caller has waited long enough for a voice.
    GreetingWait,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_names_no_question_is_to_the_one_being_asked() {
        let digits = |step: &str, turn| Event::Digits { step: step.to_owned(), turn, digits: "1".to_owned() };
        let silence = |step: &str, turn| Event::Silence { step: step.to_owned(), turn };
        assert_eq!(*digits("", 0).answering("menu", 2), digits("menu", 2));
        assert_eq!(*silence("", 0).answering("menu", 2), silence("menu", 2));
        assert_eq!(*digits("menu", 1).answering("menu", 2), digits("menu", 1));
        assert_eq!(*Event::Ringing.answering("menu", 2), Event::Ringing);
    }
}
