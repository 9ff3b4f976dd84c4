use super::{advance, book, life, line, look, new_subject, noon, withdrawal};
use crate::{BUSINESS, CUSTOMER_PHONE, phone, suite::call_provider::live_call};
use chrono::Duration;
use frontdesk_core::{
    call::{Call, CallRef},
    effect::{Action, Channel, Effect, EffectState, Message},
    id::{EffectId, derive},
    ports::{Contact, Count, CountFilter, Decision, Happened, IvrStore, Subject},
    reply::{Reply, Verb},
    speech::Language,
};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

fn say(text: &str) -> Reply {
    Reply(vec![Verb::Say { text: text.to_owned(), language: Language::En }])
}

/// A key seen before decides nothing, and the first reply comes back.
///
/// # Panics
/// When the law does not hold; so for every law here.
pub async fn repeat_decides_nothing_and_replies_alike(store: Arc<dyn IvrStore>) {
    let (appointment, _) = book(&*store, "repeat").await;
    let subject = Subject::Appointment(appointment.id);
    let first = Decision { reply: say("first"), events: vec![line("first")], ..Decision::default() };
    let told = advance(&*store, subject.clone(), Some("key"), move |_| first).await.expect("the store answers");
    assert!(!told.repeated);
    let decided = Arc::new(AtomicU32::new(0));
    for _ in 0..3 {
        let inside = Arc::clone(&decided);
        let second = move |_| {
            inside.fetch_add(1, Ordering::SeqCst);
            Decision { reply: say("second"), events: vec![line("second")], ..Decision::default() }
        };
        let told = advance(&*store, subject.clone(), Some("key"), second).await.expect("the store answers");
        assert_eq!((told.repeated, &told.decision.reply), (true, &say("first")));
        assert_eq!(told.decision.appointment.map(|it| it.id), Some(appointment.id));
    }
    assert_eq!(decided.load(Ordering::SeqCst), 0);
    let timeline = store.timeline(Some(appointment.id), None).await.expect("the store answers");
    assert_eq!(timeline.iter().filter(|line| line.recorded.note == "second").count(), 0);
}

/// A decision that panics fails alone, writes nothing, and does not use up its key.
///
/// # Panics
/// See [`repeat_decides_nothing_and_replies_alike`].
pub async fn panic_in_decide_writes_nothing(store: Arc<dyn IvrStore>) {
    let (appointment, _) = book(&*store, "panic").await;
    let before = store.last_seq().await.expect("the store answers");
    let subject = Subject::Appointment(appointment.id);
    let answer =
        advance(&*store, subject.clone(), Some("panics"), |_| panic!("a decision panics, as a law asks")).await;
    assert_eq!(answer.expect_err("the decision panicked").happened, Happened::No);
    assert_eq!(store.last_seq().await.expect("the store answers"), before);
    assert_eq!(store.appointment(appointment.id).await.expect("the store answers"), Some(appointment));
    let told = advance(&*store, subject, Some("panics"), |_| Decision::default()).await.expect("the store lives on");
    assert!(!told.repeated);
}

