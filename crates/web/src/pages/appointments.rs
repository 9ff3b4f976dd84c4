//! Appointments: found by words, status and day, page by page.

use super::{
    Section, Shell, failed,
    filter::{Field, Filters, Kind, Pager},
    html, terms,
    words::{self, Said},
};
use crate::{app::App, appointments, fields, problem::Answer, query::Query};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use chrono_tz::Tz;
use frontdesk_core::appointment::{Appointment, Status};

#[derive(Template)]
#[template(path = "appointments.html")]
struct Appointments {
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
    what: String,
    said: Said,
}

pub(super) async fn page(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    match gather(&app, &headers, &uri).await {
        Ok(list) => {
            let status = if list.filters.right() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            html(status, &list)
        }
        Err(problem) => failed(&problem),
    }
}

async fn gather(app: &App, headers: &HeaderMap, uri: &Uri) -> Answer<Appointments> {
    let mut query = Query::of(uri);
    let mut filter = appointments::filter(app, &mut query);
    let zone = app.zone_of(filter.business.as_deref());
    let today = app.now().with_timezone(&zone).date_naive();
    // Who looks for nothing in particular wants to know who comes; an emptied field means any day.
    if !query.given("from") {
        filter.from = fields::day_start(today, zone);
    }
    let filters = form(app, &query, today.to_string());
    let (mut rows, mut next) = (Vec::new(), None);
    if filters.right() {
        query.finish()?;
        let page = app.store().appointments(filter).await?;
        next = page.next_cursor;
        rows = page.items.iter().map(|it| row(app, it, zone)).collect();
    }
    Ok(Appointments {
        shell: Shell::new(app, "Appointments", Section::Appointments, headers),
        filters,
        zone: words::zone_name(zone),
        rows,
        pager: Pager::of("/appointments", &query, next),
    })
}

fn form(app: &App, query: &Query, today: String) -> Filters {
    let fields = [
        Some(Field::words("q", "Search", "search", "name, number, service")),
        Some(Field::choice("status", "Status", "Any", &Status::ALL, Status::as_str, terms::status)),
        Field::business(app),
        Some(Field::day("from", "From", today)),
        Some(Field::day("to", "To", String::new())),
    ];
    Filters::new("/appointments", "Find appointments", query, fields.into_iter().flatten().collect())
}

fn row(app: &App, it: &Appointment, usual: Tz) -> Row {
    let zone = app.zone_of(Some(&it.business));
    let now = app.now();
    let several = app.rules().businesses.len() > 1;
    let business = app.rules().business(&it.business).filter(|_| several).map(|business| business.name.as_str());
    let what: Vec<&str> = [it.service.as_deref(), business, it.external_id.as_deref()].into_iter().flatten().collect();
    Row {
        id: it.id.to_string(),
        at: words::moment(it.starts_at, zone, now),
        exact: it.starts_at.with_timezone(&zone).to_rfc3339(),
        zone: (zone != usual).then(|| words::zone_mark(zone, it.starts_at)),
        who: it.customer.name.reveal().to_owned(),
        what: what.join(" · "),
        said: words::status(it, zone, now),
    }
}
