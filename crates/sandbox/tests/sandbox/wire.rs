//! What comes in at the webhook door: fixed samples, and each of them forged.

use crate::common::{adapter, http};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    id::EffectId,
    personal::PersonName,
    ports::{
        CallProvider, CloneRequest, Consent, Happened, Received, ReceivedAbout, Rejected, Trouble, VoiceCloner,
        WebhookRequest,
    },
};
use frontdesk_sandbox::{Config, Sandbox};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{fs, path::PathBuf};
use url::Url;

/// A recorded request, with the secret it was signed with and the time at which it arrived.
#[derive(Deserialize)]
struct Sample {
    secret: String,
    now: DateTime<Utc>,
    hook: String,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
}

struct Case {
    name: String,
    sample: Sample,
    expected: Value,
}

fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/sandbox");
    let mut cases: Vec<_> = fs::read_dir(folder).unwrap().map(|case| case.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 8, "the samples are missing");
    let read = |path: PathBuf| fs::read(path).unwrap();
    let case = |path: PathBuf| Case {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        sample: serde_json::from_slice(&read(path.join("request.json"))).unwrap(),
        expected: serde_json::from_slice(&read(path.join("expected.json"))).unwrap(),
    };
    cases.into_iter().map(case).collect()
}

impl Sample {
    fn sandbox(&self) -> Sandbox {
        let url = Url::parse("http://127.0.0.1:9").unwrap();
        let config = Config {
            base_url: url.clone(),
            account_token: "token".into(),
            webhook_secret: self.secret.clone().into(),
            webhook_base: url,
            from: crate::common::phone("+15005550000"),
        };
        Sandbox::new(config, http())
    }

    fn request(&self) -> WebhookRequest {
        WebhookRequest {
            method: "POST".to_owned(),
            hook: self.hook.clone(),
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: self.body.clone().into_bytes(),
            peer: None,
        }
    }
}

fn without(mut request: WebhookRequest, header: &str) -> WebhookRequest {
    request.headers.retain(|(name, _)| name != header);
    request
}

#[test]
fn every_sample_is_understood() {
    for Case { name, sample, expected } in cases() {
        let received = sample.sandbox().receive(&sample.request(), sample.now).unwrap();
        let about = match &received.about {
            ReceivedAbout::Call { call, provider_call_id, parties } => {
                json!({"call": call, "provider_call_id": provider_call_id, "parties": parties})
            }
            ReceivedAbout::Message { from, to, channel, body } => {
                json!({"from": from, "to": to, "channel": channel, "body": body})
            }
            other => panic!("{name}: the sandbox tells of calls and messages only, and not of {other:?}"),
        };
        let Received { once, event, hold, heard, at, .. } = received;
        let got = json!({"about": about, "once": once, "event": event, "hold": hold, "heard": heard, "at": at});
        assert_eq!(got, expected, "{name}");
    }
}

#[test]
fn a_changed_body_is_not_authentic() {
    for Case { name, sample, .. } in cases() {
        let mut request = sample.request();
        request.body.push(b' ');
        assert_eq!(sample.sandbox().receive(&request, sample.now), Err(Rejected::Unauthentic(401)), "{name}");
    }
}

#[test]
fn a_missing_signature_or_timestamp_is_not_authentic() {
    for Case { name, sample, .. } in cases() {
        for header in ["x-sandbox-signature", "x-sandbox-timestamp"] {
            let request = without(sample.request(), header);
            assert_eq!(sample.sandbox().receive(&request, sample.now), Err(Rejected::Unauthentic(401)), "{name}");
        }
    }
}

#[test]
fn a_wrong_signature_is_not_authentic() {
    for Case { name, sample, .. } in cases() {
        let signature = sample.request().header("x-sandbox-signature").unwrap().to_owned();
        let last = if signature.ends_with('0') { "1" } else { "0" };
        let changed = format!("{}{last}", &signature[..signature.len() - 1]);
        for wrong in [changed, signature.replace("v1=", "v2="), "v1=".to_owned(), "v1=zz".to_owned(), String::new()] {
            let mut request = without(sample.request(), "x-sandbox-signature");
            request.headers.push(("x-sandbox-signature".to_owned(), wrong));
            assert_eq!(sample.sandbox().receive(&request, sample.now), Err(Rejected::Unauthentic(401)), "{name}");
        }
    }
}

#[test]
fn a_changed_time_is_not_authentic_and_an_old_one_is_stale() {
    for Case { name, sample, .. } in cases() {
        let sandbox = sample.sandbox();
        let mut request = without(sample.request(), "x-sandbox-timestamp");
        let moved = sample.now + Duration::seconds(1);
        request.headers.push(("x-sandbox-timestamp".to_owned(), moved.timestamp().to_string()));
        assert_eq!(sandbox.receive(&request, sample.now), Err(Rejected::Unauthentic(401)), "{name}");
        for off in [Duration::minutes(6), -Duration::minutes(6)] {
            assert_eq!(sandbox.receive(&sample.request(), sample.now + off), Err(Rejected::Stale), "{name}");
        }
        assert!(sandbox.receive(&sample.request(), sample.now + Duration::minutes(4)).is_ok(), "{name}");
    }
}

#[test]
fn there_are_two_doors_and_no_other() {
    for Case { name, sample, .. } in cases() {
        let mut request = sample.request();
        request.hook = "status".to_owned();
        assert_eq!(sample.sandbox().receive(&request, sample.now), Err(Rejected::UnknownHook("status".to_owned())));
        request.hook = if sample.hook == "voice" { "message" } else { "voice" }.to_owned();
        assert!(matches!(sample.sandbox().receive(&request, sample.now), Err(Rejected::Malformed(_))), "{name}");
    }
}

fn consent_until(expires_at: DateTime<Utc>) -> CloneRequest {
    let now = crate::common::now();
    let by = PersonName::parse("Ana Lim").unwrap();
    let consent = Consent { by, purpose: "greeting".to_owned(), given_at: now, expires_at };
    CloneRequest { label: "greeting".to_owned(), samples: vec![("audio/wav".to_owned(), vec![0; 4])], consent, now }
}

#[tokio::test]
async fn no_voice_is_cloned_on_an_expired_consent() {
    let url = Url::parse("http://127.0.0.1:9").unwrap();
    let sandbox = adapter(&url, &url, &http());
    let effect = EffectId::derive(crate::common::now(), &["clone"]);
    let error = sandbox.clone_voice(&consent_until(crate::common::now()), &effect).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Refused));
    // Nobody listens there: nobody was asked.
    let permitted = consent_until(crate::common::now() + Duration::days(1));
    assert_eq!(sandbox.clone_voice(&permitted, &effect).await.unwrap_err().trouble, Trouble::Unavailable);
}
