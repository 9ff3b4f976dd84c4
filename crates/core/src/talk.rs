//! What is kept of a live conversation with a voice agent.

use crate::personal::Said;
use serde::{Deserialize, Serialize};

/// How a live conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TalkEnd {
    /// The agent said all it had to say.
    AgentDone,
    /// The caller hung up: the carrier said that the stream is over.
    CallerGone,
    /// The caller is to be put through to a person.
    Transfer,
    /// The agent could not be had, or broke off and could not be had again, or the stream broke: the caller may still be on
    /// the line, and needs somebody else.
    AgentLost,
    /// The gateway stops, or the call has lasted as long as any may.
    Stopped,
}

impl TalkEnd {
    /// Every end.
    pub const ALL: [Self; 5] = [Self::AgentDone, Self::CallerGone, Self::Transfer, Self::AgentLost, Self::Stopped];

    /// The name in the database, the API and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AgentDone => "agent_done",
            Self::CallerGone => "caller_gone",
            Self::Transfer => "transfer",
            Self::AgentLost => "agent_lost",
            Self::Stopped => "stopped",
        }
    }
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The agent.
    Agent,
    /// Whoever is on the line.
    Caller,
}

/// What is kept of a live conversation. It is personal, and goes when the person is forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Talk {
    /// The vendor's name for the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// How it ended.
    pub end: TalkEnd,
    /// What was said: after how many milliseconds, by whom, and what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<(u64, Speaker, Said)>,
    /// After how many milliseconds the caller heard the first word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_word_ms: Option<u64>,
    /// From what the agent understood to its first sound after it, in milliseconds, turn by turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns_ms: Vec<u64>,
    /// How often the caller spoke into the agent's words.
    #[serde(default)]
    pub interruptions: u32,
    /// Pieces of sound that were dropped because a side was slow.
    #[serde(default)]
    pub dropped: u64,
}

impl Talk {
    /// The turn latency that half of the turns stayed below, in milliseconds.
    #[must_use]
    pub fn usual_turn_ms(&self) -> Option<u64> {
        let mut turns = self.turns_ms.clone();
        turns.sort_unstable();
        turns.get(turns.len() / 2).copied()
    }
}
