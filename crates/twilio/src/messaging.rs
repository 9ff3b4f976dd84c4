//! What is needed to send messages, and what is refused at the start.

use crate::{BadConfig, config::is_sid};
use frontdesk_core::{effect::Channel, speech::Language};
use std::{collections::BTreeMap, num::NonZeroU32};

/// How many messages a minute a plain number sends: one a second. What is faster waits in a queue of Twilio's.
/// <https://help.twilio.com/articles/115002943027>
const MESSAGES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).expect("60 is more than none");
/// Twilio takes no longer text, in characters.
/// <https://www.twilio.com/docs/api/errors/21617>
pub(crate) const LONGEST: usize = 1_600;
/// WhatsApp takes no longer template, its variables filled in, in characters.
/// <https://www.twilio.com/docs/api/errors/63021>
pub(crate) const MAX_VARIABLES: usize = 1_024;

/// Who sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// A number of the account, a short code, or a name where a country allows one.
    From(String),
    /// A Messaging Service (`MG` and 32 hexadecimal digits), which chooses among its senders.
    Service(String),
}

impl Sender {
    /// What stands for it in a request: the member's name and its value.
    pub(crate) fn member(&self, channel: Channel) -> (&'static str, String) {
        match self {
            Self::From(from) => ("From", address(channel, from)),
            Self::Service(sid) => ("MessagingServiceSid", sid.clone()),
        }
    }
}

/// An address as Twilio writes it for a channel.
pub(crate) fn address(channel: Channel, number: &str) -> String {
    if channel == Channel::Whatsapp { format!("whatsapp:{number}") } else { number.to_owned() }
}

/// A template that is registered with WhatsApp: the only words it takes from a business that was not written to within a day.
/// <https://www.twilio.com/docs/content/overview>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// `HX` and 32 hexadecimal digits.
    pub content_sid: String,
    /// What fills its places, in the order of their numbers, such as `business` and `when`.
    pub variables: Vec<String>,
}

/// What is needed to send messages. [`Default`] sends nothing.
#[derive(Debug, Clone)]
pub struct Messaging {
    /// Who sends text messages; `None`: nobody.
    pub sms: Option<Sender>,
    /// Who sends by WhatsApp; `None`: nobody.
    pub whatsapp: Option<Sender>,
    /// Templates by the text they stand for, such as `sms-confirm-request.es`, or `sms-confirm-request` for every language.
    pub templates: BTreeMap<String, Template>,
    /// No text message is sent that takes more parts; each is paid for.
    pub max_segments: usize,
    /// How many messages are sent a minute, evenly spread; `None`: as many as come. Each process counts for itself.
    pub per_minute: Option<NonZeroU32>,
    /// Whether Twilio is told where to tell what became of a message. It refuses a message whose address it cannot use.
    pub callbacks: bool,
}

impl Default for Messaging {
    fn default() -> Self {
        Self {
            sms: None,
            whatsapp: None,
            templates: BTreeMap::new(),
            max_segments: 10,
            per_minute: Some(MESSAGES_PER_MINUTE),
            callbacks: true,
        }
    }
}

impl Messaging {
    /// The template of a text, of this very language before that of all.
    pub(crate) fn template(&self, text: &str, language: Language) -> Option<&Template> {
        self.templates.get(&format!("{text}.{}", language.code())).or_else(|| self.templates.get(text))
    }

    /// Refuses what could never work.
    pub(crate) fn check(&self, lenient: bool) -> Result<(), BadConfig> {
        let wrong = |field, problem| Err(BadConfig { field, problem });
        let sid = |kind, text: &str| lenient && !text.is_empty() || is_sid(kind, text);
        for (field, sender) in [("messaging.sms", &self.sms), ("messaging.whatsapp", &self.whatsapp)] {
            match sender {
                Some(Sender::Service(service)) if !sid("MG", service) => {
                    return wrong(field, "must be a Messaging Service, MG and 32 hexadecimal digits");
                }
                Some(Sender::From(from)) if from.is_empty() || from.contains(char::is_control) || from.len() > 32 => {
                    return wrong(field, "must be a number like +14155550123");
                }
                _ => {}
            }
        }
        if self.templates.values().any(|template| !sid("HX", &template.content_sid)) {
            return wrong("messaging.templates", "must each be named by HX and 32 hexadecimal digits");
        }
        Ok(())
    }
}
