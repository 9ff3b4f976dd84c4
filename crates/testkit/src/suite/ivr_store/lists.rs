use super::{advance, life, new_subject, noon};
use crate::BUSINESS;
use chrono::Duration;
use frontdesk_core::{
    appointment::{Appointment, Status},
    call::{Call, CallRef, CallState, Direction, Outcome, Walk},
    effect::{Action, Effect, EffectState},
    id::{CallId, EffectId},
    personal::Phone,
    ports::{AppointmentFilter, CallFilter, Count, CountFilter, Decision, EffectFilter, IvrStore, Subject, Trouble},
    speech::Language,
};
use std::sync::Arc;

/// Twelve appointments an hour apart, three of them at the same time.
async fn many(store: &dyn IvrStore) -> Vec<Appointment> {
    let mut all = Vec::new();
    for n in 0..12_i64 {
        let mut appointment = life(&format!("list {n}")).appointment;
        appointment.starts_at = noon() + Duration::hours(n.max(3));
        appointment.status = if n % 3 == 0 { Status::Confirmed } else { Status::Confirming };
        appointment.service = Some(format!("Service {n}"));
        let decision = Decision { appointment: Some(appointment.clone()), ..Decision::default() };
        advance(store, new_subject(&appointment), None, move |_| decision).await.expect("it is taken in");
        all.push(appointment);
    }
    all.sort_by_key(|appointment| (appointment.starts_at, appointment.id));
    all
}

