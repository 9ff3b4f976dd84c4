//! Lines and agents that write sound differently.

use crate::{
    carrier::Sent,
    house::{House, settings},
};
use frontdesk_core::{
    ports::{FromAgent, Pieces, TalkEnd},
    sound::AudioFormat,
};
use std::f64::consts::PI;

/// Like Exotel.
const CUT: Pieces = Pieces { least: 3_200, most: 96_000, step: 320, ahead: Some(400) };
const TONE: f64 = 1_000.0;
const LOUD: f64 = 8_000.0;

fn tone(rate: u32, seconds: f64) -> Vec<u8> {
    let samples = (f64::from(rate) * seconds) as usize;
    (0..samples)
        .flat_map(|n| ((LOUD * (2.0 * PI * TONE * n as f64 / f64::from(rate)).sin()) as i16).to_le_bytes())
        .collect()
}

/// How loud the tone is in it, and how loud all the rest.
fn measure(raw: &[u8], rate: u32) -> (f64, f64) {
    let samples: Vec<f64> = raw.chunks_exact(2).map(|pair| f64::from(i16::from_le_bytes([pair[0], pair[1]]))).collect();
    // Without the edges, where filters fill up, and whole periods of it.
    let settled = &samples[rate as usize / 20..][..rate as usize / 2];
    let (mut re, mut im, mut power) = (0.0, 0.0, 0.0);
    for (n, sample) in settled.iter().enumerate() {
        let angle = 2.0 * PI * TONE * n as f64 / f64::from(rate);
        re += sample * angle.cos();
        im += sample * angle.sin();
        power += sample * sample;
    }
    let length = settled.len() as f64;
    let kept = 2.0 * re.hypot(im) / length;
    (kept, (power / length - kept * kept / 2.0).max(0.0).sqrt())
}

#[tokio::test]
async fn a_tone_survives_the_way_through_an_agent_at_another_rate() {
    for (line, agent) in [(8_000, 16_000), (16_000, 24_000), (8_000, 8_000), (24_000, 16_000)] {
        let format = AudioFormat::Pcm16(line);
        let mut house = House::with(settings(), CUT, format, AudioFormat::Pcm16(agent)).await;
        let (mut carrier, mut talker) = house.call("t").await;
        let said = tone(line, 0.8);
        let mut heard = Vec::new();
        let pieces: Vec<_> = said.chunks(line as usize / 25).collect();
        for piece in &pieces {
            carrier.says(piece).await;
            heard.extend(talker.hears_sound().await.decode().unwrap());
        }
        talker.speaks(&heard);
        talker.says(FromAgent::HungUp);
        let (kept, rest) = measure(&heard, agent);
        assert!((kept - LOUD).abs() < LOUD * 0.02 && rest < LOUD * 0.01, "{line} to {agent}: {kept} {rest}");
        let (back, _) = carrier.until_closed().await;
        let (kept, rest) = measure(&back, line);
        assert!((kept - LOUD).abs() < LOUD * 0.02 && rest < LOUD * 0.01, "{line} from {agent}: {kept} {rest}");
        assert_eq!(house.over().await.1.end, TalkEnd::AgentDone);
    }
}

#[tokio::test]
async fn pieces_have_the_lengths_that_the_carrier_takes_and_nothing_is_missing() {
    let format = AudioFormat::Pcm16(8_000);
    let mut house = House::with(settings(), CUT, format, format).await;
    let (mut carrier, talker) = house.call("t").await;
    let said = tone(8_000, 0.5);
    for piece in said.chunks(333) {
        talker.speaks(piece);
    }
    talker.says(FromAgent::HungUp);
    let mut heard = Vec::new();
    loop {
        match carrier.hears().await {
            Sent::Sound(raw) => {
                assert!(raw.len() >= 3_200 && raw.len().is_multiple_of(320), "{}", raw.len());
                heard.extend(raw);
            }
            Sent::Mark(name) => carrier.heard(&name).await,
            Sent::Clear => panic!("nobody interrupted"),
            Sent::Closed(code) => break assert_eq!(code, Some(1000)),
        }
    }
    assert_eq!(heard[..said.len()], said);
    assert!(heard[said.len()..].iter().all(|byte| *byte == 0));
}

#[tokio::test]
async fn an_agent_at_a_rate_of_no_speech_is_lost() {
    let format = AudioFormat::Mulaw8k;
    let mut house = House::with(settings(), CUT, format, AudioFormat::Pcm16(7)).await;
    let (_carrier, talker) = house.call("t").await;
    assert_eq!(house.over().await.1.end, TalkEnd::AgentLost);
    talker.until_left().await;
}
