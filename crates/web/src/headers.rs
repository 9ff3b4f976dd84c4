//! Headers that every answer carries.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::problem::Problem;

type Header = (HeaderName, HeaderValue);

/// Nothing from elsewhere, nothing inline, no frames.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; media-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

/// What a browser is to keep to with whatever may be a page, or a part of one.
static OF_PAGES: [Header; 8] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    ),
];

/// The same for what programs read: a browser that shows it all the same runs and loads nothing. Most answers go to
/// carriers, and a page's headers would be longer than what these are told.
static OF_DATA: [Header; 4] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// What programs read.
const DATA: [&str; 9] = [
    "application/json",
    "application/problem+json",
    "application/xml",
    "application/x-ndjson",
    "text/xml",
    "text/plain",
    "text/csv",
    "text/calendar",
    "text/event-stream",
];

fn is_data(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| DATA.contains(&kind.split(';').next().unwrap_or_default().trim_end()))
}

/// Adds the headers; what a handler has set itself stays.
pub(crate) fn guard(mut response: Response) -> Response {
    // An error that somebody left without a body, an empty 404 of a mounted router for one, is written as a problem.
    let bare = response.status().is_client_error() || response.status().is_server_error();
    if bare && !response.headers().contains_key(header::CONTENT_TYPE) {
        response = worded(&response);
    }
    let wanted: &[Header] = if is_data(&response) { &OF_DATA } else { &OF_PAGES };
    let headers = response.headers_mut();
    headers.reserve(wanted.len());
    for (name, value) in wanted {
        headers.entry(name).or_insert_with(|| value.clone());
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn guarded(kind: Option<&'static str>) -> Response {
        let mut response = Response::new(Body::empty());
        let kind = kind.map(HeaderValue::from_static);
        kind.and_then(|kind| response.headers_mut().insert(header::CONTENT_TYPE, kind));
        guard(response)
    }

    #[test]
    fn what_programs_read_lets_nothing_run_and_says_no_more_of_pages() {
        for kind in ["application/json", "text/xml; charset=utf-8", "text/plain;charset=utf-8"] {
            let answer = guarded(Some(kind));
            assert_eq!(answer.headers()["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
            assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
            assert_eq!(answer.headers().len(), 1 + OF_DATA.len(), "{kind}");
        }
    }

    #[test]
    fn whatever_may_be_a_page_carries_all_of_them() {
        for kind in [None, Some("text/html; charset=utf-8"), Some("image/svg+xml"), Some("text/javascript"), Some("")] {
            let answer = guarded(kind);
            assert_eq!(answer.headers()["content-security-policy"], POLICY);
            assert_eq!(answer.headers().len(), usize::from(kind.is_some()) + OF_PAGES.len(), "{kind:?}");
        }
    }

    #[test]
    fn what_a_handler_has_said_itself_stays() {
        let mut response = Response::new(Body::empty());
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=60"));
        assert_eq!(guard(response).headers()["cache-control"], "max-age=60");
    }
}
