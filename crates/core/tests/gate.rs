//! The contact gate: hours over daylight saving, midnight, holidays and zones; caps, consent, opt-out, the fence.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use chrono::{DateTime, Datelike, Duration, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    contact::{ContactPolicy, Hours, Recipient, Verdict, may_contact},
    effect::Channel,
    personal::Phone,
    ports::{Contact, Ledger},
};
use frontdesk_testkit::{CUSTOMER_PHONE, moment, phone};
use proptest::{collection::vec, prelude::*, sample::select};
use rstest::rstest;

fn hours(text: &str) -> Vec<Hours> {
    text.split(" and ").filter(|part| !part.is_empty()).map(|part| Hours::parse(part).unwrap()).collect()
}

fn every_day(text: &str) -> ContactPolicy {
    ContactPolicy { hours: std::array::from_fn(|_| hours(text)), ..ContactPolicy::default() }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn ask(policy: &ContactPolicy, zone: Option<Tz>, ledger: &Ledger, now: DateTime<Utc>) -> Verdict {
    let phone = phone(CUSTOMER_PHONE);
    may_contact(policy, &Recipient { phone: &phone, zone, channel: Channel::Voice }, ledger, now)
}

fn verdict(policy: &ContactPolicy, zone: Tz, now: DateTime<Utc>) -> Verdict {
    ask(policy, Some(zone), &Ledger::default(), now)
}

/// `open`, or when it opens (local time there, and UTC).
fn told(policy: &ContactPolicy, zone: Tz, now: &str) -> String {
    match verdict(policy, zone, moment(now)) {
        Verdict::Allowed => "open".to_owned(),
        Verdict::Wait { until, .. } => format!("{}", until.with_timezone(&zone).format("%m-%d %H:%M %Z")),
        Verdict::Never { reason } => reason,
    }
}

#[rstest]
// An ordinary day, at the edges.
#[case::a_second_early("Europe/Madrid", "09:00-20:00", "2026-11-20T07:59:59Z", "11-20 09:00 CET")]
#[case::at_opening("Europe/Madrid", "09:00-20:00", "2026-11-20T08:00:00Z", "open")]
#[case::last_second("Europe/Madrid", "09:00-20:00", "2026-11-20T18:59:59Z", "open")]
#[case::at_closing("Europe/Madrid", "09:00-20:00", "2026-11-20T19:00:00Z", "11-21 09:00 CET")]
#[case::lunch("Europe/Madrid", "09:00-13:00 and 16:00-20:00", "2026-11-20T13:00:00Z", "11-20 16:00 CET")]
// Spring: the night that has an hour less.
#[case::new_york_spring("America/New_York", "09:00-20:00", "2026-03-08T12:59:00Z", "03-08 09:00 EDT")]
#[case::new_york_spring_open("America/New_York", "09:00-20:00", "2026-03-08T13:00:00Z", "open")]
#[case::madrid_spring("Europe/Madrid", "09:00-20:00", "2026-03-29T06:59:00Z", "03-29 09:00 CEST")]
#[case::london_spring("Europe/London", "09:00-20:00", "2026-03-29T07:59:00Z", "03-29 09:00 BST")]
#[case::opens_in_the_gap("America/New_York", "02:30-20:00", "2026-03-08T06:59:00Z", "03-08 03:00 EDT")]
#[case::closes_in_the_gap("America/New_York", "00:00-02:30", "2026-03-08T06:59:59Z", "open")]
#[case::closed_after_the_gap("America/New_York", "00:00-02:30", "2026-03-08T07:00:00Z", "03-09 00:00 EDT")]
#[case::swallowed_by_the_gap("America/New_York", "02:00-03:00", "2026-03-08T06:59:00Z", "03-09 02:00 EDT")]
#[case::lord_howe_gap_is_half_an_hour("Australia/Lord_Howe", "02:10-05:00", "2026-10-03T15:25:00Z", "10-04 02:30 +11")]
#[case::lord_howe_closes_in_its_gap("Australia/Lord_Howe", "00:00-02:10", "2026-10-03T15:31:00Z", "10-05 00:00 +11")]
// Autumn: the night that has an hour more.
#[case::new_york_autumn("America/New_York", "09:00-20:00", "2026-11-01T13:59:00Z", "11-01 09:00 EST")]
#[case::madrid_autumn("Europe/Madrid", "09:00-20:00", "2026-10-25T07:59:00Z", "10-25 09:00 CET")]
#[case::london_autumn("Europe/London", "09:00-20:00", "2026-10-25T08:59:00Z", "10-25 09:00 GMT")]
#[case::opens_when_shown_the_second_time("America/New_York", "01:30-20:00", "2026-11-01T05:45:00Z", "11-01 01:30 EST")]
#[case::closes_when_shown_the_first_time("America/New_York", "00:30-01:30", "2026-11-01T05:30:00Z", "11-02 00:30 EST")]
#[case::lord_howe_autumn("Australia/Lord_Howe", "01:45-05:00", "2026-04-04T14:50:00Z", "04-05 01:45 +1030")]
// Zones that are not whole hours away, or have moved across the date line.
#[case::kolkata("Asia/Kolkata", "09:00-20:00", "2026-11-20T03:29:00Z", "11-20 09:00 IST")]
#[case::kolkata_open("Asia/Kolkata", "09:00-20:00", "2026-11-20T03:30:00Z", "open")]
#[case::apia("Pacific/Apia", "09:00-20:00", "2026-11-20T19:59:00Z", "11-21 09:00 +13")]
#[case::apia_day_that_never_was("Pacific/Apia", "09:00-20:00", "2011-12-30T06:00:00Z", "12-31 09:00 +14")]
// Past midnight.
#[case::night_before_midnight("Europe/Madrid", "22:00-02:00", "2026-11-20T22:30:00Z", "open")]
#[case::night_after_midnight("Europe/Madrid", "22:00-02:00", "2026-11-21T00:30:00Z", "open")]
#[case::night_is_over("Europe/Madrid", "22:00-02:00", "2026-11-21T01:00:00Z", "11-21 22:00 CET")]
#[case::night_over_the_gap("Europe/Madrid", "22:00-04:00", "2026-03-29T01:30:00Z", "open")]
#[case::until_midnight("Europe/Madrid", "18:00-24:00", "2026-11-20T22:59:59Z", "open")]
#[case::at_midnight("Europe/Madrid", "18:00-24:00", "2026-11-20T23:00:00Z", "11-21 18:00 CET")]
// Around the clock is around the clock, whatever the clock does.
#[case::all_day_in_the_gap("America/New_York", "00:00-24:00", "2026-03-08T07:00:00Z", "open")]
#[case::all_day_in_the_fold("America/Havana", "00:00-24:00", "2026-11-01T05:30:00Z", "open")]
#[case::all_day_where_midnight_is_skipped("Africa/Cairo", "00:00-24:00", "2026-04-23T22:00:00Z", "open")]
fn hours_are_those_of_the_persons_clock(
    #[case] zone: Tz,
    #[case] open: &str,
    #[case] now: &str,
    #[case] expected: &str,
) {
    assert_eq!(told(&every_day(open), zone, now), expected);
}

#[test]
fn each_weekday_has_its_own_hours() {
    let mut policy = every_day("09:00-20:00");
    policy.hours[5] = hours("10:00-12:00");
    policy.hours[6] = hours("");
    let madrid = chrono_tz::Europe::Madrid;
    // Friday the 20th in the evening, Saturday after noon.
    assert_eq!(told(&policy, madrid, "2026-11-20T20:00:00Z"), "11-21 10:00 CET");
    assert_eq!(told(&policy, madrid, "2026-11-21T11:00:00Z"), "11-23 09:00 CET");
}

#[rstest]
#[case::on_the_day("2026-12-25T12:00:00Z", "12-26 22:00 CET")]
#[case::the_night_before_stops_at_midnight("2026-12-24T23:30:00Z", "12-26 22:00 CET")]
#[case::before_midnight("2026-12-24T22:30:00Z", "open")]
#[case::its_own_night_does_not_begin("2026-12-25T22:30:00Z", "12-26 22:00 CET")]
#[case::nor_does_its_morning_after("2026-12-26T00:30:00Z", "12-26 22:00 CET")]
fn a_holiday_takes_its_part_of_a_night(#[case] now: &str, #[case] expected: &str) {
    let policy = ContactPolicy { holidays: vec![day("2026-12-25")], ..every_day("22:00-02:00") };
    assert_eq!(told(&policy, chrono_tz::Europe::Madrid, now), expected);
}

#[test]
fn a_holiday_is_a_day_of_the_persons_calendar() {
    let policy = ContactPolicy { holidays: vec![day("2026-12-25")], ..every_day("00:00-24:00") };
    let now = "2026-12-24T23:30:00Z";
    assert_eq!(told(&policy, chrono_tz::Europe::London, now), "open");
    assert_eq!(told(&policy, chrono_tz::Europe::Madrid, now), "12-26 00:00 CET");
}

#[test]
fn the_reason_says_what_the_clock_shows_there() {
    let Verdict::Wait { reason, .. } =
        verdict(&every_day("09:00-20:00"), chrono_tz::Asia::Kolkata, moment("2026-11-20T20:00:00Z"))
    else {
        panic!("it is half past one at night there");
    };
    assert_eq!(reason, "01:30 in Asia/Kolkata; people are contacted 09:00-20:00");
}

#[test]
fn without_any_hours_nobody_is_ever_contacted() {
    let verdict = verdict(&every_day(""), chrono_tz::Europe::Madrid, moment("2026-11-20T12:00:00Z"));
    assert!(matches!(verdict, Verdict::Never { .. }), "{verdict:?}");
}

#[test]
fn an_unknown_zone_forbids() {
    let verdict = ask(&every_day("00:00-24:00"), None, &Ledger::default(), moment("2026-11-20T12:00:00Z"));
    assert!(matches!(verdict, Verdict::Never { .. }), "{verdict:?}");
}

fn reached(at: &[&str]) -> Ledger {
    Ledger { recent: at.iter().map(|at| (Channel::Voice, moment(at))).collect(), ..Ledger::default() }
}

#[rstest]
#[case::below(&["2026-11-20T08:00:00Z"], "open")]
#[case::at_the_cap(&["2026-11-20T08:00:00Z", "2026-11-20T10:00:00Z"], "11-21 08:00")]
#[case::above(&["2026-11-20T08:00:00Z", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"], "11-21 10:00")]
#[case::the_oldest_just_left(&["2026-11-19T12:00:00Z", "2026-11-20T10:00:00Z"], "open")]
#[case::a_second_before(&["2026-11-19T12:00:01Z", "2026-11-20T10:00:00Z"], "11-20 12:00")]
#[case::the_week(&["2026-11-14T08:00:00Z", "2026-11-15T08:00:00Z", "2026-11-16T08:00:00Z"], "11-21 08:00")]
fn caps_roll_and_free_a_place_when_the_oldest_leaves(#[case] recent: &[&str], #[case] expected: &str) {
    let policy = ContactPolicy { per_day: 2, per_week: 3, ..every_day("00:00-24:00") };
    let told = match ask(&policy, Some(chrono_tz::UTC), &reached(recent), moment("2026-11-20T12:00:00Z")) {
        Verdict::Allowed => "open".to_owned(),
        Verdict::Wait { until, .. } => until.format("%m-%d %H:%M").to_string(),
        Verdict::Never { reason } => reason,
    };
    assert_eq!(told, expected);
}

#[test]
fn a_cap_of_nought_forbids() {
    let policy = ContactPolicy { per_day: 0, ..every_day("00:00-24:00") };
    let verdict = ask(&policy, Some(chrono_tz::UTC), &Ledger::default(), moment("2026-11-20T12:00:00Z"));
    assert!(matches!(verdict, Verdict::Never { .. }), "{verdict:?}");
}

fn known(consent: Option<bool>, opted_out: &[Channel]) -> Ledger {
    let contact = Contact {
        phone: phone(CUSTOMER_PHONE),
        language: None,
        time_zone: None,
        consent,
        opted_out: opted_out.to_vec(),
        heard: std::collections::BTreeMap::new(),
        updated_at: moment("2026-11-20T00:00:00Z"),
    };
    Ledger { contact: Some(contact), ..Ledger::default() }
}

#[rstest]
#[case::nothing_known(false, None, &[], true)]
#[case::asked_for_and_nothing_known(true, None, &[], false)]
#[case::asked_for_and_given(true, Some(true), &[], true)]
#[case::asked_for_and_withdrawn(true, Some(false), &[], false)]
#[case::withdrawn(false, Some(false), &[], false)]
#[case::opted_out_here(false, Some(true), &[Channel::Voice], false)]
#[case::opted_out_elsewhere(false, None, &[Channel::Sms, Channel::Email], true)]
fn consent_and_opt_out(
    #[case] needs_consent: bool,
    #[case] consent: Option<bool>,
    #[case] opted_out: &[Channel],
    #[case] allowed: bool,
) {
    let policy = ContactPolicy { needs_consent, ..every_day("00:00-24:00") };
    let now = moment("2026-11-20T12:00:00Z");
    let verdict = ask(&policy, Some(chrono_tz::UTC), &known(consent, opted_out), now);
    assert_eq!(verdict == Verdict::Allowed, allowed, "{verdict:?}");
    assert_eq!(matches!(verdict, Verdict::Never { .. }), !allowed, "{verdict:?}");
    // Answers to what people write are let through at any hour, never against their will.
    assert_eq!(
        ask(&policy.for_answers(), Some(chrono_tz::UTC), &known(consent, opted_out), now) == Verdict::Allowed,
        allowed
    );
}

#[test]
fn who_asked_not_to_be_contacted_on_a_channel_may_be_on_another() {
    let policy = every_day("00:00-24:00");
    let ledger = known(None, &[Channel::Sms]);
    let phone = phone(CUSTOMER_PHONE);
    let on = |channel| {
        let person = Recipient { phone: &phone, zone: Some(chrono_tz::UTC), channel };
        may_contact(&policy, &person, &ledger, moment("2026-11-20T12:00:00Z"))
    };
    assert_eq!(on(Channel::Email), Verdict::Allowed);
    assert!(matches!(on(Channel::Sms), Verdict::Never { .. }));
}

#[test]
fn behind_the_fence_is_the_test_number_alone() {
    let fenced = |only: Phone| ContactPolicy { only: Some(only), ..every_day("00:00-24:00") };
    let now = moment("2026-11-20T12:00:00Z");
    assert_eq!(verdict(&fenced(phone(CUSTOMER_PHONE)), chrono_tz::UTC, now), Verdict::Allowed);
    let outside = verdict(&fenced(phone("+15005550999")), chrono_tz::UTC, now);
    assert!(matches!(outside, Verdict::Never { ref reason } if reason.contains("YOUR_TEST_NUMBER")), "{outside:?}");
}

#[rstest]
fn who_was_forgotten_is_contacted_by_nobody_on_no_channel(
    #[values(Channel::Voice, Channel::Sms, Channel::Whatsapp, Channel::Email)] channel: Channel,
    #[values(false, true)] answers: bool,
) {
    let policy = every_day("00:00-24:00");
    let policy = if answers { policy.for_answers() } else { policy };
    let person = Recipient { phone: &Phone::forgotten(), zone: Some(chrono_tz::UTC), channel };
    let verdict = may_contact(&policy, &person, &known(Some(true), &[]), moment("2026-11-20T12:00:00Z"));
    assert_eq!(verdict, Verdict::Never { reason: "the person was forgotten".to_owned() });
}

#[test]
fn no_verdict_gives_a_person_away() {
    let policy = every_day("");
    let verdict = verdict(&policy, chrono_tz::UTC, moment("2026-11-20T12:00:00Z"));
    assert!(!format!("{verdict:?}").contains("5550101"));
}

#[rstest]
#[case("9-17")]
#[case("09:00")]
#[case("25:00-26:00")]
#[case("09:60-10:00")]
#[case("10:00-10:00")]
#[case("24:00-02:00")]
#[case("")]
fn hours_that_are_none_are_refused_with_a_remedy(#[case] text: &str) {
    let error = Hours::parse(text).unwrap_err();
    assert!(error.contains("write"), "{error}");
}

fn window() -> impl Strategy<Value = Hours> {
    (0..1440_u16, 1..=1440_u16).prop_filter_map("empty", |(from, to)| (from != to).then_some(Hours { from, to }))
}

fn zone() -> impl Strategy<Value = Tz> {
    select(vec![
        chrono_tz::America::New_York,
        chrono_tz::America::Havana,
        chrono_tz::America::St_Johns,
        chrono_tz::Europe::Madrid,
        chrono_tz::Europe::London,
        chrono_tz::Africa::Cairo,
        chrono_tz::Africa::Casablanca,
        chrono_tz::Asia::Kolkata,
        chrono_tz::Asia::Beirut,
        chrono_tz::Australia::Lord_Howe,
        chrono_tz::Pacific::Apia,
        chrono_tz::Pacific::Chatham,
    ])
}

fn on_an_open_clock(policy: &ContactPolicy, zone: Tz, at: DateTime<Utc>) -> bool {
    let local = at.with_timezone(&zone);
    let minute = u16::try_from(local.hour() * 60 + local.minute()).unwrap();
    let today = local.date_naive();
    let of = |day: NaiveDate| &policy.hours[usize::try_from(day.weekday().num_days_from_monday()).unwrap()];
    let yesterday = today.pred_opt().unwrap();
    if policy.holidays.contains(&today) {
        return false;
    }
    of(today).iter().any(|it| minute >= it.from && (minute < it.to || it.to <= it.from))
        || !policy.holidays.contains(&yesterday) && of(yesterday).iter().any(|it| it.to <= it.from && minute < it.to)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn whoever_may_be_contacted_has_an_open_clock_and_whoever_waits_waits_no_longer_than_needed(
        zone in zone(),
        windows in vec(vec(window(), 0..3), 7),
        // Two years of minutes, and often a night on which a clock was changed.
        at in prop_oneof![
            0..1_051_200_i64,
            select(vec!["2026-03-08T05:00:00Z", "2026-03-29T00:00:00Z", "2026-10-24T22:00:00Z", "2026-11-01T03:00:00Z",
                "2026-04-04T13:00:00Z", "2026-10-03T13:00:00Z", "2026-04-23T21:00:00Z", "2026-10-29T20:00:00Z"])
                .prop_flat_map(|night| (0..360_i64).prop_map(move |minute| {
                    (moment(night) - moment("2026-01-01T00:00:00Z")).num_minutes() + minute
                })),
        ],
        holidays in vec(0..730_i64, 0..40),
        samples in vec(0.0..1.0_f64, 40),
    ) {
        let year = moment("2026-01-01T00:00:00Z");
        let mut policy = ContactPolicy { per_day: 1, per_week: 1, ..ContactPolicy::default() };
        policy.hours = std::array::from_fn(|n| windows[n].clone());
        policy.holidays = holidays.iter().map(|days| (year + Duration::days(*days)).date_naive()).collect();
        let now = year + Duration::minutes(at);
        match verdict(&policy, zone, now) {
            Verdict::Allowed => prop_assert!(on_an_open_clock(&policy, zone, now), "{}", now.with_timezone(&zone)),
            Verdict::Wait { until, .. } => {
                prop_assert!(until > now);
                prop_assert_eq!(verdict(&policy, zone, until), Verdict::Allowed);
                let span = (until - now).num_minutes();
                for part in samples {
                    #[expect(clippy::cast_possible_truncation, reason = "a part of a span of days")]
                    let earlier = now + Duration::minutes((span as f64 * part) as i64);
                    if earlier < until {
                        prop_assert_ne!(verdict(&policy, zone, earlier), Verdict::Allowed, "{}", earlier);
                    }
                }
                prop_assert_ne!(verdict(&policy, zone, until - Duration::minutes(1)), Verdict::Allowed);
            }
            Verdict::Never { .. } => {
                for days in 0..27 {
                    for hour in 0..24 {
                        let later = now + Duration::days(days) + Duration::hours(hour);
                        prop_assert_ne!(verdict(&policy, zone, later), Verdict::Allowed, "{}", later);
                    }
                }
            }
        }
    }
}

#[test]
fn hours_that_hold_three_in_the_morning_are_night_hours() {
    for (text, night) in [
        ("09:00-20:00", false),
        ("20:00-09:00", true),
        ("22:00-02:00", false),
        ("00:00-24:00", true),
        ("03:00-04:00", true),
        ("04:00-03:00", false),
    ] {
        assert_eq!(Hours::parse(text).unwrap().at_night(), night, "{text}");
    }
}
