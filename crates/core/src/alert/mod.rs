//! Alerts: rules over what is counted anyway, told to the staff once per change and once more when it is over.
//!
//! A rule is looked at every so often. [`Reading`]s of its counters become samples, the difference between two samples a
//! [`Verdict`], and a verdict that differs from what was told last a change ([`look`]). All of it is pure; the store
//! writes samples, state and the effects that tell of a change in one transaction.

mod figures;
mod judge;
mod problems;
mod watch;

pub use figures::{Reading, counters, reading};
pub use judge::{Finding, Verdict, judge};
pub(crate) use problems::problems;
pub use watch::{Looked, Sample, Watch, look};

use crate::{
    contact::Hours,
    effect::Channel,
    personal::{Email, Phone},
};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// What is watched, and who is told.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRule {
    /// Its name in configuration, rows and words.
    pub name: String,
    /// When it fires.
    pub when: Condition,
    /// Only what is counted for this business; `None`: for all of them.
    pub business: Option<String>,
    /// So many calls are needed in the window before a rate says anything.
    pub least: u32,
    /// Who gets a text message.
    pub sms: Vec<Phone>,
    /// Who gets a mail.
    pub mail: Vec<Email>,
    /// Which webhooks are posted to, by name.
    pub webhooks: Vec<String>,
}

/// When a rule fires. Percentages are whole ones.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Of the callers who came to a step, more than so many got no further. In an IVR that a carrier runs those who are still at it
    /// count among them, so the window should be much longer than a call.
    DropOff {
        /// A flow, or an IVR that a carrier runs.
        flow: String,
        /// The step.
        step: String,
        /// More than this share.
        above: u32,
        /// Within this time.
        over: Duration,
    },
    /// Nobody called, and nobody was reached by a call of ours.
    NoCalls {
        /// Only in this flow or IVR.
        flow: Option<String>,
        /// For so long.
        over: Duration,
        /// Only where all of that time lies within these hours.
        hours: Option<Open>,
    },
    /// Of the people who were reached, fewer than so many confirmed.
    ConfirmRate {
        /// Only in this flow.
        flow: Option<String>,
        /// Less than this share.
        below: u32,
        /// Within this time.
        over: Duration,
    },
    /// The fate of more than so many effects is unknown.
    Uncertain {
        /// More than this.
        above: u32,
    },
    /// A carrier fails again and again: its circuit breaker is not closed, in any of the gateways.
    CarrierFailing {
        /// Only this one.
        carrier: Option<String>,
    },
}

impl Condition {
    /// The name in the configuration.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::DropOff { .. } => "drop_off",
            Self::NoCalls { .. } => "no_calls",
            Self::ConfirmRate { .. } => "confirm_rate",
            Self::Uncertain { .. } => "uncertain",
            Self::CarrierFailing { .. } => "carrier_failing",
        }
    }
}

/// The hours in which calls are expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Open {
    /// By weekday, Monday first.
    pub hours: [Vec<Hours>; 7],
    /// In this zone.
    pub zone: Tz,
}

impl AlertRule {
    /// Who is told, one after the other.
    pub fn ways(&self) -> impl Iterator<Item = Way> {
        let sms = (0..self.sms.len()).map(|place| Way::Sms { place });
        let mail = (0..self.mail.len()).map(|place| Way::Email { place });
        let webhooks = self.webhooks.iter().map(|name| Way::Webhook { name: name.clone() });
        sms.chain(mail).chain(webhooks)
    }
}

/// How an alert reaches somebody. People are named by their place in the rule, so that no row holds an address of the
/// staff's; whoever stands there when it is sent gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Way {
    /// A text message to the rule's telephone in this place, from 0.
    Sms {
        /// Which one.
        place: usize,
    },
    /// A mail to the rule's address in this place, from 0.
    Email {
        /// Which one.
        place: usize,
    },
    /// A signed request to a webhook.
    Webhook {
        /// Its name in the configuration.
        name: String,
    },
}

impl Way {
    /// The channel of a message to a person.
    #[must_use]
    pub fn channel(&self) -> Option<Channel> {
        match self {
            Self::Sms { .. } => Some(Channel::Sms),
            Self::Email { .. } => Some(Channel::Email),
            Self::Webhook { .. } => None,
        }
    }
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sms { place } => write!(f, "sms {}", place + 1),
            Self::Email { place } => write!(f, "mail {}", place + 1),
            Self::Webhook { name } => write!(f, "webhook {name}"),
        }
    }
}

/// A change of a rule's state, on its way to one of those who are told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Which rule.
    pub rule: String,
    /// Of which business, where the rule is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business: Option<String>,
    /// To whom.
    pub to: Way,
    /// Whether it fires, or is over again.
    pub firing: bool,
    /// What was found, without personal data.
    pub words: String,
    /// The figure behind the words: a percentage, or a number of things.
    pub value: f64,
    /// When it began to fire.
    pub since: DateTime<Utc>,
    /// When the change was found.
    pub at: DateTime<Utc>,
}

impl Alert {
    /// For how long it is tried; what is older is of no use to anybody.
    pub const PATIENCE: Duration = Duration::days(1);

    /// The line a mail is known by.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("{}: {}", if self.firing { "Alert" } else { "Over again" }, self.rule)
    }

    /// What a person reads.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}. {}", self.subject(), self.words)
    }

    /// What a webhook is sent: JSON of the shape that Standard Webhooks recommends. The same for every attempt.
    #[must_use]
    pub fn body(&self) -> String {
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        serde_json::json!({
            "type": if self.firing { "alert.firing" } else { "alert.resolved" },
            "timestamp": time(self.at),
            "data": {
                "rule": self.rule, "business": self.business, "words": self.words, "since": time(self.since),
                "value": self.value,
            },
        })
        .to_string()
    }
}
