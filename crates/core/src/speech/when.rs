//! When somebody wants to come, as far as they said it.
//!
//! What a person tells a voice agent reaches us as a program writes it (`2025-12-08T15:00:00Z`), as a time on somebody's
//! wall (`2025-12-08 15:00`), or in words ("tomorrow at 3 pm", "el martes a las 10"). The rule is never to guess: whoever
//! is expected at a time that they did not mean waits in vain, and so does the business. What can mean two things is
//! refused with the question that would settle it.

use super::Language;
use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::fmt;

mod clock;
mod parse;
mod token;
mod vocabulary;

#[cfg(test)]
mod tests;

/// How long a time may lie behind and still be meant: a conversation takes a while.
const GRACE: Duration = Duration::minutes(5);
/// Nobody books further ahead in words.
const FURTHEST: Duration = Duration::days(366);
/// Nothing longer is looked at for a time, in characters.
const LONGEST: usize = 160;

/// A time as it was told, before anybody knows where and when that was.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "told", content = "as", rename_all = "snake_case")]
pub enum When {
    /// A moment, the same everywhere.
    At(DateTime<Utc>),
    /// What a clock on the wall shows, without a word about where it hangs: the business's is meant.
    Local(NaiveDateTime),
    /// Words, or a form that no program writes; at most 160 characters of them.
    Words(String),
    /// Nothing.
    Missing,
}

/// Words may hold anything, a person's data included.
impl fmt::Debug for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => f.debug_tuple("At").field(at).finish(),
            Self::Local(at) => f.debug_tuple("Local").field(at).finish(),
            Self::Words(words) => write!(f, "Words({} characters)", words.chars().count()),
            Self::Missing => f.write_str("Missing"),
        }
    }
}

/// A moment that was made of what was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved {
    /// The moment.
    pub at: DateTime<Utc>,
    /// Whether the clock there jumps over what was told: it is the first moment after.
    pub skipped: bool,
}

/// Why no moment can be made of what was told. The words follow "the time".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// Nothing was told.
    #[error("is missing; ask for day and time")]
    Missing,
    /// A day, and no time of the day.
    #[error("names a day without a time; ask for the hour")]
    NoTime,
    /// A time, and no day.
    #[error("names no day; ask for it")]
    NoDay,
    /// An hour between one and seven, or another one that both halves of the day have.
    #[error("may be in the morning or in the afternoon; ask which")]
    HalfOfDay,
    /// "Next Tuesday" on a Monday.
    #[error("may be in this week or in the next; ask for the date")]
    WhichWeek,
    /// A date without a year that is not within the next half year.
    #[error("names a date without its year; ask for it")]
    WhichYear,
    /// Parts of it exclude each other, or there are several.
    #[error("names more than one time, or parts that do not fit together; ask again")]
    Several,
    /// "Around three", "next week", "after work".
    #[error("is only roughly told; ask for day and hour")]
    Vague,
    /// No words that we know.
    #[error("is not told in a way that we understand; ask again")]
    NotUnderstood,
    /// It is over.
    #[error("lies in the past; ask for another")]
    Past,
    /// Nobody plans like that.
    #[error("lies more than a year ahead; ask for the date")]
    TooFar,
}

impl When {
    /// Reads what was told. This decides nothing yet: see [`Self::resolve`].
    #[must_use]
    pub fn read(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Missing;
        }
        let zoned = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z"];
        let moment = DateTime::parse_from_rfc3339(text)
            .ok()
            .or_else(|| zoned.iter().find_map(|format| DateTime::parse_from_str(text, format).ok()));
        if let Some(at) = moment {
            return Self::At(at.to_utc());
        }
        let naive = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
        let local = naive.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
        local.map_or_else(|| Self::Words(text.chars().take(LONGEST).collect()), Self::Local)
    }

    /// The moment that was meant. Words are meant as from `told_at`, in `zone` and in `language` or in English; whatever
    /// lies before `now` is past.
    ///
    /// # Errors
    /// [`Unclear`] where nothing was told, or what was told can mean two things.
    pub fn resolve(
        &self,
        zone: Tz,
        language: Language,
        told_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Resolved, Unclear> {
        let resolved = match self {
            Self::Missing => return Err(Unclear::Missing),
            Self::At(at) => Resolved { at: *at, skipped: false },
            Self::Local(local) => instant(*local, zone).ok_or(Unclear::NotUnderstood)?,
            Self::Words(words) => {
                let today = told_at.with_timezone(&zone).date_naive();
                let local = parse::local(words, today, language)?;
                let resolved = instant(local, zone).ok_or(Unclear::NotUnderstood)?;
                if resolved.at > told_at + FURTHEST {
                    return Err(Unclear::TooFar);
                }
                resolved
            }
        };
        // Databases keep different fractions of a second, and no years beyond four digits.
        let at = DateTime::from_timestamp_millis(resolved.at.timestamp_millis())
            .filter(|at| (1970..=9000).contains(&at.year()))
            .ok_or(Unclear::NotUnderstood)?;
        if at < now - GRACE {
            return Err(Unclear::Past);
        }
        Ok(Resolved { at, ..resolved })
    }
}

/// A local time as a moment: the earlier one where the clock shows it twice, the first one after where it shows it never.
fn instant(local: NaiveDateTime, zone: Tz) -> Option<Resolved> {
    if let Some(at) = zone.from_local_datetime(&local).earliest() {
        return Some(Resolved { at: at.to_utc(), skipped: false });
    }
    let minute = local.with_second(0)?.with_nanosecond(0)?;
    // Gaps are an hour or two wide, and a day where a country crossed the date line. Their edges lie on whole minutes.
    (1..=24 * 60 + 1).find_map(|ahead| {
        let later = minute.checked_add_signed(Duration::minutes(ahead))?;
        Some(Resolved { at: zone.from_local_datetime(&later).earliest()?.to_utc(), skipped: true })
    })
}

/// A day that cannot be, as an error.
fn day(year: i32, month: u32, day: u32) -> Result<NaiveDate, Unclear> {
    NaiveDate::from_ymd_opt(year, month, day).ok_or(Unclear::NotUnderstood)
}
