//! The REST API: who may ask, what goes wrong, the account, the agent and signed addresses.

use super::{ElevenLabs, calls, talk, voices};
use crate::carriers::{Fault, wait};
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path, Query, Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, io};

pub(super) fn router(vendor: ElevenLabs) -> Router {
    let api = Router::new()
        .route("/v1/user/subscription", get(account))
        .route("/v1/convai/agents/{agent}", get(agent))
        .route("/v1/convai/phone-numbers/{number}", get(number))
        .route("/v1/convai/conversation/get-signed-url", get(signed_url))
        .route("/v1/convai/twilio/outbound-call", post(calls::by_twilio))
        .route("/v1/convai/sip-trunk/outbound-call", post(calls::by_sip))
        .route("/v1/convai/conversations", get(calls::list))
        .route("/v1/convai/conversations/{conversation}", get(calls::read))
        .route("/v1/voices/add", post(voices::add))
        .route("/v1/voices/{voice}", delete(voices::delete))
        .route("/v2/voices", get(voices::list))
        .layer(middleware::from_fn_with_state(vendor.clone(), guard));
    api.route("/v1/convai/conversation", get(talk::open)).with_state(vendor)
}

/// Who has no key is refused, and what is to go wrong goes wrong.
async fn guard(State(vendor): State<ElevenLabs>, request: Request, next: Next) -> Response {
    let key = request.headers().get("xi-api-key").and_then(|key| key.to_str().ok());
    if key != Some(vendor.0.key.as_str()) {
        return error(StatusCode::UNAUTHORIZED, "invalid_api_key", "Invalid API key");
    }
    let (fault, answer) = {
        let mut state = vendor.state();
        state.requests.push(format!("{} {}", request.method(), request.uri().path()));
        (state.faults.pop_front(), state.answers.pop_front())
    };
    if let Some((status, body)) = answer {
        return (StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT), Json(body)).into_response();
    }
    match fault {
        None | Some(Fault::AnswersLast) => next.run(request).await,
        Some(Fault::Slow(duration)) => {
            wait(duration).await;
            next.run(request).await
        }
        Some(Fault::TooMany(after)) => {
            let mut response = error(StatusCode::TOO_MANY_REQUESTS, "system_busy", "Please try again later");
            if let Some(seconds) = after {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            response
        }
        Some(Fault::Status(status)) => page(status),
        Some(Fault::Lies(status)) => {
            next.run(request).await;
            page(status)
        }
        Some(Fault::LosesAnswer) => {
            let broken: Result<Bytes, io::Error> = Err(io::Error::from(io::ErrorKind::ConnectionReset));
            (next.run(request).await.status(), Body::from_stream(tokio_stream::once(broken))).into_response()
        }
    }
}

/// What a proxy answers in its place: a page for people.
fn page(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT);
    (status, [(header::CONTENT_TYPE, "text/html")], "<html>something went wrong</html>").into_response()
}

/// An error in the form of 2026, which keeps the older `status` beside it.
pub(super) fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let detail = json!({ "code": code, "status": code, "message": message, "request_id": "req_1" });
    (status, Json(json!({ "detail": detail }))).into_response()
}

/// A request whose members are wrong, in the form of its framework.
pub(super) fn unprocessable(place: &str, what: &str) -> Response {
    let detail = json!([{ "loc": ["body", place], "msg": what, "type": "value_error" }]);
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "detail": detail }))).into_response()
}

/// <https://elevenlabs.io/docs/api-reference/user/subscription/get>
pub(super) fn subscription() -> Value {
    json!({
        "tier": "creator", "character_count": 10, "character_limit": 100_000, "voice_slots_used": 0, "voice_limit": 10,
        "can_use_instant_voice_cloning": true, "voice_add_edit_counter": 0, "max_voice_add_edits": 95, "status": "active",
    })
}

async fn account(State(vendor): State<ElevenLabs>) -> Response {
    let state = vendor.state();
    let mut subscription = state.subscription.clone();
    subscription["voice_slots_used"] = state.voices.len().into();
    subscription["voice_limit"] = state.voice_limit.into();
    Json(subscription).into_response()
}

/// <https://elevenlabs.io/docs/api-reference/agents/get>
async fn agent(State(vendor): State<ElevenLabs>, Path(id): Path<String>) -> Response {
    let settings = vendor.state().agent.clone();
    if settings.id != id {
        return error(StatusCode::NOT_FOUND, "agent_not_found", "Document not found");
    }
    let allows = |path: &str| settings.overrides.contains(path);
    let tool = |(name, waits): &(String, bool)| json!({ "type": "client", "name": name, "expects_response": waits });
    Json(json!({
        "agent_id": id,
        "name": "Front desk",
        "conversation_config": {
            "asr": { "user_input_audio_format": settings.hears },
            "tts": { "agent_output_audio_format": settings.speaks, "voice_id": "voice_own" },
            "conversation": { "client_events": settings.events, "max_duration_seconds": 600 },
            "agent": {
                "first_message": "Hello", "language": "en",
                "prompt": { "prompt": "You are the front desk.", "tools": settings.tools.iter().map(tool).collect::<Vec<_>>() },
            },
        },
        "platform_settings": { "overrides": {
            "enable_conversation_initiation_client_data_from_webhook": false,
            "conversation_config_override": {
                "agent": {
                    "first_message": allows("agent.first_message"), "language": allows("agent.language"),
                    "prompt": { "prompt": allows("agent.prompt.prompt") },
                },
                "tts": { "voice_id": allows("tts.voice_id") },
            },
        } },
    }))
    .into_response()
}

/// The workspace has one number, `phnum_1`. <https://elevenlabs.io/docs/api-reference/phone-numbers/get>
async fn number(Path(id): Path<String>) -> Response {
    if id != "phnum_1" {
        return error(StatusCode::NOT_FOUND, "phone_number_not_found", "Document not found");
    }
    Json(json!({ "phone_number_id": id, "phone_number": "+15005550006", "label": "Front desk", "provider": "twilio" }))
        .into_response()
}

/// <https://elevenlabs.io/docs/api-reference/conversations/get-signed-url>
async fn signed_url(State(vendor): State<ElevenLabs>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let known = ["agent_id", "include_conversation_id", "branch_id", "environment"];
    if let Some(other) = query.keys().find(|name| !known.contains(&name.as_str())) {
        return unprocessable(other, "unknown parameter");
    }
    let Some(agent) = query.get("agent_id") else {
        return unprocessable("agent_id", "field required");
    };
    if *agent != vendor.state().agent.id {
        return error(StatusCode::NOT_FOUND, "agent_not_found", "Document not found");
    }
    let signature = vendor.draw("cvtkn_");
    let once = query.get("include_conversation_id").is_some_and(|it| it == "true");
    vendor.state().signatures.insert(signature.clone(), once);
    let mut url = vendor.url();
    let _ = url.set_scheme("ws");
    url.set_path("/v1/convai/conversation");
    url.query_pairs_mut().append_pair("agent_id", agent).append_pair("conversation_signature", &signature);
    let mut answer = Map::new();
    answer.insert("signed_url".to_owned(), url.as_str().into());
    if once {
        answer.insert("conversation_id".to_owned(), vendor.draw("conv_").into());
    }
    Json(Value::Object(answer)).into_response()
}
