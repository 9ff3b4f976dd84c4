//! Lists.

use crate::{database::Database, make::*, on_both};
use chrono::TimeDelta;
use frontdesk_core::{
    appointment::{Appointment, Status},
    call::CallState,
    effect::EffectState,
    personal::PersonName,
    ports::{AppointmentFilter, CallFilter, EffectFilter, IvrStore, Trouble},
};
use frontdesk_store::Store;
use std::sync::Arc;

on_both!(
    cursor_pages_cover_everything_once,
    filters_select,
    words_find_appointments,
    a_foreign_cursor_is_refused,
    what_is_not_over_is_counted,
);

async fn cursor_pages_cover_everything_once(db: Arc<Database>) {
    let store = db.store().await;
    let mut booked = Vec::new();
    for n in 0..23 {
        let mut one = appointment();
        // Ties included.
        one.starts_at = noon() + TimeDelta::minutes(n / 4);
        let mut place = effect(one.id, PLACE, noon());
        place.created_at = noon() + TimeDelta::minutes(n / 4);
        book(&store, &one, vec![place]).await;
        let mut rung = call();
        rung.created_at = noon() + TimeDelta::minutes(n / 4);
        ring(&store, &rung).await;
        booked.push((one.starts_at, one.id));
    }
    booked.sort();
    let (mut seen, mut calls, mut effects) = (Vec::new(), Vec::new(), Vec::new());
    let mut cursor = None;
    loop {
        let filter = AppointmentFilter { cursor, limit: 5, ..AppointmentFilter::default() };
        let page = store.appointments(filter).await.unwrap();
        seen.extend(page.items.iter().map(|one| (one.starts_at, one.id)));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, booked);
    loop {
        let page = store.calls(CallFilter { cursor, limit: 4, ..CallFilter::default() }).await.unwrap();
        calls.extend(page.items.iter().map(|one| (one.created_at, one.id)));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert!(calls.windows(2).all(|two| two[0] > two[1]) && calls.len() == 23);
    loop {
        let page = store.effects(EffectFilter { cursor, limit: 23, ..EffectFilter::default() }).await.unwrap();
        effects.extend(page.items.iter().map(|one| (one.created_at, one.id)));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert!(effects.windows(2).all(|two| two[0] > two[1]) && effects.len() == 23);
}

async fn filters_select(db: Arc<Database>) {
    let store = db.store().await;
    let mut first = appointment();
    first.status = Status::Confirmed;
    let mut second = appointment();
    second.business = "spa".to_owned();
    second.starts_at += TimeDelta::days(1);
    let place = effect(first.id, PLACE, noon());
    book(&store, &first, vec![place.clone()]).await;
    book(&store, &second, vec![effect(second.id, ASK, noon())]).await;
    let all = AppointmentFilter::default;
    let one = |filter: AppointmentFilter| {
        let store = store.clone();
        async move { store.appointments(filter).await.unwrap().items }
    };
    assert_eq!(one(AppointmentFilter { status: Some(Status::Confirmed), ..all() }).await, [first.clone()]);
    assert_eq!(one(AppointmentFilter { business: Some("spa".to_owned()), ..all() }).await, [second.clone()]);
    assert_eq!(one(AppointmentFilter { from: Some(second.starts_at), ..all() }).await, [second.clone()]);
    assert_eq!(one(AppointmentFilter { to: Some(second.starts_at), ..all() }).await, [first.clone()]);

    let mut live = call();
    live.appointment_id = Some(first.id);
    let mut over = call();
    over.state = CallState::Ended;
    over.created_at += TimeDelta::hours(1);
    ring(&store, &live).await;
    ring(&store, &over).await;
    let calls = |filter: CallFilter| {
        let store = store.clone();
        async move { store.calls(filter).await.unwrap().items }
    };
    assert_eq!(calls(CallFilter { live: true, ..CallFilter::default() }).await, [live.clone()]);
    assert_eq!(calls(CallFilter { appointment_id: Some(first.id), ..CallFilter::default() }).await, [live.clone()]);
    assert_eq!(calls(CallFilter { from: Some(over.created_at), ..CallFilter::default() }).await, [over.clone()]);
    assert_eq!(calls(CallFilter { to: Some(over.created_at), ..CallFilter::default() }).await, [live.clone()]);

    let effects = |filter: EffectFilter| {
        let store = store.clone();
        async move { store.effects(filter).await.unwrap().items.len() }
    };
    let waiting = EffectFilter { state: Some(EffectState::Waiting), ..EffectFilter::default() };
    assert_eq!(effects(waiting).await, 2);
    let of_first = EffectFilter { appointment_id: Some(first.id), ..EffectFilter::default() };
    assert_eq!(effects(of_first).await, 1);
    assert_eq!(effects(EffectFilter { call_id: Some(live.id), ..EffectFilter::default() }).await, 0);
}

async fn words_find_appointments(db: Arc<Database>) {
    let store = db.store().await;
    for (name, external) in [("Ana Lim", "A_1"), ("Émile Zola", "B%2"), ("Bo", "A-1")] {
        let mut one = appointment();
        one.customer.name = PersonName::parse(name).unwrap();
        one.external_id = Some(external.to_owned());
        book(&store, &one, vec![]).await;
    }
    for (q, expected) in [
        ("ana", vec!["Ana Lim"]),
        ("LIM ana", vec!["Ana Lim"]),
        ("émile", vec!["Émile Zola"]),
        ("ÉMILE zola", vec!["Émile Zola"]),
        ("a_1", vec!["Ana Lim"]),
        ("%2", vec!["Émile Zola"]),
        ("+1415555", vec!["Ana Lim", "Bo", "Émile Zola"]),
        ("nobody", vec![]),
        ("'; drop table calls", vec![]),
    ] {
        assert_eq!(names(&store, q).await, expected, "{q}");
    }
}

async fn names(store: &Store, q: &str) -> Vec<String> {
    let filter = AppointmentFilter { q: Some(q.to_owned()), ..AppointmentFilter::default() };
    let page = store.appointments(filter).await.unwrap();
    let name = |one: &Appointment| one.customer.name.reveal().to_owned();
    let mut names: Vec<_> = page.items.iter().map(name).collect();
    names.sort();
    names
}

async fn a_foreign_cursor_is_refused(db: Arc<Database>) {
    let store = db.store().await;
    for cursor in ["", "x", "1_", "_1", "1_zz", "';--"] {
        let filter = CallFilter { cursor: Some(cursor.to_owned()), ..CallFilter::default() };
        assert_eq!(store.calls(filter).await.unwrap_err().trouble, Trouble::Refused, "{cursor}");
    }
}

async fn what_is_not_over_is_counted(db: Arc<Database>) {
    use EffectState::{Done, Failed, Skipped, Started, Uncertain, Waiting};
    let store = db.store().await;
    let booked = appointment();
    let states = [Waiting, Waiting, Waiting, Started, Uncertain, Uncertain, Done, Failed, Skipped];
    let effects = states.map(|state| frontdesk_core::effect::Effect { state, ..effect(booked.id, PLACE, noon()) });
    book(&store, &booked, effects.to_vec()).await;
    let mut counted = store.open_effects().await.unwrap();
    counted.sort();
    assert_eq!(counted, [("started", 1), ("uncertain", 2), ("waiting", 3)].map(|(state, n)| (state.to_owned(), n)));
}
