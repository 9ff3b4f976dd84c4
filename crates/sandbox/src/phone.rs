//! The browser phone: its page, and the requests it makes. Whoever mounts it puts authentication around it.

mod audio;

use crate::{
    carrier::{CallView, Carrier, MessageView, Wrong},
    wire::MAX_BODY,
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post},
};
use frontdesk_core::personal::Phone;
use futures_util::{Stream, StreamExt};
use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{convert::Infallible, sync::Arc};
use tokio::sync::Semaphore;
use tokio_stream::wrappers::WatchStream;

/// Pages that may listen at once.
const MAX_LISTENERS: usize = 256;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Assets;

#[derive(Clone)]
struct Desk {
    carrier: Carrier,
    listeners: Arc<Semaphore>,
}

/// The page at `/sandbox`, its parts under `/sandbox/assets/`, and its API under `/sandbox/api/`.
pub fn router(carrier: Carrier) -> Router {
    let desk = Desk { carrier, listeners: Arc::new(Semaphore::new(MAX_LISTENERS)) };
    Router::new()
        .route("/sandbox", get(page))
        .route("/sandbox/assets/{*path}", get(asset))
        .route("/sandbox/api/calls", get(calls).post(ring))
        .route("/sandbox/api/calls/{id}/answer", post(answer))
        .route("/sandbox/api/calls/{id}/decline", post(decline))
        .route("/sandbox/api/calls/{id}/hangup", post(hang_up))
        .route("/sandbox/api/calls/{id}/digits", post(press))
        .route("/sandbox/api/calls/{id}/audio", get(audio::audio))
        .route("/sandbox/api/messages", get(messages).post(write))
        .route("/sandbox/api/events", get(events))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(desk)
}

/// An error as RFC 9457 writes it.
struct Problem(StatusCode, String);

#[derive(Serialize)]
struct ProblemBody<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(status, detail) = self;
        let title = status.canonical_reason().unwrap_or("Error");
        let body = Json(ProblemBody { r#type: "about:blank", title, status: status.as_u16(), detail: &detail });
        (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
    }
}

impl From<Wrong> for Problem {
    fn from(wrong: Wrong) -> Self {
        let status = match wrong {
            Wrong::Unknown => StatusCode::NOT_FOUND,
            Wrong::State(_) => StatusCode::CONFLICT,
            Wrong::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Wrong::Busy => StatusCode::TOO_MANY_REQUESTS,
            Wrong::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, wrong.to_string())
    }
}

struct Read<T>(T);

/// A request that can say what it looks like: the parser's own words may repeat a piece of it.
trait Shape: DeserializeOwned {
    const SHAPE: &'static str;
}

impl<T: Shape, S: Send + Sync> FromRequest<S> for Read<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body =
            Bytes::from_request(request, state).await.map_err(|fault| Problem(fault.status(), fault.body_text()))?;
        let read = serde_json::from_slice(&body);
        read.map(Self).map_err(|fault| {
            // Told apart as elsewhere: what is no JSON is a bad request, JSON that does not fit cannot be processed.
            let status = if fault.is_data() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
            let fault = crate::wire::json_fault(&fault);
            Problem(status, format!("the body cannot be read: {fault}; write {}", T::SHAPE))
        })
    }
}

/// Query parameters whose faults are told as all others.
struct Asked<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(read) = Query::from_request_parts(parts, state)
            .await
            .map_err(|fault| Problem(fault.status(), "a query parameter cannot be read".to_owned()))?;
        Ok(Self(read))
    }
}

