//! Voices that exist by name only: there is nobody to speak with them.

use super::{Carrier, MAX_REFERENCE, Refusal};
use crate::wire::VoiceRequest;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// No more are kept at once; deleting one makes room.
const MOST: usize = 1_000;

/// Every voice by its id, with the customer's own name for it. Forgotten with the process.
#[derive(Default)]
pub(super) struct Voices {
    made: Mutex<BTreeMap<String, String>>,
    losing: AtomicBool,
}

impl Carrier {
    /// The next voice is made and the answer that says so lost, to see what comes of that.
    pub fn lose_next_voice(&self) {
        self.0.voices.losing.store(true, Ordering::Relaxed);
    }

    /// Makes a voice; the same reference twice is one voice. Whether the answer is to be lost stands beside its id.
    pub(super) fn make_voice(&self, request: VoiceRequest) -> Result<(String, bool), Refusal> {
        if request.reference.is_empty() || request.reference.len() > MAX_REFERENCE {
            return Err(Refusal::Invalid("`reference` must have 1 to 200 bytes"));
        }
        if request.bytes == 0 {
            return Err(Refusal::Invalid("`bytes` must be more than 0: a voice is made of sound"));
        }
        let voices = &self.0.voices;
        let id = format!("sandbox-voice-{}", request.reference);
        let mut made = voices.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.len() >= MOST && !made.contains_key(&id) {
            return Err(Refusal::Full);
        }
        made.insert(id.clone(), request.reference);
        Ok((id, voices.losing.swap(false, Ordering::Relaxed)))
    }

    pub(super) fn voice(&self, reference: &str) -> Option<String> {
        let made = self.0.voices.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.iter().find(|(_, named)| *named == reference).map(|(id, _)| id.clone())
    }

    /// Deletes a voice; `false` where there is none.
    pub(super) fn delete_voice(&self, id: &str) -> bool {
        self.0.voices.made.lock().unwrap_or_else(PoisonError::into_inner).remove(id).is_some()
    }
}
