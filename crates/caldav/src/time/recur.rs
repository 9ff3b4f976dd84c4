//! When something that repeats takes place: period by period, every day of one is held against the rule.

use super::rule::{Every, Rule};
use chrono::{Datelike, Duration, Months, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

/// A rule, and when it begins and ends on the wall.
pub(crate) struct Repeats<'a> {
    pub(crate) rule: &'a Rule,
    pub(crate) start: NaiveDateTime,
    /// The last moment that counts.
    pub(crate) until: Option<NaiveDateTime>,
}

/// The times in `from..to`, in order; `None` where working them out would take more than `patience`, which counts the days
/// and times that are looked at, and grows less. The beginning itself is among
/// them as far as it keeps the rule.
pub(crate) fn instances(
    repeats: &Repeats<'_>,
    from: NaiveDateTime,
    to: NaiveDateTime,
    patience: &mut usize,
) -> Option<Vec<NaiveDateTime>> {
    let Repeats { rule, start, until } = repeats;
    let mut found = Vec::new();
    let mut counted = 0;
    // Whoever counts must begin at the beginning.
    let first = if rule.count.is_some() { 0 } else { periods_before(rule, *start, from) };
    for number in first.. {
        let Some(period) = period(rule, *start, number) else { return Some(found) };
        let times = times(rule, *start, period.begins);
        let mut set = Vec::new();
        for day in period.days() {
            *patience = patience.checked_sub(1)?;
            if keeps(rule, *start, day) {
                *patience = patience.checked_sub(times.len())?;
                set.extend(times.iter().map(|time| day.and_time(*time)));
            }
        }
        for at in chosen(set, &rule.places) {
            if at < *start {
                continue;
            }
            counted += 1;
            if at >= to || until.is_some_and(|until| at > until) || rule.count.is_some_and(|count| counted > count) {
                return Some(found);
            }
            if at >= from {
                found.push(at);
            }
        }
        if period.begins >= to {
            return Some(found);
        }
    }
    Some(found)
}

/// A year, a month, a week, a day, or less than a day.
struct Period {
    begins: NaiveDateTime,
    ends: NaiveDateTime,
}

impl Period {
    fn days(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let last = self.ends;
        self.begins.date().iter_days().take_while(move |day| day.and_time(NaiveTime::MIN) < last)
    }
}

/// How long a period is, where all are of one length.
fn length(every: Every) -> Option<Duration> {
    Some(match every {
        Every::Second => Duration::seconds(1),
        Every::Minute => Duration::minutes(1),
        Every::Hour => Duration::hours(1),
        Every::Day => Duration::days(1),
        Every::Week => Duration::weeks(1),
        Every::Month | Every::Year => return None,
    })
}

/// The first moment of the period that the beginning lies in.
fn origin(rule: &Rule, start: NaiveDateTime) -> Option<NaiveDateTime> {
    let date = start.date();
    let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN);
    match rule.every {
        Every::Second => start.with_nanosecond(0),
        Every::Minute => start.with_second(0),
        Every::Hour => start.with_second(0)?.with_minute(0),
        Every::Day => Some(midnight(date)),
        Every::Week => {
            let days = date.weekday().days_since(rule.week_begins);
            date.checked_sub_days(chrono::Days::new(days.into())).map(midnight)
        }
        Every::Month => date.with_day(1).map(midnight),
        Every::Year => NaiveDate::from_ymd_opt(date.year(), 1, 1).map(midnight),
    }
}

/// The period that many intervals after the first one; `None` beyond the end of time.
fn period(rule: &Rule, start: NaiveDateTime, number: u32) -> Option<Period> {
    let origin = origin(rule, start)?;
    let steps = number.checked_mul(rule.interval)?;
    let (begins, ends) = match length(rule.every) {
        Some(length) => {
            let begins = origin.checked_add_signed(length.checked_mul(i32::try_from(steps).ok()?)?)?;
            (begins, begins.checked_add_signed(length)?)
        }
        None => {
            let months = if rule.every == Every::Year { 12 } else { 1 };
            let begins = origin.checked_add_months(Months::new(steps.checked_mul(months)?))?;
            (begins, begins.checked_add_months(Months::new(months))?)
        }
    };
    Some(Period { begins, ends })
}

/// So many periods lie before `from` altogether.
fn periods_before(rule: &Rule, start: NaiveDateTime, from: NaiveDateTime) -> u32 {
    if from <= start {
        return 0;
    }
    let passed = match length(rule.every) {
        Some(length) => (from - start).num_seconds() / length.num_seconds().max(1),
        None => {
            let months =
                i64::from(from.year() - start.year()) * 12 + i64::from(from.month0()) - i64::from(start.month0());
            if rule.every == Every::Year { i64::from(from.year() - start.year()) } else { months }
        }
    };
    u32::try_from(passed / i64::from(rule.interval)).unwrap_or(u32::MAX).saturating_sub(1)
}

