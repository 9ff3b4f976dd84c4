//! Several gateways on one database.

use crate::{database::Database, make::*};
use chrono::TimeDelta;
use frontdesk_core::{
    call::{Call, CallRef},
    effect::EffectState,
    ports::{Busy, Contact, Decision, IvrStore, Loaded, Rung, Subject},
    slots::Hold,
};
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

macro_rules! on_postgres_only {
    ($($law:ident),+ $(,)?) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $law() {
                $crate::database::on_postgres(super::$law).await;
            })+
        }
    };
}

on_postgres_only!(
    two_stores_on_one_postgres_serialise_one_appointment,
    every_road_to_an_appointment_is_serialised,
    one_delivery_at_several_gateways_decides_once,
    one_external_id_at_several_gateways_is_one_appointment,
    caps_hold_across_gateways,
    no_two_gateways_give_away_the_same_time,
    nobody_is_rung_by_two_gateways_at_a_time,
    a_call_takes_one_name_at_several_gateways,
    no_event_is_missed_by_a_reader_that_follows,
    gateways_may_start_at_the_same_moment,
);

const GATEWAYS: usize = 3;

async fn gateways(db: &Database) -> Vec<frontdesk_store::Store> {
    let mut stores = Vec::new();
    for _ in 0..GATEWAYS {
        stores.push(db.store().await);
    }
    stores
}

async fn two_stores_on_one_postgres_serialise_one_appointment(db: Arc<Database>) {
    let stores = gateways(&db).await;
    let booked = appointment();
    book(&stores[0], &booked, vec![]).await;
    let tasks = (0..150).map(|n| {
        let (store, id) = (stores[n % GATEWAYS].clone(), booked.id);
        tokio::spawn(async move {
            let advanced = advance(&store, Subject::Appointment(id), None, |found| {
                let mut appointment = found.appointment.unwrap();
                appointment.revision += 1;
                Decision { appointment: Some(appointment), ..Decision::default() }
            });
            advanced.await.unwrap().decision.appointment.unwrap().revision
        })
    });
    let mut revisions = HashSet::new();
    for task in tasks.collect::<Vec<_>>() {
        assert!(revisions.insert(task.await.unwrap()), "two decisions saw the same appointment");
    }
    assert_eq!(stores[1].appointment(booked.id).await.unwrap().unwrap().revision, 150);
}

