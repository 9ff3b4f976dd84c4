use super::{Consent, Port, PortResult, VoiceId};
use crate::{
    effect::{Action, Effect},
    id::EffectId,
    personal::Phone,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::fmt;

/// A person's permission to clone their voice, with the sound it may be made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceConsent {
    /// Whose voice.
    pub phone: Phone,
    /// The permission.
    pub consent: Consent,
    /// References into the store of samples, see [`VoiceSamples`].
    pub samples: Vec<String>,
}

/// How far a voice has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoiceState {
    /// Its vendor was asked, or is about to be.
    Making,
    /// It is there, and may be spoken with.
    Live,
    /// It is not to be spoken with any more; an effect deletes it at its vendor.
    Deleted,
}

impl VoiceState {
    /// The name in the database and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Making => "making",
            Self::Live => "live",
            Self::Deleted => "deleted",
        }
    }
}

/// A voice that was made of somebody's, or is being made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptVoice {
    /// The effect that makes it.
    pub effect: EffectId,
    /// Which adapter was asked.
    pub provider: String,
    /// Its vendor's name for it, once it is there.
    pub voice: Option<VoiceId>,
    /// How far it has come.
    pub state: VoiceState,
    /// Since when it is there.
    pub made_at: Option<DateTime<Utc>>,
    /// Until when it may be spoken with.
    pub expires_at: Option<DateTime<Utc>>,
    /// In how many further calls it was spoken with.
    pub reuse_count: u32,
    /// When it was last spoken with.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// What came of asking whether a voice may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// There is one already; it counts as used.
    Live(VoiceId),
    /// Somebody else is having it made: wait for their end.
    Making,
    /// No permission holds.
    Denied,
    /// Whoever asked is to have it made, or was before and does not know what came of it.
    Yours(VoiceConsent),
    /// Whoever asks was to have it made, and the permission is gone since: what was made has to be deleted.
    Orphaned,
}

/// What became of a voice that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoiceKept {
    /// It may be spoken with.
    Live,
    /// Nobody permits it any more; an effect deletes it.
    Unwanted,
}

/// Keeps permissions, and the voices that were made by them.
///
/// # Behaviour
/// - A person has one voice at the most that is live or being made. Of many who ask at once one has it made.
/// - Whoever asks again for what they are having made is told that it is theirs: nobody else ever is.
/// - A permission that has expired or was withdrawn permits nothing, and no voice made by it stays live.
/// - A voice that is not to be spoken with any more is deleted by an effect, which is written in the same transaction.
/// - When a person is forgotten ([`super::IvrStore::forget`]), their permission is gone and their voice is deleted.
#[async_trait]
pub trait VoiceStore: Port {
    /// Writes a permission down, in place of the one before. A live voice that another one permitted is deleted.
    ///
    /// # Errors
    /// [`super::PortError`] when the database is away; so for everything below.
    async fn permit(&self, consent: VoiceConsent, now: DateTime<Utc>) -> PortResult<()>;

    /// The permission that was given last, whether it still holds or not.
    ///
    /// # Errors
    /// See [`Self::permit`].
    async fn permission(&self, phone: &Phone) -> PortResult<Option<VoiceConsent>>;

    /// The permission is withdrawn, and the voice deleted. Whether there was either.
    ///
    /// # Errors
    /// See [`Self::permit`].
    async fn withdraw(&self, phone: &Phone, now: DateTime<Utc>) -> PortResult<bool>;

    /// A person's voice that is live or being made.
    ///
    /// # Errors
    /// See [`Self::permit`].
    async fn voice_of(&self, phone: &Phone) -> PortResult<Option<KeptVoice>>;

    /// A person's live voice, which counts as used.
    ///
    /// # Errors
    /// See [`Self::permit`].
    async fn reuse(&self, phone: &Phone, now: DateTime<Utc>) -> PortResult<Option<VoiceId>>;

    /// This effect wants a voice of this person from this provider.
    ///
    /// # Errors
    /// See [`Self::permit`].
    async fn claim(&self, phone: &Phone, effect: EffectId, provider: &str, now: DateTime<Utc>) -> PortResult<Claimed>;

