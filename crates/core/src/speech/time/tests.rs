//! Laws of spoken and written times.

use chrono::TimeZone;

use super::*;

const NEW_YORK: Tz = Tz::America__New_York;
const MADRID: Tz = Tz::Europe__Madrid;
const KOLKATA: Tz = Tz::Asia__Kolkata;

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("an RFC 3339 time")
}

/// The instant at which the wall clock of `zone` shows this time.
fn wall(zone: Tz, (year, month, day): (i32, u32, u32), (hour, minute): (u32, u32)) -> DateTime<Utc> {
    zone.with_ymd_and_hms(year, month, day, hour, minute, 0)
        .earliest()
        .expect("a wall time that exists")
        .with_timezone(&Utc)
}

#[test]
fn each_language_says_a_time_its_own_way() {
    let at = wall(MADRID, (2026, 3, 2), (14, 30));
    for (language, spoken) in [
        (Language::En, "Monday, March 2nd at 2:30 PM"),
        (Language::Es, "el lunes 2 de marzo a las 14:30"),
        (Language::Hi, "सोमवार, 2 मार्च को दोपहर 2 बजकर 30 मिनट पर"),
        (Language::Nl, "maandag 2 maart om 14.30 uur"),
    ] {
        assert_eq!(spoken_time(at, MADRID, language), spoken);
    }
}

#[test]
fn every_weekday_and_month_has_its_name() {
    let weekdays = [
        ("Monday", "lunes", "सोमवार", "maandag"),
        ("Tuesday", "martes", "मंगलवार", "dinsdag"),
        ("Wednesday", "miércoles", "बुधवार", "woensdag"),
        ("Thursday", "jueves", "गुरुवार", "donderdag"),
        ("Friday", "viernes", "शुक्रवार", "vrijdag"),
        ("Saturday", "sábado", "शनिवार", "zaterdag"),
        ("Sunday", "domingo", "रविवार", "zondag"),
    ];
    // The fifth of January 2026 is a Monday.
    for (day, (en, es, hi, nl)) in (5..).zip(weekdays) {
        let at = wall(MADRID, (2026, 1, day), (9, 0));
        let said = |language| spoken_time(at, MADRID, language);
        assert_eq!(said(Language::En), format!("{en}, January {day}th at 9 AM"));
        assert_eq!(said(Language::Es), format!("el {es} {day} de enero a las 9:00"));
        assert_eq!(said(Language::Hi), format!("{hi}, {day} जनवरी को सुबह 9 बजे"));
        assert_eq!(said(Language::Nl), format!("{nl} {day} januari om 9 uur"));
    }
    let months = [
        ("January", "enero", "जनवरी", "januari"),
        ("February", "febrero", "फ़रवरी", "februari"),
        ("March", "marzo", "मार्च", "maart"),
        ("April", "abril", "अप्रैल", "april"),
        ("May", "mayo", "मई", "mei"),
        ("June", "junio", "जून", "juni"),
        ("July", "julio", "जुलाई", "juli"),
        ("August", "agosto", "अगस्त", "augustus"),
        ("September", "septiembre", "सितंबर", "september"),
        ("October", "octubre", "अक्टूबर", "oktober"),
        ("November", "noviembre", "नवंबर", "november"),
        ("December", "diciembre", "दिसंबर", "december"),
    ];
    for (number, (en, es, hi, nl)) in (1..).zip(months) {
        let at = wall(KOLKATA, (2026, number, 15), (16, 0));
        for (language, name) in [(Language::En, en), (Language::Es, es), (Language::Hi, hi), (Language::Nl, nl)] {
            for said in [spoken_time(at, KOLKATA, language), written_time(at, KOLKATA, language)] {
                assert!(said.contains(name), "{said} lacks {name}");
            }
        }
    }
}

#[test]
fn english_days_end_as_they_are_said() {
    for (day, said) in [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (22, "22nd"),
        (23, "23rd"),
        (30, "30th"),
        (31, "31st"),
    ] {
        let spoken = spoken_time(wall(NEW_YORK, (2026, 1, day), (10, 0)), NEW_YORK, Language::En);
        assert!(spoken.contains(&format!("January {said} at")), "{spoken}");
    }
}

