//! A live conversation: one task, woken by whichever side has something, with everything that waits bounded.

mod agent;
mod carrier;
mod leaving;
mod line;

use crate::{
    bridge::Shared,
    hearing::Hearing,
    lane::{self, Lane},
    meters::Meters,
    notes::Notes,
    tools::Tools,
};
use agent::Agent;
pub(crate) use carrier::Carrier;
use frontdesk_core::ports::{AgentStart, Talk, TalkEnd};
use leaving::Leaving;
use line::Wire;
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// How much of one side is looked at before the other has its turn.
const BATCH: usize = 32;

pub(crate) struct Session {
    shared: Arc<Shared>,
    meters: Arc<Meters>,
    brief: AgentStart,
    wire: Wire,
    agent: Agent,
    hearing: Hearing,
    lane: Lane,
    tools: Tools,
    notes: Notes,
    leaving: Leaving,
    alarm: Alarm,
    stopping: Stopping,
    /// When the gateway waits no longer.
    stop_at: Option<Instant>,
    /// When the stream has lasted as long as any may.
    longest: Instant,
}

impl Session {
    pub(crate) fn new(
        shared: Arc<Shared>,
        meters: Arc<Meters>,
        carrier: Carrier,
        brief: AgentStart,
        began: Instant,
    ) -> Self {
        let settings = &shared.settings;
        let now = Instant::now();
        let pieces = carrier.pieces();
        Self {
            wire: Wire::new(carrier, settings.pings.get(meters.provider()).copied(), now),
            agent: Agent::new(&shared, &brief, now),
            hearing: Hearing::new(lane::bytes(brief.line, settings.unheard)),
            lane: Lane::new(pieces, brief.line, settings.ahead, settings.unsaid, now),
            tools: Tools::new(settings.tools),
            notes: Notes::new(began),
            leaving: Leaving::No,
            alarm: Alarm::new(now + settings.line_quiet),
            stopping: Stopping::new(shared.stopping.child_token()),
            stop_at: None,
            longest: began + settings.longest,
            shared,
            meters,
            brief,
        }
    }

    /// Goes on until the conversation is over.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<TalkEnd> {
        loop {
            if let Some(end) = self.pass(cx, Instant::now()) {
                return Poll::Ready(end);
            }
            let due = self.due();
            if self.alarm.poll(cx, due).is_pending() {
                return Poll::Pending;
            }
        }
    }

    fn pass(&mut self, cx: &mut Context<'_>, now: Instant) -> Option<TalkEnd> {
        if self.stop_at.is_none() && self.stopping.poll(cx) {
            self.stop_at = Some(now + self.shared.settings.drain);
        }
        // What voids sound comes before the sound is sent.
        let mut more = false;
        if let Some(end) = self.poll_agent(cx, now, &mut more) {
            return Some(end);
        }
        while let Poll::Ready((id, answer)) = self.tools.poll(cx) {
            self.answered(id, answer, now);
        }
        if let Some(end) = self.poll_line(cx, now, &mut more) {
            return Some(end);
        }
        self.poll_ear(cx, now);
        if let Some(end) = self.poll_wire(cx, now) {
            return Some(end);
        }
        if more {
            cx.waker().wake_by_ref();
        }
        // Every limit was later than the alarm when that was set, and those that were set since are yet to come.
        if now < self.alarm.sleep.deadline() { None } else { self.on_time(now) }
    }

    /// What has lasted too long.
    fn on_time(&mut self, now: Instant) -> Option<TalkEnd> {
        if self.stop_at.is_some_and(|at| at <= now) || self.longest <= now {
            return Some(TalkEnd::Stopped);
        }
        if self.wire.broken_at(&self.shared.settings) <= now {
            return Some(self.broken());
        }
        if let Some(end) = self.leave_on_time(now) {
            return Some(end);
        }
        if self.leaving.is_no() && self.agent.lost_at(&self.shared.settings).is_some_and(|at| at <= now) {
            tracing::warn!(agent = self.shared.agent.name(), "a voice agent gives no sign any more");
            return self.lost(true, now);
        }
        None
    }

    /// When there is something to do that nobody wakes us for.
    fn due(&self) -> Instant {
        let settings = &self.shared.settings;
        let agent = self.agent.lost_at(settings).filter(|_| self.leaving.is_no());
        let lane = self.lane.due().filter(|_| !self.wire.is_blocked());
        [self.stop_at, self.leaving.due(), agent, lane, self.wire.ping_at()]
            .into_iter()
            .flatten()
            .fold(self.longest.min(self.wire.broken_at(settings)), Instant::min)
    }

    /// The carrier says that the stream is over: the caller is gone. An agent that was done before is done all the same.
    fn caller_gone(&self) -> TalkEnd {
        match self.leaving.end() {
            Some(TalkEnd::AgentDone) => TalkEnd::AgentDone,
            _ => TalkEnd::CallerGone,
        }
    }

    /// The stream broke without a word of the carrier's about its end. The caller may well be on the line still: what was
    /// agreed is done, and otherwise they need somebody else.
    fn broken(&self) -> TalkEnd {
        self.leaving.end().unwrap_or(TalkEnd::AgentLost)
    }

    /// Takes it apart: what is kept of it, and who is still to be told that it is over.
    pub(crate) fn close(self, end: TalkEnd) -> (Talk, Carrier, impl Future<Output = ()> + Send + 'static) {
        let talk = self.notes.close(end, self.hearing.dropped + self.lane.dropped);
        (talk, self.wire.carrier, self.agent.hang_up())
    }
}

/// Whether the gateway stops. The task is woken by a future that is polled once, for a conversation never moves to another
/// task; asked with every frame, looking is cheaper than polling.
struct Stopping {
    token: CancellationToken,
    wake: Pin<Box<WaitForCancellationFutureOwned>>,
    asked: bool,
}

impl Stopping {
    fn new(token: CancellationToken) -> Self {
        Self { wake: Box::pin(token.clone().cancelled_owned()), token, asked: false }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        if std::mem::replace(&mut self.asked, true) {
            self.token.is_cancelled()
        } else {
            self.wake.as_mut().poll(cx).is_ready()
        }
    }
}

/// One timer for all limits. It is set anew only to ring earlier: most limits move away with every frame.
struct Alarm {
    sleep: Pin<Box<Sleep>>,
    rung: bool,
}

impl Alarm {
    fn new(at: Instant) -> Self {
        Self { sleep: Box::pin(sleep_until(at)), rung: false }
    }

    fn poll(&mut self, cx: &mut Context<'_>, due: Instant) -> Poll<()> {
        if self.rung || due < self.sleep.deadline() {
            self.sleep.as_mut().reset(due);
            self.rung = false;
        }
        let rung = self.sleep.as_mut().poll(cx);
        self.rung = rung.is_ready();
        rung
    }
}
