//! Seed 001's calls that come in by Twilio: handed to an agent of ElevenLabs', or to the flow where that does not answer.

use crate::{
    common::House,
    vendors::{CLINIC, TOKEN, env_of_twilio},
};
use axum::{Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::post};
use frontdesk_core::call::CallState;
use frontdesk_core::ports::{CallFilter, IvrStore};
use frontdesk_testkit::carriers::twilio::sign;
use reqwest::Method;
use serde_json::Value;
use std::sync::{Arc, Mutex};

const TWIML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Connect><Stream url=\"wss://api.elevenlabs.io/x\"/></Connect></Response>";
const INBOUND: &str = "/voice/inbound";

#[derive(Clone, Default)]
struct Vendor {
    asked: Arc<Mutex<Vec<Value>>>,
    away: bool,
}

async fn vendor(away: bool) -> (Vendor, String) {
    let vendor = Vendor { away, ..Vendor::default() };
    let register = |State(vendor): State<Vendor>, Json(body): Json<Value>| async move {
        vendor.asked.lock().unwrap().push(body);
        if vendor.away { StatusCode::SERVICE_UNAVAILABLE.into_response() } else { TWIML.into_response() }
    };
    let router = Router::new().route("/v1/convai/twilio/register-call", post(register)).with_state(vendor.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (vendor, url)
}

async fn house(inbound: &str, eleven: &str) -> House {
    let toml = format!("inbound = \"{inbound}\"\n{CLINIC}");
    let env = |url: &str| {
        format!(
            "BASE_URL={url}\nELEVENLABS_AGENT_ID=agent_1\nELEVENLABS_API_KEY=key\nELEVENLABS_BASE_URL={eleven}\n{}",
            env_of_twilio("http://127.0.0.1:9")
        )
    };
    House::with_env(&toml, &[], env).await
}

/// Somebody rings; Twilio asks what they hear.
async fn ring(house: &House, method: Method) -> (u16, String, String) {
    let pairs = [
        ("From", "+15551234567"),
        ("To", "+15005550009"),
        ("CallSid", "CA1"),
        ("Direction", "inbound"),
        ("CallStatus", "ringing"),
        ("AccountSid", crate::vendors::ACCOUNT),
    ];
    let form: Vec<(String, String)> =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let public = house.config.public_url.as_ref().unwrap().as_str().trim_end_matches('/').to_owned();
    let request = if method == Method::GET {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let path = format!("{INBOUND}?{query}");
        let signature = sign(TOKEN, &format!("{public}{path}"), &[]);
        house.http.get(format!("{}{path}", house.running.url)).header("X-Twilio-Signature", signature)
    } else {
        let signature = sign(TOKEN, &format!("{public}{INBOUND}"), &form);
        house.http.post(format!("{}{INBOUND}", house.running.url)).form(&form).header("X-Twilio-Signature", signature)
    };
    let answer = request.send().await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (answer.status().as_u16(), kind, answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_handed_to_the_agent_by_either_method() {
    for method in [Method::POST, Method::GET] {
        let (vendor, url) = vendor(false).await;
        let house = house("agent", &url).await;
        let (status, kind, twiml) = ring(&house, method).await;
        assert_eq!((status, twiml.as_str()), (200, TWIML));
        assert!(kind.contains("xml"), "{kind}");
        let asked = vendor.asked.lock().unwrap().remove(0);
        assert_eq!((&asked["agent_id"], &asked["from_number"]), (&"agent_1".into(), &"+15551234567".into()));
        let filter = CallFilter { provider: Some("twilio".to_owned()), limit: 10, ..CallFilter::default() };
        let calls = house.running.gateway.store.calls(filter).await.unwrap().items;
        assert_eq!((calls.len(), calls[0].state), (1, CallState::InProgress));
        let variables = &asked["conversation_initiation_client_data"]["dynamic_variables"];
        assert_eq!(variables["gateway_call_id"], calls[0].id.to_string());
        house.running.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_flow_answers_where_the_agent_does_not() {
    let (vendor, url) = vendor(true).await;
    let house = house("agent", &url).await;
    let (status, _, twiml) = ring(&house, Method::POST).await;
    assert_eq!((status, vendor.asked.lock().unwrap().len()), (200, 1));
    assert!(twiml.contains("Hello, this is Lakeside Clinic"), "{twiml}");
    house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn seed_001s_own_answer_is_there_for_who_tests_against_it() {
    let house = house("seed", "http://127.0.0.1:9").await;
    let (status, _, twiml) = ring(&house, Method::POST).await;
    assert_eq!(status, 200);
    for part in [
        "<Stream url=\"wss://api.elevenlabs.io/v1/convai/conversation?agent_id=agent_1\">",
        "<Parameter name=\"call_sid\" value=\"CA1\" />",
        "<Parameter name=\"from\" value=\"+15551234567\" />",
    ] {
        assert!(twiml.contains(part), "{twiml}");
    }
    house.running.stop().await.unwrap();
}