/// What is waiting and only asks stops; what is under way, done, or not a question stays. What the same decision plans
/// stays as well.
///
/// # Panics
/// See [`repeat_decides_nothing_and_replies_alike`].
pub async fn withdrawal_stops_what_waits_and_asks_and_nothing_else(store: Arc<dyn IvrStore>) {
    let (appointment, effects) = book(&*store, "withdraw").await;
    let (other, others) = book(&*store, "withdraw another").await;
    let sample = effects.first().expect("a life begins with effects").clone();
    let make = |name: &str, channel, message, state| Effect {
        id: EffectId(derive(noon(), &["withdraw", name])),
        action: Action::Notify { channel, message },
        state,
        ..sample.clone()
    };
    let started = make("started", Channel::Sms, Message::AskToConfirm, EffectState::Started);
    let thanks = make("thanks", Channel::Sms, Message::Confirmed, EffectState::Waiting);
    let planned = make("planned", Channel::Email, Message::AskToConfirm, EffectState::Waiting);
    let some = vec![started.clone(), thanks.clone()];
    let plan = Decision { effects: some, ..Decision::default() };
    advance(&*store, Subject::Appointment(appointment.id), None, move |_| plan).await.expect("the store answers");
    let stop =
        Decision { withdraw: Some(withdrawal(&appointment)), effects: vec![planned.clone()], ..Decision::default() };
    advance(&*store, Subject::Appointment(appointment.id), None, move |_| stop).await.expect("the store answers");
    for effect in effects.iter().chain([&started, &thanks, &planned]) {
        let now = store.effect(effect.id).await.expect("the store answers").expect("an effect is never deleted");
        let stops = effect.withdrawable() && effect.state == EffectState::Waiting && effect.id != planned.id;
        let expected = if stops { EffectState::Skipped } else { effect.state };
        assert_eq!(now.state, expected, "{effect:?}");
        assert_eq!(now.reason.as_deref(), stops.then_some("confirmed by SMS"), "{effect:?}");
    }
    for effect in &others {
        let now = store.effect(effect.id).await.expect("the store answers").expect("an effect is never deleted");
        assert_eq!(now.state, effect.state, "an effect of {}", other.id);
    }
}

/// The effect a decision is about stays as the decision leaves it, though the same decision withdraws what waits.
///
/// # Panics
/// See [`repeat_decides_nothing_and_replies_alike`].
pub async fn the_effect_at_hand_stays_as_decided(store: Arc<dyn IvrStore>) {
    let (appointment, effects) = book(&*store, "at hand").await;
    let asks = effects.iter().find(|effect| effect.withdrawable()).expect("somebody is to be asked").clone();
    let done = Effect { state: EffectState::Done, result: Some("SM1".to_owned()), ..asks.clone() };
    let decision =
        Decision { effect: Some(done.clone()), withdraw: Some(withdrawal(&appointment)), ..Decision::default() };
    advance(&*store, Subject::Effect(asks.id), None, move |_| decision).await.expect("the store answers");
    assert_eq!(store.effect(asks.id).await.expect("the store answers"), Some(done));
}

/// An effect decided twice under one name is one effect; the first stands, however far it has come.
///
/// # Panics
/// See [`repeat_decides_nothing_and_replies_alike`].
pub async fn an_effect_decided_twice_is_one(store: Arc<dyn IvrStore>) {
    let (appointment, effects) = book(&*store, "decided twice").await;
    let first = effects.first().expect("a life begins with effects").clone();
    let begun = Effect { state: EffectState::Started, attempt: 1, ..first.clone() };
    let begin = Decision { effect: Some(begun.clone()), ..Decision::default() };
    advance(&*store, Subject::Effect(first.id), None, move |_| begin).await.expect("the store answers");
    let again = Decision { effects: vec![first.clone()], ..Decision::default() };
    advance(&*store, Subject::Appointment(appointment.id), None, move |_| again).await.expect("the store answers");
    assert_eq!(store.effect(first.id).await.expect("the store answers"), Some(begun));
}

/// Decisions about one appointment never interleave: of many at once, each sees what the one before it wrote.
///
/// # Panics
/// See [`repeat_decides_nothing_and_replies_alike`].
pub async fn concurrent_decisions_are_serialised(store: Arc<dyn IvrStore>) {
    const MANY: u32 = 40;
    let (appointment, _) = book(&*store, "concurrent").await;
    let mut tasks = Vec::new();
    for n in 0..MANY {
        let (store, id) = (Arc::clone(&store), appointment.id);
        tasks.push(tokio::spawn(async move {
            let decide = |loaded: frontdesk_core::ports::Loaded| {
                let mut appointment = loaded.appointment.expect("it is in the book");
                appointment.tries += 1;
                Decision { appointment: Some(appointment), ..Decision::default() }
            };
            // Every delivery comes twice.
            for _ in 0..2 {
                let once = format!("concurrent/{n}");
                advance(&*store, Subject::Appointment(id), Some(&once), decide).await.expect("the store answers");
            }
        }));
    }
    for task in tasks {
        task.await.expect("no task panics");
    }
    let now = store.appointment(appointment.id).await.expect("the store answers").expect("it is in the book");
    assert_eq!(now.tries, MANY);
}

