//! Voices: made ready while a caller is greeted, kept for the next call, deleted when their time or their permission is over.

use super::{
    Engine,
    begin::{Beginner, Task},
    fold::Fold,
    greet::Greeter,
    mark::{detail, end, finished, started},
    run::{again, failure, unknown},
};
use crate::{
    call::CallState,
    effect::{Effect, EffectState, Settlement},
    id::EffectId,
    machine::greeting::{Input, Prospect, Stage},
    personal::Phone,
    ports::{
        Claimed, CloneRequest, Decision, Happened, Loaded, PortError, PortResult, Trouble, VoiceCloner, VoiceConsent,
        VoiceId, VoiceKept, VoiceSamples, VoiceStore,
    },
    rules::{Business, Inbound, Rules},
};
use chrono::{DateTime, Duration, Utc};

/// How soon it is looked again whether the voice that another call has made is there.
const MAKING: u32 = 1;
/// The longest pause between two attempts: a caller waits.
const LONGEST_PAUSE: u32 = 8;
/// For how long after it was decided a vendor may still be making a voice: it is asked while the caller waits, a minute at the
/// most, and gives an answer or none within another.
const AT_IT: Duration = Duration::minutes(3);

/// How a vendor is asked whether it has made a voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    /// It may still be making it.
    at_it: bool,
    /// It is not asked again.
    last: bool,
}

impl Beginner<'_> {
    /// Has the voice of whoever is on the call made ready, as long as they wait for it.
    pub(super) fn clone_voice(&self, effect: Effect) -> (Decision, Task) {
        let skip = |reason: &str| (end(effect.clone(), EffectState::Skipped, reason, self.now), Task::Nothing);
        let Some(call) = &self.loaded.call else {
            return skip("the call is gone");
        };
        let stage = call.walk.greeting.as_ref().map(|greeting| greeting.stage);
        if call.state == CallState::Ended || stage != Some(Stage::Greeting) {
            return skip("nobody waits for it any more");
        }
        if call.party().nobodys() {
            return skip("it is not known whose voice that would be");
        }
        let task = Task::CloneVoice { phone: call.party().clone(), asked: None };
        // What it waits for is told once, however often it is looked at.
        let reason = effect.reason.clone();
        let effect = Effect { reason, ..started(effect, self.now) };
        let mut fold = Fold::new(self.business, None, self.now);
        if effect.attempt == 1 {
            fold.record("begun", "a voice is made ready", detail(&effect));
        }
        fold.decision.effect = Some(effect);
        (fold.decision, task)
    }

    /// Whether this very effect had a voice made is asked of whoever makes voices; no second one is made.
    pub(super) fn look_for_voice(&self, effect: &Effect) -> Task {
        let phone = self.loaded.call.as_ref().map_or_else(Phone::forgotten, |call| call.party().clone());
        let asked =
            Asked { at_it: self.now < effect.created_at + AT_IT, last: effect.lookups + 1 >= Effect::MAX_LOOKUPS };
        Task::CloneVoice { phone, asked: Some(asked) }
    }

    pub(super) fn delete_voice(&self, effect: Effect, provider: String, voice: VoiceId) -> (Decision, Task) {
        let decision = Decision { effect: Some(started(effect, self.now)), ..Decision::default() };
        (decision, Task::DeleteVoice { provider, voice })
    }
}

/// What the coming back of [`crate::effect::Action::CloneVoice`] means.
pub(super) fn settle(
    rules: &Rules,
    business: &Business,
    loaded: &Loaded,
    effect: Effect,
    result: &Settlement,
    now: DateTime<Utc>,
) -> Decision {
    let mut fold = Fold::new(business, None, now);
    let waits = loaded.call.as_ref().is_some_and(|call| {
        let stage = call.walk.greeting.as_ref().map(|greeting| greeting.stage);
        call.state != CallState::Ended && stage == Some(Stage::Greeting)
    });
    let input = match result {
        Settlement::Done { reference: Some(voice), .. } | Settlement::Found { reference: voice, .. } => {
            let made = matches!(result, Settlement::Done { .. });
            fold.count("", if made { "voice:made" } else { "voice:reused" });
            let note = if made { "the voice is ready" } else { "the voice was there already" };
            fold.record("done", note, detail(&effect));
            let mut effect = finished(effect, EffectState::Done, None, now);
            effect.result = Some(voice.clone());
            fold.decision.effect = Some(effect);
            Input::CloneReady(VoiceId(voice.clone()))
        }
        Settlement::Failed { retry: true, reason, after_seconds, .. } if waits => {
            let pause = after_seconds.unwrap_or_else(|| 2_u32.saturating_pow(effect.attempt.min(3)).min(LONGEST_PAUSE));
            let told = effect.reason.as_ref() == Some(reason);
            let mut effect = effect;
            effect.state = EffectState::Waiting;
            effect.due_at = now + Duration::seconds(i64::from(pause));
            effect.reason = Some(reason.clone());
            effect.updated_at = now;
            if !told {
                fold.record("again", format!("not yet: {reason}"), detail(&effect));
            }
            fold.decision.effect = Some(effect);
            return fold.decision;
        }
        Settlement::Uncertain { reason, askable } => {
            return doubtful(rules, fold, effect, reason, *askable, now);
        }
        Settlement::Over => {
            let reason = "nobody permits it, or not any more";
            fold.record("skipped", reason, detail(&effect));
            fold.decision.effect = Some(finished(effect, EffectState::Skipped, Some(reason), now));
            Input::CloneFailed
        }
        Settlement::Failed { .. } | Settlement::Missing | Settlement::Done { reference: None, .. } => {
            let reason = match result {
                Settlement::Failed { reason, .. } => reason.as_str(),
                _ => "no voice was made",
            };
            fold.record("failed", reason, detail(&effect));
            fold.count("", "voice:failed");
            fold.count("", "effect:clone_voice:failed");
            fold.decision.effect = Some(finished(effect, EffectState::Failed, Some(reason), now));
            Input::CloneFailed
        }
    };
    if let Some(mut call) = loaded.call.clone().filter(|_| waits) {
        Greeter { rules, business, loaded, now }.happen(&mut fold, &mut call, input);
        fold.decision.call = Some(call);
    }
    fold.decision
}

