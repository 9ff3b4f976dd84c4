//! What a written answer means.
//!
//! People answer "1", but also "Yes!", "sí, gracias", "can we do Tuesday?" or a thumb. The rule
//! is never to guess: whoever is taken at a word that they did not say misses an appointment, and
//! whoever is not understood is asked again. So a yes counts only when nothing in the message
//! speaks against it.

use super::Language;

mod fold;
mod words;

pub(super) use fold::fold;
use fold::{Piece, pieces};
use words::{Sense, Vocabulary};

/// Words by which carriers block every further message to a person when one of them is the whole
/// message. No text may ask for one of them as an answer.
pub const CARRIER_STOP_WORDS: [&str; 9] =
    ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "ARRET"];

/// What somebody means who answers a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// They come.
    Yes,
    /// They do not come.
    No,
    /// They want to come at another time.
    OtherTime,
    /// They want no more messages; a carrier may have blocked them already.
    Stop,
    /// They want messages again.
    Start,
    /// They ask who writes and how to end it.
    Help,
}

/// Reads a written answer, in `language` or in English; nothing when its meaning is not certain.
///
/// Letter case, punctuation, accents and skin tones do not matter, and digits count in every
/// script. A bare carrier keyword means what the carrier takes it for, so the single word "cancel"
/// is [`Meaning::Stop`] while "please cancel my appointment" is [`Meaning::No`].
#[must_use]
pub fn understand(text: &str, language: Language) -> Option<Meaning> {
    let pieces = pieces(text);
    if let Some(keyword) = carrier_keyword(&pieces, language) {
        return Some(keyword);
    }
    Heard::listen(&pieces, language).meaning()
}

/// Words that nobody writes at the head of a sentence unless they want the messages to end.
const PLAIN_STOP_WORDS: [&str; 5] = ["stop", "stopall", "unsubscribe", "unsub", "optout"];

/// The whole message is one keyword, said once or more; or a plain stop word stands alone before
/// the first punctuation, a signature or a reproach following.
fn carrier_keyword(pieces: &[Piece], language: Language) -> Option<Meaning> {
    let words: Vec<_> = pieces.iter().filter_map(Piece::word).collect();
    let first = *words.first()?;
    let alone = pieces.get(1).is_none_or(|next| next.word().is_none());
    if alone && PLAIN_STOP_WORDS.contains(&first) {
        return Some(Meaning::Stop);
    }
    if words.iter().any(|word| *word != first) {
        return None;
    }
    if CARRIER_STOP_WORDS.iter().any(|stop| stop.eq_ignore_ascii_case(first)) {
        return Some(Meaning::Stop);
    }
    words::keyword(first, language)
}

/// What was found in a message, before it is weighed.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent observation; their combinations are weighed in one place"
)]
struct Heard {
    yes: bool,
    attend: bool,
    no: bool,
    decline: bool,
    other: bool,
    stop: bool,
    asks: bool,
    day: bool,
    doubt: bool,
    obstacle: bool,
    condition: bool,
    numbers: Vec<String>,
    unknown: usize,
}

/// More unknown words than this, and a yes may belong to something else ("yes, his leg broke").
/// A bare no allows none at all, because "I can't talk now" refuses no appointment.
const MOST_UNKNOWN: usize = 2;

impl Heard {
    fn listen(pieces: &[Piece], language: Language) -> Self {
        let vocabulary = Vocabulary::of(language);
        let mut heard = Self::default();
        let mut at = 0;
        while let Some(piece) = pieces.get(at) {
            let Piece::Word(word) = piece else {
                heard.asks |= matches!(piece, Piece::Question);
                at += 1;
                continue;
            };
            if let Some((sense, length)) = vocabulary.longest(&pieces[at..]) {
                heard.note(sense);
                at += length;
                continue;
            }
            if word.starts_with(|sign: char| sign.is_ascii_digit()) {
                heard.numbers.push(word.clone());
            } else if word.starts_with(char::is_alphabetic) {
                heard.unknown += 1;
            }
            at += 1;
        }
        heard.take_menu_digit();
        heard
    }

    fn note(&mut self, sense: Sense) {
        match sense {
            Sense::Yes => self.yes = true,
            Sense::Attend => self.attend = true,
            Sense::No => self.no = true,
            Sense::Decline => self.decline = true,
            Sense::Other => self.other = true,
            Sense::Stop => self.stop = true,
            Sense::Ask => self.asks = true,
            Sense::Day => self.day = true,
            Sense::Doubt => self.doubt = true,
            Sense::Obstacle => self.obstacle = true,
            Sense::Condition => self.condition = true,
            Sense::Filler => {}
        }
    }

    /// A lone 1, 0 or 2 answers the menu, unless words around it make it a number of something.
    fn take_menu_digit(&mut self) {
        let ([digit], 0, false) = (self.numbers.as_slice(), self.unknown, self.day) else {
            return;
        };
        match digit.as_str() {
            "1" => self.yes = true,
            "0" => self.no = true,
            "2" => self.other = true,
            _ => return,
        }
        self.numbers.clear();
    }

    fn meaning(&self) -> Option<Meaning> {
        let says_yes = self.yes || self.attend;
        let says_no = self.no || self.decline;
        let names_time = self.day || !self.numbers.is_empty();
        // Whoever wants no more messages gets none, whatever else they write.
        if self.stop {
            return Some(Meaning::Stop);
        }
        if self.condition {
            return None;
        }
        if self.other {
            return (!self.doubt).then_some(Meaning::OtherTime);
        }
        if self.asks {
            return names_time.then_some(Meaning::OtherTime);
        }
        if self.doubt || says_yes == says_no {
            return None;
        }
        if says_yes {
            let other_day = self.day && !self.attend;
            let certain = !self.obstacle && !other_day && self.numbers.is_empty() && self.unknown <= MOST_UNKNOWN;
            return certain.then_some(Meaning::Yes);
        }
        let certain = self.decline || (!names_time && self.unknown == 0);
        certain.then_some(Meaning::No)
    }
}

#[cfg(test)]
mod tests;
