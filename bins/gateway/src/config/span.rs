//! Stretches of time as people write them: `10s`, `30m`, `2h`, `1h 30m`, `1d`.

use chrono::Duration;
use schemars::JsonSchema;
use serde::Deserialize;
use std::fmt;

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", description = "A stretch of time such as 10s, 30m, 2h or 1d")]
pub struct Span(pub Duration);

impl Span {
    /// As the standard library counts; never negative.
    #[must_use]
    pub fn std(self) -> std::time::Duration {
        self.0.to_std().unwrap_or_default()
    }
}

/// In the words it may be written in.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.std().as_nanos();
        if left == 0 {
            return f.write_str("0s");
        }
        let units: [(u128, &str); 7] = [
            (86_400_000_000_000, "d"),
            (3_600_000_000_000, "h"),
            (60_000_000_000, "m"),
            (1_000_000_000, "s"),
            (1_000_000, "ms"),
            (1_000, "us"),
            (1, "ns"),
        ];
        let mut gap = "";
        for (unit, name) in units {
            let whole = left / unit;
            left %= unit;
            if whole > 0 {
                write!(f, "{gap}{whole}{name}")?;
                gap = " ";
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let remedy = || format!("{text:?} is not a stretch of time; write it like \"10s\", \"30m\", \"2h\" or \"1d\"");
        let span = humantime::parse_duration(text.trim()).map_err(|_| remedy())?;
        // A century is longer than any appointment is planned ahead, and far from every overflow.
        let span = Duration::from_std(span).map_err(|_| remedy())?;
        if span > Duration::days(36_500) {
            return Err(remedy());
        }
        Ok(Self(span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_of_time_is_shown_as_it_may_be_written() {
        for (span, shown) in [
            (Duration::zero(), "0s"),
            (Duration::days(28), "28d"),
            (Duration::days(400), "400d"),
            (Duration::hours(36), "1d 12h"),
            (Duration::minutes(90), "1h 30m"),
            (Duration::milliseconds(61_500), "1m 1s 500ms"),
            (Duration::nanoseconds(1_002), "1us 2ns"),
        ] {
            assert_eq!(Span(span).to_string(), shown);
            assert_eq!(Span::try_from(shown.to_owned()), Ok(Span(span)), "{shown}");
        }
    }
}
