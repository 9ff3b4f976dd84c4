//! Seed 000's request: call this customer about this appointment, now.

use crate::{
    app::App,
    body::Raw,
    booking::USUAL_MINUTES,
    fields::{self, Fields},
    problem::{Answer, Problem},
    views::json,
};
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::post,
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm, Customer, NewAppointment},
    effect::{Action, Effect, EffectState},
    engine::Booked,
    event::Event,
    id::EffectId,
    personal::{PersonName, Phone},
    ports::{EffectFilter, EffectRunner},
    rules::Business,
};
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;
use utoipa::ToSchema;

/// How often an effect that somebody else began is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// What a customer is called whose name the order does not tell.
const NAMELESS: &str = "Customer";

pub(crate) fn router() -> Router<App> {
    Router::new().route("/api/make-call", post(make_call))
}

/// Gives every error of the route, wherever it was made, the members that seed 000's clients read.
pub(crate) async fn in_seed_words(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => Box::new(problem).in_seed_words().into_response(),
        None => response,
    }
}

/// The layer of [`in_seed_words`], to be put around authentication as well.
pub(crate) fn worded(router: Router<App>) -> Router<App> {
    router.layer(middleware::from_fn(in_seed_words))
}

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
    success: bool,
    data: MakeCallData,
}

/// The order, and the call that serves it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MakeCallData {
    #[schema(example = "APT123")]
    order_id: String,
    #[schema(example = "+6591234567")]
    customer_phone: String,
    #[schema(example = "Ana's Dental Clinic")]
    business_name: String,
    #[schema(example = "2025-04-20T19:30:00Z")]
    appointment_time: String,
    /// The carrier's name for the call; null while it is not known.
    session_id: Option<String>,
    call_id: Option<String>,
    appointment_id: String,
    /// How far the call has come: `done` (the carrier has it), `waiting` or `started`.
    #[schema(value_type = String, example = "done")]
    state: EffectState,
    /// Why it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
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

struct Order {
    id: String,
    phone: Phone,
    business_name: String,
    time: DateTime<Utc>,
    /// As it was written, to be given back.
    time_text: String,
    business: String,
}

