//! The ledger of opt-outs: who asked not to be contacted any more, or to be contacted again, when and how.
//!
//! A [`super::Contact`] says what holds now; the ledger proves since when and why. Its lines are only ever added.

use crate::{effect::Channel, personal::Phone};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// By which way somebody said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptOutWay {
    /// A word in a message to us.
    Keyword,
    /// A key, pressed in a call.
    KeyPress,
    /// They told the carrier, which refuses to send.
    Carrier,
    /// The front desk, by page or API.
    Desk,
    /// A link in a message.
    Link,
    /// The button of their mail program.
    Mail,
}

impl OptOutWay {
    /// Every way.
    pub const ALL: [Self; 6] = [Self::Keyword, Self::KeyPress, Self::Carrier, Self::Desk, Self::Link, Self::Mail];

    /// The name in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keyword => "keyword",
            Self::KeyPress => "key_press",
            Self::Carrier => "carrier",
            Self::Desk => "desk",
            Self::Link => "link",
            Self::Mail => "mail",
        }
    }

    /// The way that somebody took who said so on this channel.
    #[must_use]
    pub fn by(channel: Channel) -> Self {
        match channel {
            Channel::Voice => Self::KeyPress,
            Channel::Sms | Channel::Whatsapp => Self::Keyword,
            Channel::Email => Self::Mail,
            Channel::Link => Self::Link,
            Channel::Desk => Self::Desk,
        }
    }
}

/// A line for the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptOut {
    /// Who.
    pub phone: Phone,
    /// Which channels it is about; never none.
    pub channels: Vec<Channel>,
    /// Whether they are closed by it; else they are open again.
    pub out: bool,
    /// How they said so.
    pub way: OptOutWay,
    /// What proves it: the name of a message, call or effect; no words of anybody's.
    pub evidence: Option<String>,
}

impl OptOut {
    /// Longer evidence is cut, in characters.
    const LONGEST: usize = 200;

    /// The lines that lead from some closed channels to others: none, one or two.
    #[must_use]
    pub fn between(
        phone: &Phone,
        before: &[Channel],
        after: &[Channel],
        way: OptOutWay,
        evidence: Option<&str>,
    ) -> Vec<Self> {
        let only = |these: &[Channel], those: &[Channel]| -> Vec<Channel> {
            let mut only: Vec<_> = these.iter().copied().filter(|channel| !those.contains(channel)).collect();
            only.sort_unstable();
            only.dedup();
            only
        };
        let evidence: Option<String> = evidence.map(|text| text.chars().take(Self::LONGEST).collect());
        [(only(after, before), true), (only(before, after), false)]
            .into_iter()
            .filter(|(channels, _)| !channels.is_empty())
            .map(|(channels, out)| Self { phone: phone.clone(), channels, out, way, evidence: evidence.clone() })
            .collect()
    }
}

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptOptOut {
    /// Grows with time.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; `None` once they were forgotten.
    pub phone: Option<Phone>,
    /// Which channels it is about.
    pub channels: Vec<Channel>,
    /// Whether they were closed by it; else they are open again.
    pub out: bool,
    /// How they said so.
    pub way: OptOutWay,
    /// What proves it; `None` where nothing does, and once they were forgotten.
    pub evidence: Option<String>,
}

/// Which lines of the ledger to list; the newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OptOutFilter {
    /// Only of this person. Whoever was forgotten is found by their number as well.
    pub phone: Option<Phone>,
    /// From this moment on.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub to: Option<DateTime<Utc>>,
    /// From an earlier page's `next_cursor`.
    pub cursor: Option<String>,
    /// At most this many; the store caps it at 500.
    pub limit: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use Channel::{Sms, Voice, Whatsapp};

    #[test]
    fn only_what_changed_is_a_line() {
        let phone = Phone::parse("+15005550101", None).unwrap();
        let lines = |before: &[Channel], after: &[Channel]| -> Vec<(Vec<Channel>, bool)> {
            let lines = OptOut::between(&phone, before, after, OptOutWay::Desk, Some("x"));
            lines.into_iter().map(|line| (line.channels, line.out)).collect()
        };
        assert_eq!(lines(&[], &[Sms, Voice]), [(vec![Voice, Sms], true)]);
        assert_eq!(lines(&[Sms, Voice], &[Voice, Sms]), []);
        assert_eq!(lines(&[Sms, Voice], &[Whatsapp, Sms]), [(vec![Whatsapp], true), (vec![Voice], false)]);
        assert_eq!(lines(&[Sms], &[]), [(vec![Sms], false)]);
    }

    #[test]
    fn evidence_is_bounded() {
        let phone = Phone::parse("+15005550101", None).unwrap();
        let long = "x".repeat(5_000);
        let lines = OptOut::between(&phone, &[], &[Sms], OptOutWay::Keyword, Some(&long));
        assert_eq!(lines[0].evidence.as_ref().map(String::len), Some(OptOut::LONGEST));
    }
}
