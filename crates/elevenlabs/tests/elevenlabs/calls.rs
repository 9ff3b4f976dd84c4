//! Calls that are handed to an agent, and what the account says, against a vendor over HTTP.

use crate::common::{AGENT, KEY, adapter, alone, config, http};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use frontdesk_core::{
    id::CallId,
    ports::{AgentLine, Caller, HandOver, Happened, PortError, Trouble},
    speech::Language,
};
use frontdesk_testkit::{moment, phone};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

const TWIML: &str = "<?xml version=\"1.0\"?><Response><Connect><Stream url=\"wss://x\"/></Connect></Response>";

#[derive(Clone, Default)]
struct Vendor {
    asked: Arc<Mutex<Vec<Value>>>,
    answer: Arc<Mutex<Option<(u16, String)>>>,
    silent: bool,
}

async fn register(State(vendor): State<Vendor>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    if headers.get("xi-api-key").is_none_or(|key| key != KEY) {
        let body = json!({ "detail": { "status": "invalid_api_key", "message": "no" } });
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    vendor.asked.lock().unwrap().push(body);
    if vendor.silent {
        std::future::pending::<()>().await;
    }
    match vendor.answer.lock().unwrap().clone() {
        Some((status, body)) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        None => TWIML.into_response(),
    }
}

async fn start(vendor: &Vendor) -> url::Url {
    let agent = json!({
        "name": "Front desk",
        "conversation_config": { "tts": { "agent_output_audio_format": "pcm_16000" }, "asr": { "user_input_audio_format": "ulaw_8000" } },
    });
    let subscription = json!({ "tier": "creator", "character_count": 10, "character_limit": 100 });
    let router = Router::new()
        .route("/v1/convai/twilio/register-call", post(register))
        .route("/v1/user/subscription", get(move || async move { Json(subscription) }))
        .route(&format!("/v1/convai/agents/{AGENT}"), get(move || async move { Json(agent) }))
        .with_state(vendor.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

fn call(as_seed: bool) -> HandOver {
    HandOver {
        call_id: CallId::derive(moment("2026-11-20T09:00:00Z"), &["call"]),
        provider_call_id: Some("CA1&2".to_owned()),
        from: phone("+15551234567"),
        to: phone("+15559876543"),
        caller: Caller {
            business: "clinic".to_owned(),
            business_name: "Lakeside Clinic".to_owned(),
            time_zone: "Asia/Singapore".parse().unwrap(),
            language: Language::En,
            name: None,
            next: None,
        },
        as_seed,
    }
}

async fn refused(vendor: &Vendor) -> PortError {
    adapter(config(start(vendor).await)).hand_over(&call(false)).await.unwrap_err()
}

#[tokio::test]
async fn a_call_is_registered_and_the_twiml_comes_back_letter_by_letter() {
    let vendor = Vendor::default();
    let adapter = adapter(config(start(&vendor).await));
    let answer = adapter.hand_over(&call(false)).await.unwrap();
    assert_eq!((answer.status, answer.content_type, answer.body.as_str()), (200, "application/xml", TWIML));
    let asked = vendor.asked.lock().unwrap().remove(0);
    assert_eq!(asked["agent_id"], AGENT);
    assert_eq!((&asked["from_number"], &asked["to_number"]), (&"+15551234567".into(), &"+15559876543".into()));
    assert_eq!(asked["direction"], "inbound");
    let variables = &asked["conversation_initiation_client_data"]["dynamic_variables"];
    assert_eq!(variables["gateway_call_id"], call(false).call_id.to_string());
    assert_eq!(variables["known_caller"], false);
}

#[tokio::test]
async fn an_agent_that_does_not_answer_in_time_is_done_without() {
    let vendor = Vendor { silent: true, ..Vendor::default() };
    let mut config = config(start(&vendor).await);
    config.api.as_mut().unwrap().answer_within = Duration::from_millis(50);
    let error = adapter(config).hand_over(&call(false)).await.unwrap_err();
    assert_eq!((error.trouble, error.happened), (Trouble::Unavailable, Happened::No));
}

#[tokio::test]
async fn what_is_no_twiml_is_no_answer() {
    let vendor = Vendor::default();
    *vendor.answer.lock().unwrap() = Some((200, "{\"twiml\":\"<Response/>\"}".to_owned()));
    assert_eq!(refused(&vendor).await.trouble, Trouble::Broken);
}

#[tokio::test]
async fn a_refusal_is_told_by_its_code_and_gives_nothing_away() {
    let vendor = Vendor::default();
    let body = json!({ "detail": { "status": "quota_exceeded", "message": "+15551234567 has used it" } });
    *vendor.answer.lock().unwrap() = Some((401, body.to_string()));
    let error = refused(&vendor).await;
    assert_eq!(error.trouble, Trouble::Unauthorised);
    assert!(error.message.contains("quota") && !error.message.contains("555"), "{error}");
    let error = alone().hand_over(&call(false)).await.unwrap_err();
    assert!(!format!("{error:?}").contains(KEY), "{error:?}");
}

#[tokio::test]
async fn seed_001s_own_answer_asks_nobody() {
    let answer = alone().hand_over(&call(true)).await.unwrap();
    for part in [
        "<Stream url=\"wss://api.elevenlabs.io/v1/convai/conversation?agent_id=agent_abc\">",
        "<Parameter name=\"call_sid\" value=\"CA1&amp;2\" />",
        "<Parameter name=\"from\" value=\"+15551234567\" />",
    ] {
        assert!(answer.body.contains(part), "{}", answer.body);
    }
}

#[tokio::test]
async fn the_account_and_the_agents_settings_are_told() {
    let vendor = Vendor::default();
    let checked = adapter(config(start(&vendor).await)).check().await.unwrap();
    assert_eq!(checked.fine.len(), 2);
    assert_eq!(checked.troubles.len(), 1, "{checked:?}");
    assert!(checked.troubles[0].contains("speaks in pcm_16000"), "{checked:?}");
    let mut without = config("http://127.0.0.1:9".parse().unwrap());
    without.api = None;
    let error = frontdesk_elevenlabs::ElevenLabs::new(without, http()).check().await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Unsupported);
}
