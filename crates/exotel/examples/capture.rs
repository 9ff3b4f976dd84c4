//! Prints what people press in an IVR of yours on Exotel, and calls somebody into it: the crate alone, with axum around it.
//!
//! Behind each Gather of the flow stands a Passthru to `https://DESK/webhooks/exotel/ivr/STEP?secret=SECRET`, where STEP is
//! `language` or `state`. The public URL must lead to port 5000 here. Without what follows the secret nobody is called:
//!
//! ```sh
//! cargo run -p frontdesk-exotel --example capture -- https://DESK SECRET KEY TOKEN ACCOUNT/APP +918047491899 +919876543210
//! ```
use axum::{Router, body::Bytes, extract, http, response::IntoResponse, routing::any};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    id::{CallId, EffectId},
    personal::Phone,
    ports::{CallCommand, CallProvider, PlaceCall, ReceivedAbout, WebhookRequest},
};
use frontdesk_exotel::{Api, App, Config, Exotel};
use std::{error::Error, sync::Arc};

#[expect(clippy::disallowed_methods, reason = "a program reads the clock; the crate takes it from there")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

type Door = extract::State<(Arc<Exotel>, String)>;

async fn webhook(
    extract::State((exotel, base)): Door,
    extract::Path(hook): extract::Path<String>,
    method: http::Method,
    uri: http::Uri,
    headers: http::HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let headers = headers.iter().map(|(n, v)| (n.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned()));
    let (method, url, headers) = (method.to_string(), format!("{base}{uri}"), headers.collect());
    let request = WebhookRequest { method, hook, url, headers, body: body.to_vec(), peer: None };
    match exotel.receive(&request, now()) {
        Ok(received) => {
            let answer = match received.about {
                ReceivedAbout::Capture { capture, answer } => {
                    println!("{} at {}: {:?}", capture.sid, capture.step, capture.digits);
                    answer
                }
                _ => exotel.answer(&request.hook, &Default::default(), None),
            };
            let status = http::StatusCode::from_u16(answer.status).unwrap_or(http::StatusCode::BAD_REQUEST);
            (status, [("content-type", answer.content_type)], answer.body).into_response()
        }
        Err(no) => {
            let status = http::StatusCode::from_u16(no.status()).unwrap_or(http::StatusCode::BAD_REQUEST);
            (status, no.to_string()).into_response()
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base, secret, calling @ ..] = arguments.as_slice() else { return Err("say: public-url secret".into()) };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = Config::new(vec![secret.clone().into()]);
    config.trees.insert("ivr".to_owned(), ["language", "state"].map(str::to_owned).to_vec());
    config.webhook_base = Some(base.parse()?);
    if let [key, token, place, ..] = calling {
        let (account, app) = place.split_once('/').ok_or("say: ACCOUNT/APP")?;
        (config.api, config.app) =
            (Some(Api::new(key.clone().into(), token.clone().into(), account)), Some(App::new(app)));
    }
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let exotel = Arc::new(Exotel::new(config, http));
    let door = Router::new().route("/webhooks/exotel/{*hook}", any(webhook)).with_state((exotel.clone(), base.clone()));
    let server = axum::serve(tokio::net::TcpListener::bind("0.0.0.0:5000").await?, door);
    if let [_, _, _, from, to] = calling {
        let (call_id, from, to) = (CallId::derive(now(), &[to]), Phone::parse(from, None)?, Phone::parse(to, None)?);
        let place = PlaceCall { call_id, from, to, ring_seconds: 30, detect_machine: false, agent: None };
        println!("{:?}", exotel.perform(&CallCommand::Place(place), &EffectId(call_id.0)).await?);
    }
    Ok(server.await?)
}
