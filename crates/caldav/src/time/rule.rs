//! How an event repeats, as it is written.
//! <https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10>

use super::{clock, day, utc};
use chrono::{DateTime, NaiveDateTime, NaiveTime, Utc, Weekday};

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Every {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// Until when, that time included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    Utc(DateTime<Utc>),
    Local(NaiveDateTime),
}

impl Until {
    /// On the wall.
    pub(crate) fn local(self, wall: impl FnOnce(DateTime<Utc>) -> NaiveDateTime) -> NaiveDateTime {
        match self {
            Self::Utc(at) => wall(at),
            Self::Local(local) => local,
        }
    }
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) every: Every,
    pub(crate) interval: u32,
    pub(crate) count: Option<u32>,
    pub(crate) until: Option<Until>,
    pub(crate) months: Vec<i32>,
    pub(crate) weeks: Vec<i32>,
    pub(crate) year_days: Vec<i32>,
    pub(crate) month_days: Vec<i32>,
    /// Which one of its kind in the month or year (0: every one), and the weekday.
    pub(crate) weekdays: Vec<(i32, Weekday)>,
    pub(crate) hours: Vec<i32>,
    pub(crate) minutes: Vec<i32>,
    pub(crate) seconds: Vec<i32>,
    pub(crate) places: Vec<i32>,
    pub(crate) week_begins: Weekday,
}

impl Rule {
    /// Reads a rule; `None` where there is something in it that nobody here understands.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let mut rule = Self {
            every: Every::Year,
            interval: 1,
            count: None,
            until: None,
            months: Vec::new(),
            weeks: Vec::new(),
            year_days: Vec::new(),
            month_days: Vec::new(),
            weekdays: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            places: Vec::new(),
            week_begins: Weekday::Mon,
        };
        let mut every = None;
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=')?;
            match key {
                "FREQ" => every = Some(frequency(value)?),
                "INTERVAL" => rule.interval = value.parse().ok().filter(|interval| *interval > 0)?,
                "COUNT" => rule.count = Some(value.parse().ok()?),
                "UNTIL" => rule.until = Some(until(value)?),
                "BYMONTH" => rule.months = numbers(value, 1..=12)?,
                "BYWEEKNO" => rule.weeks = numbers(value, -53..=53)?,
                "BYYEARDAY" => rule.year_days = numbers(value, -366..=366)?,
                "BYMONTHDAY" => rule.month_days = numbers(value, -31..=31)?,
                "BYDAY" => rule.weekdays = value.split(',').map(weekday).collect::<Option<_>>()?,
                "BYHOUR" => rule.hours = numbers(value, 0..=23)?,
                "BYMINUTE" => rule.minutes = numbers(value, 0..=59)?,
                // A leap second is the one before.
                "BYSECOND" => rule.seconds = numbers(value, 0..=60)?.into_iter().map(|second| second.min(59)).collect(),
                "BYSETPOS" => rule.places = numbers(value, -366..=366)?,
                "WKST" => rule.week_begins = weekday(value).filter(|(which, _)| *which == 0)?.1,
                "RSCALE" if value == "GREGORIAN" => {}
                _ => return None,
            }
        }
        rule.every = every?;
        // Weeks are numbered from Mondays here.
        (rule.weeks.is_empty() || rule.week_begins == Weekday::Mon).then_some(rule)
    }
}

fn frequency(text: &str) -> Option<Every> {
    Some(match text {
        "SECONDLY" => Every::Second,
        "MINUTELY" => Every::Minute,
        "HOURLY" => Every::Hour,
        "DAILY" => Every::Day,
        "WEEKLY" => Every::Week,
        "MONTHLY" => Every::Month,
        "YEARLY" => Every::Year,
        _ => return None,
    })
}

fn until(text: &str) -> Option<Until> {
    if let Some(day) = day(text) {
        // The whole day counts.
        let last = NaiveTime::from_hms_opt(23, 59, 59)?;
        return Some(Until::Local(day.and_time(last)));
    }
    utc(text).map(Until::Utc).or_else(|| clock(text).map(Until::Local))
}

fn numbers(text: &str, within: std::ops::RangeInclusive<i32>) -> Option<Vec<i32>> {
    let number = |text: &str| text.parse().ok().filter(|number| within.contains(number));
    text.split(',').map(number).collect()
}

fn weekday(text: &str) -> Option<(i32, Weekday)> {
    let (which, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = match name {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    };
    let which = if which.is_empty() { 0 } else { which.parse().ok().filter(|which| (-53..=53).contains(which))? };
    Some((which, weekday))
}
