//! The appointment for the person's own calendar.

use super::guest::Guest;
use crate::app::App;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use frontdesk_core::{ical, links::Purpose, ports::CalendarEntry};
use url::Url;

/// What stands in somebody's own calendar: whom they visit, and how to reach them; nothing of the desk's notes.
fn entry(guest: &Guest<'_>) -> CalendarEntry {
    let Guest { appointment, say, zone, .. } = guest;
    let title = match &appointment.service {
        Some(service) => format!("{} ({service})", say.business()),
        None => say.business().to_owned(),
    };
    CalendarEntry {
        appointment_id: appointment.id,
        business: appointment.business.clone(),
        title,
        description: say.phone().map(|_| say.text("page-call")).unwrap_or_default(),
        starts_at: appointment.starts_at,
        ends_at: appointment.ends_at(),
        time_zone: *zone,
        status: appointment.status,
        revision: appointment.revision,
        updated_at: appointment.updated_at,
        guest: None,
    }
}

pub(super) async fn file(State(app): State<App>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    match Guest::admit(&app, &token, &[Purpose::Calendar], &headers).await {
        Ok(guest) => {
            let kind = [
                (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"invite.ics\""),
            ];
            (kind, ical::stored(&entry(&guest))).into_response()
        }
        Err(refusal) => *refusal,
    }
}

/// Google Calendar's page for a new event. Followed by whoever wants to; nothing is told to Google before.
pub(super) fn google(guest: &Guest<'_>) -> String {
    let entry = entry(guest);
    let basic = |at: DateTime<Utc>| at.format("%Y%m%dT%H%M%SZ").to_string();
    let dates = format!("{}/{}", basic(entry.starts_at), basic(entry.ends_at));
    let given = [
        ("action", "TEMPLATE"),
        ("text", &entry.title),
        ("dates", &dates),
        ("details", &entry.description),
        ("ctz", entry.time_zone.name()),
    ];
    let url = Url::parse_with_params("https://calendar.google.com/calendar/render", given);
    url.map(String::from).unwrap_or_default()
}
