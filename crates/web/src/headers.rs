//! Headers that every answer carries.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::problem::Problem;

/// Nothing from elsewhere, nothing inline, no frames.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; media-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

/// Names and values.
static HEADERS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// Adds the headers; what a handler has set itself stays.
pub(crate) fn guard(mut response: Response) -> Response {
    // An error that somebody left without a body, an empty 404 of a mounted router for one, is written as a problem.
    let bare = response.status().is_client_error() || response.status().is_server_error();
    if bare && !response.headers().contains_key(header::CONTENT_TYPE) {
        response = worded(&response);
    }
    let headers = response.headers_mut();
    headers.reserve(HEADERS.len());
    for (name, value) in &HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn worded(bare: &Response) -> Response {
    let detail = match bare.status() {
        StatusCode::NOT_FOUND => "there is nothing at this address; /docs lists what there is",
        StatusCode::METHOD_NOT_ALLOWED => "this address does not take this method; see the header Allow",
        _ => "the request cannot be answered",
    };
    let mut response = Problem::new(bare.status(), detail).into_response();
    for (name, value) in bare.headers() {
        if *name != header::CONTENT_LENGTH {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }
    response
}