/// The times of a day that are meant; what repeats within a day has those of one period only.
fn times(rule: &Rule, start: NaiveDateTime, period: NaiveDateTime) -> Vec<NaiveTime> {
    let part = |given: &[i32], own: u32, now: u32, within: bool| -> Vec<u32> {
        let mut numbers = given.iter().filter_map(|number| u32::try_from(*number).ok());
        match (given.len(), within) {
            (0, false) => vec![own],
            (0, true) => vec![now],
            (_, false) => numbers.collect(),
            (_, true) => numbers.find(|number| *number == now).into_iter().collect(),
        }
    };
    let hours = part(&rule.hours, start.hour(), period.hour(), rule.every <= Every::Hour);
    let minutes = part(&rule.minutes, start.minute(), period.minute(), rule.every <= Every::Minute);
    let seconds = part(&rule.seconds, start.second(), period.second(), rule.every <= Every::Second);
    let mut times = Vec::new();
    for hour in &hours {
        for minute in &minutes {
            times.extend(seconds.iter().filter_map(|second| NaiveTime::from_hms_opt(*hour, *minute, *second)));
        }
    }
    times
}

/// Whether a day keeps the rule.
fn keeps(rule: &Rule, start: NaiveDateTime, day: NaiveDate) -> bool {
    let signed = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    if !rule.months.is_empty() && !rule.months.contains(&signed(day.month())) {
        return false;
    }
    let month_length = signed(u32::from(day.num_days_in_month()));
    let year_length = if day.leap_year() { 366 } else { 365 };
    // Numbers below zero are counted from the end.
    let among = |list: &[i32], number: i32, length: i32| {
        list.is_empty() || list.contains(&number) || list.contains(&(number - length - 1))
    };
    let (month_day, year_day) = (signed(day.day()), signed(day.ordinal()));
    let by_week = rule.weeks.is_empty() || {
        let weeks = NaiveDate::from_ymd_opt(day.iso_week().year(), 12, 28).map_or(52, |last| last.iso_week().week());
        among(&rule.weeks, signed(day.iso_week().week()), signed(weeks))
    };
    let by_weekday = rule.weekdays.is_empty()
        || rule.weekdays.iter().any(|(which, weekday)| {
            let (number, length) = match rule.every {
                Every::Month => (month_day, month_length),
                Every::Year if !rule.months.is_empty() => (month_day, month_length),
                Every::Year if rule.weeks.is_empty() => (year_day, year_length),
                _ => return day.weekday() == *weekday,
            };
            let (from_first, from_last) = ((number - 1) / 7 + 1, -((length - number) / 7 + 1));
            day.weekday() == *weekday && [0, from_first, from_last].contains(which)
        });
    by_weekday
        && by_week
        && among(&rule.year_days, year_day, year_length)
        && among(&rule.month_days, month_day, month_length)
        && as_the_first(rule, start, day)
}

/// What a rule leaves open is as it was the first time.
fn as_the_first(rule: &Rule, start: NaiveDateTime, day: NaiveDate) -> bool {
    let open = rule.weekdays.is_empty() && rule.month_days.is_empty() && rule.year_days.is_empty();
    match rule.every {
        Every::Week => !rule.weekdays.is_empty() || day.weekday() == start.weekday(),
        Every::Month => !open || day.day() == start.day(),
        Every::Year if open && !rule.weeks.is_empty() => day.weekday() == start.weekday(),
        Every::Year if open => day.day() == start.day() && (!rule.months.is_empty() || day.month() == start.month()),
        _ => true,
    }
}

