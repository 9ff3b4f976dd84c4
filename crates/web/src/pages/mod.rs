//! Pages for the front desk: rendered here, readable without script, live with a little of it.

mod appointments;
mod assets;
mod call;
mod calls;
mod chart;
mod detail;
mod filter;
mod ivr;
mod overview;
mod story;
mod terms;
mod texts;
mod troubles;
mod unbooked;
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
        .route("/appointments", get(appointments::page))
        .route("/appointments/{id}", get(detail::page))
        .route("/appointments/{id}/{act}", post(detail::submit))
        .route("/calls", get(calls::page))
        .route("/calls/{id}", get(call::page))
        .route("/effects", get(troubles::page))
        .route("/effects/{id}/call", get(troubles::ask).post(troubles::call))
        .route("/effects/{id}/retry", post(troubles::retry))
        .route("/ivr", get(ivr::page))
        .route("/ivr/calls/{id}", get(ivr::one::page))
        .route("/texts", get(texts::page))
        .layer(middleware::from_fn_with_state(app.clone(), auth::page))
}

/// Style and script, for everybody.
pub(crate) fn assets() -> Router<App> {
    Router::new().route("/assets/{file}", get(assets::file))
}

/// The parts of the desk, in the order of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Today,
    Appointments,
    Calls,
    Troubles,
    Ivr,
    Texts,
}

impl Section {
    const ALL: [Self; 6] = [Self::Today, Self::Appointments, Self::Calls, Self::Troubles, Self::Ivr, Self::Texts];

    fn path(self) -> &'static str {
        match self {
            Self::Today => "/",
            Self::Appointments => "/appointments",
            Self::Calls => "/calls",
            Self::Troubles => "/effects",
            Self::Ivr => "/ivr",
            Self::Texts => "/texts",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Today => "Today",
            Self::Appointments => "Appointments",
            Self::Calls => "Calls",
            Self::Troubles => "Problems",
            Self::Ivr => "Keys",
            Self::Texts => "Texts",
        }
    }
}

/// What every page of somebody signed in carries.
pub(crate) struct Shell {
    pub(crate) title: String,
    pub(crate) has_phone: bool,
    /// Proof for the forms; empty for whoever came with a token instead of a session.
    pub(crate) form_token: String,
    section: Section,
    /// Where this page is found, where that is not its address: it answers a button.
    pub(crate) own: String,
}

impl Shell {
    fn new(app: &App, title: &str, section: Section, headers: &axum::http::HeaderMap) -> Self {
        let session = app.gate.session(headers, app.now());
        Self {
            title: title.to_owned(),
            has_phone: app.has_phone,
            form_token: session.map(|session| app.gate.form_token(session)).unwrap_or_default(),
            section,
            own: String::new(),
        }
    }

    /// Where one can go: address, word, and whether it is here.
    pub(crate) fn links(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        Section::ALL.into_iter().map(|section| (section.path(), section.word(), section == self.section))
    }
}

/// Writes a page.
pub(crate) fn html(status: StatusCode, page: &impl Template) -> Response {
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
