//! How the scripted agent sounds: a short melody for each sentence, a note for each word, and the words whispered before.

use crate::sound::{
    BYTES_PER_MS, SILENCE, tone,
    whisper::{Who, whisper},
};
use frontdesk_core::speech::Language;

const LETTERS_PER_SECOND: u64 = 15;
/// No sentence is shorter or longer, in milliseconds.
const LASTS: (u64, u64) = (600, 15_000);
/// A breath after each sentence, in milliseconds.
const BREATH_MS: usize = 200;
/// A pentatonic scale, in hertz: any of its notes go together.
const NOTES: [f64; 8] = [261.6, 293.7, 329.6, 392.0, 440.0, 523.3, 587.3, 659.3];
const LEVEL: f64 = 5_000.0;

/// The words as sound, in mu-law.
pub(crate) fn speak(language: Language, text: &str) -> Vec<u8> {
    let mut sound = whisper(Who::Agent, language, text);
    let letters = u64::try_from(text.chars().count()).unwrap_or(u64::MAX).max(1);
    let total = (letters.saturating_mul(1_000) / LETTERS_PER_SECOND).clamp(LASTS.0, LASTS.1);
    for word in text.split_inclusive(' ') {
        let share = total * u64::try_from(word.chars().count()).unwrap_or(0) / letters;
        let samples = usize::try_from(share).unwrap_or(0) * BYTES_PER_MS;
        let note = word.chars().fold(0_usize, |sum, letter| sum.wrapping_mul(31).wrapping_add(letter as usize));
        sound.extend(tone(NOTES[note % NOTES.len()], samples, LEVEL));
    }
    sound.resize(sound.len() + BREATH_MS * BYTES_PER_MS, SILENCE);
    sound
}

/// What was understood, for the captions: nothing is heard of it.
pub(crate) fn quote(language: Language, text: &str) -> Vec<u8> {
    whisper(Who::Caller, language, text)
}

/// How long a sound lasts, in milliseconds.
pub(crate) fn lasts(sound: &[u8]) -> u64 {
    u64::try_from(sound.len() / BYTES_PER_MS).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::{audible, whisper::Listener};

    #[test]
    fn a_sentence_is_heard_for_as_long_as_it_takes_to_say_and_holds_its_words() {
        let text = "Hello Ana, this is Harbour Clinic.";
        let sound = speak(Language::En, text);
        assert!((2_000..4_000).contains(&lasts(&sound)), "{}", lasts(&sound));
        assert!(audible(&sound[4_000..8_000]));
        assert_eq!(Listener::default().listen(&sound)[0].text, text);
    }

    #[test]
    fn sentences_sound_different() {
        let sound = |text| speak(Language::En, text)[3_000..].to_vec();
        assert_ne!(sound("Shall I book it?"), sound("Thank you. Bye."));
    }
}