/// A booking system's name is one appointment, however many book it at the same moment.
///
/// # Panics
/// See [`repeat_decides_nothing_and_replies_alike`].
pub async fn the_same_external_id_is_one_appointment(store: Arc<dyn IvrStore>) {
    let mut tasks = Vec::new();
    for n in 0..8 {
        let store = Arc::clone(&store);
        tasks.push(tokio::spawn(async move {
            let mut appointment = life(&format!("external {n}")).appointment;
            appointment.external_id = Some("order-7".to_owned());
            let subject = new_subject(&appointment);
            let take = move |loaded: frontdesk_core::ports::Loaded| match loaded.appointment {
                Some(_) => Decision::default(),
                None => Decision { appointment: Some(appointment), ..Decision::default() },
            };
            let told = advance(&*store, subject, None, take).await.expect("the store answers");
            u32::from(told.decision.appointment.is_some())
        }));
    }
    let mut taken = 0;
    for task in tasks {
        taken += task.await.expect("no task panics");
    }
    assert_eq!(taken, 1);
}

/// A call is found by our name and by the carrier's, and leads to its effect, its appointment and the other party.
///
/// # Panics
/// See [`repeat_decides_nothing_and_replies_alike`].
pub async fn a_call_leads_to_everything_about_it(store: Arc<dyn IvrStore>) {
    let (appointment, effects) = book(&*store, "call").await;
    let effect = effects.iter().find(|effect| effect.call_id.is_some()).expect("a call is to be placed").clone();
    let call = Call {
        id: effect.call_id.expect("it places a call"),
        appointment_id: Some(appointment.id),
        effect_id: Some(effect.id),
        provider_call_id: Some("CA77".to_owned()),
        ..live_call("pretend")
    };
    let contact = Contact {
        phone: phone(CUSTOMER_PHONE),
        language: Some(Language::Nl),
        time_zone: None,
        consent: None,
        opted_out: Vec::new(),
        heard: std::collections::BTreeMap::new(),
        updated_at: noon(),
    };
    let decision = Decision { call: Some(call.clone()), contact: Some(contact.clone()), ..Decision::default() };
    advance(&*store, Subject::Effect(effect.id), None, move |_| decision).await.expect("the store answers");
    let theirs = CallRef::Theirs { provider: "pretend".to_owned(), id: "CA77".to_owned() };
    for by in [CallRef::Ours(call.id), theirs] {
        let loaded = look(&*store, Subject::Call(by)).await;
        assert_eq!(loaded.call.as_ref(), Some(&call));
        assert_eq!(loaded.effect.as_ref().map(|effect| effect.id), Some(effect.id));
        assert_eq!(loaded.appointment.as_ref(), Some(&appointment));
        assert_eq!(loaded.ledger.contact.as_ref(), Some(&contact));
    }
    let unknown = CallRef::Theirs { provider: "another".to_owned(), id: "CA77".to_owned() };
    assert_eq!(look(&*store, Subject::Call(unknown)).await, frontdesk_core::ports::Loaded::default());
}

/// The ledger shows who was reached within seven days, the newest last, and nobody else.
///
/// # Panics
/// See [`repeat_decides_nothing_and_replies_alike`].
pub async fn the_ledger_shows_what_reached_a_person_lately(store: Arc<dyn IvrStore>) {
    let (appointment, effects) = book(&*store, "ledger").await;
    let sample = effects.iter().find(|effect| effect.call_id.is_some()).expect("a call is to be placed").clone();
    let reach = |name: &str, who: &str, days: i64| Effect {
        id: EffectId(derive(noon(), &["ledger", name])),
        state: EffectState::Done,
        reaches: Some(phone(who)),
        started_at: Some(noon() - Duration::days(days)),
        ..sample.clone()
    };
    let effects = vec![
        reach("new", CUSTOMER_PHONE, 1),
        reach("older", CUSTOMER_PHONE, 6),
        reach("too old", CUSTOMER_PHONE, 8),
        reach("somebody else", "+15005550102", 1),
    ];
    let decision = Decision { effects, ..Decision::default() };
    advance(&*store, Subject::Appointment(appointment.id), None, move |_| decision).await.expect("the store answers");
    let recent = look(&*store, Subject::Appointment(appointment.id)).await.ledger.recent;
    let expected = [6, 1].map(|days| (Channel::Voice, noon() - Duration::days(days)));
    assert_eq!(recent, expected);
}

