use super::{Port, PortResult, Rejected, WebhookRequest};
use crate::{
    appointment::Status,
    id::{AppointmentId, EffectId},
    personal::Email,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use secrecy::SecretString;

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
    /// The address of whoever is expected. Only a calendar that is set up to invite people by itself looks at it.
    pub guest: Option<Email>,
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

/// A notification of a calendar that was shown to come from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The channel that was named in [`CalendarWatch::watch`].
    pub channel: String,
    /// Whether something may have changed, so that [`CalendarWatch::changes`] is worth asking; not so where the calendar only
    /// says that the channel is open.
    pub changed: bool,
}

/// What people at the desk did in a calendar since a cursor was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Where to go on next time. To be kept once the edits were taken, and not before: a cursor may be asked twice.
    pub cursor: String,
    /// What was done by hand, in no particular order; never what we have written ourselves.
    pub edits: Vec<HandEdit>,
}

/// Somebody at the desk changed an entry of ours in the calendar itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandEdit {
    /// Whose entry it is. The calendar may be shared with another gateway, so it may be unknown to us.
    pub appointment_id: AppointmentId,
    /// The revision that we wrote there last ([`CalendarEntry::revision`]).
    pub revision: u32,
    /// What was done.
    pub what: HandEditKind,
}

/// What somebody did to an entry by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandEditKind {
    /// It takes place at another time, or takes longer or shorter.
    Moved {
        /// When it begins now.
        starts_at: DateTime<Utc>,
        /// When it ends now.
        ends_at: DateTime<Utc>,
    },
    /// It was taken out.
    Deleted,
}

/// A channel by which a calendar tells that something has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Our name for it.
    pub channel: String,
    /// The calendar's name for what is watched; closing the channel needs it.
    pub resource: String,
    /// When the channel falls silent by itself; another one has to be opened before.
    pub expires_at: DateTime<Utc>,
}

/// Learns what people change by hand in the calendar that a [`CalendarSink`] writes to.
///
/// # Behaviour
/// - An entry that stands as we wrote it is no edit, so what we write never comes back to us. A [`CalendarSink`] that is one of
///   these keeps what was changed by hand where a newer revision states the time that the older one stated, so that it is
///   still told.
/// - Without a cursor, or where the calendar has forgotten it, `changes` looks at the near past and future only.
/// - `changes` may be asked by a timer alone, where nobody can be notified.
#[async_trait]
pub trait CalendarWatch: Port {
    /// Authenticates a notification and reads it. Nothing is asked, nothing is changed.
    ///
    /// # Errors
    /// [`Rejected`]; a calendar that notifies nobody answers [`Rejected::UnknownHook`].
    fn receive(&self, request: &WebhookRequest, now: DateTime<Utc>) -> Result<Notice, Rejected>;

    /// What was changed by hand in the calendar of this business since the cursor was given.
    ///
    /// # Errors
    /// [`super::PortError`]; the same cursor may be asked again at any time.
    async fn changes(&self, business: &str, cursor: Option<&str>, now: DateTime<Utc>) -> PortResult<Changes>;

    /// Opens a channel: the calendar of this business sends a notification to `callback` with every change, and brings
    /// `token` along. `channel` is a name that no channel had before, of at most 64 letters, digits, `-` and `_`.
    ///
    /// # Errors
    /// [`super::PortError`]; a calendar that notifies nobody answers [`super::Trouble::Unsupported`].
    async fn watch(
        &self,
        business: &str,
        callback: &str,
        channel: &str,
        token: &SecretString,
        now: DateTime<Utc>,
    ) -> PortResult<Watched>;

    /// Closes a channel. One that is closed already is fine.
    ///
    /// # Errors
    /// As for [`Self::watch`].
    async fn stop(&self, watched: &Watched) -> PortResult<()>;
}
