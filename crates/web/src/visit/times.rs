//! Another time: what is free is shown, what is picked is held, and what is confirmed is taken.

use super::{
    act::moment,
    guest::{Guest, trouble},
    page,
    words::{Say, when},
};
use crate::{app::App, fields::day_start, pages::html, query::Query};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use frontdesk_core::{
    appointment::Status,
    engine::Stood,
    links::Purpose,
    ports::Busy,
    speech::{written_clock, written_day, written_zone},
};

/// How many days stand on a page.
const WEEK: u64 = 7;
/// How many pages without a free time are passed over, so that nobody has to leaf through them.
const LEAVES: u64 = 4;

#[derive(Template)]
#[template(path = "visit/times.html")]
struct Times<'a> {
    say: &'a Say,
    notice: Option<String>,
    now: String,
    here: String,
    saw: String,
    days: Vec<Day>,
    earlier: Option<String>,
    later: Option<String>,
}

struct Day {
    word: String,
    times: Vec<Time>,
}

struct Time {
    at: i64,
    clock: String,
    exact: String,
}

#[derive(Template)]
#[template(path = "visit/held.html")]
struct Held<'a> {
    say: &'a Say,
    day: String,
    clock: String,
    zone: String,
    now: String,
    until: String,
    here: String,
    saw: String,
    at: i64,
}

pub(super) async fn choose(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let from = Query::of(&uri).get("from").and_then(|text| text.parse().ok());
    match Guest::admit(&app, &token, &[Purpose::Answer], &headers).await {
        Ok(guest) if !movable(&guest) => page::show(&guest, &token, StatusCode::CONFLICT, Some("page-refused")),
        Ok(guest) => list(&app, &guest, &token, from, StatusCode::OK, None).await,
        Err(refusal) => *refusal,
    }
}

fn movable(guest: &Guest<'_>) -> bool {
    guest.appointment.status != Status::Cancelled && guest.now < guest.appointment.starts_at
}

/// What was picked is not free any more.
pub(super) async fn again(app: &App, guest: &Guest<'_>, token: &str) -> Response {
    list(app, guest, token, None, StatusCode::CONFLICT, Some("page-times-gone")).await
}

async fn list(
    app: &App,
    guest: &Guest<'_>,
    token: &str,
    from: Option<NaiveDate>,
    status: StatusCode,
    notice: Option<&str>,
) -> Response {
    let Guest { say, zone, .. } = guest;
    let today = guest.now.with_timezone(zone).date_naive();
    let last = (guest.now + guest.business.opening.horizon).with_timezone(zone).date_naive();
    let mut first = from.unwrap_or(today).clamp(today, last);
    let mut free = Vec::new();
    for leaf in 0..LEAVES {
        free = match week(app, guest, first).await {
            Ok(free) => free,
            Err(error) => {
                tracing::warn!(%error, "free times cannot be seen");
                return page::show(guest, token, StatusCode::SERVICE_UNAVAILABLE, Some("page-times-away"));
            }
        };
        let next = first.checked_add_days(Days::new(WEEK)).filter(|next| *next <= last);
        match next.filter(|_| free.is_empty() && from.is_none() && leaf + 1 < LEAVES) {
            Some(next) => first = next,
            None => break,
        }
    }
    let here = format!("/a/{token}");
    let leaf = |day: NaiveDate| format!("{here}/times?from={day}");
    let before = first.checked_sub_days(Days::new(WEEK)).unwrap_or(today).max(today);
    let page = Times {
        say,
        notice: notice.map(|id| say.text(id)),
        now: when(say, guest.appointment.starts_at, *zone),
        saw: Stood::of(&guest.appointment).to_string(),
        days: days(guest, &free),
        earlier: (first > today).then(|| leaf(before)),
        later: first.checked_add_days(Days::new(WEEK)).filter(|next| *next <= last).map(leaf),
        here,
    };
    html(status, &page)
}

/// What is free from this day on, for as long as a page has room for.
async fn week(app: &App, guest: &Guest<'_>, first: NaiveDate) -> frontdesk_core::ports::PortResult<Vec<DateTime<Utc>>> {
    let start = |day| day_start(day, guest.zone).unwrap_or(guest.now);
    let after = first.checked_add_days(Days::new(WEEK)).unwrap_or(first);
    let (span, appointment) = ((start(first), start(after)), &guest.appointment);
    let minutes = appointment.duration_minutes;
    let mut free = app.engine.free_times(guest.business, minutes, span, Some(appointment.id)).await?;
    free.retain(|at| *at != appointment.starts_at);
    Ok(free)
}

fn days(guest: &Guest<'_>, free: &[DateTime<Utc>]) -> Vec<Day> {
    let Guest { say, zone, .. } = guest;
    let date = |at: &DateTime<Utc>| at.with_timezone(zone).date_naive();
    let by_day = free.chunk_by(|one, next| date(one) == date(next));
    by_day
        .map(|times| Day {
            word: written_day(times[0], *zone, say.language),
            times: times
                .iter()
                .map(|at| Time {
                    at: at.timestamp(),
                    clock: written_clock(*at, *zone, say.language),
                    exact: when(say, *at, *zone),
                })
                .collect(),
        })
        .collect()
}

/// What is held for somebody, to be taken or left.
pub(super) async fn confirm(
    State(app): State<App>,
    Path((token, at)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let guest = match Guest::admit(&app, &token, &[Purpose::Answer], &headers).await {
        Ok(guest) => guest,
        Err(refusal) => return *refusal,
    };
    let here = format!("/a/{token}");
    let Some(at) = moment(&at).filter(|_| movable(&guest)) else {
        return Redirect::to(&here).into_response();
    };
    let Guest { say, zone, appointment, .. } = &guest;
    if appointment.starts_at == at {
        return Redirect::to(&here).into_response();
    }
    let time = Busy { from: at, to: at + Duration::minutes(i64::from(appointment.duration_minutes)) };
    let held = match app.store().taken(&guest.business.id, time, guest.now).await {
        Ok(taken) => taken.into_iter().find(|it| it.appointment == appointment.id && it.time.from == at),
        Err(error) => return *trouble(say, &error),
    };
    // Run out, or never held: it has to be picked again.
    let Some(until) = held.and_then(|held| held.held_until) else {
        return Redirect::to(&format!("{here}/times")).into_response();
    };
    let page = Held {
        say,
        day: written_day(at, *zone, say.language),
        clock: written_clock(at, *zone, say.language),
        zone: written_zone(at, *zone),
        now: when(say, appointment.starts_at, *zone),
        until: say.at("page-held", &written_clock(until, *zone, say.language)),
        saw: Stood::of(appointment).to_string(),
        at: at.timestamp(),
        here,
    };
    html(StatusCode::OK, &page)
}
