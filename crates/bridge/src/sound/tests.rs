use super::*;
use std::f64::consts::PI;

const LINE: AudioFormat = AudioFormat::Mulaw8k;

fn tone(hertz: f64, rate: u32, seconds: f64, loud: f64) -> Vec<i16> {
    let count = (f64::from(rate) * seconds) as usize;
    (0..count).map(|n| (loud * (2.0 * PI * hertz * n as f64 / f64::from(rate)).sin()) as i16).collect()
}

fn pcm(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

fn samples(raw: &[u8]) -> Vec<i16> {
    raw.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

/// Carries it over in pieces of uneven length.
fn carry(from: AudioFormat, to: AudioFormat, raw: &[u8]) -> Vec<u8> {
    let mut converter = Converter::new(from, to).unwrap();
    raw.chunks(77).flat_map(|piece| converter.raw(&Sound::encode(piece)).unwrap().to_vec()).collect()
}

/// How loud a frequency is in it, as the amplitude of a sine.
fn loudness(samples: &[i16], hertz: f64, rate: u32) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let angle = 2.0 * PI * hertz * n as f64 / f64::from(rate);
        re += f64::from(*sample) * angle.cos();
        im += f64::from(*sample) * angle.sin();
    }
    2.0 * re.hypot(im) / samples.len() as f64
}

#[test]
fn every_byte_of_mulaw_is_itself_again() {
    for byte in 0..=255_u8 {
        // There are two zeros; the negative one comes back as the other.
        let expected = if byte == 0x7f { SILENCE } else { byte };
        assert_eq!(mulaw::encode(mulaw::decode(byte)), expected, "{byte:#x}");
    }
    assert_eq!((mulaw::decode(0), mulaw::decode(0x80), mulaw::encode(0)), (-32_124, 32_124, SILENCE));
    assert_eq!((mulaw::encode(i16::MIN), mulaw::encode(i16::MAX)), (0, 0x80));
}

#[test]
fn what_both_write_alike_is_not_touched() {
    let text = bytes::Bytes::from_static(b"//8=");
    let at = text.as_ptr();
    let passed = Converter::new(LINE, LINE).unwrap().text(Sound::from_base64(text)).unwrap();
    assert_eq!(passed.as_base64().as_ptr(), at);
}

#[test]
fn what_would_end_the_message_does_not_pass() {
    let text = Sound::from_base64(bytes::Bytes::from_static(b"//8\"}"));
    assert_eq!(Converter::new(LINE, LINE).unwrap().text(text), None);
}

#[test]
fn a_tone_survives_the_way_to_the_agent_and_back() {
    for rate in [16_000, 24_000, 22_050, 44_100, 48_000, 8_000] {
        for hertz in [300.0, 1_000.0, 3_000.0] {
            let agent = AudioFormat::Pcm16(rate);
            let said: Vec<u8> = tone(hertz, 8_000, 1.0, 8_000.0).iter().map(|sample| mulaw::encode(*sample)).collect();
            let there = carry(LINE, agent, &said);
            let back: Vec<_> = carry(agent, LINE, &there).iter().map(|byte| mulaw::decode(*byte)).collect();
            // As long as it was, but for what the filters still hold.
            assert!(back.len() <= 8_000 && back.len() > 8_000 - 64, "{rate}: {}", back.len());
            // Whole periods of each tone.
            let settled = &back[400..6_400];
            let kept = loudness(settled, hertz, 8_000);
            assert!((kept - 8_000.0).abs() < 160.0, "{rate} {hertz}: {kept}");
            // All that is not the tone: quantised twice, mu-law leaves some 35 dB.
            let power = settled.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / settled.len() as f64;
            let noise = (power - kept * kept / 2.0).max(0.0).sqrt();
            assert!(noise < 8_000.0 / 2_f64.sqrt() * 0.025, "{rate} {hertz}: {noise}");
        }
    }
}

#[test]
fn what_the_telephone_cannot_carry_does_not_come_back_as_another_tone() {
    for rate in [16_000, 24_000, 48_000] {
        let shrill = tone(5_000.0, rate, 1.0, 8_000.0);
        let heard = samples(&carry(AudioFormat::Pcm16(rate), AudioFormat::Pcm16(8_000), &pcm(&shrill)));
        let loudest = heard[200..7_000].iter().map(|sample| sample.unsigned_abs()).max();
        assert!(loudest < Some(8), "{rate}: {loudest:?}");
    }
}

#[test]
fn an_odd_byte_waits_for_its_other_half() {
    let mut converter = Converter::new(AudioFormat::Pcm16(8_000), LINE).unwrap();
    assert_eq!(converter.raw(&Sound::encode(&[0, 0, 0])).unwrap(), [SILENCE]);
    assert_eq!(converter.raw(&Sound::encode(&[0, 0, 0])).unwrap(), [SILENCE, SILENCE]);
}

#[test]
fn nothing_of_what_was_said_before_is_heard_after_it_was_forgotten() {
    for rate in [8_000, 16_000, 44_100] {
        let mut converter = Converter::new(AudioFormat::Pcm16(rate), AudioFormat::Pcm16(24_000)).unwrap();
        converter.raw(&Sound::encode(&[0x7f; 2_001])).unwrap();
        converter.forget();
        let heard = converter.raw(&Sound::encode(&[0; 4_000])).unwrap();
        assert!(heard.iter().all(|byte| *byte == 0), "{rate}");
    }
}

#[test]
fn nobody_speaks_at_such_rates() {
    for rate in [0, 1, 7_999, 8_001, 47_999, 1_000_000, u32::MAX] {
        assert!(Converter::new(LINE, AudioFormat::Pcm16(rate)).is_none(), "{rate}");
    }
}
