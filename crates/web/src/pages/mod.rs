//! Pages for the front desk: rendered here, readable without script, live with a little of it.

mod assets;
mod detail;
mod overview;
mod words;

use crate::{app::App, auth, problem::Problem};
use askama::Template;
use axum::{
    Router,
    body::Body,
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::Response,
    routing::{get, post},
};

/// Pages behind the sign-in.
pub(crate) fn router(app: &App) -> Router<App> {
    Router::new()
        .route("/", get(overview::page))
        .route("/live", get(overview::live))
        .route("/appointments/{id}", get(detail::page))
        .route("/appointments/{id}/{act}", post(detail::submit))
        .layer(middleware::from_fn_with_state(app.clone(), auth::page))
}

/// Style and script, for everybody.
pub(crate) fn assets() -> Router<App> {
    Router::new().route("/assets/{file}", get(assets::file))
}

/// What every page of somebody signed in carries.
pub(crate) struct Shell {
    pub(crate) title: String,
    pub(crate) has_phone: bool,
    /// Proof for the forms; empty for whoever came with a token instead of a session.
    pub(crate) form_token: String,
}

impl Shell {
    fn new(app: &App, title: &str, headers: &axum::http::HeaderMap) -> Self {
        let session = app.gate.session(headers, app.now());
        Self {
            title: title.to_owned(),
            has_phone: app.has_phone,
            form_token: session.map(|session| app.gate.form_token(session)).unwrap_or_default(),
        }
    }
}

/// Writes a page.
fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => {
            let mut response = Response::new(Body::from(text));
            *response.status_mut() = status;
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            response
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            axum::response::IntoResponse::into_response(Problem::broken())
        }
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    next: &'a str,
    wrong: Option<&'a str>,
}

/// The page where one signs in.
pub(crate) fn sign_in(status: StatusCode, next: &str, wrong: Option<&str>) -> Response {
    html(status, &SignIn { next, wrong })
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    title: &'a str,
    detail: &'a str,
}

/// There is no such page.
pub(crate) fn not_found(detail: &str) -> Response {
    let title = "Not found";
    html(StatusCode::NOT_FOUND, &Message { title, detail })
}

/// A problem, for a person.
pub(crate) fn failed(problem: &Problem) -> Response {
    let title = match problem.status() {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::TOO_MANY_REQUESTS => "One moment",
        StatusCode::SERVICE_UNAVAILABLE => "The front desk is not answering",
        status if status.is_server_error() => "Something broke",
        _ => "That did not work",
    };
    let detail = format!("{}.", words::capital(problem.detail()));
    let mut response = html(problem.status(), &Message { title, detail: &detail });
    if let Some(seconds) = problem.seconds_to_wait() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
