//! How many webhooks a second the store takes, each with its own durable commit for all its caller can tell.
//!
//! `cargo run --release -p frontdesk-store --example throughput -- [URL] [CONCURRENCY,..] [SECONDS] [job]`
//! Without a URL: SQLite in a temporary folder. Each advance is a new delivery about one of many calls: one key, one
//! changed call, one line of the timeline; with `job`, also one effect and its job.

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_core::{
    call::{Call, CallRef, CallState, Direction, Walk},
    effect::{Action, Channel, Effect, Message},
    id::{CallId, EffectId},
    personal::Phone,
    ports::{Decision, IvrStore, Recorded, Subject},
    reply::{Reply, Verb},
    speech::Language,
};
use frontdesk_store::Store;
use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// As in the gateway.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn call(n: usize, at: DateTime<Utc>) -> Result<Call> {
    Ok(Call {
        id: CallId::derive(at, &["throughput", &n.to_string()]),
        appointment_id: None,
        effect_id: None,
        round: 1,
        business: "clinic".to_owned(),
        provider: "twilio".to_owned(),
        provider_call_id: Some(format!("CA{}", CallId::derive(at, &["their", &n.to_string()]).0.simple())),
        direction: Direction::Outbound,
        from: Phone::parse("+14155550100", None)?,
        to: Phone::parse(&format!("+1415{:07}", 5_000_000 + n), None)?,
        flow: "confirm".to_owned(),
        language: Language::En,
        state: CallState::InProgress,
        outcome: None,
        answered_by: None,
        walk: Walk { step: "menu".to_owned(), ..Walk::default() },
        recording: None,
        transcript: None,
        collected: None,
        talk: None,
        created_at: at,
        started_at: Some(at),
        ended_at: None,
        seconds: None,
        updated_at: at,
    })
}

fn decide(call: &mut Call, job: bool, now: DateTime<Utc>) -> Decision {
    call.walk.turn += 1;
    let note = Recorded {
        kind: "digits".to_owned(),
        note: "pressed 1 at the menu".to_owned(),
        detail: serde_json::json!({ "step": "menu", "digits": "1" }),
    };
    let words = "Thank you. We expect you tomorrow at half past three. Goodbye.";
    let effect = job.then(|| {
        let id = EffectId::derive(now, &[&call.id.to_string(), &call.walk.turn.to_string()]);
        let thanks = Action::Notify { channel: Channel::Sms, message: Message::Confirmed };
        Effect { call_id: Some(call.id), ..Effect::planned(id, None, thanks, now, now) }
    });
    Decision {
        call: Some(call.clone()),
        events: vec![note],
        effects: effect.into_iter().collect(),
        reply: Reply(vec![Verb::Say { text: words.to_owned(), language: Language::En }, Verb::Hangup]),
        ..Decision::default()
    }
}

async fn caller(
    store: Store,
    n: usize,
    begun: DateTime<Utc>,
    job: bool,
    stop: Arc<AtomicBool>,
) -> Result<Vec<Duration>> {
    let mut took = Vec::new();
    let fresh = call(n, begun)?;
    while !stop.load(Ordering::Relaxed) {
        let once = format!("twilio {} {n} {}", fresh.id, took.len());
        let fresh = fresh.clone();
        let at = begun + TimeDelta::milliseconds(i64::try_from(took.len())?);
        let subject = Subject::Call(CallRef::Ours(fresh.id));
        let since = Instant::now();
        let decided =
            Box::new(move |found: frontdesk_core::ports::Loaded| decide(&mut found.call.unwrap_or(fresh), job, at));
        store.advance(subject, Some(once), at, decided).await?;
        took.push(since.elapsed());
    }
    Ok(took)
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let folder = tempfile::tempdir()?;
    let url = args.next().filter(|url| url.contains(':'));
    let url = url.unwrap_or_else(|| format!("sqlite://{}", folder.path().join("frontdesk.db").display()));
    let levels = args.next().unwrap_or_else(|| "1,8,64,256,1024".to_owned());
    let seconds: u64 = args.next().map_or(Ok(5), |text| text.parse())?;
    let job = args.next().is_some_and(|word| word == "job");
    let store = Store::open(&url).await?;
    println!("{}, synchronous commits{}", store.backend(), if job { ", a job each" } else { "" });
    println!(
        "{:>11} {:>11} {:>9} {:>9} {:>9} {:>9}",
        "concurrency", "advances/s", "a batch", "p50 ms", "p99 ms", "max ms"
    );
    let mut begun = DateTime::from_timestamp_millis(1_790_000_000_000).unwrap_or_default();
    for level in levels.split(',') {
        let level: usize = level.parse()?;
        begun += TimeDelta::days(1);
        let stop = Arc::new(AtomicBool::new(false));
        let since = Instant::now();
        let batches = store.batches();
        let callers: Vec<_> =
            (0..level).map(|n| tokio::spawn(caller(store.clone(), n, begun, job, Arc::clone(&stop)))).collect();
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        stop.store(true, Ordering::Relaxed);
        let mut took = Vec::new();
        for caller in callers {
            took.extend(caller.await??);
        }
        let elapsed = since.elapsed();
        took.sort_unstable();
        let millis = |part: f64| took[((took.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
        let rate = took.len() as f64 / elapsed.as_secs_f64();
        let size = took.len() as f64 / (store.batches() - batches).max(1) as f64;
        let (p50, p99, max) = (millis(0.5), millis(0.99), millis(1.0));
        println!("{level:>11} {rate:>11.0} {size:>9.1} {p50:>9.2} {p99:>9.2} {max:>9.2}");
    }
    store.close().await;
    Ok(())
}
