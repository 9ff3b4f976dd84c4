//! CalDAV: the appointments of the desk in a calendar on Nextcloud, Radicale, Baïkal, SOGo, Fastmail, iCloud, or any other
//! server that speaks it (RFC 4791).
//!
//! ```
//! use frontdesk_caldav::{CalDav, Config};
//! # let _ = rustls::crypto::ring::default_provider().install_default();
//! # let http = reqwest::Client::builder().build()?;
//! let calendar = "https://cloud.example/remote.php/dav/calendars/desk/appointments/".parse()?;
//! let caldav = CalDav::new(Config::new(calendar, "desk", "an app password".into()), http)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where an appointment is
//!
//! In a resource of its own, `{appointment}.ics`, under the UID `{appointment}@frontdesk`: writing twice is one event. Where
//! that UID lies in another resource already (somebody imported it, a program renamed it), the event there is the one.
//! Every write says over which version it goes (`If-Match`, `If-None-Match`); where somebody was quicker, it is looked
//! again what is there, a bounded number of times.
//!
//! # What the desk does to it by hand
//!
//! | the desk | our next write |
//! |---|---|
//! | adds alarms, people, places, colours, properties of any kind | keeps them |
//! | writes a note into the description | keeps it below ours |
//! | moves it | leaves it where it is, unless the appointment has another time as well |
//! | changes the title, status or whether it takes time | replaces them: they say what has become of the appointment |
//! | makes whole days of it | leaves it so, as where it was moved; that is told as no edit |
//! | takes it out | writes it anew, once the appointment has changed, but not to say that it is cancelled |
//!
//! For that the event has properties of ours, `X-FRONTDESK-…`, which say what we wrote last. A calendar program that throws
//! them away does no harm but that notes and moves cannot be told from what was ours; `SEQUENCE` then tells the revision.
//!
//! # Servers
//!
//! Plain requests over any HTTP, with Basic, which wants TLS outside of this machine. Requests that are sent on to another
//! place of the same server are followed there; credentials go to no other server. People are invited by mail and not by
//! the calendar: no `ATTENDEE` is written, so that servers that send invitations (RFC 6638) send none.
//! Google's CalDAV does not take passwords; there is an adapter of its own for it.

#![warn(missing_docs)]

mod busy;
mod changes;
mod config;
mod dav;
mod discover;
mod http;
mod lines;
mod merge;
mod store;
mod taken;
mod time;
mod trouble;
mod xml;

pub use config::{Calendar, Config, Unusable};
pub use discover::Found;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    id::{AppointmentId, EffectId},
    ports::{
        Busy, CalendarEntry, CalendarSink, CalendarWatch, Changes, Entered, Happened, Notice, Port, PortError,
        PortResult, Rejected, Trouble, Watched, WebhookRequest,
    },
};
use secrecy::SecretString;
use std::collections::BTreeSet;
use taken::Window;
use url::Url;

/// The adapter's name in configuration, in rows and in metrics.
pub const NAME: &str = "caldav";

/// Calendars on a CalDAV server.
pub struct CalDav {
    config: Config,
    line: http::Line,
    collections: discover::Collections,
    unhelpful: busy::Unhelpful,
    written: changes::Written,
}

impl CalDav {
    /// Makes the adapter; `http` brings user agent and connect time-out, and must not follow redirects.
    ///
    /// # Errors
    /// [`Unusable`] where the configuration cannot be used, or would give the password away.
    pub fn new(config: Config, http: reqwest::Client) -> Result<Self, Unusable> {
        config.look_through()?;
        let line = http::Line::new(&config, http);
        Ok(Self {
            config,
            line,
            collections: discover::Collections::default(),
            unhelpful: busy::Unhelpful::default(),
            written: changes::Written::default(),
        })
    }

    /// Finds the calendars of these businesses, each once, and whether they may be written to. Changes nothing.
    ///
    /// # Errors
    /// [`frontdesk_core::ports::PortError`] for the first one that cannot be used, with what to do about it; where there
    /// are several calendars to choose from, with their names and paths.
    pub async fn check(&self, businesses: &[&str]) -> PortResult<Vec<Found>> {
        let mut found = Vec::new();
        for url in businesses.iter().map(|business| self.config.url(business)).collect::<BTreeSet<_>>() {
            let calendar = discover::discover(&self.line, url).await?;
            if calendar.writable == Some(false) {
                let what = format!(
                    "the user may look at the calendar {} and not write there; share it with them, with the right to write",
                    calendar.name
                );
                return Err(trouble::failed(Happened::No, Trouble::Barred, what));
            }
            found.push(calendar);
        }
        Ok(found)
    }

    /// The collection of a business, and what became of something that was done with it.
    async fn with<T>(&self, business: &str, work: impl AsyncFnOnce(&Url) -> PortResult<T>) -> PortResult<T> {
        let configured = self.config.url(business);
        let collection = self.collections.of(&self.line, configured).await?;
        let done = work(&collection).await;
        if done.is_err() {
            self.collections.forget(configured);
        }
        done
    }
}

impl Port for CalDav {
    fn name(&self) -> &str {
        NAME
    }
}

#[async_trait]
impl CalendarSink for CalDav {
    async fn put(&self, entry: &CalendarEntry, _effect: &EffectId) -> PortResult<Entered> {
        let put = async |collection: &Url| {
            let entered = store::put(&self.line, collection, entry).await?;
            self.written.put(collection, entry.appointment_id, entry.revision, &entered.id);
            Ok(entered)
        };
        self.with(&entry.business, put).await
    }

    async fn busy(&self, business: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> PortResult<Vec<Busy>> {
        let (zone, window) = (self.config.time_zone(business), Window { from, to });
        self.with(business, async |collection| busy::busy(&self.line, &self.unhelpful, collection, zone, window).await)
            .await
    }

    async fn remove(&self, business: &str, appointment: &AppointmentId) -> PortResult<()> {
        let remove = async |collection: &Url| {
            // Before it is gone: somebody may look for changes in the meantime.
            self.written.remove(collection, *appointment);
            store::remove(&self.line, collection, appointment).await
        };
        self.with(business, remove).await
    }
}

#[async_trait]
impl CalendarWatch for CalDav {
    /// CalDAV servers notify nobody.
    fn receive(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<Notice, Rejected> {
        Err(Rejected::UnknownHook(request.hook.clone()))
    }

    /// A cursor names each event of ours that was seen in the calendar: some 50 bytes an appointment. That most of them
    /// are gone at once is no edit but an error: somebody emptied or replaced the calendar, and nobody is to be told that
    /// their appointment is cancelled. Without a cursor it goes on from what there is.
    async fn changes(&self, business: &str, cursor: Option<&str>, now: DateTime<Utc>) -> PortResult<Changes> {
        let zone = self.config.time_zone(business);
        let look = async |collection: &Url| {
            let place = changes::Place { line: &self.line, collection, zone, written: &self.written };
            changes::changes(place, cursor, now).await
        };
        self.with(business, look).await
    }

    async fn watch(&self, _: &str, _: &str, _: &str, _: &SecretString, _: DateTime<Utc>) -> PortResult<Watched> {
        Err(PortError::unsupported(NAME, "notify us of changes: they are asked for"))
    }

    /// There is no channel, so that every one is closed already.
    async fn stop(&self, _watched: &Watched) -> PortResult<()> {
        Ok(())
    }
}
