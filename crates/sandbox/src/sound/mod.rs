//! Sound as the carrier's streams have it: G.711 mu-law, 8,000 bytes a second.

pub(crate) mod whisper;

/// Bytes of 20 milliseconds.
pub(crate) const FRAME: usize = 160;
/// Milliseconds of a frame.
pub(crate) const FRAME_MS: u64 = 20;
/// Bytes of a millisecond.
pub(crate) const BYTES_PER_MS: usize = 8;
/// A byte of silence.
pub(crate) const SILENCE: u8 = 0xFF;
/// Below this mean level nobody speaks; a whisper of words is far beneath it, a telephone voice far above.
const AUDIBLE: u32 = 400;

/// The bias of ITU-T G.711 mu-law.
const BIAS: i32 = 0x84;
const LOUDEST: i32 = 32_635;

/// Writes a sample in mu-law (ITU-T G.711).
pub(crate) fn encode(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let level = i32::from(sample).abs().min(LOUDEST) + BIAS;
    // The bias makes bit 7 the lowest that can lead.
    let exponent = (level.ilog2() - 7).min(7);
    let mantissa = (level >> (exponent + 3)) & 0x0F;
    let code = u8::try_from((exponent << 4) | mantissa.unsigned_abs()).unwrap_or(0x7F);
    !(sign | code)
}

/// Reads a sample of mu-law.
pub(crate) fn decode(byte: u8) -> i16 {
    let byte = !byte;
    let (exponent, mantissa) = ((byte >> 4) & 0x07, i32::from(byte & 0x0F));
    let level = (((mantissa << 3) + BIAS) << exponent) - BIAS;
    let level = i16::try_from(level).unwrap_or(i16::MAX);
    if byte & 0x80 == 0 { level } else { -level }
}

/// Whether there is more to hear in it than silence.
pub(crate) fn audible(sound: &[u8]) -> bool {
    let count = u32::try_from(sound.len()).unwrap_or(u32::MAX).max(1);
    let sum: u32 = sound.iter().map(|byte| u32::from(decode(*byte).unsigned_abs())).fold(0, u32::saturating_add);
    sum / count >= AUDIBLE
}

/// A tone of so many samples, at this pitch in hertz; it swells and fades, so that it does not click.
pub(crate) fn tone(hertz: f64, samples: usize, level: f64) -> impl Iterator<Item = u8> {
    const SWELL: f64 = 80.0;
    (0..samples).map(move |n| {
        let (at, left) = (n as f64, (samples - n) as f64);
        let swell = (at / SWELL).min(left / SWELL).min(1.0);
        let wave = (at * hertz * std::f64::consts::TAU / 8_000.0).sin();
        // The cast saturates, and the level is below the loudest sample.
        encode((wave * swell * level) as i16)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_read_as_what_was_written() {
        for byte in 0..=u8::MAX {
            // Zero has two names.
            let wanted = if byte == 0x7F { SILENCE } else { byte };
            assert_eq!(encode(decode(byte)), wanted, "{byte:#x}");
        }
        assert_eq!((decode(SILENCE), decode(0x00), decode(0x80)), (0, -32_124, 32_124));
        assert_eq!((encode(i16::MIN), encode(i16::MAX)), (0x00, 0x80));
    }

    #[test]
    fn a_tone_is_heard_and_silence_is_not() {
        let tone: Vec<u8> = tone(440.0, 800, 6_000.0).collect();
        assert!(audible(&tone));
        assert!(!audible(&[SILENCE; FRAME]));
        assert!(!audible(&[]));
    }
}
