//! Places a call and answers its webhooks, with nothing but this crate and a web server.
//!
//! ```sh
//! cargo run -p frontdesk-twilio --example answer -- https://desk.example.com AC… auth-token +15550100 +15550101
//! ```
//!
//! The public URL must lead to port 8080 of this machine.

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::post,
};
use chrono::DateTime;
use frontdesk_core::{
    event::Event,
    id::{CallId, EffectId},
    personal::Phone,
    ports::{CallCommand, CallProvider, PlaceCall, WebhookRequest},
    reply::{Reply, Verb},
    speech::Language,
};
use frontdesk_twilio::{Clock, Config, Twilio};
use std::sync::Arc;

fn say(text: &str) -> Verb {
    Verb::Say { text: text.to_owned(), language: Language::En }
}

fn ask(step: &str, prompt: &str) -> Verb {
    let (step, prompt, language) = (step.to_owned(), prompt.to_owned(), Language::En);
    Verb::Ask { step, turn: 1, prompt, language, digits: 1, timeout_seconds: 6, speech: false }
}

async fn webhook(
    State((twilio, base)): State<(Arc<Twilio>, String)>,
    Path(hook): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let (method, url) = ("POST".to_owned(), format!("{base}{uri}"));
    let request = WebhookRequest { method, hook, url, headers, body: body.to_vec(), peer: None };
    let reply = match twilio.receive(&request, chrono::DateTime::UNIX_EPOCH) {
        Ok(received) => match received.event {
            Event::Answered { .. } | Event::Incoming => vec![ask("menu", "Press any key.")],
            Event::Digits { digits, .. } => vec![say(&format!("You pressed {digits}. Goodbye.")), Verb::Hangup],
            Event::Silence { .. } => vec![say("Goodbye."), Verb::Hangup],
            _ => Vec::new(),
        },
        Err(_) => {
            eprintln!("{}", twilio.why(&request, &[]));
            return StatusCode::FORBIDDEN.into_response();
        }
    };
    let answer = twilio.render(&Reply(reply), None);
    ([(header::CONTENT_TYPE, answer.content_type)], answer.body).into_response()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base, account, token, from, to] = arguments.as_slice() else {
        return Err("say: public-url account-sid auth-token from to".into());
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    // One call is not spread over time, so that any time will do.
    let now = Clock::new(|| DateTime::UNIX_EPOCH);
    let twilio = Arc::new(Twilio::new(Config::new(account, token.clone().into(), base, now), http)?);
    let door = Router::new().route("/webhooks/twilio/{hook}", post(webhook)).with_state((twilio.clone(), base.clone()));
    let server = axum::serve(tokio::net::TcpListener::bind("0.0.0.0:8080").await?, door);
    let (call_id, from, to) = (CallId(uuid::Uuid::new_v4()), Phone::parse(from, None)?, Phone::parse(to, None)?);
    let place = PlaceCall { call_id, from, to, ring_seconds: 30, detect_machine: false, agent: None };
    println!("{:?}", twilio.perform(&CallCommand::Place(place), &EffectId(call_id.0)).await?);
    Ok(server.await?)
}
