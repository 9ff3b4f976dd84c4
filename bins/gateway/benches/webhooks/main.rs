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
    // Whoever looks for what one of them costs names it: `just bench exotel`. Cargo passes `--bench` as well.
    let named: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    let wanted = |name: &str| named.is_empty() || named.iter().any(|named| named == name);
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
        let mut round = [Some(load::run(bare, plain())), Some(load::run(floor, plain())), None, None, None];
        if wanted("gateway") {
            let load = server.block_on(door.load(CONNECTIONS, CALLS_PER_CONNECTION));
            batches -= door.store.batches() as i64;
            round[2] = Some(load::run(door.address, load));
            batches += door.store.batches() as i64;
        }
        if wanted("twilio") {
            let load = server.block_on(twilio.load(CONNECTIONS, CALLS_PER_CONNECTION));
            round[3] = Some(load::run(twilio.address(), load));
        }
        if wanted("exotel") {
            round[4] = Some(load::run(exotel.address, exotel.load(CONNECTIONS, CALLS_PER_CONNECTION)));
        }
        rounds.push(round);
    }

    let of = |server: usize| rounds.iter().filter_map(move |round| round[server].as_ref());
    let against = |server: usize, base: usize| {
        middle(of(server).zip(of(base)).map(|(measured, base)| measured.per_second / base.per_second))
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
    .filter(|(server, _)| of(*server).next().is_some())
    {
        print(name, of(server));
        if server > 1 {
            let (bare, floor) = (against(server, 0), against(server, 1));
            println!("{:<34} {bare:.2} of bare, {floor:.2} of the floor", "");
        }
    }
    if batches > 0 {
        let a_commit = (ROUNDS * CONNECTIONS * each) as f64 / batches as f64;
        println!("{:<34} {a_commit:.1} webhooks a batch", "");
    }
    println!();
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
