//! Ten minutes of key presses at seven tenths of what the release binary can take, through its own socket into its own
//! database: every press that was answered is there once, memory does not grow, and alerts are told once a change.
//!
//! `just soak [seconds]`. Prints what it counts, and fails where something is not so.

mod house;
mod load;

use house::House;
use std::time::Duration;

/// As many as the other measurement.
const CONNECTIONS: usize = 64;
/// How much of the most is asked.
const SHARE: f64 = 0.7;
/// How much the memory may grow from the first minute to the last: caches fill, nothing else.
const GROWTH: f64 = 1.25;

#[expect(clippy::disallowed_methods, reason = "how long it lasts is told by the environment")]
fn main() {
    let seconds = std::env::var("SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(600);
    let folder = tempfile::tempdir().expect("a folder for the database");
    let mut house = House::open(folder.path());
    let most = load::run(house.port, CONNECTIONS, Duration::from_secs(10), None, 0);
    println!("the most: {:.0} presses a second, p99 {:.1} ms", most.per_second, most.p99.as_secs_f64() * 1e3);
    let pace = most.per_second * SHARE;
    let mut sent = most.presses;
    let mut memory = Vec::new();
    let mut minutes = Vec::new();
    let stretches = (seconds / 30).max(2);
    for stretch in 1..=stretches {
        let measured = load::run(house.port, CONNECTIONS, Duration::from_secs(30), Some(pace), stretch);
        sent += measured.presses;
        memory.push(house.resident_kib());
        println!(
            "{:>4} s  {:>7.0} /s  p50 {:>5.2} ms  p99 {:>6.2} ms  {:>6.1} MB",
            stretch * 30,
            measured.per_second,
            measured.p50.as_secs_f64() * 1e3,
            measured.p99.as_secs_f64() * 1e3,
            memory[memory.len() - 1] as f64 / 1024.0
        );
        minutes.push(measured.p99);
    }
    let told = house.quiet_down();
    let kept = house.kept();
    println!("{sent} presses answered, {kept} in the database; {told}");
    assert_eq!(sent, kept, "a press was lost or doubled");
    let (first, last) = (memory[1.min(memory.len() - 1)] as f64, memory[memory.len() - 1] as f64);
    assert!(last <= first * GROWTH, "memory grew from {first:.0} to {last:.0} KiB");
    house.close();
}
