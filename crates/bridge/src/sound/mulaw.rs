//! ITU-T G.711 mu-law.

/// How silence is written.
pub(crate) const SILENCE: u8 = 0xff;

/// Added before the logarithm is taken.
const BIAS: i32 = 132;
/// The loudest sample that can be written.
const LOUDEST: i32 = 32_635;

const SAMPLES: [i16; 256] = {
    let mut samples = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let bits = !(byte as u8);
        let magnitude = (((((bits & 0x0f) as i32) << 3) + BIAS) << ((bits & 0x70) >> 4)) - BIAS;
        samples[byte] = if bits & 0x80 == 0 { magnitude as i16 } else { -magnitude as i16 };
        byte += 1;
    }
    samples
};

pub(super) fn decode(byte: u8) -> i16 {
    SAMPLES[usize::from(byte)]
}

pub(super) fn encode(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(LOUDEST) + BIAS;
    // Its highest bit is one of eight: 7 to 14.
    let exponent = 24 - magnitude.leading_zeros();
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    !(sign | (exponent << 4) as u8 | mantissa as u8)
}
