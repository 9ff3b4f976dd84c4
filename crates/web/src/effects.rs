//! Effects: what is to be done in the world, listed and tried again.

use crate::{
    app::App,
    appointments::id,
    problem::{Answer, Problem},
    query::Query,
    views::{EffectView, List, json},
};
use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, Uri},
    routing::{get, post},
};
use frontdesk_core::{
    effect::{Effect, EffectState},
    engine::Retried,
    id::EffectId,
    ports::EffectFilter,
};

pub(crate) const STATES: [EffectState; 6] = [
    EffectState::Waiting,
    EffectState::Skipped,
    EffectState::Started,
    EffectState::Done,
    EffectState::Failed,
    EffectState::Uncertain,
];

pub(crate) fn router() -> Router<App> {
    Router::new().route("/api/v1/effects", get(list)).route("/api/v1/effects/{id}/retry", post(retry))
}

/// Effects, the newest first
#[utoipa::path(
    get, path = "/api/v1/effects", tag = "effects",
    params(
        ("state" = Option<String>, Query, description = "Only this state"),
        ("troubled" = Option<bool>, Query, description = "Only what failed or is uncertain"),
        ("appointment_id" = Option<uuid::Uuid>, Query, description = "Only of this appointment"),
        ("call_id" = Option<uuid::Uuid>, Query, description = "Only of this call"),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "1 to 500, 50 when absent"),
    ),
    responses(
        (status = 200, description = "One page", body = List<EffectView>),
        (status = 422, description = "A parameter is not right", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(State(app): State<App>, uri: Uri) -> Answer {
    let mut query = Query::of(&uri);
    let filter = EffectFilter {
        state: query.one_of("state", &STATES, EffectState::as_str),
        troubled: query.flag("troubled"),
        appointment_id: query.id("appointment_id"),
        call_id: query.id("call_id"),
        cursor: query.owned("cursor"),
        limit: query.limit(),
    };
    query.finish()?;
    let page = app.store().effects(filter).await?;
    json(StatusCode::OK, &List::<EffectView>::of(page))
}

/// Tries an effect again, or asks the provider what became of it
///
/// A call or message whose fate is unknown is never repeated: it is looked up.
#[utoipa::path(
    post, path = "/api/v1/effects/{id}/retry", tag = "effects",
    params(("id" = uuid::Uuid, Path, description = "Its id")),
    responses(
        (status = 200, description = "It will be tried, or looked up, at once", body = EffectView),
        (status = 404, description = "There is no such effect", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is under way, done, or a call that is over", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn retry(State(app): State<App>, Path(text): Path<String>) -> Answer {
    let effect = again(&app, id(&text, "effect")?).await?;
    json(StatusCode::OK, &EffectView::from(effect))
}

/// Tries it again; 409 says why not.
pub(crate) async fn again(app: &App, id: EffectId) -> Answer<Effect> {
    match app.engine.retry(id).await? {
        Retried::Yes(effect) => Ok(*effect),
        Retried::Unknown => Err(Problem::not_found("effect")),
        Retried::No(state) => {
            let why = match state {
                EffectState::Started => "it is under way; doing it again could do it twice".to_owned(),
                EffectState::Done => "it has happened; it is not done twice".to_owned(),
                EffectState::Failed => {
                    let effect = app.store().effect(id).await?;
                    let appointment = effect.and_then(|effect| effect.appointment_id);
                    let how = appointment.map_or_else(
                        || "ask for a new one".to_owned(),
                        |id| format!("POST to /api/v1/appointments/{id}/call for a new one"),
                    );
                    format!("this call is over; {how}")
                }
                other => format!("nothing can be tried while it is {}", other.as_str()),
            };
            Err(Problem::conflict(why).with("state", state.as_str()))
        }
    }
}
