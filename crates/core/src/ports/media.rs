use super::{Port, PortResult, Rejected, WebhookRequest};
use crate::sound::{AudioFormat, Sound};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use std::{
    collections::BTreeMap,
    task::{Context, Poll},
};

/// How a carrier begins a media stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineStart {
    /// The carrier's name for the stream; comes back in all that is sent on it.
    pub stream: String,
    /// The carrier's name for the call.
    pub provider_call_id: String,
    /// What [`crate::reply::Verb::Stream`] told it, as it came back. No proof of anything but the token among it.
    pub parameters: BTreeMap<String, String>,
    /// How sound is written, in both directions.
    pub format: AudioFormat,
}

/// What a carrier tells on the socket of a media stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromLine {
    /// The stream begins; nothing of consequence comes before.
    Started(Box<LineStart>),
    /// What the caller says.
    Sound(Sound),
    /// A key the caller pressed: `0`-`9`, `*` or `#`.
    Digit(char),
    /// Everything sent before the mark of this name was played, or dropped by [`ToLine::Clear`].
    Marked(String),
    /// The stream ends: the caller has hung up, or the carrier goes on elsewhere.
    Ended,
    /// Authentic, and of no consequence.
    Nothing,
}

/// What a carrier is told on the socket of a media stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToLine<'a> {
    /// What the caller hears, after all that was sent before.
    Sound(&'a Sound),
    /// To be told by [`FromLine::Marked`] when everything sent before was played.
    Mark(&'a str),
    /// Drop what was sent and not yet played.
    Clear,
}

/// How sound wants to be sent on a carrier's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pieces {
    /// The fewest raw bytes of a message.
    pub least: usize,
    /// The most raw bytes of a message.
    pub most: usize,
    /// The length of each is a multiple of this.
    pub step: usize,
    /// How far ahead of what is being heard may be sent, in milliseconds; `None`: the carrier keeps whatever comes.
    pub ahead: Option<u32>,
}

/// A message that is none of the carrier's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message is none that the carrier's streams have")]
pub struct BadMessage;

/// A carrier's language on the WebSocket of a media stream. Pure: who has the socket reads and writes.
///
/// # Behaviour
/// - `read` takes numbers as texts too, ignores members it does not know, and gives [`FromLine::Nothing`] for messages it
///   does not know; it never panics, whatever it is given. Sound is a part of the message, not a copy.
/// - What `write` gives is one message, and exactly what the carrier documents.
pub trait MediaLine: Port {
    /// Lets the request in that opens the socket.
    ///
    /// # Errors
    /// [`Rejected`] where the carrier proves itself and this request does not, or did so too long ago.
    fn admit(&self, request: &WebhookRequest, now: DateTime<Utc>) -> Result<(), Rejected>;

    /// Whether a request that was let in does not prove itself all the same: worth a line in the log.
    fn doubts(&self, _request: &WebhookRequest) -> bool {
        false
    }

    /// Understands a text message.
    ///
    /// # Errors
    /// [`BadMessage`] where it is none; the stream goes on without it.
    fn read(&self, message: &Bytes) -> Result<FromLine, BadMessage>;

    /// Writes a text message of this stream.
    fn write(&self, stream: &str, told: ToLine<'_>) -> Bytes;

    /// How sound wants to be sent.
    fn pieces(&self) -> Pieces;
}

/// A caller's sound, both ways, where no socket of the carrier's brings it: the adapter has opened the ways itself. It is
/// dropped once the conversation is over; what was given to it until then is still heard.
///
/// # Behaviour
/// - Sound of the caller's comes in whole samples.
/// - What the caller is sent is heard at once, or after what was sent before: whoever sends keeps to [`Pieces::ahead`].
pub trait LiveLine: Send {
    /// How sound wants to be sent.
    fn pieces(&self) -> Pieces;

    /// What the caller does next. `None` where the way broke without a word about them; nothing comes after it.
    fn poll_told(&mut self, cx: &mut Context<'_>) -> Poll<Option<FromLine>>;

    /// Waits until it takes another piece; `false` where it takes none any more.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<bool>;

    /// Sends a piece, raw; `false` where it was not taken. Asked for only after it was ready.
    fn send(&mut self, raw: Vec<u8>) -> bool;
}

/// Puts live calls through to the voice agent.
#[async_trait]
pub trait Exchange: Send + Sync {
    /// Joins a call of this provider's with the agent. Once it has come back the conversation goes on by itself, and ends in
    /// [`super::Attendant::over`] like any other.
    ///
    /// # Errors
    /// [`super::PortError`] when nobody was put through: the call is not ours, there are as many conversations as there may
    /// be, or the gateway stops.
    async fn put_through(&self, provider: &str, start: LineStart, line: Box<dyn LiveLine>) -> PortResult<()>;
}
