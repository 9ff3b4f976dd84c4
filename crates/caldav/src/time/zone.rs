//! Zones: by their names, or by the rules that come along with an event.

use super::{
    clock,
    recur::{self, Repeats},
    rule::Rule,
};
use crate::lines::Component;
use chrono::{DateTime, Duration, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use std::collections::BTreeMap;

/// So many days and times are looked at for one of its rules.
const PATIENCE: usize = 5_000;
/// How far back the beginning of summer or winter is looked for.
const YEARS_BACK: i64 = 2 * 366;

/// The zones that the times of an object may be in.
#[derive(Debug, Clone)]
pub(crate) struct Zones {
    own: Tz,
    told: BTreeMap<String, Told>,
}

/// A zone that came along with an event.
#[derive(Debug, Clone)]
enum Told {
    /// By another name it is well known.
    Known(Tz),
    Rules(Vec<Observance>),
}

/// Summer or winter.
#[derive(Debug, Clone)]
pub(crate) struct Observance {
    begins: NaiveDateTime,
    /// What is added to UTC before it, and in it.
    before: Duration,
    within: Duration,
    again: Vec<Rule>,
    also: Vec<NaiveDateTime>,
}

/// A zone.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Zone<'a> {
    Named(Tz),
    Told(&'a [Observance]),
}

impl Zones {
    /// Those of an object; `own` is meant where none is named.
    pub(crate) fn of(object: &Component, own: Tz) -> Self {
        let mut told = BTreeMap::new();
        for zone in object.components("VTIMEZONE") {
            let Some(name) = zone.value("TZID") else { continue };
            let known = zone.value("X-LIC-LOCATION").and_then(known);
            let told_as = match known {
                Some(known) => Told::Known(known),
                None => Told::Rules(observances(zone)),
            };
            told.insert(name.trim().to_owned(), told_as);
        }
        Self { own, told }
    }

    /// The zone of what names none.
    pub(crate) fn own(&self) -> Zone<'_> {
        Zone::Named(self.own)
    }

    /// A zone by its name. A well-known name goes before rules: those that come along are often cut short.
    pub(crate) fn named(&self, name: &str) -> Zone<'_> {
        let name = name.trim();
        match (known(name), self.told.get(name)) {
            (Some(zone), _) => Zone::Named(zone),
            (None, Some(Told::Known(zone))) => Zone::Named(*zone),
            (None, Some(Told::Rules(rules))) if !rules.is_empty() => Zone::Told(rules),
            _ => self.own(),
        }
    }
}

/// A name of the zone database, which some programs put a prefix before.
fn known(name: &str) -> Option<Tz> {
    let mut rest = name.trim().trim_start_matches('/');
    loop {
        if let Ok(zone) = rest.parse() {
            return Some(zone);
        }
        rest = rest.split_once('/')?.1;
    }
}

impl Zone<'_> {
    pub(crate) const UTC: Self = Self::Named(Tz::UTC);

    /// The moment that a clock on the wall shows; the earlier one of two, and what a clock that was not put forward would
    /// have meant.
    pub(crate) fn utc(&self, local: NaiveDateTime) -> DateTime<Utc> {
        let offset = match self {
            Self::Named(zone) => {
                let at = |local: NaiveDateTime| zone.offset_from_local_datetime(&local).earliest();
                // In a gap: as it was some hours before.
                let hours = (0..=48).step_by(3);
                let before = hours.filter_map(|hours| at(local.checked_sub_signed(Duration::hours(hours))?)).next();
                before.map_or(Duration::zero(), |offset| Duration::seconds(offset.fix().local_minus_utc().into()))
            }
            Self::Told(rules) => offset(rules, local),
        };
        local.checked_sub_signed(offset).unwrap_or(local).and_utc()
    }

    /// What a clock on the wall shows.
    pub(crate) fn local(&self, at: DateTime<Utc>) -> NaiveDateTime {
        match self {
            Self::Named(zone) => at.with_timezone(zone).naive_local(),
            Self::Told(rules) => {
                let utc = at.naive_utc();
                let near = utc.checked_add_signed(offset(rules, utc)).unwrap_or(utc);
                utc.checked_add_signed(offset(rules, near)).unwrap_or(utc)
            }
        }
    }
}

