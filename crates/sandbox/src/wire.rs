//! The carrier's wire: what its API takes and gives, what its callbacks carry, and what it does when it is answered.

use chrono::{DateTime, Utc};
use frontdesk_core::{
    effect::{Address, Channel},
    event::{AnsweredBy, EndCause},
    personal::{Email, Phone},
};
use serde::{Deserialize, Serialize};

/// Where the vendor's API begins.
pub(crate) const API: &str = "/sandbox/carrier/v1";
/// No request to the carrier or to the browser phone is longer, in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024;
/// The error code of a number that the carrier will never dial.
pub(crate) const REFUSED_NUMBER: &str = "refused_number";

/// A call to be placed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PlaceRequest {
    /// The customer's own name for the call; taken once.
    pub(crate) reference: String,
    pub(crate) to: Phone,
    pub(crate) from: Phone,
    /// Seconds.
    pub(crate) ring_seconds: u32,
    pub(crate) detect_machine: bool,
    pub(crate) webhook_url: String,
}

/// What creating something answers.
#[derive(Serialize, Deserialize)]
pub(crate) struct Created {
    pub(crate) id: String,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Ringing,
    InProgress,
    Ended,
}

/// A call as the API shows it.
#[derive(Serialize, Deserialize)]
pub(crate) struct CallStatus {
    pub(crate) id: String,
    pub(crate) reference: String,
    pub(crate) state: State,
    /// Set once it is over.
    pub(crate) outcome: Option<EndCause>,
    /// How long the two were connected; unset when they never were.
    pub(crate) seconds: Option<u32>,
}

/// A message to be sent.
#[derive(Serialize, Deserialize)]
pub(crate) struct SendRequest {
    pub(crate) reference: String,
    pub(crate) channel: Channel,
    /// A telephone number, or for mail an address.
    pub(crate) to: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<Phone>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    pub(crate) body: String,
}

/// A voice to be made. The sound itself stays where it is: nobody here could speak with it.
#[derive(Serialize, Deserialize)]
pub(crate) struct VoiceRequest {
    /// The customer's own name for the voice; taken again, it is the same voice.
    pub(crate) reference: String,
    /// How much sound there is.
    pub(crate) bytes: usize,
}

/// A message or a voice as the API shows it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) reference: String,
}

/// An error of the API.
#[derive(Serialize, Deserialize)]
pub(crate) struct ApiError {
    pub(crate) code: String,
    pub(crate) detail: String,
}

/// A callback.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Hook {
    /// The identity of what happened: every delivery of it carries the same.
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) call: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<String>,
    pub(crate) from: Phone,
    pub(crate) to: Phone,
    #[serde(flatten)]
    pub(crate) what: What,
    /// How often the answer to this was "come back later".
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) hold: u8,
    pub(crate) at: DateTime<Utc>,
}

/// Serde hands over a reference.
fn is_zero(hold: &u8) -> bool {
    *hold == 0
}

/// What a callback tells.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum What {
    Ringing,
    Answered {
        /// Unset where nobody asked the carrier to listen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<AnsweredBy>,
    },
    Digits {
        step: String,
        turn: u32,
        digits: String,
    },
    Silence {
        step: String,
        turn: u32,
    },
    Recorded {
        step: String,
        turn: u32,
        url: String,
        #[serde(default)]
        seconds: Option<u32>,
    },
    /// A media stream is over or could not be had, and nothing stood after it.
    Streamed {
        /// Which one of the call, from 1.
        stream: u32,
    },
    Ended {
        cause: EndCause,
        #[serde(default)]
        seconds: Option<u32>,
    },
    Incoming,
    Message {
        channel: Channel,
        body: String,
    },
}

impl What {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Ringing => "ringing",
            Self::Answered { .. } => "answered",
            Self::Digits { .. } => "digits",
            Self::Silence { .. } => "silence",
            Self::Recorded { .. } => "recorded",
            Self::Streamed { .. } => "streamed",
            Self::Ended { .. } => "ended",
            Self::Incoming => "incoming",
            Self::Message { .. } => "message",
        }
    }

    /// The number of the Ask this answers, or of the stream it is about; 0 where there is neither.
    pub(crate) fn turn(&self) -> u32 {
        match self {
            Self::Digits { turn, .. } | Self::Silence { turn, .. } | Self::Recorded { turn, .. } => *turn,
            Self::Streamed { stream } => *stream,
            _ => 0,
        }
    }
}

/// The answer to a callback: what the carrier does next, in order.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    pub(crate) verbs: Vec<WireVerb>,
}

/// One thing the carrier does. After the last one it hangs up, unless that was `ask`, `record` or `resume`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub(crate) enum WireVerb {
    Say {
        text: String,
        language: String,
    },
    Play {
        url: String,
    },
    Ask {
        step: String,
        turn: u32,
        prompt: String,
        language: String,
        digits: u8,
        timeout_seconds: u32,
        /// Whether words would do as well. Nobody here speaks: scripted callees and the browser phone press keys.
        #[serde(default)]
        speech: bool,
    },
    /// Take a message. No sound is kept, only that there was one.
    Record {
        step: String,
        turn: u32,
        prompt: String,
        language: String,
        beep: bool,
        max_seconds: u32,
        silence_seconds: u32,
    },
    /// Connect the call with a media stream; see [`crate::media`].
    Stream {
        url: String,
        parameters: Vec<(String, String)>,
    },
    Transfer {
        to: Phone,
        from: Phone,
    },
    Pause {
        seconds: u32,
    },
    /// Wait a second, then make the same callback again, with this `hold`.
    Resume {
        hold: u8,
    },
    Hangup,
}

/// Reads where a message goes: mail to an address, everything else to a telephone.
pub(crate) fn address(channel: Channel, to: &str) -> Option<Address> {
    match channel {
        Channel::Email => Email::parse(to).ok().map(Address::Email),
        Channel::Sms | Channel::Whatsapp => Phone::known(to.to_owned()).ok().map(Address::Phone),
        Channel::Voice | Channel::Link | Channel::Desk => None,
    }
}

/// The address itself, for the wire.
pub(crate) fn reveal(address: &Address) -> &str {
    match address {
        Address::Phone(phone) => phone.reveal(),
        Address::Email(email) => email.reveal(),
    }
}

/// What is wrong with a JSON text, without repeating any of it: it may hold personal data.
pub(crate) fn json_fault(error: &serde_json::Error) -> String {
    let kind = match error.classify() {
        serde_json::error::Category::Io => "unreadable",
        serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Data => "a member is missing or of the wrong kind",
        serde_json::error::Category::Eof => "cut short",
    };
    format!("{kind}, at line {} column {}", error.line(), error.column())
}
