//! Signing in and out, for pages.

use crate::{
    app::App,
    body::Raw,
    limits, pages,
    problem::{Answer, Problem},
};
use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use std::net::SocketAddr;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/sign-in", get(open).post(submit)).route("/sign-out", post(leave))
}

/// A path of ours, or the start page: nobody is sent elsewhere.
pub(crate) fn own_path(next: Option<&str>) -> String {
    next.filter(|path| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains('\\')
            && path.bytes().all(|b| (0x21..0x7f).contains(&b))
    })
    .unwrap_or("/")
    .to_owned()
}

/// The link that the gateway prints at its start, and the page with a field for the token.
async fn open(State(app): State<App>, uri: Uri, request: Request) -> Response {
    let query = crate::query::Query::of(&uri);
    let next = own_path(query.get("next"));
    match query.get("token") {
        None => pages::sign_in(StatusCode::OK, &next, None),
        Some(token) => {
            let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
            enter(&app, request.headers(), connection, token, &next)
        }
    }
}

async fn submit(
    State(app): State<App>,
    connection: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Response {
    let form = Form::of(&body);
    let next = own_path(form.get("next"));
    let connection = connection.as_ref().map(|extension| &extension.0);
    enter(&app, &headers, connection, form.get("token").unwrap_or_default(), &next)
}

/// Opens a session for whoever has the token, and leads away from the address it stands in.
fn enter(
    app: &App,
    headers: &HeaderMap,
    connection: Option<&ConnectInfo<SocketAddr>>,
    token: &str,
    next: &str,
) -> Response {
    let peer = limits::peer(connection, headers, app.trusted_proxy);
    if let Err(seconds) = app.sign_ins.check(&limits::address_key(peer)) {
        return pages::failed(&Problem::too_many(seconds));
    }
    if !app.gate.is_admin(token.trim()) {
        tracing::warn!("somebody tried to sign in with a wrong token");
        let wrong = "This token does not open this front desk. The current link is in the gateway's log.";
        return pages::sign_in(StatusCode::UNAUTHORIZED, next, Some(wrong));
    }
    let mut response = Redirect::to(next).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&app.gate.open_session(app.now())) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

async fn leave(State(app): State<App>, headers: HeaderMap, Raw(body): Raw) -> Answer {
    proven(&app, &headers, &Form::of(&body))?;
    let mut response = Redirect::to("/sign-in").into_response();
    if let Ok(cookie) = HeaderValue::from_str(&app.gate.close_session()) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// A form of a page.
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn of(body: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Lets a form through only if one of our own pages made it.
pub(crate) fn proven(app: &App, headers: &HeaderMap, form: &Form) -> Answer<()> {
    let token = form.get("form_token").unwrap_or_default();
    let ours = app.gate.session(headers, app.now()).is_some_and(|session| app.gate.owns_form(session, token));
    if ours {
        return Ok(());
    }
    let detail = "this form was not made by this page, or the session is over; load the page again";
    Err(Problem::new(StatusCode::FORBIDDEN, detail))
}
