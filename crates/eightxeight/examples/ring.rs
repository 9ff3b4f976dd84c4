//! Places one call and answers its webhooks: the crate alone, with axum around it.
//!
//! Set `EIGHT_X_EIGHT_API_KEY`, `EIGHT_X_EIGHT_SUBACCOUNT_ID`, `OUTBOUND_PHONE_NUMBER`, `WEBHOOK_AUTH_TOKEN` and
//! `WEBHOOK_BASE_URL`, which must lead to port 5678 here; then `cargo run --example ring -- +6591234567`.
//! The subaccount's webhooks are registered anew.
use axum::{Router, body::Bytes, extract, http, response::IntoResponse, routing::post};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    event::Event,
    id::{CallId, EffectId},
    personal::Phone,
    ports::{CallCommand, CallProvider, PlaceCall, WebhookRequest},
    reply::{Reply, Verb},
    speech::Language::En,
};
use frontdesk_eightxeight::{Config, EightXEight};
use std::{error::Error, sync::Arc};
use url::Url;

#[expect(clippy::disallowed_methods, reason = "a program reads the clock; the crate takes it from there")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

#[expect(clippy::disallowed_methods, reason = "a program reads its environment")]
fn var(name: &str) -> Result<String, Box<dyn Error>> {
    std::env::var(name).map_err(|error| format!("{name}: {error}").into())
}

/// What is heard next.
fn reply(event: &Event) -> Reply {
    let say = |text: &str| Verb::Say { text: text.to_owned(), language: En };
    let (step, prompt) = ("menu".to_owned(), "Will you come tomorrow? If so, press 1.".to_owned());
    let ask = Verb::Ask { step, turn: 1, prompt, language: En, digits: 1, timeout_seconds: 6, speech: false };
    match event {
        Event::Answered { .. } | Event::Incoming => Reply(vec![ask]),
        Event::Digits { digits, .. } if digits == "1" => Reply(vec![say("See you tomorrow."), Verb::Hangup]),
        Event::Digits { .. } | Event::Silence { .. } => Reply(vec![say("Goodbye."), Verb::Hangup]),
        _ => Reply::default(),
    }
}

type Door = extract::State<Arc<EightXEight>>;

async fn answer(door: Door, hook: extract::Path<String>, headers: http::HeaderMap, body: Bytes) -> impl IntoResponse {
    let headers = headers.iter().map(|(n, v)| (n.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned()));
    let (method, headers, body) = ("POST".to_owned(), headers.collect(), body.to_vec());
    let request = WebhookRequest { method, hook: hook.0, url: String::new(), headers, body, peer: None };
    match door.receive(&request, now()) {
        Ok(received) => {
            println!("{}", received.event.name());
            let answer = door.render(&reply(&received.event), None);
            ([("content-type", answer.content_type)], answer.body).into_response()
        }
        Err(no) => {
            let status = http::StatusCode::from_u16(no.status()).unwrap_or(http::StatusCode::BAD_REQUEST);
            (status, no.to_string()).into_response()
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (key, account) = (var("EIGHT_X_EIGHT_API_KEY")?.into(), var("EIGHT_X_EIGHT_SUBACCOUNT_ID")?);
    let (public, secret): (Url, _) = (var("WEBHOOK_BASE_URL")?.parse()?, var("WEBHOOK_AUTH_TOKEN")?.into());
    let config = Config::new(key, account, public, vec![secret], Arc::new(now));
    let carrier = Arc::new(EightXEight::new(config, reqwest::Client::builder().build()?));
    let door = Router::new().route("/webhooks/eightxeight/{hook}", post(answer)).with_state(Arc::clone(&carrier));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:5678").await?;
    let server = tokio::spawn(async { axum::serve(listener, door).await });
    println!("{}", carrier.register_webhooks().await?);
    let to = Phone::parse(&std::env::args().nth(1).ok_or("whom to call? give a number")?, None)?;
    let (call_id, from) = (CallId::derive(now(), &["example"]), Phone::parse(&var("OUTBOUND_PHONE_NUMBER")?, None)?);
    let place = PlaceCall { call_id, to, from, ring_seconds: 30, detect_machine: false, agent: None };
    carrier.perform(&CallCommand::Place(place), &EffectId(call_id.0)).await?;
    Ok(server.await??)
}
