//! Stretches of time as people write them: `10s`, `30m`, `2h`, `1h 30m`, `1d`.

use chrono::Duration;
use schemars::JsonSchema;
use serde::Deserialize;

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
