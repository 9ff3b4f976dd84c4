//! Calls: listed and shown.

use crate::{
    app::App,
    appointments::id,
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
use frontdesk_core::{id::CallId, ports::CallFilter};

pub(crate) fn router() -> Router<App> {
    Router::new().route("/api/v1/calls", get(list)).route("/api/v1/calls/{id}", get(show))
}

/// Calls, the newest first
#[utoipa::path(
    get, path = "/api/v1/calls", tag = "calls",
    params(
        ("appointment_id" = Option<uuid::Uuid>, Query, description = "Only about this appointment"),
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
    let zone = app.default_business().map_or(chrono_tz::UTC, |business| business.time_zone);
    let filter = CallFilter {
        appointment_id: query.id("appointment_id"),
        live: query.flag("active"),
        from: query.from("from", zone),
        to: query.to("to", zone),
        cursor: query.owned("cursor"),
        limit: query.limit(),
    };
    query.finish()?;
    let page = app.store().calls(filter).await?;
    json(StatusCode::OK, &List::<CallView>::of(page))
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
