//! Values on their way into rows.

use crate::db::Arg;
use chrono::{DateTime, SecondsFormat, Utc};
use frontdesk_core::{
    appointment::Appointment,
    call::{Call, Direction},
    effect::{Channel, Effect, EffectState},
    id::{AppointmentId, CallId},
    personal::Phone,
    ports::{Contact, Recorded},
    reply::Reply,
};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Rows for a set-wise statement, all of one width.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    width: usize,
    args: Vec<Arg>,
}

impl Rows {
    pub(crate) fn is_empty(&self) -> bool {
        self.args.is_empty()
    }

    pub(crate) fn push<const N: usize>(&mut self, row: [Arg; N]) {
        self.width = N;
        self.args.extend(row);
    }

    pub(crate) fn of<const N: usize>(rows: impl IntoIterator<Item = [Arg; N]>) -> Self {
        let mut all = Self::default();
        for row in rows {
            all.push(row);
        }
        all
    }

    /// How many values a row has.
    pub(crate) fn width(&self) -> usize {
        self.width.max(1)
    }

    /// The values, row after row.
    pub(crate) fn args(&self) -> &[Arg] {
        &self.args
    }

    /// The values of each row.
    pub(crate) fn into_rows(self) -> Vec<Vec<Arg>> {
        let width = self.width();
        self.args.chunks(width).map(<[Arg]>::to_vec).collect()
    }

    /// All rows as one parameter: a JSON array of arrays.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from("[");
        for (at, row) in self.args.chunks(self.width()).enumerate() {
            text.push_str(if at == 0 { "[" } else { ",[" });
            for (at, arg) in row.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                arg.write_json(&mut text);
            }
            text.push(']');
        }
        text.push(']');
        text
    }
}

impl Arg {
    fn write_json(&self, text: &mut String) {
        match self {
            Self::Int(Some(value)) => text.push_str(&value.to_string()),
            Self::Text(Some(value)) => text.push_str(&Value::from(value.as_str()).to_string()),
            Self::Id(Some(id)) => text.push_str(&format!("\"{}\"", id.simple())),
            Self::Doc(doc) => text.push_str(doc),
            Self::Int(None) | Self::Text(None) | Self::Id(None) => text.push_str("null"),
        }
    }
}

/// A text as a column takes it: neither database keeps the character NUL, so it is dropped.
pub(crate) fn text(text: &str) -> Arg {
    Arg::Text(Some(if text.contains('\0') { text.replace('\0', "") } else { text.to_owned() }))
}

/// A text that may be absent.
fn maybe(value: Option<&str>) -> Arg {
    value.map_or(Arg::Text(None), text)
}

/// A value as JSON.
pub(crate) struct Doc {
    pub(crate) text: String,
    /// Whether it says all there was to say: the character NUL is left out.
    pub(crate) whole: bool,
}

impl From<Doc> for Arg {
    fn from(doc: Doc) -> Self {
        Self::Doc(doc.text)
    }
}

