//! Both APIs, as their pages describe them.

use super::{
    super::{Fault, Placed, Sent, wait},
    EightXEight, Webhook, check, session,
};
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use frontdesk_core::personal::Phone;
use serde_json::{Value, json};

pub(super) fn router(carrier: EightXEight) -> Router {
    let account = Router::new()
        .route("/callflows", post(place))
        .route("/webhooks", get(list).post(register))
        .route("/webhooks/{kind}", delete(unregister))
        .route("/speech-profiles", get(voices))
        .route("/messages", post(send))
        .layer(middleware::from_fn_with_state(carrier.clone(), admit));
    Router::new().nest("/api/v1/subaccounts/{subaccount}", account).with_state(carrier)
}

/// Credentials and the account, then whatever is to go wrong.
async fn admit(
    State(carrier): State<EightXEight>,
    Path(path): Path<Vec<(String, String)>>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let expected = format!("Bearer {}", carrier.0.settings.api_key);
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value.as_bytes() != expected.as_bytes()) {
        return not_created(401, 401, "Authentication header not found or token invalid");
    }
    let settings = &carrier.0.settings;
    let named = path.iter().find(|(name, _)| name == "subaccount").map(|(_, value)| value.as_str());
    if !named.is_some_and(|named| named == settings.subaccount || named == settings.sms_subaccount) {
        return not_created(404, 404, "SubAccount not found by Id");
    }
    let fault = carrier.0.ledger.fault();
    match fault {
        Some(Fault::Slow(span)) => tokio::time::sleep(span).await,
        Some(Fault::TooMany(seconds)) => {
            let mut response = StatusCode::TOO_MANY_REQUESTS.into_response();
            if let Some(seconds) = seconds {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            return response;
        }
        Some(Fault::Status(status)) => return odd(status),
        _ => {}
    }
    let response = next.run(request).await;
    match fault {
        Some(Fault::Lies(status)) => odd(status),
        Some(Fault::LosesAnswer) => lost(),
        Some(Fault::AnswersLast) => {
            carrier.0.ledger.settled().await;
            response
        }
        _ => response,
    }
}

/// What a proxy says, not the API.
fn odd(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "text/html")], "<html><body>It is not me, it is you.</body></html>")
        .into_response()
}

/// An answer that breaks off.
fn lost() -> Response {
    let broken = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "lost on purpose");
    Body::from_stream(tokio_stream::once(Err::<Bytes, _>(broken))).into_response()
}

fn answer(status: u16, body: Value) -> Response {
    (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(body)).into_response()
}

fn not_created(status: u16, code: i64, message: &str) -> Response {
    answer(status, json!({"sessionStatus": "NOT_CREATED", "statusCode": code, "statusMessage": message}))
}

async fn place(State(carrier): State<EightXEight>, Json(body): Json<Value>) -> Response {
    let flow = match check::request(&carrier.0.settings, &body, carrier.now()) {
        Ok(flow) => flow,
        Err((code @ (-1001 | -1002 | -1007 | -1009), message)) => return not_created(400, code, message),
        Err((code, message)) => return not_created(422, code, message),
    };
    let listens = flow.iter().any(|action| action["action"] == "sayAndCapture");
    if listens && carrier.webhook("VCA").is_none() {
        return not_created(422, -1004, "DTMF callback url not provided");
    }
    let party = |name: &str| Phone::parse(flow[0]["params"][name].as_str().unwrap_or_default(), None);
    let (Ok(to), Ok(from)) = (party("destination"), party("source")) else {
        return not_created(422, -1017, "Invalid MSISDN format in Destination");
    };
    let script = carrier.0.ledger.script_of(to.reveal());
    if script.refused {
        return not_created(422, -1017, "Invalid MSISDN format in Destination");
    }
    let (id, lost_answer, answers_after) = (carrier.draw(), script.loses_answer, script.answers_after);
    let placed = Placed { id: id.clone(), to, from, request: body.clone() };
    carrier.0.ledger.place(placed.clone());
    tokio::spawn(session::run(carrier.clone(), placed, Some(flow), script));
    wait(answers_after).await;
    if lost_answer {
        return lost();
    }
    let request = carrier.draw();
    answer(
        200,
        json!({
            "sessionId": id, "sessionStatus": "CREATED", "callFlowRequestId": request,
            "validUntil": body["validUntil"], "statusCode": 1, "statusMessage": "Created",
        }),
    )
}

