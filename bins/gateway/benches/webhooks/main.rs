//! Webhooks a second with a durable commit, as a ratio to what the same machine can do at all.
//!
//! Five servers answer the same load in the same run, taking turns: a bare axum handler; the floor, an axum handler that
//! commits one row a request in groups, fully synchronised; the gateway's own door, with signature, decision, call,
//! appointment, timeline, counters, jobs and reply; the same door for Twilio's key presses, answered with TwiML; and
//! for key presses in an IVR that Exotel runs, kept and counted. Run it with `just bench`.

mod exotel;
mod floor;
mod gateway;
mod house;
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
    let mut twilio = server.block_on(twilio::open(folder.path()));
    let mut exotel = server.block_on(exotel::open(folder.path()));
    let plain = || Load::plain(CONNECTIONS, each);
    let mut rounds = Vec::new();
    let mut batches = 0;
    for _ in 0..ROUNDS {
        let (bare, floor) = (load::run(bare, plain()), load::run(floor, plain()));
        let load = server.block_on(door.load(CONNECTIONS, CALLS_PER_CONNECTION));
        batches -= door.store.batches() as i64;
        let ours = load::run(door.address, load);
        batches += door.store.batches() as i64;
        let load = server.block_on(twilio.load(CONNECTIONS, CALLS_PER_CONNECTION));
        let twilio = load::run(twilio.address(), load);
        let load = exotel.load(CONNECTIONS, CALLS_PER_CONNECTION);
        rounds.push([bare, floor, ours, twilio, load::run(exotel.address, load)]);
    }

    let against = |server: usize, base: usize| {
        middle(rounds.iter().map(|round| round[server].per_second / round[base].per_second))
    };
    for (server, name) in [
        "bare axum handler",
        "floor: one row, group commit",
        "gateway: signed, decided, stored",
        "the same, Twilio's keys to TwiML",
        "Exotel's keys, kept and counted",
    ]
    .into_iter()
    .enumerate()
    {
        print(name, rounds.iter().map(|round| &round[server]));
        if server > 1 {
            let (bare, floor) = (against(server, 0), against(server, 1));
            println!("{:<34} {bare:.2} of bare, {floor:.2} of the floor", "");
        }
    }
    let a_commit = (ROUNDS * CONNECTIONS * each) as f64 / batches as f64;
    println!("{:<34} {a_commit:.1} webhooks a commit\n", "");
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
