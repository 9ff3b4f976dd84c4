//! Vendors, pretended over HTTP on loopback: each takes its own API's requests, rings scripted callees, and posts its own
//! webhooks to the gateway, walking whatever it is answered. What all of them have in common is here.
//!
//! A pretended vendor waits for nothing unless told to; [`Pace`] turns seconds of a real call into time.

pub mod eightxeight;
pub mod exotel;
pub mod threecx;
pub mod twilio;

use frontdesk_core::personal::Phone;
use serde_json::Value;
use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// What happens when the telephone rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pickup {
    /// Somebody picks up.
    Person,
    /// A machine picks up; it presses no keys.
    Machine,
    /// The line is busy.
    Busy,
    /// It rings out.
    NoAnswer,
    /// The person presses the red button.
    Declines,
}

/// What a callee does, and what the line to them is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Who picks up.
    pub pickup: Pickup,
    /// One for each question that offers a key; after the last one nothing is pressed any more.
    pub keys: VecDeque<String>,
    /// Hangs up while the first question that offers a key is being spoken.
    pub leaves_in_menu: bool,
    /// The carrier never dials this number.
    pub refused: bool,
    /// The carrier takes the call, but its answer is lost.
    pub loses_answer: bool,
    /// The carrier takes the call, and answers only after so long.
    pub answers_after: Duration,
    /// The carrier takes the call, and rings only after so long.
    pub rings_after: Duration,
    /// Every callback comes twice, the second time after the end and in reverse.
    pub disorderly: bool,
}

impl Script {
    /// Somebody who picks up and presses these keys.
    #[must_use]
    pub fn presses<const N: usize>(keys: [&str; N]) -> Self {
        Self {
            pickup: Pickup::Person,
            keys: keys.map(str::to_owned).into(),
            leaves_in_menu: false,
            refused: false,
            loses_answer: false,
            answers_after: Duration::ZERO,
            rings_after: Duration::ZERO,
            disorderly: false,
        }
    }

    /// Nobody to talk to.
    #[must_use]
    pub fn unanswered(pickup: Pickup) -> Self {
        Self { pickup, ..Self::presses([]) }
    }

    /// The script of one of the sandbox's numbers. Any other number is picked up by somebody who presses nothing.
    #[must_use]
    pub fn of(number: &str) -> Self {
        match number.trim_start_matches('+') {
            "15005550100" => Self::presses(["0"]),
            "15005550101" => Self::presses(["1"]),
            "15005550102" => Self::presses(["2"]),
            "15005550105" => Self::presses(["5", "1"]),
            "15005550107" => Self::unanswered(Pickup::Busy),
            "15005550108" => Self::unanswered(Pickup::NoAnswer),
            "15005550109" => Self::unanswered(Pickup::Machine),
            "15005550110" => Self::unanswered(Pickup::Declines),
            "15005550111" => Self { refused: true, ..Self::presses([]) },
            "15005550112" => Self { loses_answer: true, ..Self::presses(["1"]) },
            "15005550113" => Self { leaves_in_menu: true, ..Self::presses([]) },
            "15005550114" => Self { disorderly: true, ..Self::presses(["1"]) },
            _ => Self::presses([]),
        }
    }

    /// The key somebody presses when they have heard this, if it offers any. Digits that are no offer, such as those
    /// of a time, do not matter: what offers keys names them.
    pub(crate) fn press(&mut self, heard: &str) -> Option<String> {
        if offers_keys(heard) && self.pickup == Pickup::Person { self.keys.pop_front() } else { None }
    }
}

/// Whether a text offers keys: it names one.
pub(crate) fn offers_keys(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
}

/// What the API does with its next request, instead of what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Answers only after so long.
    Slow(Duration),
    /// Asks for fewer requests (429), and says in how many seconds.
    TooMany(Option<u32>),
    /// Answers with this status and does nothing.
    Status(u16),
    /// Does what it should, and answers with this status all the same.
    Lies(u16),
    /// Does what it should, and its answer is lost.
    LosesAnswer,
    /// Does what it should, and answers only when the call is over: every callback overtakes the answer.
    AnswersLast,
}

/// A call that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The vendor's name for it.
    pub id: String,
    /// Who is rung.
    pub to: Phone,
    /// Who is shown to ring.
    pub from: Phone,
    /// The request.
    pub request: Value,
}

