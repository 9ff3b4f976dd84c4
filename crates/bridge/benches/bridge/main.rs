//! What the bridge costs, as a ratio to a floor in the same run: a relay that only cuts the sound out of one side's text and
//! puts it into the other's. Both have a process of their own; this one plays the carrier's calls and the agent, which
//! gives back what it hears.
//!
//! `just bench-bridge [--calls N] [--seconds N] [--held N] [--hold N]`. Run with `ulimit -n 8192`: a call takes two sockets
//! on each side.

mod agent;
mod house;
mod load;
mod serve;

use house::House;
use load::{Load, Measured};
use std::time::Duration;

/// As in the gateway.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// They take turns, so that a slow moment of the machine falls on both; the middle round counts.
const ROUNDS: usize = 5;
/// As often as carriers that stream in frames of 20 ms.
const FRAME: Duration = Duration::from_millis(20);
/// As often as those that stream in frames of 100 ms: a thousand calls of the others are more than a small machine can play.
const LONG_FRAME: Duration = Duration::from_millis(100);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, usual: u64| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(usual)
    };
    if let Some(at) = arguments.iter().position(|argument| argument == "--serve") {
        return serve::run(&arguments[at + 1], arguments[at + 2].parse().expect("the agent's address"));
    }
    let (calls, held) = (number("--calls", 200) as usize, number("--held", 1_000) as usize);
    let (seconds, hold) = (number("--seconds", 8), number("--hold", 60));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime for both ends");
    let agent = runtime.block_on(agent::echo());

    println!("{calls} calls, a frame each way every 20 ms, the middle of {ROUNDS} rounds of {seconds} s\n");
    let plan = Load { calls, every: FRAME, time: Duration::from_secs(seconds) };
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let floor = runtime.block_on(measure("floor", agent, plan));
        let bridge = runtime.block_on(measure("bridge", agent, plan));
        rounds.push([floor, bridge]);
    }
    println!(
        "{:<8} {:>10} {:>9} {:>9} {:>9} {:>10} {:>6}",
        "", "us/frame", "p50 ms", "p99 ms", "max ms", "KiB/call", "lost"
    );
    let mid = |server: usize, of: fn(&Measured) -> f64| middle(rounds.iter().map(|round| of(&round[server])));
    for (server, name) in ["floor", "bridge"].into_iter().enumerate() {
        let lost: u64 = rounds.iter().map(|round| round[server].lost).sum();
        println!(
            "{name:<8} {:>10.2} {:>9.2} {:>9.2} {:>9.2} {:>10.1} {lost:>6}",
            mid(server, |it| it.micros_per_frame),
            mid(server, |it| it.p50),
            mid(server, |it| it.p99),
            mid(server, |it| it.slowest),
            mid(server, |it| it.kib_per_call),
        );
    }
    let ratio = middle(rounds.iter().map(|round| round[1].micros_per_frame / round[0].micros_per_frame));
    let later = middle(rounds.iter().map(|round| round[1].p99 - round[0].p99));
    println!("\nprocessor per frame {ratio:.2} of the floor (aim 1.10), p99 {later:+.2} ms (aim +1.00)");

    println!("\n{held} calls, a frame each way every 100 ms, for {hold} s");
    let plan = Load { calls: held, every: LONG_FRAME, time: Duration::from_secs(hold) };
    let thousand = runtime.block_on(measure("bridge", agent, plan));
    println!(
        "bridge   {:>10.2} {:>9.2} {:>9.2} {:>9.2} {:>10.1} {:>6}",
        thousand.micros_per_frame, thousand.p50, thousand.p99, thousand.slowest, thousand.kib_per_call, thousand.lost
    );
    let lost: u64 = rounds.iter().map(|round| round[1].lost).sum::<u64>() + thousand.lost;
    assert_eq!(lost, 0, "frames were lost");
}

async fn measure(server: &str, agent: std::net::SocketAddr, load: Load) -> Measured {
    let house = House::open(server, agent);
    let measured = load::run(&house, load).await;
    house.close();
    measured
}

fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
