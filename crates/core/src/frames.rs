//! Messages of media streams, in the JSON that Twilio made and other carriers took over: an `event`, and a member of the
//! same name. Some write names in camel case and some in snake case; both are read.

mod scan;

use crate::{
    ports::{BadMessage, ToLine},
    sound::Sound,
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use std::{borrow::Cow, collections::BTreeMap};

/// The longest name of a stream, call or mark that is taken.
const LONGEST_NAME: usize = 200;

/// What a message says. Sound is a part of the message, not a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// The stream begins.
    Start(Box<Opening>),
    /// What the caller says.
    Media(Sound),
    /// A key was pressed.
    Digit(char),
    /// A mark came back.
    Mark(String),
    /// The stream ends.
    Stop,
    /// What was sent and not played yet is to be dropped: said to a carrier, never by one.
    Clear,
    /// Something else, or sound that is not the caller's.
    Other,
}

/// How a stream begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The carrier's name for the stream: letters, digits, `-`, `_`, `.` and `:`.
    pub stream: String,
    /// The carrier's name for the call.
    pub call: String,
    /// The carrier's name for the account, where it says so.
    pub account: Option<String>,
    /// What it was told when it was asked for the stream, as it came back.
    pub parameters: BTreeMap<String, String>,
    /// What it calls the writing of its sound, such as `audio/x-mulaw`.
    pub encoding: Option<String>,
    /// Samples a second, where it says so.
    pub rate: Option<u32>,
}

/// How a carrier writes the names of members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Casing {
    /// `streamSid`
    Camel,
    /// `stream_sid`
    Snake,
}

/// Reads a message. Numbers may be texts and texts numbers; unknown members are passed over.
///
/// # Errors
/// [`BadMessage`] where it is not JSON, or lacks what its event needs.
pub fn read(message: &Bytes) -> Result<Frame, BadMessage> {
    // Fifty times a second in every call; the scan gives up on whatever is unusual.
    if let Some(payload) = scan::payload(message) {
        return Ok(Frame::Media(Sound::from_base64(message.slice(payload))));
    }
    parse(message)
}

/// The same by a parser, for everything.
fn parse(message: &Bytes) -> Result<Frame, BadMessage> {
    let said: Message<'_> = serde_json::from_slice(message).map_err(|_| BadMessage)?;
    let event = said.event.and_then(text).ok_or(BadMessage)?;
    match &*event {
        "media" => media(message, said.media.ok_or(BadMessage)?),
        "start" => Ok(Frame::Start(Box::new(start(said.start.ok_or(BadMessage)?, said.stream)?))),
        "dtmf" => {
            let dtmf: Dtmf<'_> = member(said.dtmf)?;
            let digit = dtmf.digit.and_then(text).ok_or(BadMessage)?;
            let mut keys = digit.chars();
            match (keys.next(), keys.next()) {
                (Some(key @ ('0'..='9' | '*' | '#')), None) => Ok(Frame::Digit(key)),
                _ => Err(BadMessage),
            }
        }
        "mark" => {
            let mark: Mark<'_> = member(said.mark)?;
            mark.name.and_then(named).map(Frame::Mark).ok_or(BadMessage)
        }
        "stop" => Ok(Frame::Stop),
        "clear" => Ok(Frame::Clear),
        _ => Ok(Frame::Other),
    }
}

fn media(message: &Bytes, media: &RawValue) -> Result<Frame, BadMessage> {
    let media: Media<'_> = serde_json::from_str(media.get()).map_err(|_| BadMessage)?;
    let payload = media.payload.and_then(text).ok_or(BadMessage)?;
    let sound = match payload {
        Cow::Borrowed(payload) => Sound::from_base64(message.slice_ref(payload.as_bytes())),
        Cow::Owned(payload) => Sound::from_base64(payload.into()),
    };
    // It is written into messages of our own: nothing else may hide in it.
    if !sound.is_plain() {
        return Err(BadMessage);
    }
    let track = media.track.and_then(text);
    Ok(if track.is_none_or(|track| track == "inbound") { Frame::Media(sound) } else { Frame::Other })
}

