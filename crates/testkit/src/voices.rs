//! Voices, pretended in memory: whoever makes them, and what they are made of.

use async_trait::async_trait;
use frontdesk_core::{
    id::EffectId,
    ports::{
        CloneRequest, Happened, Port, PortError, PortResult, Trouble, VoiceCloner, VoiceId, VoiceSample, VoiceSamples,
    },
};
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What comes of a request to make a voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Making {
    /// It is made.
    Good,
    /// It is made, and the answer is lost.
    LosesAnswer,
    /// The request is lost on its way, and nobody knows.
    LosesRequest,
    /// There are more voices already than the account may have.
    Full,
    /// So many seconds of patience are asked for; nothing is made.
    Busy(u32),
}

#[derive(Debug, Default)]
struct Voices {
    plan: VecDeque<Making>,
    asked: Vec<EffectId>,
    made: Vec<(EffectId, VoiceId)>,
    deleted: Vec<VoiceId>,
    /// How many deletions fail first.
    stuck: u32,
    /// Nobody is told what was made.
    silent: bool,
}

/// Makes voices as it was told to.
#[derive(Debug, Default)]
pub struct PretendCloner(Mutex<Voices>);

impl PretendCloner {
    fn voices(&self) -> MutexGuard<'_, Voices> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What comes of the next requests; of all further ones a voice.
    pub fn plan(&self, making: impl IntoIterator<Item = Making>) {
        self.voices().plan.extend(making);
    }

    /// Whether looking a voice up fails.
    pub fn silent(&self, yes: bool) {
        self.voices().silent = yes;
    }

    /// Lets so many deletions fail.
    pub fn stick(&self, times: u32) {
        self.voices().stuck = times;
    }

    /// Which effects asked for a voice, once for each request.
    #[must_use]
    pub fn asked(&self) -> Vec<EffectId> {
        self.voices().asked.clone()
    }

    /// Every voice that was made, in order.
    #[must_use]
    pub fn made(&self) -> Vec<VoiceId> {
        self.voices().made.iter().map(|(_, voice)| voice.clone()).collect()
    }

    /// Every voice that was deleted, in order.
    #[must_use]
    pub fn deleted(&self) -> Vec<VoiceId> {
        self.voices().deleted.clone()
    }
}

impl Port for PretendCloner {
    fn name(&self) -> &str {
        "cloner"
    }
}

#[async_trait]
impl VoiceCloner for PretendCloner {
    async fn clone_voice(&self, request: &CloneRequest, effect: &EffectId) -> PortResult<VoiceId> {
        let error = |happened, trouble, what: &str| Err(PortError::new("cloner", happened, trouble, what));
        if request.consent.expires_at <= request.now || request.samples.is_empty() {
            return error(Happened::No, Trouble::Refused, "the consent has expired");
        }
        let mut voices = self.voices();
        voices.asked.push(*effect);
        let making = voices.plan.pop_front().unwrap_or(Making::Good);
        if matches!(making, Making::Good | Making::LosesAnswer) {
            let voice = VoiceId(format!("voice-{}", voices.made.len() + 1));
            voices.made.push((*effect, voice.clone()));
            if making == Making::Good {
                return Ok(voice);
            }
        }
        match making {
            Making::Good | Making::LosesAnswer | Making::LosesRequest => {
                error(Happened::Maybe, Trouble::Unavailable, "no answer came")
            }
            Making::Full => error(Happened::No, Trouble::Unauthorised, "there are too many voices; delete some"),
            Making::Busy(seconds) => error(Happened::No, Trouble::RateLimited(Some(seconds)), "ask again later"),
        }
    }

    async fn find(&self, effect: &EffectId) -> PortResult<Option<VoiceId>> {
        let voices = self.voices();
        if voices.silent {
            return Err(PortError::new("cloner", Happened::No, Trouble::Unavailable, "no answer came"));
        }
        let made = voices.made.iter().find(|(by, _)| by == effect);
        Ok(made.map(|(_, voice)| voice.clone()).filter(|voice| !voices.deleted.contains(voice)))
    }

    async fn delete(&self, voice: &VoiceId) -> PortResult<()> {
        let mut voices = self.voices();
        if voices.stuck > 0 {
            voices.stuck -= 1;
            return Err(PortError::new("cloner", Happened::No, Trouble::Unauthorised, "the key is refused"));
        }
        voices.deleted.push(voice.clone());
        Ok(())
    }
}

/// Has a sample under every name.
#[derive(Debug, Default)]
pub struct PretendSamples;

impl Port for PretendSamples {
    fn name(&self) -> &str {
        "samples"
    }
}

#[async_trait]
impl VoiceSamples for PretendSamples {
    async fn fetch(&self, _reference: &str) -> PortResult<VoiceSample> {
        Ok(VoiceSample { media_type: "audio/wav".to_owned(), bytes: vec![0; VoiceSample::LEAST] })
    }

    async fn look(&self, _reference: &str) -> PortResult<()> {
        Ok(())
    }
}