/// What is added to UTC at that time on the wall.
fn offset(rules: &[Observance], local: NaiveDateTime) -> Duration {
    let latest =
        rules.iter().filter_map(|rule| Some((rule.latest(local)?, rule.within))).max_by_key(|(onset, _)| *onset);
    match latest {
        Some((_, within)) => within,
        None => rules.iter().min_by_key(|rule| rule.begins).map_or(Duration::zero(), |rule| rule.before),
    }
}

impl Observance {
    /// When it last began.
    fn latest(&self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        let (from, to) = (local - Duration::days(YEARS_BACK), local + Duration::seconds(1));
        let again = self.again.iter().filter_map(|rule| {
            let until = rule.until.map(|until| until.local(|utc| utc.naive_utc() + self.before));
            recur::instances(&Repeats { rule, start: self.begins, until }, from, to, &mut { PATIENCE })
        });
        let all = again.flatten().chain(self.also.iter().copied()).chain([self.begins]);
        all.filter(|onset| *onset <= local).max()
    }
}

fn observances(zone: &Component) -> Vec<Observance> {
    let parts = zone.components("STANDARD").chain(zone.components("DAYLIGHT"));
    let read = |part: &Component| {
        let begins = clock(part.value("DTSTART")?.trim())?;
        let also = part.lines().filter(|line| line.is("RDATE"));
        let also = also.flat_map(|line| line.value().split(',')).filter_map(|value| clock(value.trim())).collect();
        Some(Observance {
            begins,
            before: minutes(part.value("TZOFFSETFROM")?)?,
            within: minutes(part.value("TZOFFSETTO")?)?,
            again: part.lines().filter(|line| line.is("RRULE")).filter_map(|line| Rule::read(line.value())).collect(),
            also,
        })
    };
    parts.filter_map(read).collect()
}

/// Reads `+0530`.
fn minutes(text: &str) -> Option<Duration> {
    let text = text.trim();
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = text.get(1..).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let part = |range: std::ops::Range<usize>| digits.get(range).map_or(Some(0), |text| text.parse::<i64>().ok());
    if !matches!(digits.len(), 4 | 6) {
        return None;
    }
    Some(Duration::seconds(sign * (part(0..2)? * 3_600 + part(2..4)? * 60 + part(4..6)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTLOOK: &str = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Somewhere in Europe\nBEGIN:STANDARD\n\
        DTSTART:16011028T030000\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n\
        END:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010325T020000\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\n\
        TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:DAYLIGHT\nEND:VTIMEZONE\nEND:VCALENDAR";

    fn zones() -> Zones {
        Zones::of(&Component::read(OUTLOOK.as_bytes()).unwrap(), Tz::America__New_York)
    }

    fn at(text: &str) -> NaiveDateTime {
        clock(text).unwrap()
    }

    #[test]
    fn rules_that_come_along_are_followed() {
        let zones = zones();
        let (told, berlin) = (zones.named("Somewhere in Europe"), Zone::Named(Tz::Europe__Berlin));
        assert!(matches!(told, Zone::Told(_)));
        // Every fourth day of a year, and the hours around either change.
        let days = (0..92).map(|day| at("20260101T120000") + Duration::days(4 * day));
        let summer = (0..9).map(|hour| at("20260329T030000") + Duration::hours(hour));
        let winter = (0..9).map(|hour| at("20261024T220000") + Duration::hours(hour));
        for local in days.chain(summer).chain(winter) {
            assert_eq!(told.utc(local), berlin.utc(local), "{local}");
            assert_eq!(told.local(told.utc(local)), local);
        }
    }

    #[test]
    fn names_are_known_with_and_without_prefixes_and_else_the_own_zone_is_meant() {
        let zones = zones();
        for name in ["Europe/Madrid", "/citadel.org/20260101_1/Europe/Madrid", " Europe/Madrid "] {
            assert!(matches!(zones.named(name), Zone::Named(Tz::Europe__Madrid)), "{name}");
        }
        assert!(matches!(zones.named("Customized"), Zone::Named(Tz::America__New_York)));
    }

    #[test]
    fn a_clock_that_was_put_forward_or_back_is_read_all_the_same() {
        let zone = Zone::Named(Tz::Europe__Madrid);
        assert_eq!(zone.utc(at("20260329T023000")), at("20260329T013000").and_utc(), "as if not put forward");
        assert_eq!(zone.utc(at("20261025T023000")), at("20261025T003000").and_utc(), "the earlier of two");
    }
}
