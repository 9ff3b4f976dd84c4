//! What `check` says of calendar and mail.

use super::{Finding, Grade, finding};
use crate::{config::Config, wire::Desk};

/// What can be said without asking anybody.
pub(super) fn configured(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |grade, about, text: String| findings.push(finding(grade, about, text));
    let desk = &config.desk;
    match (&desk.google, &desk.caldav) {
        (Some(_), _) => say(Grade::Ok, "calendar", "appointments go into Google Calendar".to_owned()),
        (None, Some(_)) => say(Grade::Ok, "calendar", "appointments go to a CalDAV server".to_owned()),
        (None, None) => {
            let text = "kept here, as a feed to subscribe to; [google_calendar] or [caldav] writes into one of yours";
            say(Grade::Note, "calendar", text.to_owned());
        }
    }
    match &desk.email {
        Some(email) => {
            let login = if email.login.is_some() { "" } else { ", without a login" };
            let text = format!("mail comes from {}, through {}:{}{login}", email.from, email.host, email.port);
            say(Grade::Ok, "mail", text);
        }
        None if config.only_sandbox() => {}
        None => {
            let text = "nobody sends mail; set EMAIL_FROM, EMAIL_PASSWORD and SMTP_SERVER where somebody should";
            say(Grade::Note, "mail", text.to_owned());
        }
    }
    findings
}

/// Asks calendar and mail server.
pub(super) async fn asked(config: &Config) -> Vec<Finding> {
    let desk = match Desk::new(config, None) {
        Ok(desk) => desk,
        Err(failure) => return vec![finding(Grade::Wrong, "desk", failure.message)],
    };
    let mut findings = Vec::new();
    if let Some(email) = &desk.email {
        findings.push(match email.check().await {
            Ok(()) => finding(Grade::Ok, "mail", "the server takes us"),
            Err(error) => finding(Grade::Wrong, "mail", error.to_string()),
        });
    }
    let businesses: Vec<&str> = config.rules.businesses.keys().map(String::as_str).collect();
    if let Some(google) = &desk.google {
        for business in &businesses {
            findings.push(match google.check(business).await {
                Ok(()) => finding(Grade::Ok, "calendar", format!("{business}: its calendar is open to us")),
                Err(error) => finding(Grade::Wrong, "calendar", format!("{business}: {error}")),
            });
        }
    }
    if let Some(caldav) = &desk.caldav {
        match caldav.check(&businesses).await {
            Ok(found) => findings.extend(found.iter().map(|found| match found.writable {
                Some(false) => {
                    finding(Grade::Wrong, "calendar", format!("{:?} may be read only; let us write there", found.name))
                }
                _ => finding(Grade::Ok, "calendar", format!("{:?} is open to us", found.name)),
            })),
            Err(error) => findings.push(finding(Grade::Wrong, "calendar", error.to_string())),
        }
    }
    findings
}
