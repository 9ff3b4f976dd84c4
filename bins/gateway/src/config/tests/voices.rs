//! Greetings, voices, and what these are made of.

use super::{Case, SEED_003};
use crate::config::Samples;
use chrono::Duration;
use frontdesk_core::{greeting::Strategy, ports::VoiceId, rules::Inbound};

#[test]
fn seed_003s_names_mean_what_they_meant() {
    let config = Case::new()
        .file(".env", SEED_003)
        .var("GREETING_VOICE_ID", "voice_1")
        .var("GREETING_MUSIC_URL", "https://desk.example/wait.mp3")
        .var("CACHE_TTL", "7200")
        .var("FRONTDESK_INBOUND", "greet")
        .config();
    let greeting = &config.rules.greeting;
    assert_eq!(greeting.strategy, Strategy::Callback);
    assert_eq!(greeting.voice, Some(VoiceId("voice_1".to_owned())));
    assert_eq!(greeting.message.as_deref(), Some("Hello thanks for calling. Please hold..."));
    assert_eq!(greeting.music.as_deref(), Some("https://desk.example/wait.mp3"));
    assert_eq!((greeting.longest_wait, greeting.keep), (Duration::seconds(35), Duration::hours(2)));
    assert!(greeting.transition);
    assert_eq!(config.rules.businesses["front-desk"].inbound, Inbound::Greet);
    assert!(matches!(config.samples, Some(Samples::Folder(_))));
}

#[test]
fn music_that_is_switched_off_is_not_played() {
    let config = Case::new()
        .var("GREETING_MUSIC_ENABLED", "false")
        .var("GREETING_MUSIC_URL", "https://desk.example/wait.mp3")
        .config();
    assert_eq!(config.rules.greeting.music, None);
}

#[test]
fn a_bucket_is_taken_with_its_key_and_prints_no_secret() {
    let bucket = Case::new()
        .var("VOICE_SAMPLE_STORAGE", "s3")
        .var("S3_BUCKET_NAME", "clinic-voices")
        .var("S3_REGION", "eu-central-1")
        .var("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .var("AWS_SECRET_ACCESS_KEY", "very-secret");
    let config = bucket.config();
    let Some(Samples::Bucket(s3)) = &config.samples else { panic!("{:?}", config.samples) };
    assert_eq!((s3.bucket.as_str(), s3.region.as_str()), ("clinic-voices", "eu-central-1"));
    assert!(!format!("{:?}", config.samples).contains("very-secret"));
}
