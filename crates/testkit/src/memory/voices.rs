//! Voices, by the same laws as in the databases.

use super::{MemoryStore, State};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    effect::{Effect, EffectState},
    id::EffectId,
    personal::Phone,
    ports::{
        Claimed, Happened, KeptVoice, PortError, PortResult, Trouble, VoiceConsent, VoiceId, VoiceKept, VoiceState,
        VoiceStore, deletion,
    },
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::PoisonError,
};

/// What is kept of voices.
#[derive(Debug, Default)]
pub(super) struct Voices {
    consents: HashMap<Phone, VoiceConsent>,
    made: BTreeMap<EffectId, (Option<Phone>, KeptVoice)>,
}

impl Voices {
    fn of(&mut self, phone: &Phone) -> Option<&mut KeptVoice> {
        let theirs = |(whose, voice): &&mut (Option<Phone>, KeptVoice)| {
            whose.as_ref() == Some(phone) && voice.state != VoiceState::Deleted
        };
        self.made.values_mut().find(theirs).map(|(_, voice)| voice)
    }

    fn holding(&self, phone: &Phone, now: DateTime<Utc>) -> Option<VoiceConsent> {
        self.consents.get(phone).filter(|given| given.consent.expires_at > now).cloned()
    }

    fn reuse(&mut self, phone: &Phone, now: DateTime<Utc>) -> Option<VoiceId> {
        let live =
            |voice: &&mut KeptVoice| voice.state == VoiceState::Live && voice.expires_at.is_some_and(|end| end > now);
        let voice = self.of(phone).filter(live)?;
        voice.reuse_count += 1;
        voice.last_used_at = Some(now);
        voice.voice.clone()
    }
}

impl State {
    fn end_voice(&mut self, phone: &Phone, now: DateTime<Utc>) -> bool {
        let live = |voice: &&mut KeptVoice| voice.state == VoiceState::Live;
        let Some(voice) = self.voices.of(phone).filter(live) else {
            return false;
        };
        voice.state = VoiceState::Deleted;
        let (provider, voice) = (voice.provider.clone(), voice.voice.clone());
        self.delete_voice(&provider, voice, now);
        true
    }

    fn delete_voice(&mut self, provider: &str, voice: Option<VoiceId>, now: DateTime<Utc>) {
        if let Some(voice) = voice {
            let effect = deletion(provider, &voice, now);
            self.effects.entry(effect.id).or_insert(effect);
        }
    }

    /// What is being made by a permission that does not hold any more is nobody's.
    fn orphan(&mut self, phone: &Phone) {
        for (whose, voice) in self.voices.made.values_mut() {
            if whose.as_ref() == Some(phone) && voice.state == VoiceState::Making {
                *whose = None;
            }
        }
    }

    /// Nothing leads to a forgotten person any more.
    pub(super) fn forget_voices(&mut self, phone: &Phone, now: DateTime<Utc>) {
        self.voices.consents.remove(phone);
        self.end_voice(phone, now);
        for (whose, _) in self.voices.made.values_mut().filter(|(whose, _)| whose.as_ref() == Some(phone)) {
            *whose = None;
        }
    }
}

impl MemoryStore {
    /// Lets what is written about voices fail as if the database were away, once for each.
    pub fn disturb_voices(&self, times: usize) {
        *self.voices_away.lock().unwrap_or_else(PoisonError::into_inner) = times;
    }
}

#[async_trait]
impl VoiceStore for MemoryStore {
    async fn permit(&self, given: VoiceConsent, now: DateTime<Utc>) -> PortResult<()> {
        let mut state = self.state();
        let same = |before: &VoiceConsent| {
            before.samples == given.samples && before.consent.expires_at == given.consent.expires_at
        };
        if !state.voices.consents.get(&given.phone).is_some_and(same) {
            state.end_voice(&given.phone, now);
            state.orphan(&given.phone);
        }
        state.voices.consents.insert(given.phone.clone(), given);
        Ok(())
    }

    async fn permission(&self, phone: &Phone) -> PortResult<Option<VoiceConsent>> {
        Ok(self.state().voices.consents.get(phone).cloned())
    }

    async fn withdraw(&self, phone: &Phone, now: DateTime<Utc>) -> PortResult<bool> {
        let mut state = self.state();
        let permitted = state.voices.consents.remove(phone).is_some();
        let ended = state.end_voice(phone, now);
        state.orphan(phone);
        Ok(permitted || ended)
    }

    async fn voice_of(&self, phone: &Phone) -> PortResult<Option<KeptVoice>> {
        Ok(self.state().voices.of(phone).cloned())
    }

