//! Times on the account's clock: without a zone in the older pages and captures, with one in the newer ones.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;

/// Reads a time; the vendor's ways of saying that there is none (`1970-01-01 05:30:00`, `0000-00-00 00:00:00`) are none.
pub(crate) fn read(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let local = |form| NaiveDateTime::parse_from_str(text, form).ok();
    let here = |local: NaiveDateTime| Some(zone.from_local_datetime(&local).earliest()?.to_utc());
    let zoned = || DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_rfc2822(text)).ok();
    let time = match usual(text) {
        Some(time) => here(time)?,
        None => match zoned() {
            Some(time) => time.to_utc(),
            None => here(local("%Y-%m-%dT%H:%M:%S").or_else(|| local("%a, %d %b %Y %H:%M:%S"))?)?,
        },
    };
    // Exotel is younger than this.
    (time.year() > 2000).then_some(time)
}

/// `2026-01-23 10:30:14`, the usual form: each press is told with two of them, so that it is read by hand.
fn usual(text: &str) -> Option<NaiveDateTime> {
    let bytes: &[u8; 19] = text.as_bytes().try_into().ok()?;
    let number = |from: usize, to: usize| {
        bytes[from..to].iter().try_fold(0, |n, byte| byte.is_ascii_digit().then(|| n * 10 + u32::from(byte - b'0')))
    };
    if [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')].iter().any(|(at, sign)| bytes[*at] != *sign) {
        return None;
    }
    let day = NaiveDate::from_ymd_opt(number(0, 4)?.try_into().ok()?, number(5, 7)?, number(8, 10)?)?;
    day.and_hms_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?)
}

/// Writes a time as filters of lists take it.
pub(crate) fn write(time: DateTime<Utc>, zone: Tz) -> String {
    let local = time.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, true);
    local.chars().take(19).collect::<String>().replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: Tz = Tz::Asia__Kolkata;

    #[test]
    fn a_time_without_a_zone_is_the_accounts() {
        let told = "2026-01-23T05:00:14+00:00";
        for text in [
            "2026-01-23 10:30:14",
            "Fri, 23 Jan 2026 10:30:14",
            "2026-01-23T10:30:14+05:30",
            "2026-01-23T05:00:14Z",
            "2026-01-23T10:30:14",
        ] {
            assert_eq!(read(text, ZONE).unwrap().to_rfc3339(), told, "{text}");
        }
        assert_eq!(read("2026-01-23 10:30:14", Tz::UTC).unwrap().to_rfc3339(), "2026-01-23T10:30:14+00:00");
    }

    #[test]
    fn what_is_nearly_the_usual_form_is_no_time() {
        for text in ["2026-01-23 10:30:1x", "2026-13-23 10:30:14", "2026-01-23 24:30:14", "2026/01-23 10:30:14"] {
            assert_eq!(read(text, ZONE), None, "{text}");
        }
    }

    #[test]
    fn the_vendors_ways_of_saying_never_are_never() {
        for text in ["1970-01-01 05:30:00", "0000-00-00 00:00:00", "", "soon"] {
            assert_eq!(read(text, ZONE), None, "{text}");
        }
    }

    #[test]
    fn a_filter_is_written_on_the_accounts_clock() {
        let time = read("2026-01-23T05:00:14Z", ZONE).unwrap();
        assert_eq!(write(time, ZONE), "2026-01-23 10:30:14");
    }
}
