use crate::{id::CallId, ports::VoiceId};
use serde::{Deserialize, Serialize};

/// A call that an agent's vendor is to place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentCall {
    /// The call on which whoever is rung rang us. Nobody is rung once it is over.
    pub caller: CallId,
    /// Of which business.
    pub business: String,
    /// Whether it only greets, while a voice is made ready.
    pub greeting: bool,
    /// Whether its first words are the greeting.
    pub greets: bool,
    /// The voice that was made for the caller; the one that greets where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloned: Option<VoiceId>,
    /// Whether a voice was to be made, and did not come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fallback: bool,
    /// The call that greeted them, where another one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting_call: Option<CallId>,
}
