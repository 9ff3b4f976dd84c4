//! Where the desk looks and who writes for it: the calendar, and mail.

use super::{
    carriers::{filled, place},
    layers::Layers,
    sections::Sections,
    settings::{Checker, Notice},
};
use crate::clock;
use chrono_tz::Tz;
use frontdesk_caldav as caldav;
use frontdesk_core::{personal::Email, rules::Rules};
use frontdesk_email as email;
use frontdesk_google_calendar as google;
use std::{collections::BTreeMap, path::Path};
use url::Url;

/// The seed's own server, which is meant where only an address is given.
const USUAL_SERVER: &str = "smtp.gmail.com";
const USUAL_PORT: u16 = 587;

/// What the desk works with besides the telephone.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    /// Who sends mail.
    pub email: Option<email::Config>,
    /// Where appointments are written; the local feed where neither is there.
    pub google: Option<google::Config>,
    /// The same, on a CalDAV server.
    pub caldav: Option<caldav::Config>,
}

impl Desk {
    /// As shown by `config show`: sections by name, secrets masked.
    pub(super) fn shown(&self) -> Vec<(&'static str, toml::Table)> {
        let table = |pairs: Vec<(&str, Option<toml::Value>)>| -> toml::Table {
            pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
        };
        let set = || toml::Value::from("(set)");
        let email = self.email.as_ref().map(|config| {
            table(vec![
                ("from", Some(config.from.to_string().into())),
                ("server", Some(config.host.clone().into())),
                ("port", Some(i64::from(config.port).into())),
                ("tls", Some(tls(config.tls).into())),
                ("password", config.login.as_ref().map(|_| set())),
            ])
        });
        let google = self.google.as_ref().map(|config| {
            table(vec![
                ("service_account", Some(set())),
                ("calendar", config.calendar.clone().map(Into::into)),
                ("subject", config.subject.as_ref().map(|_| set())),
                ("base_url", config.base_url.as_ref().map(|url| url.to_string().into())),
            ])
        });
        let caldav = self.caldav.as_ref().map(|config| {
            let origin = config.base_url.origin().ascii_serialization();
            // The path may hold somebody's name.
            table(vec![("url", Some(format!("{origin}/…").into())), ("password", Some(set()))])
        });
        let all = [("email", email), ("google_calendar", google), ("caldav", caldav)];
        all.into_iter().filter_map(|(name, table)| Some((name, table?))).collect()
    }
}

fn tls(tls: email::Tls) -> &'static str {
    match tls {
        email::Tls::StartTls => "starttls",
        email::Tls::Implicit => "implicit",
        email::Tls::Off => "none",
    }
}

pub(super) fn build(
    checker: &mut Checker<'_>,
    sections: &Sections,
    rules: &Rules,
    folder: &Path,
    notices: &mut Vec<Notice>,
) -> Desk {
    let desk = Desk {
        email: mail(checker, sections, folder),
        google: google(checker, sections),
        caldav: caldav(checker, sections, rules),
    };
    if desk.google.is_some() && desk.caldav.is_some() {
        checker.problem(
            "caldav.url",
            "is a second calendar beside Google's; appointments go into one, take the other out",
        );
    }
    if desk.google.is_none() && desk.caldav.is_none() {
        for (id, _) in sections.businesses.iter().filter(|(_, business)| business.calendar.is_some()) {
            let key = format!("businesses.{id}.calendar");
            checker.problem(&key, "names a calendar, and none is configured; add [google_calendar] or [caldav]");
        }
    }
    notices.extend(idle(checker.layers, sections, &desk));
    notices.extend(unseen(checker.layers, rules, &desk));
    desk
}

fn mail(checker: &mut Checker<'_>, sections: &Sections, folder: &Path) -> Option<email::Config> {
    let section = &sections.email;
    let address = |checker: &mut Checker<'_>, key: &str, text: &str| {
        checker.keep(key, Email::parse(text).map_err(|_| "is no address; write it like desk@example.com"))
    };
    let from = address(checker, "email.from", &filled(&section.from)?)?;
    let server = filled(&section.server).unwrap_or_else(|| USUAL_SERVER.to_owned());
    let username = filled(&section.username).unwrap_or_else(|| from.reveal().to_owned());
    let mut config = email::Config::new(server, section.port.unwrap_or(USUAL_PORT), from);
    config.from_name = filled(&section.from_name);
    config.reply_to = filled(&section.reply_to).and_then(|text| address(checker, "email.reply_to", &text));
    config.login = filled(&section.password).map(|password| email::Login { username, password: password.into() });
    config.attach_invitation = section.attach_invitation.unwrap_or(config.attach_invitation);
    if let Some(text) = filled(&section.tls) {
        let tls = email::Tls::parse(&text).ok_or_else(|| format!("is {text:?}; write starttls, implicit or none"));
        config.tls = checker.keep("email.tls", tls).unwrap_or(config.tls);
    }
    if let Some(file) = filled(&section.root_certificates) {
        let read = std::fs::read_to_string(folder.join(&file));
        let read = read.map_err(|error| format!("names the file {file:?}, which cannot be read: {error}"));
        config.root_certificates = checker.keep("email.root_certificates", read);
    }
    if let Err(wrong) = email::Smtp::new(&config) {
        let key = match wrong {
            email::BadConfig::Host => "email.server",
            email::BadConfig::From | email::BadConfig::Hello => "email.from",
            email::BadConfig::ReplyTo => "email.reply_to",
            email::BadConfig::Roots => "email.root_certificates",
            email::BadConfig::PasswordInTheOpen => "email.tls",
        };
        checker.problem(key, wrong.to_string());
    }
    Some(config)
}

