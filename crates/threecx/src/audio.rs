//! Sounds that callers at the route point hear: PCM, signed 16 bits little-endian, 8,000 samples a second, one channel.

use bytes::Bytes;
use futures_util::Stream;
use std::{fmt, time::Duration};
use tokio::time::Instant;

/// The PBX plays whatever it has been sent, so that little is sent ahead: who is to hear something else hears it soon.
pub const AHEAD: Duration = Duration::from_millis(500);
/// Bytes of a millisecond.
const MILLISECOND: usize = 16;
/// The bytes of a piece: 200 ms.
const PIECE: usize = 200 * MILLISECOND;
/// The longest sound that is kept, in bytes: ten minutes.
const LONGEST: usize = 10 * 60 * 1_000 * MILLISECOND;

/// Why a sound was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSound {
    /// Not a WAV file in the only form that the PBX plays.
    #[error(
        "is no WAV file of 16-bit PCM, mono, 8000 Hz; make one with `ffmpeg -i IN -ac 1 -ar 8000 -c:a pcm_s16le OUT.wav`"
    )]
    Form,
    /// Nothing to hear in it.
    #[error("holds no sound")]
    Empty,
    /// More than is kept.
    #[error("is longer than ten minutes; cut it")]
    Long,
}

/// A sound, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Pcm(Bytes);

impl Pcm {
    /// Reads a WAV file, or bare samples where it is none.
    ///
    /// # Errors
    /// [`BadSound`].
    pub fn read(file: &[u8]) -> Result<Self, BadSound> {
        let samples = if file.starts_with(b"RIFF") { wav(file).ok_or(BadSound::Form)? } else { file };
        let whole = samples.len() / 2 * 2;
        match &samples[..whole] {
            [] => Err(BadSound::Empty),
            samples if samples.len() > LONGEST => Err(BadSound::Long),
            samples => Ok(Self(Bytes::copy_from_slice(samples))),
        }
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.len() / MILLISECOND).unwrap_or(u64::MAX))
    }
}

impl fmt::Debug for Pcm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pcm({:?})", self.length())
    }
}

/// The samples of a WAV file of the right form.
/// <http://soundfile.sapp.org/doc/WaveFormat/>
fn wav(file: &[u8]) -> Option<&[u8]> {
    if file.get(8..12)? != b"WAVE" {
        return None;
    }
    let word = |bytes: &[u8], at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let long = |bytes: &[u8], at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (mut rest, mut right) = (file.get(12..)?, false);
    while rest.len() >= 8 {
        let length = usize::try_from(long(rest, 4)?).ok()?;
        // A recorder that was cut off says a length that is not there.
        let body = &rest[8..8 + length.min(rest.len() - 8)];
        match &rest[..4] {
            b"fmt " => {
                // 1 is PCM; 0xFFFE says so further back.
                let pcm = matches!(word(body, 0)?, 1 | 0xFFFE);
                right = pcm && word(body, 2)? == 1 && long(body, 4)? == 8_000 && word(body, 14)? == 16;
            }
            b"data" => return right.then_some(body),
            _ => {}
        }
        rest = rest.get(8 + length + length % 2..).unwrap_or_default();
    }
    None
}

/// These sounds one after the other, and the last one over and over where that is asked for; never more than [`AHEAD`] of
/// what has been heard.
pub fn paced(first: Vec<Pcm>, again: Option<Pcm>) -> impl Stream<Item = Bytes> + Send + 'static {
    let state = Pacing { sounds: first, again, sound: 0, at: 0, sent: 0, begun: None };
    futures_util::stream::unfold(state, |mut state| async move {
        let piece = state.piece()?;
        let begun = *state.begun.get_or_insert_with(Instant::now);
        let after = state.sent + u64::try_from(piece.len()).unwrap_or_default();
        let due = Duration::from_micros(after * 1_000 / 16).saturating_sub(AHEAD);
        tokio::time::sleep_until(begun + due).await;
        state.sent = after;
        Some((piece, state))
    })
}

struct Pacing {
    sounds: Vec<Pcm>,
    again: Option<Pcm>,
    sound: usize,
    at: usize,
    sent: u64,
    begun: Option<Instant>,
}

impl Pacing {
    fn piece(&mut self) -> Option<Bytes> {
        loop {
            let sound = self.sounds.get(self.sound).or(self.again.as_ref())?;
            if self.at < sound.0.len() {
                let end = (self.at + PIECE).min(sound.0.len());
                let piece = sound.0.slice(self.at..end);
                self.at = end;
                return Some(piece);
            }
            (self.at, self.sound) = (0, (self.sound + 1).min(self.sounds.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;

    fn seconds(seconds: usize, value: u8) -> Pcm {
        Pcm::read(&vec![value; seconds * 1_000 * MILLISECOND]).unwrap()
    }

    fn wav_of(rate: u32, channels: u16, samples: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0\x01\0".to_vec();
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend((rate * 2).to_le_bytes());
        file.extend([2, 0, 16, 0]);
        file.extend(b"data");
        file.extend(u32::try_from(samples.len()).unwrap().to_le_bytes());
        file.extend(samples);
        file
    }

    #[test]
    fn a_file_is_taken_in_the_form_the_pbx_plays_and_no_other() {
        let samples = [1, 2, 3, 4];
        assert_eq!(Pcm::read(&wav_of(8_000, 1, &samples)), Pcm::read(&samples));
        for (rate, channels) in [(16_000, 1), (8_000, 2)] {
            assert_eq!(Pcm::read(&wav_of(rate, channels, &samples)), Err(BadSound::Form), "{rate} {channels}");
        }
        assert_eq!(Pcm::read(&wav_of(8_000, 1, &[])), Err(BadSound::Empty));
        assert_eq!(Pcm::read(b""), Err(BadSound::Empty));
        assert_eq!(Pcm::read(b"RIFF"), Err(BadSound::Form));
        let whole = wav_of(8_000, 1, &samples);
        for length in 0..whole.len() {
            let _ = Pcm::read(&whole[..length]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn never_more_than_half_a_second_is_sent_ahead() {
        let begun = Instant::now();
        let mut stream = std::pin::pin!(paced(vec![seconds(3, 1)], Some(seconds(1, 2))));
        let (mut sent, mut second) = (0, 0);
        while sent < 10_000 * MILLISECOND {
            let piece = stream.next().await.unwrap();
            sent += piece.len();
            let ahead = Duration::from_millis((sent / MILLISECOND) as u64).saturating_sub(begun.elapsed());
            assert!(ahead <= AHEAD, "{ahead:?} after {sent} bytes");
            second += piece.iter().filter(|byte| **byte == 2).count();
        }
        assert_eq!(second, 7_000 * MILLISECOND, "the second sound comes over and over");
        assert!(begun.elapsed() >= Duration::from_millis(9_500));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_repeated_ends() {
        let sent: usize = paced(vec![seconds(1, 1), seconds(1, 2)], None)
            .map(|piece| piece.len())
            .fold(0, |a, b| async move { a + b })
            .await;
        assert_eq!(sent, 2_000 * MILLISECOND);
        assert_eq!(paced(Vec::new(), None).count().await, 0);
    }
}