#[test]
fn the_clock_is_never_mistaken_for_the_other_half_of_the_day() {
    let said = |clock, language| {
        let whole = spoken_time(wall(MADRID, (2026, 6, 9), clock), MADRID, language);
        let date = spoken_date(&wall(MADRID, (2026, 6, 9), clock).with_timezone(&MADRID), language);
        whole.split_once(&date).map(|(_, clock)| clock.trim().to_owned())
    };
    for (clock, en, es, hi, nl) in [
        ((0, 0), "at 12 midnight", "a las 0:00", "रात 12 बजे", "om 0 uur"),
        ((0, 30), "at 12:30 AM", "a las 0:30", "रात 12 बजकर 30 मिनट पर", "om 0.30 uur"),
        ((1, 0), "at 1 AM", "a la 1:00", "रात 1 बजे", "om 1 uur"),
        ((1, 5), "at 1:05 AM", "a la 1:05", "रात 1 बजकर 5 मिनट पर", "om 1.05 uur"),
        ((4, 0), "at 4 AM", "a las 4:00", "सुबह 4 बजे", "om 4 uur"),
        ((11, 59), "at 11:59 AM", "a las 11:59", "सुबह 11 बजकर 59 मिनट पर", "om 11.59 uur"),
        ((12, 0), "at 12 noon", "a las 12:00", "दोपहर 12 बजे", "om 12 uur"),
        ((12, 15), "at 12:15 PM", "a las 12:15", "दोपहर 12 बजकर 15 मिनट पर", "om 12.15 uur"),
        ((13, 0), "at 1 PM", "a las 13:00", "दोपहर 1 बजे", "om 13 uur"),
        ((16, 0), "at 4 PM", "a las 16:00", "शाम 4 बजे", "om 16 uur"),
        ((20, 0), "at 8 PM", "a las 20:00", "रात 8 बजे", "om 20 uur"),
        ((23, 45), "at 11:45 PM", "a las 23:45", "रात 11 बजकर 45 मिनट पर", "om 23.45 uur"),
    ] {
        assert_eq!(said(clock, Language::En).as_deref(), Some(en));
        assert_eq!(said(clock, Language::Es).as_deref(), Some(es));
        assert_eq!(said(clock, Language::Hi).as_deref(), Some(hi));
        assert_eq!(said(clock, Language::Nl).as_deref(), Some(nl));
    }
}

#[test]
fn no_two_minutes_of_a_day_sound_alike() {
    let mut said = std::collections::HashSet::new();
    for language in Language::ALL {
        for minute in 0..24 * 60 {
            let at = wall(KOLKATA, (2026, 8, 14), (minute / 60, minute % 60));
            assert!(said.insert(spoken_time(at, KOLKATA, language)), "{at} in {language}");
        }
    }
}

#[test]
fn spring_forward_skips_the_hour_that_does_not_exist() {
    // New York goes from 2:00 to 3:00 on the 8th of March 2026, at 07:00 UTC.
    let last = spoken_time(utc("2026-03-08T06:59:00Z"), NEW_YORK, Language::En);
    let first = spoken_time(utc("2026-03-08T07:00:00Z"), NEW_YORK, Language::En);
    assert_eq!(last, "Sunday, March 8th at 1:59 AM");
    assert_eq!(first, "Sunday, March 8th at 3 AM");
    // Madrid does so on the 29th of March 2026, at 01:00 UTC.
    let last = spoken_time(utc("2026-03-29T00:59:00Z"), MADRID, Language::Es);
    let first = spoken_time(utc("2026-03-29T01:00:00Z"), MADRID, Language::Es);
    assert_eq!(last, "el domingo 29 de marzo a la 1:59");
    assert_eq!(first, "el domingo 29 de marzo a las 3:00");
}