fn described(kind: &str, webhook: &Webhook) -> Value {
    json!({
        "type": kind, "url": webhook.url, "enabled": webhook.enabled,
        "httpAuthHeaderAvailable": webhook.authorization.is_some(),
    })
}

async fn list(State(carrier): State<EightXEight>) -> Response {
    let webhooks: Vec<_> = carrier.webhooks().iter().map(|(kind, webhook)| described(kind, webhook)).collect();
    let subaccount = &carrier.0.settings.subaccount;
    answer(
        200,
        json!({
            "subAccountId": subaccount, "count": webhooks.len(), "webhooks": webhooks,
            "statusCode": 0, "statusMessage": "ok",
        }),
    )
}

async fn register(State(carrier): State<EightXEight>, Json(body): Json<Value>) -> Response {
    let refused = |message: &str| answer(422, json!({"statusCode": "1001", "statusMessage": message}));
    let kind = body["type"].as_str().unwrap_or_default().to_owned();
    let url = body["url"].as_str().and_then(|url| url.parse().ok());
    let (true, Some(url)) = (["VCA", "VSS", "VCS", "VRU"].contains(&kind.as_str()), url) else {
        return refused("Invalid JSON request body");
    };
    if carrier.webhook(&kind).is_some() {
        return refused("There is one already");
    }
    let authorization = body["httpAuthHeader"].as_str().map(str::to_owned);
    let webhook = Webhook { url, authorization, enabled: body["enabled"].as_bool().unwrap_or(true) };
    carrier.register(&kind, webhook);
    list(State(carrier)).await
}

async fn unregister(State(carrier): State<EightXEight>, Path(path): Path<Vec<(String, String)>>) -> Response {
    let kind = path.into_iter().find(|(name, _)| name == "kind").map(|(_, kind)| kind).unwrap_or_default();
    let removed = carrier.webhooks().remove(&kind);
    match removed {
        Some(webhook) => {
            let mut body = described(&kind, &Webhook { enabled: false, ..webhook });
            body["statusCode"] = json!(0);
            body["statusMessage"] = json!("deleted");
            answer(200, body)
        }
        None => answer(404, json!({"statusCode": "1001", "statusMessage": "there is none"})),
    }
}

async fn voices(State(carrier): State<EightXEight>) -> Response {
    let profile = |code: &String| {
        let locale: String = code.chars().take(5).collect();
        json!({"speechProfileCode": code, "localeCode": locale, "localeDescription": locale, "gender": "F"})
    };
    let profiles: Vec<_> = carrier.0.settings.voices.iter().map(profile).collect();
    answer(200, json!({"speechProfiles": profiles, "statusCode": 0, "statusMessage": "ok"}))
}

async fn send(State(carrier): State<EightXEight>, Json(body): Json<Value>) -> Response {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let Ok(to) = Phone::parse(&text("destination"), None) else {
        return answer(400, json!({"code": 1002, "message": "Invalid MSISDN format", "errorId": carrier.draw()}));
    };
    let refused = carrier.0.ledger.script_of(to.reveal()).refused;
    let (id, destination) = (carrier.draw(), to.reveal().trim_start_matches('+').to_owned());
    if !refused {
        let reference = body["clientMessageId"].as_str().map(str::to_owned);
        carrier.0.ledger.send(Sent { id: id.clone(), to, from: text("source"), body: text("text"), reference });
    }
    let (code, description) =
        if refused { ("REJECTED", "not reachable") } else { ("QUEUED", "SMS is accepted and queued for processing") };
    answer(
        200,
        json!({
            "umid": id, "clientMessageId": body["clientMessageId"], "destination": destination,
            "encoding": "GSM7", "status": {"code": code, "description": description},
        }),
    )
}
