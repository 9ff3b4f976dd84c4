//! How an effect is marked as it moves on.

use crate::{
    appointment::Appointment,
    call::Call,
    effect::{Action, Effect, EffectState},
    event::Wake,
    id::EffectId,
    ports::Decision,
    rules::Policy,
};
use chrono::{DateTime, Duration, Utc};

pub(super) fn started(mut effect: Effect, now: DateTime<Utc>) -> Effect {
    effect.state = EffectState::Started;
    // The next carrier is asked in the same attempt.
    effect.attempt += u32::from(!effect.passed_on);
    effect.passed_on = false;
    effect.started_at = effect.started_at.or(Some(now));
    effect.reason = None;
    effect.updated_at = now;
    effect
}

pub(super) fn finished(mut effect: Effect, state: EffectState, reason: Option<&str>, now: DateTime<Utc>) -> Effect {
    effect.state = state;
    effect.passed_on = false;
    effect.reason = reason.map(str::to_owned);
    effect.updated_at = now;
    effect
}

pub(super) fn end(effect: Effect, state: EffectState, reason: &str, now: DateTime<Utc>) -> Decision {
    Decision { effect: Some(finished(effect, state, Some(reason), now)), ..Decision::default() }
}

pub(super) fn detail(effect: &Effect) -> serde_json::Value {
    serde_json::json!({ "effect": effect.id, "kind": effect.action.kind(), "state": effect.state.as_str(), "attempt": effect.attempt })
}

/// The longest a call may take, from the request to its end.
pub(super) fn longest(policy: &Policy) -> Duration {
    Duration::seconds(i64::from(policy.ring_seconds)) + policy.call_limit
}

/// Callbacks get lost; a call nobody reports the end of is asked about.
pub(super) fn watch(call: &Call, policy: &Policy, now: DateTime<Utc>) -> Effect {
    let due_at = now + longest(policy);
    let id = EffectId::derive(now, &["watch", &call.id.to_string()]);
    let action = Action::Wake { reason: Wake::CallWatch };
    Effect { call_id: Some(call.id), ..Effect::planned(id, call.appointment_id, action, due_at, now) }
}

/// Until when an effect may ask; `None` for what does not ask, and for what was decided when that time lay behind
/// already: somebody wanted it all the same.
pub(super) fn asks_until(effect: &Effect, appointment: &Appointment) -> Option<DateTime<Utc>> {
    let until = appointment.ask_until.min(appointment.ends_at());
    (effect.withdrawable() && effect.created_at < until).then_some(until)
}
