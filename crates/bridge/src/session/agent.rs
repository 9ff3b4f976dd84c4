//! The agent's side of a conversation.

use super::{BATCH, Session};
use crate::{bridge::Shared, hearing::Next, meters::record, settings::Settings, sound::Converter, tools::Tools};
use frontdesk_core::{
    ports::{
        AgentEar, AgentMouth, AgentSession, AgentStart, FromAgent, Happened, PortError, PortResult, TalkEnd, ToAgent,
        Trouble,
    },
    sound::AudioFormat,
};
use futures_util::{FutureExt, future::BoxFuture};
use std::{
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, timeout};
use tokio_util::sync::ReusableBoxFuture;

/// How long an agent may take to say why it listens no more, and to hear that a conversation is over.
const LAST_WORD: Duration = Duration::from_secs(2);

pub(super) struct Agent {
    phase: Phase,
    /// It was lost once already.
    again: bool,
    /// It gave sound.
    spoke: bool,
    last_sign: Instant,
}

enum Phase {
    Coming(BoxFuture<'static, PortResult<AgentSession>>),
    There(Box<There>),
    Gone,
}

struct There {
    /// `None` while it is being told something, and once it listens no more.
    ear: Option<Box<dyn AgentEar>>,
    telling: Busy<dyn AgentEar, ()>,
    telling_since: Option<Instant>,
    /// It said that it listens no more.
    deaf_since: Option<Instant>,
    mouth: Busy<dyn AgentMouth, Option<FromAgent>>,
    mouth_closed: bool,
    to_agent: Converter,
    to_line: Converter,
}

/// A half of a conversation that is busy, and what comes of it.
type Busy<Half, Told> = ReusableBoxFuture<'static, (Box<Half>, PortResult<Told>)>;

async fn next(mut mouth: Box<dyn AgentMouth>) -> (Box<dyn AgentMouth>, PortResult<Option<FromAgent>>) {
    let said = mouth.next().await;
    (mouth, said)
}

async fn tell(mut ear: Box<dyn AgentEar>, told: ToAgent) -> (Box<dyn AgentEar>, PortResult<()>) {
    let told = ear.tell(told).await;
    (ear, told)
}

fn converse(shared: &Arc<Shared>, brief: &AgentStart) -> BoxFuture<'static, PortResult<AgentSession>> {
    let (agent, brief) = (Arc::clone(&shared.agent), brief.clone());
    let within = shared.settings.converse_within;
    async move {
        timeout(within, agent.converse(&brief)).await.unwrap_or_else(|_| {
            Err(PortError::new(agent.name(), Happened::Maybe, Trouble::Unavailable, "the agent did not answer in time"))
        })
    }
    .boxed()
}

impl Agent {
    pub(super) fn new(shared: &Arc<Shared>, brief: &AgentStart, now: Instant) -> Self {
        Self { phase: Phase::Coming(converse(shared, brief)), again: false, spoke: false, last_sign: now }
    }

    /// When it counts as lost, if nothing happens. How long it may take to come is bounded elsewhere.
    pub(super) fn lost_at(&self, settings: &Settings) -> Option<Instant> {
        let Phase::There(there) = &self.phase else { return None };
        let quiet = self.last_sign + settings.agent_quiet;
        let stalled = there.telling_since.map(|since| since + settings.stalled);
        let deaf = there.deaf_since.map(|since| since.max(self.last_sign) + LAST_WORD);
        [stalled, deaf].into_iter().flatten().fold(quiet, Instant::min).into()
    }

    pub(super) fn hears(&self) -> bool {
        match &self.phase {
            Phase::Coming(_) => true,
            Phase::There(there) => there.deaf_since.is_none(),
            Phase::Gone => false,
        }
    }

    /// Tells it that the conversation is over, as far as it can be told.
    pub(super) fn hang_up(self) -> impl Future<Output = ()> + Send + 'static {
        let ear = match self.phase {
            Phase::There(there) => there.ear,
            Phase::Coming(_) | Phase::Gone => None,
        };
        async move {
            if let Some(mut ear) = ear {
                let _ = timeout(LAST_WORD, ear.hang_up()).await;
            }
        }
    }
}

impl There {
    fn new(session: AgentSession, line: AudioFormat) -> Option<Self> {
        Some(Self {
            to_agent: Converter::new(line, session.hears)?,
            to_line: Converter::new(session.speaks, line)?,
            ear: Some(session.ear),
            telling: ReusableBoxFuture::new(std::future::pending()),
            telling_since: None,
            deaf_since: None,
            mouth: ReusableBoxFuture::new(next(session.mouth)),
            mouth_closed: false,
        })
    }

    fn poll_mouth(&mut self, cx: &mut Context<'_>) -> Poll<PortResult<Option<FromAgent>>> {
        if self.mouth_closed {
            return Poll::Pending;
        }
        let (mouth, said) = ready!(self.mouth.poll(cx));
        if let Ok(Some(_)) = said {
            self.mouth.set(next(mouth));
        } else {
            self.mouth_closed = true;
        }
        Poll::Ready(said)
    }
}

