//! Seed 003's own `.env` and requests, and a PBX that is listened to.

use crate::{common::House, live_check::check, vendors::SECRET};
use frontdesk_core::ports::{CallFilter, IvrStore};
use frontdesk_gateway::clock;
use frontdesk_testkit::carriers::threecx::{Settings, ThreeCx};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::Duration;

/// The body of an incoming call, as its document prints it.
const INCOMING: &str = r#"{
  "event_type": "IncomingCall",
  "call_id": "abc123-def456-ghi789",
  "caller_id": "+31612345678",
  "called_number": "+31201234567",
  "timestamp": "2025-12-10T12:00:00Z",
  "direction": "In",
  "duration": null,
  "recording_url": null
}"#;

/// The body of a call that an agent had, as its document prints it.
const POST_CALL: &str = r#"{
  "call_id": "elevenlabs_call_123",
  "agent_id": "agent_abc",
  "transcript": "Agent: Hello, how can I help you?\nUser: I need help with my account.",
  "duration_seconds": 185,
  "status": "completed",
  "custom_variables": {
    "caller_id": "+31612345678",
    "threecx_call_id": "abc123-def456-ghi789",
    "cloned_voice_id": "voice_789xyz"
  },
  "timestamp": "2025-12-10T12:03:05Z"
}"#;

/// As its document has it: the time, a full stop, the body.
pub(crate) fn signed(secret: &str, at: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    format!("t={at},v0={}", hex::encode(mac.finalize().into_bytes()))
}

async fn house(more: &str) -> House {
    let env = format!("THREECX_WEBHOOK_SECRET={SECRET}\nELEVENLABS_WEBHOOK_SECRET={SECRET}\n{more}");
    House::with_env("", &[], |_| env).await
}

