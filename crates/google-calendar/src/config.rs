//! What the adapter must know.

use crate::ServiceAccount;
use frontdesk_core::ports::Clock;
use secrecy::SecretString;
use std::{collections::BTreeMap, time::Duration};
use url::Url;

/// Google's API.
const API: &str = "https://www.googleapis.com/calendar/v3";
/// The calendar of whoever is logged in.
/// <https://developers.google.com/workspace/calendar/api/v3/reference/events/insert>
pub(crate) const PRIMARY: &str = "primary";

/// What the adapter must know. [`Config::new`] fills in everything that has a sensible default.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who we are towards Google.
    pub account: ServiceAccount,
    /// The address of a person of the organisation's, whom the service account may stand for (domain-wide delegation).
    /// Then `primary` is this person's calendar, and whoever is expected is invited by Google.
    /// <https://developers.google.com/workspace/guides/create-credentials#delegate_domain-wide_authority_to_your_service_account>
    pub subject: Option<String>,
    /// Whether whoever is expected is invited by Google, where there is a [`subject`](Self::subject). Where somebody else
    /// sends invitations, they would get two.
    pub invites: bool,
    /// The calendar of every business that has none of its own; without one it is `primary`, which nobody sees unless there
    /// is a [`subject`](Self::subject).
    pub calendar: Option<String>,
    /// The calendars of businesses, by the business's id.
    pub calendars: BTreeMap<String, String>,
    /// Where the API is; `None`: Google's own. Without a path, `/calendar/v3` is meant.
    pub base_url: Option<Url>,
    /// What notifications bring along, the newest first; more than one while it is being changed. Without any, no
    /// notification is taken.
    pub channel_tokens: Vec<SecretString>,
    /// How long an answer may take.
    pub answer_within: Duration,
    /// Where the time comes from.
    pub clock: Clock,
}

impl Config {
    /// Writes into `primary`, and takes no notifications.
    #[must_use]
    pub fn new(account: ServiceAccount, clock: Clock) -> Self {
        Self {
            account,
            subject: None,
            invites: true,
            calendar: None,
            calendars: BTreeMap::new(),
            base_url: None,
            channel_tokens: Vec::new(),
            answer_within: Duration::from_secs(10),
            clock,
        }
    }

    /// The calendar of a business. A blank name is none.
    pub(crate) fn calendar_of(&self, business: &str) -> &str {
        let named = |id: &&String| !id.trim().is_empty();
        let own = self.calendars.get(business).filter(named);
        own.or(self.calendar.as_ref().filter(named)).map_or(PRIMARY, |id| id.trim())
    }

    /// Whether a business's appointments go into the service account's own calendar, which nobody can look at: worth a
    /// warning, as everything seems to work.
    #[must_use]
    pub fn seen_by_nobody(&self, business: &str) -> bool {
        self.calendar_of(business) == PRIMARY && self.person().is_none()
    }

    /// Whether guests are invited.
    pub(crate) fn invites(&self) -> bool {
        self.invites && self.person().is_some()
    }

    /// Whom the account stands for. A blank address is nobody.
    pub(crate) fn person(&self) -> Option<&str> {
        self.subject.as_deref().map(str::trim).filter(|subject| !subject.is_empty())
    }

    /// The API, without a slash at its end.
    pub(crate) fn api(&self) -> String {
        let Some(url) = &self.base_url else {
            return API.to_owned();
        };
        let path = url.path().trim_end_matches('/');
        let mut api = url.clone();
        api.set_query(None);
        api.set_fragment(None);
        api.set_path(if path.is_empty() { "/calendar/v3" } else { path });
        api.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let account = ServiceAccount::parse(include_str!("../../../fixtures/google-calendar/service-account.json"));
        Config::new(account.unwrap(), Clock::new(|| chrono::DateTime::UNIX_EPOCH))
    }

    #[test]
    fn a_base_url_leads_to_the_api_however_it_is_written() {
        let mut config = config();
        assert_eq!(config.api(), "https://www.googleapis.com/calendar/v3");
        for (written, api) in [
            ("http://127.0.0.1:8081", "http://127.0.0.1:8081/calendar/v3"),
            ("http://127.0.0.1:8081/", "http://127.0.0.1:8081/calendar/v3"),
            ("https://proxy.example/calendar/v3/", "https://proxy.example/calendar/v3"),
            ("https://proxy.example/google/v3?a=b", "https://proxy.example/google/v3"),
        ] {
            config.base_url = Some(written.parse().unwrap());
            assert_eq!(config.api(), api);
        }
    }

    #[test]
    fn a_business_without_a_calendar_of_its_own_has_the_default_and_without_one_primary() {
        let mut config = config();
        config.calendar = Some("  ".to_owned());
        assert_eq!(config.calendar_of("clinic"), "primary");
        config.calendar = Some("desk@group.calendar.google.com".to_owned());
        config.calendars.insert("salon".to_owned(), "salon@group.calendar.google.com ".to_owned());
        assert_eq!(config.calendar_of("clinic"), "desk@group.calendar.google.com");
        assert_eq!(config.calendar_of("salon"), "salon@group.calendar.google.com");
    }
}
