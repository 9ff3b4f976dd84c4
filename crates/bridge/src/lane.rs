//! What is sent to the carrier, in order, and no further ahead than it likes.

use crate::sound::SILENCE;
use frontdesk_core::{
    ports::Pieces,
    sound::{AudioFormat, Sound},
};
use std::{collections::VecDeque, time::Duration};
use tokio::time::Instant;

/// The most pieces that wait, however short they are.
const MOST_WAITING: usize = 4_096;
/// The longest piece, in raw bytes, whatever the carrier takes: its message fits into what may wait to be written.
const LONGEST: usize = 96_000;
/// Sound that makes no piece yet is filled up with silence this long before the carrier has nothing to play any more.
const BEFORE_DRY: Duration = Duration::from_millis(60);
/// More of it is waited for at least this long: an agent that speaks no faster than it is heard gets no gaps.
const MORE: Duration = Duration::from_millis(100);

/// What is sent next.
#[derive(Debug, PartialEq)]
pub(crate) enum Out {
    /// What the carrier still holds is void; since when it is.
    Clear(Instant),
    Sound(Sound),
    Mark(String),
}

/// The way to the carrier.
pub(crate) struct Lane {
    pieces: Pieces,
    format: AudioFormat,
    /// How far ahead of what is heard may be sent.
    ahead: Duration,
    /// How much may wait, in raw bytes.
    most: usize,
    clear: Option<Instant>,
    queue: VecDeque<Sound>,
    /// Raw bytes in the queue.
    waiting: usize,
    /// Raw bytes that make no piece yet, and when the last of them came.
    rest: Vec<u8>,
    rest_at: Instant,
    mark: Option<String>,
    marks: u64,
    /// Rises with each interruption: a mark of an older one was not heard, though the carrier brings it back.
    generation: u64,
    /// When what was sent will have been heard.
    heard_at: Instant,
    pub(crate) dropped: u64,
}

impl Lane {
    pub(crate) fn new(pieces: Pieces, format: AudioFormat, ahead: Duration, unsaid: Duration, now: Instant) -> Self {
        let pieces = Pieces { most: pieces.most.min(LONGEST), ..pieces };
        let own = pieces.ahead.map(|ms| Duration::from_millis(ms.into()));
        Self {
            pieces,
            format,
            ahead: own.unwrap_or(ahead).min(ahead),
            most: bytes(format, unsaid),
            clear: None,
            queue: VecDeque::new(),
            waiting: 0,
            rest: Vec::new(),
            rest_at: now,
            mark: None,
            marks: 0,
            generation: 0,
            heard_at: now,
            dropped: 0,
        }
    }

    /// Whether sound is to be given as raw bytes: the carrier wants pieces that are cut anew.
    pub(crate) fn wants_raw(&self) -> bool {
        self.pieces.step > 1
    }

    /// Takes sound that is written as the carrier's is; in pieces of any length.
    pub(crate) fn push(&mut self, mut sound: Sound) {
        let most = self.pieces.most.max(3) / 3 * 3;
        while sound.raw_len() > most {
            let piece = sound.split_to(most);
            self.enqueue(piece);
        }
        self.enqueue(sound);
    }

    /// Takes sound as raw bytes and cuts it into pieces of the carrier's lengths.
    pub(crate) fn push_raw(&mut self, raw: &[u8], now: Instant) {
        self.rest_at = now;
        self.rest.extend_from_slice(raw);
        let piece = self.piece();
        let whole = self.rest.len() / piece * piece;
        for at in (0..whole).step_by(piece) {
            let sound = Sound::encode(&self.rest[at..at + piece]);
            self.enqueue(sound);
        }
        self.rest.drain(..whole);
    }

    /// The length of a piece: some 100 ms, as far as the carrier takes that.
    fn piece(&self) -> usize {
        let Pieces { least, most, step, .. } = self.pieces;
        let usual = (self.format.bytes_per_second() / 10).next_multiple_of(step.max(1));
        usual.clamp(least.max(1), most.max(least).max(1))
    }

