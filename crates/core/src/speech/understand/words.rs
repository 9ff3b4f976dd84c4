//! The words and phrases that answers are made of, by language.
//!
//! Written as folded by `fold`: lower case, no accents, no apostrophes, chandrabindu as anusvara,
//! no nukta. A phrase is words with single spaces; the longest that matches wins, so that "not a
//! problem" is no "not".

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Language, Meaning, Piece};

mod en;
mod es;
mod hi;
mod nl;

/// What a word or phrase contributes to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    /// Agreement, to whatever it belongs.
    Yes,
    /// "I will be there": agreement with the appointment itself.
    Attend,
    /// Refusal, to whatever it belongs.
    No,
    /// "I cannot come", "cancel it": refusal of the appointment itself.
    Decline,
    /// Wants another time.
    Other,
    /// Wants no more messages.
    Stop,
    /// The beginning of a question or of a proposal.
    Ask,
    /// A day or a part of the day.
    Day,
    /// Speaks against taking a yes or a no at its word.
    Doubt,
    /// A reason why something may not go well: speaks against a yes, not against a no.
    Obstacle,
    /// "If": nothing that follows is certain.
    Condition,
    /// Says nothing about the appointment.
    Filler,
}

/// Phrases of one language by what they contribute, separated by commas.
pub(super) type Phrases = [(Sense, &'static str)];

/// Signs that mean the same everywhere.
const EMOJI: &Phrases = &[
    (Sense::Yes, "👍, 👌, ✅, ✔, ☑, 🆗"),
    (Sense::No, "👎, ❌, ✖, 🚫"),
    (Sense::Doubt, "🤔, 🤷, 😕"),
    (Sense::Filler, "🙏, 🙂, 😊, 😀, 😃, 😄, 😁, ❤, 🎉, 👋, ♂, ♀"),
];

/// Everything that counts in messages in a language, by its first word, longest first.
pub(super) struct Vocabulary(HashMap<&'static str, Vec<(Vec<&'static str>, Sense)>>);

static VOCABULARIES: LazyLock<[Vocabulary; 4]> = LazyLock::new(|| Language::ALL.map(Vocabulary::collect));

impl Vocabulary {
    pub(super) fn of(language: Language) -> &'static Self {
        let [en, es, hi, nl] = &*VOCABULARIES;
        match language {
            Language::En => en,
            Language::Es => es,
            Language::Hi => hi,
            Language::Nl => nl,
        }
    }

    fn collect(language: Language) -> Self {
        let mut by_first = HashMap::<_, Vec<_>>::new();
        // English comes last: at the same length, the person's own language knows better.
        for (sense, list) in [phrases(language), EMOJI, en::PHRASES].into_iter().flatten() {
            for phrase in each(list) {
                let words: Vec<_> = phrase.split(' ').collect();
                if let Some(first) = words.first() {
                    by_first.entry(*first).or_default().push((words, *sense));
                }
            }
        }
        for phrases in by_first.values_mut() {
            phrases.sort_by_key(|(words, _)| Reverse(words.len()));
        }
        Self(by_first)
    }

    /// The longest phrase at the beginning of `pieces`, with its length in pieces.
    pub(super) fn longest(&self, pieces: &[Piece]) -> Option<(Sense, usize)> {
        let first = pieces.first()?.word()?;
        let (words, sense) = self.0.get(first)?.iter().find(|(words, _)| {
            let mut said = pieces.iter().map(Piece::word);
            words.iter().all(|word| said.next() == Some(Some(word)))
        })?;
        Some((*sense, words.len()))
    }
}

fn each(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(',').map(str::trim)
}

fn phrases(language: Language) -> &'static Phrases {
    match language {
        Language::En => en::PHRASES,
        Language::Es => es::PHRASES,
        Language::Hi => hi::PHRASES,
        Language::Nl => nl::PHRASES,
    }
}

/// Every phrase of a language with what it contributes.
#[cfg(test)]
pub(super) fn samples(language: Language) -> impl Iterator<Item = (Sense, &'static str)> {
    let lists = phrases(language).iter();
    lists.flat_map(|(sense, list)| each(list).map(|phrase| (*sense, phrase)))
}

/// A single word that is an instruction about messages rather than an answer.
pub(super) fn keyword(word: &str, language: Language) -> Option<Meaning> {
    let (stop, start, help): (&[&str], &[&str], &[&str]) = match language {
        Language::En => (&[], &[], &[]),
        Language::Es => {
            (&["baja", "alto", "parar", "pare"], &["alta", "inicio", "iniciar", "empezar"], &["ayuda", "informacion"])
        }
        Language::Hi => {
            (&["बंद", "रोको", "रोकें", "band", "roko"], &["शुरू", "चालू", "shuru", "chalu"], &["मदद", "सहायता", "madad"])
        }
        Language::Nl => (&["afmelden", "uitschrijven", "stoppen"], &["aanmelden", "beginnen"], &["hulp", "informatie"]),
    };
    let is = |own: &[&str], common: &[&str]| own.contains(&word) || common.contains(&word);
    if is(stop, &["unsub", "optout", "remove", "td"]) {
        Some(Meaning::Stop)
    } else if is(start, &["start", "unstop", "subscribe", "resume"]) {
        Some(Meaning::Start)
    } else if is(help, &["help", "info"]) {
        Some(Meaning::Help)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::fold::pieces;
    use super::*;

    #[test]
    fn every_phrase_is_written_as_it_is_folded() {
        for language in Language::ALL {
            for (_, phrase) in samples(language) {
                let words: Vec<_> = phrase.split(' ').map(|word| Piece::Word(word.to_owned())).collect();
                assert_eq!(pieces(phrase), words, "{phrase} in {language}");
            }
        }
    }

    #[test]
    fn no_phrase_of_a_language_is_listed_twice() {
        for language in Language::ALL {
            let mut seen = std::collections::HashSet::new();
            for (_, phrase) in samples(language) {
                assert!(seen.insert(phrase), "{phrase} in {language}");
            }
        }
    }
}