#[test]
fn the_hour_that_comes_twice_in_autumn_is_told_apart_in_writing() {
    let (summer, winter) = (utc("2026-11-01T05:30:00Z"), utc("2026-11-01T06:30:00Z"));
    assert_eq!(spoken_time(summer, NEW_YORK, Language::En), spoken_time(winter, NEW_YORK, Language::En));
    assert_eq!(written_time(summer, NEW_YORK, Language::En), "Sunday, November 1, 2026, 1:30 AM (EDT)");
    assert_eq!(written_time(winter, NEW_YORK, Language::En), "Sunday, November 1, 2026, 1:30 AM (EST)");
    let (summer, winter) = (utc("2026-10-25T00:30:00Z"), utc("2026-10-25T01:30:00Z"));
    assert_eq!(written_time(summer, MADRID, Language::Nl), "zondag 25 oktober 2026, 2.30 uur (CEST)");
    assert_eq!(written_time(winter, MADRID, Language::Nl), "zondag 25 oktober 2026, 2.30 uur (CET)");
}

#[test]
fn a_zone_without_daylight_saving_keeps_its_distance_all_year() {
    for (at, said) in [
        ("2026-01-15T04:00:00Z", "गुरुवार, 15 जनवरी को सुबह 9 बजकर 30 मिनट पर"),
        ("2026-07-15T04:00:00Z", "बुधवार, 15 जुलाई को सुबह 9 बजकर 30 मिनट पर"),
    ] {
        assert_eq!(spoken_time(utc(at), KOLKATA, Language::Hi), said);
    }
    assert_eq!(
        written_time(utc("2026-07-15T09:00:00Z"), KOLKATA, Language::Hi),
        "बुधवार, 15 जुलाई 2026, दोपहर 2:30 बजे (IST)"
    );
}

#[test]
fn a_zone_without_a_name_is_given_as_its_distance_from_utc() {
    let at = utc("2026-07-15T09:00:00Z");
    for (zone, name) in [
        (Tz::America__Sao_Paulo, "(UTC-3)"),
        (Tz::Asia__Dubai, "(UTC+4)"),
        (Tz::Asia__Kathmandu, "(UTC+5:45)"),
        (Tz::Pacific__Kiritimati, "(UTC+14)"),
        (Tz::UTC, "(UTC)"),
    ] {
        let written = written_time(at, zone, Language::Es);
        assert!(written.ends_with(name), "{written}");
    }
}

#[test]
fn today_and_tomorrow_are_days_of_the_persons_calendar() {
    // 23:30 on the 2nd of March in New York is already the 3rd in Madrid.
    let now = utc("2026-03-03T04:30:00Z");
    let at = utc("2026-03-03T19:30:00Z");
    assert_eq!(relative_day(at, now, NEW_YORK, Language::En), Some("tomorrow"));
    assert_eq!(relative_day(at, now, MADRID, Language::En), Some("today"));
    for (language, spoken) in [
        (Language::En, "tomorrow, Tuesday, March 3rd at 2:30 PM"),
        (Language::Es, "mañana, martes 3 de marzo, a las 14:30"),
        (Language::Hi, "कल, मंगलवार, 3 मार्च को दोपहर 2 बजकर 30 मिनट पर"),
        (Language::Nl, "morgen, dinsdag 3 maart, om 14.30 uur"),
    ] {
        assert_eq!(spoken_when(at, now, NEW_YORK, language), spoken);
    }
    assert_eq!(spoken_when(at, now, MADRID, Language::Es), "hoy, martes 3 de marzo, a las 20:30");
}

#[test]
fn other_days_past_and_future_are_only_dated() {
    let now = utc("2026-03-03T12:00:00Z");
    for at in ["2026-03-02T12:00:00Z", "2026-03-05T12:00:00Z"] {
        for language in Language::ALL {
            assert_eq!(relative_day(utc(at), now, MADRID, language), None);
            assert_eq!(spoken_when(utc(at), now, MADRID, language), spoken_time(utc(at), MADRID, language));
        }
    }
}

#[test]
fn tomorrow_holds_over_a_change_of_clocks_and_the_end_of_a_year() {
    // The night of the change has 23 hours in spring and 25 in autumn.
    for (now, at) in [
        ("2026-03-07T17:00:00Z", "2026-03-09T03:30:00Z"),
        ("2026-10-31T04:30:00Z", "2026-11-02T04:30:00Z"),
        ("2026-12-31T17:00:00Z", "2027-01-01T15:00:00Z"),
    ] {
        assert_eq!(relative_day(utc(at), utc(now), NEW_YORK, Language::Nl), Some("morgen"), "{at}");
    }
}