/// Counters step with the decision that counts, and a repeat counts nothing.
///
/// # Panics
/// See [`repeat_decides_nothing_and_replies_alike`].
pub async fn counters_step_once_with_their_decision(store: Arc<dyn IvrStore>) {
    let (appointment, _) = book(&*store, "counters").await;
    let count = Count {
        day: noon().date_naive(),
        business: BUSINESS.to_owned(),
        flow: "confirm".to_owned(),
        name: "step:menu:digit:1".to_owned(),
    };
    for once in ["one", "two", "two", "one", "three"] {
        let decision = Decision { counts: vec![count.clone(), count.clone()], ..Decision::default() };
        let subject = Subject::Appointment(appointment.id);
        advance(&*store, subject, Some(once), move |_| decision).await.expect("the store answers");
    }
    let filter = CountFilter { flow: Some("confirm".to_owned()), ..CountFilter::default() };
    let rows = store.counts(filter).await.expect("the store answers");
    assert_eq!(rows.iter().map(|row| (row.count.name.as_str(), row.n)).collect::<Vec<_>>(), [("step:menu:digit:1", 6)]);
}

/// The timeline and the stream tell every line once, in order, with ever greater numbers.
///
/// # Panics
/// See [`repeat_decides_nothing_and_replies_alike`].
pub async fn lines_are_numbered_in_order(store: Arc<dyn IvrStore>) {
    let (appointment, _) = book(&*store, "lines").await;
    let from = store.last_seq().await.expect("the store answers");
    for n in 0..5 {
        let decision =
            Decision { events: vec![line(&format!("{n} a")), line(&format!("{n} b"))], ..Decision::default() };
        let subject = Subject::Appointment(appointment.id);
        advance(&*store, subject, None, move |_| decision).await.expect("the store answers");
    }
    let expected: Vec<_> = (0..5).flat_map(|n| [format!("{n} a"), format!("{n} b")]).collect();
    let mut streamed = Vec::new();
    let mut at = from;
    loop {
        let lines = store.events_after(at, 3).await.expect("the store answers");
        let Some(last) = lines.last() else {
            break;
        };
        assert!(lines.len() <= 3 && lines.iter().all(|line| line.seq > at));
        at = last.seq;
        streamed.extend(lines.into_iter().map(|line| line.recorded.note));
    }
    assert_eq!(streamed, expected);
    let timeline = store.timeline(Some(appointment.id), None).await.expect("the store answers");
    let noted: Vec<_> = timeline.into_iter().skip(1).map(|line| line.recorded.note).collect();
    assert_eq!(noted, expected);
}

/// A person who is forgotten leaves no name, number or address, and nothing waits for them any more.
///
/// # Panics
/// See [`repeat_decides_nothing_and_replies_alike`].
pub async fn a_forgotten_person_is_nowhere(store: Arc<dyn IvrStore>) {
    let (appointment, effects) = book(&*store, "forgotten").await;
    let forgotten = store.forget(&phone(CUSTOMER_PHONE), noon()).await.expect("the store answers");
    assert_eq!(forgotten, [appointment.id]);
    let now = store.appointment(appointment.id).await.expect("the store answers").expect("the row stays");
    let text = serde_json::to_string(&now).expect("an appointment is written");
    for datum in [CUSTOMER_PHONE, "Ana Lim", "ana@example.com"] {
        assert!(!text.contains(datum), "{text}");
    }
    assert_eq!(store.contact(&phone(CUSTOMER_PHONE)).await.expect("the store answers"), None);
    for effect in effects.iter().filter(|effect| effect.action.channel().is_some()) {
        let now = store.effect(effect.id).await.expect("the store answers").expect("the row stays");
        assert_eq!(now.state, EffectState::Skipped);
    }
}
