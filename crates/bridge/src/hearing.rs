//! What waits to be told to the agent.

use frontdesk_core::{ports::ToAgent, sound::Sound};
use std::collections::VecDeque;

/// The most pieces of sound that wait, however short they are.
const MOST_WAITING: usize = 1_024;
/// The most keys and answers that wait.
const MOST_WORDS: usize = 64;

/// What is told next.
pub(crate) enum Next {
    /// As the carrier writes it.
    Sound(Sound),
    /// Anything else.
    Word(ToAgent),
}

/// A queue that a slow agent cannot fill: old sound is worth nothing to it, keys and answers are.
pub(crate) struct Hearing {
    words: VecDeque<ToAgent>,
    sound: VecDeque<Sound>,
    /// Raw bytes of sound that wait.
    waiting: usize,
    most: usize,
    pub(crate) dropped: u64,
}

impl Hearing {
    /// `most`: how many raw bytes of sound may wait.
    pub(crate) fn new(most: usize) -> Self {
        Self { words: VecDeque::new(), sound: VecDeque::new(), waiting: 0, most, dropped: 0 }
    }

    pub(crate) fn sound(&mut self, sound: Sound) {
        self.waiting += sound.raw_len();
        self.sound.push_back(sound);
        while self.waiting > self.most || self.sound.len() > MOST_WAITING {
            let Some(oldest) = self.sound.pop_front() else { break };
            self.waiting -= oldest.raw_len();
            self.dropped += 1;
        }
    }

    pub(crate) fn word(&mut self, word: ToAgent) {
        if self.words.len() < MOST_WORDS {
            self.words.push_back(word);
        } else {
            self.dropped += 1;
        }
    }

    /// Answers to wishes are no longer told: whoever had them is gone.
    pub(crate) fn forget_answers(&mut self) {
        self.words.retain(|word| !matches!(word, ToAgent::Tool { .. }));
    }

    pub(crate) fn next(&mut self) -> Option<Next> {
        if let Some(word) = self.words.pop_front() {
            return Some(Next::Word(word));
        }
        let sound = self.sound.pop_front()?;
        self.waiting -= sound.raw_len();
        Some(Next::Sound(sound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_sound_is_dropped_and_no_key() {
        let mut hearing = Hearing::new(320);
        hearing.word(ToAgent::Digit('1'));
        for n in 0..5 {
            hearing.sound(Sound::encode(&[n; 160]));
        }
        assert_eq!(hearing.dropped, 3);
        assert!(matches!(hearing.next(), Some(Next::Word(ToAgent::Digit('1')))));
        for n in 3..5 {
            assert!(matches!(hearing.next(), Some(Next::Sound(sound)) if sound == Sound::encode(&[n; 160])));
        }
        assert!(hearing.next().is_none());
    }
}
