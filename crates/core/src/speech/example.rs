//! Somebody who does not exist, by whom texts are measured and shown.

use chrono::{DateTime, Days, TimeZone, Utc};
use chrono_tz::Tz;

use super::{Language, written_time};

/// Values of usual length, in the script of a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// The name of a business.
    pub business: &'static str,
    /// The name of a person.
    pub name: &'static str,
    /// What an appointment is for.
    pub service: &'static str,
    /// A telephone number that nobody has.
    pub phone: &'static str,
    /// A link as long as ours are.
    pub link: &'static str,
    /// Where such a business is.
    pub zone: Tz,
}

impl Example {
    /// The one of a language.
    #[must_use]
    pub fn of(language: Language) -> Self {
        let (business, name, service, zone) = match language {
            Language::En => ("Bright Smile Dental", "Katherine Anderson", "Dental cleaning", Tz::America__New_York),
            Language::Es => ("Clínica Dental Sol", "María José Fernández", "Limpieza dental", Tz::Europe__Madrid),
            Language::Hi => ("मुस्कान डेंटल क्लिनिक", "प्रियंका श्रीवास्तव", "दाँतों की सफ़ाई", Tz::Asia__Kolkata),
            Language::Nl => {
                ("Tandartspraktijk De Linde", "Willemijn van der Berg", "Gebitsreiniging", Tz::Europe__Amsterdam)
            }
        };
        Self {
            business,
            name,
            service,
            phone: "+1 500 555 0100",
            link: "https://desk.example.com/a/EQGP3k8vVHuCjZ0xq2bT6mMAAQHJy7jVQ1p9uLq0sY3xWnB4kd7E",
            zone,
        }
    }

    /// A day of every weekday in every month, at an hour with two digits, as it is written.
    pub(super) fn times(&self, language: Language) -> Vec<String> {
        let written = |at: DateTime<Tz>| written_time(at.with_timezone(&Utc), self.zone, language);
        (1..=12)
            .filter_map(|month| self.zone.with_ymd_and_hms(2026, month, 20, 22, 30, 0).earliest())
            .flat_map(|first| (0..7).filter_map(move |day| first.checked_add_days(Days::new(day))))
            .map(written)
            .collect()
    }

    /// A time as long as they get, as it is written.
    #[must_use]
    pub fn written(&self, language: Language) -> String {
        self.times(language).into_iter().max_by_key(String::len).unwrap_or_default()
    }

    /// As variables of texts, at the time `when`.
    #[must_use]
    pub fn variables<'t>(&self, when: &'t str) -> [(&'static str, &'t str); 9] {
        [
            ("business", self.business),
            ("name", self.name),
            ("when", when),
            ("service", self.service),
            ("phone", self.phone),
            ("code", "K7Q4"),
            ("link", self.link),
            ("minutes", "45"),
            ("attempt", "2"),
        ]
    }
}
