//! Seed 001's own requests, and ElevenLabs' own webhook, through a whole gateway.

use crate::common::{House, PATIENCE, QUICK};
use chrono::{DateTime, Duration, NaiveTime, SecondsFormat, Utc};
use frontdesk_core::{
    appointment::Status,
    effect::Channel,
    ports::{AppointmentFilter, CallFilter, IvrStore},
};
use frontdesk_gateway::clock;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

pub(crate) const SECRET: &str = "a-secret-of-32-characters-or-more";
const SIGNING: &str = "wsec_of_the_test";

async fn house() -> House {
    House::open(QUICK, &[("WEBHOOK_SECRET", SECRET), ("ELEVENLABS_WEBHOOK_SECRET", SIGNING)]).await
}

/// Tomorrow at three, as the seed's own test script computes and writes it.
pub(crate) fn tomorrow() -> DateTime<Utc> {
    let day = (clock::now() + Duration::days(1)).date_naive();
    day.and_time(NaiveTime::from_hms_opt(15, 0, 0).unwrap()).and_utc()
}

pub(crate) fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The request as its README prints it, but for the day, which lies in the past by now.
pub(crate) fn readme(time: &str) -> String {
    format!(
        r#"{{
    "caller": "+1234567890",
    "customer_name": "John Doe",
    "summary": "Customer wants to schedule a callback",
    "callback_time": "{time}",
    "email": "john@example.com",
    "intent": "appointment"
  }}"#
    )
}

