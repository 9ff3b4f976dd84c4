//! What is a time, and what is none.

use super::*;
use Language::{En, Es, Hi, Nl};
use proptest::prelude::*;

/// A Wednesday, half past two in the afternoon in Amsterdam.
fn told() -> DateTime<Utc> {
    "2026-11-25T13:30:00Z".parse().unwrap()
}

const HERE: Tz = Tz::Europe__Amsterdam;

fn resolve(text: &str, language: Language) -> Result<String, Unclear> {
    let resolved = When::read(text).resolve(HERE, language, told(), told())?;
    Ok(resolved.at.with_timezone(&HERE).format("%Y-%m-%d %H:%M").to_string())
}

#[test]
fn a_moment_is_the_same_everywhere_and_a_local_time_is_the_businesses() {
    for (text, want) in [
        ("2026-12-08T15:00:00Z", "2026-12-08 16:00"),
        ("2026-12-08T15:00:00.123456Z", "2026-12-08 16:00"),
        ("2026-12-08T15:00Z", "2026-12-08 16:00"),
        ("2026-12-08T15:00:00+05:30", "2026-12-08 10:30"),
        ("2026-12-08T15:00:00+0530", "2026-12-08 10:30"),
        ("2026-12-08 15:00:00+00:00", "2026-12-08 16:00"),
        ("2026-12-08T15:00:00", "2026-12-08 15:00"),
        ("2026-12-08T15:00:00.5", "2026-12-08 15:00"),
        ("2026-12-08T15:00", "2026-12-08 15:00"),
        (" 2026-12-08 15:00 ", "2026-12-08 15:00"),
    ] {
        assert_eq!(resolve(text, En).as_deref(), Ok(want), "{text}");
    }
}

#[test]
fn words_are_meant_from_the_day_of_the_call() {
    for (language, text, want) in [
        (En, "tomorrow at 3 pm", "2026-11-26 15:00"),
        (En, "Tomorrow at 3PM.", "2026-11-26 15:00"),
        (En, "tomorrow at three in the afternoon", "2026-11-26 15:00"),
        (En, "3 p.m. tomorrow", "2026-11-26 15:00"),
        (En, "today at 16:30", "2026-11-25 16:30"),
        (En, "this evening at 7", "2026-11-25 19:00"),
        (En, "next Tuesday 10:30", "2026-12-01 10:30"),
        (En, "Friday at 10", "2026-11-27 10:00"),
        (En, "this coming Friday at ten thirty", "2026-11-27 10:30"),
        (En, "Thursday next week at quarter past 9", "2026-12-03 09:15"),
        (En, "the day after tomorrow at noon", "2026-11-27 12:00"),
        (En, "December 8th at 3:15 pm", "2026-12-08 15:15"),
        (En, "Tuesday, 8 December 2026, half past eleven", "2026-12-08 11:30"),
        (En, "2026-12-08 at 3 pm", "2026-12-08 15:00"),
        (En, "January 5 at 9 o'clock", "2027-01-05 09:00"),
        (Es, "el martes a las 10", "2026-12-01 10:00"),
        (Es, "mañana a las 3 de la tarde", "2026-11-26 15:00"),
        (Es, "mañana por la mañana a las nueve y media", "2026-11-26 09:30"),
        (Es, "pasado mañana a la una y media de la tarde", "2026-11-27 13:30"),
        (Es, "el próximo lunes a las once menos cuarto", "2026-11-30 10:45"),
        (Es, "el 8 de diciembre a las 15:00", "2026-12-08 15:00"),
        (Es, "el jueves de la semana que viene a las 10 de la mañana", "2026-12-03 10:00"),
        (Es, "tomorrow at 3 pm", "2026-11-26 15:00"),
        (Hi, "कल दोपहर 3 बजे", "2026-11-26 15:00"),
        (Hi, "परसों सुबह साढ़े दस बजे", "2026-11-27 10:30"),
        (Hi, "शुक्रवार को शाम पाँच बजे", "2026-11-27 17:00"),
        (Hi, "कल दोपहर ढाई बजे", "2026-11-26 14:30"),
        (Hi, "kal subah 10 baje", "2026-11-26 10:00"),
        (Hi, "अगले सोमवार सुबह पौने ग्यारह बजे", "2026-11-30 10:45"),
        (Nl, "overmorgen om half drie 's middags", "2026-11-27 14:30"),
        (Nl, "overmorgen om half elf", "2026-11-27 10:30"),
        (Nl, "morgenmiddag om kwart over drie", "2026-11-26 15:15"),
        (Nl, "volgende week dinsdag om 10.30 uur", "2026-12-01 10:30"),
        (Nl, "aanstaande vrijdag om 9 uur", "2026-11-27 09:00"),
        (Nl, "8 december om 15u30", "2026-12-08 15:30"),
        (Nl, "vanavond om half acht", "2026-11-25 19:30"),
    ] {
        assert_eq!(resolve(text, language).as_deref(), Ok(want), "{text}");
    }
}

