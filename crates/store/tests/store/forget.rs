//! Forgetting a person.

use crate::{database::Database, make::*, on_both};
use chrono::TimeDelta;
use frontdesk_core::{
    appointment::{Appointment, Status},
    booking::{Collected, Wish},
    effect::{Action, Channel, EffectState},
    id::AppointmentId,
    personal::{Email, PersonName, Phone, RecordingLink, Said},
    ports::{Contact, Decision, DeskStore, IvrStore, Subject},
};
use std::{path::Path, process::Command, sync::Arc};
use uuid::Uuid;

on_both!(
    forget_leaves_no_trace,
    forgetting_does_not_undo_an_opt_out,
    forgetting_one_leaves_the_others,
    a_forgotten_persons_appointment_ends,
    a_forgotten_external_id_is_free,
    no_writer_remembers_anybody_who_was_forgotten,
);

const NAME: &str = "Wilhelmina Quackenbush";
const MAIL: &str = "wilhelmina@quackenbush.example";
const LINK: &str = "https://carrier.example/recordings/REmarmalade";
const SAID: &str = "the day of the walrus";
const LEFT: &str = "the carpenter has wept";
const NOTE: &str = "prefers the marmalade room";

async fn forget_leaves_no_trace(db: Arc<Database>) {
    let store = db.store().await;
    let who = phone(177);
    let mut booked = appointment();
    booked.customer.phone = who.clone();
    booked.customer.name = PersonName::parse(NAME).unwrap();
    booked.customer.email = Some(Email::parse(MAIL).unwrap());
    booked.notes = Some(NOTE.to_owned());
    let mut past = effect(booked.id, ASK, noon());
    past.state = EffectState::Done;
    past.reaches = Some(who.clone());
    past.started_at = Some(noon());
    let waiting = effect(booked.id, PLACE, noon() + TimeDelta::days(3));
    let calendar = effect(booked.id, Action::Calendar { revision: 1 }, noon() + TimeDelta::days(3));
    book(&store, &booked, vec![past.clone(), waiting.clone(), calendar.clone()]).await;
    let mut rung = call();
    rung.to = who.clone();
    rung.appointment_id = Some(booked.id);
    rung.recording = Some(RecordingLink::parse(LINK).unwrap());
    rung.transcript = Said::new(LEFT, 160);
    rung.collected = Some(Box::new(Collected {
        wish: Wish::Book,
        name: Some(PersonName::parse(NAME).unwrap()),
        email: Some(Email::parse(MAIL).unwrap()),
        number: None,
        told: Said::new(SAID, 160),
        service: None,
        summary: Said::new(NOTE, 160),
        refused: None,
    }));
    for n in 0..30 {
        // Every version of a row is somewhere in the file until it is overwritten.
        rung.walk.turn = n;
        booked.tries = n;
        let contact = Contact {
            phone: who.clone(),
            language: None,
            time_zone: None,
            consent: Some(true),
            opted_out: vec![],
            heard: std::collections::BTreeMap::new(),
            updated_at: noon(),
        };
        let decision = Decision {
            call: Some(rung.clone()),
            appointment: Some(booked.clone()),
            contact: Some(contact),
            reply: say(&format!("Hello {NAME}")),
            ..Decision::default()
        };
        advance(&store, ours(&rung), Some(&format!("once {n}")), move |_| decision).await.unwrap();
    }
    store.claim("key", [1; 32], noon()).await.unwrap();
    store.answer("key", 201, &format!("{{\"phone\":\"{}\"}}", who.reveal()), noon()).await.unwrap();

    assert_eq!(store.forget(&who, noon() + TimeDelta::hours(1)).await.unwrap(), [booked.id]);

    let left = store.appointment(booked.id).await.unwrap().unwrap();
    assert_eq!(left.customer.name.reveal(), "Forgotten");
    assert_eq!((left.customer.email, left.notes), (None, None));
    assert_eq!(left.updated_at, noon() + TimeDelta::hours(1));
    assert_eq!(store.effect(waiting.id).await.unwrap().unwrap().state, EffectState::Skipped);
    assert_eq!(store.effect(past.id).await.unwrap().unwrap().state, EffectState::Done);
    assert_eq!(store.effect(calendar.id).await.unwrap(), Some(calendar));
    assert_eq!(store.contact(&who).await.unwrap(), None);
    assert!(store.call(rung.id).await.unwrap().is_some());
    assert!(advance(&store, ours(&rung), Some("once 3"), |_| Decision::default()).await.unwrap().repeated);

    store.close().await;
    let dump = dump(&db).await;
    for trace in [NAME, "wilhelmina", MAIL, NOTE, SAID, LEFT, LINK, who.reveal()] {
        let bytes = trace.as_bytes();
        let found = dump.windows(bytes.len()).any(|window| window.eq_ignore_ascii_case(bytes));
        assert!(!found, "{trace} is still there");
    }
}

