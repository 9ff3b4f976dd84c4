//! What the adapter must know.

use chrono_tz::Tz;
use secrecy::SecretString;
use std::{collections::BTreeMap, fmt, time::Duration};
use url::{Host, Url};

/// What the adapter must know. [`Config::new`] fills in the rest.
#[derive(Clone)]
pub struct Config {
    /// The calendar of every business that has none of its own: the collection itself, or a place from which it is found
    /// (the server, somebody's principal, their calendar home), as long as there is a single one.
    pub base_url: Url,
    /// The businesses that have a calendar or a time zone of their own, by name.
    pub calendars: BTreeMap<String, Calendar>,
    /// Who writes.
    pub username: String,
    /// Their password; where the server has two factors, an app password.
    pub password: SecretString,
    /// The zone of days and of times without one, where the business has none of its own.
    pub time_zone: Tz,
    /// Sends the password in the clear to other machines. For a network that nobody else is on; on this machine plain HTTP
    /// is allowed anyway.
    pub allow_plain_http: bool,
    /// How long a request waits for its answer.
    pub answer_within: Duration,
}

/// The calendar of a business.
#[derive(Clone)]
pub struct Calendar {
    /// Where it is; `None`: [`Config::base_url`]. The credentials are the same.
    pub url: Option<Url>,
    /// The zone of days and of times without one: an all-day event is a day there.
    pub time_zone: Tz,
}

impl Config {
    /// One calendar for every business.
    #[must_use]
    pub fn new(base_url: Url, username: impl Into<String>, password: SecretString) -> Self {
        Self {
            base_url,
            calendars: BTreeMap::new(),
            username: username.into(),
            password,
            time_zone: Tz::UTC,
            allow_plain_http: false,
            answer_within: Duration::from_secs(15),
        }
    }

    /// Whether this can be used at all; the adapter asks it, too.
    ///
    /// # Errors
    /// [`Unusable`] where it cannot, or would give the password away.
    pub fn look_through(&self) -> Result<(), Unusable> {
        // A header is one line, and a colon ends the name in it.
        if self.username.is_empty() || self.username.contains(|c: char| c == ':' || c.is_control()) {
            return Err(Unusable::Username);
        }
        let own = self.calendars.values().filter_map(|calendar| calendar.url.as_ref());
        std::iter::once(&self.base_url).chain(own).try_for_each(|url| {
            if !url.username().is_empty() || url.password().is_some() {
                return Err(Unusable::Credentials);
            }
            if url.query().is_some() || url.fragment().is_some() {
                return Err(Unusable::Query);
            }
            match url.scheme() {
                "https" => Ok(()),
                "http" if self.allow_plain_http || loopback(url) => Ok(()),
                "http" => Err(Unusable::Plain(url.host_str().unwrap_or_default().to_owned())),
                _ => Err(Unusable::Scheme),
            }
        })
    }

    pub(crate) fn url(&self, business: &str) -> &Url {
        self.calendars.get(business).and_then(|calendar| calendar.url.as_ref()).unwrap_or(&self.base_url)
    }

    pub(crate) fn time_zone(&self, business: &str) -> Tz {
        self.calendars.get(business).map_or(self.time_zone, |calendar| calendar.time_zone)
    }
}

fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Scheme, host and port of an address. Its path names people, and somebody may have put credentials into it.
pub(crate) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("base_url", &origin(&self.base_url))
            .field("calendars", &self.calendars)
            .field("time_zone", &self.time_zone)
            .field("allow_plain_http", &self.allow_plain_http)
            .field("answer_within", &self.answer_within)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.as_ref().map(origin);
        f.debug_struct("Calendar").field("url", &url).field("time_zone", &self.time_zone).finish()
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// No user, or one that cannot be sent.
    #[error("the CalDAV username is missing, or has a colon or a control character in it")]
    Username,
    /// The address holds a user or a password.
    #[error("a CalDAV address has credentials in it; put them into username and password")]
    Credentials,
    /// The address is not that of a collection.
    #[error("a CalDAV address has a `?` or a `#` in it; take the address of the calendar itself")]
    Query,
    /// The password would cross the network in the clear.
    #[error("the CalDAV password would cross the network in the clear to {0}; use https, or say allow_plain_http")]
    Plain(String),
    /// Neither `https` nor `http`.
    #[error("a CalDAV address begins with https://")]
    Scheme,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> Config {
        Config::new(Url::parse(url).unwrap(), "desk", "hush-hush".into())
    }

    #[test]
    fn the_password_goes_in_the_clear_only_within_this_machine_or_where_it_is_allowed() {
        for url in ["https://dav.example/a/", "http://127.0.0.1:5232/a/", "http://[::1]/", "http://localhost/"] {
            assert_eq!(config(url).look_through(), Ok(()), "{url}");
        }
        let mut plain = config("http://dav.example/a/");
        assert_eq!(plain.look_through(), Err(Unusable::Plain("dav.example".to_owned())));
        plain.allow_plain_http = true;
        assert_eq!(plain.look_through(), Ok(()));
        assert_eq!(
            config("http://localhost.example/").look_through().map_err(|e| e.to_string().contains("https")),
            Err(true)
        );
        assert_eq!(config("ftp://dav.example/").look_through(), Err(Unusable::Scheme));
    }

    #[test]
    fn every_calendar_is_looked_through() {
        let mut config = config("https://dav.example/a/");
        let url = Some(Url::parse("http://dav.example/b/").unwrap());
        config.calendars.insert("b".to_owned(), Calendar { url, time_zone: Tz::UTC });
        assert!(matches!(config.look_through(), Err(Unusable::Plain(_))));
    }

    #[test]
    fn an_address_with_credentials_is_refused_and_never_shown() {
        let config = config("https://desk:hush-hush@dav.example/ana@example.com/");
        assert_eq!(config.look_through(), Err(Unusable::Credentials));
        let shown = format!("{config:?} {}", config.look_through().unwrap_err());
        assert!(!shown.contains("hush") && !shown.contains("ana"), "{shown}");
    }
}