/// Calls a customer about an appointment, now
///
/// The order is taken into the book; a repeated `orderId` for the same time answers with the first call and dials
/// nothing, one with another time moves the appointment and calls about the new one.
#[utoipa::path(
    post, path = "/api/make-call", tag = "make-call",
    security(("basic" = []), ("bearer" = [])),
    request_body = MakeCallBody,
    responses(
        (status = 200, description = "The carrier has taken the call", body = MakeCallView),
        (status = 202, description = "The call will be made, but not yet: `reason` says why", body = MakeCallView),
        (status = 400, description = "The body is not JSON", body = MakeCallError, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = MakeCallError, content_type = "application/problem+json"),
        (status = 409, description = "This person must not be called, or the order belongs to somebody else", body = MakeCallError, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not right", body = MakeCallError, content_type = "application/problem+json"),
        (status = 502, description = "The carrier refused, is away, or did not say what became of the call", body = MakeCallError, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn make_call(State(app): State<App>, Raw(body): Raw) -> Answer {
    let object = fields::object(&body)?;
    let order = read(&app, &mut Fields::new(&object))?;
    let new = book(&order)?;
    let (booked, effects) = app.engine.book(new, None).await?;
    let (appointment, effect, ours) = match booked {
        Booked::New(appointment) => {
            let effect = call_among(&app, &effects).await?;
            (appointment, effect, true)
        }
        Booked::Again(there) => {
            same_person(&there, &order)?;
            let (effect, ours) = first_call(&app, &there).await?;
            (there, effect, ours)
        }
        Booked::Differs(there) => {
            same_person(&there, &order)?;
            let (moved, effect) = move_and_call(&app, &there, order.time).await?;
            (moved, effect, true)
        }
        Booked::NoBusiness => return Err(Problem::field("businessName", "is not configured here")),
    };
    let Some(effect) = effect else {
        let why = appointment.reason.unwrap_or_else(|| "there is nothing to ask any more".to_owned());
        return Err(Problem::conflict(format!("no call was made: {why}")));
    };
    let effect = settled(&app, effect, ours).await?;
    conclude(&app, &order, &appointment, effect).await
}

fn read(app: &App, form: &mut Fields<'_>) -> Answer<Order> {
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

fn book(order: &Order) -> Answer<NewAppointment> {
    let name = PersonName::parse(NAMELESS).map_err(|_| Problem::broken())?;
    Ok(NewAppointment {
        external_id: Some(order.id.clone()),
        business: order.business.clone(),
        business_name: Some(order.business_name.clone()),
        customer: Customer { name, phone: order.phone.clone(), email: None, language: None, time_zone: None },
        starts_at: order.time,
        duration_minutes: USUAL_MINUTES,
        service: None,
        notes: None,
        confirm: Confirm::Now,
    })
}

fn same_person(there: &Appointment, order: &Order) -> Answer<()> {
    if there.customer.phone == order.phone {
        return Ok(());
    }
    let detail = "this orderId is in the book with another telephone number; use another orderId";
    Err(Problem::conflict(detail).with("appointmentId", there.id.to_string()))
}

async fn call_among(app: &App, effects: &[EffectId]) -> Answer<Option<Effect>> {
    for id in effects {
        let effect = app.store().effect(*id).await?;
        if let Some(effect) = effect.filter(|effect| matches!(effect.action, Action::Call { .. })) {
            return Ok(Some(effect));
        }
    }
    Ok(None)
}

/// The first call about an order that came before, and whether it is still ours to place.
async fn first_call(app: &App, there: &Appointment) -> Answer<(Option<Effect>, bool)> {
    let filter = EffectFilter { appointment_id: Some(there.id), limit: 500, ..EffectFilter::default() };
    let effects = app.store().effects(filter).await?.items;
    let mut calls = effects.into_iter().filter(|effect| matches!(effect.action, Action::Call { .. }));
    // The newest first try is the first call about the time the order now has.
    let newest = calls.next();
    let first = match newest {
        Some(effect) if effect.action == (Action::Call { try_no: 1 }) => Some(effect),
        newest => calls.find(|effect| effect.action == (Action::Call { try_no: 1 })).or(newest),
    };
    let planned = first
        .as_ref()
        .is_none_or(|effect| effect.state == EffectState::Waiting && effect.attempt == 0 && effect.due_at > app.now());
    // Booked by other means, to be asked later or never: this request wants the call now.
    if planned && there.confirm != Confirm::Now {
        return Ok((ask(app, there).await?.or(first), true));
    }
    Ok((first, false))
}

async fn ask(app: &App, there: &Appointment) -> Answer<Option<Effect>> {
    match app.engine.happen(there.id, Event::CallAsked).await? {
        Some((_, effects, _)) => call_among(app, &effects).await,
        None => Ok(None),
    }
}

async fn move_and_call(app: &App, there: &Appointment, time: DateTime<Utc>) -> Answer<(Appointment, Option<Effect>)> {
    let moved = Event::Moved { starts_at: time, channel: frontdesk_core::effect::Channel::Desk };
    let happened = app.engine.happen(there.id, moved).await?;
    let (appointment, effects, note) = happened.ok_or_else(|| Problem::not_found("appointment"))?;
    if appointment.starts_at != time {
        return Err(Problem::conflict(format!("the order was not moved: {note}")));
    }
    let effect = call_among(app, &effects).await?;
    let now = effect.as_ref().is_some_and(|effect| effect.due_at <= app.now());
    let effect = if now { effect } else { ask(app, &appointment).await? };
    Ok((appointment, effect))
}

/// Places the call where it is ours to place, and waits until the carrier has answered or the deadline has come.
async fn settled(app: &App, effect: Effect, ours: bool) -> Answer<Effect> {
    let id = effect.id;
    // In a task of its own: a client that hangs up does not leave a call half placed.
    let run = ours.then(|| {
        let engine = app.engine.clone();
        app.tasks.spawn(async move { engine.run(id).await })
    });
    let outcome = async {
        if let Some(run) = run {
            run.await.map_err(|_| Problem::broken())??;
        }
        loop {
            let now = load(app, id).await?;
            let moving = match now.state {
                EffectState::Started => true,
                EffectState::Waiting => now.due_at <= app.now(),
                _ => false,
            };
            if !moving {
                return Ok(now);
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    match tokio::time::timeout(app.limits.call_deadline, outcome).await {
        Ok(effect) => effect,
        Err(_) => load(app, id).await,
    }
}

async fn load(app: &App, id: EffectId) -> Answer<Effect> {
    app.store().effect(id).await?.ok_or_else(Problem::broken)
}

async fn conclude(app: &App, order: &Order, appointment: &Appointment, effect: Effect) -> Answer {
    let call = match effect.call_id {
        Some(id) => app.store().call(id).await?,
        None => None,
    };
    let why = effect.reason.clone();
    let data = MakeCallData {
        order_id: order.id.clone(),
        customer_phone: order.phone.reveal().to_owned(),
        business_name: order.business_name.clone(),
        appointment_time: order.time_text.clone(),
        session_id: call.and_then(|call| call.provider_call_id).or(effect.result),
        call_id: effect.call_id.map(|id| id.to_string()),
        appointment_id: appointment.id.to_string(),
        state: effect.state,
        reason: why.clone(),
    };
    let accepted = match (effect.state, effect.attempt) {
        (EffectState::Done, _) => Some(StatusCode::OK),
        (EffectState::Started, _) | (EffectState::Waiting, 0) => Some(StatusCode::ACCEPTED),
        _ => None,
    };
    if let Some(status) = accepted {
        return json(status, &MakeCallView { success: true, data });
    }
    let why = why.unwrap_or_else(|| "no reason was given".to_owned());
    let (status, detail) = match effect.state {
        EffectState::Skipped => (StatusCode::CONFLICT, format!("no call was made: {why}")),
        EffectState::Uncertain => (
            StatusCode::BAD_GATEWAY,
            format!("nobody knows whether the call went out, and it is being looked up: {why}"),
        ),
        EffectState::Waiting => {
            (StatusCode::BAD_GATEWAY, format!("the carrier did not take the call, and will be asked again: {why}"))
        }
        _ => (StatusCode::BAD_GATEWAY, format!("the carrier did not take the call: {why}")),
    };
    let data = serde_json::to_value(&data).map_err(|_| Problem::broken())?;
    Err(Problem::new(status, detail).with("data", data))
}
