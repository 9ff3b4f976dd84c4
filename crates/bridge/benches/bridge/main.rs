//! What the bridge costs, as a ratio to a floor in the same run: a relay that only cuts the sound out of one side's text and
//! puts it into the other's. Both have a process of their own; this one plays the carrier's calls and the agent, which
//! gives back what it hears.
//!
//! `just bench-bridge [--calls N] [--seconds N] [--held N] [--hold N]`. Run with `ulimit -n 8192`: a call takes two sockets
//! on each side.

mod agent;
#[path = "../../tests/bridge/carrier.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "the tests' own, of which a load needs less")]
mod carrier;
#[path = "../../tests/bridge/line.rs"]
#[expect(clippy::unwrap_used, reason = "the tests' own")]
mod line;
mod load;
mod serve;
mod server;

use load::{Load, Measured};
use server::Server;
use std::{process::ExitCode, time::Duration};

/// As in the gateway.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// They take turns, and take turns at being first, so that a slow moment of the machine falls on both; the middle of the
/// rounds counts.
const ROUNDS: usize = 6;
/// As many as both ends, the floor and the bridge have threads for.
const CORES: usize = 2;
/// As often as carriers that stream in frames of 20 ms.
const FRAME: Duration = Duration::from_millis(20);
/// As often as those that stream in frames of 100 ms: a thousand calls of the others are more than a small machine can play.
const LONG_FRAME: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, usual: u64| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(usual)
    };
    if let Some(at) = arguments.iter().position(|argument| argument == "--serve") {
        serve::run(&arguments[at + 1], arguments[at + 2].parse().expect("the agent's address"));
        return ExitCode::SUCCESS;
    }
    let (calls, held) = (number("--calls", 200) as usize, number("--held", 1_000) as usize);
    let (seconds, hold) = (number("--seconds", 6), number("--hold", 60));
    let runtime = runtime();
    let agent = runtime.block_on(agent::echo());
    let measure = |name: &str, load: Load| {
        let server = Server::open(name, agent);
        let measured = runtime.block_on(load::run(&server, load));
        server.close();
        measured
    };

    println!("{calls} calls, a frame each way every 20 ms, the middle of {ROUNDS} rounds of {seconds} s");
    let plan = Load { calls, every: FRAME, time: Duration::from_secs(seconds) };
    let (mut floors, mut bridges) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        if round % 2 == 0 {
            floors.push(measure("floor", plan));
            bridges.push(measure("bridge", plan));
        } else {
            bridges.push(measure("bridge", plan));
            floors.push(measure("floor", plan));
        }
    }
    Measured::head();
    Measured::middle(&floors).row("floor");
    Measured::middle(&bridges).row("bridge");
    println!("\n{held} calls, a frame each way every 100 ms, for {hold} s");
    let many = measure("bridge", Load { calls: held, every: LONG_FRAME, time: Duration::from_secs(hold) });
    Measured::head();
    many.row("bridge");

    let pairs = || floors.iter().zip(&bridges);
    let ratio = middle(pairs().map(|(floor, bridge)| bridge.micros_per_frame / floor.micros_per_frame));
    let later = middle(pairs().map(|(floor, bridge)| bridge.p99 - floor.p99));
    let memory = bridges.iter().chain([&many]).map(|it| it.kib_per_call).fold(0.0, f64::max);
    let lost: u64 = bridges.iter().chain([&many]).map(|it| it.lost).sum();
    let due = held as f64 / LONG_FRAME.as_secs_f64();
    println!();
    let verdicts = [
        verdict(ratio <= 1.10, &format!("processor time per frame: {ratio:.2} of the floor's; at most 1.10")),
        verdict(later <= 1.0, &format!("99th percentile of round trips: {later:+.2} ms to the floor's; at most +1.00")),
        verdict(memory <= 96.0, &format!("memory per call: {memory:.1} KiB; at most 96")),
        verdict(lost == 0, &format!("frames lost: {lost}; none may be")),
        verdict(
            many.lost == 0 && many.frames >= 0.99 * due,
            &format!(
                "{held} calls held: {:.0} of {due:.0} frames a second for {hold} s; at least 99 in 100",
                many.frames
            ),
        ),
    ];
    if verdicts.contains(&false) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// On as many threads everywhere, whatever the machine has.
fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(CORES).enable_all().build().expect("a runtime")
}

fn verdict(met: bool, what: &str) -> bool {
    println!("{:<8} {what}", if met { "met" } else { "not met" });
    met
}

impl Measured {
    fn head() {
        println!(
            "{:<8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>6}",
            "", "frames/s", "us/frame", "p50 ms", "p99 ms", "max ms", "KiB/call", "lost"
        );
    }

    fn row(&self, name: &str) {
        println!(
            "{name:<8} {:>9.0} {:>9.2} {:>9.2} {:>9.2} {:>9.2} {:>9.1} {:>6}",
            self.frames, self.micros_per_frame, self.p50, self.p99, self.slowest, self.kib_per_call, self.lost
        );
    }

    /// The middle of each, but for what was lost: all of it.
    fn middle(rounds: &[Self]) -> Self {
        let of = |of: fn(&Self) -> f64| middle(rounds.iter().map(of));
        Self {
            frames: of(|it| it.frames),
            micros_per_frame: of(|it| it.micros_per_frame),
            p50: of(|it| it.p50),
            p99: of(|it| it.p99),
            slowest: of(|it| it.slowest),
            kib_per_call: of(|it| it.kib_per_call),
            lost: rounds.iter().map(|it| it.lost).sum(),
        }
    }
}

/// The mean of both, where two stand in the middle.
fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    (values[half] + values[(values.len() - 1) / 2]) / 2.0
}
