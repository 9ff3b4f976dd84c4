use super::{Port, PortResult};
use crate::{
    id::{CallId, EffectId},
    personal::{PersonName, Phone},
    speech::Language,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A vendor's id for a voice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VoiceId(pub String);

/// A person's permission to clone their voice. Without one nothing is cloned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Who gave it.
    pub by: PersonName,
    /// What for.
    pub purpose: String,
    /// When.
    pub given_at: DateTime<Utc>,
    /// Until when; the clone is deleted then.
    pub expires_at: DateTime<Utc>,
}

/// A voice to be cloned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloneRequest {
    /// The name it gets at the vendor.
    pub label: String,
    /// Sound samples with their media types.
    pub samples: Vec<(String, Vec<u8>)>,
    /// The permission; checked by the adapter once more.
    pub consent: Consent,
    /// The time of the request, to hold against the consent's expiry.
    pub now: DateTime<Utc>,
}

/// Clones voices.
///
/// # Behaviour
/// - An expired consent answers [`super::Trouble::Refused`] and clones nothing.
/// - Deleting what is not there is fine.
#[async_trait]
pub trait VoiceCloner: Port {
    /// Makes a voice.
    ///
    /// # Errors
    /// [`super::PortError`]; its `happened` says whether the vendor may have made it.
    async fn clone_voice(&self, request: &CloneRequest, effect: &EffectId) -> PortResult<VoiceId>;

    /// Deletes a voice at the vendor.
    ///
    /// # Errors
    /// [`super::PortError`]; it may be tried again at any time.
    async fn delete(&self, voice: &VoiceId) -> PortResult<()>;
}

/// What an agent is told when a call is put through to it.
#[derive(Debug, Clone)]
pub struct AgentStart {
    /// Which call.
    pub call_id: CallId,
    /// Who is on the line.
    pub caller: Phone,
    /// Their name, where known.
    pub name: Option<PersonName>,
    /// Their language.
    pub language: Language,
    /// The voice to speak with, where the agent allows it.
    pub voice: Option<VoiceId>,
}

/// A conversation with an agent; audio is mu-law, 8 kHz, mono.
#[async_trait]
pub trait AgentSession: Send {
    /// Gives the agent what the caller said.
    ///
    /// # Errors
    /// [`super::PortError`] when the conversation is over.
    async fn hear(&mut self, frame: &[u8]) -> PortResult<()>;

    /// Waits for what the agent says next; `None` when it has hung up.
    ///
    /// # Errors
    /// [`super::PortError`] when the conversation broke off.
    async fn speak(&mut self) -> PortResult<Option<Vec<u8>>>;
}

/// Holds a live conversation with a caller.
#[async_trait]
pub trait VoiceAgent: Port {
    /// Begins a conversation.
    ///
    /// # Errors
    /// [`super::PortError`] when the agent cannot be had.
    async fn converse(&self, start: AgentStart) -> PortResult<Box<dyn AgentSession>>;
}
