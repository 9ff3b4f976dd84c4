//! The pretended Google, and the adapter as it is configured for it.

use chrono::{DateTime, Utc};
use frontdesk_google_calendar::{Clock as Time, Config, GoogleCalendar, ServiceAccount};
use frontdesk_testkit::{Clock, google, moment};
use std::ops::Deref;

pub(crate) use frontdesk_testkit::google::{CALENDAR, EMAIL, Fault, KEY};

pub(crate) fn now() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

#[derive(Clone)]
pub(crate) struct Fake(google::Fake);

impl Deref for Fake {
    type Target = google::Fake;

    fn deref(&self) -> &google::Fake {
        &self.0
    }
}

impl Fake {
    pub(crate) async fn start() -> Self {
        Self(google::Fake::start(Clock::at(now())).await)
    }

    pub(crate) fn adapter(&self, change: impl FnOnce(&mut Config)) -> GoogleCalendar {
        let clock = self.clock.clone();
        let mut config = Config::new(ServiceAccount::parse(&self.key()).unwrap(), Time::new(move || clock.now()));
        config.base_url = Some(self.url.clone());
        config.calendar = Some(CALENDAR.to_owned());
        change(&mut config);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        GoogleCalendar::new(config, http)
    }
}
