//! What became of a message, told by its vendor later: it proves that a doubtful one went out, and says what did not arrive.

use super::{
    calls::astray,
    carriers::Resting,
    fold::Fold,
    mark::{detail, finished},
    opting::closed_by_carrier,
    settle::settle,
    words::unproven,
};
use crate::{
    call::Call,
    effect::{Effect, EffectState, Settlement},
    ports::{Decision, Fate, Loaded},
    rules::{Business, Rules},
};
use chrono::{DateTime, Utc};

/// News of the message of an effect. `reference` is the vendor's name for it.
pub(super) fn on_fate(
    rules: &Rules,
    rests: &Resting,
    loaded: &Loaded,
    reference: &str,
    fate: &Fate,
    now: DateTime<Utc>,
) -> Decision {
    let Some(effect) = &loaded.effect else {
        return astray("news about a message nobody here knows; parked");
    };
    let Some(business) = super::tell::business_of(rules, loaded).and_then(|id| rules.business(id)) else {
        return astray("the business of this message is not configured any more");
    };
    // What failed for want of an answer, and was there all the same.
    let given_up = effect.state == EffectState::Failed && effect.result.is_none();
    if unproven(effect) || given_up {
        return proved(rules, rests, loaded, effect, reference, fate, now);
    }
    let stale = effect.result.as_deref().is_some_and(|known| known != reference);
    if stale || effect.state != EffectState::Done {
        // The first word about its end stands; another try has another name.
        return Decision::default();
    }
    News { business, loaded, fate, now }.about(effect.clone())
}

/// Nobody knew whether it went out; now it is known. What it comes to is what it would have come to at once.
fn proved(
    rules: &Rules,
    rests: &Resting,
    loaded: &Loaded,
    effect: &Effect,
    reference: &str,
    fate: &Fate,
    now: DateTime<Utc>,
) -> Decision {
    let doubtful = Effect { state: EffectState::Uncertain, ..effect.clone() };
    let loaded = Loaded { effect: Some(doubtful), ..loaded.clone() };
    let result = match fate {
        Fate::Undelivered { reason, opted_out } => Settlement::Failed {
            reason: reason.clone(),
            retry: false,
            after_seconds: None,
            refused: true,
            rate_limited: false,
            opted_out: *opted_out,
        },
        Fate::UnderWay | Fate::Delivered | Fate::Read => {
            Settlement::Found { reference: reference.to_owned(), ended: None }
        }
    };
    let mut decision = settle(rules, rests, &loaded, None, &result, now);
    if let Some(effect) = &mut decision.effect {
        effect.result = Some(reference.to_owned());
        effect.reason = said(fate).map(str::to_owned).or_else(|| effect.reason.take());
        effect.reaches = effect.reaches.take().or_else(|| {
            let counts = effect.state == EffectState::Done && effect.counts();
            let customer = loaded.appointment.as_ref().map(|appointment| &appointment.customer.phone);
            customer.or(loaded.call.as_ref().map(Call::party)).filter(|_| counts).cloned()
        });
    }
    decision
}

fn said(fate: &Fate) -> Option<&'static str> {
    match fate {
        Fate::Delivered => Some("delivered"),
        Fate::Read => Some("read"),
        Fate::UnderWay | Fate::Undelivered { .. } => None,
    }
}

struct News<'a> {
    business: &'a Business,
    loaded: &'a Loaded,
    fate: &'a Fate,
    now: DateTime<Utc>,
}

impl News<'_> {
    /// About a message that went out as far as we know.
    fn about(&self, effect: Effect) -> Decision {
        // Nothing moves an appointment here: its ladder waits for an answer, and goes on without one as ever.
        let mut fold = Fold::new(self.business, None, self.now);
        let kind = effect.action.kind();
        match self.fate {
            Fate::UnderWay => return Decision::default(),
            Fate::Delivered | Fate::Read => {
                let said = said(self.fate).unwrap_or_default();
                // Whoever has read it has it; the two may come in either order.
                if effect.reason.as_deref() == Some("read") {
                    return Decision::default();
                }
                fold.record(said, format!("the {kind} was {said}"), detail(&effect));
                fold.count("", &format!("effect:{kind}:{said}"));
                fold.decision.effect = Some(finished(effect, EffectState::Done, Some(said), self.now));
            }
            Fate::Undelivered { .. } if matches!(effect.reason.as_deref(), Some("delivered" | "read")) => {
                return Decision::default();
            }
            Fate::Undelivered { reason, opted_out } => {
                fold.record("undelivered", format!("the {kind} reached nobody: {reason}"), detail(&effect));
                fold.count("", &format!("effect:{kind}:undelivered"));
                if *opted_out {
                    closed_by_carrier(&mut fold.decision, self.loaded, &effect, self.now);
                }
                let mut effect = finished(effect, EffectState::Failed, Some(reason), self.now);
                effect.reaches = None;
                fold.decision.effect = Some(effect);
            }
        }
        fold.decision
    }
}
