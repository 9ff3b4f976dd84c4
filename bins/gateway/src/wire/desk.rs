//! The adapters of calendar and mail.

use crate::{config::Config, failure::Failure};
use frontdesk_caldav::CalDav;
use frontdesk_core::{
    effect::Channel,
    engine::Ports,
    ports::{CalendarSink, CalendarWatch, Notifier},
};
use frontdesk_email::Smtp;
use frontdesk_google_calendar::GoogleCalendar;
use secrecy::SecretString;
use std::sync::Arc;

/// Those that are configured.
pub struct Desk {
    /// Who sends mail.
    pub email: Option<Arc<Smtp>>,
    /// Google's calendar.
    pub google: Option<Arc<GoogleCalendar>>,
    /// A calendar on a CalDAV server.
    pub caldav: Option<Arc<CalDav>>,
}

impl Desk {
    /// Makes the adapters of what is configured; notifications of the calendar bring `token` along.
    ///
    /// # Errors
    /// When the HTTP client or an adapter cannot be made.
    pub fn new(config: &Config, token: Option<&SecretString>) -> Result<Self, Failure> {
        let desk = &config.desk;
        let email = desk.email.as_ref().map(Smtp::new).transpose();
        let caldav =
            desk.caldav.clone().map(|settings| CalDav::new(settings, super::carriers::client()?).map_err(broken));
        let google = desk.google.clone().map(|mut settings| {
            settings.channel_tokens.extend(token.cloned());
            // Our own mails bring the invitation, and ask whether the person wants to hear from us.
            settings.invites = desk.email.is_none();
            super::carriers::client().map(|http| GoogleCalendar::new(settings, http))
        });
        Ok(Self {
            email: email.map_err(broken)?.map(Arc::new),
            google: google.transpose()?.map(Arc::new),
            caldav: caldav.transpose()?.map(Arc::new),
        })
    }

    /// Adds them to what the engine works with.
    pub(super) fn join(&self, ports: &mut Ports) {
        if let Some(email) = &self.email {
            ports.notifiers.insert(Channel::Email, Arc::clone(email) as Arc<dyn Notifier>);
        }
        if let Some(google) = &self.google {
            ports.calendar = Some(Arc::clone(google) as Arc<dyn CalendarSink>);
        }
        if let Some(caldav) = &self.caldav {
            ports.calendar = Some(Arc::clone(caldav) as Arc<dyn CalendarSink>);
        }
    }

    /// Whoever tells what people change in the calendar by hand.
    pub(crate) fn watched(&self) -> Option<Arc<dyn CalendarWatch>> {
        let google = self.google.clone().map(|google| google as Arc<dyn CalendarWatch>);
        google.or_else(|| self.caldav.clone().map(|caldav| caldav as Arc<dyn CalendarWatch>))
    }
}

fn broken(wrong: impl std::fmt::Display) -> Failure {
    Failure::broken(wrong.to_string())
}
