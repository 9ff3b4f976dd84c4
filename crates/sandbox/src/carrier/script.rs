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

/// The last four digits of a number that may be scripted: `+1500`, a code that belongs to nobody, and any three digits
/// before them, so that many people may do the same.
fn ending(number: &Phone) -> Option<&str> {
    number.reveal().strip_prefix("+1500").filter(|rest| rest.len() == 7)?.get(3..)
}

/// The script of a number, if it has one.
pub(super) fn of(number: &Phone) -> Option<Script> {
    let script = match ending(number)? {
        "0100" => Script { keys: &["0"], ..PERSON },
        "0101" => Script { keys: &["1"], ..PERSON },
        "0102" => Script { keys: &["2"], ..PERSON },
        "0105" => Script { keys: &["5", "1"], ..PERSON },
        "0106" => PERSON,
        "0107" => Script { pickup: Pickup::Busy, ..PERSON },
        "0108" => Script { pickup: Pickup::NoAnswer, ..PERSON },
        "0109" => Script { pickup: Pickup::Machine, ..PERSON },
        "0110" => Script { pickup: Pickup::Declines, ..PERSON },
        "0112" => Script { keys: &["1"], loses_answer: true, ..PERSON },
        "0113" => Script { leaves_in_menu: true, ..PERSON },
        "0114" => Script { keys: &["1"], disorderly: true, ..PERSON },
        AGREEABLE => Script { keys: &["1"], ..PERSON },
        _ => return None,
    };
    Some(script)
}

/// Who speaks on a media stream, be they rung or ringing: all others who are scripted stay silent there.
const AGREEABLE: &str = "0115";

/// Whether whoever has this number says yes to what they hear on a media stream.
pub(super) fn agrees(number: &Phone) -> bool {
    ending(number) == Some(AGREEABLE)
}

/// Whether the carrier will never dial this number.
pub(super) fn refused(number: &Phone) -> bool {
    ending(number) == Some("0111")
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

#[cfg(test)]
mod tests {
    use super::*;

    fn script(number: &str) -> Option<Script> {
        of(&Phone::parse(number, None).unwrap())
    }

    #[test]
    fn many_people_do_as_the_last_digits_of_their_numbers_say() {
        assert_eq!(script("+15005550101").unwrap().keys, ["1"]);
        for number in ["+15000000107", "+15009990107"] {
            assert_eq!(script(number).unwrap().pickup, Pickup::Busy);
        }
        assert!(refused(&Phone::parse("+15001230111", None).unwrap()));
        for number in ["+14155550101", "+15005550177"] {
            assert_eq!(script(number), None);
        }
    }
}