pub(crate) async fn post(house: &House, path: &str, secret: Option<&str>, body: String) -> (u16, Value) {
    let request = house.http.post(format!("{}{path}", house.running.url)).header("Content-Type", "application/json");
    let request = match secret {
        Some(secret) => request.header("X-Webhook-Secret", secret),
        None => request,
    };
    let answer = request.body(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn booked(house: &House) -> Vec<frontdesk_core::appointment::Appointment> {
    let filter = AppointmentFilter { limit: 100, ..AppointmentFilter::default() };
    house.running.gateway.store.appointments(filter).await.unwrap().items
}

#[tokio::test(flavor = "multi_thread")]
async fn its_own_request_is_answered_in_its_own_words_once_everything_is_done() {
    let house = house().await;
    let time = written(tomorrow());
    let (status, answer) = post(&house, "/webhook", Some(SECRET), readme(&time)).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        (&answer["status"], &answer["message"]),
        (&"success".into(), &"Appointment processed successfully".into())
    );
    let data = &answer["data"];
    assert_eq!(
        (&data["calendar_created"], &data["sms_sent"], &data["email_sent"]),
        (&json!(true), &json!(true), &json!(true))
    );
    assert!(data["calendar_event_id"].is_string(), "{answer}");
    let customer = json!({ "name": "John Doe", "phone": "+1234567890", "email": "john@example.com" });
    assert_eq!((&answer["customer"], &answer["appointment_time"]), (&customer, &json!(time)));

    let appointment = booked(&house).await.remove(0);
    assert_eq!(appointment.starts_at, tomorrow());
    let calendar = house.running.gateway.calendar.list("clinic").unwrap();
    assert_eq!((calendar.len(), calendar[0].starts_at), (1, tomorrow()));
    let sent = house.running.gateway.carrier.as_ref().unwrap().messages(None);
    let by = |channel| sent.iter().filter(|it| it.channel == channel).map(|it| it.body.clone()).collect::<Vec<_>>();
    let (sms, mail) = (by(Channel::Sms), by(Channel::Email));
    assert_eq!((sms.len(), mail.len()), (1, 1));
    assert!(sms[0].contains("your appointment is booked for"), "{}", sms[0]);
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_delivery_is_answered_alike_and_acts_once() {
    let house = house().await;
    let body = readme(&written(tomorrow()));
    let first = post(&house, "/webhook", Some(SECRET), body.clone()).await;
    let by_query = format!("/webhook?secret={SECRET}");
    let (one, other, third) = tokio::join!(
        post(&house, "/webhook", Some(SECRET), body.clone()),
        post(&house, "/webhook", Some(SECRET), body.clone()),
        post(&house, &by_query, None, body),
    );
    for again in [one, other, third] {
        assert_eq!(again, first);
    }
    assert_eq!(booked(&house).await.len(), 1);
    assert_eq!(house.running.gateway.carrier.as_ref().unwrap().messages(None).len(), 2);
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_that_race_act_once() {
    let house = house().await;
    let body = readme(&written(tomorrow()));
    let posts = (0..8).map(|_| post(&house, "/webhook", Some(SECRET), body.clone()));
    let answers = futures_util::future::join_all(posts).await;
    for (status, answer) in answers {
        assert_eq!((status, &answer["data"]["sms_sent"]), (200, &json!(true)), "{answer}");
    }
    assert_eq!(booked(&house).await.len(), 1);
    assert_eq!(house.running.gateway.carrier.as_ref().unwrap().messages(None).len(), 2);
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minimal_request_is_of_a_valued_customer_who_gets_no_mail() {
    let house = house().await;
    let body = format!(r#"{{"caller": "+1234567890", "callback_time": "{}"}}"#, written(tomorrow()));
    let (status, answer) = post(&house, "/webhook", Some(SECRET), body).await;
    assert_eq!((status, &answer["data"]["email_sent"]), (200, &json!(false)), "{answer}");
    assert_eq!(answer["customer"], json!({ "name": "Valued Customer", "phone": "+1234567890", "email": null }));
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_secret_nobody_is_let_in() {
    let house = house().await;
    for secret in [None, Some("wrong"), Some("")] {
        let (status, answer) = post(&house, "/webhook", secret, readme(&written(tomorrow()))).await;
        assert_eq!((status, &answer["detail"]), (403, &json!("Invalid webhook secret")));
    }
    assert_eq!(booked(&house).await, []);
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_booked_is_told_and_waits_for_the_desk() {
    let house = house().await;
    for (body, says) in [
        (r#"{"caller": "+1234567890", "customer_name": "John Doe"}"#.to_owned(), "callback_time"),
        (readme("2025-12-08T15:00:00Z"), "past"),
        (readme("tomorrow at 3"), "morning or in the afternoon"),
    ] {
        let (status, answer) = post(&house, "/webhook", Some(SECRET), body).await;
        assert_eq!(status, 422, "{answer}");
        assert!(answer["detail"].as_str().unwrap().contains(says), "{answer}");
    }
    assert_eq!(booked(&house).await, []);
    let filter = CallFilter { provider: Some("elevenlabs".to_owned()), limit: 10, ..CallFilter::default() };
    assert_eq!(house.running.gateway.store.calls(filter).await.unwrap().items.len(), 3);
    let page = house.ask(Method::GET, "/").header("Accept", "text/html").send().await.unwrap().text().await.unwrap();
    assert!(
        page.contains("Needs a hand") && page.contains("John Doe") && page.contains("told a voice agent"),
        "{page}"
    );
    let listed = house.get("/api/v1/calls?outcome=unbooked").await;
    assert_eq!(listed["items"][0]["collected"]["name"], "John Doe", "{listed}");
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_a_bad_request() {
    let house = house().await;
    for body in ["{", "[]", "{}", r#"{"caller": 5}"#, r#"{"caller": "+1234567890", "email": "john"}"#] {
        let (status, answer) = post(&house, "/webhook", Some(SECRET), body.to_owned()).await;
        assert_eq!(status, 400, "{answer}");
        assert!(answer["detail"].is_string(), "{answer}");
    }
    house.running.stop().await.unwrap();
}

/// The platform's own webhook, signed.
async fn post_call(house: &House, path: &str, body: &Value, signed: i64) -> (u16, Value) {
    let (body, at) = (body.to_string(), signed.to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(SIGNING.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    let signature = format!("t={at},v0={}", hex::encode(mac.finalize().into_bytes()));
    let request = house.http.post(format!("{}{path}", house.running.url)).header("ElevenLabs-Signature", signature);
    let answer = request.body(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn transcription(conversation: &str, data: &Value, words: usize) -> Value {
    let collected: serde_json::Map<_, _> =
        data.as_object().unwrap().iter().map(|(name, value)| (name.clone(), json!({ "value": value }))).collect();
    json!({
        "type": "post_call_transcription", "event_timestamp": clock::now().timestamp(),
        "data": {
            "agent_id": "agent_1", "conversation_id": conversation, "status": "done",
            "transcript": [{ "role": "user", "message": "word ".repeat(words) }],
            "metadata": {
                "start_time_unix_secs": clock::now().timestamp() - 60, "call_duration_secs": 42, "main_language": "en",
                "phone_call": { "type": "twilio", "external_number": "+15005550101", "agent_number": "+15005550000", "call_sid": "CA1" },
            },
            "analysis": { "transcript_summary": "A check-up.", "data_collection_results": collected },
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_books_and_another_one_cancels() {
    let house = house().await;
    let now = clock::now().timestamp();
    // Longer than a webhook usually may be.
    let body =
        transcription("conv_1", &json!({ "callback_time": "tomorrow at 3 pm", "customer_name": "Ana Lim" }), 200_000);
    let (status, answer) = post_call(&house, "/webhooks/elevenlabs/postcall", &body, now).await;
    assert_eq!((status, &answer["status"]), (200, &json!("received")), "{answer}");
    let appointment = booked(&house).await.remove(0);
    assert_eq!(answer["appointment_id"], appointment.id.to_string());
    let there = appointment.starts_at.with_timezone(&chrono_tz::Asia::Singapore);
    assert_eq!(there.format("%H:%M").to_string(), "15:00");

    let body = transcription("conv_2", &json!({ "intent": "cancel" }), 1);
    let (status, answer) = post_call(&house, "/webhook", &body, now).await;
    assert_eq!((status, &answer["status"]), (200, &json!("received")), "{answer}");
    house.until_status(appointment.id, Status::Cancelled).await;
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_signature_is_a_bad_request_and_a_wrong_one_is_not_let_in() {
    let house = house().await;
    let body = transcription("conv_1", &json!({ "callback_time": "tomorrow at 3 pm" }), 1);
    let (status, _) = post_call(&house, "/webhooks/elevenlabs/postcall", &body, clock::now().timestamp() - 3_600).await;
    assert_eq!(status, 400);
    let (status, _) = post(&house, "/webhooks/elevenlabs/postcall", Some(SECRET), body.to_string()).await;
    assert_eq!(status, 401);
    assert_eq!(booked(&house).await, []);
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_asks_who_rings_is_told_what_is_expected() {
    let house = house().await;
    let ask = |from: &str| {
        json!({ "caller_id": from, "agent_id": "agent_1", "called_number": "+15005550000", "call_sid": "CA1" })
            .to_string()
    };
    let path = "/webhooks/elevenlabs/initiation";
    let (status, stranger) = post(&house, path, Some(SECRET), ask("+15005550101")).await;
    assert_eq!((status, &stranger["dynamic_variables"]["known_caller"]), (200, &json!(false)), "{stranger}");
    let body = transcription("conv_1", &json!({ "callback_time": "tomorrow at 3 pm", "customer_name": "Ana Lim" }), 1);
    assert_eq!(post_call(&house, "/webhook", &body, clock::now().timestamp()).await.0, 200);
    // Whoever asks a machine that is too busy is told nothing in time; the next one is.
    let known = async {
        loop {
            let (_, known) = post(&house, path, Some(SECRET), ask("+15005550101")).await;
            if known["dynamic_variables"]["known_caller"] == true {
                return known;
            }
        }
    };
    let known = tokio::time::timeout(PATIENCE, known).await.unwrap();
    let variables = &known["dynamic_variables"];
    assert_eq!(
        (&known["type"], &variables["customer_name"]),
        (&json!("conversation_initiation_client_data"), &json!("Ana Lim"))
    );
    assert!(variables["next_appointment"].as_str().unwrap().contains("at 3 PM"), "{known}");
    assert_eq!(post(&house, path, Some("wrong"), ask("+15005550101")).await.0, 403);
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn health_names_the_services_of_the_seed() {
    let house = house().await;
    let health = house.get("/health").await;
    assert_eq!(
        health["services"],
        json!({
            "google_calendar": false, "caldav": false, "twilio_sms": false, "email": false, "elevenlabs": true,
            "threecx": false,
        })
    );
    assert_eq!((&health["status"], &health["elevenlabs"]), (&json!("healthy"), &json!("disabled")));
    house.running.stop().await.unwrap();
}
