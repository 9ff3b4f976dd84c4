//! One transaction, one order, one answer.

use crate::{database::Database, make::*, on_both};
use chrono::NaiveDate;
use frontdesk_core::{
    call::CallState,
    ports::{Count, CountFilter, Decision, Happened, IvrStore, Subject, Trouble},
};
use std::{collections::HashSet, sync::Arc};

on_both!(
    repeat_decides_nothing_and_replies_alike,
    repeats_at_the_same_moment_decide_once,
    a_repeat_shows_the_rows_as_they_are_now,
    concurrent_events_of_one_call_are_serialised,
    whoever_reads_finds_what_was_answered_before,
    a_call_is_found_by_either_name,
    two_calls_never_own_one_name,
    same_external_id_twice_is_one_appointment,
    the_same_external_id_under_another_id_is_refused_alone,
    panic_in_decide_writes_nothing_and_harms_nobody,
    effects_and_state_commit_together,
    events_are_numbered_in_order_and_told_after_the_commit,
    counters_equal_a_recount,
    what_no_database_keeps_harms_nobody,
    a_call_leads_to_everything_about_it,
);

async fn repeat_decides_nothing_and_replies_alike(db: Arc<Database>) {
    let store = db.store().await;
    let call = call();
    let first = advance(&store, ours(&call), Some("k1"), {
        let call = call.clone();
        move |_| Decision { call: Some(call), reply: say("one"), events: vec![line("one")], ..Decision::default() }
    })
    .await
    .unwrap();
    assert!(!first.repeated);
    let again = advance(&store, ours(&call), Some("k1"), |_| panic!("decided twice")).await.unwrap();
    assert!(again.repeated);
    assert_eq!(again.decision.reply, first.decision.reply);
    assert_eq!(again.decision.call, Some(call));
    assert_eq!(store.last_seq().await.unwrap(), store.events_after(0, 10).await.unwrap()[0].seq);
}