/// The raw database file and what lies beside it; on PostgreSQL a dump, whose storage is the administrator's.
async fn dump(db: &Database) -> Vec<u8> {
    if db.is_sqlite() {
        let folder = db.file();
        let folder = folder.parent().unwrap_or(Path::new("."));
        let files = std::fs::read_dir(folder).unwrap();
        return files.flat_map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
    }
    let dumped = Command::new("pg_dump").arg("--dbname").arg(&db.url).output().unwrap();
    assert!(dumped.status.success(), "pg_dump must come with PostgreSQL");
    dumped.stdout
}

async fn forgetting_does_not_undo_an_opt_out(db: Arc<Database>) {
    let store = db.store().await;
    let who = phone(178);
    let contact = Contact {
        phone: who.clone(),
        language: None,
        time_zone: None,
        consent: None,
        opted_out: vec![Channel::Sms],
        heard: std::collections::BTreeMap::new(),
        updated_at: noon(),
    };
    let person = Subject::Person { phone: who.clone(), business: None };
    let decision = Decision { contact: Some(contact), ..Decision::default() };
    advance(&store, person.clone(), None, move |_| decision).await.unwrap();
    let forgotten_at = noon() + TimeDelta::hours(1);
    store.forget(&who, forgotten_at).await.unwrap();
    let known = look(&store, person).await.ledger.contact.unwrap();
    assert_eq!((known.consent, known.updated_at), (Some(false), forgotten_at));
    assert_eq!(known.opted_out, [Channel::Voice, Channel::Sms, Channel::Whatsapp, Channel::Email]);
    assert_eq!(store.contact(&who).await.unwrap(), Some(known));
}

async fn forgetting_one_leaves_the_others(db: Arc<Database>) {
    let store = db.store().await;
    let booked = appointment();
    let place = effect(booked.id, PLACE, noon());
    book(&store, &booked, vec![place.clone()]).await;
    assert_eq!(store.forget(&phone(199), noon()).await.unwrap(), []);
    assert_eq!(store.appointment(booked.id).await.unwrap(), Some(booked));
    assert_eq!(store.effect(place.id).await.unwrap(), Some(place));
}

async fn a_forgotten_persons_appointment_ends(db: Arc<Database>) {
    let store = db.store().await;
    let booked = appointment();
    let later = noon() + TimeDelta::days(1);
    let timers = [effect(booked.id, OVER, later), effect(booked.id, LADDER, later)];
    let reaching = [effect(booked.id, PLACE, later), effect(booked.id, ASK, later), effect(booked.id, THANK, later)];
    let calendar = effect(booked.id, Action::Calendar { revision: 1 }, later);
    book(&store, &booked, [&timers[..], &reaching[..], std::slice::from_ref(&calendar)].concat()).await;
    store.forget(&booked.customer.phone, noon()).await.unwrap();
    for kept in timers.into_iter().chain([calendar]) {
        assert_eq!(store.effect(kept.id).await.unwrap(), Some(kept));
    }
    for stopped in reaching {
        assert_eq!(store.effect(stopped.id).await.unwrap().unwrap().state, EffectState::Skipped);
    }
    let left = store.appointment(booked.id).await.unwrap().unwrap();
    assert_eq!(left.customer.phone, Phone::forgotten());
    // The timer finds it, and ends it.
    let over = Appointment { status: Status::Completed, ..left };
    let decision = Decision { appointment: Some(over.clone()), ..Decision::default() };
    advance(&store, Subject::Appointment(booked.id), None, move |_| decision).await.unwrap();
    assert_eq!(store.appointment(booked.id).await.unwrap(), Some(over));
    // Nobody can have everybody's number forgotten a second time.
    assert_eq!(store.forget(&Phone::forgotten(), noon()).await.unwrap(), []);
}

async fn no_writer_remembers_anybody_who_was_forgotten(db: Arc<Database>) {
    let store = db.store().await;
    // Enough of them to go to every writer there is.
    for _ in 0..32 {
        book(&store, &appointment(), vec![]).await;
    }
    // What a writer remembers is counted when its batch is answered, or a moment later.
    look(&store, Subject::Person { phone: phone(123), business: None }).await;
    assert!(store.remembered() > 16, "{}", store.remembered());
    store.forget(&phone(123), noon()).await.unwrap();
    assert_eq!(store.remembered(), 0);
}

async fn a_forgotten_external_id_is_free(db: Arc<Database>) {
    let store = db.store().await;
    let first = Appointment { external_id: Some("booking 7".to_owned()), ..appointment() };
    book(&store, &first, vec![]).await;
    store.forget(&first.customer.phone, noon()).await.unwrap();
    assert_eq!(store.appointment(first.id).await.unwrap().unwrap().external_id, None);
    let second = Appointment { id: AppointmentId(Uuid::now_v7()), ..first.clone() };
    assert_eq!(look(&store, new_subject(&second)).await.appointment, None);
    book(&store, &second, vec![]).await;
    assert_eq!(store.appointment(second.id).await.unwrap(), Some(second));
    assert_eq!(store.appointment(first.id).await.unwrap().unwrap().external_id, None);
}
