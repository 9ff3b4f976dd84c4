//! Calls: found by what is known about them, page by page.

use super::{
    Section, Shell, failed,
    filter::{Field, Filters, Kind, Pager},
    html, terms,
    words::{self, Said},
};
use crate::{app::App, calls, problem::Answer, query::Query};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    appointment::Appointment,
    call::{Call, CallState, Direction, Outcome},
};

#[derive(Template)]
#[template(path = "calls.html")]
struct Calls {
    shell: Shell,
    filters: Filters,
    zone: String,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    id: String,
    at: String,
    exact: String,
    zone: Option<String>,
    who: String,
    direction: &'static str,
    carrier: String,
    said: Said,
    keys: String,
    length: String,
}

pub(super) async fn page(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    match gather(&app, &headers, &uri).await {
        Ok(calls) => {
            let status = if calls.filters.right() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            html(status, &calls)
        }
        Err(problem) => failed(&problem),
    }
}

async fn gather(app: &App, headers: &HeaderMap, uri: &Uri) -> Answer<Calls> {
    let mut query = Query::of(uri);
    let filter = calls::filter(app, &mut query);
    let zone = app.zone_of(filter.business.as_deref());
    let filters = form(app, &query);
    let (mut rows, mut next) = (Vec::new(), None);
    if filters.right() {
        query.finish()?;
        let page = app.store().calls(filter).await?;
        next = page.next_cursor;
        for call in page.items {
            rows.push(row(app, &call, zone).await?);
        }
    }
    Ok(Calls {
        shell: Shell::new(app, "Calls", Section::Calls, headers),
        filters,
        zone: words::zone_name(zone),
        rows,
        pager: Pager::of("/calls", &query, next),
    })
}

fn form(app: &App, query: &Query) -> Filters {
    let fields = [
        Some(Field::words("q", "Number ends in", "tel", "1234")),
        Some(Field::choice("outcome", "What came of it", "Anything", &Outcome::ALL, Outcome::as_str, terms::outcome)),
        Some(Field::choice("state", "State", "Any", &CallState::ALL, CallState::as_str, terms::call_state)),
        Some(Field::choice("direction", "Direction", "Both", &Direction::ALL, Direction::as_str, terms::direction)),
        Field::carrier(app),
        Field::business(app),
        Some(Field::day("from", "From", String::new())),
        Some(Field::day("to", "To", String::new())),
    ];
    Filters::new("/calls", "Find calls", query, fields.into_iter().flatten().collect())
}

async fn row(app: &App, call: &Call, usual: Tz) -> Answer<Row> {
    let zone = app.zone_of(Some(&call.business));
    let now = app.now();
    let (who, _) = who(app, call).await?;
    Ok(Row {
        id: call.id.to_string(),
        at: words::moment(call.created_at, zone, now),
        exact: call.created_at.with_timezone(&zone).to_rfc3339(),
        zone: (zone != usual).then(|| words::zone_mark(zone, call.created_at)),
        who,
        direction: terms::direction(call.direction),
        carrier: call.provider.clone(),
        said: said(call, now),
        keys: terms::keys(&call.walk.path),
        length: call.seconds.map(terms::length).unwrap_or_default(),
    })
}

/// What came of a call, or how long it goes on already.
pub(super) fn said(call: &Call, now: DateTime<Utc>) -> Said {
    match call.outcome {
        None if call.state != CallState::Ended => Said::new("live", words::capital(&words::call(call, now))),
        _ => terms::call(call),
    }
}

/// Who it is with: by name where the appointment tells it, else by the end of the number.
pub(super) async fn who(app: &App, call: &Call) -> Answer<(String, Option<Appointment>)> {
    let appointment = match call.appointment_id {
        Some(id) => app.store().appointment(id).await?,
        None => None,
    };
    let name = appointment.as_ref().map(|it| it.customer.name.reveal().to_owned());
    Ok((name.unwrap_or_else(|| format!("Somebody at {}", call.party())), appointment))
}
