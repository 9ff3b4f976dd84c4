//! Whether somebody speaks: by the energy of what is heard alone.

use crate::sound::{FRAME, FRAME_MS, audible};

/// So much sound is somebody who speaks; less is a cough.
const SPEECH_MS: u64 = 300;
/// Such a pause ends what they said, or makes less than speech forgotten.
const PAUSE_MS: u64 = 500;

/// What comes of 20 milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noticed {
    /// Nothing new.
    Nothing,
    /// The caller speaks.
    Speaks,
    /// The caller has finished.
    Spoke,
}

/// Listens, frame by frame. The frames are its clock: a carrier sends them whether anybody speaks or not.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    left: Vec<u8>,
    now: u64,
    sound: u64,
    quiet: u64,
    speaks: bool,
}

impl Ear {
    /// Takes sound of any length, and gives for each whole frame when it ended, in milliseconds, and what was noticed.
    pub(crate) fn listen(&mut self, sound: &[u8]) -> Vec<(u64, Noticed)> {
        self.left.extend_from_slice(sound);
        let whole = self.left.len() / FRAME * FRAME;
        let frames: Vec<u8> = self.left.drain(..whole).collect();
        frames.chunks_exact(FRAME).map(|frame| self.frame(frame)).collect()
    }

    /// How much was heard so far, in milliseconds.
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    fn frame(&mut self, frame: &[u8]) -> (u64, Noticed) {
        self.now += FRAME_MS;
        if audible(frame) {
            self.sound += FRAME_MS;
            self.quiet = 0;
        } else {
            self.quiet += FRAME_MS;
        }
        let noticed = if self.quiet >= PAUSE_MS {
            self.sound = 0;
            if std::mem::take(&mut self.speaks) { Noticed::Spoke } else { Noticed::Nothing }
        } else if self.sound >= SPEECH_MS && !self.speaks {
            self.speaks = true;
            Noticed::Speaks
        } else {
            Noticed::Nothing
        };
        (self.now, noticed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::{SILENCE, tone};

    fn speech(ms: usize) -> Vec<u8> {
        tone(300.0, ms * 8, 6_000.0).collect()
    }

    fn silence(ms: usize) -> Vec<u8> {
        vec![SILENCE; ms * 8]
    }

    fn noticed(ear: &mut Ear, sound: &[u8]) -> Vec<(u64, Noticed)> {
        let heard = ear.listen(sound).into_iter();
        heard.filter(|(_, noticed)| *noticed != Noticed::Nothing).collect()
    }

    #[test]
    fn sound_of_300_ms_is_somebody_who_speaks_and_a_pause_ends_it() {
        let mut ear = Ear::default();
        assert_eq!(noticed(&mut ear, &silence(1_000)), []);
        assert_eq!(noticed(&mut ear, &speech(1_000)), [(1_300, Noticed::Speaks)]);
        assert_eq!(noticed(&mut ear, &silence(1_000)), [(2_500, Noticed::Spoke)]);
    }

    #[test]
    fn a_cough_is_nobody_who_speaks() {
        let mut ear = Ear::default();
        for _ in 0..5 {
            assert_eq!(noticed(&mut ear, &[speech(200), silence(600)].concat()), []);
        }
    }

    #[test]
    fn words_with_breaths_between_them_are_one_saying() {
        let mut ear = Ear::default();
        let words = [speech(200), silence(200), speech(200), silence(300), speech(400), silence(600)].concat();
        let heard = noticed(&mut ear, &words);
        assert_eq!(heard.iter().map(|(_, noticed)| *noticed).collect::<Vec<_>>(), [Noticed::Speaks, Noticed::Spoke]);
    }

    #[test]
    fn it_is_noticed_alike_in_whatever_pieces_it_comes() {
        let sound = [silence(500), speech(700), silence(900)].concat();
        let whole = noticed(&mut Ear::default(), &sound);
        for piece in [1, 33, 160, 1_000] {
            let mut ear = Ear::default();
            let parts: Vec<_> = sound.chunks(piece).flat_map(|piece| noticed(&mut ear, piece)).collect();
            assert_eq!((parts, ear.now()), (whole.clone(), 2_100), "in pieces of {piece}");
        }
    }
}