#[test]
fn what_can_mean_two_things_is_asked_about() {
    use Unclear::{HalfOfDay, NoDay, NoTime, NotUnderstood, Past, Several, TooFar, Vague, WhichWeek, WhichYear};
    for (language, text, want) in [
        (En, "tomorrow at 3", HalfOfDay),
        (En, "tomorrow at 7:30", HalfOfDay),
        (Nl, "overmorgen om half drie", HalfOfDay),
        (Es, "mañana a las 5", HalfOfDay),
        (En, "tomorrow at 2 at night", HalfOfDay),
        (En, "tomorrow", NoTime),
        (En, "2026-12-08", NoTime),
        (En, "Tuesday morning", NoTime),
        (En, "at 3 pm", NoDay),
        (En, "15:00", NoDay),
        // Said on a Wednesday.
        (En, "Wednesday at 10", WhichWeek),
        (En, "next Friday at 10", WhichWeek),
        (En, "next Sunday at 10", WhichWeek),
        (Nl, "volgende week zondag om 10 uur", WhichWeek),
        (En, "October 8 at 10", WhichYear),
        (En, "next week", Vague),
        (En, "next week at 3 pm", NoDay),
        (En, "around 3 pm tomorrow", Vague),
        (En, "tomorrow at 10 or 11", Vague),
        (En, "after work", Vague),
        (Es, "la semana que viene", Vague),
        (En, "tomorrow at 10 am, 11 am", Several),
        (En, "Monday, 8 December at 10", Several),
        (En, "today tomorrow at 10", Several),
        (En, "tomorrow at 9 in the evening in the morning", Several),
        (En, "tomorrow at 15 in the morning", Several),
        (En, "Tuesday 10", NotUnderstood),
        (En, "the 8th at 3 pm", NotUnderstood),
        (En, "8/12 at 3 pm", NotUnderstood),
        (En, "whenever suits you", NotUnderstood),
        (En, "30 February at 10", NotUnderstood),
        (En, "tomorrow at 25", NotUnderstood),
        (En, "today at 9 am", Past),
        (En, "2025-12-08T15:00:00Z", Past),
        (En, "8 December 2030 at 10", TooFar),
        (En, "  ", Unclear::Missing),
    ] {
        assert_eq!(resolve(text, language), Err(want), "{text}");
    }
}

#[test]
fn a_few_minutes_ago_is_not_past() {
    let at = |ago: i64| When::At(told() - Duration::minutes(ago)).resolve(HERE, En, told(), told());
    assert!(at(5).is_ok());
    assert_eq!(at(6), Err(Unclear::Past));
}

#[test]
fn a_time_that_the_clock_skips_is_the_first_one_after_and_one_it_shows_twice_the_earlier() {
    let zone = Tz::America__New_York;
    let now = "2026-03-01T12:00:00Z".parse().unwrap();
    let resolve = |text: &str| When::read(text).resolve(zone, En, now, now).unwrap();
    let skipped = resolve("2026-03-08T02:30:00");
    assert_eq!((skipped.at.to_rfc3339(), skipped.skipped), ("2026-03-08T07:00:00+00:00".to_owned(), true));
    let twice = resolve("2026-11-01T01:30:00");
    assert_eq!((twice.at.to_rfc3339(), twice.skipped), ("2026-11-01T05:30:00+00:00".to_owned(), false));
}

#[test]
fn words_are_not_printed() {
    assert_eq!(format!("{:?}", When::read("tomorrow, says Ana")), "Words(18 characters)");
}

/// Pieces that times are made of, so that chance finds sentences.
fn sentence() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "tomorrow",
        "next",
        "Tuesday",
        "at",
        "3",
        "10",
        "pm",
        "half",
        "past",
        "december",
        "8",
        "2026",
        "10:30",
        "week",
        "el",
        "martes",
        "a las",
        "y media",
        "de la tarde",
        "overmorgen",
        "om",
        "drie",
        "uur",
        "कल",
        "साढ़े",
        "बजे",
        "शाम",
        "2026-12-08",
        "noon",
        "quarter to",
        "volgende",
        "mañana",
        "٣",
        "99999999999",
        "24:61",
        "१०",
    ]);
    prop::collection::vec(word, 0..7).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn nothing_that_is_said_breaks_it(text in ".{0,40}", words in sentence(), seconds in 0_i64..4_000_000_000) {
        let now = DateTime::from_timestamp(seconds, 0).unwrap();
        for text in [&text, &words] {
            for language in Language::ALL {
                if let Ok(resolved) = When::read(text).resolve(HERE, language, now, now) {
                    prop_assert!(resolved.at >= now - GRACE);
                }
            }
        }
    }

    #[test]
    fn what_was_resolved_is_what_the_clock_there_shows(
        minutes in 0_i64..60 * 24 * 365 * 2,
        zone in prop::sample::select(vec![HERE, Tz::America__New_York, Tz::Asia__Kolkata, Tz::Australia__Lord_Howe]),
    ) {
        let local = NaiveDate::from_ymd_opt(2026, 11, 26).unwrap().and_hms_opt(0, 0, 0).unwrap()
            + Duration::minutes(minutes);
        let text = local.format("%Y-%m-%dT%H:%M").to_string();
        let resolved = When::read(&text).resolve(zone, En, told(), told()).unwrap();
        let shown = resolved.at.with_timezone(&zone).naive_local();
        prop_assert!(shown == local || (resolved.skipped && shown > local));
    }

    #[test]
    fn a_day_and_an_hour_in_words_are_what_the_clock_there_shows(
        hour in 1_u32..=12,
        pm: bool,
        seconds in 1_700_000_000_i64..2_000_000_000,
        zone in prop::sample::select(vec![HERE, Tz::America__New_York, Tz::Asia__Kolkata]),
    ) {
        let now = DateTime::from_timestamp(seconds, 0).unwrap();
        let text = format!("tomorrow at {hour} {}", if pm { "pm" } else { "am" });
        let resolved = When::read(&text).resolve(zone, En, now, now).unwrap();
        let shown = resolved.at.with_timezone(&zone).naive_local();
        let today = now.with_timezone(&zone).date_naive();
        prop_assert_eq!(shown.date(), today.succ_opt().unwrap());
        prop_assert_eq!(shown.hour(), hour % 12 + if pm { 12 } else { 0 } + u32::from(resolved.skipped));
    }
}
