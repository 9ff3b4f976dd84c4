//! Google Calendar: appointments written into it, what is taken there, and what the desk changes in it by hand.
//!
//! # Begin
//!
//! Make a project in the Google Cloud console, enable the Calendar API, make a service account and a JSON key of it, and
//! share the desk's calendar with the account's address, with the right to make changes to events.
//!
//! ```
//! use frontdesk_google_calendar::{Clock, Config, GoogleCalendar, ServiceAccount};
//! # fn client() -> reqwest::Client {
//! #     let _ = rustls::crypto::ring::default_provider().install_default();
//! #     reqwest::Client::builder().build().unwrap()
//! # }
//! # let from_the_environment = include_str!("../../../fixtures/google-calendar/service-account.json");
//! # let clock = Clock::new(|| chrono::DateTime::UNIX_EPOCH);
//! let account = ServiceAccount::parse(from_the_environment)?;
//! let mut config = Config::new(account, clock);
//! config.calendar = Some("desk@group.calendar.google.com".to_owned());
//! let calendar = GoogleCalendar::new(config, client());
//! assert!(!calendar.seen_by_nobody("clinic"));
//! # Ok::<(), frontdesk_google_calendar::BadKey>(())
//! ```
//!
//! Without a calendar id, events go into `primary`: that of the service account itself, which nobody can look at
//! ([`GoogleCalendar::seen_by_nobody`]).
//!
//! # Why no generated client
//!
//! The crates `google-calendar3` and `yup-oauth2` can do all this, and more than is needed: eight requests. They cannot
//! clear a field by PATCH, know no time-out, write a calendar's id into a path as it is, log tokens when asked to be
//! talkative, and bring a second HTTP stack and some hundred packages. So the requests are made by the HTTP client that
//! every adapter here has, and a token is asked for with a signature by `ring`, which TLS has brought already. The tests
//! are at the level of HTTP, so that another client would have to pass the same ones.
//!
//! # One event an appointment
//!
//! The event's id is made of the appointment's, so writing it twice is one event; our revision and the times as we wrote
//! them stand in its private properties. A write reads what is there, and changes it only while nobody else has
//! (`If-Match`); a newer revision is never overwritten. Where a foreign event has our id, the next of four is taken.
//! What the desk did by hand stands: a newer revision that does not move the appointment leaves a moved event where it is,
//! and a cancelled appointment does not bring a deleted event back. Both are told by [`CalendarWatch::changes`].
//!
//! # Traps, and what became of them
//!
//! | trap of the vendor's | here |
//! |---|---|
//! | `primary` of a service account is seen by nobody | told by [`GoogleCalendar::seen_by_nobody`] |
//! | a service account that invites somebody gets a 403, and no event is made | guests only with a [`Config::subject`]; refused all the same, the event is written without |
//! | ids of deleted events stay taken | a deleted event is revived |
//! | events with the status `cancelled` are hidden | a cancelled appointment stays a confirmed event that takes no time; its title says it |
//! | ids have the letters `a` to `v` and digits | base32hex of a hash |
//! | a description is rendered as HTML | escaped |
//! | one description for the desk and for us, which the editor writes anew | the lines of ours are marked by hashes in a private property; all others stay below ours |
//! | reminders are those of the account that writes | none are set; the calendar's own remind its owner |
//! | a copy of an event keeps its private properties | an event counts as ours only under an id of ours |
//! | `null` in an answer of 200: a calendar's errors in `freeBusy` | read, and told as errors |
//! | two shapes of errors, 403 or 429 for too many requests | both read; the wait is Google's where it names one |
//! | too many writes into one calendar at once are refused | one after the other |
//! | `410` for a cursor that was forgotten | the near past and future are looked through |
//! | a deleted event in a list may be its name only | asked for by name |
//! | an event moved to another calendar by hand looks deleted here | taken for deleted; move it in time instead |
//! | an event made to last whole days has no times | left as it is, and no edit |
//! | deleted events can be looked at for a month | what is taken out is emptied before |
//! | a time-out after writing | may be tried again at any time: nothing is done twice |

#![warn(missing_docs)]

