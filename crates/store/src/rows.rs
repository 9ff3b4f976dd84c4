//! Values on their way into rows: one JSON array of arrays a table.

use chrono::{DateTime, SecondsFormat, Utc};
use frontdesk_core::{
    appointment::Appointment,
    call::{Call, Direction},
    effect::{Channel, Effect, EffectState},
    id::{AppointmentId, CallId, EffectId},
    personal::Phone,
    ports::{Contact, Recorded},
    reply::Reply,
};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::fmt::Simple;

/// Rows as the one parameter of a set-wise statement.
#[derive(Debug, Default)]
pub(crate) struct Rows(Vec<u8>);

impl Rows {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a row, a tuple. Neither database keeps the character NUL within text, so it is dropped.
    pub(crate) fn push(&mut self, row: &impl Serialize) -> serde_json::Result<()> {
        self.0.push(if self.0.is_empty() { b'[' } else { b',' });
        let from = self.0.len();
        serde_json::to_writer(&mut self.0, row)?;
        if self.0[from..].windows(6).any(|six| six == b"\\u0000") {
            let mut value: Value = serde_json::from_slice(&self.0[from..])?;
            drop_nul(&mut value);
            self.0.truncate(from);
            serde_json::to_writer(&mut self.0, &value)?;
        }
        Ok(())
    }

    pub(crate) fn of<R: Serialize>(rows: impl IntoIterator<Item = R>) -> serde_json::Result<Self> {
        let mut all = Self::default();
        for row in rows {
            all.push(&row)?;
        }
        Ok(all)
    }

    /// The parameter.
    pub(crate) fn text(mut self) -> String {
        self.0.extend_from_slice(if self.0.is_empty() { b"[]" } else { b"]" });
        // serde_json writes UTF-8 only, so nothing is ever replaced here.
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

fn drop_nul(value: &mut Value) {
    match value {
        Value::String(text) => text.retain(|c| c != '\0'),
        Value::Array(items) => items.iter_mut().for_each(drop_nul),
        Value::Object(fields) => {
            *fields = std::mem::take(fields)
                .into_iter()
                .map(|(key, mut value)| {
                    drop_nul(&mut value);
                    (key.replace('\0', ""), value)
                })
                .collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A time as its column holds it.
pub(crate) fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

/// A time as a column holds it, back again; years a column cannot hold are taken for the epoch.
pub(crate) fn time(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

/// A time as a `doc` spells it.
pub(crate) fn spelt(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A time as River's columns take it.
pub(crate) fn job_time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

pub(crate) fn call_key(id: CallId) -> Simple {
    id.0.simple()
}

pub(crate) fn appointment_key(id: AppointmentId) -> Simple {
    id.0.simple()
}

pub(crate) fn effect_key(id: EffectId) -> Simple {
    id.0.simple()
}

/// Whom a call is with.
pub(crate) fn party(call: &Call) -> &Phone {
    match call.direction {
        Direction::Outbound => &call.to,
        Direction::Inbound => &call.from,
    }
}

/// What is kept of a number that must not be contacted any more, once the person is forgotten.
pub(crate) fn phone_hash(phone: &Phone) -> String {
    hex::encode(Sha256::digest(format!("frontdesk suppressed {}", phone.reveal())))
}

/// The words an appointment is found by.
fn search(appointment: &Appointment) -> String {
    let customer = &appointment.customer;
    let external = appointment.external_id.as_deref().unwrap_or_default();
    let service = appointment.service.as_deref().unwrap_or_default();
    format!("{} {} {external} {service}", customer.name.reveal(), customer.phone.reveal()).to_lowercase()
}

/// A row of `calls`; `provider_call_id` is given apart, because another call may own it.
pub(crate) fn call_row(rows: &mut Rows, call: &Call, provider_call_id: Option<&str>) -> serde_json::Result<()> {
    rows.push(&(
        call_key(call.id),
        &call.provider,
        provider_call_id,
        call.appointment_id.map(appointment_key),
        call.effect_id.map(effect_key),
        &call.business,
        party(call),
        call.state.as_str(),
        call.outcome.map(|outcome| outcome.as_str()),
        millis(call.created_at),
        millis(call.updated_at),
        call,
    ))
}

pub(crate) fn appointment_row(rows: &mut Rows, appointment: &Appointment) -> serde_json::Result<()> {
    rows.push(&(
        appointment_key(appointment.id),
        &appointment.business,
        &appointment.external_id,
        &appointment.customer.phone,
        appointment.status.as_str(),
        millis(appointment.starts_at),
        millis(appointment.created_at),
        millis(appointment.updated_at),
        search(appointment),
        appointment,
    ))
}

/// A time that does not come: the end of the year 9999, in milliseconds.
const NEVER: i64 = 253_402_300_799_000;

pub(crate) fn effect_row(rows: &mut Rows, effect: &Effect) -> serde_json::Result<()> {
    // An uncertain effect that was looked up in vain is a person's business: never due, so that no sweep finds it.
    let given_up = effect.state == EffectState::Uncertain && !effect.wants_job();
    rows.push(&(
        effect_key(effect.id),
        effect.appointment_id.map(appointment_key),
        effect.call_id.map(call_key),
        effect.action.kind(),
        effect.state.as_str(),
        i64::from(effect.withdrawable()),
        if given_up { NEVER } else { millis(effect.due_at) },
        &effect.reaches,
        effect.started_at.map(millis),
        millis(effect.created_at),
        effect,
    ))
}

pub(crate) fn contact_row(rows: &mut Rows, contact: &Contact) -> serde_json::Result<()> {
    rows.push(&(&contact.phone, millis(contact.updated_at), contact))
}

/// A decision that was made, under the key of the delivery that asked for it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) reply: Reply,
    pub(crate) call: Option<CallId>,
    pub(crate) appointment: Option<AppointmentId>,
}

pub(crate) fn seen_row(rows: &mut Rows, once: &str, at: DateTime<Utc>, seen: &Seen) -> serde_json::Result<()> {
    rows.push(&(once, millis(at), &seen.reply, seen.call.map(call_key), seen.appointment.map(appointment_key)))
}

/// A line of the timeline before it has a number.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) at: DateTime<Utc>,
    pub(crate) appointment: Option<AppointmentId>,
    pub(crate) call: Option<CallId>,
    pub(crate) recorded: Recorded,
}

pub(crate) fn event_row(rows: &mut Rows, line: &Line) -> serde_json::Result<()> {
    let recorded = &line.recorded;
    rows.push(&(
        millis(line.at),
        line.appointment.map(appointment_key),
        line.call.map(call_key),
        &recorded.kind,
        &recorded.note,
        &recorded.detail,
    ))
}

/// The channel behind an effect's kind; calendars and timers have none.
pub(crate) fn channel(kind: &str) -> Option<Channel> {
    [Channel::Sms, Channel::Whatsapp, Channel::Email, Channel::Link, Channel::Desk]
        .into_iter()
        .find(|channel| channel.as_str() == kind)
        .or_else(|| (kind == "call").then_some(Channel::Voice))
}

/// Every channel that reaches a person: one who was forgotten after opting out is contacted on none of them.
pub(crate) const REACHING: [Channel; 4] = [Channel::Voice, Channel::Sms, Channel::Whatsapp, Channel::Email];