async fn post(house: &House, path: &str, header: (&str, &str), body: &str) -> (u16, Value) {
    let request = house.http.post(format!("{}{path}", house.running.url)).header("content-type", "application/json");
    let answer = request.header(header.0, header.1).body(body.to_owned()).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn calls(house: &House) -> Vec<frontdesk_core::call::Call> {
    house.running.gateway.store.calls(CallFilter { limit: 50, ..CallFilter::default() }).await.unwrap().items
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_taken_answered_in_its_words_and_alike_however_often_it_is_told() {
    let house = house("").await;
    let now = clock::now().timestamp();
    let mut ids = Vec::new();
    for path in ["/webhook/3cx", "/voiceclone/webhook/3cx", "/webhooks/threecx/3cx"] {
        let (status, body) = post(&house, path, ("X-Signature", &signed(SECRET, now, INCOMING)), INCOMING).await;
        assert_eq!(status, 200, "{path}: {body}");
        assert_eq!(
            body,
            json!({
                "status": "success", "call_id": body["call_id"], "cloned_voice_id": "pending",
                "3cx_call_id": "abc123-def456-ghi789", "message": "Greeting call initiated successfully",
            })
        );
        ids.push(body["call_id"].as_str().unwrap().to_owned());
    }
    ids.dedup();
    let there = calls(&house).await;
    assert_eq!((ids.len(), there.len(), there[0].id.to_string()), (1, 1, ids[0].clone()));
    assert_eq!((there[0].from.reveal(), there[0].to.reveal()), ("+31612345678", "+31201234567"));

    for (kind, message) in [("CallStateChanged", "Call state change logged"), ("CallEnded", "Call end logged")] {
        let body = INCOMING.replace("IncomingCall", kind).replace("\"duration\": null", "\"duration\": 185");
        let answer = post(&house, "/webhook/3cx", ("X-Signature", &signed(SECRET, now, &body)), &body).await;
        assert_eq!(answer, (200, json!({ "status": "acknowledged", "message": message })));
    }
    let over = &calls(&house).await[0];
    assert_eq!((over.state.as_str(), over.seconds), ("ended", Some(185)));
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_nobodys_old_or_unreadable_is_told_so_and_changes_nothing() {
    let house = house("").await;
    let now = clock::now().timestamp();
    let odd = INCOMING.replace("IncomingCall", "CallParked");
    for (header, body, status, says) in [
        (signed("guess", now, INCOMING), INCOMING, 401, "Invalid signature"),
        ("abc".to_owned(), INCOMING, 401, "Invalid signature"),
        (signed(SECRET, 1_733_832_000, INCOMING), INCOMING, 400, "expired"),
        (signed(SECRET, now, &odd), odd.as_str(), 400, "event_type"),
        (signed(SECRET, now, "{}"), "{}", 400, "missing"),
    ] {
        let (got, answer) = post(&house, "/webhook/3cx", ("X-Signature", &header), body).await;
        assert_eq!(got, status, "{answer}");
        assert!(answer["detail"].as_str().unwrap().contains(says), "{answer}");
    }
    let (missing, _) = post(&house, "/webhook/3cx", ("X-Other", "x"), INCOMING).await;
    assert_eq!((missing, calls(&house).await.len()), (401, 0));
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_had_to_say_is_taken_and_answered_in_its_words() {
    let house = house("").await;
    let header = signed(SECRET, clock::now().timestamp(), POST_CALL);
    for path in ["/webhook/postcall", "/voiceclone/webhook/postcall"] {
        let answer = post(&house, path, ("elevenlabs-signature", &header), POST_CALL).await;
        let message = "POST-call event processed successfully";
        let want = json!({ "status": "success", "message": message, "call_id": "elevenlabs_call_123" });
        assert_eq!(answer, (200, want), "{path}");
    }
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn its_health_says_how_each_part_is() {
    let house = house("").await;
    let said: Value =
        house.http.get(format!("{}/voiceclone/health", house.running.url)).send().await.unwrap().json().await.unwrap();
    for (part, want) in [("status", "ok"), ("database", "ok"), ("redis", "disabled"), ("elevenlabs", "disabled")] {
        assert_eq!(said[part], want, "{said}");
    }
    assert!(said["timestamp"].is_string() && said["services"]["threecx"] == true, "{said}");
    house.running.stop().await.unwrap();
}

fn env(pbx: &ThreeCx) -> String {
    format!(
        "THREECX_BASE_URL={}\nTHREECX_CLIENT_ID=ivrapp\nTHREECX_CLIENT_SECRET=client-secret-of-the-test\n",
        pbx.url()
    )
}

async fn pbx() -> ThreeCx {
    let settings = Settings { client_id: "ivrapp".to_owned(), client_secret: "client-secret-of-the-test".to_owned() };
    ThreeCx::start(settings).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pbx_that_is_listened_to_tells_of_its_calls_by_the_same_door() {
    let pbx = pbx().await;
    let house = house(&env(&pbx)).await;
    let read = |pbx: &ThreeCx| pbx.asked().iter().any(|line| line == "GET /callcontrol");
    tokio::time::timeout(Duration::from_secs(30), pbx.until(|pbx| pbx.opened() == 1 && read(pbx))).await.unwrap();
    // What is there at the first look is not told of; it has been had.
    let callid = pbx.ring("+31612345678", "", "150");
    let heard = async {
        while calls(&house).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), heard).await.unwrap();
    let call = calls(&house).await.remove(0);
    assert_eq!((call.provider.as_str(), call.from.reveal()), ("threecx", "+31612345678"));
    assert!(call.provider_call_id.unwrap().contains(&format!(":{callid}:")));
    pbx.hang_up(callid);
    let ended = async {
        while calls(&house).await[0].state.as_str() != "ended" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), ended).await.unwrap();
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pbx_is_asked_whether_what_is_configured_is_there() {
    let pbx = pbx().await;
    let folder = tempfile::tempdir().unwrap();
    let base = format!("THREECX_WEBHOOK_SECRET={SECRET}\n{}", env(&pbx));
    std::fs::write(folder.path().join(".env"), &base).unwrap();
    let (code, said) = check(folder.path(), &[]).await;
    assert_eq!(code, Some(0), "{said}");
    for want in ["Call Control is open to us", "the route point ivrapp is there", "/webhook/3cx"] {
        assert!(said.contains(want), "{said} lacks {want}");
    }
    std::fs::write(folder.path().join("frontdesk.toml"), "[threecx]\nroute_point = \"150\"\nextension = \"160\"\n")
        .unwrap();
    let (code, said) = check(folder.path(), &[]).await;
    assert_eq!(code, Some(1), "{said}");
    for want in ["150 is a Wextension, not a route point", "the extension 160 is not seen"] {
        assert!(said.contains(want), "{said} lacks {want}");
    }
    std::fs::write(folder.path().join(".env"), base.replace("client-secret-of-the-test", "another")).unwrap();
    let (code, said) = check(folder.path(), &[]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("check THREECX_BASE_URL") && !said.contains("another"), "{said}");
}
