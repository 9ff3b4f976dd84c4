//! Sound of live calls, as it is written on the sockets of carriers and agents.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use std::fmt;

/// How sound is written down; one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AudioFormat {
    /// ITU-T G.711 mu-law, 8,000 samples a second, a byte each. Silence is `0xFF`.
    Mulaw8k,
    /// Signed 16-bit little-endian samples, at this many a second.
    Pcm16(u32),
}

impl AudioFormat {
    /// How many samples there are in a second.
    #[must_use]
    pub fn rate(self) -> u32 {
        match self {
            Self::Mulaw8k => 8_000,
            Self::Pcm16(rate) => rate,
        }
    }

    /// How many bytes a second takes.
    #[must_use]
    pub fn bytes_per_second(self) -> usize {
        let rate = usize::try_from(self.rate()).unwrap_or(usize::MAX);
        match self {
            Self::Mulaw8k => rate,
            Self::Pcm16(_) => rate.saturating_mul(2),
        }
    }
}

/// Whether it is a letter of base64, padding included. Without branches, so that the machine looks at many at once.
fn is_letter(byte: u8) -> bool {
    let alphabetic = (byte | 0x20).wrapping_sub(b'a') < 26;
    let digit = byte.wrapping_sub(b'0') < 10;
    alphabetic | digit | (byte == b'+') | (byte == b'/') | (byte == b'=')
}

/// How many letters of base64 the text begins with.
pub(crate) fn letters(text: &[u8]) -> usize {
    let (blocks, _) = text.as_chunks::<16>();
    let whole = |block: &&[u8; 16]| block.iter().fold(true, |all, byte| all & is_letter(*byte));
    let at = blocks.iter().take_while(whole).count() * 16;
    at + text[at..].iter().take_while(|byte| is_letter(**byte)).count()
}

/// A piece of sound of any length, in the base64 text (RFC 4648, section 4) that carriers and agents both write: where their
/// formats agree, it passes from one to the other without being decoded or copied.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Sound(Bytes);

impl Sound {
    /// Sound that is base64 text already. What it is not shows when it is decoded.
    #[must_use]
    pub fn from_base64(text: Bytes) -> Self {
        Self(text)
    }

    /// Sound as raw bytes.
    #[must_use]
    pub fn encode(raw: &[u8]) -> Self {
        Self(STANDARD.encode(raw).into())
    }

    /// The base64 text.
    #[must_use]
    pub fn as_base64(&self) -> &[u8] {
        &self.0
    }

    /// Whether the text is made of nothing but the letters of base64, so that it can stand in a message between quotes.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        letters(&self.0) == self.0.len()
    }

    /// The raw bytes; `None` where the text is no base64.
    #[must_use]
    pub fn decode(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.0).ok()
    }

    /// Cuts off the first `raw` bytes of it, which must be a multiple of three: neither half is copied. Gives all of it where
    /// it has no more.
    #[must_use]
    pub fn split_to(&mut self, raw: usize) -> Self {
        let text = (raw / 3 * 4).min(self.0.len());
        Self(self.0.split_to(text))
    }

    /// How many raw bytes it is, as far as its length says.
    #[must_use]
    pub fn raw_len(&self) -> usize {
        let padding = match *self.0 {
            [.., b'=', b'='] => 2,
            [.., b'='] => 1,
            _ => 0,
        };
        (self.0.len() / 4 * 3).saturating_sub(padding)
    }
}

/// Nobody reads sound in a log, and what was spoken is personal.
impl fmt::Debug for Sound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sound({} bytes)", self.raw_len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_keeps_its_bytes_and_tells_their_number_without_decoding() {
        for length in 0..200_usize {
            let raw: Vec<u8> = (0..length).map(|n| u8::try_from(n).unwrap()).collect();
            let sound = Sound::encode(&raw);
            assert_eq!((sound.raw_len(), sound.decode()), (length, Some(raw)), "{length}");
        }
    }

    #[test]
    fn sound_is_cut_without_being_decoded() {
        let mut rest = Sound::encode(&[1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(rest.split_to(6).decode(), Some(vec![1, 2, 3, 4, 5, 6]));
        assert_eq!(rest.split_to(6).decode(), Some(vec![7]));
        assert_eq!(rest.raw_len(), 0);
    }

    #[test]
    fn what_is_no_base64_is_no_sound() {
        assert_eq!(Sound::from_base64(Bytes::from_static(b"//8*")).decode(), None);
    }

    #[test]
    fn every_byte_that_is_no_letter_of_base64_is_found_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            let letter = byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
            for at in 0..40 {
                let mut text = vec![b'A'; 40];
                text[at] = byte;
                assert_eq!(letters(&text), if letter { 40 } else { at }, "{byte} at {at}");
                assert_eq!(Sound::from_base64(text.into()).is_plain(), letter, "{byte} at {at}");
            }
        }
    }

    #[test]
    fn nobody_reads_sound_in_a_log() {
        assert_eq!(format!("{:?}", Sound::encode(b"secret")), "Sound(6 bytes)");
    }
}
