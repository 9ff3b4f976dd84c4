//! The laws of calls that their carrier names for the first time.

use super::{advance, book, look, noon};
use crate::{BUSINESS_PHONE, CUSTOMER_PHONE, phone, suite::call_provider::live_call};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    call::{Call, CallRef, CallState, Direction},
    effect::{Action, Effect},
    id::{CallId, EffectId},
    ports::{Decision, IvrStore, Loaded, Rung, Subject},
    reply::{Reply, Verb},
    speech::Language,
};
use std::sync::Arc;

/// A call to the customer that its carrier was asked for, and has not named.
fn unnamed(name: &str, created_at: DateTime<Utc>) -> Call {
    let id = CallId::derive(created_at, &["rung", name]);
    let effect_id = Some(EffectId(id.0));
    Call { id, effect_id, provider_call_id: None, state: CallState::Dialing, created_at, ..live_call("pretend") }
}

async fn keep(store: &dyn IvrStore, call: &Call) {
    let decision = Decision { call: Some(call.clone()), ..Decision::default() };
    let subject = Subject::Call(CallRef::Ours(call.id));
    advance(store, subject, None, move |_| decision).await.expect("the store answers");
}

fn rung(name: &str) -> Rung {
    let (from, to) = (phone(BUSINESS_PHONE), phone(CUSTOMER_PHONE));
    Rung { provider: "pretend".to_owned(), id: name.to_owned(), from, to, at: Some(noon()) }
}

/// Who a carrier's news turn out to be about.
async fn found(store: &dyn IvrStore, rung: Rung) -> Option<CallId> {
    look(store, Subject::Rung(rung)).await.call.map(|call| call.id)
}

/// A carrier names a call, as the engine does when it hears of it.
fn name(rung: &Rung) -> impl FnOnce(Loaded) -> Decision + Send + 'static {
    let name = rung.id.clone();
    move |loaded| {
        let named = |call: Call| Call { provider_call_id: call.provider_call_id.or(Some(name)), ..call };
        Decision { call: loaded.call.map(named), ..Decision::default() }
    }
}

/// A call that its carrier names for the first time is found by who is rung: the newest one that has neither a name nor
/// an end; and it leads to everything that it would lead to under its name.
///
/// # Panics
/// When the law does not hold; so for every law here.
pub async fn a_call_without_a_name_is_found_by_who_is_rung(store: Arc<dyn IvrStore>) {
    let (appointment, effects) = book(&*store, "rung").await;
    let effect = effects.iter().find(|effect| effect.call_id.is_some()).expect("a call is to be placed").clone();
    let older = unnamed("older", noon() - Duration::minutes(5));
    let (appointment_id, effect_id) = (Some(appointment.id), Some(effect.id));
    let newest = Call { appointment_id, effect_id, ..unnamed("newest", noon()) };
    for call in [&newest, &older] {
        keep(&*store, call).await;
    }
    let loaded = look(&*store, Subject::Rung(rung("s-1"))).await;
    assert_eq!(loaded.call.as_ref(), Some(&newest));
    assert_eq!(loaded.appointment.as_ref(), Some(&appointment));
    assert_eq!(loaded.effect.map(|effect| effect.id), Some(effect.id));
    // Told of a time before the newer one was decided.
    let early = Rung { at: Some(noon() - Duration::minutes(3)), ..rung("s-1") };
    assert_eq!(found(&*store, early).await, Some(older.id));
    assert_eq!(found(&*store, Rung { at: None, ..rung("s-1") }).await, Some(newest.id));
}

/// A call that is over, that is named, that somebody else rings, or that rings somebody else is not taken for it.
///
/// # Panics
/// See [`a_call_without_a_name_is_found_by_who_is_rung`].
pub async fn a_call_that_cannot_be_the_one_that_rings_is_not_found(store: Arc<dyn IvrStore>) {
    let other = || unnamed("other", noon());
    let name = || Some("s-0".to_owned());
    let (outbound, inbound) = (phone(CUSTOMER_PHONE), phone(BUSINESS_PHONE));
    for (n, call) in [
        Call { state: CallState::Ended, ..other() },
        Call { provider_call_id: name(), ..other() },
        Call { provider: "another".to_owned(), ..other() },
        Call { to: phone("+15005550102"), ..other() },
        Call { from: phone("+15005550009"), ..other() },
        Call { direction: Direction::Inbound, from: outbound, to: inbound, ..other() },
        Call { created_at: noon() + Duration::minutes(2), ..other() },
    ]
    .into_iter()
    .enumerate()
    {
        let id = CallId::derive(noon(), &["cannot be", &n.to_string()]);
        keep(&*store, &Call { id, effect_id: None, ..call }).await;
    }
    assert_eq!(found(&*store, rung("s-1")).await, None);
}

