//! What lists are asked for, and what a page of one is.

use super::Count;
use crate::{
    appointment::Status,
    call::{CallState, Direction, Outcome},
    effect::EffectState,
    id::{AppointmentId, CallId},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one; opaque.
    pub next_cursor: Option<String>,
}

/// Which appointments to list; the newest `starts_at` last, ties by id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AppointmentFilter {
    /// Only this status.
    pub status: Option<Status>,
    /// Only this business.
    pub business: Option<String>,
    /// Starting at or after.
    pub from: Option<DateTime<Utc>>,
    /// Starting before.
    pub to: Option<DateTime<Utc>>,
    /// Words in name, phone, external id or service, case-insensitive.
    pub q: Option<String>,
    /// From an earlier page's `next_cursor`.
    pub cursor: Option<String>,
    /// At most this many; the store caps it at 500.
    pub limit: u32,
}

/// Which calls to list; the newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CallFilter {
    /// Only of this appointment.
    pub appointment_id: Option<AppointmentId>,
    /// Only of this business.
    pub business: Option<String>,
    /// Only by this carrier.
    pub provider: Option<String>,
    /// Only those that stand here.
    pub state: Option<CallState>,
    /// Only those of which this came.
    pub outcome: Option<Outcome>,
    /// Only those rung by this side.
    pub direction: Option<Direction>,
    /// Only with a person whose number ends in these digits; with a `+` before them they are the whole number. Whatever
    /// else is in it (spaces, hyphens) is passed over.
    pub number: Option<String>,
    /// Only those not ended.
    pub live: bool,
    /// Created at or after.
    pub from: Option<DateTime<Utc>>,
    /// Created before.
    pub to: Option<DateTime<Utc>>,
    /// From an earlier page's `next_cursor`.
    pub cursor: Option<String>,
    /// At most this many; the store caps it at 500.
    pub limit: u32,
}

/// Which effects to list; the newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EffectFilter {
    /// Only this state.
    pub state: Option<EffectState>,
    /// Only what went wrong: failed or uncertain. Means nothing where a state is named.
    pub troubled: bool,
    /// Only of this appointment.
    pub appointment_id: Option<AppointmentId>,
    /// Only of this call.
    pub call_id: Option<CallId>,
    /// From an earlier page's `next_cursor`.
    pub cursor: Option<String>,
    /// At most this many; the store caps it at 500.
    pub limit: u32,
}

/// Which counters to read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CountFilter {
    /// Only this business.
    pub business: Option<String>,
    /// Only this flow.
    pub flow: Option<String>,
    /// From this day, inclusive.
    pub from: Option<NaiveDate>,
    /// To this day, inclusive.
    pub to: Option<NaiveDate>,
    /// Only counters of these names; empty is all.
    pub names: Vec<String>,
    /// Whether each day has rows of its own; otherwise days are summed, and a row names the first of them.
    pub by_day: bool,
}

/// A counter as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountRow {
    /// What is counted.
    #[serde(flatten)]
    pub count: Count,
    /// How many.
    pub n: i64,
}
