//! What is said on these pages, in the language of whoever reads them.

use axum::http::{HeaderMap, header};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    appointment::{Appointment, Status},
    effect::Channel,
    rules::Rules,
    speech::{Language, Texts, written_clock, written_day, written_time},
};
use std::sync::Arc;

/// The first language a browser asks for that is spoken here.
pub(super) fn accepted(headers: &HeaderMap) -> Language {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    asked.split(',').find_map(|part| Language::parse(part.split(';').next()?).ok()).unwrap_or_default()
}

/// The texts in one language, with what is filled in everywhere.
#[derive(Clone)]
pub(super) struct Say {
    texts: Arc<Texts>,
    pub(super) language: Language,
    business: String,
    phone: String,
}

impl Say {
    pub(super) fn new(texts: &Arc<Texts>, language: Language) -> Self {
        Self { texts: Arc::clone(texts), language, business: String::new(), phone: String::new() }
    }

    /// For the guests of a business.
    pub(super) fn of(rules: &Rules, language: Language, appointment: &Appointment) -> Self {
        let business = rules.business(&appointment.business);
        let phone = business.and_then(|business| business.phone.as_ref());
        let name = appointment.business_name.clone().or_else(|| business.map(|business| business.name.clone()));
        Self {
            business: name.unwrap_or_default(),
            phone: phone.map(|phone| phone.reveal().to_owned()).unwrap_or_default(),
            // Cheap: what is parsed is shared.
            texts: Arc::new(rules.texts.for_business(&appointment.business).clone()),
            language,
        }
    }

    /// The name people know the business by.
    pub(super) fn business(&self) -> &str {
        &self.business
    }

    /// Where the business is rung, where that is known.
    pub(super) fn phone(&self) -> Option<&str> {
        Some(self.phone.as_str()).filter(|phone| !phone.is_empty())
    }

    pub(super) fn code(&self) -> &'static str {
        self.language.code()
    }

    pub(super) fn text(&self, id: &str) -> String {
        self.at(id, "")
    }

    /// A text with a time in it.
    pub(super) fn at(&self, id: &str, when: &str) -> String {
        self.texts.say(self.language, id, &[("business", &self.business), ("phone", &self.phone), ("when", when)])
    }
}

/// How an appointment stands, with a tone and a mark that say the same without colour.
pub(super) struct State {
    pub(super) tone: &'static str,
    pub(super) mark: &'static str,
    pub(super) word: String,
    /// Who said so, and when.
    pub(super) how: Option<String>,
}

impl State {
    pub(super) fn of(say: &Say, appointment: &Appointment, zone: Tz, now: DateTime<Utc>) -> Self {
        let (tone, mark, word) = match appointment.status {
            Status::Confirmed | Status::Completed => ("good", "✓", "page-status-confirmed"),
            Status::Cancelled => ("bad", "✕", "page-status-cancelled"),
            Status::RescheduleRequested => ("warn", "!", "page-status-reschedule"),
            Status::Scheduled | Status::Confirming | Status::Unreached | Status::NoShow => {
                ("plain", "·", "page-status-open")
            }
        };
        let how = appointment.answer.map(|answer| {
            let id = match answer.channel {
                Channel::Voice => "page-answered-voice",
                Channel::Sms => "page-answered-sms",
                Channel::Whatsapp => "page-answered-whatsapp",
                Channel::Email => "page-answered-email",
                Channel::Link => "page-answered-link",
                Channel::Desk => "page-answered-desk",
            };
            say.at(id, &lately(say, answer.at, zone, now))
        });
        Self { tone, mark, word: say.text(word), how }
    }
}

/// A time as it stands in messages.
pub(super) fn when(say: &Say, at: DateTime<Utc>, zone: Tz) -> String {
    written_time(at, zone, say.language)
}

/// A time that lies behind us: by the clock on the day itself, with the day before it later on.
fn lately(say: &Say, at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    let date = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let clock = written_clock(at, zone, say.language);
    if date(at) == date(now) { clock } else { format!("{}, {clock}", written_day(at, zone, say.language)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_no_working_link_is_told_so_in_their_browsers_language() {
        for (asked, want) in [
            ("nl-NL,nl;q=0.9,en;q=0.8", Language::Nl),
            ("fr-FR,es;q=0.5", Language::Es),
            ("hi", Language::Hi),
            ("fr", Language::En),
            ("", Language::En),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, asked.parse().unwrap());
            assert_eq!(accepted(&headers), want, "{asked}");
        }
    }
}
