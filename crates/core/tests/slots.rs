//! Free times: within the hours, beside what is taken, in the zone of the business.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use chrono::{DateTime, Duration, NaiveDate, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use frontdesk_core::{
    contact::Hours,
    id::AppointmentId,
    ports::Busy,
    slots::{Load, Opening, Taken, free},
};
use proptest::{collection::vec, prelude::*, sample::select};
use rstest::rstest;
use uuid::Uuid;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn busy(from: &str, to: &str) -> Busy {
    Busy { from: at(from), to: at(to) }
}

/// Every day, in these hours, with no notice.
fn open(hours: &str) -> Opening {
    let hours = vec![Hours::parse(hours).unwrap()];
    Opening { hours: std::array::from_fn(|_| hours.clone()), notice: Duration::zero(), ..Opening::default() }
}

/// What is free on one day of the zone, as its clocks show it.
fn clocks(opening: &Opening, zone: Tz, day: &str, minutes: u32, load: &Load, now: &str) -> Vec<String> {
    let day: NaiveDate = day.parse().unwrap();
    let start = |day: NaiveDate| zone.from_local_datetime(&day.and_hms_opt(0, 0, 0).unwrap()).unwrap().to_utc();
    let span = (start(day), start(day.succ_opt().unwrap()));
    let found = free(opening, zone, minutes, span, load, at(now));
    found.into_iter().map(|at| at.with_timezone(&zone).format("%H:%M %Z").to_string()).collect()
}

#[rstest]
#[case::fits_to_the_last_minute(60, &["09:00 UTC", "09:30 UTC", "10:00 UTC", "10:30 UTC", "11:00 UTC"])]
#[case::longer_than_the_day(181, &[])]
#[case::as_long_as_the_day(180, &["09:00 UTC"])]
fn an_appointment_begins_and_ends_within_the_hours(#[case] minutes: u32, #[case] want: &[&str]) {
    let found = clocks(&open("09:00-12:00"), Tz::UTC, "2026-12-01", minutes, &Load::default(), "2026-11-27T12:00:00Z");
    assert_eq!(found, want);
}

#[test]
fn a_business_that_says_nothing_is_open_on_weekdays_from_nine_to_five() {
    let opening = Opening::default();
    let now = "2026-11-27T12:00:00Z";
    let monday = clocks(&opening, Tz::Europe__Madrid, "2026-11-30", 30, &Load::default(), now);
    assert_eq!((monday.first().unwrap().as_str(), monday.last().unwrap().as_str()), ("09:00 CET", "16:30 CET"));
    assert_eq!(clocks(&opening, Tz::Europe__Madrid, "2026-11-29", 30, &Load::default(), now), [""; 0]);
}

#[test]
fn the_clock_put_forward_takes_its_hour_and_the_one_put_back_gives_it_twice() {
    let opening = Opening { step: 60, horizon: Duration::days(366), ..open("01:00-05:00") };
    let day = |day| clocks(&opening, Tz::Europe__Madrid, day, 60, &Load::default(), "2026-01-01T00:00:00Z");
    assert_eq!(day("2026-03-29"), ["01:00 CET", "03:00 CEST", "04:00 CEST"]);
    assert_eq!(day("2026-10-25"), ["01:00 CEST", "02:00 CEST", "02:00 CET", "03:00 CET", "04:00 CET"]);
}

#[test]
fn hours_past_midnight_belong_to_the_day_they_began_on() {
    let opening = Opening { closed: vec!["2026-12-02".parse().unwrap()], step: 60, ..open("22:00-02:00") };
    let day = |day| clocks(&opening, Tz::UTC, day, 60, &Load::default(), "2026-11-27T12:00:00Z");
    assert_eq!(day("2026-12-01"), ["00:00 UTC", "01:00 UTC", "22:00 UTC", "23:00 UTC"]);
    assert_eq!(day("2026-12-02"), ["00:00 UTC", "01:00 UTC"], "closed: nothing begins on it");
    assert_eq!(day("2026-12-03"), ["22:00 UTC", "23:00 UTC"]);
}

#[test]
fn notice_and_horizon_bound_what_is_offered() {
    let opening = Opening { notice: Duration::hours(2), horizon: Duration::hours(4), ..open("00:00-24:00") };
    let found = clocks(&opening, Tz::UTC, "2026-12-01", 30, &Load::default(), "2026-12-01T09:10:00Z");
    assert_eq!(found, ["11:30 UTC", "12:00 UTC", "12:30 UTC", "13:00 UTC"]);
}

#[test]
fn a_buffer_lies_between_two_appointments_and_not_before_the_first() {
    let opening = Opening { buffer: Duration::minutes(15), step: 15, ..open("09:00-12:00") };
    let load = Load { taken: vec![busy("2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z")], ..Load::default() };
    let found = clocks(&opening, Tz::UTC, "2026-12-01", 30, &load, "2026-11-27T12:00:00Z");
    assert_eq!(found, ["09:00 UTC", "09:15 UTC", "11:15 UTC", "11:30 UTC"]);
}

#[test]
fn as_many_as_the_capacity_may_come_at_a_time_and_a_closed_time_is_closed_to_all() {
    let opening = Opening { capacity: 2, step: 60, ..open("09:00-13:00") };
    let taken = vec![
        busy("2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z"),
        busy("2026-12-01T09:00:00Z", "2026-12-01T11:00:00Z"),
    ];
    let load = Load { taken, closed: vec![busy("2026-12-01T12:00:00Z", "2026-12-01T12:05:00Z")] };
    let found = clocks(&opening, Tz::UTC, "2026-12-01", 60, &load, "2026-11-27T12:00:00Z");
    assert_eq!(found, ["10:00 UTC", "11:00 UTC"]);
}

