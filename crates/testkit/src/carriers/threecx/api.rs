//! The API: who is let in, what there is, and calls that are placed.

use super::{ThreeCx, line, live, shown};
use crate::carriers::{Fault, wait};
use axum::{
    Form, Json, Router,
    body::{Body, Bytes},
    extract::{Path, Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use frontdesk_core::personal::Phone;
use serde_json::{Value, json};
use std::{collections::HashMap, io};

pub(super) fn router(pbx: ThreeCx) -> Router {
    let inside = Router::new()
        .route("/callcontrol", get(all))
        .route("/callcontrol/ws", get(live::socket))
        .route("/callcontrol/{dn}", get(one))
        .route("/callcontrol/{dn}/devices", get(devices))
        .route("/callcontrol/{dn}/participants", get(participants))
        .route("/callcontrol/{dn}/participants/{id}", get(participant))
        .route("/callcontrol/{dn}/participants/{id}/stream", get(live::says).post(live::hears))
        .route("/callcontrol/{dn}/participants/{id}/{action}", post(line::act))
        .route("/callcontrol/{dn}/makecall", post(call_from))
        .route("/callcontrol/{dn}/devices/{device}/makecall", post(call_by))
        .route_layer(middleware::from_fn_with_state(pbx.clone(), guard));
    Router::new().route("/connect/token", post(token)).merge(inside).with_state(pbx)
}

/// A new token makes the one before worthless.
async fn token(State(pbx): State<ThreeCx>, Form(form): Form<HashMap<String, String>>) -> Response {
    let settings = &pbx.0.settings;
    let given = |name: &str| form.get(name).map(String::as_str);
    let ours = given("client_id") == Some(&settings.client_id)
        && given("client_secret") == Some(&settings.client_secret)
        && given("grant_type") == Some("client_credentials");
    if !ours {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let token = {
        let mut state = pbx.state();
        state.tokens += 1;
        let token = format!("token-{}", state.tokens);
        state.token = Some(token.clone());
        token
    };
    Json(json!({ "token_type": "Bearer", "expires_in": 3_600, "access_token": token, "refresh_token": null }))
        .into_response()
}

async fn guard(State(pbx): State<ThreeCx>, request: Request, next: Next) -> Response {
    let bearer = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
    if bearer.is_none() || bearer != pbx.state().token {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let path = request.uri().path().to_owned();
    if path.contains([':', '@', ';']) {
        return refusal(400, "a name in the path is not encoded");
    }
    let fault = if request.method() == axum::http::Method::POST { pbx.0.ledger.fault() } else { None };
    match fault {
        Some(Fault::Slow(span)) => wait(span).await,
        Some(Fault::TooMany(_)) => return refusal(429, "too many"),
        Some(Fault::Status(status)) => return refusal(status, "at +31612345678"),
        _ => {}
    }
    let line = format!("{} {path}", request.method());
    let response = next.run(request).await;
    // Once it was looked at: who waits for it may change things.
    pbx.state().asked.push(line);
    pbx.touch();
    match fault {
        Some(Fault::Lies(status)) => refusal(status, "at +31612345678"),
        Some(Fault::LosesAnswer) => {
            let broken: Result<Bytes, io::Error> = Err(io::Error::from(io::ErrorKind::ConnectionReset));
            (response.status(), Body::from_stream(tokio_stream::once(broken))).into_response()
        }
        _ => response,
    }
}

pub(super) fn refusal(status: u16, why: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(json!({ "finalstatus": "Failed", "reason": "Failed", "reasontext": why }))).into_response()
}

fn missing() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

fn extension(pbx: &ThreeCx, dn: &str) -> Option<Value> {
    let state = pbx.state();
    let extension = state.extensions.get(dn)?;
    let device = |device: &String| json!({ "dn": dn, "device_id": device, "user_agent": "3CX" });
    let parts = state.parts.iter().filter(|((of, _), _)| of == dn).map(|(_, part)| shown(dn, part));
    Some(json!({
        "dn": dn, "type": extension.kind, "devices": extension.devices.iter().map(device).collect::<Vec<_>>(),
        "participants": parts.collect::<Vec<_>>(),
    }))
}

async fn all(State(pbx): State<ThreeCx>) -> Response {
    let names: Vec<_> = pbx.state().extensions.keys().cloned().collect();
    Json(names.iter().filter_map(|dn| extension(&pbx, dn)).collect::<Vec<_>>()).into_response()
}

async fn one(State(pbx): State<ThreeCx>, Path(dn): Path<String>) -> Response {
    extension(&pbx, &dn).map_or_else(missing, |extension| Json(extension).into_response())
}

async fn devices(State(pbx): State<ThreeCx>, Path(dn): Path<String>) -> Response {
    extension(&pbx, &dn).map_or_else(missing, |extension| Json(extension["devices"].clone()).into_response())
}

async fn participants(State(pbx): State<ThreeCx>, Path(dn): Path<String>) -> Response {
    extension(&pbx, &dn).map_or_else(missing, |extension| Json(extension["participants"].clone()).into_response())
}

async fn participant(State(pbx): State<ThreeCx>, Path((dn, id)): Path<(String, u64)>) -> Response {
    let part = pbx.state().parts.get(&(dn.clone(), id)).cloned();
    part.map_or_else(missing, |part| Json(shown(&dn, &part)).into_response())
}

async fn call_from(State(pbx): State<ThreeCx>, Path(dn): Path<String>, Json(body): Json<Value>) -> Response {
    place(&pbx, &dn, None, body)
}

async fn call_by(
    State(pbx): State<ThreeCx>,
    Path((dn, device)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Response {
    place(&pbx, &dn, Some(&device), body)
}

fn place(pbx: &ThreeCx, dn: &str, device: Option<&str>, body: Value) -> Response {
    let known = {
        let state = pbx.state();
        state
            .extensions
            .get(dn)
            .map(|extension| device.is_none_or(|device| extension.devices.iter().any(|it| it == device)))
    };
    let Some(known) = known else { return missing() };
    if !known {
        return refusal(424, "there is no such device");
    }
    if device == Some("not_registered_dev") {
        return answer(pbx, false, "NotRegistered", &Value::Null);
    }
    let Some(to) = body["destination"].as_str().and_then(|to| Phone::known(to.to_owned()).ok()) else {
        return refusal(422, "no destination");
    };
    if pbx.0.ledger.script_of(to.reveal()).refused {
        return answer(pbx, false, "NoDestinations", &Value::Null);
    }
    let result = pbx.place(dn, &to, body);
    answer(pbx, true, "None", &result)
}

/// What became of a request about a call.
pub(super) fn answer(pbx: &ThreeCx, done: bool, reason: &str, result: &Value) -> Response {
    let status = match (pbx.state().numeric, done) {
        (true, true) => json!(1),
        (true, false) => json!(0),
        (false, true) => json!("Success"),
        (false, false) => json!("Failed"),
    };
    let text = "about +31612345678";
    Json(json!({ "finalstatus": status, "reason": reason, "reasontext": text, "result": result })).into_response()
}
