//! Live audio of the Voicebot applet, over a WebSocket. <https://developer.exotel.com/docs/agentstream/websocket-protocol>

use crate::{NAME, receive::Guard};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    frames::{self, Casing, Frame},
    ports::{BadMessage, FromLine, LineStart, MediaLine, Pieces, Port, Rejected, ToLine, WebhookRequest},
    sound::AudioFormat,
};

/// Samples a second where the applet's address asks for nothing else (`?sample-rate=`).
const RATE: u32 = 8_000;

/// The rates that the applet knows.
const RATES: [u32; 3] = [RATE, 16_000, 24_000];

/// What is sent in one message has 3,200 to 100,000 bytes, a multiple of 320: anything else leaves gaps. What comes much
/// faster than it is heard gets lost.
const PIECES: Pieces = Pieces { least: 3_200, most: 96_000, step: 320, ahead: Some(400) };

/// The language of Exotel's media streams: signed 16-bit little-endian samples, at the rate that the stream begins with.
#[derive(Debug, Clone)]
pub struct Line {
    guard: Guard,
}

impl Line {
    pub(crate) fn new(guard: Guard) -> Self {
        Self { guard }
    }
}

impl Port for Line {
    fn name(&self) -> &str {
        NAME
    }
}

impl MediaLine for Line {
    fn admit(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<(), Rejected> {
        self.guard.admit(request)
    }

    fn read(&self, message: &Bytes) -> Result<FromLine, BadMessage> {
        Ok(match frames::read(message)? {
            Frame::Media(sound) => FromLine::Sound(sound),
            Frame::Digit(key) => FromLine::Digit(key),
            Frame::Mark(name) => FromLine::Marked(name),
            Frame::Stop => FromLine::Ended,
            Frame::Clear | Frame::Other => FromLine::Nothing,
            Frame::Start(opening) => {
                let rate = opening.rate.unwrap_or(RATE);
                if !RATES.contains(&rate) {
                    return Err(BadMessage);
                }
                FromLine::Started(Box::new(LineStart {
                    stream: opening.stream,
                    provider_call_id: opening.call,
                    parameters: opening.parameters,
                    // Its name for it differs from page to page; there is no other.
                    format: AudioFormat::Pcm16(rate),
                }))
            }
        })
    }

    fn write(&self, stream: &str, told: ToLine<'_>) -> Bytes {
        frames::write(Casing::Snake, stream, told)
    }

    fn pieces(&self) -> Pieces {
        PIECES
    }
}
