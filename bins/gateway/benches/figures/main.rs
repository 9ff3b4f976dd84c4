//! What figures cost when there is much to count: the same answers at ten thousand captured calls and at a million.
//!
//! `just figures [calls]`. Prints both times, their ratio, and the memory of the process before and after.

use axum::{Router, body::Body, http::Request};
use chrono::{Duration, Utc};
use frontdesk_core::{
    ivr::{Capture, Place},
    personal::{Phone, RawNumber},
    ports::CaptureStore,
};
use frontdesk_gateway::{
    config::{self, Inputs},
    secrets::Secrets,
    wire::{Parts, join},
};
use frontdesk_store::Store;
use std::{collections::BTreeMap, sync::Arc, time::Instant};
use tower::ServiceExt;

/// As in the gateway.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TOKEN: &str = "figures-admin-token-of-some-length";
const FEW: u64 = 10_000;
/// The days the calls are spread over, at either size: a month.
const DAYS: u64 = 30;
const PATHS: [&str; 4] = ["/api/ivr/stats", "/api/ivr/paths?limit=50", "/ivr", "/"];
const ROUNDS: usize = 31;

#[expect(
    clippy::disallowed_methods,
    reason = "how many calls there are is told by the environment, and today by the clock"
)]
fn main() {
    let many = std::env::var("FIGURES_CALLS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let today = Utc::now();
    let folder = tempfile::tempdir().expect("a folder for the database");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let variables =
            [("FRONTDESK_ADMIN_TOKEN", TOKEN), ("FRONTDESK_DATA", "data"), ("EXOTEL_WEBHOOK_SECRET", TOKEN)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let inputs = Inputs { file: None, folder: folder.path().to_owned(), variables: BTreeMap::from(variables) };
        let config = config::load(&inputs).expect("the configuration holds");
        let secrets = Secrets::keep(&config).expect("the data folder can be written");
        let url = format!("sqlite://{}", folder.path().join("figures.db").display());
        let store = Store::open(&url).await.expect("a database");
        let listen = ([127, 0, 0, 1], 0).into();
        let parts = Parts { config: &config, secrets: &secrets, listen, store: store.clone(), journal: None };
        let gateway = join(parts).expect("the parts fit");
        let business = config.rules.businesses.values().next().expect("a business");
        let tree = config.rules.tree(None).expect("an IVR");
        let place = Place {
            provider: "exotel".to_owned(),
            business: business.id.clone(),
            zone: business.time_zone,
            tree: Arc::clone(tree),
        };
        seed(&store, &place, 0..FEW, today).await;
        let (before, few) = (resident_kib(), ask(&gateway.router).await);
        let begun = Instant::now();
        seed(&store, &place, FEW..many, today).await;
        println!("{} more calls were kept in {:.0} s\n", many - FEW, begun.elapsed().as_secs_f64());
        let (after, much) = (resident_kib(), ask(&gateway.router).await);
        for ((path, few), much) in PATHS.iter().zip(&few).zip(&much) {
            println!("{path:<26} {few:>8.2} ms at {FEW}  {much:>8.2} ms at {many}  {:.2} times", much / few);
        }
        println!("memory: {:.1} MB at {FEW}, {:.1} MB at {many}", before as f64 / 1024.0, after as f64 / 1024.0);
    });
}

/// Calls that press two keys, spread over a month.
async fn seed(store: &Store, place: &Place, calls: std::ops::Range<u64>, today: chrono::DateTime<Utc>) {
    let mut tasks = Vec::new();
    let lanes = 256;
    for lane in 0..lanes {
        let (store, place, calls) = (store.clone(), place.clone(), calls.clone());
        tasks.push(tokio::spawn(async move {
            for n in calls.skip(lane).step_by(lanes) {
                let drawn = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let began = today - Duration::days(i64::try_from(drawn % DAYS).expect("a day"));
                for (at, step) in ["language", "state"].iter().enumerate() {
                    let keys = (1 + (drawn >> (8 * at + 8)) % 4).to_string();
                    let capture = Capture {
                        sid: format!("{drawn:016x}{n:016x}"),
                        flow: None,
                        step: (*step).to_owned(),
                        digits: Some(keys.clone()),
                        raw: keys,
                        told_at: Some(began + Duration::seconds(i64::try_from(at).expect("a few"))),
                        started_at: Some(began),
                        from: RawNumber::new("09876543210"),
                        phone: Phone::known("+919876543210".to_owned()).ok(),
                        to: None,
                        called: None,
                        circle: None,
                    };
                    store.capture(capture, place.clone(), began).await.expect("it is kept");
                }
            }
        }));
    }
    for task in tasks {
        task.await.expect("a lane does not panic");
    }
}

/// How long each page takes, in milliseconds; the middle of several.
async fn ask(router: &Router) -> Vec<f64> {
    let mut all = Vec::new();
    for path in PATHS {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let request = Request::get(path).header("authorization", format!("Bearer {TOKEN}")).body(Body::empty());
            let begun = Instant::now();
            let answer = router.clone().oneshot(request.expect("a request")).await.expect("an answer");
            assert_eq!(answer.status(), 200, "{path}");
            axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
            times.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        all.push(times[times.len() / 2]);
    }
    all
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().split(' ').next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}
