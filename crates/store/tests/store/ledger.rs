//! What is known about people.

use crate::{database::Database, make::*, on_both};
use chrono::TimeDelta;
use frontdesk_core::{
    appointment::Status,
    effect::{Channel, EffectState},
    ports::{Contact, Decision, IvrStore, Subject},
};
use std::sync::Arc;

on_both!(
    recent_contacts_are_those_of_seven_days,
    a_contact_begun_counts_for_the_next_decision,
    an_opt_out_is_seen_by_every_later_decision,
    a_person_means_the_appointment_they_are_asked_about,
    many_messages_of_one_person_are_decided_one_after_the_other,
);

async fn recent_contacts_are_those_of_seven_days(db: Arc<Database>) {
    let store = db.store().await;
    let booked = appointment();
    let mut effects = Vec::new();
    for (action, days) in [(PLACE, 8), (PLACE, 6), (ASK, 1), (OVER, 1)] {
        let mut past = effect(booked.id, action, noon());
        past.state = EffectState::Done;
        past.started_at = Some(noon() - TimeDelta::days(days));
        past.reaches = Some(phone(123));
        effects.push(past);
    }
    book(&store, &booked, effects).await;
    let expected = [(Channel::Voice, noon() - TimeDelta::days(6)), (Channel::Sms, noon() - TimeDelta::days(1))];
    for subject in [Subject::Appointment(booked.id), Subject::Person { phone: phone(123), business: None }] {
        assert_eq!(look(&store, subject).await.ledger.recent, expected);
    }
}

/// Two appointments of one person, everything at once, a cap of three contacts: never a fourth.
async fn a_contact_begun_counts_for_the_next_decision(db: Arc<Database>) {
    let store = db.store().await;
    let mut tasks = Vec::new();
    for _ in 0..20 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let booked = appointment();
            let place = effect(booked.id, PLACE, noon());
            let id = place.id;
            book(&store, &booked, vec![place]).await;
            advance(&store, Subject::Effect(id), None, |found| {
                let begun = found.effect.filter(|_| found.ledger.recent.len() < 3).map(|mut effect| {
                    effect.state = EffectState::Started;
                    effect.started_at = Some(noon());
                    effect.reaches = Some(phone(123));
                    effect
                });
                Decision { effect: begun, ..Decision::default() }
            })
            .await
            .unwrap()
            .decision
            .effect
            .is_some()
        }));
    }
    let mut begun = 0;
    for task in tasks {
        begun += u32::from(task.await.unwrap());
    }
    assert_eq!(begun, 3);
}

async fn an_opt_out_is_seen_by_every_later_decision(db: Arc<Database>) {
    let store = db.store().await;
    let booked = appointment();
    book(&store, &booked, vec![]).await;
    let contact = Contact {
        phone: phone(123),
        language: None,
        time_zone: None,
        consent: None,
        opted_out: vec![Channel::Sms],
        heard: std::collections::BTreeMap::new(),
        updated_at: noon(),
    };
    let decision = Decision { contact: Some(contact.clone()), ..Decision::default() };
    advance(&store, Subject::Person { phone: phone(123), business: None }, None, move |_| decision).await.unwrap();
    assert_eq!(store.contact(&phone(123)).await.unwrap().as_ref(), Some(&contact));
    assert_eq!(store.contact(&phone(124)).await.unwrap(), None);
    assert_eq!(look(&store, Subject::Appointment(booked.id)).await.ledger.contact, Some(contact));
}

async fn a_person_means_the_appointment_they_are_asked_about(db: Arc<Database>) {
    let store = db.store().await;
    let person = |business: Option<&str>| Subject::Person { phone: phone(123), business: business.map(str::to_owned) };
    assert_eq!(look(&store, person(None)).await.appointment, None);
    let mut ids = Vec::new();
    // Each one is meant before all those above it.
    for (status, days, business) in [
        (Status::Completed, -9, "clinic"),
        (Status::Cancelled, 1, "clinic"),
        (Status::Confirmed, 5, "clinic"),
        (Status::Scheduled, 4, "clinic"),
        (Status::Confirming, 8, "clinic"),
        (Status::Confirming, 7, "spa"),
    ] {
        let mut booked = appointment();
        booked.status = status;
        booked.starts_at = noon() + TimeDelta::days(days);
        booked.created_at = noon() + TimeDelta::minutes(ids.len() as i64);
        booked.business = business.to_owned();
        book(&store, &booked, vec![]).await;
        assert_eq!(look(&store, person(None)).await.appointment.unwrap().id, booked.id, "{status:?}");
        ids.push(booked.id);
    }
    assert_eq!(look(&store, person(Some("clinic"))).await.appointment.unwrap().id, ids[4]);
    assert_eq!(look(&store, person(Some("other"))).await.appointment, None);
}

async fn many_messages_of_one_person_are_decided_one_after_the_other(db: Arc<Database>) {
    let store = db.store().await;
    let booked = appointment();
    book(&store, &booked, vec![]).await;
    let tasks = (0..40).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            let person = Subject::Person { phone: phone(123), business: None };
            advance(&store, person, None, |found| {
                let mut appointment = found.appointment.unwrap();
                appointment.revision += 1;
                Decision { appointment: Some(appointment), ..Decision::default() }
            })
            .await
            .unwrap();
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(store.appointment(booked.id).await.unwrap().unwrap().revision, 40);
}
