use super::*;

const LINE: AudioFormat = AudioFormat::Mulaw8k;
const PCM: AudioFormat = AudioFormat::Pcm16(8_000);
const ANY: Pieces = Pieces { least: 1, most: 8_000, step: 1, ahead: None };
const CUT: Pieces = Pieces { least: 3_200, most: 96_000, step: 320, ahead: Some(400) };

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn lane(pieces: Pieces, format: AudioFormat) -> (Lane, Instant) {
    let now = Instant::now();
    (Lane::new(pieces, format, ms(30_000), ms(30_000), now), now)
}

fn all(lane: &mut Lane, now: Instant) -> Vec<Out> {
    std::iter::from_fn(|| lane.next(now)).collect()
}

#[test]
fn a_clear_goes_before_everything_and_leaves_nothing_stale() {
    let (mut lane, now) = lane(ANY, LINE);
    lane.push(Sound::encode(&[1; 160]));
    let stale = lane.mark();
    lane.clear(now);
    lane.push(Sound::encode(&[2; 160]));
    let fresh = lane.mark();
    let sent = all(&mut lane, now);
    assert_eq!(sent, [Out::Clear(now), Out::Sound(Sound::encode(&[2; 160])), Out::Mark(fresh.clone())]);
    assert_ne!(stale, fresh);
}

#[test]
fn sound_goes_no_further_ahead_than_the_carrier_likes() {
    let (mut lane, now) = lane(CUT, PCM);
    lane.push_raw(&[0; 16_000], now);
    // 200 ms each: two are 400 ms ahead.
    assert_eq!(all(&mut lane, now).len(), 2);
    assert_eq!(lane.due(), Some(now + ms(200)));
    assert_eq!(lane.left(now + ms(100)), ms(900));
    assert_eq!(all(&mut lane, now + ms(199)).len(), 0);
    assert_eq!(all(&mut lane, now + ms(200)).len(), 1);
}

#[test]
fn pieces_have_the_lengths_that_the_carrier_takes() {
    for length in [1, 319, 3_199, 3_200, 3_201, 10_000, 200_000] {
        let (mut lane, mut now) = lane(CUT, PCM);
        lane.push_raw(&vec![7; length], now);
        let mark = lane.mark();
        let mut raw = Vec::new();
        loop {
            match lane.next(now) {
                Some(Out::Sound(sound)) => {
                    let piece = sound.decode().unwrap();
                    assert!((3_200..=96_000).contains(&piece.len()) && piece.len().is_multiple_of(320), "{length}");
                    raw.extend(piece);
                }
                Some(Out::Mark(name)) => break assert_eq!(name, mark),
                Some(Out::Clear(_)) => panic!("nobody asked"),
                None => now += ms(100),
            }
        }
        assert!(raw[..length].iter().all(|byte| *byte == 7) && raw[length..].iter().all(|byte| *byte == 0));
        assert!(raw.len() - length < 3_200 + 320, "{length}");
    }
}

#[test]
fn what_makes_no_piece_is_sent_before_the_carrier_runs_dry() {
    let (mut lane, now) = lane(CUT, PCM);
    lane.push_raw(&[7; 4_000], now);
    assert_eq!(all(&mut lane, now).len(), 1);
    assert_eq!(lane.due(), Some(now + ms(140)));
    assert_eq!(all(&mut lane, now + ms(139)).len(), 0);
    assert_eq!(all(&mut lane, now + ms(140)).len(), 1);
    assert_eq!(lane.due(), None);
}

#[test]
fn more_than_may_wait_is_dropped_newest_first_and_counted() {
    let now = Instant::now();
    let mut lane = Lane::new(ANY, LINE, ms(0), ms(1_000), now);
    for n in 0..10 {
        lane.push(Sound::encode(&[n; 1_600]));
    }
    assert_eq!(lane.dropped, 5);
    assert_eq!(lane.left(now), ms(1_000));
    let mut now = now;
    let mut said = Vec::new();
    for _ in 0..10 {
        said.extend(all(&mut lane, now));
        now += ms(200);
    }
    assert_eq!(said, (0..5).map(|n| Out::Sound(Sound::encode(&[n; 1_600]))).collect::<Vec<_>>());
}

#[test]
fn a_long_piece_is_cut_and_stays_in_order() {
    let (mut lane, now) = lane(ANY, LINE);
    let raw: Vec<u8> = (0..20_000_u32).map(|n| n as u8).collect();
    lane.push(Sound::encode(&raw));
    let mut said = Vec::new();
    for out in all(&mut lane, now) {
        let Out::Sound(sound) = out else { panic!("sound only") };
        assert!(sound.raw_len() <= 8_000);
        said.extend(sound.decode().unwrap());
    }
    assert_eq!(said, raw);
}
