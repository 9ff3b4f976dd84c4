//! Reads a new appointment out of a body.

use crate::{
    app::App,
    fields::{self, Fields},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    appointment::{Confirm, Customer, NewAppointment},
    personal::{Email, PersonName, Phone},
    rules::Business,
    speech::Language,
};
use serde::Serialize;
use utoipa::ToSchema;

/// How long an appointment is when nobody says, in minutes.
pub(crate) const USUAL_MINUTES: u32 = 30;

/// An appointment to be taken into the book.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewAppointmentBody {
    /// Which business; may be absent where there is only one.
    #[schema(example = "clinic")]
    business: Option<String>,
    /// The booking system's own name for it; taken once.
    #[schema(example = "APT123", max_length = 200)]
    external_id: Option<String>,
    customer: CustomerBody,
    /// RFC 3339. Without a zone it is meant in the business's zone.
    #[schema(example = "2030-03-01T15:30:00+08:00")]
    starts_at: String,
    /// 1 to 1440; 30 when absent.
    #[schema(example = 30)]
    duration_minutes: Option<u32>,
    #[schema(example = "Dental check-up", max_length = 200)]
    service: Option<String>,
    /// For the desk; never spoken.
    #[schema(max_length = 2000)]
    notes: Option<String>,
    /// When the person is asked whether they come: `now`, `policy` (some time before, the usual) or `none`.
    #[schema(example = "now")]
    confirm: Option<String>,
}

/// The person who is expected.
#[derive(Serialize, ToSchema)]
pub(crate) struct CustomerBody {
    #[schema(example = "Ana Lim")]
    name: String,
    /// With country code, or as people of the business's region write it.
    #[schema(example = "+6591234567")]
    phone: String,
    #[schema(example = "ana@example.com")]
    email: Option<String>,
    /// `en`, `es`, `hi` or `nl`; the business's language when absent.
    #[schema(example = "en")]
    language: Option<String>,
    /// An IANA name; the business's zone when absent.
    #[schema(example = "Asia/Singapore")]
    time_zone: Option<String>,
}

/// What was read of a new appointment; something needed may be missing, and `form.errors` says so then.
pub(crate) struct Read {
    pub(crate) starts_at: Option<DateTime<Utc>>,
    business: Option<String>,
    customer: Option<Customer>,
    external_id: Option<String>,
    duration_minutes: u32,
    service: Option<String>,
    notes: Option<String>,
    confirm: Confirm,
}

impl Read {
    /// The appointment, where nothing is missing.
    pub(crate) fn complete(self) -> Option<NewAppointment> {
        Some(NewAppointment {
            external_id: self.external_id,
            business: self.business?,
            business_name: None,
            customer: self.customer?,
            starts_at: self.starts_at?,
            duration_minutes: self.duration_minutes,
            service: self.service,
            notes: self.notes,
            confirm: self.confirm,
        })
    }
}

/// Reads every field. Whether the time lies in the past is for the caller to say.
pub(crate) fn read(app: &App, form: &mut Fields<'_>) -> Read {
    let business = business(app, form);
    let zone = business.map_or(chrono_tz::UTC, |business| business.time_zone);
    let external_id = form.text("external_id", 200).map(str::to_owned);
    let starts_at = form.required_as("starts_at", |text| fields::moment(text, zone));
    let duration_minutes = form.whole("duration_minutes", 1, 24 * 60).unwrap_or(USUAL_MINUTES);
    let service = form.text("service", 200).map(str::to_owned);
    let notes = form.text("notes", 2000).map(str::to_owned);
    let confirm = form.parsed("confirm", confirm).unwrap_or_default();
    let customer = customer(form, business);
    Read {
        starts_at,
        business: business.map(|business| business.id.clone()),
        customer,
        external_id,
        duration_minutes,
        service,
        notes,
        confirm,
    }
}

fn business<'a>(app: &'a App, form: &mut Fields<'_>) -> Option<&'a Business> {
    if form.get("business").is_none() {
        // With several, a guess would ring somebody in the name of a business they do not know.
        if !app.business_understood {
            form.wrong("business", format!("is needed; use one of {}", known_businesses(app)));
            return None;
        }
        let default = app.default_business();
        if default.is_none() {
            form.wrong("business", unknown_business(app));
        }
        return default;
    }
    let id = form.text("business", 200)?;
    let found = app.rules().business(id);
    if found.is_none() {
        form.wrong("business", unknown_business(app));
    }
    found
}

/// What to say of a business that is not there.
pub(crate) fn unknown_business(app: &App) -> String {
    if app.rules().businesses.is_empty() {
        "is not configured here; add [businesses.<id>] to the configuration".to_owned()
    } else {
        format!("is not configured here; use one of {}", known_businesses(app))
    }
}

fn known_businesses(app: &App) -> String {
    app.rules().businesses.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn confirm(text: &str) -> Result<Confirm, &'static str> {
    match text {
        "now" => Ok(Confirm::Now),
        "policy" => Ok(Confirm::Policy),
        "none" => Ok(Confirm::None),
        _ => Err("must be now, policy or none"),
    }
}

fn customer(form: &mut Fields<'_>, business: Option<&Business>) -> Option<Customer> {
    let region = business.and_then(|business| business.region.as_deref());
    if form.get("customer").is_none() {
        form.wrong("customer", "is missing");
        return None;
    }
    let mut person = form.within("customer", "customer.");
    if !form.get("customer").is_some_and(serde_json::Value::is_object) {
        return None;
    }
    // One rule about the length, and one sentence about it.
    let name = person.required("name", usize::MAX).map(PersonName::parse);
    let name = name.and_then(|name| person.take("name", name));
    let phone = person.required_as("phone", |text| Phone::parse(text, region));
    let email = person.parsed("email", Email::parse);
    let language: Option<Language> = person.parsed("language", language);
    let time_zone: Option<Tz> = person.parsed("time_zone", fields::zone);
    form.errors.append(&mut person.errors);
    Some(Customer { name: name?, phone: phone?, email, language, time_zone })
}

/// A language that there are texts in.
pub(crate) fn language(text: &str) -> Result<Language, String> {
    Language::parse(text).map_err(|_| {
        let known = Language::ALL.map(Language::code);
        format!("is not a language spoken here; use one of {}", known.join(", "))
    })
}