#[test]
fn what_we_wrote_into_the_calendar_is_counted_once_and_what_else_stands_there_closes() {
    let id = |n| AppointmentId(Uuid::from_u128(n));
    let mine =
        Taken { appointment: id(1), time: busy("2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z"), held_until: None };
    let other =
        Taken { appointment: id(2), time: busy("2026-12-01T12:00:00Z", "2026-12-01T13:00:00Z"), held_until: None };
    let hold = Taken {
        appointment: id(3),
        time: busy("2026-12-01T15:00:00Z", "2026-12-01T16:00:00Z"),
        held_until: Some(at("2026-12-01T09:00:00Z")),
    };
    // Calendars give what adjoins as one.
    let calendar =
        [busy("2026-12-01T10:00:00Z", "2026-12-01T11:30:00Z"), busy("2026-12-01T12:00:00Z", "2026-12-01T13:00:00Z")];
    let load = Load::of_others(&[mine, other, hold], &calendar, Some(id(1)));
    assert_eq!(load.taken, [other.time, hold.time]);
    assert_eq!(load.closed, [busy("2026-12-01T11:00:00Z", "2026-12-01T11:30:00Z")]);
}

#[test]
fn what_makes_no_sense_is_told_with_its_remedy() {
    assert_eq!(Opening::default().problems(), [""; 0]);
    let wrong = Opening {
        step: 0,
        capacity: 0,
        hold: Duration::zero(),
        horizon: Duration::zero(),
        buffer: Duration::days(-1),
        ..Opening::default()
    };
    assert_eq!(wrong.problems().len(), 5);
}

fn stretch() -> impl Strategy<Value = Busy> {
    (0..20_000_i64, 1..600_i64).prop_map(|(from, minutes)| {
        let from = at("2026-03-20T00:00:00Z") + Duration::minutes(from);
        Busy { from, to: from + Duration::minutes(minutes) }
    })
}

fn opening() -> impl Strategy<Value = Opening> {
    let hours = (0..24_u16, 1..25_u16).prop_map(|(from, to)| Hours { from: from * 60, to: to * 60 });
    (vec(hours, 7), 5..90_u32, 0..300_i64, 0..60_i64, 1..4_u32).prop_map(|(hours, step, notice, buffer, capacity)| {
        let mut days = hours.into_iter().map(|hours| if hours.from == hours.to { vec![] } else { vec![hours] });
        Opening {
            hours: std::array::from_fn(|_| days.next().unwrap_or_default()),
            step,
            notice: Duration::minutes(notice),
            buffer: Duration::minutes(buffer),
            capacity,
            ..Opening::default()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn what_is_offered_can_be_had(
        opening in opening(),
        zone in select(vec![Tz::UTC, Tz::Europe__Madrid, Tz::America__New_York, Tz::Australia__Lord_Howe]),
        minutes in 1..240_u32,
        taken in vec(stretch(), 0..30),
        closed in vec(stretch(), 0..5),
        now in 0..10_000_i64,
    ) {
        let now = at("2026-03-20T00:00:00Z") + Duration::minutes(now);
        let load = Load { taken, closed };
        let span = (at("2026-03-20T00:00:00Z"), at("2026-04-05T00:00:00Z"));
        let found = free(&opening, zone, minutes, span, &load, now);
        for &from in &found {
            let to = from + Duration::minutes(i64::from(minutes));
            prop_assert!(from >= now + opening.notice && from > now);
            prop_assert!(from >= span.0 && from < span.1);
            // Minute by minute: nobody is closed out, and no more than the capacity are there.
            let mut at = from;
            while at < to {
                let there = |busy: &&Busy| busy.from <= at && at < busy.to;
                prop_assert!(load.closed.iter().find(there).is_none());
                prop_assert!(load.taken.iter().filter(there).count() < opening.capacity as usize);
                prop_assert!(within(&opening, zone, at), "{at} is outside of the hours");
                at += Duration::minutes(1);
            }
        }
        prop_assert!(found.windows(2).all(|two| two[0] < two[1]));
    }

    #[test]
    fn whoever_takes_what_is_offered_one_after_the_other_never_meets(
        opening in opening(),
        minutes in 5..120_u32,
        picks in vec(any::<prop::sample::Index>(), 1..12),
    ) {
        let now = at("2026-03-20T00:00:00Z");
        let mut load = Load::default();
        for pick in picks {
            let found = free(&opening, Tz::Europe__Madrid, minutes, (now, now + Duration::days(3)), &load, now);
            if found.is_empty() {
                break;
            }
            let from = found[pick.index(found.len())];
            let time = Busy { from, to: from + Duration::minutes(i64::from(minutes)) };
            prop_assert!(load.has_room(&opening, time));
            load.taken.push(time);
        }
        let buffered = |busy: &Busy| busy.to + opening.buffer;
        for one in &load.taken {
            let there = load.taken.iter().filter(|other| other.from <= one.from && one.from < buffered(other)).count();
            prop_assert!(there <= opening.capacity as usize);
        }
    }
}

/// Whether the clocks of the zone show a time within the hours of that day, or of the day before that go past midnight.
fn within(opening: &Opening, zone: Tz, at: DateTime<Utc>) -> bool {
    let local = at.with_timezone(&zone);
    let minute = u16::try_from(local.hour() * 60 + local.minute()).unwrap();
    let of = |weekday: Weekday| &opening.hours[weekday.num_days_from_monday() as usize];
    use chrono::Datelike;
    let today = of(local.weekday()).iter().any(|hours| {
        let to = if hours.to <= hours.from { 24 * 60 } else { hours.to };
        hours.from <= minute && minute < to
    });
    let before = of(local.weekday().pred()).iter().any(|hours| hours.to <= hours.from && minute < hours.to);
    today || before
}
