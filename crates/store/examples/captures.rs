//! How many key presses of other people's IVRs a second the store keeps, each durable before its caller is told.
//!
//! `cargo run --release -p frontdesk-store --example captures -- [URL] [CONCURRENCY] [SECONDS]`
//! Without a URL: SQLite in a temporary folder. Every call is a new one and answers five questions.

use chrono::{TimeDelta, Utc};
use frontdesk_core::{
    ivr::{Capture, Place, Tree},
    personal::{Phone, RawNumber},
    ports::CaptureStore,
};
use frontdesk_store::Store;
use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// As in the gateway.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const STEPS: [&str; 5] = ["language", "state", "service", "model", "hp"];

#[expect(clippy::disallowed_methods, reason = "a measurement reads the command line and the clock")]
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let folder = tempfile::tempdir()?;
    let usual = format!("sqlite://{}", folder.path().join("captures.db").display());
    let url = arguments.next().unwrap_or(usual);
    let concurrency: u64 = arguments.next().map_or(Ok(64), |text| text.parse())?;
    let seconds: u64 = arguments.next().map_or(Ok(10), |text| text.parse())?;
    let store = Store::open(&url).await?;
    let tree = Arc::new(Tree::plain("ivr", &STEPS));
    let place =
        Place { provider: "exotel".to_owned(), business: "clinic".to_owned(), zone: chrono_tz::Asia::Kolkata, tree };
    let (kept, calls, began) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)), Instant::now());
    let end = began + Duration::from_secs(seconds);
    let mut tasks = Vec::new();
    for _ in 0..concurrency {
        let (store, place, kept, calls) = (store.clone(), place.clone(), Arc::clone(&kept), Arc::clone(&calls));
        tasks.push(tokio::spawn(async move {
            let mut slowest = Duration::ZERO;
            while Instant::now() < end {
                let n = calls.fetch_add(1, Ordering::Relaxed);
                let now = Utc::now();
                // Names as carriers give them: in no order.
                let sid = format!("{:016x}{n:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
                for (at, step) in STEPS.iter().enumerate() {
                    // Some choices are far more frequent than others, as with people.
                    let keys = [1, 1, 1, 1, 1, 2, 2, 2, 3, 4]
                        [usize::try_from(n.wrapping_mul(0x9e37_79b9) >> (at * 3 + 8))? % 10]
                        .to_string();
                    let capture = Capture {
                        sid: sid.clone(),
                        flow: None,
                        step: (*step).to_owned(),
                        digits: Some(keys.clone()),
                        raw: keys,
                        told_at: Some(now + TimeDelta::seconds(i64::try_from(at)?)),
                        started_at: Some(now),
                        from: RawNumber::new("09876543210"),
                        phone: Phone::parse("+919876543210", None).ok(),
                        to: RawNumber::new("08047491899"),
                        called: None,
                        circle: None,
                    };
                    let asked = Instant::now();
                    store.capture(capture, place.clone(), now).await?;
                    slowest = slowest.max(asked.elapsed());
                    kept.fetch_add(1, Ordering::Relaxed);
                }
            }
            Ok::<_, Box<dyn Error + Send + Sync>>(slowest)
        }));
    }
    let mut slowest = Duration::ZERO;
    for task in tasks {
        slowest = slowest.max(task.await??);
    }
    let (kept, took) = (kept.load(Ordering::Relaxed), began.elapsed().as_secs_f64());
    let each = kept as f64 / store.batches().max(1) as f64;
    println!("{:.0} presses a second, {each:.1} a commit, the slowest {slowest:?}", kept as f64 / took);
    store.close().await;
    Ok(())
}
