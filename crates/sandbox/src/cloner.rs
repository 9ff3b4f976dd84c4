//! Voices, made of sound and of somebody's permission.

use crate::{NAME, Sandbox};
use async_trait::async_trait;
use frontdesk_core::{
    id::EffectId,
    ports::{CloneRequest, Happened, PortError, PortResult, Trouble, VoiceCloner, VoiceId},
};

/// Looked at before anybody is asked: without a permission nothing of a person leaves the house.
fn permitted(request: &CloneRequest) -> PortResult<()> {
    let refuse = |why: &str| Err(PortError::new(NAME, Happened::No, Trouble::Refused, why));
    let consent = &request.consent;
    if consent.expires_at <= request.now || consent.given_at > request.now {
        return refuse("the consent does not hold at this time; ask the person for a new one");
    }
    if request.samples.iter().all(|(_, sound)| sound.is_empty()) {
        return refuse("there is no sound to make a voice from; give at least one sample");
    }
    Ok(())
}

#[async_trait]
impl VoiceCloner for Sandbox {
    async fn clone_voice(&self, request: &CloneRequest, effect: &EffectId) -> PortResult<VoiceId> {
        permitted(request)?;
        let bytes = request.samples.iter().map(|(_, sound)| sound.len()).sum();
        self.client.make_voice(bytes, effect).await.map(VoiceId)
    }

    async fn find(&self, effect: &EffectId) -> PortResult<Option<VoiceId>> {
        Ok(self.client.find_voice(effect).await?.map(VoiceId))
    }

    async fn delete(&self, voice: &VoiceId) -> PortResult<()> {
        self.client.delete_voice(&voice.0).await
    }
}
