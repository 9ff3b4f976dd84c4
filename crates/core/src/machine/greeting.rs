//! A caller who is greeted at once while a voice is made ready, and then handed to an agent that speaks with it.
//!
//! ```text
//! Received ──► Greeting ──► clone ready | clone failed | waited too long ──► AgentStarted ──► Ended
//!     └──────────────────── nothing to wait for ────────────────────────────►      ▲
//!                              hung up, whenever that is ──────────────────────────┘ (from every stage)
//! ```

use crate::{id::CallId, ports::VoiceId};
use serde::{Deserialize, Serialize};

/// How far a greeted call has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It rings; nothing was decided yet.
    #[default]
    Received,
    /// It is greeted, and a voice is being made ready.
    Greeting,
    /// The agent was asked for.
    AgentStarted,
    /// The caller has hung up.
    Ended,
}

/// What ended the greeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// There was nothing to wait for: a voice was there already, or none is to be made.
    AtOnce,
    /// The voice was ready in time.
    CloneReady,
    /// No voice came of it.
    CloneFailed,
    /// It took longer than a caller can be asked to wait.
    TimedOut,
}

impl Turn {
    /// The name in counters and in the timeline.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AtOnce => "at_once",
            Self::CloneReady => "clone_ready",
            Self::CloneFailed => "clone_failed",
            Self::TimedOut => "timed_out",
        }
    }
}

/// A greeted call, as far as its greeting goes. Kept with the call; no personal data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// How far it has come.
    pub stage: Stage,
    /// What ended the greeting, once it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    /// The call by which the caller is greeted, where that is a call of its own. Where the agent greets it is the agent's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting_call: Option<CallId>,
    /// The call by which the agent speaks with the caller, where that is a call of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_call: Option<CallId>,
}

/// Whether there is a voice for a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prospect {
    /// There is one already.
    Ready(VoiceId),
    /// One may be made.
    Clone,
    /// None is to be made: nobody permitted it, or it is not wanted.
    Plain,
}

/// What happens to a greeted call. Each may be told again, and in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Somebody rings.
    Incoming(Prospect),
    /// The voice is ready.
    CloneReady(VoiceId),
    /// No voice comes of it.
    CloneFailed,
    /// The caller has waited for as long as can be asked of them.
    WaitOver,
    /// The caller has hung up.
    CallEnded,
}

/// Whose voice the agent speaks with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spoken {
    /// The one that was made.
    Cloned(VoiceId),
    /// The one that greets, because none is to be made.
    Greeting,
    /// The one that greets, because the other one did not come in time or at all.
    Fallback,
}

/// What is to be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Greet the caller.
    Greet,
    /// Make their voice ready.
    Clone,
    /// Come back when they have waited long enough.
    Wait,
    /// Let the agent speak with them.
    StartAgent {
        /// Whose voice it speaks with.
        voice: Spoken,
        /// Whether it greets them, because nothing else did.
        greets: bool,
    },
    /// Nothing of what was asked for is wanted any more.
    Cancel,
}

impl Greeting {
    /// Moves a greeted call by one input. Total: what comes late, again or out of order changes nothing.
    #[must_use]
    pub fn advance(mut self, input: Input) -> (Self, Vec<Output>) {
        use Stage::{AgentStarted, Ended, Greeting, Received};
        let (turn, voice) = match (self.stage, input) {
            (Ended, _) => return (self, Vec::new()),
            (_, Input::CallEnded) => {
                // Whoever hung up before they were heard of has nothing pending.
                let pending = self.stage != Received;
                self.stage = Ended;
                return (self, if pending { vec![Output::Cancel] } else { Vec::new() });
            }
            (Received, Input::Incoming(Prospect::Clone)) => {
                self.stage = Greeting;
                return (self, vec![Output::Greet, Output::Clone, Output::Wait]);
            }
            (Received, Input::Incoming(Prospect::Ready(voice))) => (Turn::AtOnce, Spoken::Cloned(voice)),
            (Received, Input::Incoming(Prospect::Plain)) => (Turn::AtOnce, Spoken::Greeting),
            (Greeting, Input::CloneReady(voice)) => (Turn::CloneReady, Spoken::Cloned(voice)),
            (Greeting, Input::CloneFailed) => (Turn::CloneFailed, Spoken::Fallback),
            (Greeting, Input::WaitOver) => (Turn::TimedOut, Spoken::Fallback),
            (Received | Greeting | AgentStarted, _) => return (self, Vec::new()),
        };
        let greets = self.stage == Received;
        self.stage = AgentStarted;
        self.turn = Some(turn);
        (self, vec![Output::StartAgent { voice, greets }])
    }
}