    async fn reuse(&self, phone: &Phone, now: DateTime<Utc>) -> PortResult<Option<VoiceId>> {
        Ok(self.state().voices.reuse(phone, now))
    }

    async fn claim(&self, phone: &Phone, effect: EffectId, provider: &str, now: DateTime<Utc>) -> PortResult<Claimed> {
        let mut state = self.state();
        let permitted = state.voices.holding(phone, now);
        if let Some((whose, own)) = state.voices.made.get(&effect) {
            let permitted = permitted.filter(|_| whose.as_ref() == Some(phone));
            return Ok(match (own.state, permitted, own.voice.clone()) {
                (VoiceState::Making, Some(permitted), _) => Claimed::Yours(permitted),
                (VoiceState::Making, None, _) => Claimed::Orphaned,
                (VoiceState::Live, _, Some(voice)) if own.expires_at.is_some_and(|end| end > now) => {
                    Claimed::Live(voice)
                }
                _ => Claimed::Denied,
            });
        }
        let Some(permitted) = permitted else {
            return Ok(Claimed::Denied);
        };
        if let Some(voice) = state.voices.reuse(phone, now) {
            return Ok(Claimed::Live(voice));
        }
        let making = state.voices.of(phone).filter(|voice| voice.state == VoiceState::Making).map(|voice| voice.effect);
        if let Some(other) = making {
            let over = |effect: &Effect| {
                matches!(effect.state, EffectState::Done | EffectState::Skipped | EffectState::Failed)
            };
            // One that is given up stands in nobody's way.
            if !state.effects.get(&other).is_some_and(over) {
                return Ok(Claimed::Making);
            }
            state.voices.made.remove(&other);
        }
        state.end_voice(phone, now);
        let voice = KeptVoice {
            effect,
            provider: provider.to_owned(),
            voice: None,
            state: VoiceState::Making,
            made_at: None,
            expires_at: None,
            reuse_count: 0,
            last_used_at: None,
        };
        state.voices.made.insert(effect, (Some(phone.clone()), voice));
        Ok(Claimed::Yours(permitted))
    }

    async fn made(
        &self,
        effect: EffectId,
        provider: &str,
        voice: &VoiceId,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> PortResult<VoiceKept> {
        {
            let mut away = self.voices_away.lock().unwrap_or_else(PoisonError::into_inner);
            if *away > 0 {
                *away -= 1;
                return Err(PortError::new("memory", Happened::No, Trouble::Unavailable, "the database is away"));
            }
        }
        let mut state = self.state();
        let whose = state.voices.made.get(&effect).and_then(|(whose, _)| whose.clone());
        let permitted = whose.and_then(|phone| state.voices.holding(&phone, now));
        let wanted = match (state.voices.made.get_mut(&effect), permitted) {
            (Some((_, own)), Some(permitted)) if own.state == VoiceState::Making => {
                own.state = VoiceState::Live;
                own.voice = Some(voice.clone());
                (own.made_at, own.last_used_at) = (Some(now), Some(now));
                own.expires_at = Some(until.min(permitted.consent.expires_at));
                true
            }
            (Some((_, own)), _) if own.state == VoiceState::Live => own.voice.as_ref() == Some(voice),
            (Some((_, own)), _) => {
                own.state = VoiceState::Deleted;
                own.voice = Some(voice.clone());
                false
            }
            (None, _) => false,
        };
        if wanted {
            return Ok(VoiceKept::Live);
        }
        state.delete_voice(provider, Some(voice.clone()), now);
        Ok(VoiceKept::Unwanted)
    }

    async fn unmade(&self, effect: EffectId) -> PortResult<()> {
        let mut state = self.state();
        if state.voices.made.get(&effect).is_some_and(|(_, own)| own.state == VoiceState::Making) {
            state.voices.made.remove(&effect);
        }
        Ok(())
    }

    async fn expire(&self, now: DateTime<Utc>) -> PortResult<u32> {
        let mut state = self.state();
        let mut ended = Vec::new();
        for (_, voice) in state.voices.made.values_mut() {
            if voice.state == VoiceState::Live && voice.expires_at.is_some_and(|end| end <= now) {
                voice.state = VoiceState::Deleted;
                ended.push((voice.provider.clone(), voice.voice.clone()));
            }
        }
        let many = u32::try_from(ended.len()).unwrap_or(u32::MAX);
        for (provider, voice) in ended {
            state.delete_voice(&provider, voice, now);
        }
        Ok(many)
    }
}
