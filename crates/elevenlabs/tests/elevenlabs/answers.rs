//! What whoever tells or asks is answered.

use crate::common::{adapter, alone, config, nobody, shared};
use frontdesk_core::{
    booking::Booking,
    id::AppointmentId,
    personal::PersonName,
    ports::{BookingReport, CallProvider, Caller, NextAppointment, Progress, ReceivedAbout},
    speech::Language,
};
use frontdesk_testkit::moment;
use serde_json::{Value, json};

fn told(body: &Value) -> (Box<Booking>, &'static str) {
    let received = alone().receive(&shared("webhook", &body.to_string()), moment("2025-12-07T12:00:00Z")).unwrap();
    match received.about {
        ReceivedAbout::Booking { booking, dialect } => (booking, dialect),
        other => panic!("{other:?}"),
    }
}

fn report(refused: Option<&str>) -> BookingReport {
    BookingReport {
        appointment: None,
        refused: refused.map(str::to_owned),
        calendar: Progress::Done,
        sms: Progress::Pending,
        email: Progress::Not,
        event_id: Some("event123".to_owned()),
        link: Some("https://calendar.google.com/event?eid=1".to_owned()),
    }
}

#[test]
fn seed_001_is_answered_in_its_own_words_with_what_is_true() {
    let (booking, dialect) = told(&json!({
        "caller": "+1234567890", "customer_name": "John Doe", "callback_time": "2025-12-08T15:00:00Z",
        "email": "john@example.com",
    }));
    let answer = alone().report(dialect, &booking, &report(None));
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(body["status"], "success");
    assert_eq!(body["message"], "Appointment processed successfully");
    let data = json!({
        "calendar_created": true, "sms_sent": "pending", "email_sent": false,
        "calendar_event_id": "event123", "calendar_link": "https://calendar.google.com/event?eid=1",
    });
    assert_eq!(body["data"], data);
    assert_eq!(body["customer"], json!({ "name": "John Doe", "phone": "+1234567890", "email": "john@example.com" }));
    assert_eq!(body["appointment_time"], "2025-12-08T15:00:00Z");
}

#[test]
fn seed_001_calls_somebody_without_a_name_a_valued_customer() {
    let (booking, dialect) = told(&json!({ "caller": "+1234567890", "callback_time": "2025-12-08T15:00:00Z" }));
    let answer = alone().report(dialect, &booking, &report(None));
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["customer"], json!({ "name": "Valued Customer", "phone": "+1234567890", "email": null }));
}

#[test]
fn seed_001_is_told_why_nothing_was_booked() {
    let (booking, dialect) = told(&json!({ "caller": "+1234567890" }));
    let answer = alone().report(dialect, &booking, &report(Some("the time is missing; ask for day and time")));
    assert_eq!((answer.status, answer.content_type), (422, "application/problem+json"));
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let detail = body["detail"].as_str().unwrap();
    assert!(detail.contains("callback_time") && detail.contains("is missing"), "{detail}");
}

#[test]
fn seed_003_and_the_platform_are_always_answered_by_200() {
    let seed = json!({ "call_id": "elevenlabs_call_123", "agent_id": "agent_abc" });
    let platform =
        json!({ "type": "post_call_transcription", "data": { "agent_id": "xyz", "conversation_id": "conv" } });
    for refused in [None, Some("the time lies in the past; ask for another")] {
        let (booking, dialect) = told(&seed);
        let answer = alone().report(dialect, &booking, &report(refused));
        let want = json!({
            "status": "success", "message": "POST-call event processed successfully", "call_id": "elevenlabs_call_123",
        });
        assert_eq!((answer.status, serde_json::from_str::<Value>(&answer.body).unwrap()), (200, want));
        let (booking, dialect) = told(&platform);
        let answer = alone().report(dialect, &booking, &report(refused));
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        let status = if refused.is_some() { "needs_review" } else { "received" };
        assert_eq!((answer.status, &body["status"], &body["detail"]), (200, &status.into(), &refused.into()));
    }
}

fn ana() -> Caller {
    Caller {
        business: "clinic".to_owned(),
        business_name: "Lakeside Clinic".to_owned(),
        time_zone: "Asia/Singapore".parse().unwrap(),
        language: Language::Es,
        name: Some(PersonName::parse("Ana Lim").unwrap()),
        next: Some(NextAppointment {
            id: AppointmentId::derive(moment("2026-11-20T09:00:00Z"), &["ana"]),
            starts_at: moment("2026-11-21T09:00:00Z"),
            spoken: "el sábado 21 de noviembre a las 17:00".to_owned(),
            service: None,
        }),
    }
}

#[test]
fn an_agent_that_asks_is_told_every_variable_whoever_rings() {
    let names = |caller: Option<&Caller>| -> Vec<String> {
        let body: Value = serde_json::from_str(&alone().introduce(caller).body).unwrap();
        assert_eq!(body["type"], "conversation_initiation_client_data");
        assert_eq!(body.get("conversation_config_override"), None);
        body["dynamic_variables"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(names(Some(&ana())), names(None));
    let body: Value = serde_json::from_str(&alone().introduce(Some(&ana())).body).unwrap();
    let variables = &body["dynamic_variables"];
    assert_eq!(variables["customer_name"], "Ana Lim");
    assert_eq!(variables["next_appointment"], "el sábado 21 de noviembre a las 17:00");
    assert_eq!((&variables["known_caller"], &variables["language"]), (&true.into(), &"es".into()));
}

#[test]
fn the_language_is_set_only_where_the_agent_allows_it() {
    let mut config = config(nobody());
    config.overrides.language = true;
    let body: Value = serde_json::from_str(&adapter(config).introduce(Some(&ana())).body).unwrap();
    assert_eq!(body["conversation_config_override"], json!({ "agent": { "language": "es" } }));
}
