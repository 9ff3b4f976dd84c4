//! Reads appointments out of CSV. Every row is judged by itself; a bad one is named by line and column.

use chrono::{DateTime, Datelike, LocalResult, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use csv::StringRecord;
use frontdesk_core::{
    appointment::{Confirm, Customer, NewAppointment},
    personal::{Email, PersonName, Phone},
    rules::{Business, Rules},
    speech::Language,
};
use sha2::{Digest, Sha256};
use std::fmt;

/// The columns, in the order of the documentation. The order in a file is free.
pub const COLUMNS: [&str; 12] = [
    "name",
    "phone",
    "email",
    "starts_at",
    "duration_minutes",
    "service",
    "language",
    "time_zone",
    "external_id",
    "confirm",
    "notes",
    "business",
];
/// The columns without which nothing can be taken.
const NEEDED: [&str; 3] = ["name", "phone", "starts_at"];
/// The longest appointment, in minutes.
const DAY: u32 = 24 * 60;
/// How many characters of an unknown column's name are repeated.
const SHOWN: usize = 60;
const USUAL_MINUTES: u32 = 30;

/// A row that was read.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where it stands, counted from 1; the header is line 1.
    pub line: u64,
    /// What it says.
    pub appointment: NewAppointment,
}

/// Why a row is not taken. Never repeats what the cell holds where that may be personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Where it stands.
    pub line: u64,
    /// The column's number from 1 and its name; nothing when the whole row is meant.
    pub column: Option<(usize, String)>,
    /// What is wrong and what to do.
    pub what: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some((number, name)) = &self.column {
            write!(f, ", column {number} ({name})")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// A file that cannot be read row by row at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    /// There is no header line, or it lacks something.
    #[error("the header line lacks {0}; the first line must name the columns: name, phone and starts_at are needed")]
    Lacks(String),
    /// A column nobody knows.
    #[error("the header line names a column {0:?}, which is not known; {1}")]
    Unknown(String, String),
    /// The same column twice.
    #[error("the header line names the column {0:?} twice; keep one of them")]
    Twice(String),
    /// Not text.
    #[error("the header line is not UTF-8 text; save the file as UTF-8 CSV")]
    NotText,
}

/// Reads every row.
///
/// # Errors
/// [`BadFile`] when the header does not say what the columns are.
pub fn read(source: &[u8], rules: &Rules, now: DateTime<Utc>) -> Result<Vec<Result<Row, BadRow>>, BadFile> {
    let source = source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source);
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).delimiter(delimiter(source)).from_reader(source);
    let header = reader.headers().map_err(|_| BadFile::NotText)?.clone();
    check_header(&header)?;
    let mut rows = Vec::new();
    let mut record = csv::ByteRecord::new();
    loop {
        let line = reader.position().line();
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let line = record.position().map_or(line, csv::Position::line);
                let whole = |what: String| BadRow { line, column: None, what };
                rows.push(match StringRecord::from_byte_record(record.clone()) {
                    Ok(text) if text.len() > header.len() => Err(whole(format!(
                        "has {} cells where the header names {}; put a text that holds the separator in double quotes",
                        text.len(),
                        header.len()
                    ))),
                    Ok(text) => Reader { header: &header, record: &text, line, rules, now }.row(),
                    Err(error) => {
                        let index = error.utf8_error().field();
                        let column = header.get(index).map(|name| (index + 1, name.to_owned()));
                        Err(BadRow { line, column, what: "is not UTF-8 text; save the file as UTF-8 CSV".to_owned() })
                    }
                });
            }
            // Reading from memory, and rows of any length are taken: nothing else can go wrong with bytes.
            Err(error) => {
                rows.push(Err(BadRow {
                    line,
                    column: None,
                    what: format!("cannot be read ({error}); check its quotes"),
                }));
                break;
            }
        }
    }
    Ok(rows)
}

/// Spreadsheets of half the world write semicolons.
fn delimiter(source: &[u8]) -> u8 {
    let header = source.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    [b',', b';', b'\t'].into_iter().max_by_key(|delimiter| (count(*delimiter), *delimiter == b',')).unwrap_or(b',')
}

fn check_header(header: &StringRecord) -> Result<(), BadFile> {
    for (index, name) in header.iter().enumerate() {
        if !COLUMNS.contains(&name) {
            let hint = crate::config::nearest(name, COLUMNS)
                .map_or_else(|| format!("known are {}", COLUMNS.join(", ")), |near| format!("did you mean {near}?"));
            // A file without a header may have anything here, whole letters included.
            let shown = match name.char_indices().nth(SHOWN) {
                Some((end, _)) => format!("{}…", &name[..end]),
                None => name.to_owned(),
            };
            return Err(BadFile::Unknown(shown, hint));
        }
        if header.iter().take(index).any(|earlier| earlier == name) {
            return Err(BadFile::Twice(name.to_owned()));
        }
    }
    let missing: Vec<_> = NEEDED.into_iter().filter(|name| !header.iter().any(|known| known == *name)).collect();
    if missing.is_empty() { Ok(()) } else { Err(BadFile::Lacks(missing.join(", "))) }
}

struct Reader<'a> {
    header: &'a StringRecord,
    record: &'a StringRecord,
    line: u64,
    rules: &'a Rules,
    now: DateTime<Utc>,
}

