//! The shapes of the API.

mod call;

pub(crate) use call::CallView;

use crate::problem::Answer;
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm, Status},
    effect::{Action, Channel, Effect, EffectState},
    ports::{Contact, StoredEvent},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Writes a shape as JSON.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Answer<Response> {
    let body = serde_json::to_vec(value).map_err(|error| {
        tracing::error!(%error, "an answer could not be written");
        crate::problem::Problem::broken()
    })?;
    Ok(raw_json(status, body))
}

/// An answer whose JSON is written already.
pub(crate) fn raw_json(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// What is on it.
    pub(crate) items: Vec<T>,
    /// Give it back as `cursor` for the next page; null on the last one.
    pub(crate) next_cursor: Option<String>,
}

impl<T> List<T> {
    pub(crate) fn of<F: Into<T>>(page: frontdesk_core::ports::Page<F>) -> Self {
        Self { items: page.items.into_iter().map(Into::into).collect(), next_cursor: page.next_cursor }
    }
}

/// The person who is expected.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerView {
    #[schema(example = "Ana Lim")]
    name: String,
    #[schema(example = "+6591234567")]
    phone: String,
    #[schema(example = "ana@example.com")]
    email: Option<String>,
    #[schema(example = "en")]
    language: Option<&'static str>,
    #[schema(example = "Asia/Singapore")]
    time_zone: Option<&'static str>,
}

/// An answer of a person, and how it came.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnswerView {
    /// `confirmed`, `cancelled` or `other_time`.
    #[schema(value_type = String, example = "confirmed")]
    meaning: frontdesk_core::event::Answer,
    /// `voice`, `sms`, `whatsapp`, `email`, `link` or `desk`.
    #[schema(value_type = String, example = "voice")]
    channel: Channel,
    at: DateTime<Utc>,
}

/// What a person wrote.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WroteView {
    #[schema(example = "can we do Tuesday?")]
    words: String,
    /// `sms`, `whatsapp` or `email`.
    #[schema(value_type = String, example = "sms")]
    channel: Channel,
    at: DateTime<Utc>,
}

/// Somebody is expected at a certain time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppointmentView {
    id: Uuid,
    /// The booking system's name for it, unique within the business.
    #[schema(example = "APT123")]
    external_id: Option<String>,
    #[schema(example = "clinic")]
    business: String,
    /// The business's name as spoken, where the booking brought its own.
    business_name: Option<String>,
    customer: CustomerView,
    starts_at: DateTime<Utc>,
    #[schema(example = 30)]
    duration_minutes: u32,
    service: Option<String>,
    notes: Option<String>,
    /// `scheduled`, `confirming`, `confirmed`, `cancelled`, `reschedule_requested`, `unreached`, `completed`, `no_show`.
    #[schema(value_type = String, example = "confirmed")]
    status: Status,
    /// Why the status is what it is.
    #[schema(example = "confirmed by phone")]
    reason: Option<String>,
    /// When the person is asked: `now`, `policy` or `none`.
    #[schema(value_type = String, example = "policy")]
    confirm: Confirm,
    answer: Option<AnswerView>,
    /// What the person wrote that somebody has to read: another time, or what only a person understands.
    wrote: Option<WroteView>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// What happened so far; only where one appointment is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline: Option<Vec<EventView>>,
}

impl AppointmentView {
    pub(crate) fn with_timeline(appointment: Appointment, timeline: Vec<StoredEvent>) -> Self {
        let mut view = Self::from(appointment);
        view.timeline = Some(timeline.into_iter().map(Into::into).collect());
        view
    }
}

impl From<Appointment> for AppointmentView {
    fn from(it: Appointment) -> Self {
        Self {
            id: it.id.0,
            external_id: it.external_id,
            business: it.business,
            business_name: it.business_name,
            customer: CustomerView {
                name: it.customer.name.reveal().to_owned(),
                phone: it.customer.phone.reveal().to_owned(),
                email: it.customer.email.map(|email| email.reveal().to_owned()),
                language: it.customer.language.map(|language| language.code()),
                time_zone: it.customer.time_zone.map(|zone| zone.name()),
            },
            starts_at: it.starts_at,
            duration_minutes: it.duration_minutes,
            service: it.service,
            notes: it.notes,
            status: it.status,
            reason: it.reason,
            confirm: it.confirm,
            wrote: it.wrote.map(|wrote| WroteView {
                words: wrote.words.reveal().to_owned(),
                channel: wrote.channel,
                at: wrote.at,
            }),
            answer: it.answer.map(|answer| AnswerView {
                meaning: answer.meaning,
                channel: answer.channel,
                at: answer.at,
            }),
            created_at: it.created_at,
            updated_at: it.updated_at,
            timeline: None,
        }
    }
}