/// Pages of any size tell every appointment once, in order, ties included.
///
/// # Panics
/// When the law does not hold; so for every law here.
pub async fn pages_tell_everything_once_in_order(store: Arc<dyn IvrStore>) {
    let all: Vec<_> = many(&*store).await.into_iter().map(|appointment| appointment.id).collect();
    for limit in [1, 2, 5, 12, 500, 9_999] {
        let mut told = Vec::new();
        let mut cursor = None;
        loop {
            let filter = AppointmentFilter { limit, cursor, ..AppointmentFilter::default() };
            let page = store.appointments(filter).await.expect("the store answers");
            assert!(page.items.len() <= limit as usize);
            told.extend(page.items.into_iter().map(|appointment| appointment.id));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(told, all, "pages of {limit}");
    }
}

/// A filter keeps what it names; `from` is within, `to` is not.
///
/// # Panics
/// See [`pages_tell_everything_once_in_order`].
pub async fn filters_keep_what_they_name(store: Arc<dyn IvrStore>) {
    let all = many(&*store).await;
    let (from, to) = (noon() + Duration::hours(4), noon() + Duration::hours(8));
    let filter = AppointmentFilter {
        status: Some(Status::Confirming),
        from: Some(from),
        to: Some(to),
        limit: 100,
        ..AppointmentFilter::default()
    };
    let found = store.appointments(filter).await.expect("the store answers").items;
    let wanted = |it: &&Appointment| it.status == Status::Confirming && it.starts_at >= from && it.starts_at < to;
    assert_eq!(found, all.iter().filter(wanted).cloned().collect::<Vec<_>>());
    for (q, n) in [("ana", 12), ("SERVICE 7", 1), ("5550101", 12), ("nobody", 0)] {
        let filter = AppointmentFilter { q: Some(q.to_owned()), limit: 100, ..AppointmentFilter::default() };
        assert_eq!(store.appointments(filter).await.expect("the store answers").items.len(), n, "{q}");
    }
}

/// A cursor that is not one of ours is refused, not obeyed.
///
/// # Panics
/// See [`pages_tell_everything_once_in_order`].
pub async fn a_bad_cursor_is_refused(store: Arc<dyn IvrStore>) {
    for bad in ["", "7", "not a cursor", "' or 1=1 --", "9999999999999999999999_x"] {
        let cursor = || Some(bad.to_owned());
        let errors = [
            store.appointments(AppointmentFilter { cursor: cursor(), limit: 5, ..Default::default() }).await.err(),
            store.calls(CallFilter { cursor: cursor(), limit: 5, ..Default::default() }).await.err(),
            store.effects(EffectFilter { cursor: cursor(), limit: 5, ..Default::default() }).await.err(),
        ];
        for error in errors {
            assert_eq!(error.map(|error| error.trouble), Some(Trouble::Refused), "{bad:?}");
        }
    }
}

/// Two calls in every respect apart, but for the hour.
async fn two_calls(store: &dyn IvrStore) -> [Call; 2] {
    let number = |text: &str| Phone::parse(text, None).expect("it is a number");
    let out = Call {
        id: CallId::derive(noon(), &["store suite", "out"]),
        appointment_id: None,
        effect_id: None,
        round: 0,
        business: BUSINESS.to_owned(),
        provider: "sandbox".to_owned(),
        provider_call_id: None,
        direction: Direction::Outbound,
        from: number("+15005550000"),
        to: number("+15005550101"),
        flow: "confirm".to_owned(),
        language: Language::En,
        state: CallState::Ringing,
        outcome: None,
        answered_by: None,
        walk: Walk::default(),
        recording: None,
        transcript: None,
        collected: None,
        talk: None,
        created_at: noon(),
        started_at: None,
        ended_at: None,
        seconds: None,
        updated_at: noon(),
    };
    let inward = Call {
        id: CallId::derive(noon(), &["store suite", "in"]),
        business: "spa".to_owned(),
        provider: "other".to_owned(),
        direction: Direction::Inbound,
        from: number("+15005550202"),
        to: number("+15005550101"),
        state: CallState::Ended,
        outcome: Some(Outcome::Confirmed),
        ..out.clone()
    };
    for call in [&out, &inward] {
        let decision = Decision { call: Some(call.clone()), ..Decision::default() };
        let subject = Subject::Call(CallRef::Ours(call.id));
        advance(store, subject, None, move |_| decision).await.expect("it is taken in");
    }
    [out, inward]
}

/// A list of calls keeps those that are asked for, by whatever they are asked for; numbers are those of the person, not of
/// the business, and may be told by their end.
///
/// # Panics
/// See [`pages_tell_everything_once_in_order`].
pub async fn calls_are_found_by_what_is_asked_of_them(store: Arc<dyn IvrStore>) {
    let [out, inward] = two_calls(&*store).await;
    let number = |text: &str| CallFilter { number: Some(text.to_owned()), ..CallFilter::default() };
    let all = CallFilter::default;
    for (filter, wanted) in [
        (CallFilter { business: Some(BUSINESS.to_owned()), ..all() }, vec![&out]),
        (CallFilter { provider: Some("other".to_owned()), ..all() }, vec![&inward]),
        (CallFilter { state: Some(CallState::Ringing), ..all() }, vec![&out]),
        (CallFilter { outcome: Some(Outcome::Confirmed), ..all() }, vec![&inward]),
        (CallFilter { outcome: Some(Outcome::Busy), ..all() }, vec![]),
        (CallFilter { direction: Some(Direction::Outbound), ..all() }, vec![&out]),
        (CallFilter { direction: Some(Direction::Inbound), ..all() }, vec![&inward]),
        (number("0101"), vec![&out]),
        (number("555 0202"), vec![&inward]),
        (number("+1 500 555-0202"), vec![&inward]),
        (number("+0202"), vec![]),
        (number("%"), vec![&out, &inward]),
        (CallFilter { direction: Some(Direction::Inbound), business: Some(BUSINESS.to_owned()), ..all() }, vec![]),
    ] {
        let asked = format!("{filter:?}");
        let mut found = store.calls(filter).await.expect("the store answers").items;
        found.sort_by_key(|call| call.direction == Direction::Inbound);
        assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{asked}");
    }
}

/// What went wrong is one list, the newest first, whether it failed or nobody knows; pages of any size tell it once.
///
/// # Panics
/// See [`pages_tell_everything_once_in_order`].
pub async fn what_went_wrong_is_one_list(store: Arc<dyn IvrStore>) {
    let states = [EffectState::Failed, EffectState::Uncertain, EffectState::Done, EffectState::Waiting];
    let mut wrong = Vec::new();
    for n in 0..12_usize {
        let id = EffectId::derive(noon(), &["store suite", "wrong", &n.to_string()]);
        // Three at a time, so that ties are among them.
        let at = noon() + Duration::minutes(i64::try_from(n / 3).unwrap_or_default());
        let state = states[n % states.len()];
        let planned = Effect::planned(id, None, Action::Call { try_no: 1 }, noon() + Duration::days(900), at);
        let effect = Effect { state, ..planned };
        if n % states.len() < 2 {
            wrong.push((at, id));
        }
        let decision = Decision { effects: vec![effect], ..Decision::default() };
        advance(&*store, Subject::Effect(id), None, move |_| decision).await.expect("it is taken in");
    }
    wrong.sort();
    wrong.reverse();
    for limit in [1, 2, 4, 100] {
        let (mut told, mut cursor) = (Vec::new(), None);
        loop {
            let filter = EffectFilter { troubled: true, cursor, limit, ..EffectFilter::default() };
            let page = store.effects(filter).await.expect("the store answers");
            told.extend(page.items.into_iter().map(|effect| (effect.created_at, effect.id)));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(told, wrong, "pages of {limit}");
    }
    let failed = EffectFilter { state: Some(EffectState::Failed), troubled: true, ..EffectFilter::default() };
    assert_eq!(store.effects(failed).await.expect("the store answers").items.len(), 3);
}

/// Counters are told day by day where that is asked for, and summed where it is not.
///
/// # Panics
/// See [`pages_tell_everything_once_in_order`].
pub async fn counters_are_told_day_by_day_or_summed(store: Arc<dyn IvrStore>) {
    let first = noon().date_naive();
    let next = first.succ_opt().expect("there is a next day");
    let count =
        |day| Count { day, business: BUSINESS.to_owned(), flow: "confirm".to_owned(), name: "answered".to_owned() };
    let decision = Decision { counts: vec![count(first), count(next), count(next)], ..Decision::default() };
    let nobody = Subject::Call(CallRef::Ours(CallId::derive(noon(), &["store suite", "nobody"])));
    advance(&*store, nobody, None, move |_| decision).await.expect("they are taken in");
    let rows = |by_day| {
        let store = Arc::clone(&store);
        async move {
            let filter = CountFilter { from: Some(first), by_day, ..CountFilter::default() };
            let rows = store.counts(filter).await.expect("the store answers");
            rows.into_iter().map(|row| (row.count.day, row.n)).collect::<Vec<_>>()
        }
    };
    assert_eq!(rows(true).await, [(first, 1), (next, 2)]);
    assert_eq!(rows(false).await, [(first, 3)]);
}