    fn enqueue(&mut self, sound: Sound) {
        let length = sound.raw_len();
        if length == 0 {
            return;
        }
        if self.waiting + length > self.most || self.queue.len() >= MOST_WAITING {
            self.dropped += 1;
            return;
        }
        self.waiting += length;
        self.queue.push_back(sound);
    }

    /// Voids everything that was not heard yet.
    pub(crate) fn clear(&mut self, now: Instant) {
        self.queue.clear();
        self.rest.clear();
        self.waiting = 0;
        self.mark = None;
        self.generation += 1;
        self.heard_at = now;
        self.clear.get_or_insert(now);
    }

    /// Asks to be told once everything up to here was heard. The name is that of this generation.
    pub(crate) fn mark(&mut self) -> String {
        self.marks += 1;
        let name = format!("{}:{}", self.generation, self.marks);
        self.mark = Some(name.clone());
        name
    }

    /// How long it takes until everything was heard.
    pub(crate) fn left(&self, now: Instant) -> Duration {
        let raw = self.waiting + self.rest.len();
        self.heard_at.saturating_duration_since(now) + length(self.format, raw)
    }

    /// What may be sent now.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Out> {
        if let Some(since) = self.clear.take() {
            return Some(Out::Clear(since));
        }
        if self.queue.is_empty() && !self.rest.is_empty() && (self.mark.is_some() || now >= self.rest_due()) {
            self.fill_up();
        }
        if self.queue.is_empty() && self.rest.is_empty() {
            return self.mark.take().map(Out::Mark);
        }
        if now < self.sound_due() {
            return None;
        }
        let sound = self.queue.pop_front()?;
        let raw = sound.raw_len();
        self.waiting -= raw;
        self.heard_at = self.heard_at.max(now) + length(self.format, raw);
        Some(Out::Sound(sound))
    }

    /// Whether there is anything to send, now or later.
    pub(crate) fn waits(&self) -> bool {
        self.clear.is_some() || self.mark.is_some() || !self.queue.is_empty() || !self.rest.is_empty()
    }

    /// When something may be sent that may not be sent now.
    pub(crate) fn due(&self) -> Option<Instant> {
        match (self.queue.is_empty(), self.rest.is_empty()) {
            (false, _) => Some(self.sound_due()),
            (true, false) => Some(self.rest_due()),
            (true, true) => None,
        }
    }

    fn sound_due(&self) -> Instant {
        let next = self.queue.front().map_or(0, Sound::raw_len);
        let then = self.heard_at + length(self.format, next);
        // A piece longer than what may be ahead goes when there is nothing left to hear.
        then.checked_sub(self.ahead).unwrap_or(then).min(self.heard_at)
    }

    fn rest_due(&self) -> Instant {
        let dry = self.heard_at.checked_sub(BEFORE_DRY).unwrap_or(self.heard_at);
        dry.max(self.rest_at + MORE)
    }

    fn fill_up(&mut self) {
        let silence = if self.format == AudioFormat::Mulaw8k { SILENCE } else { 0 };
        let length = self.rest.len().max(self.pieces.least).next_multiple_of(self.pieces.step.max(1));
        self.rest.resize(length, silence);
        let sound = Sound::encode(&self.rest);
        self.rest.clear();
        self.enqueue(sound);
    }
}

/// How long so many raw bytes are heard.
pub(crate) fn length(format: AudioFormat, raw: usize) -> Duration {
    let a_second = format.bytes_per_second().max(1) as u64;
    Duration::from_nanos((raw as u64).saturating_mul(1_000_000_000) / a_second)
}

/// How many raw bytes are heard in a time.
pub(crate) fn bytes(format: AudioFormat, time: Duration) -> usize {
    let bytes = time.as_millis() * format.bytes_per_second() as u128 / 1_000;
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
