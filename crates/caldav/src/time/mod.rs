//! Times as calendars write them: in UTC, in a zone, in no zone at all, or as whole days.

pub(crate) mod recur;
pub(crate) mod rule;
mod zone;

pub(crate) use zone::{Zone, Zones};

use crate::lines::Line;
use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, Utc};

/// A time, or a day, with the zone it is meant in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp<'a> {
    /// On the wall; midnight of a day.
    pub(crate) local: NaiveDateTime,
    pub(crate) zone: Zone<'a>,
    /// Whether it is a whole day.
    pub(crate) day: bool,
}

impl<'a> Stamp<'a> {
    /// The first time in a line.
    pub(crate) fn of(line: &'a Line, zones: &'a Zones) -> Option<Self> {
        Self::all(line, zones).next()?
    }

    /// Every time in a line; of periods, their beginnings.
    pub(crate) fn all(line: &'a Line, zones: &'a Zones) -> impl Iterator<Item = Option<Self>> {
        line.value().split(',').map(move |value| {
            let value = value.split('/').next().unwrap_or_default().trim();
            if let Some(day) = day(value) {
                return Some(Self { local: day.and_time(chrono::NaiveTime::MIN), zone: zones.own(), day: true });
            }
            let (value, zone) = match value.strip_suffix('Z') {
                Some(value) => (value, Zone::UTC),
                None => (value, line.parameter("TZID").map_or(zones.own(), |name| zones.named(name))),
            };
            Some(Self { local: clock(value)?, zone, day: false })
        })
    }

    pub(crate) fn utc(&self) -> DateTime<Utc> {
        self.zone.utc(self.local)
    }

    /// The same in other words: another time in its zone.
    pub(crate) fn at(&self, local: NaiveDateTime) -> Self {
        Self { local, ..*self }
    }
}

fn digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads `20261121`.
pub(crate) fn day(text: &str) -> Option<NaiveDate> {
    digits(text, 8).then(|| NaiveDate::parse_from_str(text, "%Y%m%d").ok())?
}

/// Reads `20261121T090000`.
pub(crate) fn clock(text: &str) -> Option<NaiveDateTime> {
    let (date, time) = text.split_once('T')?;
    (digits(date, 8) && digits(time, 6)).then(|| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").ok())?
}

/// Reads `20261121T090000Z`.
pub(crate) fn utc(text: &str) -> Option<DateTime<Utc>> {
    clock(text.trim().strip_suffix('Z')?).map(|local| local.and_utc())
}

pub(crate) fn written(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// Reads `P1DT2H`, `-PT15M` or `P2W`.
/// <https://www.rfc-editor.org/rfc/rfc5545#section-3.3.6>
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut seconds: i64 = 0;
    let mut number = String::new();
    let mut any = false;
    for c in text.strip_prefix('P')?.chars() {
        let unit = match c {
            '0'..='9' if number.len() < 9 => {
                number.push(c);
                continue;
            }
            'T' if number.is_empty() => continue,
            'W' => 7 * 86_400,
            'D' => 86_400,
            'H' => 3_600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
        number.clear();
        any = true;
    }
    (any && number.is_empty()).then(|| Duration::try_seconds(sign * seconds))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_as_they_are_written() {
        for (text, seconds) in
            [("P1DT2H", 93_600), ("-PT15M", -900), ("P2W", 1_209_600), ("PT0S", 0), ("+PT1H1M1S", 3_661), ("P0D", 0)]
        {
            assert_eq!(duration(text), Some(Duration::seconds(seconds)), "{text}");
        }
        for text in ["", "P", "PT", "1H", "PT1", "P1X", "PT999999999999S"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_stumble(text in ".{0,24}") {
            let _ = (duration(&text), day(&text), clock(&text), utc(&text));
        }
    }
}