/// A key press, a callback under the carrier's name, a finished job, an SMS and the desk, all at once.
async fn every_road_to_an_appointment_is_serialised(db: Arc<Database>) {
    let stores = gateways(&db).await;
    let mut booked = appointment();
    booked.external_id = Some("order".to_owned());
    let mut place = effect(booked.id, PLACE, noon());
    let mut rung = call();
    rung.appointment_id = Some(booked.id);
    rung.effect_id = Some(place.id);
    rung.provider_call_id = Some("CA1".to_owned());
    place.call_id = Some(rung.id);
    let subject = |n: usize| match n % 6 {
        0 => Subject::Call(CallRef::Ours(rung.id)),
        1 => theirs("CA1"),
        2 => Subject::Effect(place.id),
        3 => Subject::Person { phone: phone(123), business: None },
        4 => new_subject(&booked),
        _ => Subject::Appointment(booked.id),
    };
    book(&stores[0], &booked, vec![place.clone()]).await;
    ring(&stores[0], &rung).await;
    let tasks = (0..180).map(|n| {
        let (store, subject) = (stores[n % GATEWAYS].clone(), subject(n / GATEWAYS));
        tokio::spawn(async move {
            advance(&store, subject, Some(&format!("road {n}")), |found| {
                let mut appointment = found.appointment.unwrap();
                appointment.revision += 1;
                Decision { appointment: Some(appointment), events: vec![line("x")], ..Decision::default() }
            })
            .await
            .unwrap();
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(stores[2].appointment(booked.id).await.unwrap().unwrap().revision, 180);
}

/// At each gateway somebody wants the same time; one holds it, and whoever is taken in meanwhile is seen by all others.
async fn no_two_gateways_give_away_the_same_time(db: Arc<Database>) {
    let stores = gateways(&db).await;
    for round in 0..12 {
        let from = noon() + TimeDelta::days(10 + round);
        let time = Busy { from, to: from + TimeDelta::minutes(30) };
        let mut people = Vec::new();
        for n in 0..12 {
            let mut booked = appointment();
            // Different people: one person's decisions wait for each other in any case.
            booked.customer.phone = phone(200 + n);
            book(&stores[0], &booked, vec![]).await;
            people.push(booked);
        }
        let tasks = people.into_iter().enumerate().map(|(n, mut wanting)| {
            let store = stores[n % GATEWAYS].clone();
            tokio::spawn(async move {
                let subject = Subject::Slot { appointment: wanting.id, call: None, time };
                let hold = Hold {
                    appointment: wanting.id,
                    business: wanting.business.clone(),
                    time,
                    until: noon() + TimeDelta::minutes(5),
                };
                let take = move |found: Loaded| {
                    if found.taken.iter().any(|taken| taken.appointment != wanting.id) {
                        return Decision::default();
                    }
                    wanting.starts_at = time.from;
                    let appointment = (n % 2 == 1).then_some(wanting);
                    Decision { hold: (n % 2 == 0).then_some(hold), appointment, ..Decision::default() }
                };
                advance(&store, subject, None, take).await.unwrap();
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        let taken = stores[1].taken("clinic", time, noon()).await.unwrap();
        assert_eq!(taken.len(), 1, "{taken:?}");
    }
}

async fn one_delivery_at_several_gateways_decides_once(db: Arc<Database>) {
    let stores = gateways(&db).await;
    let decided = Arc::new(AtomicU32::new(0));
    let made = call();
    let tasks = (0..60).map(|n| {
        let (store, decided, made) = (stores[n % GATEWAYS].clone(), Arc::clone(&decided), made.clone());
        tokio::spawn(async move {
            let subject = if n % 2 == 0 { ours(&made) } else { theirs("CA5") };
            advance(&store, subject, Some("delivery"), move |_| {
                decided.fetch_add(1, Ordering::SeqCst);
                Decision { call: Some(made), ..Decision::default() }
            })
            .await
            .unwrap();
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    // What a transaction decided that could not commit is not counted here: none may have failed.
    assert_eq!(decided.load(Ordering::SeqCst), 1);
}

async fn one_external_id_at_several_gateways_is_one_appointment(db: Arc<Database>) {
    let stores = gateways(&db).await;
    let tasks = (0..60).map(|n| {
        let store = stores[n % GATEWAYS].clone();
        tokio::spawn(async move {
            let mut mine = appointment();
            mine.external_id = Some(format!("order-{}", n / 12));
            let advanced = advance(&store, new_subject(&mine), None, move |found| Decision {
                appointment: Some(found.appointment.unwrap_or(mine)),
                ..Decision::default()
            });
            advanced.await.unwrap().decision.appointment.unwrap().id
        })
    });
    let mut ids = HashSet::new();
    for task in tasks.collect::<Vec<_>>() {
        ids.insert(task.await.unwrap());
    }
    assert_eq!(ids.len(), 5);
}

/// Two appointments of one person on two gateways: the second contact sees the first.
async fn caps_hold_across_gateways(db: Arc<Database>) {
    let stores = gateways(&db).await;
    let tasks = (0..18).map(|n| {
        let store = stores[n % GATEWAYS].clone();
        tokio::spawn(async move {
            let booked = appointment();
            let place = effect(booked.id, PLACE, noon());
            let id = place.id;
            book(&store, &booked, vec![place]).await;
            let advanced = advance(&store, Subject::Effect(id), None, |found| {
                let known = found.ledger.contact.is_some();
                let begun = found.effect.filter(|_| found.ledger.recent.len() < 2).map(|mut effect| {
                    effect.state = EffectState::Started;
                    effect.started_at = Some(noon());
                    effect.reaches = Some(phone(123));
                    effect
                });
                let contact = Contact {
                    phone: phone(123),
                    language: None,
                    time_zone: None,
                    consent: Some(known),
                    opted_out: vec![],
                    heard: std::collections::BTreeMap::new(),
                    updated_at: noon(),
                };
                Decision { effect: begun, contact: Some(contact), ..Decision::default() }
            });
            advanced.await.unwrap().decision.effect.is_some()
        })
    });
    let mut begun = 0;
    for task in tasks.collect::<Vec<_>>() {
        begun += u32::from(task.await.unwrap());
    }
    assert_eq!(begun, 2);
}

/// Many sessions claim one call that is being placed, and the answer to the request for it comes, all at once.
/// Many appointments of one person, begun by several gateways at once: one rings, all others see it.
async fn nobody_is_rung_by_two_gateways_at_a_time(db: Arc<Database>) {
    let stores = gateways(&db).await;
    let tasks = (0..18).map(|n| {
        let store = stores[n % GATEWAYS].clone();
        tokio::spawn(async move {
            let booked = appointment();
            let place = effect(booked.id, PLACE, noon());
            let id = place.id;
            book(&store, &booked, vec![place]).await;
            let advanced = advance(&store, Subject::Effect(id), None, move |found| {
                let rings = found.ledger.live.is_empty();
                let begun = found
                    .effect
                    .filter(|_| rings)
                    .map(|effect| frontdesk_core::effect::Effect { state: EffectState::Started, ..effect });
                let call = begun.as_ref().map(|effect| Call {
                    to: phone(123),
                    effect_id: Some(effect.id),
                    appointment_id: Some(booked.id),
                    ..call()
                });
                Decision { effect: begun, call, ..Decision::default() }
            });
            advanced.await.unwrap().decision.call.is_some()
        })
    });
    let mut begun = 0;
    for task in tasks.collect::<Vec<_>>() {
        begun += u32::from(task.await.unwrap());
    }
    assert_eq!(begun, 1);
}

async fn a_call_takes_one_name_at_several_gateways(db: Arc<Database>) {
    let stores = gateways(&db).await;
    let open = call();
    ring(&stores[0], &open).await;
    let tasks = (0..60).map(|n: usize| {
        let (store, open) = (stores[n % GATEWAYS].clone(), open.clone());
        tokio::spawn(async move {
            let name = format!("s-{n}");
            let (from, to) = (open.from.clone(), open.to.clone());
            let rung = Rung { provider: open.provider.clone(), id: name.clone(), from, to, at: Some(noon()) };
            let subject = if n == 30 { ours(&open) } else { Subject::Rung(rung) };
            let advanced = advance(&store, subject, None, move |found| {
                let named = |call: Call| Call { provider_call_id: call.provider_call_id.or(Some(name)), ..call };
                Decision { call: found.call.map(named), ..Decision::default() }
            });
            advanced.await.unwrap().decision.call.map(|call| (n, call.provider_call_id))
        })
    });
    let mut found = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        found.extend(task.await.unwrap());
    }
    let name = stores[1].call(open.id).await.unwrap().unwrap().provider_call_id;
    assert!(found.iter().all(|(_, named)| *named == name), "{found:?}");
    let sessions: Vec<_> = found.iter().filter(|(n, _)| *n != 30).collect();
    assert!(sessions.len() <= 1 && (sessions.len() == 1 || name.as_deref() == Some("s-30")), "{found:?}");
}

async fn no_event_is_missed_by_a_reader_that_follows(db: Arc<Database>) {
    let stores = gateways(&db).await;
    let writers = (0..90).map(|n: usize| {
        let store = stores[n % GATEWAYS].clone();
        tokio::spawn(async move {
            for _ in 0..4 {
                let decision = Decision { events: vec![line("a"), line("b")], ..Decision::default() };
                advance(&store, ours(&call()), None, move |_| decision).await.unwrap();
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let mut seen = 0;
    let mut upto = 0;
    while seen < 720 {
        let done = writers.iter().all(tokio::task::JoinHandle::is_finished);
        let events = stores[0].events_after(upto, 50).await.unwrap();
        assert!(!(done && events.is_empty()), "only {seen} of 720 events were seen");
        seen += events.len();
        upto = events.last().map_or(upto, |event| event.seq);
    }
    assert_eq!(seen, 720);
}

async fn gateways_may_start_at_the_same_moment(db: Arc<Database>) {
    let tasks = (0..4).map(|_| {
        let db = Arc::clone(&db);
        tokio::spawn(async move { db.store().await.ping().await })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap().unwrap();
    }
}
