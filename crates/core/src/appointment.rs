//! The appointment: whom we expect, when, and what they said about it.

use crate::{
    effect::Channel,
    event::Answer,
    id::{AppointmentId, CallId, EffectId},
    personal::{Email, PersonName, Phone, Words},
    speech::Language,
};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// The person who is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// What to call them.
    pub name: PersonName,
    /// Where they are rung and texted.
    pub phone: Phone,
    /// Where they are written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// What they speak; the business's language when unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Where they are; the business's zone when unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Tz>,
}

/// What has become of an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In the book; nobody has been asked yet.
    Scheduled,
    /// The person is being asked whether they come.
    Confirming,
    /// They will come.
    Confirmed,
    /// It will not take place.
    Cancelled,
    /// The person wants another time; the desk has to find one.
    RescheduleRequested,
    /// Everything was tried; nobody answered.
    Unreached,
    /// The person came.
    Completed,
    /// The person did not come.
    NoShow,
}

impl Status {
    /// Every status, in the order of a life.
    pub const ALL: [Self; 8] = [
        Self::Scheduled,
        Self::Confirming,
        Self::Confirmed,
        Self::Cancelled,
        Self::RescheduleRequested,
        Self::Unreached,
        Self::Completed,
        Self::NoShow,
    ];

    /// The name in the database and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Confirming => "confirming",
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
            Self::RescheduleRequested => "reschedule_requested",
            Self::Unreached => "unreached",
            Self::Completed => "completed",
            Self::NoShow => "no_show",
        }
    }

    /// Whether the visit itself lies behind; nothing moves it any more.
    #[must_use]
    pub fn over(self) -> bool {
        matches!(self, Self::Completed | Self::NoShow)
    }
}

impl std::str::FromStr for Status {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|status| status.as_str()).collect();
            format!("unknown status; use one of {}", known.join(", "))
        })
    }
}

/// When the person is asked whether they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// At once.
    Now,
    /// Some time before the appointment, as the policy says.
    #[default]
    Policy,
    /// Never.
    None,
}

/// An answer the person gave, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// What they said.
    pub meaning: Answer,
    /// By which way.
    pub channel: Channel,
    /// When.
    pub at: DateTime<Utc>,
}

/// Somebody is expected at a certain time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Appointment {
    /// Our name for it.
    pub id: AppointmentId,
    /// The booking system's name for it, unique within the business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Which business expects them.
    pub business: String,
    /// The business's name as spoken, where the booking brought its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_name: Option<String>,
    /// Whom.
    pub customer: Customer,
    /// When.
    pub starts_at: DateTime<Utc>,
    /// For how long, in minutes.
    pub duration_minutes: u32,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Anything the desk should know; never spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// What has become of it.
    pub status: Status,
    /// When the person is asked.
    pub confirm: Confirm,
    /// Counts the times at which the person is asked anew: moving an appointment begins another round.
    pub round: u32,
    /// Calls tried in this round, whatever became of them: the one budget.
    pub tries: u32,
    /// Whether the telephone is closed for this round: declined, refused, or the fate of a call unknown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub voice_closed: bool,
    /// The rung of the ladder that waits or is under way: only its coming back leads to the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rung: Option<EffectId>,
    /// When asking must be over in this round.
    pub ask_until: DateTime<Utc>,
    /// The call that is ringing or talking right now; nobody is rung twice at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_call: Option<CallId>,
    /// Whether a message was left on a machine; once is enough.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub voicemail_left: bool,
    /// Whether an invitation for the person's own calendar was sent: it has to learn of every change from then on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invited: bool,
    /// The answer of this round; the first one stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answered>,
    /// Why the status is what it is, in the front desk's words, without personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the person wrote last that the desk has to read: another time that they propose, or what only a person
    /// understands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrote: Option<Wrote>,
    /// Counts the changes a calendar must show (iCalendar SEQUENCE).
    pub revision: u32,
    /// When it was taken.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

/// What a person wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrote {
    /// Their words.
    pub words: Words,
    /// By which way.
    pub channel: Channel,
    /// When.
    pub at: DateTime<Utc>,
}

impl Appointment {
    /// When it ends.
    #[must_use]
    pub fn ends_at(&self) -> DateTime<Utc> {
        self.starts_at + Duration::minutes(i64::from(self.duration_minutes))
    }
}

/// An appointment to be taken into the book.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAppointment {
    /// The booking system's name for it, unique within the business.
    pub external_id: Option<String>,
    /// Which business expects them; must be configured.
    pub business: String,
    /// The business's name as spoken, where the booking brings its own (seed 000 does).
    pub business_name: Option<String>,
    /// Whom.
    pub customer: Customer,
    /// When.
    pub starts_at: DateTime<Utc>,
    /// For how long, in minutes.
    pub duration_minutes: u32,
    /// What for.
    pub service: Option<String>,
    /// Anything the desk should know; never spoken.
    pub notes: Option<String>,
    /// When the person is asked.
    pub confirm: Confirm,
}
