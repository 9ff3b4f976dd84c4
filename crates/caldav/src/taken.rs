//! What in a calendar takes time, and when.

use crate::{
    lines::Component,
    time::{
        Stamp, Zones, duration,
        recur::{self, Repeats},
        rule::Rule,
        utc,
    },
};
use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use chrono_tz::Tz;
use frontdesk_core::ports::Busy;
use std::collections::{BTreeMap, BTreeSet};

/// No zone is further from another one.
const ZONES_APART: Duration = Duration::hours(26);
/// So many days and times are looked at for one question, and no more: nobody's calendar may keep the gateway busy.
pub(crate) const PATIENCE: usize = 4_000_000;
/// So many stretches are told, and no more.
const MOST: usize = 50_000;

/// Something in an event cannot be understood: when it is, or how it repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unclear;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
}

impl Window {
    /// The part of a stretch that lies in the window; touching it is not lying in it.
    fn part(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<Busy> {
        let (from, to) = (from.max(self.from), to.min(self.to));
        (from < to).then_some(Busy { from, to })
    }
}

/// In order, each once.
pub(crate) fn sorted(mut busy: Vec<Busy>) -> Result<Vec<Busy>, Unclear> {
    if busy.len() > MOST {
        return Err(Unclear);
    }
    busy.sort_unstable();
    busy.dedup();
    Ok(busy)
}

/// Reads what a server worked out (`VFREEBUSY`); `None` where the object holds nothing of the kind.
pub(crate) fn told(object: &Component, window: Window) -> Option<Result<Vec<Busy>, Unclear>> {
    let parts: Vec<_> = object.components("VFREEBUSY").collect();
    if parts.is_empty() {
        return None;
    }
    let lines = parts.into_iter().flat_map(Component::lines).filter(|line| line.is("FREEBUSY"));
    let taken = lines.filter(|line| line.parameter("FBTYPE").is_none_or(|kind| !kind.eq_ignore_ascii_case("FREE")));
    let periods = taken.flat_map(|line| line.value().split(',')).filter(|period| !period.trim().is_empty());
    let read = |period: &str| {
        let (from, to) = period.split_once('/').ok_or(Unclear)?;
        let from = utc(from).ok_or(Unclear)?;
        let to = utc(to).or_else(|| from.checked_add_signed(duration(to)?)).ok_or(Unclear)?;
        Ok(window.part(from, to))
    };
    Some(periods.filter_map(|period| read(period).transpose()).collect())
}

/// Works out when the events of an object take time. `zone` is meant by days, and by times that name none.
///
/// # Errors
/// [`Unclear`], or `patience` was lost.
pub(crate) fn worked_out(
    object: &Component,
    zone: Tz,
    window: Window,
    patience: &mut usize,
) -> Result<Vec<Busy>, Unclear> {
    let zones = Zones::of(object, zone);
    let elsewhere = elsewhere(object, &zones)?;
    let mut busy = Vec::new();
    for event in object.components("VEVENT") {
        if !takes_time(event) {
            continue;
        }
        let start = event.line("DTSTART").and_then(|line| Stamp::of(line, &zones)).ok_or(Unclear)?;
        let end = end(event, &start, &zones).ok_or(Unclear)?;
        let length = Length::of(&start, end);
        let mut around = Around { zones: &zones, window, elsewhere: &elsewhere, patience };
        for at in instances(event, &start, length, &mut around)? {
            busy.extend(window.part(at.utc(), length.after(&at)));
        }
        if busy.len() > MOST {
            return Err(Unclear);
        }
    }
    Ok(busy)
}

fn takes_time(event: &Component) -> bool {
    let says = |name, word: &str| event.value(name).is_some_and(|value| value.trim().eq_ignore_ascii_case(word));
    !says("TRANSP", "TRANSPARENT") && !says("STATUS", "CANCELLED")
}

/// The first moment after an event.
pub(crate) fn end(event: &Component, start: &Stamp<'_>, zones: &Zones) -> Option<DateTime<Utc>> {
    if let Some(line) = event.line("DTEND") {
        return Some(Stamp::of(line, zones)?.utc());
    }
    let length = match event.value("DURATION") {
        Some(value) => duration(value)?,
        None if start.day => Duration::days(1),
        None => Duration::zero(),
    };
    let nominal = if start.day { Some(start.at(start.local.checked_add_signed(length)?).utc()) } else { None };
    nominal.or_else(|| start.utc().checked_add_signed(length))
}

/// How long each instance is.
#[derive(Debug, Clone, Copy)]
enum Length {
    /// To the second.
    Exact(Duration),
    /// So much on the wall: a day may have 23 hours.
    Wall(Duration),
}

impl Length {
    fn of(start: &Stamp<'_>, end: DateTime<Utc>) -> Self {
        if start.day { Self::Wall(start.zone.local(end) - start.local) } else { Self::Exact(end - start.utc()) }
    }

