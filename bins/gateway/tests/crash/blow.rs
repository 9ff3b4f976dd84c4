//! How the gateway is killed: at random, or on purpose between the carrier's taking a call and its answer.

use crate::{house::House, load::Load};
use frontdesk_testkit::carriers::{Fault, Ledger, Script};
use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// What the carrier does with a call whose answer nobody waits for any more.
const WINDOWS: [Window; 3] = [
    // Its first news race with the kill.
    Window { rings_after: Duration::ZERO, down: Duration::ZERO },
    // It rings when the gateway is there again: the news find a process that knows nothing of the call but its row.
    Window { rings_after: Duration::from_secs(2), down: Duration::ZERO },
    // Everything is over before the gateway is there again: no news ever come.
    Window { rings_after: Duration::from_millis(100), down: Duration::from_millis(600) },
];

/// Who is rung in a window.
const WINDOW_NUMBERS: &str = "+1628200";

/// What goes wrong at the carrier besides, one for each kill. Nothing that leaves 8x8 silent about a call it never took:
/// the number is kept free of other calls for half an hour then, which is right and too long for a test.
const FAULTS: [Fault; 4] =
    [Fault::LosesAnswer, Fault::Lies(503), Fault::Slow(Duration::from_millis(100)), Fault::TooMany(Some(1))];

#[derive(Clone, Copy)]
struct Window {
    rings_after: Duration,
    down: Duration,
}

/// Numbers that are as good as random and the same in no two runs.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15_u64 ^ u64::from(std::process::id()))
    }

    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// Kills the gateway after none to forty more answers: sometimes it dies before it has done anything.
pub(crate) async fn at_random(house: &mut House, load: &Load, dice: &mut Dice) {
    after_some(house, load.answers(), dice).await;
}

/// The same, with answers that somebody else counts.
pub(crate) async fn after_some(house: &mut House, answers: &AtomicU64, dice: &mut Dice) {
    let target = answers.load(Ordering::Relaxed) + dice.below(40);
    while answers.load(Ordering::Relaxed) < target {
        tokio::task::yield_now().await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    house.kill();
    house.open().await;
}

/// Something goes wrong with whatever request comes next.
pub(crate) fn disturb(ledger: &Ledger, n: usize) {
    ledger.disturb(FAULTS.get(n % FAULTS.len()).copied());
}

/// Kills the gateway when the carrier has taken a call and has not answered yet. Gives key and id of its appointment.
pub(crate) async fn in_the_window(house: &mut House, n: usize) -> (String, String) {
    let window = WINDOWS[n % WINDOWS.len()];
    let carrier = house.carrier().clone();
    let ledger = carrier.ledger().expect("only vendors hold their answers back");
    let (number, key) = (format!("{WINDOW_NUMBERS}{n:04}"), format!("crash-window-{n}"));
    // Longer than anybody waits here.
    let (answers_after, rings_after) = (Duration::from_secs(60), window.rings_after);
    ledger.script(&number, Script { answers_after, rings_after, ..Script::presses(["1"]) });
    let id = house.desk().book(&key, &number, &AtomicBool::new(false)).await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while ledger.rung(&number) == 0 {
        assert!(Instant::now() < deadline, "the carrier was never asked to ring {number}");
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
    house.kill();
    tokio::time::sleep(window.down).await;
    house.open().await;
    (key, id)
}

/// How many calls were taken whose answer was held back until the gateway was dead.
pub(crate) fn taken(ledger: &Ledger) -> usize {
    let placed = ledger.placed();
    let numbers: std::collections::BTreeSet<_> = placed.iter().map(|placed| placed.to.reveal()).collect();
    numbers.iter().filter(|number| number.starts_with(WINDOW_NUMBERS)).count()
}
