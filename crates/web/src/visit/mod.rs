//! The pages behind the links in messages: somebody confirms, cancels, chooses another time, takes the appointment over into
//! their calendar, or asks for silence. No script, no cookie, nothing from elsewhere; and a GET changes nothing, because mail
//! scanners follow links.

mod act;
mod calendar;
mod guest;
mod page;
mod times;
mod words;

use crate::{access, app::App, limits};
use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use std::net::SocketAddr;

pub(crate) fn router(app: &App) -> Router<App> {
    Router::new()
        .route("/a/{token}", get(page::open).post(act::submit))
        .route("/a/{token}/times", get(times::choose))
        .route("/a/{token}/times/{at}", get(times::confirm))
        .route("/a/{token}/invite.ics", get(calendar::file))
        .layer(middleware::from_fn_with_state(app.clone(), guard))
        // By its template: whoever reads the log must not be able to answer for people.
        .layer(middleware::from_fn(access::log))
}

/// Nothing but our own style, forms that come back to us, and no search engine.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

/// Counts the request under its address, and adds what these pages are more careful about than the desk's.
async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = limits::peer(connection, request.headers(), app.trusted_proxy);
    let mut response = match app.visits.check(&limits::address_key(peer)) {
        Ok(()) => next.run(request).await,
        Err(seconds) => {
            let say = words::Say::new(&app.rules().texts, words::accepted(request.headers()));
            guest::busy(&say, seconds, true)
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
    response
}
