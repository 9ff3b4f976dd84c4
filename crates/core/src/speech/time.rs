//! Dates and times as a person says or writes them, in that person's zone.

use chrono::{DateTime, Datelike, Days, Offset, Timelike, Utc};
use chrono_tz::{OffsetName, Tz};

use super::Language;

/// A date and time for the telephone, in `zone`, daylight saving included.
///
/// English uses the twelve-hour clock, Spanish and Dutch the twenty-four-hour clock, Hindi the
/// parts of the day, so that none can be taken for the other half of the day. The result fits
/// after "your appointment is", and after "for" in English, "para" in Spanish, "voor" in Dutch.
#[must_use]
pub fn spoken_time(at: DateTime<Utc>, zone: Tz, language: Language) -> String {
    let at = at.with_timezone(&zone);
    let (date, clock) = (spoken_date(&at, language), spoken_clock(&at, language));
    match language {
        Language::Es => format!("el {date} {clock}"),
        Language::En | Language::Hi | Language::Nl => format!("{date} {clock}"),
    }
}

/// "today" or "tomorrow" when `at` falls on that day of the calendar in `zone`, seen from `now`.
///
/// What counts is the date on the person's wall, not the number of hours: at 23:30 half an hour
/// later is "tomorrow".
#[must_use]
pub fn relative_day(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz, language: Language) -> Option<&'static str> {
    let day = at.with_timezone(&zone).date_naive();
    let today = now.with_timezone(&zone).date_naive();
    if day == today {
        return Some(match language {
            Language::En => "today",
            Language::Es => "hoy",
            Language::Hi => "आज",
            Language::Nl => "vandaag",
        });
    }
    (Some(day) == today.checked_add_days(Days::new(1))).then_some(match language {
        Language::En => "tomorrow",
        Language::Es => "mañana",
        Language::Hi => "कल",
        Language::Nl => "morgen",
    })
}

/// Like [`spoken_time`], with "today" or "tomorrow" before the date where that is true.
///
/// The date is still said, because a message may be heard a day after it was recorded.
#[must_use]
pub fn spoken_when(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz, language: Language) -> String {
    let Some(day) = relative_day(at, now, zone, language) else {
        return spoken_time(at, zone, language);
    };
    let at = at.with_timezone(&zone);
    let (date, clock) = (spoken_date(&at, language), spoken_clock(&at, language));
    match language {
        // A comma lets the voice take a breath where the day has been said twice.
        Language::Es | Language::Nl => format!("{day}, {date}, {clock}"),
        Language::En | Language::Hi => format!("{day}, {date} {clock}"),
    }
}

/// A date and time for a message, with the year and the zone's abbreviation.
///
/// The abbreviation tells the two half past ones of an autumn night apart ("EDT", "EST"); a zone
/// that has none is given as its distance from UTC ("UTC+3").
#[must_use]
pub fn written_time(at: DateTime<Utc>, zone: Tz, language: Language) -> String {
    let local = at.with_timezone(&zone);
    let (weekday, month, day, year) = (weekday(&local, language), month(&local, language), local.day(), local.year());
    let (clock, zone) = (written_clock(at, zone, language), zone_name(&local));
    match language {
        Language::En => format!("{weekday}, {month} {day}, {year}, {clock} ({zone})"),
        Language::Es => format!("{weekday} {day} de {month} de {year}, {clock} ({zone})"),
        Language::Hi => format!("{weekday}, {day} {month} {year}, {clock} ({zone})"),
        Language::Nl => format!("{weekday} {day} {month} {year}, {clock} ({zone})"),
    }
}

/// A day for a list of times, without the year.
#[must_use]
pub fn written_day(at: DateTime<Utc>, zone: Tz, language: Language) -> String {
    let at = at.with_timezone(&zone);
    let (weekday, month, day) = (weekday(&at, language), month(&at, language), at.day());
    match language {
        Language::En => format!("{weekday}, {month} {day}"),
        Language::Es => format!("{weekday} {day} de {month}"),
        Language::Hi => format!("{weekday}, {day} {month}"),
        Language::Nl => format!("{weekday} {day} {month}"),
    }
}

