//! Who sends messages by Twilio, and who sends text messages at all.

use super::{
    carriers::{Carriers, filled},
    layers::Layers,
    sections::{self, Sections},
    settings::{Checker, number},
};
use frontdesk_core::rules::Rules;
use frontdesk_eightxeight as eightxeight;
use frontdesk_exotel as exotel;
use frontdesk_twilio::{self as twilio, Messaging, Sender, Template};
use std::num::NonZeroU32;

/// The seed's name for the number that calls and messages come from.
const NUMBER: &str = "TWILIO_NUMBER";
/// Nobody sends text messages, on purpose.
const NOBODY: &str = "none";

/// What a template's places may be filled with; the engine knows nothing else.
const VARIABLES: [&str; 5] = ["business", "name", "when", "service", "phone"];

/// Who may send text messages, in the order in which they are asked for it.
const SENDERS: [&str; 3] = [eightxeight::NAME, exotel::NAME, twilio::NAME];

/// Who sends text messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Texts {
    /// The first who has a sender.
    #[default]
    Whoever,
    /// This one.
    By(&'static str),
    /// Nobody.
    Nobody,
}

impl Carriers {
    /// Who sends text messages, if anybody does.
    #[must_use]
    pub fn texts(&self) -> Option<&'static str> {
        match self.texts {
            Texts::Nobody => None,
            Texts::By(name) => Some(name).filter(|name| self.has_sender(name)),
            Texts::Whoever => SENDERS.into_iter().find(|name| self.has_sender(name)),
        }
    }

    /// Whether somebody chose who sends them.
    pub(crate) fn texts_are_chosen(&self) -> bool {
        self.texts != Texts::Whoever
    }

    /// Whether somebody sends by WhatsApp.
    #[must_use]
    pub fn whatsapp(&self) -> bool {
        self.twilio.as_ref().is_some_and(|config| config.messaging.whatsapp.is_some())
    }

    fn has_sender(&self, name: &str) -> bool {
        match name {
            eightxeight::NAME => self.eightxeight.as_ref().is_some_and(|config| config.sms.is_some()),
            exotel::NAME => self.exotel.as_ref().is_some_and(|config| config.sms.is_some()),
            _ => self.twilio.as_ref().is_some_and(|config| config.messaging.sms.is_some()),
        }
    }
}

/// Reads who is to send text messages.
pub(super) fn texts(checker: &mut Checker<'_>, sections: &Sections) -> Texts {
    let Some(text) = filled(&sections.sms) else { return Texts::Whoever };
    if text == NOBODY {
        return Texts::Nobody;
    }
    let known = SENDERS.into_iter().find(|name| *name == text);
    let known = known.ok_or_else(|| format!("is {text:?}; use {} or {NOBODY}", SENDERS.join(", ")));
    checker.keep("sms", known).map_or(Texts::Nobody, Texts::By)
}

/// Whoever is to send text messages needs a sender; the number of the business does for Twilio.
pub(super) fn name_sender(checker: &mut Checker<'_>, carriers: &mut Carriers, rules: &Rules) {
    if let Some(messaging) = carriers.twilio.as_mut().map(|config| &mut config.messaging)
        && messaging.sms.is_none()
    {
        let numbers =
            rules.businesses.values().filter(|business| business.carriers.iter().any(|it| it == twilio::NAME));
        let numbers = numbers.filter_map(|business| business.number_with(twilio::NAME));
        let real = numbers.map(|number| number.reveal()).find(|number| *number != super::SANDBOX_NUMBER);
        messaging.sms = real.map(|number| Sender::From(number.to_owned()));
    }
    if let Texts::By(name) = carriers.texts
        && !carriers.has_sender(name)
    {
        let remedy = match name {
            eightxeight::NAME => "set EIGHT_X_EIGHT_API_KEY and EIGHT_X_EIGHT_SMS_SUBACCOUNT_ID",
            exotel::NAME => "set EXOTEL_API_KEY, EXOTEL_API_TOKEN, EXOTEL_SID and exotel.sms.from",
            _ => "set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_NUMBER or TWILIO_MESSAGING_SERVICE_SID",
        };
        checker.problem("sms", format!("names {name}, which has no sender; {remedy}"));
    }
}

/// Who sends by Twilio.
pub(super) fn messaging(checker: &mut Checker<'_>, section: &sections::Twilio, public: bool) -> Messaging {
    let usual = Messaging::default();
    let texts = &section.messages;
    let own = filled(&texts.from).or_else(|| named(checker.layers));
    // A service goes before a number, which may only be there because calls come from it.
    let service = filled(&texts.service_sid);
    let whatsapp = &section.whatsapp;
    let (from, channel_service) = (filled(&whatsapp.from), filled(&whatsapp.service_sid));
    let sender = |service: Option<String>, from: Option<String>| {
        service.map(Sender::Service).or_else(|| from.map(|from| Sender::From(plain(&from))))
    };
    let sms = sender(service, own);
    let by_service = matches!(sms, Some(Sender::Service(_)));
    let per_minute = texts.per_minute.map_or(usual.per_minute.filter(|_| !by_service), NonZeroU32::new);
    let max_segments =
        texts.max_segments.map_or(usual.max_segments, |most| usize::try_from(most).unwrap_or(usize::MAX));
    if max_segments == 0 {
        checker.problem("twilio.messages.max_segments", "is 0, which lets nothing through; write 1 to 10");
    }
    let from = from.map(|from| from.trim().strip_prefix("whatsapp:").map_or(from.clone(), str::to_owned));
    Messaging {
        sms,
        whatsapp: sender(channel_service, from),
        templates: whatsapp
            .templates
            .iter()
            .filter_map(|(text, it)| Some((text.clone(), template(checker, text, it)?)))
            .collect(),
        max_segments,
        per_minute,
        callbacks: public,
    }
}

fn template(checker: &mut Checker<'_>, text: &str, section: &sections::TwilioTemplate) -> Option<Template> {
    let strange = section.variables.iter().find(|name| !VARIABLES.contains(&name.as_str()));
    if let Some(name) = strange {
        let all = VARIABLES.join(", ");
        let key = format!("twilio.whatsapp.templates.{text}.variables");
        checker.problem(&key, format!("names {name:?}, of which nothing is ever known; use {all}"));
        return None;
    }
    Some(Template { content_sid: section.sid.trim().to_owned(), variables: section.variables.clone() })
}

fn named(layers: &Layers) -> Option<String> {
    layers.filled(NUMBER).map(|variable| variable.value.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A number as Twilio takes it, however it was written; a short code or a name stays as it is.
fn plain(text: &str) -> String {
    let written = text.trim();
    let digits = written.trim_start_matches('+').chars().filter(char::is_ascii_digit).count();
    let found = if digits > 6 { number(written, None) } else { None };
    found.map_or_else(|| written.to_owned(), |number| number.reveal().to_owned())
}
