//! The laws of conversations that are told at the same moment, as the engine decides about them on a store.

use super::{advance, look, new_subject, noon};
use crate::{BUSINESS, Clock, booking, phone, rules};
use chrono::Duration;
use frontdesk_core::{
    appointment::{Appointment, Confirm, Status},
    booking::{Booking, Wish},
    engine::{Engine, Ports, Taken},
    id::AppointmentId,
    machine::take,
    personal::{PersonName, RawNumber},
    ports::{AppointmentFilter, Decision, IvrStore, NewSlot, Subject},
    rules::Policy,
    speech::When,
};
use std::sync::Arc;

/// So many conversations are told at a time.
const AT_ONCE: usize = 12;

fn told(n: usize, number: &str, when: &str) -> Booking {
    Booking {
        call: None,
        key: format!("agent:{n}"),
        by_words: false,
        conversation: format!("{n}"),
        called: None,
        business: Some(BUSINESS.to_owned()),
        phone: RawNumber::new(number),
        name: PersonName::parse("Ana Lim").ok(),
        email: None,
        when: When::read(when),
        told: None,
        wish: Wish::Book,
        service: None,
        summary: None,
        language: None,
        at: None,
        seconds: None,
    }
}

fn engine(store: &Arc<dyn IvrStore>) -> Engine {
    Engine::new(Arc::new(rules()), Arc::clone(store), Ports::default(), Clock::at(noon()).world())
}

/// Tells all of them at the same moment.
async fn tell(engine: &Engine, bookings: Vec<Booking>) -> Vec<Taken> {
    let tasks: Vec<_> = bookings
        .into_iter()
        .map(|booking| {
            let engine = engine.clone();
            tokio::spawn(async move { engine.take("agent", booking).await.expect("the store answers") })
        })
        .collect();
    let mut taken = Vec::new();
    for task in tasks {
        taken.push(task.await.expect("no task panics"));
    }
    taken
}

async fn all(store: &dyn IvrStore) -> Vec<Appointment> {
    let filter = AppointmentFilter { limit: 500, ..AppointmentFilter::default() };
    store.appointments(filter).await.expect("the store answers").items
}

/// An appointment to be is shown with the one that has its name, else with the one that its person has at its very time, and
/// with whatever takes that time.
///
/// # Panics
/// See [`super::repeat_decides_nothing_and_replies_alike`].
pub async fn a_new_one_is_shown_with_what_its_person_has_and_what_takes_its_time(store: Arc<dyn IvrStore>) {
    let at = noon() + Duration::days(3);
    let visit = |name: &str, number: &str, status| {
        let id = AppointmentId::derive(noon(), &["conversations", name]);
        let mut new = booking(at, Confirm::None);
        new.customer.phone = phone(number);
        new.external_id = Some(name.to_owned());
        Appointment { status, ..take(&Policy::default(), id, new, noon()).appointment }
    };
    let hers = visit("hers", "+15005550101", Status::Scheduled);
    let gone = visit("gone", "+15005550102", Status::Cancelled);
    for appointment in [&hers, &gone] {
        let decision = Decision { appointment: Some(appointment.clone()), ..Decision::default() };
        advance(&*store, new_subject(appointment), None, move |_| decision).await.expect("it is taken in");
    }
    let asked = |name: &str, number: &str, minutes: i64| NewSlot {
        business: BUSINESS.to_owned(),
        external_id: Some(name.to_owned()),
        id: AppointmentId::derive(noon(), &["conversations", "to be"]),
        phone: phone(number),
        starts_at: at + Duration::minutes(minutes),
        time: frontdesk_core::ports::Busy {
            from: at + Duration::minutes(minutes),
            to: at + Duration::minutes(minutes + 30),
        },
        call: None,
    };
    for (new, there, taken) in [
        (asked("new", "+15005550101", 0), Some(hers.id), true),
        (asked("new", "+15005550102", 0), None, true),
        (asked("new", "+15005550101", 10), None, true),
        (asked("new", "+15005550101", 30), None, false),
        (asked("gone", "+15005550101", 0), Some(gone.id), true),
        (NewSlot { business: "elsewhere".to_owned(), ..asked("new", "+15005550101", 0) }, None, false),
    ] {
        let loaded = look(&*store, Subject::NewSlot(new.clone())).await;
        assert_eq!(loaded.appointment.map(|it| it.id), there, "{new:?}");
        assert_eq!(loaded.taken.iter().any(|it| it.appointment == hers.id), taken, "{new:?}");
        assert!(loaded.taken.iter().all(|it| it.appointment != gone.id));
    }
}

/// However many people tell their agents the same time at the same moment, one of them gets it, and the others are put
/// before the desk.
///
/// # Panics
/// See [`super::repeat_decides_nothing_and_replies_alike`].
pub async fn of_many_conversations_about_one_time_one_takes_it(store: Arc<dyn IvrStore>) {
    let engine = engine(&store);
    for round in 0..3 {
        let when = format!("2026-11-2{}T15:00:00", 3 + round);
        // Some of them a quarter of an hour later: a part of a time is enough to be in the way.
        let later = when.replace(":00:00", ":15:00");
        let told = (0..AT_ONCE).map(|n| {
            let when = if n % 3 == 0 { &later } else { &when };
            told(round * AT_ONCE + n, &format!("+15005551{n:03}"), when)
        });
        let taken = tell(&engine, told.collect()).await;
        assert_eq!(taken.iter().filter(|it| it.appointment.is_some()).count(), 1, "{taken:?}");
        for refused in taken.iter().filter_map(|it| it.refused.as_deref()) {
            assert!(refused.contains("is taken"), "{refused}");
        }
        assert_eq!(all(&*store).await.len(), round + 1);
    }
}

/// However many conversations of one person about the same time are told at the same moment, they are one appointment, and
/// each is told of it.
///
/// # Panics
/// See [`super::repeat_decides_nothing_and_replies_alike`].
pub async fn many_conversations_of_one_person_about_one_time_are_one_appointment(store: Arc<dyn IvrStore>) {
    let told = (0..AT_ONCE).map(|n| told(n, "+15005550101", "2026-11-23T15:00:00"));
    let taken = tell(&engine(&store), told.collect()).await;
    let there = all(&*store).await;
    assert_eq!(there.len(), 1, "{there:?}");
    for told in taken {
        assert_eq!((told.appointment.map(|it| it.id), told.refused), (Some(there[0].id), None));
    }
}