async fn page(headers: HeaderMap) -> Response {
    let mut response = asset(Path("phone.html".to_owned()), headers).await;
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                  form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    // The one page that may ask for a microphone: a caller can talk to the assistant.
    let permissions = "camera=(), geolocation=(), microphone=(self)";
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::HeaderName::from_static("permissions-policy"), permissions),
    ] {
        response.headers_mut().insert(name, header::HeaderValue::from_static(value));
    }
    response
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some(file) = Assets::get(&path) else {
        return Problem(StatusCode::NOT_FOUND, "there is no such file".to_owned()).into_response();
    };
    let tag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let known = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|given| given.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, known).into_response();
    }
    let kind = match path.rsplit_once('.').map(|(_, kind)| kind) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (known, headers, file.data.into_owned()).into_response()
}

#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    active: bool,
}

async fn calls(State(desk): State<Desk>, Asked(which): Asked<Which>) -> Json<Vec<CallView>> {
    Json(desk.carrier.calls(which.active))
}

#[derive(Deserialize)]
struct RingRequest {
    from: Phone,
    to: Option<Phone>,
}

impl Shape for RingRequest {
    const SHAPE: &'static str =
        r#"{"from": "+14155550123"}, and "to" as well where another number than the business's own is rung"#;
}

async fn ring(State(desk): State<Desk>, Read(request): Read<RingRequest>) -> Result<impl IntoResponse, Problem> {
    let call = desk.carrier.ring(request.from, request.to)?;
    Ok((StatusCode::CREATED, Json(call)))
}

async fn answer(State(desk): State<Desk>, Path(id): Path<String>) -> Result<Json<CallView>, Problem> {
    Ok(Json(desk.carrier.answer(&id)?))
}

async fn decline(State(desk): State<Desk>, Path(id): Path<String>) -> Result<Json<CallView>, Problem> {
    Ok(Json(desk.carrier.decline(&id)?))
}

async fn hang_up(State(desk): State<Desk>, Path(id): Path<String>) -> Result<Json<CallView>, Problem> {
    Ok(Json(desk.carrier.hang_up(&id)?))
}

#[derive(Deserialize)]
struct PressRequest {
    digits: String,
}

impl Shape for PressRequest {
    const SHAPE: &'static str = r#"{"digits": "1"}"#;
}

async fn press(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    Read(request): Read<PressRequest>,
) -> Result<Json<CallView>, Problem> {
    Ok(Json(desk.carrier.press(&id, &request.digits)?))
}

#[derive(Deserialize)]
struct ToWhom {
    to: Option<String>,
}

async fn messages(State(desk): State<Desk>, Asked(whose): Asked<ToWhom>) -> Json<Vec<MessageView>> {
    let to = whose.to.map(|to| match to.strip_prefix(' ') {
        // A plus that was not escaped is a space in a query.
        Some(digits) if digits.starts_with(|c: char| c.is_ascii_digit()) => format!("+{digits}"),
        _ => to,
    });
    Json(desk.carrier.messages(to.as_deref()))
}

#[derive(Deserialize)]
struct WriteRequest {
    from: Phone,
    to: Option<Phone>,
    body: String,
}

impl Shape for WriteRequest {
    const SHAPE: &'static str = r#"{"from": "+14155550123", "body": "YES"}, and "to" as well where it goes to another number than the business's own"#;
}

async fn write(State(desk): State<Desk>, Read(request): Read<WriteRequest>) -> Result<impl IntoResponse, Problem> {
    let message = desk.carrier.write(request.from, request.to, request.body)?;
    Ok((StatusCode::CREATED, Json(message)))
}

async fn events(State(desk): State<Desk>) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let busy = |_| Problem(StatusCode::TOO_MANY_REQUESTS, "too many pages listen already; close some".to_owned());
    let permit = desk.listeners.try_acquire_owned().map_err(busy)?;
    let hello = tokio_stream::once(Event::default().event("hello").data("{}"));
    let changes =
        WatchStream::from_changes(desk.carrier.changes()).map(|_| Event::default().event("change").data("{}"));
    let stream = hello.chain(changes).take_until(desk.carrier.stopped()).map(move |event| {
        // The place is given back when the stream is dropped.
        let _ = &permit;
        Ok(event)
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}
