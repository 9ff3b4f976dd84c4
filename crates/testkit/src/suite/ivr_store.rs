//! The laws of [`IvrStore`]. Each takes a store of its own.

mod captures;
mod conversations;
mod laws;
mod lists;
mod live;
mod opt_outs;
mod rung;
mod slots;

pub use captures::*;
pub use conversations::*;
pub use laws::*;
pub use lists::*;
pub use live::*;
pub use opt_outs::*;
pub use rung::*;
pub use slots::*;

use crate::{BUSINESS, booking, moment};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm},
    effect::Effect,
    id::AppointmentId,
    machine::{Life, take},
    ports::{Advanced, Decision, IvrStore, Loaded, PortResult, Recorded, Subject, Withdrawal},
    rules::Policy,
};
use std::sync::{Arc, Mutex, PoisonError};

/// The time at which the laws are held.
fn noon() -> DateTime<Utc> {
    moment("2026-11-20T12:00:00Z")
}

/// A life that has just begun; `name` tells one from another.
fn life(name: &str) -> Life {
    let id = AppointmentId::derive(noon(), &["store suite", name]);
    take(&Policy::default(), id, booking(noon() + Duration::days(2), Confirm::Now), noon())
}

fn line(note: &str) -> Recorded {
    Recorded { kind: "noted".to_owned(), note: note.to_owned(), detail: serde_json::json!({ "n": 1 }) }
}

fn new_subject(appointment: &Appointment) -> Subject {
    Subject::New { business: BUSINESS.to_owned(), external_id: appointment.external_id.clone(), id: appointment.id }
}

async fn advance(
    store: &dyn IvrStore,
    subject: Subject,
    once: Option<&str>,
    decide: impl FnOnce(Loaded) -> Decision + Send + 'static,
) -> PortResult<Advanced> {
    store.advance(subject, once.map(str::to_owned), noon(), Box::new(decide)).await
}

async fn book(store: &dyn IvrStore, name: &str) -> (Appointment, Vec<Effect>) {
    let Life { appointment, effects, .. } = life(name);
    let decision = Decision {
        appointment: Some(appointment.clone()),
        effects: effects.clone(),
        events: vec![line("taken")],
        ..Decision::default()
    };
    advance(store, new_subject(&appointment), None, move |_| decision).await.expect("it is taken in");
    (appointment, effects)
}

/// What a decision about this subject is shown.
async fn look(store: &dyn IvrStore, subject: Subject) -> Loaded {
    let seen = Arc::new(Mutex::new(None));
    let inside = Arc::clone(&seen);
    let look = move |loaded| {
        *inside.lock().unwrap_or_else(PoisonError::into_inner) = Some(loaded);
        Decision::default()
    };
    advance(store, subject, None, look).await.expect("the store answers");
    seen.lock().unwrap_or_else(PoisonError::into_inner).take().expect("a decision was asked for")
}

fn withdrawal(appointment: &Appointment) -> Withdrawal {
    Withdrawal { appointment_id: appointment.id, reason: "confirmed by SMS".to_owned() }
}
