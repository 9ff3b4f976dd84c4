//! Style and script of the pages, built in.

use crate::problem::Problem;
use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

const FILES: [(&str, &str, &str); 5] = [
    ("desk.css", "text/css; charset=utf-8", include_str!("../../assets/desk.css")),
    ("list.css", "text/css; charset=utf-8", include_str!("../../assets/list.css")),
    ("chart.css", "text/css; charset=utf-8", include_str!("../../assets/chart.css")),
    ("visit.css", "text/css; charset=utf-8", include_str!("../../assets/visit.css")),
    ("desk.js", "text/javascript; charset=utf-8", include_str!("../../assets/desk.js")),
];

pub(super) async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some((_, kind, text)) = FILES.iter().find(|(known, _, _)| *known == name) else {
        return Problem::not_found("file").into_response();
    };
    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(text.as_bytes())[..16]));
    let caching = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|given| given.as_bytes() == tag.as_bytes());
    if known {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(header::CONTENT_TYPE, *kind)], *text).into_response()
}