fn google(checker: &mut Checker<'_>, sections: &Sections) -> Option<google::Config> {
    let section = &sections.google_calendar;
    let account = google::ServiceAccount::parse(&filled(&section.service_account)?);
    let account = checker.keep("google_calendar.service_account", account)?;
    let mut config = google::Config::new(account, google::Clock::new(clock::now));
    config.calendar = filled(&section.calendar);
    config.subject = filled(&section.subject);
    config.base_url = place(checker, "google_calendar.base_url", &section.base_url);
    config.calendars = own_calendars(sections);
    Some(config)
}

fn own_calendars(sections: &Sections) -> BTreeMap<String, String> {
    let own = sections.businesses.iter().filter_map(|(id, business)| Some((id.clone(), filled(&business.calendar)?)));
    own.collect()
}

fn caldav(checker: &mut Checker<'_>, sections: &Sections, rules: &Rules) -> Option<caldav::Config> {
    let section = &sections.caldav;
    let url = place(checker, "caldav.url", &section.url)?;
    let missing = [("caldav.username", &section.username), ("caldav.password", &section.password)];
    for (key, _) in missing.iter().filter(|(_, value)| filled(value).is_none()) {
        checker.problem(key, "is missing, and caldav.url is of no use without it");
    }
    let (username, password) = (filled(&section.username)?, filled(&section.password)?);
    let mut config = caldav::Config::new(url, username, password.into());
    config.allow_plain_http = section.allow_plain_http;
    let own = own_calendars(sections);
    for (id, business) in &rules.businesses {
        let key = format!("businesses.{id}.calendar");
        let url = own.get(id).and_then(|text| {
            checker.keep(&key, Url::parse(text).map_err(|_| "is no address of a calendar; write its whole https URL"))
        });
        config.calendars.insert(id.clone(), caldav::Calendar { url, time_zone: business.time_zone });
    }
    config.time_zone = rules.businesses.values().next().map_or(Tz::UTC, |business| business.time_zone);
    if let Err(wrong) = config.look_through() {
        checker.problem("caldav.url", wrong.to_string());
    }
    Some(config)
}

/// What is written and comes to nothing, because what it belongs to is missing: a seed's example has some of it filled in.
fn idle(layers: &Layers, sections: &Sections, desk: &Desk) -> Vec<Notice> {
    let (mail, google) = (&sections.email, &sections.google_calendar);
    let lost = [
        (
            desk.email.is_none() && filled(&mail.server).is_some(),
            "email.server",
            "sends no mail without email.from (EMAIL_FROM)",
        ),
        (
            desk.email.is_none() && filled(&mail.password).is_some(),
            "email.password",
            "sends no mail without email.from (EMAIL_FROM)",
        ),
        (
            desk.google.is_none() && filled(&google.calendar).is_some(),
            "google_calendar.calendar",
            "is written by nobody without a service account (GOOGLE_SERVICE_ACCOUNT_JSON_B64)",
        ),
    ];
    let told = lost.into_iter().filter(|(lost, _, _)| *lost);
    told.map(|(_, key, what)| Notice { origin: layers.origin(key), text: format!("{key} {what}") }).collect()
}

/// Calendars that nobody looks into.
fn unseen(layers: &Layers, rules: &Rules, desk: &Desk) -> Option<Notice> {
    let config = desk.google.as_ref()?;
    let unseen: Vec<_> = rules.businesses.keys().filter(|id| config.seen_by_nobody(id)).map(String::as_str).collect();
    (!unseen.is_empty()).then(|| Notice {
        origin: layers.origin("google_calendar.service_account"),
        text: format!(
            "appointments of {} go into the service account's own calendar, which nobody sees; share a calendar with the \
             account and set GOOGLE_CALENDAR_ID to its id",
            unseen.join(", ")
        ),
    })
}