impl Reader<'_> {
    fn row(&self) -> Result<Row, BadRow> {
        let business = self.business()?;
        let region = business.region.as_deref();
        let time_zone = self.maybe("time_zone", |text| {
            text.parse::<Tz>().map_err(|_| format!("{text:?} is no time zone; use an IANA name like Europe/Amsterdam"))
        })?;
        let customer = Customer {
            name: self.needed("name", PersonName::parse)?,
            phone: self.needed("phone", |text| Phone::parse(text, region))?,
            email: self.maybe("email", Email::parse)?,
            language: self.maybe("language", Language::parse)?,
            time_zone,
        };
        let zone = time_zone.unwrap_or(business.time_zone);
        let starts_at = self.needed("starts_at", |text| starts_at(text, zone, self.now))?;
        let duration_minutes = self.maybe("duration_minutes", |text| {
            text.parse()
                .ok()
                .filter(|minutes| (1..=DAY).contains(minutes))
                .ok_or("is no number of minutes; write 1 to 1440")
        })?;
        let service = self.maybe("service", |text| short(text, 200))?;
        let notes = self.maybe("notes", |text| short(text, 2_000))?;
        let confirm = self.maybe("confirm", |text| match text {
            "now" => Ok(Confirm::Now),
            "policy" => Ok(Confirm::Policy),
            "none" => Ok(Confirm::None),
            _ => Err("is none of now, policy and none"),
        })?;
        let external_id = self.maybe("external_id", |text| short(text, 200))?;
        let external_id =
            external_id.unwrap_or_else(|| derived_id(&business.id, &customer.phone, starts_at, service.as_deref()));
        let appointment = NewAppointment {
            external_id: Some(external_id),
            business: business.id.clone(),
            business_name: None,
            customer,
            starts_at,
            duration_minutes: duration_minutes.unwrap_or(USUAL_MINUTES),
            service,
            notes,
            confirm: confirm.unwrap_or_default(),
        };
        Ok(Row { line: self.line, appointment })
    }

    fn business(&self) -> Result<&Business, BadRow> {
        let named = self.maybe("business", |id| {
            let known = || self.rules.businesses.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            self.rules.business(id).ok_or_else(|| format!("{id:?} is not configured; use one of {}", known()))
        })?;
        let first = || self.rules.businesses.values().next();
        named.or_else(first).ok_or_else(|| BadRow {
            line: self.line,
            column: None,
            what: "no business is configured; add [businesses.<id>]".to_owned(),
        })
    }

    /// What stands in this column; nothing when it is empty or not there.
    fn maybe<T, E: fmt::Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, BadRow> {
        let Some(index) = self.header.iter().position(|known| known == name) else { return Ok(None) };
        match self.record.get(index).filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => parse(text).map(Some).map_err(|error| self.bad(index, name, error.to_string())),
        }
    }

    fn needed<T, E: fmt::Display>(&self, name: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, BadRow> {
        let index = self.header.iter().position(|known| known == name).unwrap_or_default();
        self.maybe(name, parse)?.ok_or_else(|| self.bad(index, name, "is empty; it is needed".to_owned()))
    }

    fn bad(&self, index: usize, name: &str, what: String) -> BadRow {
        BadRow { line: self.line, column: Some((index + 1, name.to_owned())), what }
    }
}

fn short(text: &str, most: usize) -> Result<String, String> {
    if text.chars().count() <= most {
        Ok(text.to_owned())
    } else {
        Err(format!("is longer than {most} characters; shorten it"))
    }
}

/// RFC 3339, or a local time in the person's zone.
fn starts_at(text: &str, zone: Tz, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let remedy =
        || "is no time; write it like 2026-12-01T14:30:00+01:00, or 2026-12-01 14:30 in the person's zone".to_owned();
    let at = match DateTime::parse_from_rfc3339(text) {
        Ok(at) => at.to_utc(),
        Err(_) => {
            let formats = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
            let local = formats
                .iter()
                .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
                .ok_or_else(remedy)?;
            match zone.from_local_datetime(&local) {
                LocalResult::Single(at) => at.to_utc(),
                LocalResult::None => {
                    return Err(format!(
                        "does not exist in {}: the clocks are put forward then; write another time",
                        zone.name()
                    ));
                }
                LocalResult::Ambiguous(..) => {
                    return Err(format!(
                        "happens twice in {}: the clocks are put back then; write it with its offset, like 2026-10-25T02:30:00+01:00",
                        zone.name()
                    ));
                }
            }
        }
    };
    if at <= now {
        return Err("lies in the past; only what is still to come can be confirmed".to_owned());
    }
    if at.year() > 2100 {
        return Err(remedy());
    }
    Ok(at)
}

/// A name for a row that has none, so that the same row names the same appointment: whom, when, what for.
fn derived_id(business: &str, phone: &Phone, starts_at: DateTime<Utc>, service: Option<&str>) -> String {
    let mut hash = Sha256::new();
    for part in [business, phone.reveal(), &starts_at.to_rfc3339(), service.unwrap_or_default()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    format!("csv-{}", hex::encode(&hash.finalize()[..10]))
}

#[cfg(test)]
mod tests;
