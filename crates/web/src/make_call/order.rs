//! Seed 000's shapes: the order, and what it is answered.

use crate::{
    app::App,
    booking::USUAL_MINUTES,
    fields::{self, Fields},
    problem::{Answer, Problem},
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    appointment::{Confirm, Customer, NewAppointment},
    effect::EffectState,
    personal::{PersonName, Phone},
    rules::Business,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// An order to call.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MakeCallBody {
    #[schema(example = "APT123")]
    order_id: String,
    #[schema(example = "+6591234567")]
    customer_phone: String,
    #[schema(example = "Ana's Dental Clinic")]
    business_name: String,
    /// RFC 3339; without a zone it is meant in the business's zone.
    #[schema(example = "2025-04-20T19:30:00Z")]
    appointment_time: String,
}

/// What became of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct MakeCallView {
    pub(super) success: bool,
    pub(super) data: MakeCallData,
}

/// The order, and the call that serves it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MakeCallData {
    #[schema(example = "APT123")]
    pub(super) order_id: String,
    #[schema(example = "+6591234567")]
    pub(super) customer_phone: String,
    #[schema(example = "Ana's Dental Clinic")]
    pub(super) business_name: String,
    #[schema(example = "2025-04-20T19:30:00Z")]
    pub(super) appointment_time: String,
    /// The carrier's name for the call; null while it is not known.
    pub(super) session_id: Option<String>,
    pub(super) call_id: Option<String>,
    pub(super) appointment_id: String,
    /// How far the call has come: `done` (the carrier has it), `waiting` or `started`.
    #[schema(value_type = String, example = "done")]
    pub(super) state: EffectState,
    /// Why it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

/// An error in the words of seed 000, and in those of RFC 9457.
#[derive(Serialize, ToSchema)]
pub(crate) struct MakeCallError {
    #[schema(example = false)]
    success: bool,
    #[schema(example = "Unprocessable Entity")]
    error: String,
    #[schema(example = "customerPhone is not a telephone number; write it with country code, like +14155550123")]
    details: String,
    #[schema(example = "one field is not right: customerPhone")]
    detail: String,
    #[schema(example = "about:blank")]
    r#type: String,
    #[schema(example = "Unprocessable Entity")]
    title: String,
    #[schema(example = 422)]
    status: u16,
}

/// An order, read.
pub(super) struct Order {
    pub(super) id: String,
    pub(super) phone: Phone,
    pub(super) business_name: String,
    pub(super) time: DateTime<Utc>,
    /// As it was written, to be given back.
    pub(super) time_text: String,
    pub(super) business: String,
}

/// Reads an order, and names every field that is not right.
pub(super) fn read(app: &App, form: &mut Fields<'_>) -> Answer<Order> {
    let id = match form.get("orderId") {
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => form.required("orderId", 200).map(str::to_owned),
    };
    let business_name = form.required("businessName", 200).map(str::to_owned);
    let business = business_name.as_deref().and_then(|name| named(app, name));
    let region = business.and_then(|business| business.region.as_deref());
    let zone = business.map_or(chrono_tz::UTC, |business| business.time_zone);
    if business_name.is_some() && business.is_none() {
        form.wrong("businessName", "is not configured here; add [businesses.<id>] to the configuration");
    }
    let phone = form.required_as("customerPhone", |text| Phone::parse(text, region));
    let time = form.required_as("appointmentTime", |text| fields::moment(text, zone).map(|at| (at, text.to_owned())));
    let errors = std::mem::take(&mut form.errors);
    match (id, phone, business_name, time, business) {
        (Some(id), Some(phone), Some(business_name), Some((time, time_text)), Some(business)) if errors.is_empty() => {
            Ok(Order { id, phone, business_name, time, time_text, business: business.id.clone() })
        }
        _ => Err(Problem::fields(errors)),
    }
}

/// The business of this name, else the default one: seed 000 has one business and lets the order name it.
fn named<'a>(app: &'a App, name: &str) -> Option<&'a Business> {
    let name = name.to_lowercase();
    app.rules()
        .businesses
        .values()
        .find(|business| business.name.trim().to_lowercase() == name)
        .or_else(|| app.default_business())
}

/// The appointment an order stands for.
pub(super) fn book(order: &Order) -> NewAppointment {
    NewAppointment {
        external_id: Some(order.id.clone()),
        business: order.business.clone(),
        business_name: Some(order.business_name.clone()),
        customer: Customer {
            name: PersonName::unknown(),
            phone: order.phone.clone(),
            email: None,
            language: None,
            time_zone: None,
        },
        starts_at: order.time,
        duration_minutes: USUAL_MINUTES,
        service: None,
        notes: None,
        confirm: Confirm::Now,
    }
}
