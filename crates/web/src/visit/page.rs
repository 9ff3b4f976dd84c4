//! How the appointment stands, and what can be done about it.

use super::{
    calendar,
    guest::Guest,
    words::{Say, State},
};
use crate::{app::App, pages::html};
use askama::Template;
use axum::{
    extract::{Path, State as Shared},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use frontdesk_core::{
    appointment::Status,
    effect::Channel,
    engine::Stood,
    links::Purpose,
    speech::{written_clock, written_day, written_zone},
};

#[derive(Template)]
#[template(path = "visit/appointment.html")]
struct Page<'a> {
    say: &'a Say,
    /// What has happened meanwhile, or did not work.
    notice: Option<String>,
    day: String,
    clock: String,
    zone: String,
    service: Option<&'a str>,
    state: State,
    /// Where its forms go.
    here: String,
    saw: String,
    confirms: bool,
    cancels: bool,
    moves: bool,
    calendar: Option<Calendar>,
    stop: String,
}

struct Calendar {
    file: String,
    google: String,
}

#[derive(Template)]
#[template(path = "visit/stop.html")]
struct Stop<'a> {
    say: &'a Say,
    here: String,
    done: bool,
}

pub(super) async fn open(Shared(app): Shared<App>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    match Guest::admit(&app, &token, &[Purpose::Answer, Purpose::Stop], &headers).await {
        Ok(guest) if guest.ticket.purpose == Purpose::Stop => silence(&guest, &token),
        Ok(guest) => {
            // Whoever moved it here themself knows.
            let own = guest.appointment.answer.is_some_and(|answer| answer.channel == Channel::Link);
            let moved = u32::from(guest.ticket.round) < guest.appointment.round && !own;
            show(&guest, &token, StatusCode::OK, moved.then_some("page-moved"))
        }
        Err(refusal) => *refusal,
    }
}

/// The page of whoever wants to hear nothing more.
pub(super) fn silence(guest: &Guest<'_>, token: &str) -> Response {
    html(StatusCode::OK, &Stop { say: &guest.say, here: format!("/a/{token}"), done: guest.silent })
}

/// The appointment as it is now.
pub(super) fn show(guest: &Guest<'_>, token: &str, status: StatusCode, notice: Option<&str>) -> Response {
    let Guest { appointment, say, zone, now, .. } = guest;
    let cancelled = appointment.status == Status::Cancelled;
    let at = appointment.starts_at;
    let page = Page {
        say,
        notice: notice.map(|id| say.text(id)),
        day: written_day(at, *zone, say.language),
        clock: written_clock(at, *zone, say.language),
        zone: written_zone(at, *zone),
        service: appointment.service.as_deref(),
        state: State::of(say, appointment, *zone, *now),
        here: format!("/a/{token}"),
        saw: Stood::of(appointment).to_string(),
        confirms: !cancelled && appointment.status != Status::Confirmed,
        cancels: !cancelled,
        moves: !cancelled && *now < appointment.starts_at,
        calendar: (!cancelled).then(|| Calendar {
            file: format!("{}/invite.ics", guest.path(Purpose::Calendar)),
            google: calendar::google(guest),
        }),
        stop: guest.path(Purpose::Stop),
    };
    html(status, &page)
}
