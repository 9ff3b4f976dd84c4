//! Makes a day and a time of day out of words, or says what is missing.

use super::{
    super::Language,
    Unclear,
    clock::{Part, time},
    day,
    token::{Token, tokens},
    vocabulary::{Sense, longest},
};
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, Weekday};

/// A date without a year is meant within half a year; what lies further is more likely a slip.
const HALF_A_YEAR: u64 = 183;

/// A piece that means something for the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Number(u32),
    Clock(u32, u32),
    Date(NaiveDate),
    Said(Sense),
}

/// What a clock on the wall of the business will show, said on `today`.
pub(super) fn local(text: &str, today: NaiveDate, language: Language) -> Result<NaiveDateTime, Unclear> {
    let pieces = pieces(text, language)?;
    let mut heard = Heard::default();
    heard.listen(&pieces)?;
    let (date, clock) = (heard.date(today)?, heard.clock);
    match (date, clock) {
        (Some(date), Some((hour, minute))) => Ok(date.and_time(time(hour, minute, heard.part)?)),
        (Some(_), None) => Err(Unclear::NoTime),
        (None, Some(_)) => Err(Unclear::NoDay),
        (None, None) if heard.next_week => Err(Unclear::Vague),
        (None, None) => Err(Unclear::NotUnderstood),
    }
}

/// Every piece, as long as all of them are understood.
fn pieces(text: &str, language: Language) -> Result<Vec<Piece>, Unclear> {
    let tokens = tokens(text);
    let words = |from: usize| -> Vec<&str> { tokens[from..].iter().map_while(Token::word).collect() };
    let (mut pieces, mut at) = (Vec::new(), 0);
    while let Some(token) = tokens.get(at) {
        let mut length = 1;
        match token {
            Token::Number(number) => pieces.push(Piece::Number(*number)),
            Token::Clock(hour, minute) => pieces.push(Piece::Clock(*hour, *minute)),
            Token::Date(date) => pieces.push(Piece::Date(*date)),
            Token::Odd => return Err(Unclear::NotUnderstood),
            Token::Word(_) => match longest(&words(at), language) {
                Some((Sense::Vague, _)) => return Err(Unclear::Vague),
                Some((Sense::Filler, longer)) => length = longer,
                Some((Sense::Number(number), longer)) => {
                    pieces.push(Piece::Number(number));
                    length = longer;
                }
                Some((sense, longer)) => {
                    pieces.push(Piece::Said(sense));
                    length = longer;
                }
                None => return Err(Unclear::NotUnderstood),
            },
        }
        at += length;
    }
    Ok(pieces)
}

/// What was heard so far.
#[derive(Debug, Default)]
struct Heard {
    ahead: Option<u64>,
    weekday: Option<Weekday>,
    next: bool,
    next_week: bool,
    /// Day, month and, where it was said, year.
    date: Option<(u32, u32, Option<i32>)>,
    clock: Option<(u32, u32)>,
    part: Option<Part>,
}

impl Heard {
    fn listen(&mut self, pieces: &[Piece]) -> Result<(), Unclear> {
        use Piece::{Clock, Date, Number, Said};
        use Sense::{
            Ahead, AheadAt, AndHalf, AndQuarter, At, Coming, Exactly, HalfBefore, HalfPast, Hour, LessQuarter, Month,
            Next, NextWeek, Noon, Of, On, QuarterPast, QuarterTo,
        };
        let mut rest = pieces;
        while !rest.is_empty() {
            rest = match rest {
                [Number(day), Said(Month(month)), Number(year @ 1_900..), rest @ ..]
                | [Said(Month(month)), Number(day), Number(year @ 1_900..), rest @ ..] => {
                    self.dated(*day, *month, Some(*year))?;
                    rest
                }
                [Number(day), Said(Month(month)), rest @ ..] | [Said(Month(month)), Number(day), rest @ ..] => {
                    self.dated(*day, *month, None)?;
                    rest
                }
                [Date(date), rest @ ..] => {
                    self.dated(date.day(), date.month(), u32::try_from(date.year()).ok())?;
                    rest
                }
                [Said(HalfPast), Number(hour), rest @ ..] | [Number(hour), Said(AndHalf), rest @ ..] => {
                    self.clocked(*hour, 30)?;
                    rest
                }
                [Said(QuarterPast), Number(hour), rest @ ..] | [Number(hour), Said(AndQuarter), rest @ ..] => {
                    self.clocked(*hour, 15)?;
                    rest
                }
                [Said(QuarterTo), Number(hour), rest @ ..] | [Number(hour), Said(LessQuarter), rest @ ..] => {
                    self.clocked(before(*hour)?, 45)?;
                    rest
                }
                [Said(HalfBefore), Number(hour), rest @ ..] => {
                    self.clocked(before(*hour)?, 30)?;
                    rest
                }
                [Said(Exactly(hour, minute)), rest @ ..] => {
                    self.clocked(*hour, *minute)?;
                    rest
                }
                [Said(Noon), rest @ ..] => {
                    self.clocked(12, 0)?;
                    rest
                }
                [Clock(hour, minute), rest @ ..] => {
                    self.clocked(*hour, *minute)?;
                    rest
                }
                // "A las tres y media": what follows says what the number is.
                [Said(At), Number(_), Said(AndHalf | AndQuarter | LessQuarter) | Number(10..=59), ..] => &rest[1..],
                // "Three thirty", "diez treinta".
                [Number(hour @ 0..=24), Number(minute @ 10..=59), rest @ ..] => {
                    self.clocked(*hour, *minute)?;
                    rest
                }
                // A number alone may be a day as well.
                [Said(At), Number(hour), rest @ ..] | [Number(hour), Said(Hour), rest @ ..] => {
                    self.clocked(*hour, 0)?;
                    rest
                }
                [Said(Of(part)), Number(hour), rest @ ..] | [Number(hour), Said(Of(part)), rest @ ..] => {
                    self.parted(*part)?;
                    self.clocked(*hour, 0)?;
                    rest
                }
                [Said(sense), rest @ ..] => {
                    match sense {
                        Ahead(days) => self.put_ahead(*days)?,
                        AheadAt(days, part) => {
                            self.put_ahead(*days)?;
                            self.parted(*part)?;
                        }
                        On(day) if self.weekday.is_none_or(|known| known == *day) => self.weekday = Some(*day),
                        On(_) => return Err(Unclear::Several),
                        Next => self.next = true,
                        NextWeek => self.next_week = true,
                        Of(part) => self.parted(*part)?,
                        At | Hour | Coming => {}
                        _ => return Err(Unclear::NotUnderstood),
                    }
                    rest
                }
                _ => return Err(Unclear::NotUnderstood),
            };
        }
        Ok(())
    }

