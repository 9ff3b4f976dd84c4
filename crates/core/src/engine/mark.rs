//! How an effect is marked as it moves on.

use crate::{
    effect::{Effect, EffectState},
    ports::Decision,
};
use chrono::{DateTime, Utc};

pub(super) fn started(mut effect: Effect, now: DateTime<Utc>) -> Effect {
    effect.state = EffectState::Started;
    effect.attempt += 1;
    effect.started_at = effect.started_at.or(Some(now));
    effect.reason = None;
    effect.updated_at = now;
    effect
}

pub(super) fn finished(mut effect: Effect, state: EffectState, reason: Option<&str>, now: DateTime<Utc>) -> Effect {
    effect.state = state;
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