/// Nobody knows whether it was made. It is asked about again, a little later each time, and never made a second time.
fn doubtful(
    rules: &Rules,
    mut fold: Fold<'_>,
    mut effect: Effect,
    reason: &str,
    askable: bool,
    now: DateTime<Utc>,
) -> Decision {
    effect.lookups += u32::from(effect.state == EffectState::Uncertain);
    if !askable || effect.lookups >= Effect::MAX_LOOKUPS {
        effect.lookups = Effect::MAX_LOOKUPS;
        fold.count("", "effect:clone_voice:uncertain");
    }
    effect.state = EffectState::Uncertain;
    effect.due_at =
        now + rules.lookup_after * i32::try_from(2_u32.saturating_pow(effect.lookups.min(8))).unwrap_or(256);
    effect.reason = Some(reason.to_owned());
    effect.updated_at = now;
    let left = match effect.wants_job() {
        true => String::new(),
        false => format!(
            "; a person has to look whether its vendor has one called frontdesk-{}, and delete it; the next call of whoever \
             it was for has another one made",
            effect.id
        ),
    };
    fold.record("uncertain", format!("nobody knows whether the voice was made: {reason}{left}"), detail(&effect));
    fold.decision.effect = Some(effect);
    fold.decision
}

/// Everything that makes a voice.
struct Maker<'a> {
    voices: &'a dyn VoiceStore,
    samples: &'a dyn VoiceSamples,
    cloner: &'a dyn VoiceCloner,
}

