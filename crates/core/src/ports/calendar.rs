use super::{Port, PortResult};
use crate::{
    appointment::Status,
    id::{AppointmentId, EffectId},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// An appointment as a calendar shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarEntry {
    /// Whose; the calendar's UID is made from it, so writing twice is one event.
    pub appointment_id: AppointmentId,
    /// Which business's calendar.
    pub business: String,
    /// The title line.
    pub title: String,
    /// What the desk should know.
    pub description: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// The zone it is shown in.
    pub time_zone: Tz,
    /// What has become of it; a cancelled appointment stays visible as cancelled.
    pub status: Status,
    /// iCalendar SEQUENCE; an older one never overwrites a newer one.
    pub revision: u32,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

/// Where an entry stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// The calendar's name for the event.
    pub id: String,
    /// Where whoever may see the calendar finds it, where there is such a page.
    pub link: Option<String>,
}

/// A stretch of time that is taken; `to` is the first moment that is free again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Busy {
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
}

/// Makes appointments visible in somebody's calendar.
///
/// # Behaviour
/// - `put` twice is one event; an entry with an older revision changes nothing.
/// - `remove` of what is not there is fine.
/// - `busy` holds whatever takes time there, ours and others'; what is cancelled takes none. Stretches come sorted by their
///   beginning, and may overlap.
#[async_trait]
pub trait CalendarSink: Port {
    /// Writes the entry, new or changed.
    ///
    /// # Errors
    /// [`super::PortError`]; it may be tried again at any time.
    async fn put(&self, entry: &CalendarEntry, effect: &EffectId) -> PortResult<Entered>;

    /// What is taken between `from` and `to` in the calendar of this business.
    ///
    /// # Errors
    /// [`super::PortError`]; a calendar that cannot be asked answers [`super::Trouble::Unsupported`].
    async fn busy(&self, business: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> PortResult<Vec<Busy>>;

    /// Takes the entry out (forgetting a person).
    ///
    /// # Errors
    /// [`super::PortError`]; it may be tried again at any time.
    async fn remove(&self, business: &str, appointment: &AppointmentId) -> PortResult<()>;
}
