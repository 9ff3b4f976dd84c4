//! Seed 000's request: call this customer about this appointment, now.

mod order;

pub(crate) use order::{MakeCallBody, MakeCallData, MakeCallError, MakeCallView};

use crate::{
    app::App,
    body::Raw,
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
    appointment::{Appointment, Confirm},
    effect::{Action, Effect, EffectState},
    engine::Booked,
    event::Event,
    id::EffectId,
    ports::{EffectFilter, EffectRunner},
};
use order::{Order, book, read};
use std::time::Duration;

/// How often an effect that somebody else began is looked at.
const LOOK: Duration = Duration::from_millis(100);

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
    let new = book(&order);
    let (booked, effects) = app.engine.book(new, None).await?;
    let (appointment, effect) = match booked {
        Booked::New(appointment) => {
            let effect = call_among(&app, &effects).await?;
            (appointment, effect)
        }
        Booked::Again(there) => {
            same_person(&there, &order)?;
            let effect = first_call(&app, &there).await?;
            (there, effect)
        }
        Booked::Differs(there) => {
            same_person(&there, &order)?;
            move_and_call(&app, &there, order.time).await?
        }
        Booked::NoBusiness => return Err(Problem::field("businessName", "is not configured here")),
    };
    let Some(effect) = effect else {
        let why = appointment.reason.unwrap_or_else(|| "there is nothing to ask any more".to_owned());
        return Err(Problem::conflict(format!("no call was made: {why}")));
    };
    let effect = settled(&app, effect).await?;
    conclude(&app, &order, &appointment, effect).await
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

/// The first call about an order that came before.
async fn first_call(app: &App, there: &Appointment) -> Answer<Option<Effect>> {
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
        return ask(app, there).await.map(Some);
    }
    Ok(first)
}

/// Has the call made now; 409 with the reason where none is.
async fn ask(app: &App, there: &Appointment) -> Answer<Effect> {
    let happened = app.engine.happen(there.id, Event::CallAsked).await?;
    let (_, effects, note) = happened.ok_or_else(|| Problem::not_found("appointment"))?;
    let call = call_among(app, &effects).await?;
    call.ok_or_else(|| Problem::conflict(format!("no call was made: {note}")))
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
    let effect = if now { effect } else { Some(ask(app, &appointment).await?) };
    Ok((appointment, effect))
}

/// Does it where that is due, and waits until whoever it is for has answered or the deadline has come.
pub(crate) async fn settled(app: &App, effect: Effect) -> Answer<Effect> {
    let id = effect.id;
    // In a task of its own: a client that hangs up does not leave a call half placed.
    // Running what somebody else has begun does nothing, so that two requests and a worker may meet here.
    let due = effect.state == EffectState::Waiting && effect.due_at <= app.now();
    let run = due.then(|| {
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
