//! The vendor's API: what the adapter talks to.

use super::{Carrier, Refusal, script};
use crate::{
    sign,
    wire::{API, Answer, ApiError, Created, MAX_BODY, Named, REFUSED_NUMBER, SendRequest, VoiceRequest, json_fault},
};
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, FromRequest, Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use serde::{Deserialize, de::DeserializeOwned};

pub(super) fn router(carrier: Carrier) -> Router {
    let api = Router::new()
        .route("/calls", post(place).get(find_call))
        .route("/calls/{id}/hangup", post(hang_up))
        .route("/calls/{id}/steer", post(steer))
        .route("/messages", post(send).get(find_message))
        .route("/voices", post(make_voice).get(find_voice))
        .route("/voices/{id}", delete(delete_voice))
        .route("/stats", get(stats))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(carrier.clone(), authenticate))
        .with_state(carrier);
    Router::new().nest(API, api)
}

fn error(status: StatusCode, code: &str, detail: impl Into<String>) -> Response {
    (status, Json(ApiError { code: code.to_owned(), detail: detail.into() })).into_response()
}

async fn authenticate(State(carrier): State<Carrier>, headers: HeaderMap, request: Request, next: Next) -> Response {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match given.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(token) if sign::same_secret(token, &carrier.0.config.account_token) => next.run(request).await,
        _ => error(StatusCode::UNAUTHORIZED, "unauthorised", "send the account token as Authorization: Bearer TOKEN"),
    }
}

/// A JSON body whose faults are told without repeating it.
struct Read<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Read<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|fault| error(fault.status(), "unreadable", fault.body_text()))?;
        let read = serde_json::from_slice(&body);
        read.map(Self).map_err(|fault| error(StatusCode::BAD_REQUEST, "malformed", json_fault(&fault)))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Duplicate => error(StatusCode::CONFLICT, "duplicate_reference", "this reference was used before"),
            Self::Full => {
                let refusal =
                    error(StatusCode::TOO_MANY_REQUESTS, "busy", "too much is going on; try again in a second");
                ([(header::RETRY_AFTER, "1")], refusal).into_response()
            }
            Self::Number => {
                error(StatusCode::UNPROCESSABLE_ENTITY, REFUSED_NUMBER, "this number or address is never reached")
            }
            Self::Invalid(why) => error(StatusCode::BAD_REQUEST, "invalid", why),
            Self::Broken => error(StatusCode::INTERNAL_SERVER_ERROR, "broken", "the carrier could not remember this"),
        }
    }
}

fn created(id: String) -> Response {
    (StatusCode::CREATED, Json(Created { id })).into_response()
}

async fn place(State(carrier): State<Carrier>, Read(request): Read<crate::wire::PlaceRequest>) -> Response {
    let lost = script::of(&request.to).is_some_and(|script| script.loses_answer);
    match carrier.place(request) {
        Ok(_) if lost => lost_answer(),
        Ok(id) => created(id),
        Err(refusal) => refusal.into_response(),
    }
}

/// An answer that breaks off: the client learns no more than that the connection is gone.
fn lost_answer() -> Response {
    let broken = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "this answer is lost on purpose");
    let body = Body::from_stream(tokio_stream::once(Err::<Bytes, _>(broken)));
    (StatusCode::CREATED, body).into_response()
}

#[derive(Deserialize)]
struct ByReference {
    reference: String,
}

/// A call by the customer's name for it or, where there is none, by ours.
#[derive(Deserialize)]
struct ByEither {
    reference: Option<String>,
    id: Option<String>,
}

async fn find_call(State(carrier): State<Carrier>, Query(by): Query<ByEither>) -> Response {
    let status = {
        let book = carrier.0.book();
        let named = by.reference.and_then(|reference| book.status(&reference));
        named.or_else(|| by.id.and_then(|id| book.status_of(&id)))
    };
    match status {
        Some(status) => Json(status).into_response(),
        None => error(StatusCode::NOT_FOUND, "unknown", "there never was a call with this reference or id"),
    }
}

async fn hang_up(State(carrier): State<Carrier>, Path(id): Path<String>) -> Response {
    if !carrier.0.book().knows(&id) {
        return error(StatusCode::NOT_FOUND, "unknown", "there never was a call with this id");
    }
    // Hanging up what is over is fine.
    carrier.0.hang_up(&id);
    Json(Created { id }).into_response()
}

/// Lets a live call hear something else.
async fn steer(State(carrier): State<Carrier>, Path(id): Path<String>, Read(answer): Read<Answer>) -> Response {
    if !carrier.0.book().knows(&id) {
        return error(StatusCode::NOT_FOUND, "unknown", "there never was a call with this id");
    }
    match carrier.0.steer(&id, answer.verbs) {
        Ok(true) => Json(Created { id }).into_response(),
        Ok(false) => error(StatusCode::GONE, "not_live", "nobody is on the line of this call"),
        Err(refusal) => refusal.into_response(),
    }
}

async fn send(State(carrier): State<Carrier>, Read(request): Read<SendRequest>) -> Response {
    match carrier.send(request) {
        Ok(id) => created(id),
        Err(refusal) => refusal.into_response(),
    }
}

async fn find_message(State(carrier): State<Carrier>, Query(by): Query<ByReference>) -> Response {
    let id = carrier.0.book().message(&by.reference);
    match id {
        Some(id) => Json(Named { id, reference: by.reference }).into_response(),
        None => error(StatusCode::NOT_FOUND, "unknown", "there never was a message with this reference"),
    }
}

async fn make_voice(State(carrier): State<Carrier>, Read(request): Read<VoiceRequest>) -> Response {
    match carrier.make_voice(request) {
        Ok((_, true)) => lost_answer(),
        Ok((id, false)) => created(id),
        Err(refusal) => refusal.into_response(),
    }
}

async fn find_voice(State(carrier): State<Carrier>, Query(by): Query<ByReference>) -> Response {
    match carrier.voice(&by.reference) {
        Some(id) => Json(Named { id, reference: by.reference }).into_response(),
        None => error(StatusCode::NOT_FOUND, "unknown", "there is no voice with this reference"),
    }
}

async fn delete_voice(State(carrier): State<Carrier>, Path(id): Path<String>) -> Response {
    match carrier.delete_voice(&id) {
        true => StatusCode::NO_CONTENT.into_response(),
        false => error(StatusCode::NOT_FOUND, "unknown", "there is no voice with this id"),
    }
}

async fn stats(State(carrier): State<Carrier>) -> Response {
    let stats = carrier.0.book().stats();
    Json(stats).into_response()
}
