//! The carrier's language on the socket of a media stream, for both ends of it: the one that [`frontdesk_core::frames`]
//! reads and writes, with its names in snake case.
//!
//! Text messages of JSON, `event` saying which; sound is mu-law, 8,000 samples a second, in base64. The carrier opens the
//! socket and tells, after `connected`:
//!
//! | message | members |
//! |---|---|
//! | `start` | `stream_sid` (its name), `start`: `call_sid`, `media_format` (`{"encoding":"audio/x-mulaw","sample_rate":8000}`), `custom_parameters` |
//! | `media` | `stream_sid`, `media.payload`: what the caller says, 20 ms of it whether anybody speaks or not |
//! | `dtmf` | `stream_sid`, `dtmf.digit` |
//! | `mark` | `stream_sid`, `mark.name`: what came before this mark was played, or dropped by `clear` |
//! | `stop` | `stream_sid` |
//!
//! It is told `media` (of any length: kept, and played in order), `mark` and `clear`. Whoever closes the socket ends the
//! stream; when that is the gateway, the call goes on with what stands after the stream or, where nothing does, with the
//! answer to the callback `streamed`.
//!
//! The upgrade is signed as callbacks are, with the path of the address in place of a body: a proxy may change scheme and
//! host. That proves who connects, and that they did so just now; that a stream is of a call, and only once, is proved by
//! the token among its parameters.

use crate::{Sandbox, sign};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    frames::{self, Casing, Frame},
    ports::{BadMessage, FromLine, LineStart, MediaLine, Pieces, Rejected, ToLine, WebhookRequest},
    sound::AudioFormat,
};
use serde_json::{Value, json};
use url::Url;

/// The most raw bytes of a message: two seconds.
const MOST: usize = 16_000;

/// The path of an address: what is signed.
pub(crate) fn path(url: &str) -> String {
    Url::parse(url).map_or_else(|_| url.to_owned(), |url| url.path().to_owned())
}

/// The name of a stream: so many there were in this call.
pub(crate) fn stream_name(call: &str, count: u32) -> String {
    format!("{call}-{count}")
}

/// How a stream begins.
pub(crate) fn start(stream: &str, call: &str, parameters: &[(String, String)]) -> Bytes {
    let parameters = parameters.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    let start = json!({
        "call_sid": call, "media_format": { "encoding": "audio/x-mulaw", "sample_rate": 8_000 },
        "custom_parameters": parameters.collect::<serde_json::Map<_, _>>(),
    });
    json!({ "event": "start", "stream_sid": stream, "start": start }).to_string().into()
}

/// A key that was pressed.
pub(crate) fn dtmf(stream: &str, digit: char) -> Bytes {
    json!({ "event": "dtmf", "stream_sid": stream, "dtmf": { "digit": digit } }).to_string().into()
}

/// How a stream ends.
pub(crate) fn stop(stream: &str) -> Bytes {
    json!({ "event": "stop", "stream_sid": stream }).to_string().into()
}

/// What either end says of sound and marks.
pub(crate) fn write(stream: &str, told: ToLine<'_>) -> Bytes {
    frames::write(Casing::Snake, stream, told)
}

impl MediaLine for Sandbox {
    fn admit(&self, request: &WebhookRequest, now: DateTime<Utc>) -> Result<(), Rejected> {
        sign::verify(&self.webhook_secret, request, path(&request.url).as_bytes(), now)
    }

    fn read(&self, message: &Bytes) -> Result<FromLine, BadMessage> {
        Ok(match frames::read(message)? {
            Frame::Start(opening) => FromLine::Started(Box::new(LineStart {
                stream: opening.stream,
                provider_call_id: opening.call,
                parameters: opening.parameters,
                format: AudioFormat::Mulaw8k,
            })),
            Frame::Media(sound) => FromLine::Sound(sound),
            Frame::Digit(key) => FromLine::Digit(key),
            Frame::Mark(name) => FromLine::Marked(name),
            Frame::Stop => FromLine::Ended,
            Frame::Clear | Frame::Other => FromLine::Nothing,
        })
    }

    fn write(&self, stream: &str, told: ToLine<'_>) -> Bytes {
        write(stream, told)
    }

    fn pieces(&self) -> Pieces {
        Pieces { least: 1, most: MOST, step: 1, ahead: None }
    }
}
