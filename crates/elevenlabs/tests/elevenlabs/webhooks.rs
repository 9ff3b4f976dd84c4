//! What webhooks mean that are none of the recorded ones.

use crate::common::{adapter, alone, config, nobody, shared};
use frontdesk_core::{
    booking::{Booking, Wish},
    ports::{CallProvider, ReceivedAbout, Rejected},
    speech::When,
};
use frontdesk_elevenlabs::Fields;
use frontdesk_testkit::moment;
use rstest::rstest;
use serde_json::{Value, json};

fn read(body: &Value) -> Result<Booking, Rejected> {
    read_with(&alone(), body)
}

fn read_with(adapter: &dyn CallProvider, body: &Value) -> Result<Booking, Rejected> {
    let received = adapter.receive(&shared("webhook", &body.to_string()), moment("2025-12-07T12:00:00Z"))?;
    match received.about {
        ReceivedAbout::Booking { booking, .. } => Ok(*booking),
        other => panic!("{other:?}"),
    }
}

fn collected(data: &Value) -> Value {
    let map: serde_json::Map<_, _> = data
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), json!({ "data_collection_id": name, "value": value })))
        .collect();
    json!({
        "type": "post_call_transcription", "event_timestamp": 1_739_537_297,
        "data": { "agent_id": "xyz", "conversation_id": "conv", "analysis": { "data_collection_results": map } },
    })
}

#[rstest]
#[case::no_json("{", "no JSON")]
#[case::no_object("[]", "no JSON object")]
#[case::empty("{}", "none that ElevenLabs sends")]
#[case::data_without_type(r#"{"data":{}}"#, "none that ElevenLabs sends")]
#[case::an_event_of_3cx(r#"{"event_type":"IncomingCall","call_id":"a"}"#, "/webhook/3cx")]
#[case::no_number(r#"{"caller":"me"}"#, "`caller`")]
#[case::a_number_that_is_none(r#"{"caller":12}"#, "none that ElevenLabs sends")]
#[case::an_address_that_is_none(r#"{"caller":"+1234567890","email":"john"}"#, "`email` is not an e-mail address")]
#[case::a_time_that_is_no_text(r#"{"caller":"+1234567890","callback_time":5}"#, "`callback_time` is no text")]
#[case::open_telemetry(
    r#"{"type":"post_call_transcription","data":{"agent_id":"xyz","resourceSpans":[]}}"#,
    "transcript format to json"
)]
fn what_cannot_be_read_is_told_without_repeating_it(#[case] body: &str, #[case] says: &str) {
    let answer = alone().receive(&shared("webhook", body), moment("2025-12-07T12:00:00Z"));
    let Err(Rejected::Malformed(what)) = answer else { panic!("{answer:?}") };
    assert!(what.contains(says), "{what}");
    assert!(!what.contains("1234567890"), "{what}");
}

#[test]
fn only_what_is_posted_is_read() {
    let mut request = shared("webhook", "{}");
    request.method = "GET".to_owned();
    let answer = alone().receive(&request, moment("2025-12-07T12:00:00Z"));
    assert!(matches!(answer, Err(Rejected::Malformed(what)) if what.contains("POST")));
}

#[test]
fn the_same_appointment_told_again_has_the_same_name_and_another_one_another() {
    let told = |time: &str| read(&json!({ "caller": "+1234567890", "callback_time": time })).unwrap().key;
    assert_eq!(told("2025-12-08T15:00:00Z"), told("2025-12-08T15:00:00Z"));
    assert_ne!(told("2025-12-08T15:00:00Z"), told("2025-12-08T16:00:00Z"));
}

#[test]
fn a_conversation_has_one_name_whoever_tells_of_it() {
    let seed = json!({ "call_id": "conv", "agent_id": "xyz", "custom_variables": { "caller_id": "+31612345678" } });
    assert_eq!(read(&seed).unwrap().key, read(&collected(&json!({}))).unwrap().key);
}

#[rstest]
#[case(json!({ "callback_time": "2025-12-08T15:00:00Z" }), Wish::Book)]
#[case(json!({ "callback_time": "2025-12-08T15:00:00Z", "intent": "reschedule" }), Wish::Move)]
#[case(json!({ "intent": "cancel" }), Wish::Cancel)]
#[case(json!({ "intent": "book" }), Wish::Book)]
#[case(json!({ "intent": "something else" }), Wish::Nothing)]
#[case(json!({ "callback_time": "none" }), Wish::Nothing)]
#[case(json!({ "callback_time": null }), Wish::Nothing)]
#[case(json!({}), Wish::Nothing)]
fn a_time_asks_for_an_appointment_unless_the_intent_says_otherwise(#[case] data: Value, #[case] wish: Wish) {
    assert_eq!(read(&collected(&data)).unwrap().wish, wish);
}

#[test]
fn seed_001_always_asks_for_an_appointment() {
    for intent in [Value::Null, "appointment".into(), "sales".into(), "none".into()] {
        let booking = read(&json!({ "caller": "+1234567890", "intent": intent })).unwrap();
        assert_eq!((booking.wish, booking.when), (Wish::Book, When::Missing), "{intent}");
    }
}

#[test]
fn data_go_by_the_names_they_are_given() {
    let mut config = config(nobody());
    let names = |name: &str| vec![name.to_owned()];
    config.fields = Fields { time: names("when"), name: names("who"), ..Fields::default() };
    let data = collected(&json!({ "when": "2025-12-08T15:00:00", "who": "Ana", "callback_time": "ignored" }));
    let booking = read_with(&adapter(config), &data).unwrap();
    assert!(matches!(booking.when, When::Local(_)));
    assert_eq!(booking.name.unwrap().reveal(), "Ana");
}

#[test]
fn what_was_said_is_not_printed() {
    let booking = read(&json!({
        "caller": "+1234567890", "customer_name": "John Doe", "summary": "John has a toothache",
        "callback_time": "when John can", "email": "john@example.com",
    }));
    let printed = format!("{:?}", booking.unwrap());
    for secret in ["John", "toothache", "234567890", "john@"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
