use super::{Port, PortResult, WebhookResponse};
use crate::{
    id::{AppointmentId, CallId},
    personal::{PersonName, Phone},
    speech::Language,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// What a voice agent may know of whoever rings.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    /// Which business is rung.
    pub business: String,
    /// Its name as spoken.
    pub business_name: String,
    /// Its zone.
    pub time_zone: Tz,
    /// What the caller speaks, as far as anybody knows.
    pub language: Language,
    /// What they are called, where they are expected.
    pub name: Option<PersonName>,
    /// Their next appointment.
    pub next: Option<NextAppointment>,
}

/// An appointment, as it is spoken of to a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextAppointment {
    /// Which one.
    pub id: AppointmentId,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// The same in words, in the caller's language.
    pub spoken: String,
    /// What for.
    pub service: Option<String>,
}

/// A call that is to be handed to a voice agent.
#[derive(Debug, Clone, PartialEq)]
pub struct HandOver {
    /// Our name for it; comes back with what the agent collects.
    pub call_id: CallId,
    /// The carrier's name for it.
    pub provider_call_id: Option<String>,
    /// Who rings.
    pub from: Phone,
    /// The number that was rung.
    pub to: Phone,
    /// What is known of them.
    pub caller: Caller,
    /// Whether to answer as seed 001 does, for contract tests.
    pub as_seed: bool,
}

/// A vendor whose voice agents take calls that came in by a carrier: it tells that carrier what to do.
///
/// # Behaviour
/// - Handing over the same call twice does no harm.
/// - It answers within a few seconds or fails: somebody is on the line.
#[async_trait]
pub trait AgentLine: Port {
    /// Whether it speaks this carrier's language.
    fn takes(&self, carrier: &str) -> bool;

    /// Registers the call; gives what the carrier is to be answered, letter by letter.
    ///
    /// # Errors
    /// [`super::PortError`] when the agent cannot be had.
    async fn hand_over(&self, call: &HandOver) -> PortResult<WebhookResponse>;
}
