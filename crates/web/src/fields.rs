//! Reads the fields of a request, and names every one that is not right at once.

use crate::problem::{Answer, FieldError, Problem};
use axum::http::StatusCode;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc, offset::LocalResult};
use chrono_tz::Tz;
use serde_json::{Map, Value};

/// A JSON object being read. Text `""` and `null` count as absent, as forms and spreadsheets send them.
pub(crate) struct Fields<'a> {
    object: Option<&'a Map<String, Value>>,
    prefix: &'static str,
    pub(crate) errors: Vec<FieldError>,
}

/// Reads a body as a JSON object.
///
/// # Errors
/// 400 when it is no JSON (or no UTF-8), 422 when it is something else than an object.
pub(crate) fn object(body: &[u8]) -> Answer<Map<String, Value>> {
    let text =
        std::str::from_utf8(body).map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body is not UTF-8 text"))?;
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "the body must be a JSON object: {\"name of a field\": …}",
        )),
        // The parser's own words may repeat a piece of the body.
        Err(error) => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            format!("the body is not JSON: see line {}, column {}", error.line(), error.column()),
        )),
    }
}

impl<'a> Fields<'a> {
    pub(crate) fn new(object: &'a Map<String, Value>) -> Self {
        Self { object: Some(object), prefix: "", errors: Vec::new() }
    }

    /// Reads the fields of an object within; an absent one has none.
    pub(crate) fn within(&mut self, name: &'static str, prefix: &'static str) -> Self {
        let object = match self.get(name) {
            Some(Value::Object(object)) => Some(object),
            Some(_) => {
                self.wrong(name, "must be an object");
                None
            }
            None => None,
        };
        Self { object, prefix, errors: Vec::new() }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        let blank = |value: &&Value| !value.is_null() && !value.as_str().is_some_and(|text| text.trim().is_empty());
        self.object?.get(name).filter(blank)
    }

    /// Whether the field is there at all, be it `null`.
    pub(crate) fn named(&self, name: &str) -> bool {
        self.object.is_some_and(|object| object.contains_key(name))
    }

    pub(crate) fn wrong(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(FieldError { field: format!("{}{name}", self.prefix), message: message.into() });
    }

    /// Text of at most `most` characters.
    pub(crate) fn text(&mut self, name: &str, most: usize) -> Option<&'a str> {
        match self.get(name)? {
            Value::String(text) => {
                let text = text.trim();
                let plain = |c: char| !c.is_control() || c == '\n' || c == '\t' || c == '\r';
                if text.chars().count() > most {
                    self.wrong(name, format!("must not be longer than {most} characters"));
                    None
                } else if text.chars().all(plain) {
                    Some(text)
                } else {
                    self.wrong(name, "must not hold control characters");
                    None
                }
            }
            _ => {
                self.wrong(name, "must be text");
                None
            }
        }
    }

    /// Text that has to be there.
    pub(crate) fn required(&mut self, name: &str, most: usize) -> Option<&'a str> {
        if self.get(name).is_none() {
            self.wrong(name, "is missing");
            return None;
        }
        self.text(name, most)
    }

    /// Text read by `read`, whose error is said of the field.
    pub(crate) fn parsed<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(name, 500)?;
        self.take(name, read(text))
    }

    /// The same for text that has to be there.
    pub(crate) fn required_as<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.required(name, 500)?;
        self.take(name, read(text))
    }

    /// What was read, or its error said of the field.
    pub(crate) fn take<T, E: std::fmt::Display>(&mut self, name: &str, read: Result<T, E>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(name, error.to_string());
                None
            }
        }
    }

    /// A whole number within bounds.
    pub(crate) fn whole(&mut self, name: &str, least: u32, most: u32) -> Option<u32> {
        let value = self.get(name)?;
        let number = value
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.wrong(name, format!("must be a whole number from {least} to {most}"));
        }
        number
    }

    /// Everything that is not right, or nothing.
    pub(crate) fn finish(self) -> Answer<()> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::fields(self.errors)) }
    }
}

/// A zone by its IANA name.
pub(crate) fn zone(text: &str) -> Result<Tz, &'static str> {
    text.parse().map_err(|_| "is not a known time zone; use an IANA name, like Asia/Singapore")
}

/// A moment as RFC 3339 writes it; without a zone it is meant in `zone`, and a time that clocks skip or repeat there is
/// refused rather than guessed.
pub(crate) fn moment(text: &str, zone: Tz) -> Result<DateTime<Utc>, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return whole_milliseconds(at.to_utc());
    }
    let local = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .ok_or("is not a time; write it like 2030-03-01T15:30:00Z or 2030-03-01T15:30:00+08:00")?;
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => whole_milliseconds(at.to_utc()),
        LocalResult::Ambiguous(first, second) => Err(format!(
            "comes twice in {}, where clocks go back; write {} or {}",
            zone.name(),
            first.to_rfc3339(),
            second.to_rfc3339()
        )),
        LocalResult::None => {
            Err(format!("does not exist in {}, where clocks go forward over it; use another time", zone.name()))
        }
    }
}

/// Databases keep different fractions of a second; both keep milliseconds. Years outside four digits are no times.
fn whole_milliseconds(at: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    DateTime::from_timestamp_millis(at.timestamp_millis())
        .filter(|at| (1970..=9000).contains(&chrono::Datelike::year(at)))
        .ok_or_else(|| "is not a time anybody can come at".to_owned())
}

/// The first moment of a day in a zone: of a list that starts on that day.
pub(crate) fn day_start(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    // Some zones skip midnight; the day begins at the first quarter of an hour that exists.
    (0..=96).find_map(|quarter| {
        let local = day.and_time(NaiveTime::MIN) + chrono::Duration::minutes(15 * quarter);
        zone.from_local_datetime(&local).earliest().map(|at| at.to_utc())
    })
}
