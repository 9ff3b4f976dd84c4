//! Personal data. These types print masked, so that a log line or an error cannot give a person away;
//! whoever must show or dial the real value says so with `reveal`.

mod glance;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};
use serde::{Deserialize, Serialize};

/// Why a piece of personal data was not taken. Never repeats the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPersonal {
    /// Not a telephone number anyone could dial.
    #[error("is not a telephone number; write it with country code, like +14155550123")]
    Phone,
    /// Not an e-mail address.
    #[error("is not an e-mail address; write it like ana@example.com")]
    Email,
    /// Empty, or longer than a name can be.
    #[error("must be 1 to 200 characters without control characters")]
    Name,
    /// Empty, or longer than a link can be.
    #[error("must be a link of 1 to 2048 characters without white space")]
    Link,
}

/// A telephone number in E.164 form (`+` and 7 to 15 digits).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Phone(String);

/// The numbers that carriers show for callers who hide theirs: the keys of "anonymous", "restricted", "unavailable",
/// "unknown" and "blocked".
/// <https://help.twilio.com/articles/223179988-Why-am-I-getting-calls-from-these-strange-numbers->
const HIDDEN: [&str; 5] = ["+266696687", "+7378742833", "+86282452253", "+8656696", "+2562533"];

impl Phone {
    /// Stands in every row for the number of a person who was forgotten. Nobody has it, and the gate never lets it be
    /// contacted.
    #[must_use]
    pub fn forgotten() -> Self {
        Self("+1000000000".to_owned())
    }

    /// Stands for the number of somebody who did not tell any. Nobody has it, and the gate never lets it be contacted.
    #[must_use]
    pub fn unknown() -> Self {
        Self("+1000000001".to_owned())
    }

    /// Stands for the number of a caller who hides theirs, as carriers write it; it spells "anonymous".
    #[must_use]
    pub fn anonymous() -> Self {
        Self(HIDDEN[0].to_owned())
    }

    /// Whether nobody has this number: it was forgotten, never told, or hidden. It tells no two people apart.
    #[must_use]
    pub fn nobodys(&self) -> bool {
        *self == Self::forgotten() || *self == Self::unknown() || HIDDEN.contains(&self.reveal())
    }

    /// Reads a number as people write it; `region` (ISO 3166, like `SG`) is assumed when there is no country code.
    ///
    /// # Errors
    /// [`BadPersonal::Phone`] when nobody could dial it.
    pub fn parse(text: &str, region: Option<&str>) -> Result<Self, BadPersonal> {
        let text = text.trim();
        glance::read(text, region).map_or_else(|| by_the_rules(text, region), Ok).map(Self)
    }

    /// Reads a number that we wrote down ourselves. It is canonical already: looking at its shape costs far less than
    /// parsing it again.
    ///
    /// # Errors
    /// [`BadPersonal::Phone`] when nobody could dial it.
    pub fn known(text: String) -> Result<Self, BadPersonal> {
        if e164(&text) { Ok(Self(text)) } else { Self::parse(&text, None) }
    }

    /// The number itself, to dial it or to show it to somebody allowed to see it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Phone {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::known(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Reads a number by the rules of every country there is.
fn by_the_rules(text: &str, region: Option<&str>) -> Result<String, BadPersonal> {
    let region = region.and_then(|region| region.parse::<Region>().ok());
    let number = PHONE_NUMBER_UTIL.parse(text, region).map_err(|_| BadPersonal::Phone)?;
    if !PHONE_NUMBER_UTIL.is_possible_number(&number) {
        return Err(BadPersonal::Phone);
    }
    Ok(PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned())
}

fn e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
    })
}

impl std::fmt::Display for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tail = self.0.len().saturating_sub(2);
        write!(f, "+…{}", &self.0[tail..])
    }
}

/// An e-mail address.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Reads an address; only its shape is checked, delivery is the proof.
    ///
    /// # Errors
    /// [`BadPersonal::Email`] when it cannot be one.
    pub fn parse(text: &str) -> Result<Self, BadPersonal> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(BadPersonal::Email)?;
        let clean = |part: &str, extra: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && !part.ends_with('.')
                && !part.contains("..")
                && part.chars().all(|c| c.is_alphanumeric() || extra.contains(c))
        };
        let fits = text.len() <= 254 && local.len() <= 64 && domain.contains('.');
        if fits && clean(local, "!#$%&'*+/=?^_`{|}~.-") && clean(domain, ".-") {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadPersonal::Email)
        }
    }

    /// The address itself, to write to it or to show it to somebody allowed to see it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl std::fmt::Display for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let domain = self.0.rsplit_once('@').map_or("", |(_, domain)| domain);
        write!(f, "…@{domain}")
    }
}