impl Session {
    pub(super) fn poll_agent(&mut self, cx: &mut Context<'_>, now: Instant, more: &mut bool) -> Option<TalkEnd> {
        for _ in 0..BATCH {
            let said = match &mut self.agent.phase {
                Phase::Gone => return None,
                Phase::Coming(coming) => match coming.as_mut().poll(cx) {
                    Poll::Pending => return None,
                    Poll::Ready(Ok(session)) => {
                        if let Some(end) = self.came(session, now) {
                            return Some(end);
                        }
                        continue;
                    }
                    Poll::Ready(Err(error)) => Err(error),
                },
                Phase::There(there) => match there.poll_mouth(cx) {
                    Poll::Pending => return None,
                    Poll::Ready(said) => said,
                },
            };
            let end = match said {
                Ok(Some(said)) => self.said(said, now),
                Ok(None) => self.fell_silent(now),
                Err(error) => {
                    tracing::warn!(%error, "a voice agent broke off");
                    self.lost(error.retryable(), now)
                }
            };
            if end.is_some() {
                return end;
            }
        }
        *more = true;
        None
    }

    fn came(&mut self, session: AgentSession, now: Instant) -> Option<TalkEnd> {
        self.notes.conversation(session.conversation.clone());
        self.agent.last_sign = now;
        match There::new(session, self.brief.line) {
            Some(there) => {
                self.agent.phase = Phase::There(Box::new(there));
                None
            }
            None => {
                tracing::error!(
                    agent = self.shared.agent.name(),
                    "the agent speaks at a rate that cannot be converted"
                );
                self.agent.phase = Phase::Gone;
                Some(TalkEnd::AgentLost)
            }
        }
    }

    fn said(&mut self, said: FromAgent, now: Instant) -> Option<TalkEnd> {
        self.agent.last_sign = now;
        match said {
            FromAgent::Sound(sound) => {
                if let Some(turn) = self.notes.sound(now) {
                    record(&self.meters.turn, turn);
                }
                self.agent.spoke = true;
                self.leaving.spoke(now, self.shared.settings.farewell_pause);
                let Phase::There(there) = &mut self.agent.phase else { return None };
                let taken = if self.leaving.is_draining() {
                    // Its last word was said.
                    true
                } else if self.lane.wants_raw() {
                    there.to_line.raw(&sound).map(|raw| self.lane.push_raw(raw, now)).is_some()
                } else {
                    there.to_line.text(sound).map(|sound| self.lane.push(sound)).is_some()
                };
                if !taken {
                    self.meters.malformed.increment(1);
                }
                None
            }
            FromAgent::Interrupted => {
                self.notes.interrupted();
                self.meters.interruptions.increment(1);
                self.lane.clear(now);
                if let Phase::There(there) = &mut self.agent.phase {
                    there.to_line.forget();
                }
                self.leaving.interrupted(now, self.shared.settings.farewell_pause)
            }
            FromAgent::Heard(said) => {
                self.notes.heard(&said, now);
                None
            }
            FromAgent::Says(said) => {
                self.notes.says(&said, now);
                None
            }
            FromAgent::Corrected(said) => {
                self.notes.corrected(&said, now);
                None
            }
            FromAgent::Wants(wish) => {
                if let Some((id, answer)) = self.tools.begin(&self.shared, self.brief.call_id, wish) {
                    self.answered(id, answer, now);
                }
                None
            }
            FromAgent::HungUp => self.fell_silent(now),
        }
    }

    /// It hung up, or its conversation is over without a word about it.
    fn fell_silent(&mut self, now: Instant) -> Option<TalkEnd> {
        if self.agent.spoke || !self.leaving.is_no() {
            self.drain(now);
            return None;
        }
        tracing::warn!(agent = self.shared.agent.name(), "a voice agent ended the conversation before its first word");
        self.agent.phase = Phase::Gone;
        Some(TalkEnd::AgentLost)
    }

    /// Another one is had where that may help and the caller has heard nothing yet.
    pub(super) fn lost(&mut self, retryable: bool, now: Instant) -> Option<TalkEnd> {
        self.agent.phase = Phase::Gone;
        if !self.leaving.is_no() {
            self.drain(now);
            return None;
        }
        if !retryable || self.agent.spoke || self.agent.again {
            return Some(TalkEnd::AgentLost);
        }
        // The new conversation knows of no wish of the old one. What was begun is done all the same, and nobody is told.
        self.tools = Tools::new(self.shared.settings.tools);
        self.hearing.forget_answers();
        self.agent.again = true;
        self.agent.last_sign = now;
        self.agent.phase = Phase::Coming(converse(&self.shared, &self.brief));
        None
    }

    /// Tells it what waits, as fast as it listens.
    pub(super) fn poll_ear(&mut self, cx: &mut Context<'_>, now: Instant) {
        let Phase::There(there) = &mut self.agent.phase else { return };
        loop {
            if there.telling_since.is_some() {
                match there.telling.poll(cx) {
                    Poll::Pending => return,
                    Poll::Ready((ear, Ok(()))) => there.ear = Some(ear),
                    Poll::Ready((_, Err(error))) => {
                        // Its other half says what that means: the last words may still be on the way.
                        tracing::debug!(%error, "a voice agent listens no more");
                        there.deaf_since = Some(now);
                    }
                }
                there.telling_since = None;
            }
            let Some(ear) = there.ear.take() else { return };
            let told = match self.hearing.next() {
                Some(Next::Word(word)) => Some(word),
                Some(Next::Sound(sound)) => there.to_agent.text(sound).map(ToAgent::Sound),
                None => {
                    there.ear = Some(ear);
                    return;
                }
            };
            match told {
                Some(told) => {
                    there.telling.set(tell(ear, told));
                    there.telling_since = Some(now);
                }
                None => {
                    self.meters.malformed.increment(1);
                    there.ear = Some(ear);
                }
            }
        }
    }
}