impl Engine {
    fn maker(&self) -> PortResult<Maker<'_>> {
        let ports = &self.ports;
        match (&ports.voices, &ports.samples, &ports.cloner) {
            (Some(voices), Some(samples), Some(cloner)) => {
                Ok(Maker { voices: voices.as_ref(), samples: samples.as_ref(), cloner: cloner.as_ref() })
            }
            _ => Err(PortError::unsupported("voices", "be made: no samples or nobody who clones is configured")),
        }
    }

    /// Whether there is a voice for somebody who rings, or will be one. Asked before it is decided what they hear; what it
    /// comes to is decided when the voice is asked for.
    pub(super) async fn prospect(&self, to: &Phone, from: &Phone, now: DateTime<Utc>) -> PortResult<Prospect> {
        let business = self.rules.business_at(to).or_else(|| self.rules.businesses.values().next());
        let greeted = business.is_some_and(|business| business.inbound == Inbound::Greet);
        if !greeted || !self.rules.greeting.transition || from.nobodys() {
            return Ok(Prospect::Plain);
        }
        let Ok(Maker { voices, .. }) = self.maker() else {
            return Ok(Prospect::Plain);
        };
        if let Some(voice) = voices.reuse(from, now).await? {
            return Ok(Prospect::Ready(voice));
        }
        let permitted = voices.permission(from).await?.is_some_and(|given| given.consent.expires_at > now);
        Ok(if permitted { Prospect::Clone } else { Prospect::Plain })
    }

    /// Deletes every voice whose time is over; how many. Every gateway may do so, as often as it likes.
    ///
    /// # Errors
    /// [`PortError`] when the store is away.
    pub async fn expire_voices(&self) -> PortResult<u32> {
        match &self.ports.voices {
            Some(voices) => voices.expire(self.world.now()).await,
            None => Ok(0),
        }
    }

    /// Makes a voice, or finds the one that is there.
    pub(super) async fn make_voice(&self, phone: &Phone, effect: EffectId) -> Settlement {
        let maker = match self.maker() {
            Ok(maker) => maker,
            Err(error) => return failure(&error),
        };
        let now = self.world.now();
        match maker.voices.claim(phone, effect, maker.cloner.name(), now).await {
            Ok(Claimed::Live(voice)) => Settlement::Found { reference: voice.0, ended: None },
            Ok(Claimed::Making) => Settlement::Failed {
                reason: "another call has it made".to_owned(),
                retry: true,
                after_seconds: Some(MAKING),
                refused: false,
                rate_limited: false,
                opted_out: false,
            },
            Ok(Claimed::Denied) => Settlement::Over,
            Ok(Claimed::Yours(permission)) => self.make(&maker, permission, effect).await,
            // Nothing was made by it yet: what is not made stays so.
            Ok(Claimed::Orphaned) => self.nothing_made(&maker, effect, Settlement::Over).await,
            // Nothing was asked of anybody: what the store may have written down is this effect's own.
            Err(error) => again(&error),
        }
    }

    async fn make(&self, maker: &Maker<'_>, permission: VoiceConsent, effect: EffectId) -> Settlement {
        let mut samples = Vec::with_capacity(permission.samples.len());
        for reference in &permission.samples {
            match maker.samples.fetch(reference).await {
                Ok(sample) => samples.push((sample.media_type, sample.bytes)),
                // Whatever happened to an earlier request: what it is found by is not the sound.
                Err(error) => return self.unmade(maker, effect, &error).await,
            }
        }
        // The label tells a vendor nothing about the person, and finds the voice again.
        let label = format!("frontdesk-{effect}");
        let request = CloneRequest { label, samples, consent: permission.consent, now: self.world.now() };
        match maker.cloner.clone_voice(&request, &effect).await {
            Ok(voice) => self.keep(maker, effect, voice).await,
            Err(error) if error.happened == Happened::Maybe => unknown(&error),
            Err(error) => self.unmade(maker, effect, &error).await,
        }
    }

    async fn keep(&self, maker: &Maker<'_>, effect: EffectId, voice: VoiceId) -> Settlement {
        let now = self.world.now();
        let until = now + self.rules.greeting.keep;
        match maker.voices.made(effect, maker.cloner.name(), &voice, until, now).await {
            Ok(VoiceKept::Live) => Settlement::Done { reference: Some(voice.0), link: None },
            Ok(VoiceKept::Unwanted) => Settlement::Over,
            // It was made, and nobody has written it down: asked again, whoever made it finds it.
            Err(error) => Settlement::Uncertain { reason: error.to_string(), askable: true },
        }
    }

    /// Surely nothing was made in this attempt: somebody else may try.
    async fn unmade(&self, maker: &Maker<'_>, effect: EffectId, error: &PortError) -> Settlement {
        self.nothing_made(maker, effect, failure(error)).await
    }

    async fn nothing_made(&self, maker: &Maker<'_>, effect: EffectId, settlement: Settlement) -> Settlement {
        match maker.voices.unmade(effect).await {
            Ok(()) => settlement,
            Err(error) => Settlement::Uncertain { reason: error.to_string(), askable: true },
        }
    }

    /// Nobody knows what came of a request: asks whoever makes voices, and makes none. What nobody permits any more is
    /// deleted.
    pub(super) async fn find_voice(&self, phone: &Phone, effect: EffectId, asked: Asked) -> Settlement {
        let maker = match self.maker() {
            Ok(maker) => maker,
            Err(error) => return unknown(&error),
        };
        match maker.voices.claim(phone, effect, maker.cloner.name(), self.world.now()).await {
            Ok(Claimed::Live(voice)) => return Settlement::Found { reference: voice.0, ended: None },
            Ok(Claimed::Denied) => return Settlement::Over,
            // It had nothing made, or gave it up.
            Ok(Claimed::Making) => return Settlement::Missing,
            Ok(Claimed::Yours(_) | Claimed::Orphaned) => {}
            Err(error) => return Settlement::Uncertain { reason: error.to_string(), askable: true },
        }
        match maker.cloner.find(&effect).await {
            Ok(Some(voice)) => self.keep(&maker, effect, voice).await,
            Ok(None) if asked.at_it => {
                let reason = "its vendor knows of no such voice yet".to_owned();
                Settlement::Uncertain { reason, askable: true }
            }
            Ok(None) => self.nothing_made(&maker, effect, Settlement::Missing).await,
            // The doubt stays, for a person to look at; it does not stand in the way of the next voice for ever.
            Err(error) if asked.last || error.trouble == Trouble::Unsupported => {
                self.nothing_made(&maker, effect, unknown(&error)).await
            }
            Err(error) => unknown(&error),
        }
    }

    /// Deletes a voice at its vendor. Whatever is in the way, it is tried again: nobody permits that it stays.
    pub(super) async fn unmake_voice(&self, provider: &str, voice: &VoiceId) -> Settlement {
        let cloner = self.ports.cloner.as_ref().filter(|cloner| cloner.name() == provider);
        let deleted = match cloner {
            Some(cloner) => cloner.delete(voice).await,
            None => Err(PortError::unsupported(provider, "delete a voice: it is not configured any more")),
        };
        match deleted {
            Ok(()) => Settlement::Done { reference: None, link: None },
            Err(error) => match again(&error) {
                Settlement::Failed { reason, after_seconds, rate_limited, .. } => {
                    let (retry, refused, opted_out) = (true, false, false);
                    Settlement::Failed { reason, retry, after_seconds, refused, rate_limited, opted_out }
                }
                other => other,
            },
        }
    }
}
