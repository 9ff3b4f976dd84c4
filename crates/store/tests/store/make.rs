//! Values for the laws.

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm, Customer, Status},
    call::{Call, CallRef, CallState, Direction, Walk},
    effect::{Action, Channel, Effect, Message},
    event::Wake,
    id::{AppointmentId, CallId, EffectId},
    personal::{Email, PersonName, Phone},
    ports::{Advanced, Decision, IvrStore, Loaded, PortResult, Recorded, Subject},
    reply::{Reply, Verb},
    speech::Language,
};
use frontdesk_store::Store;
use uuid::Uuid;

/// A fixed time for decisions.
pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_790_000_000_123).unwrap()
}

pub(crate) fn phone(n: u32) -> Phone {
    Phone::parse(&format!("+1415555{n:04}"), None).unwrap()
}

pub(crate) fn appointment() -> Appointment {
    Appointment {
        id: AppointmentId(Uuid::now_v7()),
        external_id: None,
        business: "clinic".to_owned(),
        business_name: None,
        customer: Customer {
            name: PersonName::parse("Ana Lim").unwrap(),
            phone: phone(123),
            email: Some(Email::parse("ana@example.com").unwrap()),
            language: None,
            time_zone: None,
        },
        starts_at: noon() + TimeDelta::days(1),
        duration_minutes: 30,
        service: Some("cleaning".to_owned()),
        notes: None,
        status: Status::Scheduled,
        confirm: Confirm::Policy,
        round: 0,
        tries: 0,
        voice_closed: false,
        rung: None,
        ask_until: noon(),
        live_call: None,
        voicemail_left: false,
        wrote: None,
        invited: false,
        answer: None,
        reason: None,
        revision: 0,
        created_at: noon(),
        updated_at: noon(),
    }
}

pub(crate) fn call() -> Call {
    Call {
        id: CallId(Uuid::now_v7()),
        appointment_id: None,
        effect_id: None,
        round: 0,
        business: "clinic".to_owned(),
        provider: "sandbox".to_owned(),
        provider_call_id: None,
        direction: Direction::Outbound,
        from: phone(100),
        to: phone(123),
        flow: "confirm".to_owned(),
        language: Language::En,
        state: CallState::Queued,
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
    }
}

pub(crate) fn effect(appointment: AppointmentId, action: Action, due_at: DateTime<Utc>) -> Effect {
    let id = EffectId(Uuid::now_v7());
    Effect::planned(id, Some(appointment), action, due_at, noon())
}

pub(crate) const PLACE: Action = Action::Call { try_no: 1 };
pub(crate) const ASK: Action = Action::Notify { channel: Channel::Sms, message: Message::AskToConfirm };
pub(crate) const THANK: Action = Action::Notify { channel: Channel::Sms, message: Message::Confirmed };
pub(crate) const LADDER: Action = Action::Wake { reason: Wake::LadderEnd };
pub(crate) const OVER: Action = Action::Wake { reason: Wake::Over };

pub(crate) fn say(text: &str) -> Reply {
    Reply(vec![Verb::Say { text: text.to_owned(), language: Language::En }])
}

pub(crate) fn line(note: &str) -> Recorded {
    Recorded { kind: "noted".to_owned(), note: note.to_owned(), detail: serde_json::json!({ "n": 1 }) }
}

pub(crate) fn new_subject(appointment: &Appointment) -> Subject {
    Subject::New {
        business: appointment.business.clone(),
        external_id: appointment.external_id.clone(),
        id: appointment.id,
    }
}

/// Advances at noon.
pub(crate) async fn advance(
    store: &Store,
    subject: Subject,
    once: Option<&str>,
    decide: impl FnOnce(Loaded) -> Decision + Send + 'static,
) -> PortResult<Advanced> {
    store.advance(subject, once.map(str::to_owned), noon(), Box::new(decide)).await
}

/// Takes an appointment in, with these effects.
pub(crate) async fn book(store: &Store, appointment: &Appointment, effects: Vec<Effect>) {
    let decision = Decision { appointment: Some(appointment.clone()), effects, ..Decision::default() };
    advance(store, new_subject(appointment), None, move |_| decision).await.unwrap();
}

/// Writes a call as it is.
pub(crate) async fn ring(store: &Store, call: &Call) {
    let decision = Decision { call: Some(call.clone()), ..Decision::default() };
    advance(store, ours(call), None, move |_| decision).await.unwrap();
}

pub(crate) fn ours(call: &Call) -> Subject {
    Subject::Call(CallRef::Ours(call.id))
}

pub(crate) fn theirs(id: &str) -> Subject {
    Subject::Call(CallRef::Theirs { provider: "sandbox".to_owned(), id: id.to_owned() })
}

/// What the store shows a decision about this subject.
pub(crate) async fn look(store: &Store, subject: Subject) -> Loaded {
    let (tell, told) = std::sync::mpsc::channel();
    advance(store, subject, None, move |found| {
        tell.send(found).unwrap();
        Decision::default()
    })
    .await
    .unwrap();
    told.recv().unwrap()
}