    fn put_ahead(&mut self, days: u64) -> Result<(), Unclear> {
        match self.ahead.replace(days) {
            Some(known) if known != days => Err(Unclear::Several),
            _ => Ok(()),
        }
    }

    fn parted(&mut self, part: Part) -> Result<(), Unclear> {
        match self.part.replace(part) {
            Some(known) if known != part => Err(Unclear::Several),
            _ => Ok(()),
        }
    }

    fn clocked(&mut self, hour: u32, minute: u32) -> Result<(), Unclear> {
        match self.clock.replace((hour, minute)) {
            Some(known) if known != (hour, minute) => Err(Unclear::Several),
            _ if hour > 23 || minute > 59 => Err(Unclear::NotUnderstood),
            _ => Ok(()),
        }
    }

    fn dated(&mut self, day: u32, month: u32, year: Option<u32>) -> Result<(), Unclear> {
        let year = year.map(|year| i32::try_from(year).map_err(|_| Unclear::NotUnderstood)).transpose()?;
        match self.date.replace((day, month, year)) {
            Some(known) if known != (day, month, year) => Err(Unclear::Several),
            _ => Ok(()),
        }
    }

    /// The day that was named; every way in which it was named must lead to the same.
    fn date(&self, today: NaiveDate) -> Result<Option<NaiveDate>, Unclear> {
        let ahead = self.ahead.and_then(|days| today.checked_add_days(Days::new(days)));
        let dated = self.date.map(|told| dated(told, today)).transpose()?;
        let named = match (ahead, dated) {
            (Some(one), Some(other)) if one != other => return Err(Unclear::Several),
            (one, other) => one.or(other),
        };
        match (named, self.weekday) {
            // "Next week Tuesday, the ninth" is settled by the date.
            (Some(date), Some(weekday)) if date.weekday() != weekday => Err(Unclear::Several),
            (Some(date), _) if self.next_week && date.iso_week() == today.iso_week() => Err(Unclear::Several),
            (Some(date), _) => Ok(Some(date)),
            (None, Some(weekday)) => self.first(weekday, today).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The weekday that was meant, where all ways to understand it lead to the same.
    fn first(&self, weekday: Weekday, today: NaiveDate) -> Result<NaiveDate, Unclear> {
        let ahead = (7 + weekday.num_days_from_monday() - today.weekday().num_days_from_monday()) % 7;
        let after = |days: u32| today.checked_add_days(Days::new(days.into())).ok_or(Unclear::TooFar);
        let first = after(if ahead == 0 { 7 } else { ahead })?;
        let in_next_week = first.iso_week() != today.iso_week();
        if self.next_week {
            // Where weeks begin on Sundays, the next one's Sunday is another.
            return match weekday {
                Weekday::Sun => Err(Unclear::WhichWeek),
                _ if in_next_week => Ok(first),
                _ => first.checked_add_days(Days::new(7)).ok_or(Unclear::TooFar),
            };
        }
        match (self.next, ahead) {
            // This very day, or the same day of next week.
            (false, 0) => Err(Unclear::WhichWeek),
            (true, _) if !in_next_week => Err(Unclear::WhichWeek),
            (true, _) if weekday == Weekday::Sun && ahead != 0 => Err(Unclear::WhichWeek),
            _ => Ok(first),
        }
    }
}

/// A date, in this year or the next where none was named.
fn dated((number, month, year): (u32, u32, Option<i32>), today: NaiveDate) -> Result<NaiveDate, Unclear> {
    if let Some(year) = year {
        return day(year, month, number);
    }
    let last = today.checked_add_days(Days::new(HALF_A_YEAR)).ok_or(Unclear::TooFar)?;
    let of = |year| NaiveDate::from_ymd_opt(year, month, number).filter(|date| (today..=last).contains(date));
    match of(today.year()).or_else(|| of(today.year() + 1)) {
        Some(date) => Ok(date),
        None => {
            // The 30th of February is none in any year.
            day(2_000, month, number)?;
            Err(Unclear::WhichYear)
        }
    }
}

/// The hour before this one.
fn before(hour: u32) -> Result<u32, Unclear> {
    match hour {
        1 => Ok(12),
        2..=12 => Ok(hour - 1),
        _ => Err(Unclear::NotUnderstood),
    }
}
