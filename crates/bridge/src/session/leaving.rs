//! How a conversation comes to its end: the last words are heard first.

use super::Session;
use frontdesk_core::ports::{AfterTool, TalkEnd, ToAgent, ToolAnswer};
use std::time::Duration;
use tokio::time::Instant;

pub(super) enum Leaving {
    No,
    /// The agent was told that the call goes elsewhere, and says its last words.
    Farewell {
        end: TalkEnd,
        /// When they count as said.
        quiet_at: Instant,
        latest: Instant,
    },
    /// They were said; now they are heard.
    Draining {
        end: TalkEnd,
        mark: String,
        latest: Instant,
    },
}

impl Leaving {
    pub(super) fn is_no(&self) -> bool {
        matches!(self, Self::No)
    }

    pub(super) fn is_draining(&self) -> bool {
        matches!(self, Self::Draining { .. })
    }

    pub(super) fn end(&self) -> Option<TalkEnd> {
        match self {
            Self::No => None,
            Self::Farewell { end, .. } | Self::Draining { end, .. } => Some(*end),
        }
    }

    pub(super) fn due(&self) -> Option<Instant> {
        match self {
            Self::No => None,
            Self::Farewell { quiet_at, latest, .. } => Some(*quiet_at.min(latest)),
            Self::Draining { latest, .. } => Some(*latest),
        }
    }

    /// The agent goes on speaking.
    pub(super) fn spoke(&mut self, now: Instant, pause: Duration) {
        if let Self::Farewell { quiet_at, .. } = self {
            *quiet_at = now + pause;
        }
    }

    /// The caller speaks into the last words: those that are being heard are over.
    pub(super) fn interrupted(&mut self, now: Instant, pause: Duration) -> Option<TalkEnd> {
        self.spoke(now, pause);
        if self.is_draining() { self.end() } else { None }
    }

    /// A mark came back; tells whether it was the last one.
    pub(super) fn marked(&self, name: &str) -> Option<TalkEnd> {
        match self {
            Self::Draining { end, mark, .. } if mark == name => Some(*end),
            _ => None,
        }
    }
}

impl Session {
    /// A wish was met, or was not.
    pub(super) fn answered(&mut self, id: String, answer: ToolAnswer, now: Instant) {
        let then = answer.then.filter(|_| !answer.failed);
        self.hearing.word(ToAgent::Tool { id, answer });
        if let Some(then) = then
            && self.leaving.is_no()
        {
            let settings = &self.shared.settings;
            self.leaving = Leaving::Farewell {
                end: match then {
                    AfterTool::Transfer => TalkEnd::Transfer,
                    AfterTool::HangUp => TalkEnd::AgentDone,
                },
                quiet_at: now + settings.farewell_within,
                latest: now + settings.farewell_longest,
            };
        }
    }

    /// Nothing more is said: what was said is heard to its end.
    pub(super) fn drain(&mut self, now: Instant) {
        if !self.leaving.is_draining() {
            let end = self.leaving.end().unwrap_or(TalkEnd::AgentDone);
            let slack = self.wire.carrier.slack(self.shared.settings.heard_within);
            let latest = now + self.lane.left(now) + slack;
            self.leaving = Leaving::Draining { end, mark: self.lane.mark(), latest };
        }
    }

    pub(super) fn leave_on_time(&mut self, now: Instant) -> Option<TalkEnd> {
        if self.leaving.due().is_none_or(|due| now < due) {
            return None;
        }
        if let Leaving::Draining { end, .. } = self.leaving {
            return Some(end);
        }
        self.drain(now);
        None
    }
}
