//! A month in the life of two businesses, lived through the engine itself in time that has passed: bookings, calls and
//! messages of one, key presses in the IVR of the other. What it leaves in the database is what a real month would.

mod cast;
mod life;
mod presses;
mod progress;

use crate::{
    clock,
    failure::Failure,
    term::{self, Ink},
    wire,
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    ports::{CaptureStore, IvrStore},
    rules::Rules,
};
use futures_util::{StreamExt, TryStreamExt, future, stream};
use progress::Progress;
use std::sync::Arc;

/// The configuration of the month.
pub(super) const CONFIG: &str = include_str!("../../../../../fixtures/demo/month.toml");
/// Days that have passed.
const DAYS: i64 = 30;
/// Lives and calls under way at once.
const AT_ONCE: usize = 64;

/// Lets the month pass, telling how far it is: on a terminal in these colours. How many appointments and captured calls
/// there are then.
pub(super) async fn pass(config: &crate::config::Config, terminal: Option<Ink>) -> Result<(usize, usize), Failure> {
    let store = wire::open_store(config).await?;
    let (rules, now) = (Arc::new(config.rules.clone()), clock::now());
    let passed = both(&store, &rules, now, terminal).await;
    store.close().await;
    passed
}

async fn both<S>(
    store: &S,
    rules: &Arc<Rules>,
    now: DateTime<Utc>,
    terminal: Option<Ink>,
) -> Result<(usize, usize), Failure>
where
    S: IvrStore + CaptureStore + Clone + 'static,
{
    let shared = Arc::new(store.clone()) as Arc<dyn IvrStore>;
    let lives = cast::appointments(rules, now, DAYS);
    let calls = presses::calls(rules, now, DAYS);
    let counts = (lives.len(), calls.len());
    term::say(&format!(
        "A month passes: {} appointments and {} calls in an IVR are lived through, one by one.\n",
        counts.0, counts.1
    ))?;
    let (shared, rules) = (&shared, rules);
    let lives = stream::iter(lives).map(async |plan| life::live(plan, shared, rules, now).await);
    let mut progress = Progress::new(terminal, counts.0 + counts.1);
    let mut step = || future::ready(progress.step().map_or(Ok(()), |text| term::say(&text)));
    lives.buffer_unordered(AT_ONCE).try_for_each(|()| step()).await?;
    let calls = stream::iter(calls).map(async |call| presses::capture(call, shared.as_ref(), rules).await);
    calls.buffer_unordered(AT_ONCE).try_for_each(|()| step()).await?;
    term::say(progress.end())?;
    Ok(counts)
}

/// A number that looks drawn and is always the same: the month is the same month everywhere.
/// (SplitMix64, <https://prng.di.unimi.it/splitmix64.c>, public domain.)
fn drawn(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// One of these, the heavier the likelier.
fn one_of<T: Copy>(seed: u64, of: &[(T, u64)]) -> Option<T> {
    let all: u64 = of.iter().map(|(_, weight)| weight).sum();
    let mut left = drawn(seed) % all.max(1);
    for (what, weight) in of {
        if left < *weight {
            return Some(*what);
        }
        left -= weight;
    }
    None
}
