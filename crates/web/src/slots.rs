//! Free times of a business, for programs: a booking page, a voice agent.

use crate::{
    app::App,
    booking,
    problem::{Answer, Problem},
    query::Query,
    views::json,
};
use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, Uri},
    routing::get,
};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use frontdesk_core::ports::Trouble;
use serde::Serialize;
use utoipa::ToSchema;

/// The longest span that can be asked about at a time.
const LONGEST: Duration = Duration::days(31);
/// The usual one.
const USUAL: Duration = Duration::days(7);

pub(crate) fn router() -> Router<App> {
    Router::new().route("/api/v1/businesses/{id}/slots", get(list))
}

/// When somebody could come.
#[derive(Serialize, ToSchema)]
pub(crate) struct SlotsView {
    /// Which business.
    #[schema(example = "clinic")]
    business: String,
    /// Its zone; the times here are in UTC.
    #[schema(example = "Europe/Amsterdam")]
    time_zone: String,
    /// How long each of them is.
    #[schema(example = 30)]
    duration_minutes: u32,
    /// The free times, the earliest first; they may overlap, and each is free by itself.
    items: Vec<SlotView>,
}

/// A free time.
#[derive(Serialize, ToSchema)]
pub(crate) struct SlotView {
    /// When it begins.
    starts_at: String,
    /// When it ends.
    ends_at: String,
}

/// Free times of a business
///
/// Within its opening hours, beside what stands in the book and in its calendar and what is held for somebody. What is
/// listed here is held for nobody.
#[utoipa::path(
    get, path = "/api/v1/businesses/{id}/slots", tag = "appointments",
    params(
        ("id" = String, Path, description = "The business's id in the configuration"),
        ("from" = Option<String>, Query, description = "From a time or the beginning of a day on; now, when absent"),
        ("to" = Option<String>, Query, description = "Before a time, or up to the end of a day; a week after `from`, when absent, and 31 days after it at the most"),
        ("duration" = Option<u32>, Query, description = "How long it takes, in minutes, 1 to 1440; 30 when absent"),
    ),
    responses(
        (status = 200, description = "The times at which one could begin", body = SlotsView),
        (status = 404, description = "There is no such business", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is not right", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The calendar or the database does not answer, so that nobody knows what is free", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(State(app): State<App>, Path(id): Path<String>, uri: Uri) -> Answer {
    let business = app.rules().business(&id).ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, format!("this business {}", booking::unknown_business(&app)))
    })?;
    let mut query = Query::of(&uri);
    let now = app.now();
    let from = query.from("from", business.time_zone).unwrap_or(now);
    let to = query.to("to", business.time_zone).unwrap_or(from + USUAL);
    let minutes = query.read("duration", |text| {
        let minutes = text.parse().ok().filter(|minutes| (1..=24 * 60).contains(minutes));
        minutes.ok_or_else(|| "must be a whole number of minutes from 1 to 1440".to_owned())
    });
    query.finish()?;
    if to - from > LONGEST + Duration::days(1) {
        return Err(Problem::field("to", "lies more than 31 days after `from`; ask in several parts"));
    }
    let minutes = minutes.unwrap_or(booking::USUAL_MINUTES);
    let free = app.engine.free_times(business, minutes, (from, to), None).await.map_err(|error| {
        let away = matches!(error.trouble, Trouble::Unavailable | Trouble::RateLimited(_));
        if error.port == app.store().name() || !away {
            return Box::<Problem>::from(error);
        }
        tracing::warn!(%error, "a calendar cannot be asked what is taken");
        let detail =
            "the calendar of this business does not answer, so that nobody knows what is free; try again in a moment";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(5)
    })?;
    let spelt = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let length = Duration::minutes(i64::from(minutes));
    let items = free.into_iter().map(|at| SlotView { starts_at: spelt(at), ends_at: spelt(at + length) }).collect();
    let view = SlotsView {
        business: business.id.clone(),
        time_zone: business.time_zone.name().to_owned(),
        duration_minutes: minutes,
        items,
    };
    json(StatusCode::OK, &view)
}