async fn repeats_at_the_same_moment_decide_once(db: Arc<Database>) {
    let store = db.store().await;
    let call = call();
    let decided = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let tasks = (0..64).map(|n: u32| {
        let (store, call, decided) = (store.clone(), call.clone(), Arc::clone(&decided));
        tokio::spawn(async move {
            // Half of them know the call by the carrier's name only.
            let subject = if n.is_multiple_of(2) { ours(&call) } else { theirs("CA1") };
            advance(&store, subject, Some("same"), move |_| {
                let n = decided.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                Decision { call: Some(call), reply: say(&format!("{n}")), ..Decision::default() }
            })
            .await
            .unwrap()
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        assert_eq!(task.await.unwrap().decision.reply, say("0"));
    }
    assert_eq!(decided.load(std::sync::atomic::Ordering::SeqCst), 1);
}

async fn a_repeat_shows_the_rows_as_they_are_now(db: Arc<Database>) {
    let store = db.store().await;
    let booked = appointment();
    // Without an external id a repeated request brings another id: the key alone leads to the first.
    for repeated in [false, true] {
        let mine = if repeated { appointment() } else { booked.clone() };
        let decision = Decision { appointment: Some(mine.clone()), ..Decision::default() };
        let advanced = advance(&store, new_subject(&mine), Some("post"), move |_| decision).await.unwrap();
        assert_eq!(advanced.repeated, repeated);
        assert_eq!(advanced.decision.appointment.unwrap().id, booked.id);
    }
}

async fn concurrent_events_of_one_call_are_serialised(db: Arc<Database>) {
    let store = db.store().await;
    let mut first = call();
    first.provider_call_id = Some("CA1".to_owned());
    ring(&store, &first).await;
    let tasks = (0..200).map(|n| {
        let (store, first) = (store.clone(), first.clone());
        tokio::spawn(async move {
            let subject = if n % 2 == 0 { ours(&first) } else { theirs("CA1") };
            advance(&store, subject, Some(&format!("e{n}")), |found| {
                let mut call = found.call.unwrap();
                call.walk.turn += 1;
                Decision { call: Some(call), ..Decision::default() }
            })
            .await
            .unwrap()
            .decision
            .call
            .unwrap()
            .walk
            .turn
        })
    });
    let mut turns = HashSet::new();
    for task in tasks.collect::<Vec<_>>() {
        assert!(turns.insert(task.await.unwrap()), "two decisions saw the same call");
    }
    assert_eq!(store.call(first.id).await.unwrap().unwrap().walk.turn, 200);
}

async fn whoever_reads_finds_what_was_answered_before(db: Arc<Database>) {
    let store = db.store().await;
    let tasks = (0..64).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..4 {
                let call = call();
                ring(&store, &call).await;
                assert_eq!(store.call(call.id).await.unwrap(), Some(call));
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

async fn a_call_is_found_by_either_name(db: Arc<Database>) {
    let store = db.store().await;
    let mut call = call();
    assert_eq!(look(&store, theirs("CA7")).await.call, None);
    ring(&store, &call).await;
    call.provider_call_id = Some("CA7".to_owned());
    call.state = CallState::Ringing;
    ring(&store, &call).await;
    assert_eq!(look(&store, theirs("CA7")).await.call, Some(call.clone()));
    assert_eq!(look(&store, ours(&call)).await.call, Some(call));
}

async fn two_calls_never_own_one_name(db: Arc<Database>) {
    let store = db.store().await;
    let (mut first, mut second) = (call(), call());
    first.provider_call_id = Some("CA9".to_owned());
    second.provider_call_id = Some("CA9".to_owned());
    ring(&store, &first).await;
    ring(&store, &second).await;
    second.state = CallState::Ended;
    ring(&store, &second).await;
    assert_eq!(look(&store, theirs("CA9")).await.call.unwrap().id, first.id);
    assert_eq!(look(&store, ours(&second)).await.call, Some(second));
}

async fn same_external_id_twice_is_one_appointment(db: Arc<Database>) {
    let store = db.store().await;
    let tasks = (0..32).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut mine = appointment();
            mine.external_id = Some("order-1".to_owned());
            let advanced = advance(&store, new_subject(&mine), None, move |found| {
                let appointment = found.appointment.unwrap_or(mine);
                Decision { appointment: Some(appointment), ..Decision::default() }
            });
            advanced.await.unwrap().decision.appointment.unwrap().id
        })
    });
    let mut ids = HashSet::new();
    for task in tasks.collect::<Vec<_>>() {
        ids.insert(task.await.unwrap());
    }
    assert_eq!(ids.len(), 1);
    store.settle().await.unwrap();
    assert_eq!(db.number("select count(*) from appointments").await, 1);
}

async fn the_same_external_id_under_another_id_is_refused_alone(db: Arc<Database>) {
    let store = db.store().await;
    let mut first = appointment();
    first.external_id = Some("order-2".to_owned());
    book(&store, &first, vec![]).await;
    let mut second = appointment();
    second.external_id = Some("order-2".to_owned());
    let decision = Decision { appointment: Some(second.clone()), events: vec![line("x")], ..Decision::default() };
    let refused = advance(&store, new_subject(&second), None, move |_| decision).await.unwrap_err();
    assert_eq!((refused.trouble, refused.happened), (Trouble::Broken, Happened::No));
    assert_eq!(store.appointment(second.id).await.unwrap(), None);
    assert_eq!(store.last_seq().await.unwrap(), 0);
}

async fn panic_in_decide_writes_nothing_and_harms_nobody(db: Arc<Database>) {
    let store = db.store().await;
    let tasks = (0..40).map(|n: u32| {
        let store = store.clone();
        tokio::spawn(async move {
            let call = call();
            let id = call.id;
            let once = format!("p{n}");
            let advanced = advance(&store, ours(&call), Some(&once), move |_| {
                assert!(!n.is_multiple_of(4), "on purpose");
                Decision { call: Some(call), ..Decision::default() }
            })
            .await;
            (n, id, advanced)
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        let (n, id, advanced) = task.await.unwrap();
        assert_eq!(advanced.is_err(), n.is_multiple_of(4));
        assert_eq!(store.call(id).await.unwrap().is_none(), n.is_multiple_of(4));
        if let Err(error) = advanced {
            assert_eq!((error.trouble, error.happened), (Trouble::Broken, Happened::No));
            // The same delivery may come again, and is decided then.
            let once = format!("p{n}");
            let again = advance(&store, ours(&call()), Some(&once), |_| Decision::default()).await;
            assert!(!again.unwrap().repeated);
        }
    }
}

async fn effects_and_state_commit_together(db: Arc<Database>) {
    let store = db.store().await;
    let booked = appointment();
    let effects = vec![effect(booked.id, PLACE, noon()), effect(booked.id, OVER, noon() + chrono::TimeDelta::days(2))];
    book(&store, &booked, effects.clone()).await;
    assert_eq!(store.appointment(booked.id).await.unwrap(), Some(booked));
    for effect in effects {
        let id = effect.id;
        assert_eq!(store.effect(id).await.unwrap(), Some(effect));
    }
    assert_eq!(db.number("select count(*) from river_job where state = 'available'").await, 1);
    assert_eq!(db.number("select count(*) from river_job where state = 'scheduled'").await, 1);
}

async fn events_are_numbered_in_order_and_told_after_the_commit(db: Arc<Database>) {
    let store = db.store().await;
    let mut heard = store.subscribe();
    let booked = appointment();
    let mut call = call();
    call.appointment_id = Some(booked.id);
    book(&store, &booked, vec![]).await;
    for n in 0..50 {
        let call = call.clone();
        advance(&store, ours(&call.clone()), None, move |_| Decision {
            call: Some(call),
            events: vec![line(&format!("{n}a")), line(&format!("{n}b"))],
            ..Decision::default()
        })
        .await
        .unwrap();
    }
    let stored = store.events_after(0, 1000).await.unwrap();
    let notes: Vec<_> = stored.iter().map(|event| event.recorded.note.clone()).collect();
    let expected: Vec<_> = (0..50).flat_map(|n| [format!("{n}a"), format!("{n}b")]).collect();
    assert_eq!(notes, expected);
    assert_eq!(store.timeline(Some(booked.id), None).await.unwrap(), stored);
    assert_eq!(store.timeline(None, Some(call.id)).await.unwrap(), stored);
    assert_eq!(store.events_after(stored[98].seq, 10).await.unwrap(), stored[99..]);
    for event in stored {
        assert_eq!(*heard.recv().await.unwrap(), event);
    }
}

async fn counters_equal_a_recount(db: Arc<Database>) {
    let store = db.store().await;
    let day = |n: u32| NaiveDate::from_ymd_opt(2026, 11, 1 + n % 3).unwrap();
    let count = move |n: u32, name: &str| Count {
        day: day(n),
        business: "clinic".to_owned(),
        flow: "confirm".to_owned(),
        name: name.to_owned(),
    };
    let tasks = (0..120_u32).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            let counts =
                vec![count(n, "all"), count(n, if n.is_multiple_of(2) { "even" } else { "odd" }), count(n, "all")];
            let decision = Decision { counts, ..Decision::default() };
            advance(&store, ours(&call()), None, move |_| decision).await.unwrap();
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let read = |filter| async {
        store.counts(filter).await.unwrap().into_iter().map(|row| (row.count.name, row.n)).collect::<Vec<_>>()
    };
    let all = read(CountFilter::default()).await;
    assert_eq!(all, [("all".to_owned(), 240), ("even".to_owned(), 60), ("odd".to_owned(), 60)]);
    let one = CountFilter {
        from: Some(day(0)),
        to: Some(day(0)),
        flow: Some("confirm".to_owned()),
        ..CountFilter::default()
    };
    assert_eq!(read(one).await, [("all".to_owned(), 80), ("even".to_owned(), 20), ("odd".to_owned(), 20)]);
    assert_eq!(read(CountFilter { business: Some("other".to_owned()), ..CountFilter::default() }).await, []);
}

async fn what_no_database_keeps_harms_nobody(db: Arc<Database>) {
    let store = db.store().await;
    let mut booked = appointment();
    booked.notes = Some("a\0b \\u0000 'quoted\" ☎ {}".to_owned());
    book(&store, &booked, vec![]).await;
    let stored = store.appointment(booked.id).await.unwrap().unwrap();
    assert_eq!(stored.notes.unwrap(), "ab \\u0000 'quoted\" ☎ {}");
    let refused = advance(&store, theirs("C\0A"), None, |_| Decision::default()).await.unwrap_err();
    assert_eq!(refused.trouble, Trouble::Refused);
}

async fn a_call_leads_to_everything_about_it(db: Arc<Database>) {
    let store = db.store().await;
    let booked = appointment();
    let mut place = effect(booked.id, PLACE, noon());
    let mut call = call();
    place.call_id = Some(call.id);
    call.effect_id = Some(place.id);
    call.appointment_id = Some(booked.id);
    book(&store, &booked, vec![place.clone()]).await;
    ring(&store, &call).await;
    for subject in [ours(&call), Subject::Effect(place.id)] {
        let found = look(&store, subject).await;
        assert_eq!(found.call.as_ref(), Some(&call));
        assert_eq!(found.appointment.as_ref(), Some(&booked));
        assert_eq!(found.effect.as_ref(), Some(&place));
    }
    let found = look(&store, Subject::Person { phone: phone(123), business: None }).await;
    assert_eq!(found.appointment, Some(booked));
}
