//! Calls day by day: bars from zero, what was completed at their foot.

use super::{super::ivr::DayFigure, ceiling, number, ratio};
use chrono::NaiveDate;

/// The height of the picture, in pixels.
const HEIGHT: f64 = 160.0;
/// How many days are named below the axis.
const NAMED: usize = 5;

/// A picture of bars, and the same as a table.
pub(crate) struct Days {
    pub(crate) height: f64,
    /// The numbers of the axis from above: the end, its half, nought.
    pub(crate) axis: [String; 3],
    pub(crate) bars: Vec<Bar>,
    pub(crate) marks: Vec<Mark>,
    /// In one sentence, for whoever does not see it.
    pub(crate) told: String,
}

/// A day's bar: across in per cent, up and down in pixels.
pub(crate) struct Bar {
    pub(crate) day: String,
    pub(crate) calls: String,
    /// The calls with their unit.
    pub(crate) told: String,
    pub(crate) completed: String,
    pub(crate) x: String,
    pub(crate) width: String,
    /// Top and height of the whole bar.
    pub(crate) whole: (String, String),
    /// Top and height of what was completed.
    pub(crate) done: (String, String),
}

/// A day named below the axis.
pub(crate) struct Mark {
    pub(crate) x: String,
    pub(crate) anchor: &'static str,
    pub(crate) text: String,
}

impl Days {
    /// Every day once; nothing is drawn where nobody called at all.
    pub(crate) fn of(days: &[DayFigure]) -> Self {
        let most = days.iter().map(|day| day.calls.max(day.completed)).max().unwrap_or_default();
        let end = ceiling(most);
        let slot = 100.0 / f64::from(u32::try_from(days.len().max(1)).unwrap_or(u32::MAX));
        let tall = |n: u64| {
            let height = ratio(n, end) * HEIGHT;
            (format!("{:.1}", HEIGHT - height), format!("{height:.1}"))
        };
        let bar = |(at, day): (u32, &DayFigure)| Bar {
            day: named(day.day),
            told: told(day.calls),
            calls: number(day.calls),
            completed: number(day.completed),
            x: format!("{:.2}", (f64::from(at) + 0.12) * slot),
            width: format!("{:.2}", slot * 0.76),
            whole: tall(day.calls),
            done: tall(day.completed.min(day.calls)),
        };
        let calls: u64 = days.iter().map(|day| day.calls).sum();
        let busiest = days.iter().max_by_key(|day| day.calls);
        Self {
            height: HEIGHT,
            axis: [number(end), number(end / 2), number(0)],
            bars: if most == 0 { Vec::new() } else { (0..).zip(days).map(bar).collect() },
            marks: marks(days, slot),
            told: busiest.map_or_else(String::new, |day| {
                format!("{}; the most, {}, on {}.", told(calls), number(day.calls), named(day.day))
            }),
        }
    }
}

fn told(calls: u64) -> String {
    format!("{} {}", number(calls), if calls == 1 { "call" } else { "calls" })
}

fn named(day: NaiveDate) -> String {
    day.format("%a %-d %b").to_string()
}

/// The first day, the last one, and a few in between.
fn marks(days: &[DayFigure], slot: f64) -> Vec<Mark> {
    let last = days.len().saturating_sub(1);
    let every = last.div_ceil(NAMED - 1).max(1);
    let mut at: Vec<usize> = (0..days.len()).step_by(every).collect();
    // The last day is named, too, unless it would stand on top of the one before.
    at.retain(|at| *at == 0 || last - at >= every);
    at.push(last);
    at.dedup();
    let mark = |at: usize| Mark {
        x: format!("{:.2}", (f64::from(u32::try_from(at).unwrap_or(u32::MAX)) + 0.5) * slot),
        anchor: if last > 0 && at == 0 {
            "start"
        } else if last > 0 && at == last {
            "end"
        } else {
            "middle"
        },
        text: days[at].day.format("%-d %b").to_string(),
    };
    at.into_iter().filter(|at| *at < days.len()).map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: u32, calls: u64, completed: u64) -> DayFigure {
        DayFigure { day: NaiveDate::from_ymd_opt(2030, 3, n).unwrap(), calls, completed }
    }

    #[test]
    fn bars_stand_on_zero_and_what_was_completed_is_inside() {
        let days = Days::of(&[day(1, 10, 5), day(2, 0, 0)]);
        assert_eq!(days.axis, ["10", "5", "0"]);
        assert_eq!(days.bars[0].whole, ("0.0".to_owned(), "160.0".to_owned()));
        assert_eq!(days.bars[0].done, ("80.0".to_owned(), "80.0".to_owned()));
        assert_eq!(days.bars[1].whole, ("160.0".to_owned(), "0.0".to_owned()));
        assert_eq!(days.told, "10 calls; the most, 10, on Fri 1 Mar.");
    }

    #[test]
    fn the_first_and_the_last_day_are_named_and_never_more_than_fit() {
        for n in [1, 2, 5, 7, 28, 31] {
            let all: Vec<_> = (1..=n).map(|n| day(n, 1, 0)).collect();
            let marks = Days::of(&all).marks;
            assert!((1..=NAMED + 1).contains(&marks.len()), "{n} days: {}", marks.len());
            assert_eq!(marks[0].text, "1 Mar");
            assert_eq!(marks[marks.len() - 1].text, format!("{n} Mar"));
        }
    }

    #[test]
    fn without_days_or_calls_there_is_nothing_to_draw() {
        assert!(Days::of(&[]).bars.is_empty());
        assert!(Days::of(&[day(1, 0, 0)]).bars.is_empty());
    }
}
