//! What passes between a conversation and its carrier's side.

use super::{
    BATCH, Session,
    carrier::{Came, Carrier},
};
use crate::{lane::Out, meters::record, settings::Settings};
use frontdesk_core::ports::{FromLine, TalkEnd, ToAgent};
use std::{
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::Instant;

pub(super) struct Wire {
    pub(super) carrier: Carrier,
    /// When something understandable came.
    heard: Instant,
    /// Since when the carrier takes nothing.
    blocked_since: Option<Instant>,
    /// Something was written that may still be here.
    unflushed: bool,
    ping: Option<(Duration, Instant)>,
}

impl Wire {
    pub(super) fn new(carrier: Carrier, ping: Option<Duration>, now: Instant) -> Self {
        let ping = ping.map(|every| (every, now + every));
        Self { carrier, heard: now, blocked_since: None, unflushed: false, ping }
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

    fn ping_due(&mut self, now: Instant) -> bool {
        match self.ping.as_mut().filter(|(_, at)| *at <= now) {
            Some((every, at)) => {
                *at = now + *every;
                true
            }
            None => false,
        }
    }

    /// `None` when the carrier's side is broken.
    fn poll_room(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<Option<()>> {
        match self.carrier.poll_ready(cx) {
            Poll::Pending => {
                self.blocked_since.get_or_insert(now);
                Poll::Pending
            }
            Poll::Ready(ready) => {
                self.blocked_since = None;
                Poll::Ready(ready.then_some(()))
            }
        }
    }

    /// `None` when the carrier's side is broken.
    fn flush(&mut self, cx: &mut Context<'_>, now: Instant) -> Option<()> {
        if !self.unflushed {
            return Some(());
        }
        match self.carrier.poll_flush(cx) {
            Poll::Pending => {
                self.blocked_since.get_or_insert(now);
                Some(())
            }
            Poll::Ready(flushed) => {
                self.blocked_since = None;
                self.unflushed = false;
                flushed.then_some(())
            }
        }
    }
}

impl Session {
    /// Hears what the carrier tells.
    pub(super) fn poll_line(&mut self, cx: &mut Context<'_>, now: Instant, more: &mut bool) -> Option<TalkEnd> {
        for _ in 0..BATCH {
            match self.wire.carrier.poll_came(cx) {
                Poll::Pending => return None,
                Poll::Ready(Came::Told(told)) => {
                    if let Some(end) = self.heard(told, now) {
                        return Some(end);
                    }
                }
                Poll::Ready(Came::Malformed) => self.meters.malformed.increment(1),
                Poll::Ready(Came::Sign) => {}
                Poll::Ready(Came::Broken) => return Some(self.broken()),
            }
        }
        *more = true;
        None
    }

    fn heard(&mut self, told: FromLine, now: Instant) -> Option<TalkEnd> {
        self.wire.heard = now;
        match told {
            FromLine::Sound(sound) => {
                self.meters.from_line.increment(1);
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
            let sent = if self.wire.ping_due(now) {
                self.wire.carrier.ping()
            } else {
                let Some(out) = self.lane.next(now) else { break };
                self.note(&out, now);
                self.wire.carrier.send(&out)
            };
            self.wire.unflushed = true;
            if !sent {
                return Some(self.broken());
            }
        }
        if self.wire.flush(cx, now).is_none() { Some(self.broken()) } else { None }
    }

    fn note(&mut self, out: &Out, now: Instant) {
        match out {
            Out::Clear(since) => self.meters.clear.record(now.saturating_duration_since(*since).as_secs_f64()),
            Out::Sound(_) => {
                self.meters.to_line.increment(1);
                if let Some(first) = self.notes.sent(now) {
                    record(&self.meters.first_word, first);
                }
            }
            Out::Mark(_) => {}
        }
    }
}
