//! Errors as RFC 9457 writes them. Each tells the remedy, and none repeats a secret or a person's data.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use frontdesk_core::ports::{PortError, Trouble};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One field of a request and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Its name, with dots for depth.
    #[schema(example = "customer.phone")]
    pub(crate) field: String,
    /// What is wrong and what would be right.
    #[schema(example = "is not a telephone number; write it with country code, like +14155550123")]
    pub(crate) message: String,
}

/// An error: `application/problem+json`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Always `about:blank`: the status says what kind it is.
    #[schema(example = "about:blank")]
    r#type: &'static str,
    /// The status in words.
    #[schema(example = "Unprocessable Entity")]
    title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// What is wrong, and what to do.
    #[schema(example = "one field is not right: starts_at")]
    detail: String,
    /// Every field that is not right; only where fields are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(flatten)]
    #[schema(ignore)]
    more: Map<String, Value>,
    #[serde(skip)]
    retry_after: Option<u64>,
    #[serde(skip)]
    challenge: Option<&'static str>,
}

/// What a fallible handler answers.
pub(crate) type Answer<T = Response> = Result<T, Box<Problem>>;

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            more: Map::new(),
            retry_after: None,
            challenge: None,
        })
    }

    /// Fields that are not right, all at once.
    pub(crate) fn fields(errors: Vec<FieldError>) -> Box<Self> {
        let names: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        let detail = match names.as_slice() {
            [one] => format!("one field is not right: {one}"),
            many => format!("{} fields are not right: {}", many.len(), many.join(", ")),
        };
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
        problem.errors = errors;
        problem
    }

    /// One field that is not right.
    pub(crate) fn field(field: &str, message: impl Into<String>) -> Box<Self> {
        Self::fields(vec![FieldError { field: field.to_owned(), message: message.into() }])
    }

    pub(crate) fn not_found(what: &str) -> Box<Self> {
        Self::new(StatusCode::NOT_FOUND, format!("there is no such {what}"))
    }

    pub(crate) fn conflict(detail: impl Into<String>) -> Box<Self> {
        Self::new(StatusCode::CONFLICT, detail)
    }

    pub(crate) fn too_many(seconds: u64) -> Box<Self> {
        let detail = format!("too many requests; wait {seconds} s and go slower");
        Self::new(StatusCode::TOO_MANY_REQUESTS, detail).retry_after(seconds)
    }

    pub(crate) fn broken() -> Box<Self> {
        let detail = "something broke on our side; it is in the log";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    pub(crate) fn with(mut self: Box<Self>, name: &str, value: impl Into<Value>) -> Box<Self> {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn retry_after(mut self: Box<Self>, seconds: u64) -> Box<Self> {
        self.retry_after = Some(seconds.max(1));
        self
    }

    pub(crate) fn challenge(mut self: Box<Self>, scheme: &'static str) -> Box<Self> {
        self.challenge = Some(scheme);
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(crate) fn seconds_to_wait(&self) -> Option<u64> {
        self.retry_after
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// Seed 000's members beside ours: `success`, `error` and `details`.
    pub(crate) fn in_seed_words(self: Box<Self>) -> Box<Self> {
        let fields: Vec<String> =
            self.errors.iter().map(|error| format!("{} {}", error.field, error.message)).collect();
        let details = if fields.is_empty() { self.detail.clone() } else { fields.join("; ") };
        let title = self.title.clone();
        self.with("success", false).with("error", title).with("details", details)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // Text, numbers and lists cannot fail to be written.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(scheme) = self.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
        }
        // Whoever wraps the route may write the error in another shape.
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for Box<Problem> {
    fn into_response(self) -> Response {
        (*self).into_response()
    }
}

impl From<PortError> for Box<Problem> {
    fn from(error: PortError) -> Self {
        match error.trouble {
            Trouble::Refused => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.message),
            Trouble::Unavailable | Trouble::RateLimited(_) => {
                tracing::warn!(%error, "a port is away");
                let detail = "the database does not answer; try again in a moment";
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1)
            }
            _ => {
                tracing::error!(%error, "a port failed");
                Problem::broken()
            }
        }
    }
}

/// No route leads here: in HTML for a person, as a problem for a program.
pub(crate) async fn unknown_route(request: Request) -> Response {
    if wants_html(request.headers()) {
        return crate::pages::not_found("There is no page at this address.");
    }
    Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address; /docs lists what there is").into_response()
}

/// A route leads here, but not by this method; axum adds `Allow`.
pub(crate) async fn wrong_method() -> Response {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this address does not take this method; see the header Allow")
        .into_response()
}

/// A handler panicked.
pub(crate) fn panicked(panic: &(dyn std::any::Any + Send)) -> Response {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .map_or(0, str::len);
    // The words of a panic may hold anything, a person's data included; the panic hook decides where they go.
    tracing::error!(length = said, "a request handler panicked");
    Problem::broken().into_response()
}

/// Whether whoever asks reads pages.
pub(crate) fn wants_html(headers: &axum::http::HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}