/// A time of the day as it stands in [`written_time`].
#[must_use]
pub fn written_clock(at: DateTime<Utc>, zone: Tz, language: Language) -> String {
    let at = at.with_timezone(&zone);
    let (hour, minute) = (at.hour(), at.minute());
    let (pm, hour12) = at.hour12();
    match language {
        Language::En => format!("{hour12}:{minute:02} {}", if pm { "PM" } else { "AM" }),
        Language::Es => format!("{hour}:{minute:02}"),
        Language::Hi => format!("{} {hour12}:{minute:02} बजे", hindi_part_of_day(hour)),
        Language::Nl => format!("{hour}.{minute:02} uur"),
    }
}

/// The zone's abbreviation at that time, as it stands in [`written_time`].
#[must_use]
pub fn written_zone(at: DateTime<Utc>, zone: Tz) -> String {
    zone_name(&at.with_timezone(&zone))
}

fn spoken_date(at: &DateTime<Tz>, language: Language) -> String {
    let (weekday, month, day) = (weekday(at, language), month(at, language), at.day());
    match language {
        Language::En => format!("{weekday}, {month} {day}{}", english_ordinal(day)),
        Language::Es => format!("{weekday} {day} de {month}"),
        Language::Hi => format!("{weekday}, {day} {month} को"),
        Language::Nl => format!("{weekday} {day} {month}"),
    }
}

fn spoken_clock(at: &DateTime<Tz>, language: Language) -> String {
    let (hour, minute) = (at.hour(), at.minute());
    let (pm, hour12) = at.hour12();
    match language {
        // "12 AM" and "12 PM" are mistaken for each other too often.
        Language::En if (hour, minute) == (0, 0) => "at 12 midnight".to_owned(),
        Language::En if (hour, minute) == (12, 0) => "at 12 noon".to_owned(),
        Language::En => {
            let half = if pm { "PM" } else { "AM" };
            match minute {
                0 => format!("at {hour12} {half}"),
                _ => format!("at {hour12}:{minute:02} {half}"),
            }
        }
        // One o'clock is the only hour in the singular.
        Language::Es if hour == 1 => format!("a la {hour}:{minute:02}"),
        Language::Es => format!("a las {hour}:{minute:02}"),
        Language::Hi => {
            let part = hindi_part_of_day(hour);
            match minute {
                0 => format!("{part} {hour12} बजे"),
                _ => format!("{part} {hour12} बजकर {minute} मिनट पर"),
            }
        }
        Language::Nl => match minute {
            0 => format!("om {hour} uur"),
            _ => format!("om {hour}.{minute:02} uur"),
        },
    }
}

fn english_ordinal(day: u32) -> &'static str {
    match (day % 10, day % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

/// Hindi names the part of the day where English says AM or PM.
fn hindi_part_of_day(hour: u32) -> &'static str {
    match hour {
        4..=11 => "सुबह",
        12..=15 => "दोपहर",
        16..=19 => "शाम",
        _ => "रात",
    }
}

fn zone_name(at: &DateTime<Tz>) -> String {
    // Some versions of the zone database write "+03" where people have no abbreviation.
    let name = at.offset().abbreviation().unwrap_or_default();
    if name.starts_with(|sign: char| sign.is_ascii_alphabetic()) {
        return name.to_owned();
    }
    let east = at.offset().fix().local_minus_utc();
    let sign = if east < 0 { '-' } else { '+' };
    let minutes = east.unsigned_abs() / 60;
    match (minutes / 60, minutes % 60) {
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

fn weekday(at: &DateTime<Tz>, language: Language) -> &'static str {
    let names = match language {
        Language::En => ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        Language::Es => ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
        Language::Hi => ["सोमवार", "मंगलवार", "बुधवार", "गुरुवार", "शुक्रवार", "शनिवार", "रविवार"],
        Language::Nl => ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"],
    };
    names[at.weekday().num_days_from_monday() as usize]
}

fn month(at: &DateTime<Tz>, language: Language) -> &'static str {
    let names = match language {
        Language::En => [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        Language::Es => [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        Language::Hi => {
            ["जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर"]
        }
        Language::Nl => [
            "januari",
            "februari",
            "maart",
            "april",
            "mei",
            "juni",
            "juli",
            "augustus",
            "september",
            "oktober",
            "november",
            "december",
        ],
    };
    names[at.month0() as usize]
}

#[cfg(test)]
mod tests;