/// Writes a value as JSON, without the character NUL.
pub(crate) fn doc(value: &impl Serialize) -> serde_json::Result<Doc> {
    let text = serde_json::to_string(value)?;
    if !text.contains("\\u0000") {
        return Ok(Doc { text, whole: true });
    }
    let mut value: Value = serde_json::from_str(&text)?;
    drop_nul(&mut value);
    Ok(Doc { text: serde_json::to_string(&value)?, whole: false })
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
pub(crate) fn call_row(call: &Call, provider_call_id: Option<&str>, doc: Arg) -> [Arg; 12] {
    [
        call.id.0.into(),
        text(&call.provider),
        maybe(provider_call_id),
        Arg::Id(call.appointment_id.map(|id| id.0)),
        Arg::Id(call.effect_id.map(|id| id.0)),
        text(&call.business),
        text(party(call).reveal()),
        call.state.as_str().into(),
        maybe(call.outcome.map(|outcome| outcome.as_str())),
        millis(call.created_at).into(),
        millis(call.updated_at).into(),
        doc,
    ]
}

/// What changes of a call's row while it is talking.
pub(crate) fn talking_row(call: &Call, doc: Arg) -> [Arg; 3] {
    [call.id.0.into(), millis(call.updated_at).into(), doc]
}

/// What changes of a call's row when it moves on.
pub(crate) fn moved_row(call: &Call, doc: Arg) -> [Arg; 5] {
    let outcome = maybe(call.outcome.map(|outcome| outcome.as_str()));
    [call.id.0.into(), millis(call.updated_at).into(), doc, call.state.as_str().into(), outcome]
}

pub(crate) fn appointment_row(appointment: &Appointment, doc: Arg) -> [Arg; 10] {
    [
        appointment.id.0.into(),
        text(&appointment.business),
        maybe(appointment.external_id.as_deref()),
        text(appointment.customer.phone.reveal()),
        appointment.status.as_str().into(),
        millis(appointment.starts_at).into(),
        millis(appointment.created_at).into(),
        millis(appointment.updated_at).into(),
        text(&search(appointment)),
        doc,
    ]
}

/// What changes of an appointment's row when it moves on.
pub(crate) fn moved_appointment_row(appointment: &Appointment, doc: Arg) -> [Arg; 4] {
    let (status, updated) = (appointment.status.as_str(), millis(appointment.updated_at));
    [appointment.id.0.into(), status.into(), updated.into(), doc]
}

/// A time that does not come: the end of the year 9999, in milliseconds.
const NEVER: i64 = 253_402_300_799_000;

pub(crate) fn effect_row(effect: &Effect) -> serde_json::Result<[Arg; 11]> {
    // An uncertain effect that was looked up in vain is a person's business: never due, so that no sweep finds it.
    let given_up = effect.state == EffectState::Uncertain && !effect.wants_job();
    Ok([
        effect.id.0.into(),
        Arg::Id(effect.appointment_id.map(|id| id.0)),
        Arg::Id(effect.call_id.map(|id| id.0)),
        effect.action.kind().into(),
        effect.state.as_str().into(),
        i64::from(effect.withdrawable()).into(),
        if given_up { NEVER } else { millis(effect.due_at) }.into(),
        maybe(effect.reaches.as_ref().map(Phone::reveal)),
        Arg::Int(effect.started_at.map(millis)),
        millis(effect.created_at).into(),
        doc(effect)?.into(),
    ])
}

pub(crate) fn contact_row(contact: &Contact) -> serde_json::Result<[Arg; 3]> {
    Ok([text(contact.phone.reveal()), millis(contact.updated_at).into(), doc(contact)?.into()])
}

/// A decision that was made, under the key of the delivery that asked for it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) reply: Reply,
    pub(crate) call: Option<CallId>,
    pub(crate) appointment: Option<AppointmentId>,
}

pub(crate) fn seen_row(once: &str, at: DateTime<Utc>, seen: &Seen) -> serde_json::Result<[Arg; 5]> {
    let (call, appointment) = (seen.call.map(|id| id.0), seen.appointment.map(|id| id.0));
    Ok([text(once), millis(at).into(), doc(&seen.reply)?.into(), Arg::Id(call), Arg::Id(appointment)])
}

/// A line of the timeline before it has a number.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) at: DateTime<Utc>,
    pub(crate) appointment: Option<AppointmentId>,
    pub(crate) call: Option<CallId>,
    pub(crate) recorded: Recorded,
}

pub(crate) fn event_row(line: &Line) -> serde_json::Result<[Arg; 6]> {
    let recorded = &line.recorded;
    Ok([
        millis(line.at).into(),
        Arg::Id(line.appointment.map(|id| id.0)),
        Arg::Id(line.call.map(|id| id.0)),
        text(&recorded.kind),
        text(&recorded.note),
        doc(&recorded.detail)?.into(),
    ])
}

/// The channel behind an effect's kind; calendars and timers have none.
pub(crate) fn channel(kind: &str) -> Option<Channel> {
    [Channel::Sms, Channel::Whatsapp, Channel::Email, Channel::Link, Channel::Desk]
        .into_iter()
        .find(|channel| channel.as_str() == kind)
        .or_else(|| (kind == "call").then_some(Channel::Voice))
}
