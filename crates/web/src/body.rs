//! Reads bodies: not longer than allowed, and not slower.

use crate::{
    app::App,
    problem::{Answer, Problem},
};
use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

/// The whole body, or why not: 413 too long, 408 too slow, 400 broken off.
pub(crate) async fn read(headers: &HeaderMap, body: Body, app: &App) -> Answer<Bytes> {
    read_up_to(headers, body, app, 0).await
}

/// The same where a body may have `longest` bytes, if that is more than usual: a few of them at a time.
pub(crate) async fn read_up_to(headers: &HeaderMap, body: Body, app: &App, longest: usize) -> Answer<Bytes> {
    let usual = app.limits.body_bytes;
    let limit = usual.max(longest);
    // Held while it is read: whoever sends much must not fill the memory, nor whoever says so only.
    let mut room = None;
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse::<u64>().ok());
    let too_long = || {
        let detail = format!("the body is longer than {} KiB", limit / 1024);
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    };
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_long());
    }
    let all = async {
        let mut whole = BytesMut::new();
        let mut pieces = body.into_data_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body broke off"))?;
            if whole.len() + piece.len() > limit {
                return Err(too_long());
            }
            if whole.len() + piece.len() > usual && room.is_none() {
                room = Some(app.long_bodies.try_acquire().map_err(|_| {
                    let detail = "too many long bodies come at once; please deliver this again";
                    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1)
                })?);
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    };
    match tokio::time::timeout(app.limits.body_time, all).await {
        Ok(read) => read,
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")),
    }
}

/// A body as it came.
pub(crate) struct Raw(pub(crate) Bytes);

impl FromRequest<App> for Raw {
    type Rejection = Box<Problem>;

    async fn from_request(request: Request, app: &App) -> Answer<Self> {
        let (parts, body) = request.into_parts();
        read(&parts.headers, body, app).await.map(Self)
    }
}
