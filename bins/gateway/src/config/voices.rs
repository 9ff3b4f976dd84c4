//! Greetings, voices, and what these are made of.

use super::{
    carriers::{filled, place},
    sections::{self, Sections},
    settings::{self, Checker},
};
use chrono::Duration;
use frontdesk_core::{
    greeting::{GreetingPolicy, Strategy},
    ports::VoiceId,
};
use frontdesk_samples::S3;
use std::path::{Path, PathBuf};

/// Where samples are.
#[derive(Debug, Clone)]
pub enum Samples {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket.
    Bucket(S3),
}

/// How callers are greeted; its bounds are looked at with the rest of the rules.
pub(super) fn policy(checker: &mut Checker<'_>, sections: &Sections) -> GreetingPolicy {
    let section = &sections.voices;
    let usual = GreetingPolicy::default();
    let strategy = match section.strategy.as_deref() {
        None => usual.strategy,
        Some("callback") => Strategy::Callback,
        Some("inline") => Strategy::Inline,
        Some(other) => {
            checker.problem("voices.strategy", format!("is {other:?}; write callback or inline"));
            usual.strategy
        }
    };
    let agent = filled(&section.agent_number).and_then(|text| {
        let number = settings::number(&text, None);
        checker.keep("voices.agent_number", number.ok_or("is no telephone number; write it like +14155550123"))
    });
    let music = filled(&section.greeting_music_url).filter(|_| section.greeting_music_enabled.unwrap_or(true));
    let seconds = |own: Option<u32>, usual: Duration| own.map_or(usual, |it| Duration::seconds(i64::from(it)));
    GreetingPolicy {
        strategy,
        provider: filled(&section.agent_provider).unwrap_or(usual.provider),
        voice: filled(&section.greeting_voice_id).map(VoiceId),
        message: filled(&section.greeting_message),
        music,
        longest_wait: seconds(section.clone_max_wait_seconds, usual.longest_wait),
        transition: section.auto_transition_enabled.unwrap_or(usual.transition),
        keep: seconds(section.cache_ttl, usual.keep),
        agent,
    }
}

/// Where samples are fetched from.
pub(super) fn samples(
    checker: &mut Checker<'_>,
    section: &sections::Voices,
    folder: &Path,
    data: &Path,
) -> Option<Samples> {
    let bucket = filled(&section.s3_bucket_name);
    let s3 = match section.voice_sample_storage.as_deref() {
        None => bucket.is_some(),
        Some("local") => false,
        Some("s3") => true,
        Some(other) => {
            checker.problem("voices.voice_sample_storage", format!("is {other:?}; write local or s3"));
            return None;
        }
    };
    if !s3 {
        let named = filled(&section.local_voice_samples_path).map(|path| folder.join(path));
        return Some(Samples::Folder(named.unwrap_or_else(|| data.join("voices"))));
    }
    let needed = |checker: &mut Checker<'_>, key: &str, value: Option<String>| {
        checker.keep(key, value.ok_or("is missing; samples in a bucket need it"))
    };
    let bucket = needed(checker, "voices.s3_bucket_name", bucket);
    let key = needed(checker, "voices.s3_access_key_id", filled(&section.s3_access_key_id));
    let secret = needed(checker, "voices.s3_secret_access_key", filled(&section.s3_secret_access_key));
    let endpoint = place(checker, "voices.s3_endpoint", &section.s3_endpoint);
    Some(Samples::Bucket(S3 {
        bucket: bucket?,
        region: filled(&section.s3_region).unwrap_or_else(|| "us-east-1".to_owned()),
        endpoint,
        access_key_id: key?,
        secret_access_key: secret?.into(),
        prefix: filled(&section.s3_prefix).unwrap_or_default(),
    }))
}