fn start(start: &RawValue, stream: Option<&RawValue>) -> Result<Opening, BadMessage> {
    let start: Start<'_> = serde_json::from_str(start.get()).map_err(|_| BadMessage)?;
    let stream = start.stream.or(stream).and_then(named).filter(|name| name.bytes().all(is_plain));
    let format: Format<'_> = match start.format {
        Some(format) => serde_json::from_str(format.get()).map_err(|_| BadMessage)?,
        None => Format::default(),
    };
    let parameters: BTreeMap<String, Value> = match start.parameters {
        Some(parameters) => serde_json::from_str(parameters.get()).unwrap_or_default(),
        None => BTreeMap::new(),
    };
    let plain = parameters.into_iter().filter_map(|(name, value)| match value {
        Value::String(text) => Some((name, text)),
        Value::Number(number) => Some((name, number.to_string())),
        Value::Bool(yes) => Some((name, yes.to_string())),
        _ => None,
    });
    Ok(Opening {
        stream: stream.ok_or(BadMessage)?,
        call: start.call.and_then(named).ok_or(BadMessage)?,
        account: start.account.and_then(named),
        parameters: plain.collect(),
        encoding: format.encoding.and_then(named),
        rate: format.rate.and_then(text).and_then(|rate| rate.parse().ok()),
    })
}

/// Writes a message of this stream: exactly the members that carriers document, for more than those are an error to them.
#[must_use]
pub fn write(casing: Casing, stream: &str, told: ToLine<'_>) -> Bytes {
    let stream_is = match casing {
        Casing::Camel => "\",\"streamSid\":",
        Casing::Snake => "\",\"stream_sid\":",
    };
    let length = match told {
        ToLine::Sound(sound) => sound.as_base64().len(),
        ToLine::Mark(name) => name.len(),
        ToLine::Clear => 0,
    };
    let mut out = Vec::with_capacity(length + stream.len() + 80);
    let event = match told {
        ToLine::Sound(_) => "media",
        ToLine::Mark(_) => "mark",
        ToLine::Clear => "clear",
    };
    for part in ["{\"event\":\"", event, stream_is] {
        out.extend_from_slice(part.as_bytes());
    }
    quote(&mut out, stream);
    match told {
        ToLine::Sound(sound) => {
            out.extend_from_slice(b",\"media\":{\"payload\":\"");
            out.extend_from_slice(sound.as_base64());
            out.extend_from_slice(b"\"}}");
        }
        ToLine::Mark(name) => {
            out.extend_from_slice(b",\"mark\":{\"name\":");
            quote(&mut out, name);
            out.extend_from_slice(b"}}");
        }
        ToLine::Clear => out.push(b'}'),
    }
    out.into()
}

fn quote(out: &mut Vec<u8>, text: &str) {
    if text.bytes().all(is_plain) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(Value::from(text).to_string().as_bytes());
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':')
}

/// A text, or a number as its digits.
fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    let written = raw.get();
    match written.as_bytes().first()? {
        b'"' => serde_json::from_str::<Borrowed<'_>>(written).ok().map(|text| text.0),
        b'-' | b'0'..=b'9' => Some(written.into()),
        _ => None,
    }
}

fn named(raw: &RawValue) -> Option<String> {
    text(raw).filter(|name| !name.is_empty() && name.len() <= LONGEST_NAME).map(Cow::into_owned)
}

fn member<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Result<T, BadMessage> {
    serde_json::from_str(raw.ok_or(BadMessage)?.get()).map_err(|_| BadMessage)
}

/// Not copied, where there is nothing to unescape.
#[derive(Deserialize)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow, alias = "stream_sid", rename = "streamSid")]
    stream: Option<&'a RawValue>,
    #[serde(borrow)]
    media: Option<&'a RawValue>,
    #[serde(borrow)]
    start: Option<&'a RawValue>,
    #[serde(borrow)]
    dtmf: Option<&'a RawValue>,
    #[serde(borrow)]
    mark: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Media<'a> {
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    #[serde(borrow)]
    track: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Start<'a> {
    #[serde(borrow, alias = "stream_sid", rename = "streamSid")]
    stream: Option<&'a RawValue>,
    #[serde(borrow, alias = "call_sid", rename = "callSid")]
    call: Option<&'a RawValue>,
    #[serde(borrow, alias = "account_sid", rename = "accountSid")]
    account: Option<&'a RawValue>,
    #[serde(borrow, alias = "custom_parameters", rename = "customParameters")]
    parameters: Option<&'a RawValue>,
    #[serde(borrow, alias = "media_format", rename = "mediaFormat")]
    format: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
struct Format<'a> {
    #[serde(borrow)]
    encoding: Option<&'a RawValue>,
    #[serde(borrow, alias = "sample_rate", rename = "sampleRate")]
    rate: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Dtmf<'a> {
    #[serde(borrow)]
    digit: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Mark<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
}

#[cfg(test)]
mod tests;
