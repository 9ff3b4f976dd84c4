use super::{Port, PortResult};
use crate::{id::EffectId, personal::PersonName};
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
/// - Asked again for the same effect, it looks whether it made that voice before, and gives that one: it makes no second.
/// - Deleting what is not there is fine.
#[async_trait]
pub trait VoiceCloner: Port {
    /// Makes a voice.
    ///
    /// # Errors
    /// [`super::PortError`]; its `happened` says whether the vendor may have made it.
    async fn clone_voice(&self, request: &CloneRequest, effect: &EffectId) -> PortResult<VoiceId>;

    /// The voice that this effect made, where the vendor knows it: for a request that was not answered. `None` proves
    /// nothing while the vendor may still be at it.
    ///
    /// # Errors
    /// [`super::PortError`]; [`super::Trouble::Unsupported`] where the vendor cannot be asked.
    async fn find(&self, _effect: &EffectId) -> PortResult<Option<VoiceId>> {
        Err(super::PortError::unsupported(self.name(), "look up a voice by what made it"))
    }

    /// Deletes a voice at the vendor.
    ///
    /// # Errors
    /// [`super::PortError`]; it may be tried again at any time.
    async fn delete(&self, voice: &VoiceId) -> PortResult<()>;
}

/// What is said when an agent places a call itself ([`super::PlaceCall::agent`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentBrief {
    /// The voice it speaks with, where the agent allows another one than its own.
    pub voice: Option<VoiceId>,
    /// Its first words, where they are not its own.
    pub greeting: Option<String>,
    /// What it is told besides: names and plain values, which come back with what it collects.
    pub variables: Vec<(String, String)>,
}
