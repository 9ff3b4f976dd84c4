//! The carrier's side of a conversation, as the session sees it: whoever opened it.

use crate::lane::Out;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use frontdesk_core::ports::{FromLine, LiveLine, MediaLine, Pieces, ToLine};
use futures_util::{Sink, StreamExt};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

/// How much longer than its length the last sound takes on a line that tells nothing of what was heard.
const ON_THE_WAY: Duration = Duration::from_millis(200);

#[expect(clippy::large_enum_variant, reason = "there is one a call, and the larger one is what most calls have")]
pub(crate) enum Carrier {
    /// The carrier has opened a socket, and speaks the language of its line there.
    Socket {
        socket: WebSocket,
        line: Arc<dyn MediaLine>,
        /// The carrier's name for the stream.
        stream: String,
    },
    /// An adapter has opened the ways of the sound.
    Line(Box<dyn LiveLine>),
}

/// What comes from the carrier.
pub(super) enum Came {
    Told(FromLine),
    /// Nothing of the carrier's language.
    Malformed,
    /// A sign of life of the socket's.
    Sign,
    /// There is nothing there any more.
    Broken,
}

impl Carrier {
    pub(super) fn pieces(&self) -> Pieces {
        match self {
            Self::Socket { line, .. } => line.pieces(),
            Self::Line(line) => line.pieces(),
        }
    }

    /// How much longer than its length the last sound may take to be heard, of those for whom marks are brought back at the
    /// most this long.
    pub(super) fn slack(&self, marked: Duration) -> Duration {
        match self {
            Self::Socket { .. } => marked,
            Self::Line(_) => ON_THE_WAY,
        }
    }

    pub(super) fn poll_came(&mut self, cx: &mut Context<'_>) -> Poll<Came> {
        Poll::Ready(match self {
            Self::Socket { socket, line, .. } => match ready!(socket.poll_next_unpin(cx)) {
                Some(Ok(Message::Text(text))) => line.read(&text.into()).map_or(Came::Malformed, Came::Told),
                Some(Ok(Message::Binary(_))) => Came::Malformed,
                // Pings are answered by the library.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => Came::Sign,
                Some(Ok(Message::Close(_)) | Err(_)) | None => Came::Broken,
            },
            Self::Line(line) => ready!(line.poll_told(cx)).map_or(Came::Broken, Came::Told),
        })
    }

    /// Waits until it takes more; `false` when it is broken.
    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        match self {
            Self::Socket { socket, .. } => Pin::new(socket).poll_ready(cx).map(|ready| ready.is_ok()),
            Self::Line(line) => line.poll_ready(cx),
        }
    }

    /// `false` when it is broken.
    pub(super) fn send(&mut self, out: &Out) -> bool {
        let told = match out {
            Out::Clear(_) => ToLine::Clear,
            Out::Sound(sound) => ToLine::Sound(sound),
            Out::Mark(name) => ToLine::Mark(name),
        };
        match (self, told) {
            (Self::Socket { socket, line, stream }, told) => {
                // What a line writes is JSON.
                let text = Utf8Bytes::try_from(line.write(stream, told)).unwrap_or_default();
                Pin::new(socket).start_send(Message::Text(text)).is_ok()
            }
            // Our own sound: it decodes.
            (Self::Line(line), ToLine::Sound(sound)) => line.send(sound.decode().unwrap_or_default()),
            // It keeps little that could be dropped, and tells nothing of what was heard.
            (Self::Line(_), ToLine::Clear | ToLine::Mark(_)) => true,
        }
    }

    /// `false` when it is broken.
    pub(super) fn ping(&mut self) -> bool {
        match self {
            Self::Socket { socket, .. } => Pin::new(socket).start_send(Message::Ping(Bytes::new())).is_ok(),
            Self::Line(_) => true,
        }
    }

    /// Sends on what was written; `false` when it is broken.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        match self {
            Self::Socket { socket, .. } => Pin::new(socket).poll_flush(cx).map(|flushed| flushed.is_ok()),
            Self::Line(_) => Poll::Ready(true),
        }
    }
}
