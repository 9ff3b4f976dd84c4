//! Webhooks a second with a durable commit, as a ratio to what the same machine can do at all.
//!
//! Three servers, and the third one once more for Twilio's key presses, answer the same load in the same run, taking
//! turns: a bare axum handler; the floor, an axum
//! handler that commits one row a request in groups, fully synchronised; and the gateway's own door, with signature,
//! decision, call, appointment, timeline, counters, jobs and reply. Run it with `just bench`.

mod floor;
mod gateway;
mod idle;
mod load;
mod twilio;

use load::{Load, Measured};

/// As in the gateway.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CONNECTIONS: usize = 64;
const CALLS_PER_CONNECTION: usize = 80;
/// What a call sends: picked up, heard again, a wrong key, the right one, the end.
const WEBHOOKS_PER_CALL: usize = 5;

/// The servers take turns, so that a slow moment of the machine falls on all of them; the middle round counts.
const ROUNDS: usize = 5;

fn main() {
    // Cargo passes `--bench`, and passes filters; there is one thing to measure.
    let folder = tempfile::tempdir().expect("a folder for the databases");
    let server = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime for the servers");
    let each = CALLS_PER_CONNECTION * WEBHOOKS_PER_CALL;
    println!("{CONNECTIONS} connections, {each} webhooks each, the middle of {ROUNDS} rounds\n");

    let bare = server.block_on(floor::bare());
    let floor = server.block_on(floor::durable(folder.path()));
    let door = server.block_on(gateway::open(folder.path()));
    let plain = || Load::plain(CONNECTIONS, each);
    let mut rounds = Vec::new();
    let mut batches = 0;
    for _ in 0..ROUNDS {
        let (bare, floor) = (load::run(bare, plain()), load::run(floor, plain()));
        let load = server.block_on(door.load(CONNECTIONS, CALLS_PER_CONNECTION));
        batches -= door.store.batches() as i64;
        rounds.push([bare, floor, load::run(door.address, load)]);
        batches += door.store.batches() as i64;
    }

    let against = |server: usize, base: usize| {
        middle(rounds.iter().map(|round| round[server].per_second / round[base].per_second))
    };
    print("bare axum handler", rounds.iter().map(|[bare, ..]| bare));
    print("floor: one row, group commit", rounds.iter().map(|[_, floor, _]| floor));
    print("gateway: signed, decided, stored", rounds.iter().map(|[.., door]| door));
    println!("{:<34} {:.2} of bare, {:.2} of the floor", "", against(2, 0), against(2, 1));
    let a_commit = (ROUNDS * CONNECTIONS * each) as f64 / batches as f64;
    println!("{:<34} {a_commit:.1} webhooks a commit\n", "");

    let presses = u32::try_from(WEBHOOKS_PER_CALL).unwrap_or(u32::MAX);
    let opened = twilio::open(folder.path(), CONNECTIONS, CALLS_PER_CONNECTION, presses);
    let (address, load, _store) = server.block_on(opened);
    let twilios = load::run(address, load);
    print("Twilio's key presses to TwiML", std::iter::once(&twilios));
    let floors = middle(rounds.iter().map(|[_, floor, _]| floor.p99.as_secs_f64()));
    println!("{:<34} p99 {:.2} times the floor's\n", "", twilios.p99.as_secs_f64() / floors);
    idle::measure(folder.path());
    server.shutdown_background();
}

fn print<'m>(name: &str, rounds: impl Iterator<Item = &'m Measured> + Clone) {
    let per_second = middle(rounds.clone().map(|measured| measured.per_second));
    let p50 = middle(rounds.clone().map(|measured| measured.p50.as_secs_f64())) * 1e3;
    let p99 = middle(rounds.map(|measured| measured.p99.as_secs_f64())) * 1e3;
    println!("{name:<34} {per_second:>9.0} /s   p50 {p50:>6.2} ms   p99 {p99:>6.2} ms");
}

/// The middle one of these figures.
fn middle(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<_> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