    /// What this effect had made is there. It lives until then, and no longer than its permission.
    ///
    /// # Errors
    /// See [`Self::permit`].
    async fn made(
        &self,
        effect: EffectId,
        provider: &str,
        voice: &VoiceId,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> PortResult<VoiceKept>;

    /// Surely nothing was made by this effect: somebody else may ask for it.
    ///
    /// # Errors
    /// See [`Self::permit`].
    async fn unmade(&self, effect: EffectId) -> PortResult<()>;

    /// Deletes every voice that has expired; how many.
    ///
    /// # Errors
    /// See [`Self::permit`].
    async fn expire(&self, now: DateTime<Utc>) -> PortResult<u32>;
}

/// The effect that deletes a voice at its vendor; one for each voice, however often it is decided.
#[must_use]
pub fn deletion(provider: &str, voice: &VoiceId, now: DateTime<Utc>) -> Effect {
    let id = EffectId(crate::id::derive(DateTime::UNIX_EPOCH, &["delete-voice", provider, &voice.0]));
    let action = Action::DeleteVoice { provider: provider.to_owned(), voice: voice.clone() };
    Effect::planned(id, None, action, now, now)
}

/// Sound to make a voice of.
#[derive(Clone, PartialEq, Eq)]
pub struct VoiceSample {
    /// Its media type.
    pub media_type: String,
    /// The sound.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for VoiceSample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.media_type, self.bytes.len())
    }
}

impl VoiceSample {
    /// The least that may be a sample, in bytes.
    pub const LEAST: usize = 1_024;
    /// The most that a sample may be, in bytes.
    pub const MOST: usize = 10 * 1_024 * 1_024;

    /// The media type of what this reference names: a file in a folder of samples, by a path below it.
    ///
    /// # Errors
    /// Why it is no such reference, with the remedy.
    pub fn media_type_of(reference: &str) -> Result<&'static str, &'static str> {
        let below = |part: &str| !part.is_empty() && part != "." && part != "..";
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | ' ' | '/');
        if reference.len() > 512 || !reference.chars().all(plain) || !reference.split('/').all(below) {
            return Err("is no path below the folder of samples; write it like \"ana/hello.mp3\"");
        }
        let (stem, extension) = reference.rsplit_once('.').unwrap_or((reference, ""));
        if stem.is_empty() || stem.ends_with('/') {
            return Err("has no name; write it like \"ana/hello.mp3\"");
        }
        match extension.to_ascii_lowercase().as_str() {
            "mp3" => Ok("audio/mpeg"),
            "wav" => Ok("audio/wav"),
            "m4a" => Ok("audio/mp4"),
            "flac" => Ok("audio/flac"),
            "ogg" => Ok("audio/ogg"),
            _ => Err("is no sound that is known here; use mp3, wav, m4a, flac or ogg"),
        }
    }
}

/// Keeps the samples that voices are made of. They come from elsewhere, and are only read here.
///
/// # Behaviour
/// - A reference leads nowhere outside of what is kept, and only to sound ([`VoiceSample::media_type_of`]).
/// - What is shorter than [`VoiceSample::LEAST`] or longer than [`VoiceSample::MOST`] is refused, and not read whole.
/// - What is not there is [`super::Trouble::Refused`]: asking again does not help.
#[async_trait]
pub trait VoiceSamples: Port {
    /// Fetches a sample.
    ///
    /// # Errors
    /// [`super::PortError`]; no message of it names the reference, which may name a person.
    async fn fetch(&self, reference: &str) -> PortResult<VoiceSample>;

    /// Looks whether a sample is there and may be one by its length, without reading it.
    ///
    /// # Errors
    /// See [`Self::fetch`].
    async fn look(&self, reference: &str) -> PortResult<()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_leads_nowhere_outside_the_samples() {
        for bad in [
            "../a.mp3",
            "a/../../b.mp3",
            "/etc/a.mp3",
            "a//b.mp3",
            "./a.mp3",
            "a\\b.mp3",
            "a\0.mp3",
            "a%2e%2e/b.mp3",
            "",
            ".mp3",
            "a/.mp3",
            "C:a.mp3",
        ] {
            assert!(VoiceSample::media_type_of(bad).is_err(), "{bad:?}");
        }
        assert!(VoiceSample::media_type_of(&format!("{}.mp3", "a".repeat(600))).is_err());
    }

    #[test]
    fn only_sound_is_a_sample() {
        for (good, media_type) in [
            ("ana.mp3", "audio/mpeg"),
            ("a b/Ana-1.WAV", "audio/wav"),
            ("x.y.flac", "audio/flac"),
            ("o.ogg", "audio/ogg"),
        ] {
            assert_eq!(VoiceSample::media_type_of(good), Ok(media_type));
        }
        for bad in ["ana", "ana.exe", "ana.mp3.html", "mp3"] {
            assert!(VoiceSample::media_type_of(bad).is_err(), "{bad}");
        }
    }
}
