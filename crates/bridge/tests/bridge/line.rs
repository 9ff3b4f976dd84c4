//! A line that writes as Twilio does, who is on it, and where it rings: for the laws and for the bench.

use axum::{Router, serve::ListenerExt};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    frames::{self, Casing, Frame},
    id::CallId,
    personal::Phone,
    ports::{
        AgentStart, BadMessage, Caller, FromLine, LineStart, MediaLine, Pieces, Port, Rejected, ToLine, WebhookRequest,
    },
    sound::AudioFormat,
    speech::Language,
};
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// The name of the line, and so of its path.
pub(crate) const PROVIDER: &str = "pretended";

/// Takes sound of any length, like Twilio.
pub(crate) const ANY: Pieces = Pieces { least: 1, most: 8_000, step: 1, ahead: None };

pub(crate) struct Line {
    pub(crate) format: AudioFormat,
    pub(crate) pieces: Pieces,
}

impl Port for Line {
    fn name(&self) -> &str {
        PROVIDER
    }
}

impl MediaLine for Line {
    fn admit(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<(), Rejected> {
        let signed = request.header("x-signature") == Some(request.url.as_str());
        if signed { Ok(()) } else { Err(Rejected::Unauthentic(403)) }
    }

    fn read(&self, message: &Bytes) -> Result<FromLine, BadMessage> {
        Ok(match frames::read(message)? {
            Frame::Media(sound) => FromLine::Sound(sound),
            Frame::Digit(key) => FromLine::Digit(key),
            Frame::Mark(name) => FromLine::Marked(name),
            Frame::Stop => FromLine::Ended,
            Frame::Clear | Frame::Other => FromLine::Nothing,
            Frame::Start(opening) => FromLine::Started(Box::new(LineStart {
                stream: opening.stream,
                provider_call_id: opening.call,
                parameters: opening.parameters,
                format: self.format,
            })),
        })
    }

    fn write(&self, stream: &str, told: ToLine<'_>) -> Bytes {
        frames::write(Casing::Camel, stream, told)
    }

    fn pieces(&self) -> Pieces {
        self.pieces
    }
}

pub(crate) fn call_of(token: &str) -> CallId {
    CallId::derive(DateTime::UNIX_EPOCH, &[token])
}

/// What an agent is told of whoever has this token.
pub(crate) fn brief(token: &str, start: &LineStart) -> AgentStart {
    AgentStart {
        call_id: call_of(token),
        provider_call_id: Some(start.provider_call_id.clone()),
        from: Phone::anonymous(),
        to: Phone::unknown(),
        caller: Caller {
            business: "clinic".to_owned(),
            business_name: "The clinic".to_owned(),
            time_zone: chrono_tz::Tz::UTC,
            language: Language::En,
            name: None,
            next: None,
        },
        voice: None,
        line: start.format,
    }
}

/// Begins to serve these routes; gives where.
pub(crate) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let listener = listener.tap_io(|tcp| tcp.set_nodelay(true).unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
