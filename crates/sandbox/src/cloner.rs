use crate::NAME;
use frontdesk_core::{
    id::EffectId,
    ports::{CloneRequest, Happened, PortError, PortResult, Trouble, VoiceId},
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

const MAX_VOICES: usize = 1_000;

fn named(effect: &EffectId) -> VoiceId {
    VoiceId(format!("sandbox-voice-{effect}"))
}

/// Voices that exist as labels only.
#[derive(Default)]
pub(crate) struct Voices(Mutex<BTreeMap<String, String>>);

impl Voices {
    pub(crate) fn make(&self, request: &CloneRequest, effect: &EffectId) -> PortResult<VoiceId> {
        let refuse = |why: &str| PortError::new(NAME, Happened::No, Trouble::Refused, why);
        let consent = &request.consent;
        if consent.expires_at <= request.now || consent.given_at > request.now {
            return Err(refuse("the consent does not hold at this time; ask the person for a new one"));
        }
        if request.samples.iter().all(|(_, sound)| sound.is_empty()) {
            return Err(refuse("there is no sound to make a voice from; give at least one sample"));
        }
        let mut voices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let VoiceId(id) = named(effect);
        if voices.len() >= MAX_VOICES && !voices.contains_key(&id) {
            return Err(refuse("the sandbox keeps 1,000 voices at most; delete some"));
        }
        // Named by the effect: the same effect twice is one voice.
        voices.insert(id.clone(), request.label.clone());
        Ok(VoiceId(id))
    }

    pub(crate) fn find(&self, effect: &EffectId) -> Option<VoiceId> {
        let id = named(effect);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&id.0).then_some(id)
    }

    pub(crate) fn delete(&self, voice: &VoiceId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&voice.0);
    }
}
