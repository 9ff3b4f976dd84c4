//! The carrier's language on the socket of a media stream, for both ends of it.
//!
//! Text messages of JSON, `event` saying which; sound is mu-law, 8,000 samples a second, in base64. The carrier opens the
//! socket and tells, after `connected`:
//!
//! | message | members |
//! |---|---|
//! | `start` | `stream` (its name), `call`, `format` (`{"encoding":"mulaw","rate":8000}`), `parameters` |
//! | `media` | `stream`, `sequence`, `payload`: what the caller says, 20 ms of it whether anybody speaks or not |
//! | `dtmf` | `stream`, `digit` |
//! | `mark` | `stream`, `name`: what came before this mark was played, or dropped by `clear` |
//! | `stop` | `stream` |
//!
//! It is told `media` (`stream`, `payload` of any length: kept, and played in order), `mark` and `clear`. Whoever closes
//! the socket ends the stream; when that is the gateway, the call goes on with what stands after the stream or, where nothing does, with
//! the answer to the callback `streamed`.
//!
//! The upgrade is signed as callbacks are, with the path of the address in place of a body: a proxy may change scheme and
//! host. That proves who connects; that a stream is of a call, and only once, is proved by the token among its parameters.

use crate::{Sandbox, sign};
use bytes::Bytes;
use frontdesk_core::{
    ports::{BadMessage, FromLine, LineStart, MediaLine, Pieces, Rejected, ToLine, WebhookRequest},
    sound::{AudioFormat, Sound},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::BTreeMap};
use url::Url;

/// The path of an address: what is signed.
pub(crate) fn path(url: &str) -> String {
    Url::parse(url).map_or_else(|_| url.to_owned(), |url| url.path().to_owned())
}

/// What either end reads: members are looked at only where the event has them.
#[derive(Deserialize)]
pub(crate) struct Message<'a> {
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    stream: Option<&'a RawValue>,
    #[serde(borrow)]
    call: Option<&'a RawValue>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    #[serde(borrow)]
    digit: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
}

/// A text, or a number as if it were one.
fn text(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    let raw = raw?.get();
    match raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(bare) if !bare.contains('\\') => Some(Cow::Borrowed(bare)),
        Some(_) => serde_json::from_str(raw).ok().map(Cow::Owned),
        None => raw.starts_with(|c: char| c.is_ascii_digit() || c == '-').then_some(Cow::Borrowed(raw)),
    }
}

impl<'a> Message<'a> {
    pub(crate) fn read(message: &'a [u8]) -> Result<Self, BadMessage> {
        serde_json::from_slice(message).map_err(|_| BadMessage)
    }

    pub(crate) fn event(&self) -> Cow<'a, str> {
        text(self.event).unwrap_or_default()
    }

    pub(crate) fn name(&self) -> Option<Cow<'a, str>> {
        text(self.name)
    }

    /// The sound, as a part of `whole`, which this was read from.
    pub(crate) fn sound(&self, whole: &Bytes) -> Option<Sound> {
        Some(Sound::from_base64(match text(self.payload)? {
            Cow::Borrowed(payload) => whole.slice_ref(payload.as_bytes()),
            Cow::Owned(payload) => payload.into(),
        }))
    }

    fn start(&self) -> Option<LineStart> {
        let parameters: BTreeMap<String, &RawValue> = match self.parameters {
            Some(raw) => serde_json::from_str(raw.get()).ok()?,
            None => BTreeMap::new(),
        };
        let parameters =
            parameters.into_iter().filter_map(|(name, value)| Some((name, text(Some(value))?.into_owned())));
        Some(LineStart {
            stream: text(self.stream)?.into_owned(),
            provider_call_id: text(self.call)?.into_owned(),
            parameters: parameters.collect(),
            format: AudioFormat::Mulaw8k,
        })
    }
}

/// How sound is written, as `start` tells.
#[derive(Serialize)]
pub(crate) struct Format {
    encoding: &'static str,
    rate: u32,
}

impl Format {
    pub(crate) const MULAW: Self = Self { encoding: "mulaw", rate: 8_000 };
}

/// What either end writes.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Told<'a> {
    Connected,
    Start {
        stream: &'a str,
        call: &'a str,
        format: Format,
        parameters: BTreeMap<&'a str, &'a str>,
    },
    Media {
        stream: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        sequence: Option<u64>,
        payload: &'a str,
    },
    Dtmf {
        stream: &'a str,
        digit: char,
    },
    Mark {
        stream: &'a str,
        name: &'a str,
    },
    Clear {
        stream: &'a str,
    },
    Stop {
        stream: &'a str,
    },
}

impl Told<'_> {
    /// The message; writing text and numbers as JSON cannot fail.
    pub(crate) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl MediaLine for Sandbox {
    fn admit(&self, request: &WebhookRequest) -> Result<(), Rejected> {
        let unauthentic = Rejected::Unauthentic(401);
        let (Some(at), Some(signature)) = (request.header(sign::TIMESTAMP), request.header(sign::SIGNATURE)) else {
            return Err(unauthentic);
        };
        let proven = sign::proves(&self.webhook_secret, at, path(&request.url).as_bytes(), signature);
        if proven { Ok(()) } else { Err(unauthentic) }
    }

    fn read(&self, message: &Bytes) -> Result<FromLine, BadMessage> {
        let read = Message::read(message)?;
        Ok(match read.event().as_ref() {
            "start" => FromLine::Started(Box::new(read.start().ok_or(BadMessage)?)),
            "media" => FromLine::Sound(read.sound(message).ok_or(BadMessage)?),
            "dtmf" => {
                let digit = text(read.digit).ok_or(BadMessage)?;
                match digit.as_bytes() {
                    [key @ (b'0'..=b'9' | b'*' | b'#')] => FromLine::Digit(char::from(*key)),
                    _ => return Err(BadMessage),
                }
            }
            "mark" => FromLine::Marked(read.name().ok_or(BadMessage)?.into_owned()),
            "stop" => FromLine::Ended,
            _ => FromLine::Nothing,
        })
    }

    fn write(&self, stream: &str, told: ToLine<'_>) -> Bytes {
        let told = match told {
            ToLine::Sound(sound) => {
                // What is no base64 would not even be a message.
                let payload = std::str::from_utf8(sound.as_base64()).unwrap_or_default();
                Told::Media { stream, sequence: None, payload }
            }
            ToLine::Mark(name) => Told::Mark { stream, name },
            ToLine::Clear => Told::Clear { stream },
        };
        told.write().into()
    }

    fn pieces(&self) -> Pieces {
        Pieces { least: 1, most: MOST, step: 1, ahead: None }
    }
}

/// The most raw bytes of a message: two seconds.
const MOST: usize = 16_000;

/// The name of a stream: so many there were in this call.
pub(crate) fn stream_name(call: &str, count: u32) -> String {
    format!("{call}-{count}")
}
