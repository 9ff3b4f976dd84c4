//! Another number of samples a second.
//!
//! The rates of telephones and agents are to each other as small whole numbers, so a polyphase filter is exact: for each
//! phase the weights are known, and nothing drifts. A library that takes any ratio would do the same with more latency and
//! fixed block sizes, while sound comes in pieces of any length here.

use std::{
    collections::BTreeMap,
    f64::consts::PI,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// How many zero crossings of the filter are kept on each side: 3 ms of latency at 8,000 samples a second.
const CROSSINGS: u32 = 24;
/// The shape of the Kaiser window: what is to be kept out is 70 dB down.
const BETA: f64 = 7.0;
/// Where the filter cuts, as a part of what the lower rate can hold: speech on telephones ends at 3,400 Hz.
const CUT: f64 = 0.92;
/// The rates that sound may have.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=96_000;
/// The most phases; among the usual rates 441 is the most.
const PHASES: u32 = 480;
/// As many products are summed side by side.
const LANES: usize = 8;

/// The weights for a pair of rates.
struct Weights {
    /// A row for each phase.
    rows: Vec<f32>,
    taps: usize,
    up: u32,
    down: u32,
}

/// By how many there are for how many.
type Known = BTreeMap<(u32, u32), Arc<Weights>>;

pub(super) struct Resampler {
    weights: Arc<Weights>,
    /// What came and is still needed.
    past: Vec<f32>,
    phase: u32,
}

impl Resampler {
    /// `None` where a rate is none of speech, or where the two have next to nothing in common.
    pub(super) fn new(from: u32, to: u32) -> Option<Self> {
        /// They are the same for every call.
        static KNOWN: OnceLock<Mutex<Known>> = OnceLock::new();
        let common = common(from, to);
        let (up, down) = (to / common, from / common);
        if !(RATES.contains(&from) && RATES.contains(&to)) || up > PHASES || down > PHASES {
            return None;
        }
        let mut known = KNOWN.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        let weights = Arc::clone(known.entry((up, down)).or_insert_with(|| Arc::new(Weights::new(up, down))));
        drop(known);
        let past = vec![0.0; weights.taps / 2];
        Some(Self { weights, past, phase: 0 })
    }

    pub(super) fn forget(&mut self) {
        self.past.clear();
        self.past.resize(self.weights.taps / 2, 0.0);
        self.phase = 0;
    }

    /// Takes what comes and adds to `out` what follows from it.
    pub(super) fn feed(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        let Weights { rows, taps, up, down } = &*self.weights;
        self.past.extend(samples.iter().map(|sample| f32::from(*sample)));
        let mut at = 0;
        while let Some(heard) = self.past.get(at..at + taps) {
            let row = self.phase as usize * taps;
            let sum = product(heard, &rows[row..row + taps]);
            out.push(sum.round().clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16);
            self.phase += down;
            at += (self.phase / up) as usize;
            self.phase %= up;
        }
        self.past.drain(..at.min(self.past.len()));
    }
}

/// Summed in lanes, which is what the processor has instructions for.
fn product(one: &[f32], other: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    for (one, other) in one.chunks_exact(LANES).zip(other.chunks_exact(LANES)) {
        for (sum, (a, b)) in sums.iter_mut().zip(one.iter().zip(other)) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

impl Weights {
    fn new(up: u32, down: u32) -> Self {
        let lower = (f64::from(up) / f64::from(down)).min(1.0);
        let half = (f64::from(CROSSINGS) / lower).ceil() as usize;
        let taps = (2 * half).next_multiple_of(LANES);
        let half = taps / 2;
        let cut = CUT * lower;
        let mut rows = Vec::with_capacity(taps * up as usize);
        for phase in 0..up {
            let weight = |tap: usize| {
                let t = tap as f64 - (half - 1) as f64 - f64::from(phase) / f64::from(up);
                sinc(cut * t) * kaiser(t / half as f64)
            };
            // Silence stays silence and a steady tone steady only if each phase weighs the same.
            let sum: f64 = (0..taps).map(weight).sum();
            rows.extend((0..taps).map(|tap| (weight(tap) / sum) as f32));
        }
        Self { rows, taps, up, down }
    }
}

fn sinc(t: f64) -> f64 {
    if t.abs() < 1e-9 { 1.0 } else { (PI * t).sin() / (PI * t) }
}

fn kaiser(t: f64) -> f64 {
    if t.abs() > 1.0 { 0.0 } else { bessel(BETA * (1.0 - t * t).sqrt()) / bessel(BETA) }
}

/// The modified Bessel function of order zero, by its series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for n in 1..32 {
        term *= (x / 2.0 / f64::from(n)).powi(2);
        sum += term;
    }
    sum
}

fn common(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}