/// A name that is known says which call it is, whoever else is being rung there; and one that is known is another's.
///
/// # Panics
/// See [`a_call_without_a_name_is_found_by_who_is_rung`].
pub async fn a_name_that_is_known_outranks_who_is_rung(store: Arc<dyn IvrStore>) {
    let known = Call {
        provider_call_id: Some("s-1".to_owned()),
        state: CallState::Ended,
        ..unnamed("known", noon() - Duration::hours(1))
    };
    let open = unnamed("open", noon());
    for call in [&known, &open] {
        keep(&*store, call).await;
    }
    assert_eq!(found(&*store, rung("s-1")).await, Some(known.id));
    assert_eq!(found(&*store, rung("s-2")).await, Some(open.id));
    let named = Subject::Rung(rung("s-2"));
    advance(&*store, named, None, name(&rung("s-2"))).await.expect("the store answers");
    let by_name = CallRef::Theirs { provider: "pretend".to_owned(), id: "s-2".to_owned() };
    assert_eq!(look(&*store, Subject::Call(by_name)).await.call.map(|call| call.id), Some(open.id));
    assert_eq!(found(&*store, rung("s-3")).await, None, "it has a name now");
}

/// However many names are told at once, and however often, an open call takes one of them, and the others find nothing.
///
/// # Panics
/// See [`a_call_without_a_name_is_found_by_who_is_rung`].
pub async fn of_many_names_at_once_a_call_takes_one(store: Arc<dyn IvrStore>) {
    const MANY: u32 = 24;
    let open = unnamed("open", noon());
    keep(&*store, &open).await;
    let mut tasks = Vec::new();
    for n in 0..MANY {
        let (store, id) = (Arc::clone(&store), open.id);
        tasks.push(tokio::spawn(async move {
            // Every session is told of twice; the answer to our request comes at the same moment.
            let told = rung(&format!("s-{}", n / 2));
            let subject = if n == 7 { Subject::Call(CallRef::Ours(id)) } else { Subject::Rung(told.clone()) };
            let once = format!("named/{n}");
            let told = advance(&*store, subject, Some(&once), name(&told)).await.expect("the store answers");
            told.decision.call.map(|call| (n, call))
        }));
    }
    let mut names = Vec::new();
    for task in tasks {
        names.extend(task.await.expect("no task panics"));
    }
    let now = store.call(open.id).await.expect("the store answers").expect("it is kept");
    let taken = now.provider_call_id.clone().expect("it was named");
    for (n, call) in &names {
        assert_eq!(call.provider_call_id.as_ref(), Some(&taken), "one call has one name");
        assert!(*n == 7 || taken == format!("s-{}", n / 2), "{n} is about another session than {taken}");
    }
    assert_eq!(found(&*store, rung(&taken)).await, Some(open.id));
}

/// What a forgotten person's call was to be told is gone with them.
///
/// # Panics
/// See [`a_call_without_a_name_is_found_by_who_is_rung`].
pub async fn what_a_forgotten_persons_call_was_to_be_told_is_gone(store: Arc<dyn IvrStore>) {
    let (appointment, _) = book(&*store, "told").await;
    let call = unnamed("told", noon());
    let steer = |name: &str, appointment_id| {
        let say = Verb::Say { text: "Hello Ana Lim.".to_owned(), language: Language::En };
        let action = Action::Steer { reply: Reply(vec![say, Verb::Hangup]) };
        let id = EffectId::derive(noon(), &["told", name]);
        Effect { call_id: Some(call.id), ..Effect::planned(id, appointment_id, action, noon(), noon()) }
    };
    let steers = [steer("about an appointment", Some(appointment.id)), steer("about none", None)];
    let decision = Decision { call: Some(call.clone()), effects: steers.to_vec(), ..Decision::default() };
    let subject = Subject::Call(CallRef::Ours(call.id));
    advance(&*store, subject, None, move |_| decision).await.expect("the store answers");
    store.forget(&phone(CUSTOMER_PHONE), noon()).await.expect("the store answers");
    for steer in steers {
        let now = store.effect(steer.id).await.expect("the store answers").expect("the row stays");
        assert_eq!(now.action, Action::Steer { reply: Reply::default() });
    }
}
