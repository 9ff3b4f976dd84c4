//! What the scripted callees do. A script is data: it says who picks up and which keys are pressed, in order.

use super::Config;
use frontdesk_core::personal::Phone;
use std::time::Duration;

/// Seconds a scripted telephone rings before anything happens.
pub(super) const RING_SECONDS: f64 = 2.0;
/// Seconds a scripted person thinks before a key.
pub(super) const THINK_SECONDS: f64 = 1.0;
/// Seconds a transferred call lasts when both ends are scripted.
pub(super) const TALK_SECONDS: f64 = 3.0;

/// Seconds of a message that a scripted person leaves.
pub(super) const MESSAGE_SECONDS: u32 = 4;

/// What happens when the telephone rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pickup {
    Person,
    Machine,
    Busy,
    NoAnswer,
    Declines,
}

/// A scripted callee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Script {
    pub(super) pickup: Pickup,
    /// One entry for each Ask; after the last one the callee stays silent.
    pub(super) keys: &'static [&'static str],
    /// Hangs up while the first Ask is being spoken.
    pub(super) leaves_in_menu: bool,
    /// The carrier takes the call, but its answer never reaches whoever placed it.
    pub(super) loses_answer: bool,
    /// Every callback comes twice and out of order.
    pub(super) disorderly: bool,
}

const PERSON: Script =
    Script { pickup: Pickup::Person, keys: &[], leaves_in_menu: false, loses_answer: false, disorderly: false };

/// The script of a number, if it has one.
pub(super) fn of(number: &Phone) -> Option<Script> {
    let script = match number.reveal() {
        "+15005550100" => Script { keys: &["0"], ..PERSON },
        "+15005550101" => Script { keys: &["1"], ..PERSON },
        "+15005550102" => Script { keys: &["2"], ..PERSON },
        "+15005550105" => Script { keys: &["5", "1"], ..PERSON },
        "+15005550106" => PERSON,
        "+15005550107" => Script { pickup: Pickup::Busy, ..PERSON },
        "+15005550108" => Script { pickup: Pickup::NoAnswer, ..PERSON },
        "+15005550109" => Script { pickup: Pickup::Machine, ..PERSON },
        "+15005550110" => Script { pickup: Pickup::Declines, ..PERSON },
        "+15005550112" => Script { keys: &["1"], loses_answer: true, ..PERSON },
        "+15005550113" => Script { leaves_in_menu: true, ..PERSON },
        "+15005550114" => Script { keys: &["1"], disorderly: true, ..PERSON },
        _ => return None,
    };
    Some(script)
}

/// Whether the carrier will never dial this number.
pub(super) fn refused(number: &Phone) -> bool {
    number.reveal() == "+15005550111"
}

/// How fast scripted people are, as a factor on natural seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace(f64);

impl Pace {
    pub(super) const NATURAL: Self = Self(1.0);

    pub(super) fn of(config: &Config) -> Self {
        Self(if config.pace.is_finite() { config.pace.clamp(0.0, 10.0) } else { 1.0 })
    }

    pub(super) fn seconds(self, natural: f64) -> Duration {
        Duration::from_secs_f64((natural * self.0).clamp(0.0, 3_600.0))
    }

    /// How long `text` takes to be spoken.
    pub(super) fn speech(self, text: &str) -> Duration {
        const LETTERS_PER_SECOND: f64 = 15.0;
        let natural = text.chars().count() as f64 / LETTERS_PER_SECOND;
        self.seconds(natural.clamp(0.5, 12.0))
    }
}
