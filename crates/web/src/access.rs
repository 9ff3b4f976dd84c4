//! A line in the log for each request to the API. Names, counts and times only: a path may hold a telephone number, and a
//! query anything, so the route's template stands for both.

use crate::auth::Principal;
use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use std::time::Instant;

/// Logs who asked for what and how it went. Stands outside of whoever lets them in, so that the refused are seen as well.
pub(crate) async fn log(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let response = next.run(request).await;
    let key = response.extensions().get::<Principal>().map_or("nobody", |principal| principal.label.as_str());
    let (status, milliseconds) = (response.status().as_u16(), began.elapsed().as_secs_f64() * 1000.0);
    tracing::info!(method = method.as_str(), route, status, milliseconds, key, "api");
    response
}
