//! Webhooks a second with a durable commit, as a ratio to what the same machine can do at all.
//!
//! Three servers, and the third one once more for Twilio's key presses, answer the same load in the same run, one after the other: a bare axum handler; the floor, an axum
//! handler that commits one row a request in groups, fully synchronised; and the gateway's own door, with signature,
//! decision, call, appointment, timeline, counters, jobs and reply. Run it with `just bench`.

mod floor;
mod gateway;
mod idle;
mod load;
mod twilio;

use load::{Load, Measured};

const CONNECTIONS: usize = 64;
const CALLS_PER_CONNECTION: usize = 80;
/// What a call sends: picked up, heard again, a wrong key, the right one, the end.
const WEBHOOKS_PER_CALL: usize = 5;

fn main() {
    // Cargo passes `--bench`, and passes filters; there is one thing to measure.
    let folder = tempfile::tempdir().expect("a folder for the databases");
    let server = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime for the servers");
    println!("{CONNECTIONS} connections, {} webhooks each\n", CALLS_PER_CONNECTION * WEBHOOKS_PER_CALL);
    let plain = || Load::plain(CONNECTIONS, CALLS_PER_CONNECTION * WEBHOOKS_PER_CALL);

    let bare = load::run(server.block_on(floor::bare()), plain());
    print("bare axum handler", &bare, None);
    let floor = load::run(server.block_on(floor::durable(folder.path())), plain());
    print("floor: one row, group commit", &floor, None);
    let (address, load, store) = server.block_on(gateway::open(folder.path(), CONNECTIONS, CALLS_PER_CONNECTION));
    let batches = store.batches();
    let ours = load::run(address, load);
    print("gateway: signed, decided, stored", &ours, Some((&bare, &floor)));
    let webhooks = CONNECTIONS * CALLS_PER_CONNECTION * WEBHOOKS_PER_CALL;
    println!("{:<34} {:>9.1} webhooks a commit", "", webhooks as f64 / (store.batches() - batches) as f64);

    let presses = u32::try_from(WEBHOOKS_PER_CALL).unwrap_or(u32::MAX);
    let opened = twilio::open(folder.path(), CONNECTIONS, CALLS_PER_CONNECTION, presses);
    let (address, load, _store) = server.block_on(opened);
    let twilios = load::run(address, load);
    print("Twilio's key presses to TwiML", &twilios, Some((&bare, &floor)));
    println!("{:<34} p99 {:.2} times the floor's", "", twilios.p99.as_secs_f64() / floor.p99.as_secs_f64());

    println!();
    idle::measure(folder.path());
    server.shutdown_background();
}

fn print(name: &str, measured: &Measured, against: Option<(&Measured, &Measured)>) {
    let Measured { per_second, p50, p99, .. } = measured;
    let (p50, p99) = (p50.as_secs_f64() * 1e3, p99.as_secs_f64() * 1e3);
    print!("{name:<34} {per_second:>9.0} /s   p50 {p50:>6.2} ms   p99 {p99:>6.2} ms");
    if let Some((bare, floor)) = against {
        print!("   {:.2} of bare, {:.2} of the floor", per_second / bare.per_second, per_second / floor.per_second);
    }
    println!();
}