mod config;
mod event;
mod key;
mod rest;
mod sink;
mod token;
mod trouble;
mod watch;

pub use config::Config;
pub use frontdesk_core::ports::Clock;
pub use key::{BadKey, ServiceAccount};
pub use watch::HOOK;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    id::{AppointmentId, EffectId},
    ports::{
        Busy, CalendarEntry, CalendarSink, CalendarWatch, Changes, Entered, Happened, Notice, Port, PortResult,
        Rejected, Trouble, Watched, WebhookRequest,
    },
};
use rest::Rest;
use secrecy::SecretString;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::OwnedMutexGuard;
use trouble::failed;

/// The adapter's name in configuration and in rows.
pub const NAME: &str = "google_calendar";

/// Calendars at Google, one for each business or one for several.
pub struct GoogleCalendar {
    config: Config,
    rest: Rest,
    /// Whose turn it is to write, by calendar: as many as are configured.
    turns: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl GoogleCalendar {
    /// Makes the adapter; `http` brings user agent and time-outs, and must not follow redirects.
    #[must_use]
    pub fn new(config: Config, http: reqwest::Client) -> Self {
        Self { rest: Rest::new(&config, http), config, turns: Mutex::default() }
    }

    /// The calendar that a business's appointments go into.
    #[must_use]
    pub fn calendar(&self, business: &str) -> &str {
        self.config.calendar_of(business)
    }

    /// Whether it is the service account's own, which nobody can look at: worth a warning, as everything seems to work.
    #[must_use]
    pub fn seen_by_nobody(&self, business: &str) -> bool {
        self.config.seen_by_nobody(business)
    }

    /// Asks whether the calendar of a business can be read, written and asked for what is taken. Changes nothing.
    ///
    /// # Errors
    /// [`PortError`](frontdesk_core::ports::PortError) with the remedy when it cannot.
    pub async fn check(&self, business: &str) -> PortResult<()> {
        let calendar = self.config.calendar_of(business);
        let role = self.rest.role(calendar).await?;
        if !matches!(role.as_str(), "writer" | "owner") {
            let email = self.config.account.email();
            let what = format!(
                "{email} may only read the calendar {calendar}; share it with that address, with the right to make changes \
                 to events"
            );
            return Err(failed(Happened::No, Trouble::Barred, what));
        }
        let now = self.config.clock.now();
        self.taken(business, now, now + Duration::minutes(1)).await.map(drop)
    }

    async fn turn(&self, calendar: &str) -> PortResult<OwnedMutexGuard<()>> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(calendar.to_owned()).or_default())
        };
        let waiting = tokio::time::timeout(self.config.answer_within, turn.lock_owned());
        waiting.await.map_err(|_| {
            failed(
                Happened::No,
                Trouble::Unavailable,
                "other writes into this calendar take too long; it is written later",
            )
        })
    }
}

impl Port for GoogleCalendar {
    fn name(&self) -> &str {
        NAME
    }
}

#[async_trait]
impl CalendarSink for GoogleCalendar {
    async fn put(&self, entry: &CalendarEntry, _effect: &EffectId) -> PortResult<Entered> {
        self.write(entry).await
    }

    async fn busy(&self, business: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> PortResult<Vec<Busy>> {
        self.taken(business, from, to).await
    }

    async fn remove(&self, business: &str, appointment: &AppointmentId) -> PortResult<()> {
        self.take_out(business, appointment).await
    }
}

#[async_trait]
impl CalendarWatch for GoogleCalendar {
    /// The time is of no use here: notifications carry none.
    fn receive(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<Notice, Rejected> {
        watch::receive(&self.config.channel_tokens, request)
    }

    async fn changes(&self, business: &str, cursor: Option<&str>, now: DateTime<Utc>) -> PortResult<Changes> {
        self.edits(business, cursor, now).await
    }

    async fn watch(
        &self,
        business: &str,
        callback: &str,
        channel: &str,
        token: &SecretString,
        now: DateTime<Utc>,
    ) -> PortResult<Watched> {
        self.open(business, callback, channel, token, now).await
    }

    async fn stop(&self, watched: &Watched) -> PortResult<()> {
        self.close(watched).await
    }
}
