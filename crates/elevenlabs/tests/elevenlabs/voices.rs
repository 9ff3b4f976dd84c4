//! Voices, against a vendor over HTTP.

use crate::common::{AGENT, KEY, adapter, config};
use chrono::Duration;
use frontdesk_core::{
    id::EffectId,
    personal::PersonName,
    ports::{CloneRequest, Consent, Happened, PortError, Trouble, VoiceCloner},
};
use frontdesk_testkit::{
    carriers::Fault,
    elevenlabs::{AgentSettings, ElevenLabs as Vendor},
    moment,
    suite::call_provider::tells_nothing,
};
use rstest::rstest;
use serde_json::{Value, json};

async fn vendor() -> Vendor {
    Vendor::start(KEY, AgentSettings::telephone(AGENT)).await.unwrap()
}

fn effect() -> EffectId {
    EffectId::derive(moment("2026-11-20T09:00:00Z"), &["voices"])
}

fn request(samples: &[(&str, &[u8])]) -> CloneRequest {
    let now = moment("2026-11-20T09:00:00Z");
    CloneRequest {
        label: "greeting".to_owned(),
        samples: samples.iter().map(|(kind, bytes)| ((*kind).to_owned(), bytes.to_vec())).collect(),
        consent: Consent {
            by: PersonName::parse("Ana Lim").unwrap(),
            purpose: "the greeting".to_owned(),
            given_at: now,
            expires_at: now + Duration::days(1),
        },
        now,
    }
}

async fn refused(vendor: &Vendor) -> PortError {
    let cloner = adapter(config(vendor.url()));
    let error = cloner.clone_voice(&request(&[("audio/wav", b"RIFF")]), &effect()).await.unwrap_err();
    tells_nothing(&error, &[KEY]);
    error
}

#[tokio::test]
async fn a_voice_is_made_of_all_samples_under_a_name_that_names_nobody() {
    let vendor = vendor().await;
    let cloner = adapter(config(vendor.url()));
    let samples: [(&str, &[u8]); 2] = [("audio/wav", b"RIFF\r\n--x\r\n\0"), ("audio/mpeg", &[0xff, 0xfb])];
    let id = cloner.clone_voice(&request(&samples), &effect()).await.unwrap();
    let made = vendor.voices().remove(0);
    assert_eq!((made.id, made.name), (id.0, format!("greeting {}", effect())));
    let want = samples.iter().zip(["sample-1.wav", "sample-2.mp3"]);
    let want: Vec<_> =
        want.map(|((kind, bytes), file)| (file.to_owned(), (*kind).to_owned(), bytes.to_vec())).collect();
    assert_eq!(made.samples, want);
}

#[rstest]
#[case(400, json!({ "detail": { "status": "voice_limit_reached", "message": "of Ana Lim" } }), Trouble::Barred, "delete voices")]
#[case(403, json!({ "detail": { "status": "can_not_use_instant_voice_cloning" } }), Trouble::Barred, "instant voice cloning")]
#[case(
    402,
    json!({ "detail": { "code": "paid_plan_required", "status": "can_not_use_instant_voice_cloning" } }),
    Trouble::Barred,
    "instant voice cloning"
)]
#[case(401, json!({ "detail": { "status": "quota_exceeded" } }), Trouble::Unauthorised, "quota is used up")]
#[case(422, json!({ "detail": [{ "loc": ["body", "files"], "msg": "x", "type": "y" }] }), Trouble::Broken, "")]
#[tokio::test]
async fn a_refusal_made_no_voice_and_is_told_with_its_remedy(
    #[case] status: u16,
    #[case] body: Value,
    #[case] trouble: Trouble,
    #[case] remedy: &str,
) {
    let vendor = vendor().await;
    vendor.answer_next(status, body);
    let error = refused(&vendor).await;
    assert_eq!((error.happened, error.trouble), (Happened::No, trouble), "{error}");
    assert!(error.message.contains(remedy), "{error}");
}

#[tokio::test]
async fn a_plan_without_room_says_so() {
    let vendor = vendor().await;
    vendor.limit_voices(0);
    assert_eq!(refused(&vendor).await.trouble, Trouble::Barred);
}

#[rstest]
#[case(Fault::Lies(502))]
#[case(Fault::LosesAnswer)]
#[tokio::test]
async fn a_failure_after_the_request_leaves_it_in_doubt_and_is_not_repeated(#[case] fault: Fault) {
    let vendor = vendor().await;
    vendor.disturb([fault]);
    assert_eq!(refused(&vendor).await.happened, Happened::Maybe);
    assert_eq!(vendor.requests(), ["POST /v1/voices/add"]);
    assert_eq!(vendor.voices().len(), 1);
}

#[tokio::test]
async fn a_voice_that_has_to_be_verified_is_not_used_and_not_left_behind() {
    let vendor = vendor().await;
    vendor.verifies_voices(true);
    let error = refused(&vendor).await;
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Barred), "{error}");
    assert!(error.message.contains("verified"), "{error}");
    assert!(vendor.voices().is_empty());
}

#[tokio::test]
async fn each_voice_is_found_by_the_effect_that_made_it() {
    let vendor = vendor().await;
    let cloner = adapter(config(vendor.url()));
    let mut made = Vec::new();
    for number in 0..3 {
        let effect = EffectId::derive(moment("2026-11-20T09:00:00Z"), &["voices", &number.to_string()]);
        made.push((effect, cloner.clone_voice(&request(&[("audio/ogg", b"OggS")]), &effect).await.unwrap()));
    }
    for (effect, voice) in made {
        assert_eq!(cloner.find(&effect).await.unwrap(), Some(voice));
    }
}

#[rstest]
#[case::none(&[])]
#[case::empty(&[("audio/wav", b"" as &[u8])])]
#[case::other(&[("image/png", b"PNG" as &[u8])])]
#[tokio::test]
async fn what_is_no_sample_is_sent_to_nobody(#[case] samples: &[(&str, &[u8])]) {
    let vendor = vendor().await;
    let error = adapter(config(vendor.url())).clone_voice(&request(samples), &effect()).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Broken), "{error}");
    assert!(vendor.requests().is_empty());
}
