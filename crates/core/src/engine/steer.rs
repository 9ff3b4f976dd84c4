//! A live call is told what it hears next by command, where nobody hears the answer to the webhook that decided it.
//!
//! Carriers tell of some things beside the call (that a machine was heard, say) and do not listen to what they are
//! answered. What the walk has to say then is an effect like any other: a row first, and done once. Nobody can ask a
//! carrier afterwards whether it was heard, so a doubt about it stays one.

use super::{
    begin::{Beginner, Task},
    calls::{Told, on_call},
    fold::Fold,
    legs::hang_up,
    mark::{detail, finished, started},
};
use crate::{
    call::{Call, CallState},
    effect::{Action, Effect, EffectState},
    event::Event,
    id::EffectId,
    ports::{Decision, Loaded, Recorded},
    reply::{Reply, Verb},
    rules::Rules,
};
use chrono::{DateTime, Utc};

/// Plans that the line is told what was decided, if it is anything new: nobody hears the answer to this webhook.
pub(super) fn by_command(
    rules: &Rules,
    loaded: &Loaded,
    told: &Told<'_>,
    mut decision: Decision,
    now: DateTime<Utc>,
) -> Decision {
    let (Some(before), Some(call)) = (&loaded.call, &decision.call) else {
        return decision;
    };
    if decision.reply.is_empty() || answers(told.event) {
        return decision;
    }
    if call.provider != told.provider {
        // A second line, which the answer would have hung up.
        decision.effects.extend(told.provider_call_id.map(|id| hang_up(call, told.provider, id, now)));
        decision.reply = Reply::default();
        return decision;
    }
    // What is said again because something was told again is being heard, and is not interrupted.
    if call.walk == before.walk {
        return decision;
    }
    let moves = rules.abilities.get(&call.provider).is_none_or(|can| can.moves);
    if !moves || call.provider_call_id.is_none() {
        let note = format!("{} cannot be told what the call hears next; it hears what it heard before", call.provider);
        let detail = serde_json::json!({ "carrier": call.provider });
        decision.events.push(Recorded { kind: "unheard".to_owned(), note, detail });
        return decision;
    }
    let id = EffectId::derive(now, &["steer", &call.id.to_string(), told.once]);
    let action = Action::Steer { reply: std::mem::take(&mut decision.reply) };
    let steer = Effect { call_id: Some(call.id), ..Effect::planned(id, call.appointment_id, action, now, now) };
    decision.effects.push(steer);
    decision
}

/// What comes next for a live call of a carrier that never asks: decided as if it had told of this, and told to the line by
/// command. Added to what was decided before, the call included. Nothing for everybody else, who asks by a webhook.
pub(super) fn unasked(
    rules: &Rules,
    loaded: &Loaded,
    mut decision: Decision,
    event: &Event,
    once: &str,
    now: DateTime<Utc>,
) -> Decision {
    let asks = |call: &Call| rules.abilities.get(&call.provider).is_none_or(|can| can.steers);
    let call = decision.call.clone().or_else(|| loaded.call.clone());
    let Some(call) = call.filter(|call| call.state != CallState::Ended && !asks(call)) else {
        return decision;
    };
    let (provider, theirs) = (call.provider.clone(), call.provider_call_id.clone());
    let told = Told { provider: &provider, provider_call_id: theirs.as_deref(), event, once, heard: false };
    let next = on_call(rules, &Loaded { call: Some(call), effect: None, ..loaded.clone() }, &told, now);
    decision.call = next.call.or(decision.call);
    decision.events.extend(next.events);
    decision.effects.extend(next.effects);
    decision.counts.extend(next.counts);
    decision
}

/// What happened to a caller who could not be led where this reply leads: as if they had come back from there.
pub(super) fn came_back(reply: &Reply) -> Option<Event> {
    reply.0.iter().find_map(|verb| match verb {
        Verb::Stream { .. } => Some(Event::Streamed),
        Verb::Transfer { .. } => Some(Event::Transferred { reached: false }),
        _ => None,
    })
}

/// Whether it answers a question, which is told once more by a webhook that is listened to: that one gets this reply.
fn answers(event: &Event) -> bool {
    matches!(event, Event::Digits { .. } | Event::Speech { .. } | Event::Silence { .. } | Event::Recorded { .. })
}

impl Beginner<'_> {
    /// Tells the line, if there still is somebody on it and nothing was said since.
    pub(super) fn steer(&self, effect: Effect, reply: Reply) -> (Decision, Task) {
        let mut fold = Fold::new(self.business, None, self.now);
        match listener(self.loaded.call.as_ref(), &reply) {
            Ok((call, provider_call_id)) => {
                let (provider, call) = (call.provider.clone(), call.id);
                let effect = started(effect, self.now);
                fold.record("begun", "steer begins", detail(&effect));
                fold.decision.effect = Some(effect);
                (fold.decision, Task::Steer { provider, call, provider_call_id, reply })
            }
            Err(reason) => {
                fold.record("skipped", reason, detail(&effect));
                fold.decision.effect = Some(finished(effect, EffectState::Skipped, Some(reason), self.now));
                (fold.decision, Task::Nothing)
            }
        }
    }
}

/// The call that is to hear this, and its carrier's name for it; or why nobody is told.
fn listener<'a>(call: Option<&'a Call>, reply: &Reply) -> Result<(&'a Call, String), &'static str> {
    let call = call.ok_or("the call is gone")?;
    if call.state == CallState::Ended {
        return Err("the call is over; nobody is there to hear it");
    }
    if reply.is_empty() {
        return Err("there is nothing to say any more");
    }
    let gone_on = |verb: &Verb| match verb {
        Verb::Ask { turn, .. } | Verb::Record { turn, .. } => *turn != call.walk.turn || call.walk.finished,
        _ => false,
    };
    if reply.0.iter().any(gone_on) {
        return Err("the conversation has gone on meanwhile");
    }
    let name = call.provider_call_id.clone().ok_or("the carrier's name for the call is not known any more")?;
    Ok((call, name))
}

/// Nobody knows whether the line was told. It cannot be looked up, and is not told twice.
pub(super) fn in_doubt(fold: &mut Fold<'_>, mut effect: Effect, reason: &str, now: DateTime<Utc>) {
    effect.state = EffectState::Uncertain;
    effect.lookups = Effect::MAX_LOOKUPS;
    effect.reason = Some(reason.to_owned());
    effect.updated_at = now;
    fold.record("uncertain", format!("nobody knows whether it was heard: {reason}"), detail(&effect));
    fold.count("", "effect:steer:uncertain");
    fold.decision.effect = Some(effect);
}
