//! One call, perhaps two carriers: a carrier that says that it did not place a call may be wrong, and by the time it
//! proves so the next one may have been asked.
//!
//! A call's row names the carrier it is walked with. The effect's row names those that were asked before and denied it.
//! A webhook of one of those proves that it rings after all, and then, whatever the order in which things are told:
//!
//! - While nobody else is at it, the call is that carrier's, and nobody else is asked.
//! - While another one is asked and has not been proven to ring, the call goes to the one that is proven.
//! - When another one is proven, the line that is picked up first is the call. Every other line is ended: by command as
//!   soon as its name is known, and when somebody picks it up all the same, by the answer to that.

use super::calls::walk;
use crate::{
    call::{Call, CallState, Direction},
    effect::{Action, Effect, EffectState, Line, Tried},
    event::Event,
    id::EffectId,
    ports::{Decision, Loaded, Recorded},
    reply::{Reply, Verb},
    rules::Rules,
};
use chrono::{DateTime, Utc};

/// Whose webhook about a call this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leg {
    /// Of the carrier the call is walked with.
    Own,
    /// Of one that was asked before and said that it did not place the call.
    Denied,
    /// Of somebody who was never asked to place it: an agent that reports about it, say. Their names are not the carrier's.
    Other,
}

pub(super) fn leg(call: &Call, effect: Option<&Effect>, provider: &str) -> Leg {
    let placed = effect.filter(|effect| call.direction == Direction::Outbound && call.effect_id == Some(effect.id));
    if call.provider == provider {
        Leg::Own
    } else if placed.is_some_and(|effect| effect.was_tried(provider)) {
        Leg::Denied
    } else {
        Leg::Other
    }
}

/// A webhook of a carrier that had denied the call.
pub(super) struct Denied<'a> {
    pub(super) rules: &'a Rules,
    pub(super) loaded: &'a Loaded,
    pub(super) provider: &'a str,
    pub(super) provider_call_id: Option<&'a str>,
    pub(super) now: DateTime<Utc>,
}

impl Denied<'_> {
    pub(super) fn decide(&self, call: Call, effect: Effect, event: &Event) -> Decision {
        let picked_up = matches!(
            event,
            Event::Answered { .. }
                | Event::Digits { .. }
                | Event::Speech { .. }
                | Event::Silence { .. }
                | Event::Recorded { .. }
                | Event::Transferred { .. }
        );
        let over = matches!(event, Event::Ended { .. });
        if matches!(event, Event::Noted { .. } | Event::Transcribed { .. }) {
            return self.note(call, "told something of no consequence about a call that is with another carrier");
        }
        if call.state >= CallState::InProgress {
            return if picked_up {
                self.decline(call, "was picked up while the call is held, or was, with another carrier; hung up")
            } else if over {
                self.note(call, "ended its line; the call is with another carrier")
            } else {
                self.end_line(call, "rings although it had denied it; it is ended")
            };
        }
        match effect.state {
            EffectState::Waiting | EffectState::Failed | EffectState::Skipped => self.take(call, effect, event, false),
            EffectState::Started | EffectState::Uncertain if !over => self.take(call, effect, event, true),
            EffectState::Done if picked_up => self.take(call, effect, event, true),
            _ if over => self.note(call, "ended its line; the call is with another carrier"),
            _ => self.end_line(call, "rings although it had denied it; it is ended"),
        }
    }

    /// The call is walked with this carrier from now on; the line of the other one, if it has one, is ended.
    fn take(&self, mut call: Call, mut effect: Effect, event: &Event, other: bool) -> Decision {
        let before = (call.provider.clone(), call.provider_call_id.clone());
        if other && !effect.was_tried(&before.0) {
            let reason = format!("{} rang first, although it had denied it", self.provider);
            effect.tried.push(Tried { carrier: before.0.clone(), attempt: effect.attempt, retry: false, reason });
        }
        self.provider.clone_into(&mut call.provider);
        call.provider_call_id = self.provider_call_id.map(str::to_owned);
        // It rings from the number this carrier shows, and is looked up by it.
        let shown = self.rules.business(&call.business).and_then(|business| business.number_with(self.provider));
        call.from = shown.cloned().unwrap_or(call.from);
        effect.result.clone_from(&call.provider_call_id);
        let line = before.1.filter(|_| other).map(|id| hang_up(&call, &before.0, &id, self.now));
        let loaded = Loaded { call: Some(call.clone()), effect: Some(effect.clone()), ..self.loaded.clone() };
        let mut decision = walk(self.rules, &loaded, call, event, self.now);
        // What was walked by evidence is marked already; else it is written for the carriers it names.
        decision.effect.get_or_insert(effect);
        decision.effects.extend(line);
        self.record(&mut decision, "placed the call although it had denied it; the call goes on with it");
        decision
    }

    /// A second line rings: it is ended, if its carrier can be told which one.
    fn end_line(&self, call: Call, note: &str) -> Decision {
        let line = self.provider_call_id.map(|id| hang_up(&call, self.provider, id, self.now));
        let mut decision = self.note(call, note);
        decision.effects.extend(line);
        decision
    }

    /// A second line is picked up: whoever did so hears nothing more.
    fn decline(&self, call: Call, note: &str) -> Decision {
        let mut decision = self.note(call, note);
        decision.reply = Reply(vec![Verb::Hangup]);
        decision
    }

    fn note(&self, call: Call, note: &str) -> Decision {
        let mut decision = Decision { call: Some(call), ..Decision::default() };
        self.record(&mut decision, note);
        decision
    }

    /// Said first, so that what follows is understood.
    fn record(&self, decision: &mut Decision, note: &str) {
        let detail = serde_json::json!({ "carrier": self.provider });
        let line = Recorded { kind: "second_line".to_owned(), note: format!("{} {note}", self.provider), detail };
        decision.events.insert(0, line);
    }
}

/// The end of a line, decided once for each, however often it makes itself heard.
pub(super) fn hang_up(call: &Call, provider: &str, provider_call_id: &str, now: DateTime<Utc>) -> Effect {
    let id = EffectId::derive(call.created_at, &["hang-up", &call.id.to_string(), provider, provider_call_id]);
    let line = Line { provider: provider.to_owned(), provider_call_id: provider_call_id.to_owned() };
    let action = Action::HangUp { line: Some(line) };
    Effect { call_id: Some(call.id), ..Effect::planned(id, call.appointment_id, action, now, now) }
}
