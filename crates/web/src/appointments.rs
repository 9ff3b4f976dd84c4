//! Appointments: taken, listed, shown.

use crate::{
    app::App,
    auth::Principal,
    body::Raw,
    booking,
    fields::{self, Fields},
    problem::{Answer, Problem},
    query::Query,
    views::{AppointmentView, List, json, raw_json},
};
use axum::{
    Extension, Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::Response,
    routing::get,
};
use frontdesk_core::{
    appointment::{Appointment, Status},
    engine::Booked,
    id::AppointmentId,
    ports::{AppointmentFilter, Claim},
};
use sha2::{Digest, Sha256};

const PAST: &str = "lies in the past";

pub(crate) fn router() -> Router<App> {
    Router::new().route("/api/v1/appointments", get(list).post(create)).route("/api/v1/appointments/{id}", get(show))
}

/// An id out of a path; what is none names nothing.
pub(crate) fn id<T: std::str::FromStr>(text: &str, what: &str) -> Answer<T> {
    text.parse().map_err(|_| Problem::not_found(what))
}

/// Takes an appointment into the book
///
/// The same `external_id` for the same time is taken once; the same `Idempotency-Key` with the same body gives the
/// first answer again.
#[utoipa::path(
    post, path = "/api/v1/appointments", tag = "appointments",
    params(("Idempotency-Key" = Option<String>, Header, description = "Any text of up to 255 characters, new for each appointment")),
    request_body = booking::NewAppointmentBody,
    responses(
        (status = 201, description = "Taken into the book", body = AppointmentView),
        (status = 200, description = "It was in the book already, for the same time", body = AppointmentView),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The external id is in the book for another time or another person", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not right, or the Idempotency-Key was used with another body", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests; see Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Answer {
    let object = fields::object(&body)?;
    let mut form = Fields::new(&object);
    let read = booking::read(&app, &mut form);
    let past = read.starts_at.is_some_and(|at| at <= app.now());
    if past && !form.errors.is_empty() {
        form.wrong("starts_at", PAST);
    }
    form.finish()?;
    let new = read.complete().ok_or_else(Problem::broken)?;
    let key = idempotency_key(&headers, &principal)?;
    if let Some(key) = &key {
        match app.desk.claim(key, Sha256::digest(&body).into(), app.now()).await? {
            Claim::Open => {}
            // Given again even when the time it was about has passed meanwhile.
            Claim::Answered { status, body } => return Ok(again(status, body)),
            Claim::OtherBody => {
                let detail = "this Idempotency-Key was used with another body; use a new one";
                return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
            }
        }
    }
    if past {
        return Err(Problem::field("starts_at", PAST));
    }
    let named = new.external_id.is_some();
    let phone = new.customer.phone.clone();
    let once = key.as_ref().map(|key| format!("idem:{key}"));
    let (booked, _) = app.engine.book(new, once).await?;
    let (status, appointment) = match booked {
        Booked::New(appointment) => (StatusCode::CREATED, appointment),
        Booked::Again(there) if there.customer.phone != phone => return Err(somebody_else(&there)),
        // Without a name of its own, only the first delivery of this very request can have booked it.
        Booked::Again(appointment) if named => (StatusCode::OK, appointment),
        Booked::Again(appointment) => (StatusCode::CREATED, appointment),
        Booked::Differs(there) => return Err(differs(&there)),
        Booked::NoBusiness => return Err(Problem::field("business", "is not configured here")),
    };
    let location = format!("/api/v1/appointments/{}", appointment.id);
    let mut response = json(status, &AppointmentView::from(appointment.clone()))?;
    if let Some(key) = &key {
        let written = serde_json::to_string(&AppointmentView::from(appointment)).map_err(|_| Problem::broken())?;
        app.desk.answer(key, status.as_u16(), &written, app.now()).await?;
    }
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

fn again(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    raw_json(status, body)
}

/// The external id is known for another time: moving it is another request.
pub(crate) fn differs(there: &Appointment) -> Box<Problem> {
    let detail = format!(
        "this external_id is in the book for {}; to move it, POST {{\"starts_at\": …}} to /api/v1/appointments/{}/reschedule",
        there.starts_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        there.id
    );
    Problem::conflict(detail).with("appointment_id", there.id.to_string())
}

/// The external id is known for another person: answering with their appointment would look as if this one were booked.
fn somebody_else(there: &Appointment) -> Box<Problem> {
    let detail =
        "this external_id is in the book for somebody else (another telephone number); use another external_id";
    Problem::conflict(detail).with("appointment_id", there.id.to_string())
}

/// The key of a request, told apart by who sent it: two programs may count from one.
fn idempotency_key(headers: &HeaderMap, principal: &Principal) -> Answer<Option<String>> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    match value.to_str().map(str::trim) {
        Ok(key) if (1..=255).contains(&key.len()) => Ok(Some(format!("{}/{key}", principal.name))),
        _ => Err(Problem::field("Idempotency-Key", "must be 1 to 255 plain characters")),
    }
}

/// Appointments, page by page
#[utoipa::path(
    get, path = "/api/v1/appointments", tag = "appointments",
    params(
        ("status" = Option<String>, Query, description = "Only this status"),
        ("business" = Option<String>, Query, description = "Only this business"),
        ("from" = Option<String>, Query, description = "Starting at or after; a time or a day"),
        ("to" = Option<String>, Query, description = "Starting before a time, or on or before a day"),
        ("q" = Option<String>, Query, description = "Words in name, phone, external id or service"),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "1 to 500, 50 when absent"),
    ),
    responses(
        (status = 200, description = "One page, by starting time", body = List<AppointmentView>),
        (status = 422, description = "A parameter is not right", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(State(app): State<App>, uri: Uri) -> Answer {
    let mut query = Query::of(&uri);
    let filter = filter(&app, &mut query);
    query.finish()?;
    let page = app.store().appointments(filter).await?;
    json(StatusCode::OK, &List::<AppointmentView>::of(page))
}

/// What a query asks of the list of appointments. Days are those of the business that is named, or of the usual one.
pub(crate) fn filter(app: &App, query: &mut Query) -> AppointmentFilter {
    let business = business_of(app, query);
    let zone = app.zone_of(business.as_deref());
    AppointmentFilter {
        status: query.read("status", str::parse::<Status>),
        business,
        from: query.from("from", zone),
        to: query.to("to", zone),
        q: query.owned("q"),
        cursor: query.owned("cursor"),
        limit: query.limit(),
    }
}

/// The business a query names; one that is not configured is an error, not an empty list.
pub(crate) fn business_of(app: &App, query: &mut Query) -> Option<String> {
    query.read("business", |id| match app.rules().business(id) {
        Some(business) => Ok(business.id.clone()),
        None => Err(booking::unknown_business(app)),
    })
}

/// One appointment with its timeline
#[utoipa::path(
    get, path = "/api/v1/appointments/{id}", tag = "appointments",
    params(("id" = uuid::Uuid, Path, description = "Its id")),
    responses(
        (status = 200, description = "The appointment and what happened so far", body = AppointmentView),
        (status = 404, description = "There is no such appointment", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(State(app): State<App>, Path(text): Path<String>) -> Answer {
    let id: AppointmentId = id(&text, "appointment")?;
    let appointment = find(&app, id).await?;
    let timeline = app.store().timeline(Some(id), None).await?;
    json(StatusCode::OK, &AppointmentView::with_timeline(appointment, timeline))
}

pub(crate) async fn find(app: &App, id: AppointmentId) -> Answer<Appointment> {
    let found = app.store().appointment(id).await?;
    found.ok_or_else(|| Problem::not_found("appointment"))
}
