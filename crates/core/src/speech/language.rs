//! The languages that Frontdesk speaks and understands.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language in which there is a text for every situation.
///
/// Written as its two letters (`"en"`); read from any BCP-47 tag of that language
/// (`"en-GB"`, `"es_MX"`, `"NL"`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Language {
    /// English; what is spoken when nothing else is known.
    #[default]
    En,
    /// Spanish, with the polite "usted".
    Es,
    /// Hindi, in Devanagari, with the polite "आप".
    Hi,
    /// Dutch, with the polite "u".
    Nl,
}

impl Language {
    /// Every language, English first.
    pub const ALL: [Self; 4] = [Self::En, Self::Es, Self::Hi, Self::Nl];

    /// The two letters of ISO 639-1, such as `"en"`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Hi => "hi",
            Self::Nl => "nl",
        }
    }

    /// The BCP-47 tag with region that speech synthesis and recognition ask for.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en-US",
            Self::Es => "es-ES",
            Self::Hi => "hi-IN",
            Self::Nl => "nl-NL",
        }
    }

    /// Reads a BCP-47 tag; only its first part, the language, counts.
    ///
    /// # Errors
    /// [`UnknownLanguage`] when the tag names a language that has no texts.
    pub fn parse(tag: &str) -> Result<Self, UnknownLanguage> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(primary))
            .ok_or_else(|| UnknownLanguage { given: tag.chars().take(35).collect() })
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(tag: &str) -> Result<Self, Self::Err> {
        Self::parse(tag)
    }
}

impl TryFrom<String> for Language {
    type Error = UnknownLanguage;

    fn try_from(tag: String) -> Result<Self, Self::Error> {
        Self::parse(&tag)
    }
}

impl From<Language> for &'static str {
    fn from(language: Language) -> Self {
        language.code()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// A language tag that names none of the languages with texts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown language {given:?}: use en, es, hi or nl, with or without a region")]
pub struct UnknownLanguage {
    /// The tag as it was given, cut to the 35 characters that a tag may have.
    pub given: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_tag_of_a_language_is_read_as_that_language() {
        for (tag, language) in [
            ("en", Language::En),
            ("en-GB", Language::En),
            ("es_MX", Language::Es),
            ("ES-419", Language::Es),
            ("Hi-Deva-IN", Language::Hi),
            (" nl-be ", Language::Nl),
        ] {
            assert_eq!(tag.parse(), Ok(language), "{tag}");
        }
    }

    #[test]
    fn an_unknown_language_names_those_that_exist() {
        let error = Language::parse("fr-CA").expect_err("there is no French");
        let message = error.to_string();
        assert!(message.contains("fr-CA"), "{message}");
        for language in Language::ALL {
            assert!(message.contains(language.code()), "{message}");
        }
        for empty in ["", "-", "english", "e"] {
            assert!(Language::parse(empty).is_err(), "{empty}");
        }
    }

    #[test]
    fn a_language_is_stored_as_its_code_and_its_tag_reads_back() {
        for language in Language::ALL {
            let stored = serde_json::to_string(&language).expect("a string");
            assert_eq!(stored, format!("{:?}", language.code()));
            assert_eq!(serde_json::from_str::<Language>(&stored).ok(), Some(language));
            assert_eq!(Language::parse(language.tag()), Ok(language));
        }
        assert!(serde_json::from_str::<Language>("\"xx\"").is_err());
    }
}
