//! Media Streams: live audio over a WebSocket. <https://www.twilio.com/docs/voice/media-streams/websocket-messages>

use crate::{
    NAME, Upgrades,
    proof::{Keyring, UNAUTHENTIC},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    frames::{self, Casing, Frame},
    ports::{BadMessage, FromLine, LineStart, MediaLine, Pieces, Port, Rejected, ToLine, WebhookRequest},
    sound::AudioFormat,
};
use std::{fmt, sync::Arc};

/// The only writing of sound that Twilio's streams have.
const ENCODING: &str = "audio/x-mulaw";

/// Twilio takes sound of any length and documents no limit; a second in a message keeps every message small.
const PIECES: Pieces = Pieces { least: 1, most: 8_000, step: 1, ahead: None };

/// The language of Twilio's media streams: mu-law at 8,000 samples a second, which it buffers and plays in order.
#[derive(Clone)]
pub struct Line {
    keyring: Arc<Keyring>,
    upgrades: Upgrades,
}

impl Line {
    pub(crate) fn new(keyring: Arc<Keyring>, upgrades: Upgrades) -> Self {
        Self { keyring, upgrades }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("upgrades", &self.upgrades).finish_non_exhaustive()
    }
}

impl Port for Line {
    fn name(&self) -> &str {
        NAME
    }
}

impl MediaLine for Line {
    fn admit(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<(), Rejected> {
        match self.upgrades {
            Upgrades::Required if !self.keyring.proves_upgrade(request) => Err(UNAUTHENTIC),
            Upgrades::Required | Upgrades::Advisory | Upgrades::Off => Ok(()),
        }
    }

    fn doubts(&self, request: &WebhookRequest) -> bool {
        self.upgrades == Upgrades::Advisory && !self.keyring.proves_upgrade(request)
    }

    fn read(&self, message: &Bytes) -> Result<FromLine, BadMessage> {
        Ok(match frames::read(message)? {
            Frame::Media(sound) => FromLine::Sound(sound),
            Frame::Digit(key) => FromLine::Digit(key),
            Frame::Mark(name) => FromLine::Marked(name),
            Frame::Stop => FromLine::Ended,
            Frame::Clear | Frame::Other => FromLine::Nothing,
            Frame::Start(opening) => {
                // Another account's stream, or one that is not written as it must be, is no stream of ours.
                let ours = opening.account.as_deref().is_none_or(|account| self.keyring.knows(account));
                let usual = opening.encoding.as_deref().is_none_or(|encoding| encoding == ENCODING)
                    && opening.rate.is_none_or(|rate| rate == AudioFormat::Mulaw8k.rate());
                if !(ours && usual) {
                    return Err(BadMessage);
                }
                FromLine::Started(Box::new(LineStart {
                    stream: opening.stream,
                    provider_call_id: opening.call,
                    parameters: opening.parameters,
                    format: AudioFormat::Mulaw8k,
                }))
            }
        })
    }

    fn write(&self, stream: &str, told: ToLine<'_>) -> Bytes {
        frames::write(Casing::Camel, stream, told)
    }

    fn pieces(&self) -> Pieces {
        PIECES
    }
}
