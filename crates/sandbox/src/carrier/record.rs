//! What the carrier knows of calls and messages, and how the browser phone is shown it.

use super::stream::Socket;
use crate::wire::{State, WireVerb};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    effect::{Address, Channel},
    event::EndCause,
    personal::Phone,
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Who rang whom, in the eyes of the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Direction {
    Outbound,
    Inbound,
}

/// What never changes about a call.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) id: String,
    /// The customer's own name for it; calls that come in have none.
    pub(super) reference: Option<String>,
    pub(super) direction: Direction,
    pub(super) from: Phone,
    pub(super) to: Phone,
    pub(super) webhook_url: String,
}

/// What somebody at the telephone did.
pub(super) enum Signal {
    PickedUp,
    Pressed(String),
}

/// What comes to whoever plays a call.
pub(super) struct Inbox {
    /// From the telephone.
    pub(super) signals: mpsc::Receiver<Signal>,
    /// From the gateway, unasked: what the callee hears instead of what they hear.
    pub(super) moves: mpsc::Receiver<Vec<WireVerb>>,
}

/// A call.
pub(super) struct CallRecord {
    pub(super) facts: Facts,
    pub(super) scripted: bool,
    pub(super) state: State,
    pub(super) outcome: Option<EndCause>,
    pub(super) answered_at: Option<DateTime<Utc>>,
    pub(super) seconds: Option<u32>,
    pub(super) heard: Vec<String>,
    pub(super) asking: bool,
    pub(super) language: String,
    /// To whoever plays the call; bounded.
    pub(super) signals: mpsc::Sender<Signal>,
    /// The same from the gateway.
    pub(super) moves: mpsc::Sender<Vec<WireVerb>>,
    /// Cancelled when the call is over.
    pub(super) over: CancellationToken,
    /// Whether the person was forgotten meanwhile: nothing of the call stays once it is over.
    pub(super) forgotten: bool,
    /// Set while the call is connected with a media stream.
    pub(super) socket: Option<Socket>,
}

/// A call as the browser phone sees it.
#[derive(Clone, Serialize)]
pub struct CallView {
    /// The carrier's name for it.
    pub id: String,
    /// The gateway's name for it; calls that come in have none here.
    pub call_id: Option<String>,
    /// `outbound` when the business rang, `inbound` when somebody rang the business.
    pub direction: &'static str,
    /// Who rings.
    pub from: Phone,
    /// Who is rung.
    pub to: Phone,
    /// `ringing`, `in_progress` or `ended`.
    pub state: &'static str,
    /// What was said so far, in order.
    pub heard: Vec<String>,
    /// Whether the gateway waits for keys.
    pub asking: bool,
    /// Whether it is connected with a media stream: there is somebody to talk to, and keys are taken all the while.
    pub streaming: bool,
    /// The language of what was last said, such as `en-US`.
    pub language: String,
    /// Whether a script holds the telephone.
    pub scripted: bool,
    /// How it ended, in the carrier's eyes.
    pub outcome: Option<EndCause>,
    /// How long the two were connected, once over.
    pub seconds: Option<u32>,
}

impl CallRecord {
    pub(super) fn view(&self) -> CallView {
        CallView {
            id: self.facts.id.clone(),
            call_id: self.facts.reference.clone(),
            direction: match self.facts.direction {
                Direction::Outbound => "outbound",
                Direction::Inbound => "inbound",
            },
            from: self.facts.from.clone(),
            to: self.facts.to.clone(),
            state: match self.state {
                State::Ringing => "ringing",
                State::InProgress => "in_progress",
                State::Ended => "ended",
            },
            heard: self.heard.clone(),
            asking: self.asking,
            streaming: self.socket.is_some(),
            language: self.language.clone(),
            scripted: self.scripted,
            outcome: self.outcome,
            seconds: self.seconds,
        }
    }
}

/// A message, as kept and as the browser phone sees it.
#[derive(Clone, Serialize, Deserialize)]
pub struct MessageView {
    /// The carrier's name for it.
    pub id: String,
    /// `sms`, `whatsapp` or `email`.
    pub channel: Channel,
    /// Where to: a number, or for mail an address.
    #[serde(serialize_with = "plain", deserialize_with = "from_plain")]
    pub to: Address,
    /// Whether the customer wrote it, and not the business.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inbound: bool,
    /// Who wrote it; unset for mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Phone>,
    /// The subject line, for mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The words.
    pub body: String,
    /// When the carrier took it.
    pub at: DateTime<Utc>,
}

fn plain<S: serde::Serializer>(address: &Address, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(crate::wire::reveal(address))
}

fn from_plain<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Address, D::Error> {
    use serde::de::{Error, IntoDeserializer, value::StringDeserializer};
    let text = String::deserialize(deserializer)?;
    if text.contains('@') {
        return frontdesk_core::personal::Email::parse(&text).map(Address::Email).map_err(Error::custom);
    }
    // By its shape: the number that stands for somebody who was forgotten is nobody's.
    let text: StringDeserializer<D::Error> = text.into_deserializer();
    Phone::deserialize(text).map(Address::Phone)
}
