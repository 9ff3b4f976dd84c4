//! An hour as it was said, and the part of the day that goes with it.

use super::Unclear;
use chrono::NaiveTime;

/// Which half or part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Am,
    Pm,
    Morning,
    Afternoon,
    Evening,
    Night,
}

/// The time of day that was meant.
///
/// From eight to twelve an hour without more is the one at which businesses are open; from one to seven either half of
/// the day may be meant, however early the one of them is.
pub(super) fn time(hour: u32, minute: u32, part: Option<Part>) -> Result<NaiveTime, Unclear> {
    let hour = match (part, hour) {
        (None, 1..=7) => return Err(Unclear::HalfOfDay),
        (None, hour) => hour,
        (Some(Part::Am), 1..=11) => hour,
        (Some(Part::Am), 0 | 12) => 0,
        (Some(Part::Pm), 12..=23) => hour,
        (Some(Part::Pm), 1..=11) => hour + 12,
        (Some(Part::Morning), 1..=11) => hour,
        (Some(Part::Afternoon), 12..=20) => hour,
        (Some(Part::Afternoon), 1..=8) => hour + 12,
        (Some(Part::Evening), 16..=23) => hour,
        (Some(Part::Evening), 4..=11) => hour + 12,
        (Some(Part::Night), 18..=23) => hour,
        (Some(Part::Night), 6..=11) => hour + 12,
        // "Twelve at night", "two at night": one day or the next.
        (Some(Part::Night | Part::Evening), 0..=5 | 12) => return Err(Unclear::HalfOfDay),
        (Some(_), _) => return Err(Unclear::Several),
    };
    NaiveTime::from_hms_opt(hour, minute, 0).ok_or(Unclear::NotUnderstood)
}