    fn after(self, at: &Stamp<'_>) -> DateTime<Utc> {
        match self {
            Self::Exact(length) => at.utc().checked_add_signed(length).unwrap_or(at.utc()),
            Self::Wall(length) => at.local.checked_add_signed(length).map_or(at.utc(), |local| at.at(local).utc()),
        }
    }

    fn most(self) -> Duration {
        let (Self::Exact(length) | Self::Wall(length)) = self;
        length.max(Duration::zero())
    }
}

/// What was put elsewhere this time, under the same UID: it is an event of its own.
type Elsewhere<'a> = BTreeMap<&'a str, Vec<Stamp<'a>>>;

fn elsewhere<'a>(object: &'a Component, zones: &'a Zones) -> Result<Elsewhere<'a>, Unclear> {
    let mut elsewhere = Elsewhere::new();
    for event in object.components("VEVENT") {
        if let Some(line) = event.line("RECURRENCE-ID") {
            let stamp = Stamp::of(line, zones).ok_or(Unclear)?;
            elsewhere.entry(uid(event)).or_default().push(stamp);
        }
    }
    Ok(elsewhere)
}

fn uid(event: &Component) -> &str {
    event.value("UID").unwrap_or_default().trim()
}

struct Around<'a, 'b> {
    zones: &'a Zones,
    window: Window,
    elsewhere: &'b Elsewhere<'a>,
    patience: &'b mut usize,
}

/// When an event takes place: once, or as its rules say, without what was left out or put elsewhere.
fn instances<'a>(
    event: &'a Component,
    start: &Stamp<'a>,
    length: Length,
    around: &mut Around<'a, '_>,
) -> Result<Vec<Stamp<'a>>, Unclear> {
    if event.line("RECURRENCE-ID").is_some() {
        return Ok(vec![*start]);
    }
    let stamps = |name: &str| -> Result<Vec<Stamp<'a>>, Unclear> {
        let lines = event.lines().filter(|line| line.is(name));
        lines.flat_map(|line| Stamp::all(line, around.zones)).map(|stamp| stamp.ok_or(Unclear)).collect()
    };
    let mut all = stamps("RDATE")?;
    let mut left_out = stamps("EXDATE")?;
    left_out.extend(around.elsewhere.get(uid(event)).into_iter().flatten());
    all.push(*start);
    // On the wall of any zone.
    let far = |at: DateTime<Utc>, by: Duration| at.naive_utc().checked_add_signed(by).unwrap_or(NaiveDateTime::MAX);
    let from = far(around.window.from, -(length.most() + ZONES_APART));
    let to = far(around.window.to, ZONES_APART);
    for line in event.lines().filter(|line| line.is("RRULE")) {
        let rule = Rule::read(line.value()).ok_or(Unclear)?;
        let until = rule.until.map(|until| until.local(|at| start.zone.local(at)));
        let repeats = Repeats { rule: &rule, start: start.local, until };
        let found = recur::instances(&repeats, from, to, around.patience).ok_or(Unclear)?;
        all.extend(found.into_iter().map(|local| start.at(local)));
    }
    // Some programs leave out whole days of what is no whole day.
    let days: BTreeSet<_> = left_out.iter().filter(|out| out.day && !start.day).map(|out| out.local.date()).collect();
    let times: BTreeSet<_> = left_out.iter().filter(|out| out.day == start.day).map(Stamp::utc).collect();
    all.retain(|at| !days.contains(&at.local.date()) && !times.contains(&at.utc()));
    all.sort_unstable_by_key(Stamp::utc);
    all.dedup_by_key(|at| at.utc());
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn window(from: &str, to: &str) -> Window {
        Window { from: utc(from).unwrap(), to: utc(to).unwrap() }
    }

    fn events(text: &str) -> Component {
        let text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{text}\nEND:VEVENT\nEND:VCALENDAR");
        Component::read(text.as_bytes()).unwrap()
    }

    #[rstest]
    #[case::nine_is_nine_in_summer_and_in_winter(
        "DTSTART;TZID=Europe/Madrid:20260904T090000\nDURATION:PT30M\nRRULE:FREQ=WEEKLY",
        "23.0700-23.0730 30.0800-30.0830"
    )]
    #[case::a_time_left_out_in_its_zone(
        "DTSTART;TZID=Europe/Madrid:20260904T090000\nDURATION:PT30M\nRRULE:FREQ=WEEKLY\n\
         EXDATE;TZID=Europe/Madrid:20261023T090000,20261016T090000",
        "30.0800-30.0830"
    )]
    #[case::a_day_left_out(
        "DTSTART:20261020T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY\nEXDATE;VALUE=DATE:20261027",
        "20.0900-20.1000"
    )]
    #[case::the_day_on_which_clocks_go_back_has_25_hours("DTSTART;VALUE=DATE:20261025", "24.2200-25.2300")]
    #[case::weekends(
        "DTSTART;VALUE=DATE:20261003\nDTEND;VALUE=DATE:20261005\nRRULE:FREQ=WEEKLY;COUNT=4",
        "23.2200-25.2300"
    )]
    #[case::until_a_time_in_utc(
        "DTSTART;TZID=Europe/Madrid:20261020T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20261021T070000Z",
        "20.0700-20.0800 21.0700-21.0800"
    )]
    #[case::periods(
        "DTSTART:20260101T090000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20261022T090000Z/PT1H",
        "22.0900-22.1000"
    )]
    #[case::all_the_while("DTSTART:20260101T000000Z\nDTEND:20270101T000000Z", "20.0000-31.0000")]
    fn what_takes_time_is_worked_out(#[case] event: &str, #[case] expected: &str) {
        let window = window("20261020T000000Z", "20261031T000000Z");
        let busy = sorted(worked_out(&events(event), Tz::Europe__Madrid, window, &mut { PATIENCE }).unwrap()).unwrap();
        let at = |at: DateTime<Utc>| at.format("%d.%H%M").to_string();
        let told: Vec<_> = busy.iter().map(|busy| format!("{}-{}", at(busy.from), at(busy.to))).collect();
        assert_eq!(told.join(" "), expected);
    }

    #[rstest]
    #[case("UID:a")]
    #[case("DTSTART:tomorrow")]
    #[case("DTSTART:20261020T090000Z\nDURATION:long")]
    #[case("DTSTART:20261020T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYMOON=1")]
    #[case("DTSTART:20261020T090000Z\nDURATION:PT1H\nRRULE:FREQ=SECONDLY")]
    #[case("DTSTART:20261020T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEXDATE:never")]
    fn what_is_unclear_is_told(#[case] event: &str) {
        let window = window("20261020T000000Z", "20271031T000000Z");
        assert_eq!(worked_out(&events(event), Tz::UTC, window, &mut { PATIENCE }), Err(Unclear));
    }

    proptest! {
        #[test]
        fn everything_lies_in_the_window_and_in_order(
            day in 1..28_u32, hour in 0..24_u32, minutes in 0..4000_u32, interval in 1..5_u32,
            every in prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY", "HOURLY"]),
        ) {
            let window = window("20261020T003000Z", "20261031T003000Z");
            let event = format!("DTSTART;TZID=America/New_York:202609{day:02}T{hour:02}0000\nDURATION:PT{minutes}M\nRRULE:FREQ={every};INTERVAL={interval}");
            let busy = sorted(worked_out(&events(&event), Tz::UTC, window, &mut { PATIENCE }).unwrap()).unwrap();
            prop_assert!(busy.iter().all(|busy| window.from <= busy.from && busy.from < busy.to && busy.to <= window.to));
            prop_assert!(busy.is_sorted());
        }
    }
}
