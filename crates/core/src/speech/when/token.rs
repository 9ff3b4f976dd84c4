//! Cuts what was said into words, numbers, clocks and dates.

use super::super::understand::fold;
use chrono::NaiveDate;

/// A piece of what was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// In lower case, without accents and apostrophes.
    Word(String),
    /// A number without anything that makes it a clock or a date.
    Number(u32),
    /// `10:30`, `10.30`, `10h30`.
    Clock(u32, u32),
    /// `2025-12-08`.
    Date(NaiveDate),
    /// Digits that nobody knows what to make of, such as `8/12`.
    Odd,
}

impl Token {
    /// The word, where it is one.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Number(_) | Self::Clock(..) | Self::Date(_) | Self::Odd => None,
        }
    }
}

/// Cuts it.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let text: String = text.chars().filter(|sign| !dropped(*sign)).flat_map(fold).collect();
    // "p. m." is what Spanish writes.
    let text = text.replace("p. m.", "pm ").replace("a. m.", "am ").replace("p.m.", "pm ").replace("a.m.", "am ");
    let mut tokens = Vec::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let end = rest.find(|sign: char| !(sign.is_ascii_digit() || ".:/-".contains(sign))).unwrap_or(rest.len());
            let (digits, mut after) = rest.split_at(end);
            let digits = digits.trim_end_matches(['.', ':', '/', '-']);
            let token = number(digits, &mut after);
            tokens.push(token);
            rest = after;
        } else if word(first) {
            let end = rest.find(|sign: char| !word(sign) || sign.is_ascii_digit()).unwrap_or(rest.len());
            let (said, after) = rest.split_at(end);
            tokens.push(Token::Word(said.to_owned()));
            rest = after;
        } else {
            rest = &rest[first.len_utf8()..];
        }
    }
    tokens
}

/// Apostrophes vanish ("o'clock", "'s middags"), and so do marks that were not joined with their letter.
fn dropped(sign: char) -> bool {
    matches!(sign, '\'' | '’' | '‘' | '`' | '´' | '\u{300}'..='\u{36f}' | '\u{93c}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
}

/// Letters of every script, and the signs within a Devanagari word.
fn word(sign: char) -> bool {
    match sign {
        '\u{964}' | '\u{965}' | '\u{970}' => false,
        '\u{900}'..='\u{97f}' => true,
        _ => sign.is_alphanumeric(),
    }
}

/// Digits with what joins them. `after` is what follows: `h30` belongs to the clock.
fn number(digits: &str, after: &mut &str) -> Token {
    if let Ok(number) = digits.parse::<u32>() {
        if digits.len() > 4 {
            return Token::Odd;
        }
        return match joined_minutes(after) {
            Some((minutes, rest)) => {
                *after = rest;
                Token::Clock(number, minutes)
            }
            None => Token::Number(number),
        };
    }
    for sign in [':', '.'] {
        if let Some((hour, minute)) = digits.split_once(sign)
            && minute.len() == 2
            && (1..=2).contains(&hour.len())
            && let (Ok(hour), Ok(minute)) = (hour.parse(), minute.parse())
        {
            return Token::Clock(hour, minute);
        }
    }
    let date = (digits.len() == 10).then(|| NaiveDate::parse_from_str(digits, "%Y-%m-%d").ok()).flatten();
    date.map_or(Token::Odd, Token::Date)
}

/// `h30` and `u30`, right behind an hour.
fn joined_minutes(after: &str) -> Option<(u32, &str)> {
    let rest = after.strip_prefix(['h', 'u'])?;
    let minutes = rest.get(..2).filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
    let rest = &rest[2..];
    (!rest.starts_with(|sign: char| sign.is_ascii_digit())).then_some((minutes.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_dates_and_words_are_told_apart() {
        let word = |text: &str| Token::Word(text.to_owned());
        for (text, want) in [
            ("10:30", vec![Token::Clock(10, 30)]),
            ("10.30 uur", vec![Token::Clock(10, 30), word("uur")]),
            ("10h30", vec![Token::Clock(10, 30)]),
            ("15h", vec![Token::Number(15), word("h")]),
            ("3pm.", vec![Token::Number(3), word("pm")]),
            ("3 p.m.", vec![Token::Number(3), word("pm")]),
            ("a las 3 p. m.", vec![word("a"), word("las"), Token::Number(3), word("pm")]),
            ("8th", vec![Token::Number(8), word("th")]),
            ("2025-12-08", vec![Token::Date(NaiveDate::from_ymd_opt(2025, 12, 8).unwrap())]),
            ("8/12", vec![Token::Odd]),
            ("123456", vec![Token::Odd]),
            ("MAÑANA, o’clock", vec![word("manana"), word("oclock")]),
            ("३ बजे", vec![Token::Number(3), word("बजे")]),
        ] {
            assert_eq!(tokens(text), want, "{text}");
        }
    }
}