/// A person's name as they want to be called.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct PersonName(String);

impl PersonName {
    /// Takes a name of 1 to 200 characters; surrounding white space is dropped.
    ///
    /// # Errors
    /// [`BadPersonal::Name`] when it is empty, too long or holds control characters.
    pub fn parse(text: &str) -> Result<Self, BadPersonal> {
        let text = text.trim();
        let length = text.chars().count();
        if (1..=200).contains(&length) && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadPersonal::Name)
        }
    }

    /// What stands for a name that nobody told.
    const UNKNOWN: &str = "Customer";

    /// Stands for the name of somebody who did not tell any.
    #[must_use]
    pub fn unknown() -> Self {
        Self(Self::UNKNOWN.to_owned())
    }

    /// Whether it only stands for a name that nobody told: nobody is greeted by it.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.0 == Self::UNKNOWN
    }

    /// The name itself, to speak it or to show it to somebody allowed to see it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for PersonName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl std::fmt::Display for PersonName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.chars().next() {
            Some(initial) => write!(f, "{initial}."),
            None => f.write_str("?"),
        }
    }
}

/// Where a carrier keeps what somebody said: whoever has the link may be able to hear it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordingLink(String);

impl RecordingLink {
    /// Longer links than this are none that a carrier gives.
    const LONGEST: usize = 2_048;

    /// Takes a link as the carrier gave it; fetching it may need the carrier's credentials.
    ///
    /// # Errors
    /// [`BadPersonal::Link`] when it is empty, too long or holds white space or control characters.
    pub fn parse(text: &str) -> Result<Self, BadPersonal> {
        let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        if plain && (1..=Self::LONGEST).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadPersonal::Link)
        }
    }

    /// Whether this is a link to the same recording. A carrier may name it at the hosts of several regions; what the path
    /// ends in is its name.
    #[must_use]
    pub fn is_of(&self, url: &str) -> bool {
        fn name(url: &str) -> Option<&str> {
            url.split(['?', '#']).next()?.rsplit('/').next().filter(|name| !name.is_empty())
        }
        self.0 == url || name(&self.0).is_some_and(|ours| Some(ours) == name(url))
    }

    /// The link itself, to show it to somebody allowed to listen.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RecordingLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(a recording)")
    }
}

/// A link by which whoever has it acts for one person: it is sent to them, and told to nobody else.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalLink(String);

impl PersonalLink {
    /// Takes a link that we made.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self(url)
    }

    /// The link itself, to send it to the one whom it is for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for PersonalLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(a person's link)")
    }
}

/// What a person wrote to the business, in their own words: shown to the desk, and forgotten with the person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Words(String);

impl Words {
    /// More characters are not kept: it is to be read at a glance.
    const LONGEST: usize = 500;

    /// Takes what a person wrote, on one line; `None` where nothing of it can be shown.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let plain = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
        let text: String = plain.collect::<Vec<_>>().join(" ").chars().take(Self::LONGEST).collect();
        (!text.is_empty()).then_some(Self(text))
    }

    /// The words themselves, to show them to the desk.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(a person's words)")
    }
}

/// A telephone number as a carrier writes it, which may be none that anyone could dial (`anonymous`).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawNumber(String);

impl RawNumber {
    /// Takes what a carrier wrote, at most 32 characters of it; `None` when there is nothing.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text: String = text.trim().chars().filter(|c| !c.is_control()).take(32).collect();
        (!text.is_empty()).then_some(Self(text))
    }

    /// The number itself, to show it to somebody allowed to see it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RawNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let length = self.0.chars().count();
        let tail: String = self.0.chars().skip(length.saturating_sub(2)).collect();
        if length > 6 { write!(f, "…{tail}") } else { f.write_str("…") }
    }
}

/// What somebody said, in their words or in somebody else's: it may hold anything about them.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Said(String);

impl Said {
    /// Takes the first `most` characters of it, control characters but line breaks left out; `None` when nothing is left.
    #[must_use]
    pub fn new(text: &str, most: usize) -> Option<Self> {
        let text: String = text.trim().chars().filter(|c| !c.is_control() || *c == '\n').take(most).collect();
        (!text.is_empty()).then_some(Self(text))
    }

    /// The words themselves, to show them to somebody allowed to read them.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({} characters)", self.0.chars().count())
    }
}

macro_rules! debug_is_display {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    )*};
}
debug_is_display!(Phone, Email, PersonName, PersonalLink, RecordingLink, RawNumber, Said, Words);

mod redact;
#[cfg(test)]
mod tests;
