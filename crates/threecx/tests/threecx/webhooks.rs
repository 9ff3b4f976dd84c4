//! What webhooks mean that are none of the recorded ones, and what they are answered.

use crate::common::{SECRET, alone, http, now, request, told};
use frontdesk_core::{
    event::{EndCause, Event},
    ports::{CallProvider, Received, ReceivedAbout, Rejected},
};
use frontdesk_testkit::suite::call_provider::live_call;
use frontdesk_threecx::ThreeCx;
use hmac::{Hmac, KeyInit, Mac};
use rstest::rstest;
use serde_json::{Value, json};
use sha2::Sha256;

fn signed(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{}.", now().timestamp()).as_bytes());
    mac.update(body);
    format!("t={},v0={}", now().timestamp(), hex::encode(mac.finalize().into_bytes()))
}

fn receive(body: &[u8]) -> Result<Received, Rejected> {
    let adapter = ThreeCx::new(told(), http());
    adapter.receive(&request(&[("x-signature", &signed(body))], body), now())
}

fn event(kind: &str) -> Value {
    json!({
        "event_type": kind, "call_id": "abc123-def456-ghi789", "caller_id": "+31612345678",
        "called_number": "+31201234567", "timestamp": "2025-12-10T12:00:00Z", "direction": "In",
        "duration": null, "recording_url": null,
    })
}

fn with(mut event: Value, member: &str, value: Value) -> Vec<u8> {
    event[member] = value;
    event.to_string().into_bytes()
}

#[rstest]
#[case::no_json(b"{".to_vec(), "it is no JSON")]
#[case::no_object(b"[]".to_vec(), "missing or of another kind")]
#[case::nothing_in_it(b"{}".to_vec(), "missing or of another kind")]
#[case::an_event_of_nobody(with(event("CallParked"), "direction", "In".into()), "`event_type`")]
#[case::a_way_of_nobody(with(event("IncomingCall"), "direction", "Sideways".into()), "`direction`")]
#[case::no_name(with(event("IncomingCall"), "call_id", " ".into()), "`call_id`")]
#[case::a_name_without_end(with(event("IncomingCall"), "call_id", "x".repeat(500).into()), "`call_id`")]
#[case::a_number_that_is_no_text(with(event("IncomingCall"), "caller_id", 31_612_345_678_u64.into()), "another kind")]
#[case::no_time(with(event("IncomingCall"), "timestamp", "noon".into()), "`timestamp`")]
#[case::a_duration_before_zero(with(event("CallEnded"), "duration", (-1).into()), "`duration`")]
fn what_cannot_be_read_is_told_without_repeating_it(#[case] body: Vec<u8>, #[case] says: &str) {
    let answer = receive(&body);
    let Err(Rejected::Malformed(what)) = answer else { panic!("{answer:?}") };
    assert!(what.contains(says), "{what}");
    assert!(!what.contains("612345678") && !what.contains("CallParked"), "{what}");
}

#[test]
fn a_member_that_is_missing_is_not_one_that_is_null() {
    let mut body = event("IncomingCall");
    body.as_object_mut().unwrap().remove("caller_id");
    assert!(matches!(receive(body.to_string().as_bytes()), Err(Rejected::Malformed(_))));
    let hidden = receive(&with(event("IncomingCall"), "caller_id", Value::Null)).unwrap();
    let ReceivedAbout::Call { parties: Some((caller, _)), .. } = hidden.about else { panic!("{hidden:?}") };
    assert!(caller.nobodys());
}

#[test]
fn only_what_is_posted_is_read() {
    let body = event("IncomingCall").to_string();
    let mut got = request(&[("x-signature", &signed(body.as_bytes()))], body.as_bytes());
    got.method = "PUT".to_owned();
    assert!(matches!(alone().receive(&got, now()), Err(Rejected::Malformed(_))));
}

#[test]
fn a_call_begins_and_ends_once_and_changes_as_often_as_it_does() {
    let once = |kind: &str, at: &str| receive(&with(event(kind), "timestamp", at.into())).unwrap().once;
    let (noon, later) = ("2025-12-10T12:00:00Z", "2025-12-10T12:00:09Z");
    for kind in ["IncomingCall", "CallEnded"] {
        assert_eq!(once(kind, noon), once(kind, later));
    }
    assert_ne!(once("CallStateChanged", noon), once("CallStateChanged", later));
    assert_eq!(once("CallStateChanged", noon), once("CallStateChanged", "2025-12-10T13:00:00+01:00"));
    assert_ne!(once("IncomingCall", noon), once("CallEnded", noon));
}

#[rstest]
#[case(json!(185), EndCause::Completed, Some(185))]
#[case(json!(0), EndCause::NoAnswer, None)]
#[case(json!(null), EndCause::Completed, None)]
fn a_call_that_lasted_was_picked_up(#[case] told: Value, #[case] cause: EndCause, #[case] seconds: Option<u32>) {
    let received = receive(&with(event("CallEnded"), "duration", told)).unwrap();
    assert_eq!(received.event, Event::Ended { cause, seconds });
}

#[test]
fn nobody_hears_an_answer_and_each_is_the_seeds_word_for_word() {
    let mut call = live_call("threecx");
    call.provider_call_id = Some("abc123-def456-ghi789".to_owned());
    let adapter = alone();
    let said = |event: &Event| adapter.acknowledge("3cx", event, Some(&call)).body;
    let want = format!(
        "{{\"status\":\"success\",\"call_id\":\"{}\",\"cloned_voice_id\":\"pending\",\
         \"3cx_call_id\":\"abc123-def456-ghi789\",\"message\":\"Greeting call initiated successfully\"}}",
        call.id
    );
    assert_eq!(said(&Event::Incoming), want);
    for (kind, want) in [
        ("CallStateChanged", r#"{"status":"acknowledged","message":"Call state change logged"}"#),
        ("CallEnded", r#"{"status":"acknowledged","message":"Call end logged"}"#),
    ] {
        let received = receive(event(kind).to_string().as_bytes()).unwrap();
        assert!(!received.heard);
        assert_eq!(said(&received.event), want);
    }
}

#[test]
fn a_call_that_goes_out_is_answered_and_nothing_comes_of_it() {
    let received = receive(&with(event("IncomingCall"), "direction", "Out".into())).unwrap();
    let ReceivedAbout::Nothing { answer } = received.about else { panic!("{received:?}") };
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains(r#""3cx_call_id":"abc123-def456-ghi789""#), "{}", answer.body);
    let ended = receive(&with(event("CallEnded"), "direction", "Out".into())).unwrap();
    assert!(matches!(ended.event, Event::Ended { .. }), "a call that we placed ends as well");
}

#[test]
fn who_is_refused_is_told_why_in_words() {
    let adapter = alone();
    for (rejected, says) in [
        (Rejected::Unauthentic(401), "Invalid signature"),
        (Rejected::Stale, "expired"),
        (Rejected::Malformed("`call_id` is empty".to_owned()), "`call_id`"),
    ] {
        let told = adapter.refusal("3cx", &rejected);
        assert!(told.contains(says), "{told}");
    }
}