/// A message that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The vendor's name for it.
    pub id: String,
    /// Whom to.
    pub to: Phone,
    /// Whom it is shown to come from.
    pub from: String,
    /// The words.
    pub body: String,
    /// Our own name for it, where the vendor takes one.
    pub reference: Option<String>,
}

/// A callback that was delivered, and what came back.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The vendor's name for the kind of webhook.
    pub hook: String,
    /// What was posted.
    pub body: Value,
    /// The status of the answer; `None` when nobody answered.
    pub status: Option<u16>,
    /// The answer.
    pub answer: String,
}

/// How long a second of a call takes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pace(Duration);

impl Pace {
    /// No time at all.
    pub const FAST: Self = Self(Duration::ZERO);

    /// This long.
    #[must_use]
    pub fn a_second_takes(duration: Duration) -> Self {
        Self(duration)
    }

    pub(crate) async fn seconds(self, seconds: u32) {
        wait(self.0 * seconds).await;
    }
}

/// Lets so much time pass; none at all is not even a moment.
pub(crate) async fn wait(span: Duration) {
    if !span.is_zero() {
        tokio::time::sleep(span).await;
    }
}

/// What a pretended vendor has seen and done, for tests to count.
#[derive(Debug)]
pub struct Ledger {
    state: Mutex<Lists>,
    live: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Lists {
    placed: Vec<Placed>,
    numbers: HashSet<Phone>,
    sent: Vec<Sent>,
    deliveries: Vec<Delivery>,
    faults: VecDeque<Fault>,
    scripts: Vec<(String, Script)>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self { state: Mutex::default(), live: watch::Sender::new(0) }
    }
}

impl Ledger {
    /// The API's next requests go wrong, one for each fault.
    pub fn disturb(&self, faults: impl IntoIterator<Item = Fault>) {
        self.lists().faults.extend(faults);
    }

    /// Gives a number another script, from its next call on.
    pub fn script(&self, number: &str, script: Script) {
        self.lists().scripts.push((number.to_owned(), script));
    }

    /// Every call that was taken, in order. One that was placed twice is in it twice.
    #[must_use]
    pub fn placed(&self) -> Vec<Placed> {
        self.lists().placed.clone()
    }

    /// How many numbers were rung, or are going to be.
    #[must_use]
    pub fn numbers(&self) -> usize {
        self.lists().numbers.len()
    }

    /// How often this number was rung, or is going to be.
    #[must_use]
    pub fn rung(&self, number: &str) -> usize {
        self.lists().placed.iter().filter(|placed| placed.to.reveal() == number).count()
    }

    /// Every message that was taken, in order. One that was sent twice is in it twice.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.lists().sent.clone()
    }

    /// Every callback, in the order of their answers.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.lists().deliveries.clone()
    }

    /// Waits until no call is under way any more and every callback is delivered.
    pub async fn settled(&self) {
        // The sender lives as long as this does, so that waiting cannot fail.
        let _ = self.live.subscribe().wait_for(|live| *live == 0).await;
    }

    pub(crate) fn fault(&self) -> Option<Fault> {
        self.lists().faults.pop_front()
    }

    pub(crate) fn script_of(&self, number: &str) -> Script {
        let lists = self.lists();
        let own = lists.scripts.iter().rev().find(|(of, _)| of == number);
        own.map_or_else(|| Script::of(number), |(_, script)| script.clone())
    }

    pub(crate) fn place(&self, placed: Placed) {
        let mut lists = self.lists();
        lists.numbers.insert(placed.to.clone());
        lists.placed.push(placed);
        drop(lists);
        self.begin();
    }

    /// A call is under way.
    pub(crate) fn begin(&self) {
        self.live.send_modify(|live| *live += 1);
    }

    pub(crate) fn over(&self) {
        self.live.send_modify(|live| *live = live.saturating_sub(1));
    }

    pub(crate) fn send(&self, sent: Sent) {
        self.lists().sent.push(sent);
    }

    pub(crate) fn deliver(&self, delivery: Delivery) {
        self.lists().deliveries.push(delivery);
    }

    fn lists(&self) -> MutexGuard<'_, Lists> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
