//! People: what is known about them, and forgetting them.

use crate::{
    app::App,
    body::Raw,
    booking::language,
    fields::{self, Fields},
    problem::{Answer, Problem},
    views::{ContactView, json},
};
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use frontdesk_core::{
    appointment::Appointment,
    effect::Channel,
    personal::Phone,
    ports::{AppointmentFilter, Contact},
    speech::Language,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/api/v1/contacts/{phone}", get(show).put(know).delete(forget))
}

pub(crate) fn number(app: &App, text: &str) -> Answer<Phone> {
    let region = app.default_business().and_then(|business| business.region.as_deref());
    // In a URL a plus may have been taken for a space.
    let text = text.trim();
    Phone::parse(text, region)
        .or_else(|wrong| {
            if text.starts_with(|c: char| c.is_ascii_digit()) {
                Phone::parse(&format!("+{text}"), None)
            } else {
                Err(wrong)
            }
        })
        .map_err(|error| Problem::field("phone", error.to_string()))
}

/// What is known about a person
#[utoipa::path(
    get, path = "/api/v1/contacts/{phone}", tag = "contacts",
    params(("phone" = String, Path, description = "Their number, like +6591234567")),
    responses(
        (status = 200, description = "What is known", body = ContactView),
        (status = 404, description = "Nothing is known", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a telephone number", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(State(app): State<App>, Path(text): Path<String>) -> Answer {
    let contact = app.store().contact(&number(&app, &text)?).await?;
    let contact = contact.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "nothing is known about this person beyond their appointments")
    })?;
    json(StatusCode::OK, &ContactView::from(contact))
}

/// What is to be known about a person. Absent members stay as they are; null forgets one.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContactBody {
    #[schema(example = "es")]
    language: Option<String>,
    #[schema(example = "Asia/Singapore")]
    time_zone: Option<String>,
    consent: Option<bool>,
    /// Channels (`voice`, `sms`, `whatsapp`, `email`); `true` means all of them, `false` none.
    #[schema(example = json!(["voice"]))]
    opted_out: Option<Vec<String>>,
}

#[derive(Default)]
struct Change {
    language: Option<Option<Language>>,
    time_zone: Option<Option<chrono_tz::Tz>>,
    consent: Option<Option<bool>>,
    opted_out: Option<Vec<Channel>>,
}

impl Change {
    fn read(form: &mut Fields<'_>) -> Self {
        let opt_out = if form.named("opted_out") { "opted_out" } else { "opt_out" };
        Self {
            language: form.named("language").then(|| form.parsed("language", language)),
            time_zone: form.named("time_zone").then(|| form.parsed("time_zone", fields::zone)),
            consent: form.named("consent").then(|| consent(form)),
            opted_out: form.named(opt_out).then(|| opted_out(form, opt_out)),
        }
    }

    fn apply(self, contact: &mut Contact) {
        if let Some(language) = self.language {
            contact.language = language;
        }
        if let Some(time_zone) = self.time_zone {
            contact.time_zone = time_zone;
        }
        if let Some(consent) = self.consent {
            contact.consent = consent;
        }
        if let Some(opted_out) = self.opted_out {
            contact.opted_out = opted_out;
        }
    }
}

fn consent(form: &mut Fields<'_>) -> Option<bool> {
    match form.get("consent")? {
        Value::Bool(consent) => Some(*consent),
        _ => {
            form.wrong("consent", "must be true, false or null");
            None
        }
    }
}

fn opted_out(form: &mut Fields<'_>, name: &str) -> Vec<Channel> {
    let known = |value: &Value| {
        let text = value.as_str()?;
        Channel::REACHING.into_iter().find(|channel| channel.as_str() == text)
    };
    let channels = match form.get(name) {
        None | Some(Value::Bool(false)) => Some(Vec::new()),
        Some(Value::Bool(true)) => Some(Channel::REACHING.to_vec()),
        Some(Value::Array(channels)) => channels.iter().map(known).collect(),
        Some(_) => None,
    };
    channels.unwrap_or_else(|| {
        let all = Channel::REACHING.map(Channel::as_str);
        form.wrong(name, format!("must be true, false or a list of {}", all.join(", ")));
        Vec::new()
    })
}

/// Writes what is known about a person
///
/// An opt-out stops what waits for them.
#[utoipa::path(
    put, path = "/api/v1/contacts/{phone}", tag = "contacts",
    params(("phone" = String, Path, description = "Their number, like +6591234567")),
    request_body = ContactBody,
    responses(
        (status = 200, description = "What is known now", body = ContactView),
        (status = 422, description = "Fields are not right", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn know(State(app): State<App>, Path(text): Path<String>, Raw(body): Raw) -> Answer {
    let phone = number(&app, &text)?;
    let object = fields::object(&body)?;
    let mut form = Fields::new(&object);
    let change = Change::read(&mut form);
    form.finish()?;
    let contact = app.engine.know(phone, move |contact| change.apply(contact)).await?;
    json(StatusCode::OK, &ContactView::from(contact))
}

/// What was forgotten.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Forgotten {
    #[schema(example = true)]
    forgotten: bool,
    /// Their appointments; they stay, without name, number and address.
    appointments: Vec<Uuid>,
}

/// Forgets a person
///
/// Names, numbers and addresses are overwritten everywhere, what waits for them is stopped, and their calendar entries
/// are taken out. Asking again changes nothing.
#[utoipa::path(
    delete, path = "/api/v1/contacts/{phone}", tag = "contacts",
    params(("phone" = String, Path, description = "Their number, like +6591234567")),
    responses(
        (status = 200, description = "Forgotten", body = Forgotten),
        (status = 502, description = "The calendar (nothing was forgotten yet) or the carrier in this process did not forget; ask again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn forget(State(app): State<App>, Path(text): Path<String>) -> Answer<Response> {
    let phone = number(&app, &text)?;
    // The calendar first: once the number is gone, nobody could find the entries that were left behind.
    let theirs = theirs(&app, &phone).await?;
    for appointment in &theirs {
        unshow(&app, appointment).await?;
    }
    let forgotten = app.store().forget(&phone, app.now()).await?;
    let addresses = theirs.into_iter().filter_map(|appointment| appointment.customer.email).collect();
    if !(app.forget)(phone, addresses).await {
        let detail = "the carrier in this process could not forget what it keeps of this person; ask again in a moment";
        return Err(Problem::new(StatusCode::BAD_GATEWAY, detail));
    }
    let answer = Forgotten { forgotten: true, appointments: forgotten.into_iter().map(|id| id.0).collect() };
    json(StatusCode::OK, &answer)
}

async fn theirs(app: &App, phone: &Phone) -> Answer<Vec<Appointment>> {
    let mut theirs = Vec::new();
    let mut cursor = None;
    loop {
        let filter = AppointmentFilter {
            q: Some(phone.reveal().to_owned()),
            cursor: cursor.take(),
            limit: 500,
            ..AppointmentFilter::default()
        };
        let page = app.store().appointments(filter).await?;
        theirs.extend(page.items.into_iter().filter(|appointment| appointment.customer.phone == *phone));
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return Ok(theirs),
        }
    }
}

async fn unshow(app: &App, appointment: &Appointment) -> Answer<()> {
    let Some(calendar) = &app.engine.ports().calendar else {
        return Ok(());
    };
    calendar.remove(&appointment.business, &appointment.id).await.map_err(|error| {
        tracing::warn!(%error, "a calendar entry could not be taken out");
        let detail = "the calendar did not take the entry out, so nothing was forgotten yet; ask again in a moment";
        Problem::new(StatusCode::BAD_GATEWAY, detail)
    })
}
