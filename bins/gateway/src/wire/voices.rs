//! Voices: what they are made of, and how long making one takes.

use crate::{config::Samples, failure::Failure};
use async_trait::async_trait;
use frontdesk_core::{
    id::EffectId,
    ports::{CloneRequest, Port, PortResult, VoiceCloner, VoiceId, VoiceSamples},
};
use frontdesk_samples::{Bucket, Folder};
use std::{sync::Arc, time::Instant};

/// Where samples are fetched from.
pub(super) fn samples(config: &Samples, http: reqwest::Client) -> Result<Arc<dyn VoiceSamples>, Failure> {
    Ok(match config {
        Samples::Folder(folder) => Arc::new(Folder::new(folder.clone())),
        Samples::Bucket(bucket) => {
            Arc::new(Bucket::new(bucket, http).map_err(|error| Failure::broken(error.to_string()))?)
        }
    })
}

/// Says how long each voice took, as `frontdesk_voice_clone_seconds{outcome}`.
pub(super) struct Timed(pub(super) Arc<dyn VoiceCloner>);

impl Port for Timed {
    fn name(&self) -> &str {
        self.0.name()
    }
}

#[async_trait]
impl VoiceCloner for Timed {
    async fn clone_voice(&self, request: &CloneRequest, effect: &EffectId) -> PortResult<VoiceId> {
        let begun = Instant::now();
        let made = self.0.clone_voice(request, effect).await;
        let outcome = if made.is_ok() { "made" } else { "failed" };
        ::metrics::histogram!("frontdesk_voice_clone_seconds", "outcome" => outcome)
            .record(begun.elapsed().as_secs_f64());
        made
    }

    async fn find(&self, effect: &EffectId) -> PortResult<Option<VoiceId>> {
        self.0.find(effect).await
    }

    async fn delete(&self, voice: &VoiceId) -> PortResult<()> {
        self.0.delete(voice).await
    }
}
