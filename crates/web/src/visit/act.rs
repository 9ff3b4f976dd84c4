//! What somebody does by a form of these pages, or their mail program by one request (RFC 8058).

use super::{
    guest::{Guest, trouble},
    page, times,
};
use crate::{app::App, body::Raw, session::Form};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    appointment::Appointment,
    effect::Channel,
    engine::{Act, Done, Stood},
    event::Answer,
    links::Purpose,
    ports::OptOutWay,
};

pub(super) async fn submit(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Response {
    let form = Form::of(&body);
    let one_click = form.get("List-Unsubscribe") == Some("One-Click");
    let purpose = if one_click || form.get("do") == Some("stop") { Purpose::Stop } else { Purpose::Answer };
    let guest = match Guest::admit(&app, &token, &[purpose], &headers).await {
        Ok(guest) => guest,
        Err(refusal) => return *refusal,
    };
    if purpose == Purpose::Stop {
        let way = if one_click { OptOutWay::Mail } else { OptOutWay::Link };
        return match app.engine.stop_by_link(guest.appointment.id, way).await {
            // The program that asks shows nobody a page.
            Ok(_) if one_click => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "ok\n").into_response(),
            Ok(_) => Redirect::to(&format!("/a/{token}")).into_response(),
            Err(error) => *trouble(&guest.say, &error),
        };
    }
    match wanted(&form) {
        Some((act, saw)) => answer(&app, guest, &token, act, saw).await,
        None => page::show(&guest, &token, StatusCode::BAD_REQUEST, Some("page-changed")),
    }
}

/// The year 9999 begins.
const LATEST: i64 = 253_370_764_800;

/// A time as it stands in forms and addresses: seconds since 1970.
pub(super) fn moment(text: &str) -> Option<DateTime<Utc>> {
    // Times that anybody keeps a calendar for; beyond them there is nothing to reckon with.
    DateTime::from_timestamp(text.parse().ok().filter(|seconds| (0..LATEST).contains(seconds))?, 0)
}

fn wanted(form: &Form) -> Option<(Act, Stood)> {
    let at = || form.get("at").and_then(moment);
    let act = match form.get("do")? {
        "confirm" => Act::Answer(Answer::Confirmed),
        "cancel" => Act::Answer(Answer::Cancelled),
        "hold" => Act::Hold(at()?),
        "move" => Act::Move(at()?),
        _ => return None,
    };
    Some((act, form.get("saw")?.parse().ok()?))
}

async fn answer(app: &App, mut guest: Guest<'_>, token: &str, act: Act, saw: Stood) -> Response {
    let here = format!("/a/{token}");
    let done = match app.engine.by_link(guest.appointment.id, saw, act).await {
        Ok(done) => done,
        Err(error) => return *trouble(&guest.say, &error),
    };
    let (after, notice) = match done {
        Done::Yes(_) => return Redirect::to(&next(&here, act)).into_response(),
        // A button pressed twice, or a form sent again: that is what they wanted.
        Done::Changed(after) if has_come_true(act, &after) => return Redirect::to(&here).into_response(),
        Done::Changed(after) => (after, "page-changed"),
        Done::Gone(after) => {
            guest.appointment = after;
            return times::again(app, &guest, token).await;
        }
        Done::No(after) => (after, "page-refused"),
        // It was there a moment ago: nothing is ever taken out of the book.
        Done::Unknown => return page::show(&guest, token, StatusCode::CONFLICT, Some("page-changed")),
    };
    guest.appointment = after;
    page::show(&guest, token, StatusCode::CONFLICT, Some(notice))
}

/// See Other: loading the next page again sends nothing again.
fn next(here: &str, act: Act) -> String {
    match act {
        Act::Hold(at) => format!("{here}/times/{}", at.timestamp()),
        Act::Answer(_) | Act::Move(_) => here.to_owned(),
    }
}

fn has_come_true(act: Act, after: &Appointment) -> bool {
    match act {
        Act::Answer(meaning) => {
            after.answer.is_some_and(|answer| answer.meaning == meaning && answer.channel == Channel::Link)
        }
        Act::Move(at) => after.starts_at == at,
        Act::Hold(_) => false,
    }
}
