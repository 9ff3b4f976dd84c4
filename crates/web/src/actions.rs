//! What the front desk does with an appointment.

use crate::{
    app::App,
    appointments::{find, id},
    body::Raw,
    fields::{self, Fields},
    problem::{Answer, Problem},
    views::{AppointmentView, json},
};
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::post,
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    appointment::{Appointment, Status},
    effect::Channel,
    event::{self, Event},
    id::AppointmentId,
};
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/appointments/{id}/confirm", post(confirm))
        .route("/api/v1/appointments/{id}/cancel", post(cancel))
        .route("/api/v1/appointments/{id}/call", post(call))
        .route("/api/v1/appointments/{id}/reschedule", post(reschedule))
        .route("/api/v1/appointments/{id}/completed", post(completed))
        .route("/api/v1/appointments/{id}/no-show", post(no_show))
}

/// What the desk can do by one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Confirm,
    Cancel,
    Call,
    Completed,
    NoShow,
}

impl Act {
    fn event(self) -> Event {
        let replied = |meaning| Event::Replied { channel: Channel::Desk, meaning };
        match self {
            Self::Confirm => replied(event::Answer::Confirmed),
            Self::Cancel => replied(event::Answer::Cancelled),
            Self::Call => Event::CallAsked,
            Self::Completed => Event::Visited { came: true },
            Self::NoShow => Event::Visited { came: false },
        }
    }

    fn done(self, status: Status) -> bool {
        match self {
            Self::Confirm => status == Status::Confirmed,
            Self::Cancel => status == Status::Cancelled,
            Self::Call => true,
            Self::Completed => status == Status::Completed,
            Self::NoShow => status == Status::NoShow,
        }
    }
}

/// Does it; 409 with the reason where the appointment does not allow it.
pub(crate) async fn act(app: &App, id: AppointmentId, act: Act) -> Answer<Appointment> {
    let happened = app.engine.happen(id, act.event()).await?;
    let (appointment, effects, note) = happened.ok_or_else(|| Problem::not_found("appointment"))?;
    // A call that was asked for is an effect; where there is none, the note says why.
    let refused = act == Act::Call && effects.is_empty() || !act.done(appointment.status);
    if refused {
        return Err(Problem::conflict(format!("nothing was changed: {note}")));
    }
    Ok(appointment)
}

/// Moves it; 409 with the reason where it cannot be moved.
pub(crate) async fn shift(app: &App, id: AppointmentId, starts_at: DateTime<Utc>) -> Answer<Appointment> {
    let moved = Event::Moved { starts_at, channel: Channel::Desk };
    let happened = app.engine.happen(id, moved).await?;
    let (appointment, _, note) = happened.ok_or_else(|| Problem::not_found("appointment"))?;
    if appointment.starts_at != starts_at {
        return Err(Problem::conflict(format!("nothing was changed: {note}")));
    }
    Ok(appointment)
}

async fn answer(app: &App, text: &str, what: Act) -> Answer {
    let appointment = act(app, id(text, "appointment")?, what).await?;
    json(StatusCode::OK, &AppointmentView::from(appointment))
}

/// The desk knows that the person comes
#[utoipa::path(
    post, path = "/api/v1/appointments/{id}/confirm", tag = "appointments",
    params(("id" = uuid::Uuid, Path, description = "Its id")),
    responses(
        (status = 200, description = "Confirmed", body = AppointmentView),
        (status = 404, description = "There is no such appointment", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It cannot be confirmed any more", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn confirm(State(app): State<App>, Path(id): Path<String>) -> Answer {
    answer(&app, &id, Act::Confirm).await
}

/// It will not take place
#[utoipa::path(
    post, path = "/api/v1/appointments/{id}/cancel", tag = "appointments",
    params(("id" = uuid::Uuid, Path, description = "Its id")),
    responses(
        (status = 200, description = "Cancelled", body = AppointmentView),
        (status = 404, description = "There is no such appointment", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It cannot be cancelled any more", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel(State(app): State<App>, Path(id): Path<String>) -> Answer {
    answer(&app, &id, Act::Cancel).await
}

/// Calls the person now
///
/// The hours and caps of the contact policy hold here too; the call's effect says so when it has to wait.
#[utoipa::path(
    post, path = "/api/v1/appointments/{id}/call", tag = "appointments",
    params(("id" = uuid::Uuid, Path, description = "Its id")),
    responses(
        (status = 200, description = "The call is on its way", body = AppointmentView),
        (status = 404, description = "There is no such appointment", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "A call is under way, or there is nothing to ask", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn call(State(app): State<App>, Path(id): Path<String>) -> Answer {
    answer(&app, &id, Act::Call).await
}

/// The person came
#[utoipa::path(
    post, path = "/api/v1/appointments/{id}/completed", tag = "appointments",
    params(("id" = uuid::Uuid, Path, description = "Its id")),
    responses(
        (status = 200, description = "Noted", body = AppointmentView),
        (status = 404, description = "There is no such appointment", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn completed(State(app): State<App>, Path(id): Path<String>) -> Answer {
    answer(&app, &id, Act::Completed).await
}

/// The person did not come
#[utoipa::path(
    post, path = "/api/v1/appointments/{id}/no-show", tag = "appointments",
    params(("id" = uuid::Uuid, Path, description = "Its id")),
    responses(
        (status = 200, description = "Noted", body = AppointmentView),
        (status = 404, description = "There is no such appointment", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn no_show(State(app): State<App>, Path(id): Path<String>) -> Answer {
    answer(&app, &id, Act::NoShow).await
}

/// A new time.
#[derive(Serialize, ToSchema)]
pub(crate) struct RescheduleBody {
    /// RFC 3339. Without a zone it is meant in the business's zone.
    #[schema(example = "2030-03-02T10:00:00+08:00")]
    starts_at: String,
}

/// Moves it to another time; the person is asked anew
#[utoipa::path(
    post, path = "/api/v1/appointments/{id}/reschedule", tag = "appointments",
    params(("id" = uuid::Uuid, Path, description = "Its id")),
    request_body = RescheduleBody,
    responses(
        (status = 200, description = "Moved", body = AppointmentView),
        (status = 404, description = "There is no such appointment", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It cannot be moved any more", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The time is not right", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn reschedule(State(app): State<App>, Path(text): Path<String>, Raw(body): Raw) -> Answer {
    let appointment = find(&app, id(&text, "appointment")?).await?;
    let zone = app.rules().business(&appointment.business).map_or(chrono_tz::UTC, |business| business.time_zone);
    let object = fields::object(&body)?;
    let mut form = Fields::new(&object);
    let starts_at = form.required_as("starts_at", |text| {
        fields::moment(text, zone)
            .and_then(|at| if at > app.now() { Ok(at) } else { Err("lies in the past".to_owned()) })
    });
    form.finish()?;
    let starts_at = starts_at.ok_or_else(Problem::broken)?;
    let moved = shift(&app, appointment.id, starts_at).await?;
    json(StatusCode::OK, &AppointmentView::from(moved))
}
