//! Who is on the line: what the gateway hears of them.

use crate::sound::{FRAME, SILENCE, tone};
use bytes::Bytes;
use std::collections::VecDeque;
use tokio::sync::mpsc;

/// What a microphone sent ahead of its time is kept of at the most, in bytes; what is older is dropped.
const AHEAD: usize = 20 * FRAME;
/// How long it must be quiet before a scripted caller takes it that the other side has finished, in frames.
const PATIENCE: u32 = 30;
/// How long they speak then, in frames.
const ANSWER: usize = 50;

pub(super) enum Speaker {
    /// Says nothing.
    Silent,
    /// A person at the browser phone.
    Person(Microphone),
    /// Says yes to whatever it hears.
    Agreeable(Agreeable),
}

impl Speaker {
    /// What they say within 20 milliseconds, while they hear this or nothing.
    pub(super) fn frame(&mut self, hears: bool) -> Vec<u8> {
        match self {
            Self::Silent => vec![SILENCE; FRAME],
            Self::Person(microphone) => microphone.frame(),
            Self::Agreeable(caller) => caller.frame(hears),
        }
    }
}

/// The sound of a person, as it comes in.
pub(super) struct Microphone {
    from: mpsc::Receiver<Bytes>,
    ready: VecDeque<u8>,
}

impl Microphone {
    pub(super) fn new(from: mpsc::Receiver<Bytes>) -> Self {
        Self { from, ready: VecDeque::new() }
    }

    fn frame(&mut self) -> Vec<u8> {
        while let Ok(sound) = self.from.try_recv() {
            self.ready.extend(sound);
        }
        let late = self.ready.len().saturating_sub(AHEAD);
        self.ready.drain(..late);
        let mut frame: Vec<u8> = self.ready.drain(..self.ready.len().min(FRAME)).collect();
        frame.resize(FRAME, SILENCE);
        frame
    }
}

/// A scripted caller who makes sound for a second each time the other side has finished speaking.
#[derive(Default)]
pub(super) struct Agreeable {
    spoken_to: bool,
    quiet: u32,
    saying: VecDeque<u8>,
}

impl Agreeable {
    fn frame(&mut self, hears: bool) -> Vec<u8> {
        if hears {
            (self.spoken_to, self.quiet) = (true, 0);
        } else {
            self.quiet += 1;
        }
        if self.spoken_to && self.quiet >= PATIENCE {
            self.spoken_to = false;
            self.saying = tone(220.0, ANSWER * FRAME, 8_000.0).collect();
        }
        let mut frame: Vec<u8> = self.saying.drain(..self.saying.len().min(FRAME)).collect();
        frame.resize(FRAME, SILENCE);
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::audible;

    #[test]
    fn whoever_says_yes_does_so_once_each_time_the_other_side_has_finished() {
        let mut caller = Agreeable::default();
        let mut listen = |hears: bool, frames: usize| (0..frames).filter(|_| audible(&caller.frame(hears))).count();
        assert_eq!(listen(false, 500), 0, "nobody has spoken yet");
        for _ in 0..3 {
            assert_eq!(listen(true, 100), 0, "nobody is interrupted");
            assert_eq!(listen(false, 20) + listen(true, 10), 0, "a breath is no end");
            let spoken = listen(false, 500);
            assert!((45..=ANSWER).contains(&spoken), "{spoken} frames");
        }
    }

    #[tokio::test]
    async fn a_microphone_that_is_late_is_silent_and_one_that_is_early_loses_the_oldest() {
        let (microphone, from) = mpsc::channel(100);
        let mut person = Microphone::new(from);
        assert_eq!(person.frame(), [SILENCE; FRAME]);
        for number in 0..50_u8 {
            microphone.try_send(Bytes::from(vec![number; FRAME])).unwrap();
        }
        assert_eq!(person.frame(), [30; FRAME]);
        assert_eq!(person.frame(), [31; FRAME]);
    }
}
