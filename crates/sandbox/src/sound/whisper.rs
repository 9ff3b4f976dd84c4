//! Words in sound, for captions.
//!
//! Nothing but sound goes from an agent through the gateway to the carrier. So the scripted agent begins each sentence with
//! a moment of near-silence that spells it: a byte is eight samples, `0xFF` (silence) for a one and `0xFE` (the faintest
//! sound there is) for a zero, the highest bit first. Nobody hears it; the pretended carrier reads it while it is played,
//! and shows the words then. Sound of other agents holds no such words, and has no captions.

use super::SILENCE;
use frontdesk_core::speech::Language;

const ZERO: u8 = 0xFE;
/// What a whisper begins with; silence alone never looks like it.
const BEGINS: u32 = 0x5AA5_3C96;
/// No whisper is longer, in bytes of text.
const LONGEST: usize = 1_000;

/// Who is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// The agent says this.
    Agent,
    /// The agent has understood the caller like this.
    Caller,
}

/// Words, and who is quoted, in which language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Whisper {
    pub(crate) who: Who,
    /// The tag of the language, such as `en-US`.
    pub(crate) language: String,
    pub(crate) text: String,
}

/// Spells words.
pub(crate) fn whisper(who: Who, language: Language, text: &str) -> Vec<u8> {
    let who = if who == Who::Agent { 'a' } else { 'c' };
    let mut message = format!("{who}{}\n{text}", language.tag());
    while message.len() > LONGEST {
        message.pop();
    }
    let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
    let mut bytes = BEGINS.to_be_bytes().to_vec();
    bytes.extend(length.to_be_bytes());
    bytes.extend(message.bytes());
    bytes.push(check(message.as_bytes()));
    let bits = bytes.into_iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    bits.map(|bit| if bit == 1 { SILENCE } else { ZERO }).collect()
}

/// A byte that hardly any other text has.
fn check(message: &[u8]) -> u8 {
    message.iter().fold(0x5A, |sum, byte| sum.rotate_left(3) ^ byte)
}

/// Reads whispers out of sound, piece by piece.
#[derive(Debug, Default)]
pub(crate) struct Listener {
    /// The last bits heard.
    bits: u32,
    /// How many bits of the current byte were heard, once a whisper has begun.
    filled: u8,
    heard: Vec<u8>,
    within: bool,
}

impl Listener {
    /// Listens on, and gives the whispers that have ended meanwhile.
    pub(crate) fn listen(&mut self, sound: &[u8]) -> Vec<Whisper> {
        sound.iter().filter_map(|sample| self.sample(*sample)).collect()
    }

    fn sample(&mut self, sample: u8) -> Option<Whisper> {
        let bit = match sample {
            SILENCE => 1,
            ZERO => 0,
            _ => {
                *self = Self::default();
                return None;
            }
        };
        self.bits = self.bits << 1 | bit;
        if !self.within {
            self.within = self.bits == BEGINS;
            return None;
        }
        self.filled += 1;
        if self.filled < 8 {
            return None;
        }
        self.filled = 0;
        self.heard.push(self.bits.to_be_bytes()[3]);
        let [high, low, message @ ..] = self.heard.as_slice() else { return None };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if length > LONGEST {
            *self = Self::default();
            return None;
        }
        let (message, [sum]) = message.split_at_checked(length)? else { return None };
        let whisper = (check(message) == *sum).then(|| read(message)).flatten();
        *self = Self::default();
        whisper
    }
}

fn read(message: &[u8]) -> Option<Whisper> {
    let (head, text) = std::str::from_utf8(message).ok()?.split_once('\n')?;
    let who = match head.chars().next()? {
        'a' => Who::Agent,
        'c' => Who::Caller,
        _ => return None,
    };
    Some(Whisper { who, language: head[1..].to_owned(), text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::{audible, tone};

    fn said(text: &str) -> Whisper {
        Whisper { who: Who::Agent, language: "hi-IN".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn words_are_read_from_the_sound_in_whatever_pieces_it_comes() {
        let text = "नमस्ते Ana, shall I book Monday?";
        let mut sound: Vec<u8> = tone(440.0, 300, 6_000.0).collect();
        sound.extend([SILENCE; 77]);
        sound.extend(whisper(Who::Agent, Language::Hi, text));
        sound.extend(tone(500.0, 300, 6_000.0));
        for piece in [1, 7, 160, 4_000] {
            let mut listener = Listener::default();
            let heard: Vec<_> = sound.chunks(piece).flat_map(|piece| listener.listen(piece)).collect();
            assert_eq!(heard, [said(text)], "in pieces of {piece}");
        }
    }

    #[test]
    fn one_whisper_follows_another() {
        let mut sound = whisper(Who::Caller, Language::Hi, "yes");
        sound.extend(whisper(Who::Agent, Language::Hi, "Thank you."));
        let heard = Listener::default().listen(&sound);
        assert_eq!(heard, [Whisper { who: Who::Caller, ..said("yes") }, said("Thank you.")]);
    }

    #[test]
    fn a_whisper_is_not_heard() {
        assert!(!audible(&whisper(Who::Agent, Language::En, "Nobody hears this.")));
    }

    #[test]
    fn what_is_cut_off_or_spoken_over_is_no_words() {
        let whole = whisper(Who::Agent, Language::Hi, "Thank you.");
        for cut in 0..whole.len() {
            let mut listener = Listener::default();
            assert!(listener.listen(&whole[..cut]).is_empty());
            let again: Vec<_> = [0x10].into_iter().chain(whole.iter().copied()).collect();
            assert_eq!(listener.listen(&again), [said("Thank you.")], "after {cut} samples of another");
        }
    }

    #[test]
    fn a_long_text_is_cut_where_a_letter_ends() {
        let heard = Listener::default().listen(&whisper(Who::Agent, Language::Hi, &"न".repeat(2_000)));
        assert!(heard[0].text.chars().all(|letter| letter == 'न') && heard[0].text.len() > 900);
    }
}
