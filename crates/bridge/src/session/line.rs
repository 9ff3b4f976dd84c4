//! The carrier's side of a conversation.

use super::{BATCH, Session};
use crate::{lane::Out, meters::record, settings::Settings};
use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use frontdesk_core::ports::{FromLine, TalkEnd, ToAgent, ToLine};
use futures_util::{Sink, StreamExt};
use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::Instant;

pub(super) struct Wire {
    pub(super) socket: WebSocket,
    /// When something understandable came.
    heard: Instant,
    /// Since when the carrier takes nothing.
    blocked_since: Option<Instant>,
    /// Something was written that may still be here.
    unflushed: bool,
    ping: Option<(Duration, Instant)>,
}

impl Wire {
    pub(super) fn new(socket: WebSocket, ping: Option<Duration>, now: Instant) -> Self {
        let ping = ping.map(|every| (every, now + every));
        Self { socket, heard: now, blocked_since: None, unflushed: false, ping }
    }

    /// When the stream counts as broken, if nothing happens.
    pub(super) fn broken_at(&self, settings: &Settings) -> Instant {
        let quiet = self.heard + settings.line_quiet;
        self.blocked_since.map_or(quiet, |since| quiet.min(since + settings.stalled))
    }

    pub(super) fn is_blocked(&self) -> bool {
        self.blocked_since.is_some()
    }

    pub(super) fn ping_at(&self) -> Option<Instant> {
        self.ping.map(|(_, at)| at).filter(|_| !self.is_blocked())
    }

    fn ping(&mut self, now: Instant) -> Option<Message> {
        let (every, at) = self.ping.as_mut().filter(|(_, at)| *at <= now)?;
        *at = now + *every;
        Some(Message::Ping(Bytes::new()))
    }

    /// `None` when the socket is broken.
    fn poll_room(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<Option<()>> {
        match Pin::new(&mut self.socket).poll_ready(cx) {
            Poll::Pending => {
                self.blocked_since.get_or_insert(now);
                Poll::Pending
            }
            Poll::Ready(ready) => {
                self.blocked_since = None;
                Poll::Ready(ready.ok())
            }
        }
    }

    fn send(&mut self, message: Message) -> Option<()> {
        self.unflushed = true;
        Pin::new(&mut self.socket).start_send(message).ok()
    }

    /// `None` when the socket is broken.
    fn flush(&mut self, cx: &mut Context<'_>, now: Instant) -> Option<()> {
        if !self.unflushed {
            return Some(());
        }
        match Pin::new(&mut self.socket).poll_flush(cx) {
            Poll::Pending => {
                self.blocked_since.get_or_insert(now);
                Some(())
            }
            Poll::Ready(flushed) => {
                self.blocked_since = None;
                self.unflushed = false;
                flushed.ok()
            }
        }
    }
}

impl Session {
    /// Hears what the carrier tells.
    pub(super) fn poll_line(&mut self, cx: &mut Context<'_>, now: Instant, more: &mut bool) -> Option<TalkEnd> {
        for _ in 0..BATCH {
            match self.wire.socket.poll_next_unpin(cx) {
                Poll::Pending => return None,
                Poll::Ready(Some(Ok(Message::Text(text)))) => {
                    if let Some(end) = self.heard(&text.into(), now) {
                        return Some(end);
                    }
                }
                Poll::Ready(Some(Ok(Message::Binary(_)))) => self.route.meters.malformed.increment(1),
                // Pings are answered by the library.
                Poll::Ready(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
                Poll::Ready(Some(Ok(Message::Close(_)) | Err(_)) | None) => return Some(self.broken()),
            }
        }
        *more = true;
        None
    }

    fn heard(&mut self, message: &Bytes, now: Instant) -> Option<TalkEnd> {
        let Ok(told) = self.route.line.read(message) else {
            self.route.meters.malformed.increment(1);
            return None;
        };
        self.wire.heard = now;
        match told {
            FromLine::Sound(sound) => {
                self.route.meters.from_line.increment(1);
                if self.agent.hears() {
                    self.hearing.sound(sound);
                }
            }
            FromLine::Digit(key) => self.hearing.word(ToAgent::Digit(key)),
            FromLine::Marked(name) => return self.leaving.marked(&name),
            FromLine::Ended => return Some(self.caller_gone()),
            // A stream begins once.
            FromLine::Started(_) | FromLine::Nothing => {}
        }
        None
    }

    /// Sends what may be sent.
    pub(super) fn poll_wire(&mut self, cx: &mut Context<'_>, now: Instant) -> Option<TalkEnd> {
        while self.lane.waits() || self.wire.ping.is_some_and(|(_, at)| at <= now) {
            match self.wire.poll_room(cx, now) {
                Poll::Pending => return None,
                Poll::Ready(None) => return Some(self.broken()),
                Poll::Ready(Some(())) => {}
            }
            let message = match self.wire.ping(now) {
                Some(ping) => ping,
                None => match self.lane.next(now) {
                    Some(out) => self.written(&out, now),
                    None => break,
                },
            };
            if self.wire.send(message).is_none() {
                return Some(self.broken());
            }
        }
        if self.wire.flush(cx, now).is_none() { Some(self.broken()) } else { None }
    }

    fn written(&mut self, out: &Out, now: Instant) -> Message {
        let meters = &self.route.meters;
        let told = match out {
            Out::Clear(since) => {
                meters.clear.record(now.saturating_duration_since(*since).as_secs_f64());
                ToLine::Clear
            }
            Out::Sound(sound) => {
                meters.to_line.increment(1);
                if let Some(first) = self.notes.sent(now) {
                    record(&meters.first_word, first);
                }
                ToLine::Sound(sound)
            }
            Out::Mark(name) => ToLine::Mark(name),
        };
        let text = self.route.line.write(&self.stream, told);
        // What a line writes is JSON.
        Message::Text(Utf8Bytes::try_from(text).unwrap_or_default())
    }
}
