use super::{Opening, Policy};
use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use std::collections::BTreeMap;

/// Somebody whose telephone we answer.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Business {
    /// The name as spoken.
    pub name: Option<String>,
    /// Its number: the caller id of calls, and where people ring it.
    pub phone: Option<String>,
    /// Its numbers with carriers that know it by another one than `phone`: `{ twilio = "+14155550123" }`.
    pub numbers: BTreeMap<String, String>,
    /// The number of a person at the desk, for transfers.
    pub desk: Option<String>,
    /// IANA name, such as `Europe/Amsterdam`.
    pub time_zone: Option<String>,
    /// `en`, `es`, `hi` or `nl`.
    pub language: Option<String>,
    /// ISO 3166 region assumed for numbers without country code, such as `SG`.
    pub region: Option<String>,
    /// Carriers for outbound calls, the preferred one first.
    pub carriers: Option<Vec<String>>,
    /// The flow of outbound calls.
    pub flow: Option<String>,
    /// The flow of inbound calls.
    pub inbound_flow: Option<String>,
    /// What answers whoever rings it: `menu`; `stream`, the media socket; `agent`, the one of `elevenlabs`; or `seed`, seed
    /// 001's own answer, for contract tests.
    pub inbound: Option<String>,
    /// When people may be contacted, in their own zone.
    pub hours: Option<Hours>,
    /// Days without contact, such as `2026-12-25`.
    pub holidays: Vec<String>,
    /// Contacts within 24 hours at the most.
    pub per_day: Option<u32>,
    /// Contacts within 7 days at the most.
    pub per_week: Option<u32>,
    /// Whether a recorded yes is needed before anybody is contacted.
    pub needs_consent: Option<bool>,
    /// When it can be visited: the times to which people may move their appointment by themselves.
    pub opening: Opening,
    /// Its calendar, where it has one of its own: an id with Google, an address with CalDAV.
    pub calendar: Option<String>,
    /// Texts in its own words, over those of the configuration and the built-in ones.
    pub texts: OwnTexts,
    /// How people are asked.
    pub policy: Policy,
}

/// A folder with a file for each text (`en/sms-confirmed.txt`), or the texts themselves by language
/// (`en = { sms-confirmed = "..." }`). Templates: `{{ name }}`, `{% if service %}..{% endif %}`.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum OwnTexts {
    /// The folder.
    Folder(String),
    /// By language, then by the name of the text.
    Inline(BTreeMap<String, BTreeMap<String, String>>),
}

impl Default for OwnTexts {
    fn default() -> Self {
        Self::Inline(BTreeMap::new())
    }
}

/// One stretch for all days (`"09:00-20:00"`, several with commas, `"closed"`), or one for each weekday.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum Hours {
    /// The same every day.
    Daily(String),
    /// By weekday.
    Weekly(Box<Week>),
}

/// The hours of each weekday; a day left out is closed.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Week {
    /// Monday.
    pub monday: Option<String>,
    /// Tuesday.
    pub tuesday: Option<String>,
    /// Wednesday.
    pub wednesday: Option<String>,
    /// Thursday.
    pub thursday: Option<String>,
    /// Friday.
    pub friday: Option<String>,
    /// Saturday.
    pub saturday: Option<String>,
    /// Sunday.
    pub sunday: Option<String>,
}

impl Week {
    /// Names and hours, Monday first.
    #[must_use]
    pub fn days(&self) -> [(&'static str, Option<&str>); 7] {
        [
            ("monday", self.monday.as_deref()),
            ("tuesday", self.tuesday.as_deref()),
            ("wednesday", self.wednesday.as_deref()),
            ("thursday", self.thursday.as_deref()),
            ("friday", self.friday.as_deref()),
            ("saturday", self.saturday.as_deref()),
            ("sunday", self.sunday.as_deref()),
        ]
    }
}

/// By hand, because an untagged enum would not name the text that is none.
impl<'de> Deserialize<'de> for OwnTexts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = OwnTexts;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a folder like \"texts/clinic\", or a table of texts for each language")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<OwnTexts, E> {
                Ok(OwnTexts::Folder(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OwnTexts, A::Error> {
                BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(OwnTexts::Inline)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// By hand, because an untagged enum would not name a misspelt weekday.
impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Hours;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("hours like \"09:00-20:00\", or a table of weekdays")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Hours, E> {
                Ok(Hours::Daily(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Hours, A::Error> {
                let mut stretches: Vec<String> = Vec::new();
                while let Some(part) = parts.next_element()? {
                    stretches.push(part);
                }
                Ok(Hours::Daily(stretches.join(",")))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Hours, A::Error> {
                Week::deserialize(MapAccessDeserializer::new(map)).map(|week| Hours::Weekly(Box::new(week)))
            }
        }
        deserializer.deserialize_any(Either)
    }
}