/// In order, and of them those at the places that are wanted.
fn chosen(mut set: Vec<NaiveDateTime>, places: &[i32]) -> Vec<NaiveDateTime> {
    set.sort_unstable();
    set.dedup();
    if places.is_empty() {
        return set;
    }
    let length = i32::try_from(set.len()).unwrap_or(i32::MAX);
    let wanted = |place: i32| places.contains(&(place + 1)) || places.contains(&(place - length));
    (0..).zip(set).filter(|(place, _)| wanted(*place)).map(|(_, at)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::clock;
    use proptest::prelude::*;
    use rstest::rstest;

    fn list(rule: &str, start: &str, from: &str, to: &str) -> Vec<String> {
        let rule = Rule::read(rule).unwrap();
        let until = rule.until.map(|until| until.local(|at| at.naive_utc()));
        let repeats = Repeats { rule: &rule, start: clock(start).unwrap(), until };
        let found = instances(&repeats, clock(from).unwrap(), clock(to).unwrap(), &mut 100_000).unwrap();
        found.iter().map(|at| at.format("%m%d%H").to_string()).collect()
    }

    /// Rules as section 3.8.5.3 of RFC 5545 describes their meaning, around its first of September 1997.
    #[rstest]
    #[case("FREQ=DAILY;COUNT=3", "090209 090309 090409")]
    #[case("FREQ=DAILY;UNTIL=19970904T000000Z", "090209 090309")]
    #[case("FREQ=DAILY;INTERVAL=10;COUNT=3", "090209 091209 092209")]
    #[case("FREQ=WEEKLY;UNTIL=19970916", "090209 090909 091609")]
    #[case("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,TH;COUNT=4", "090209 090409 091609 091809")]
    #[case("FREQ=MONTHLY;BYDAY=1FR;COUNT=3", "090509 100309 110709")]
    #[case("FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU;COUNT=4", "090709 092809 110209 113009")]
    #[case("FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=2", "092809 102909")]
    #[case("FREQ=MONTHLY;BYMONTHDAY=1,-1;COUNT=3", "093009 100109 103109")]
    #[case("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=2", "021309 031309")]
    #[case("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "090409 100709 110609")]
    #[case("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=3", "092909 103009 112709")]
    #[case("FREQ=YEARLY;BYMONTH=6,7;COUNT=2", "060209 070209")]
    #[case("FREQ=YEARLY;BYYEARDAY=1,100;COUNT=2", "010109 041009")]
    #[case("FREQ=YEARLY;BYDAY=20MO;COUNT=1", "051809")]
    #[case("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=1", "051109")]
    #[case("FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=2", "030509 031209")]
    #[case("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z", "090209 090212 090215")]
    #[case("FREQ=DAILY;BYHOUR=9,12;COUNT=3", "090209 090212 090309")]
    #[case("FREQ=MINUTELY;INTERVAL=120;COUNT=2", "090209 090211")]
    fn a_rule_means_what_the_standard_says(#[case] rule: &str, #[case] expected: &str) {
        assert_eq!(list(rule, "19970902T090000", "19970101T000000", "20000101T000000").join(" "), expected);
    }

    #[test]
    fn what_began_long_ago_is_found_where_it_is_looked_for() {
        let found = |rule| list(rule, "19700105T090000", "20261120T000000", "20261202T000000").join(" ");
        assert_eq!(found("FREQ=WEEKLY"), "112309 113009");
        assert_eq!(found("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=-1"), "113009");
        assert_eq!(found("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"), "112609");
        assert_eq!(found("FREQ=DAILY;INTERVAL=7;COUNT=9999"), "112309 113009");
    }

    #[test]
    fn the_31st_is_left_out_where_there_is_none() {
        assert_eq!(
            list("FREQ=MONTHLY;COUNT=3", "20260131T100000", "20260101T000000", "20270101T000000").join(" "),
            "013110 033110 053110"
        );
        assert_eq!(list("FREQ=YEARLY", "20240229T100000", "20250101T000000", "20290101T000000").join(" "), "022910");
    }

    #[test]
    fn a_rule_that_would_take_for_ever_is_given_up() {
        let rule = Rule::read("FREQ=SECONDLY;COUNT=99999999").unwrap();
        let (start, to) = (clock("19700101T000000").unwrap(), clock("20261120T000000").unwrap());
        assert_eq!(instances(&Repeats { rule: &rule, start, until: None }, start, to, &mut 100_000), None);
    }

    proptest! {
        #[test]
        fn whether_it_is_looked_for_early_or_late_is_the_same(
            every in prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY"]),
            interval in 1..9_u32, days in 0..900_i64, length in 1..90_i64,
            by in prop::sample::select(vec!["", ";BYDAY=MO,-1FR", ";BYMONTHDAY=1,-2", ";BYMONTH=2,11", ";BYDAY=SA;BYSETPOS=-1"]),
        ) {
            let rule = Rule::read(&format!("FREQ={every};INTERVAL={interval}{by}")).unwrap();
            let start = clock("20240229T093000").unwrap();
            let repeats = Repeats { rule: &rule, start, until: None };
            let (from, to) = (start + Duration::days(days), start + Duration::days(days + length));
            let mut all = instances(&repeats, start, to, &mut 1_000_000).unwrap();
            all.retain(|at| *at >= from);
            prop_assert_eq!(instances(&repeats, from, to, &mut 1_000_000).unwrap(), all);
        }

        #[test]
        fn nothing_makes_it_stumble(text in "(FREQ=[A-Z]{4,8};)?([A-Z]{3,10}=[0-9A-Z,-]{0,8};?){0,4}") {
            let _ = Rule::read(&text);
        }
    }
}
