//! What was sent to be heard and was not played yet, with the marks within it.

use crate::sound::{FRAME, SILENCE};
use std::collections::VecDeque;

/// No more sound waits to be played: five minutes of it.
const MOST_SOUND: usize = 5 * 60 * 8_000;
/// No more marks wait.
const MOST_MARKS: usize = 10_000;

enum Item {
    Sound(Vec<u8>),
    Mark(String),
}

/// What comes of 20 milliseconds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Played {
    /// Marks that everything before them was played of.
    pub(super) marks: Vec<String>,
    /// What is heard now, a whole frame; `None` is silence.
    pub(super) sound: Option<Vec<u8>>,
}

/// Plays frame by frame, in order.
#[derive(Default)]
pub(super) struct Playback {
    waiting: VecDeque<Item>,
    /// How much of the first item was played already.
    done: usize,
    sound: usize,
    marks: usize,
    /// Reached within the frame that is being heard right now.
    due: Vec<String>,
}

impl Playback {
    /// Takes sound to be heard after everything before; `false` when too much waits already.
    pub(super) fn sound(&mut self, raw: Vec<u8>) -> bool {
        let fits = self.sound + raw.len() <= MOST_SOUND;
        if fits && !raw.is_empty() {
            self.sound += raw.len();
            self.waiting.push_back(Item::Sound(raw));
        }
        fits
    }

    /// Takes a mark; `false` when too many wait already.
    pub(super) fn mark(&mut self, name: String) -> bool {
        let fits = self.marks < MOST_MARKS;
        if fits {
            self.marks += 1;
            self.waiting.push_back(Item::Mark(name));
        }
        fits
    }

    /// Drops everything, and gives back the marks among it.
    pub(super) fn clear(&mut self) -> Vec<String> {
        let mut marks = std::mem::take(&mut self.due);
        marks.extend(self.waiting.drain(..).filter_map(|item| match item {
            Item::Mark(name) => Some(name),
            Item::Sound(_) => None,
        }));
        (self.done, self.sound, self.marks) = (0, 0, 0);
        marks
    }

    /// Lets 20 milliseconds begin: the ones before are over.
    pub(super) fn tick(&mut self) -> Played {
        let mut marks = std::mem::take(&mut self.due);
        let mut frame: Vec<u8> = Vec::new();
        while frame.len() < FRAME {
            match self.waiting.pop_front() {
                None => break,
                Some(Item::Mark(name)) => {
                    self.marks -= 1;
                    if frame.is_empty() { marks.push(name) } else { self.due.push(name) }
                }
                Some(Item::Sound(raw)) => {
                    let end = raw.len().min(self.done + FRAME - frame.len());
                    frame.extend(&raw[self.done..end]);
                    self.sound -= end - self.done;
                    self.done = if end < raw.len() { end } else { 0 };
                    if end < raw.len() {
                        self.waiting.push_front(Item::Sound(raw));
                    }
                }
            }
        }
        // A mark right behind the last sound of a frame is reached when that frame is over.
        while let Some(Item::Mark(_)) = self.waiting.front().filter(|_| !frame.is_empty()) {
            if let Some(Item::Mark(name)) = self.waiting.pop_front() {
                self.marks -= 1;
                self.due.push(name);
            }
        }
        if frame.is_empty() {
            return Played { marks, sound: None };
        }
        frame.resize(FRAME, SILENCE);
        Played { marks, sound: Some(frame) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn playback() -> Playback {
        Playback::default()
    }

    fn heard(played: &Played) -> Option<u8> {
        played.sound.as_ref().map(|frame| frame[0])
    }

    #[test]
    fn a_mark_is_told_when_what_came_before_was_played() {
        let mut playback = playback();
        assert!(playback.sound(vec![1; 2 * FRAME]));
        assert!(playback.mark("first".to_owned()));
        assert!(playback.sound(vec![2; FRAME / 2]));
        assert!(playback.mark("second".to_owned()));
        let told: Vec<_> = (0..5).map(|_| playback.tick()).map(|played| (heard(&played), played.marks)).collect();
        let none = Vec::<String>::new;
        let wanted = [
            (Some(1), none()),
            (Some(1), none()),
            (Some(2), vec!["first".to_owned()]),
            (None, vec!["second".to_owned()]),
            (None, none()),
        ];
        assert_eq!(told, wanted);
    }

    #[test]
    fn a_mark_behind_nothing_is_told_at_once() {
        let mut playback = playback();
        playback.mark("now".to_owned());
        assert_eq!(playback.tick(), Played { marks: vec!["now".to_owned()], sound: None });
    }

    #[test]
    fn clear_returns_every_mark() {
        let mut playback = playback();
        playback.sound(vec![1; 100]);
        playback.mark("a".to_owned());
        playback.sound(vec![2; 1_000]);
        playback.mark("b".to_owned());
        playback.tick();
        assert_eq!(playback.clear(), ["a", "b"]);
        assert_eq!(playback.tick(), Played::default(), "nothing is left to be heard");
        playback.sound(vec![3; 200]);
        assert_eq!(heard(&playback.tick()), Some(3), "what comes after it is new");
    }

    #[test]
    fn pieces_of_any_length_are_heard_in_order_and_whole() {
        let mut playback = playback();
        let sound: Vec<u8> = (0..2_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        for (number, piece) in sound.chunks(37).enumerate() {
            playback.sound(piece.to_vec());
            playback.mark(number.to_string());
        }
        let (mut frames, mut marks) = (Vec::new(), Vec::new());
        for played in std::iter::repeat_with(|| playback.tick()).take(20) {
            frames.extend(played.sound.unwrap_or_default());
            marks.extend(played.marks);
        }
        assert_eq!(frames[..sound.len()], sound[..]);
        assert!(frames[sound.len()..].iter().all(|byte| *byte == SILENCE));
        let wanted: Vec<_> = (0..sound.len().div_ceil(37)).map(|n| n.to_string()).collect();
        assert_eq!(marks, wanted);
    }

    #[test]
    fn more_than_a_carrier_keeps_is_not_taken() {
        let mut playback = playback();
        assert!(playback.sound(vec![1; MOST_SOUND]));
        assert!(!playback.sound(vec![1]));
        playback.tick();
        assert!(playback.sound(vec![1; FRAME]), "what was played makes room");
    }
}
