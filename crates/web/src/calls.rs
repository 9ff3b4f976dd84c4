//! Calls: listed and shown.

use crate::{
    app::App,
    appointments::{business_of, id},
    problem::{Answer, Problem},
    query::Query,
    views::{CallView, List, json},
};
use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, Uri},
    routing::get,
};
use frontdesk_core::{
    call::{CallState, Direction, Outcome},
    id::CallId,
    ports::CallFilter,
};

pub(crate) fn router() -> Router<App> {
    Router::new().route("/api/v1/calls", get(list)).route("/api/v1/calls/{id}", get(show))
}

/// Calls, the newest first
#[utoipa::path(
    get, path = "/api/v1/calls", tag = "calls",
    params(
        ("appointment_id" = Option<uuid::Uuid>, Query, description = "Only about this appointment"),
        ("business" = Option<String>, Query, description = "Only of this business"),
        ("provider" = Option<String>, Query, description = "Only by this carrier"),
        ("state" = Option<String>, Query, description = "Only those that stand here"),
        ("outcome" = Option<String>, Query, description = "Only those of which this came"),
        ("direction" = Option<String>, Query, description = "`outbound` or `inbound`"),
        ("q" = Option<String>, Query, description = "The end of the person's number, or all of it with `+`"),
        ("active" = Option<bool>, Query, description = "Only those that are not over"),
        ("from" = Option<String>, Query, description = "Begun at or after; a time or a day"),
        ("to" = Option<String>, Query, description = "Begun before a time, or on or before a day"),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "1 to 500, 50 when absent"),
    ),
    responses(
        (status = 200, description = "One page", body = List<CallView>),
        (status = 422, description = "A parameter is not right", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(State(app): State<App>, uri: Uri) -> Answer {
    let mut query = Query::of(&uri);
    let filter = filter(&app, &mut query);
    query.finish()?;
    let page = app.store().calls(filter).await?;
    json(StatusCode::OK, &List::<CallView>::of(page))
}

/// What a query asks of the list of calls. Days are those of the business that is named, or of the usual one.
pub(crate) fn filter(app: &App, query: &mut Query) -> CallFilter {
    let business = business_of(app, query);
    let zone = app.zone_of(business.as_deref());
    CallFilter {
        appointment_id: query.id("appointment_id"),
        business,
        provider: query.owned("provider"),
        state: query.one_of("state", &CallState::ALL, CallState::as_str),
        outcome: query.one_of("outcome", &Outcome::ALL, Outcome::as_str),
        direction: query.one_of("direction", &Direction::ALL, Direction::as_str),
        number: query.read("q", number),
        live: query.flag("active"),
        from: query.from("from", zone),
        to: query.to("to", zone),
        cursor: query.owned("cursor"),
        limit: query.limit(),
    }
}

fn number(text: &str) -> Result<String, String> {
    let fits = text.chars().all(|c| c.is_ascii_digit() || "+ -().".contains(c)) && text.len() <= 32;
    let digits = text.chars().any(|c| c.is_ascii_digit());
    let wrong = "must be digits: the end of a number, or all of it like +14155550123";
    if fits && digits { Ok(text.to_owned()) } else { Err(wrong.to_owned()) }
}

/// One call with its timeline
#[utoipa::path(
    get, path = "/api/v1/calls/{id}", tag = "calls",
    params(("id" = uuid::Uuid, Path, description = "Its id")),
    responses(
        (status = 200, description = "The call and what happened so far", body = CallView),
        (status = 404, description = "There is no such call", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(State(app): State<App>, Path(text): Path<String>) -> Answer {
    let id: CallId = id(&text, "call")?;
    let call = app.store().call(id).await?;
    let call = call.ok_or_else(|| Problem::not_found("call"))?;
    let timeline = app.store().timeline(None, Some(id)).await?;
    json(StatusCode::OK, &CallView::with_timeline(call, timeline))
}
