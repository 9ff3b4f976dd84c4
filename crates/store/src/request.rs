//! A caller's wish, waiting for the writer.

use crate::rows;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    call::CallRef,
    personal::Phone,
    ports::{Advanced, Decide, Loaded, NewSlot, PortResult, Rung, Subject},
};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Mutex,
};
use tokio::sync::oneshot;

/// One `advance`.
pub(crate) struct Request {
    pub(crate) subject: Subject,
    pub(crate) once: Option<String>,
    pub(crate) now: DateTime<Utc>,
    /// Taken when it decides. The lock is never contended: it lets others look at the request meanwhile.
    pub(crate) decide: Mutex<Option<Decide>>,
    pub(crate) answer: oneshot::Sender<PortResult<Advanced>>,
    /// How often it was put off to the next batch.
    pub(crate) put_off: u32,
}

impl Request {
    /// Which batcher takes it: the same subject always the same one, so that a burst about one call is one batch.
    pub(crate) fn route(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        match &self.subject {
            Subject::Call(call) => call.hash(&mut hasher),
            Subject::Rung(rung) => rung.name().hash(&mut hasher),
            Subject::Appointment(id)
            | Subject::Slot { appointment: id, .. }
            | Subject::New { external_id: None, id, .. } => id.hash(&mut hasher),
            Subject::New { business, external_id, .. } => (business, external_id).hash(&mut hasher),
            // Whoever wants a time there waits for each other in any case.
            Subject::NewSlot(new) => new.business.hash(&mut hasher),
            Subject::Effect(id) => id.hash(&mut hasher),
            Subject::Person { phone, .. } => phone.hash(&mut hasher),
        }
        hasher.finish()
    }

    /// Whether a key holds the character NUL, which no database keeps.
    pub(crate) fn unkeepable(&self) -> bool {
        let nul = |text: &String| text.contains('\0');
        let subject = match &self.subject {
            Subject::Call(CallRef::Theirs { provider, id }) | Subject::Rung(Rung { provider, id, .. }) => {
                nul(provider) || nul(id)
            }
            Subject::New { business, external_id, .. } | Subject::NewSlot(NewSlot { business, external_id, .. }) => {
                nul(business) || external_id.as_ref().is_some_and(nul)
            }
            Subject::Person { business, .. } => business.as_ref().is_some_and(nul),
            Subject::Call(CallRef::Ours(_)) | Subject::Appointment(_) | Subject::Slot { .. } | Subject::Effect(_) => {
                false
            }
        };
        subject || self.once.as_ref().is_some_and(nul)
    }

    /// Everything this decision reads and may write, as keys to be locked where several gateways share a database.
    ///
    /// A call, an effect, a person and an appointment can all lead to the same appointment, so what was found counts,
    /// not how it was asked for. The person is among them because contact caps and opt-outs hold across appointments,
    /// and the `once` key because the same delivery may name its call once by our id and once by the carrier's.
    /// What is not there yet is locked by the name under which it would be made.
    pub(crate) fn locks(&self, found: &Loaded) -> Vec<String> {
        let mut keys = Vec::with_capacity(8);
        if let Some(once) = &self.once {
            keys.push(format!("once {once}"));
        }
        let times = |business: &str| format!("times {business}");
        let person = |phone: &Phone| format!("person {}", phone.reveal());
        match &self.subject {
            Subject::Call(CallRef::Ours(id)) => keys.push(format!("call {id}")),
            Subject::Call(CallRef::Theirs { provider, id }) => keys.push(format!("theirs {provider} {id}")),
            // Whoever makes, names or ends a call with this person holds their key as well, so that which call it may be
            // stays as it was found.
            Subject::Rung(Rung { provider, id, to, .. }) => {
                keys.extend([format!("theirs {provider} {id}"), person(to)]);
            }
            // Whoever may move an appointment, or take one in, changes what is free at its business.
            Subject::Appointment(id) | Subject::Slot { appointment: id, .. } => {
                keys.push(format!("appointment {id}"));
                keys.extend(found.appointment.iter().map(|appointment| times(&appointment.business)));
            }
            Subject::New { business, external_id, id } => {
                keys.push(format!("appointment {id}"));
                keys.push(times(business));
                keys.extend(external_id.iter().map(|external| format!("external {business} {external}")));
            }
            Subject::NewSlot(NewSlot { business, external_id, id, phone, .. }) => {
                keys.extend([format!("appointment {id}"), times(business), person(phone)]);
                keys.extend(external_id.iter().map(|external| format!("external {business} {external}")));
            }
            Subject::Effect(id) => keys.push(format!("effect {id}")),
            Subject::Person { phone, .. } => keys.push(person(phone)),
        }
        if let Some(call) = &found.call {
            keys.extend([format!("call {}", call.id), person(rows::party(call))]);
        }
        if let Some(appointment) = &found.appointment {
            keys.extend([format!("appointment {}", appointment.id), person(&appointment.customer.phone)]);
        }
        if let Some(effect) = &found.effect {
            keys.push(format!("effect {}", effect.id));
            keys.extend(effect.reaches.iter().map(person));
        }
        keys
    }
}
