//! The laws of whoever is on the line already.

use super::{advance, book, look, noon};
use crate::{BUSINESS_PHONE, CUSTOMER_PHONE, phone, suite::call_provider::live_call};
use chrono::Duration;
use frontdesk_core::{
    call::{Call, CallRef, CallState, Direction},
    effect::{Action, Channel, Effect, EffectState, Message},
    id::{CallId, EffectId},
    ports::{Decision, IvrStore, Subject},
};
use std::sync::Arc;

/// What rings the customer of an appointment of theirs.
async fn ringing(store: &dyn IvrStore, name: &str) -> Effect {
    let (_, effects) = book(store, name).await;
    effects.into_iter().find(Effect::may_ring).expect("somebody is to be rung")
}

/// Begins an effect as the engine does: the call it places is on record.
fn begun(effect: &Effect) -> (Effect, Call) {
    let call = Call {
        id: CallId(effect.id.0),
        appointment_id: effect.appointment_id,
        effect_id: Some(effect.id),
        state: CallState::Dialing,
        provider_call_id: None,
        ..live_call("pretend")
    };
    (Effect { state: EffectState::Started, started_at: Some(noon()), ..effect.clone() }, call)
}

async fn keep(store: &dyn IvrStore, effect: Option<Effect>, call: &Call) {
    let decision = Decision { effect, call: Some(call.clone()), ..Decision::default() };
    let subject = Subject::Call(CallRef::Ours(call.id));
    advance(store, subject, None, move |_| decision).await.expect("the store answers");
}

/// Whoever is to be rung is shown with every live call with them: whichever appointment it is about, and whoever rang
/// whom. No other decision is shown them.
///
/// # Panics
/// When the law does not hold; so for every law here.
pub async fn who_is_to_be_rung_is_shown_with_every_live_call(store: Arc<dyn IvrStore>) {
    let (first, second) = (ringing(&*store, "first").await, ringing(&*store, "second").await);
    assert_eq!(look(&*store, Subject::Effect(second.id)).await.ledger.live, []);
    let (effect, outbound) = begun(&first);
    keep(&*store, Some(effect), &outbound).await;
    let inbound = Call {
        id: CallId::derive(noon(), &["live", "inbound"]),
        direction: Direction::Inbound,
        from: phone(CUSTOMER_PHONE),
        to: phone(BUSINESS_PHONE),
        created_at: noon() + Duration::seconds(1),
        ..live_call("another")
    };
    keep(&*store, None, &inbound).await;
    for other in [
        Call { id: CallId::derive(noon(), &["live", "over"]), state: CallState::Ended, ..live_call("pretend") },
        Call { id: CallId::derive(noon(), &["live", "else"]), to: phone("+15005550102"), ..live_call("pretend") },
    ] {
        keep(&*store, None, &other).await;
    }
    let shown = look(&*store, Subject::Effect(second.id)).await.ledger.live;
    assert_eq!(shown, [outbound.clone(), inbound]);
    for subject in [
        Subject::Effect(first.id),
        Subject::Call(CallRef::Ours(outbound.id)),
        Subject::Appointment(second.appointment_id.expect("it is about an appointment")),
        Subject::Person { phone: phone(CUSTOMER_PHONE), business: None },
    ] {
        assert_eq!(look(&*store, subject).await.ledger.live, []);
    }
}

/// Whoever is to be texted about a call that they were not served in is shown with every other live call with them, though
/// there is no appointment.
///
/// # Panics
/// See [`who_is_to_be_rung_is_shown_with_every_live_call`].
pub async fn who_is_to_be_texted_about_a_missed_call_is_shown_with_every_live_call(store: Arc<dyn IvrStore>) {
    let of = |name: &str, state: CallState| Call {
        id: CallId::derive(noon(), &["missed", name]),
        effect_id: None,
        direction: Direction::Inbound,
        from: phone(CUSTOMER_PHONE),
        to: phone(BUSINESS_PHONE),
        state,
        provider_call_id: Some(format!("missed-{name}")),
        ..live_call("pretend")
    };
    let (missed, live) = (of("first", CallState::Ended), of("second", CallState::InProgress));
    let action = Action::Notify { channel: Channel::Sms, message: Message::MissedCall };
    let planned = Effect::planned(EffectId::derive(noon(), &["missed"]), None, action, noon(), noon());
    let effect = Effect { call_id: Some(missed.id), ..planned };
    let decision = Decision { call: Some(missed.clone()), effects: vec![effect.clone()], ..Decision::default() };
    let subject = Subject::Call(CallRef::Ours(missed.id));
    advance(&*store, subject, None, move |_| decision).await.expect("the store answers");
    assert_eq!(look(&*store, Subject::Effect(effect.id)).await.ledger.live, []);
    keep(&*store, None, &live).await;
    assert_eq!(look(&*store, Subject::Effect(effect.id)).await.ledger.live, [live]);
}

/// A call that waits for a carrier rings nobody.
///
/// # Panics
/// See [`who_is_to_be_rung_is_shown_with_every_live_call`].
pub async fn a_call_that_was_put_off_is_not_live(store: Arc<dyn IvrStore>) {
    let (first, second) = (ringing(&*store, "put off").await, ringing(&*store, "next").await);
    let (_, call) = begun(&first);
    let put_off = Effect { attempt: 1, ..first.clone() };
    let decision = Decision { effect: Some(put_off), call: Some(call), ..Decision::default() };
    advance(&*store, Subject::Effect(first.id), None, move |_| decision).await.expect("the store answers");
    assert_eq!(look(&*store, Subject::Effect(second.id)).await.ledger.live, []);
}

/// However many calls to one person are begun at once, each sees those that were begun before it: one is placed.
///
/// # Panics
/// See [`who_is_to_be_rung_is_shown_with_every_live_call`].
pub async fn of_many_calls_to_one_person_at_once_one_begins(store: Arc<dyn IvrStore>) {
    let mut effects = Vec::new();
    for n in 0..16 {
        effects.push(ringing(&*store, &format!("at once {n}")).await);
    }
    let begin = |effect: Effect| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let (started, call) = begun(&effect);
            let decide = move |loaded: frontdesk_core::ports::Loaded| match loaded.ledger.live.is_empty() {
                true => Decision { effect: Some(started), call: Some(call), ..Decision::default() },
                false => Decision::default(),
            };
            let told = advance(&*store, Subject::Effect(effect.id), None, decide).await.expect("the store answers");
            usize::from(told.decision.call.is_some())
        })
    };
    let mut begun = 0;
    for task in effects.into_iter().map(begin).collect::<Vec<_>>() {
        begun += task.await.expect("no task panics");
    }
    assert_eq!(begun, 1);
}