/// A line of a timeline.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    /// Grows with time; the id in the live stream.
    pub(crate) seq: i64,
    pub(crate) at: DateTime<Utc>,
    pub(crate) appointment_id: Option<Uuid>,
    pub(crate) call_id: Option<Uuid>,
    #[schema(example = "digits")]
    pub(crate) kind: String,
    #[schema(example = "pressed 1")]
    pub(crate) note: String,
    /// Facts for programs.
    #[schema(value_type = Object)]
    pub(crate) detail: serde_json::Value,
}

impl From<StoredEvent> for EventView {
    fn from(it: StoredEvent) -> Self {
        Self {
            seq: it.seq,
            at: it.at,
            appointment_id: it.appointment_id.map(|id| id.0),
            call_id: it.call_id.map(|id| id.0),
            kind: it.recorded.kind,
            note: it.recorded.note,
            detail: it.recorded.detail,
        }
    }
}

/// Something to be done in the world, and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EffectView {
    id: Uuid,
    /// `call`, `sms`, `whatsapp`, `email`, `calendar`, `wake`, `hang_up`, `steer` or `alert`.
    #[schema(example = "call")]
    kind: &'static str,
    appointment_id: Option<Uuid>,
    call_id: Option<Uuid>,
    /// `waiting`, `skipped`, `started`, `done`, `failed` or `uncertain`.
    #[schema(value_type = String, example = "done")]
    state: EffectState,
    due_at: DateTime<Utc>,
    attempt: u32,
    /// Why it is where it is.
    reason: Option<String>,
    /// What the provider called it.
    result: Option<String>,
    /// The carriers that surely did not place this call, in the order they were asked; only where there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tried: Vec<TriedView>,
    /// What is told to the staff; only of an alert.
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<AlertView>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// An alert on its way to one of the staff. Whoever it is stands in the configuration.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertView {
    /// Which rule.
    #[schema(example = "state-drop-off")]
    rule: String,
    /// Whether it fires, or is over again.
    firing: bool,
    /// What was found.
    #[schema(example = "48% of 52 callers left ivr at state within 30 minutes; the limit is 40%.")]
    words: String,
    /// By which way: `sms` or `mail` and a place in the rule, or `webhook` and a name.
    #[schema(example = "sms 1")]
    to: String,
}

/// A carrier that was asked to place a call and surely did not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TriedView {
    #[schema(example = "eightxeight")]
    carrier: String,
    /// In which attempt.
    attempt: u32,
    /// Why not.
    #[schema(example = "eightxeight: connection refused")]
    reason: String,
}

impl From<Effect> for EffectView {
    fn from(it: Effect) -> Self {
        let alert = match &it.action {
            Action::Alert(it) => Some(AlertView {
                rule: it.rule.clone(),
                firing: it.firing,
                words: it.words.clone(),
                to: it.to.to_string(),
            }),
            _ => None,
        };
        Self {
            alert,
            id: it.id.0,
            kind: it.action.kind(),
            appointment_id: it.appointment_id.map(|id| id.0),
            call_id: it.call_id.map(|id| id.0),
            state: it.state,
            due_at: it.due_at,
            attempt: it.attempt,
            reason: it.reason,
            result: it.result,
            tried: it
                .tried
                .into_iter()
                .map(|it| TriedView { carrier: it.carrier, attempt: it.attempt, reason: it.reason })
                .collect(),
            created_at: it.created_at,
            updated_at: it.updated_at,
        }
    }
}

/// What is known about a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContactView {
    #[schema(example = "+6591234567")]
    phone: String,
    #[schema(example = "en")]
    language: Option<&'static str>,
    #[schema(example = "Asia/Singapore")]
    time_zone: Option<&'static str>,
    /// Whether they agreed to be contacted; null when nobody asked.
    consent: Option<bool>,
    /// The channels on which they do not want to be contacted.
    #[schema(value_type = Vec<String>, example = json!(["voice", "sms"]))]
    opted_out: Vec<Channel>,
    updated_at: DateTime<Utc>,
}

impl From<Contact> for ContactView {
    fn from(it: Contact) -> Self {
        Self {
            phone: it.phone.reveal().to_owned(),
            language: it.language.map(|language| language.code()),
            time_zone: it.time_zone.map(|zone| zone.name()),
            consent: it.consent,
            opted_out: it.opted_out,
            updated_at: it.updated_at,
        }
    }
}
