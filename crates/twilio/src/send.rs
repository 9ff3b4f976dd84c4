//! Sends messages. <https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>
//!
//! There is no key by which Twilio would know a second request, so that one whose answer is lost is a doubt: settled by the
//! first status callback, which brings our id back, or by [`crate::seek`].

use crate::{
    Clock, NAME,
    links::Links,
    messaging::{LONGEST, MAX_VARIABLES, Messaging, Sender, Template, address},
    rest::Rest,
};
use frontdesk_core::{
    effect::{Address, Channel},
    id::EffectId,
    pace::Pace,
    ports::{Happened, Notification, PortError, PortResult, Trouble},
    speech::sms_segments,
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What has not left Twilio's queue after an hour, in seconds, is not sent any more: it would come at night, or too late.
const VALIDITY: &str = "3600";

/// Sends messages.
pub(crate) struct Messages {
    pub(crate) messaging: Messaging,
    pace: Pace,
    clock: Clock,
}

#[derive(Deserialize)]
struct Made {
    sid: String,
}

fn broken(what: String) -> PortError {
    PortError::new(NAME, Happened::No, Trouble::Broken, what)
}

impl Messages {
    pub(crate) fn new(messaging: Messaging, clock: Clock) -> Self {
        Self { pace: Pace::new(messaging.per_minute), messaging, clock }
    }

    /// The channels somebody sends on.
    pub(crate) fn channels(&self) -> &'static [Channel] {
        match (&self.messaging.sms, &self.messaging.whatsapp) {
            (Some(_), Some(_)) => &[Channel::Sms, Channel::Whatsapp],
            (Some(_), None) => &[Channel::Sms],
            (None, Some(_)) => &[Channel::Whatsapp],
            (None, None) => &[],
        }
    }

    /// Who sends on a channel.
    pub(crate) fn sender(&self, channel: Channel) -> PortResult<&Sender> {
        let sender = match channel {
            Channel::Sms => self.messaging.sms.as_ref(),
            Channel::Whatsapp => self.messaging.whatsapp.as_ref(),
            _ => None,
        };
        sender.ok_or_else(|| PortError::unsupported(NAME, &format!("send by {}", channel.as_str())))
    }

    /// Sends a message, once; gives Twilio's name for it.
    pub(crate) async fn send(
        &self,
        rest: &Rest,
        links: &Links,
        message: &Notification,
        effect: &EffectId,
    ) -> PortResult<String> {
        let sender = self.sender(message.channel)?;
        let Address::Phone(to) = &message.to else {
            let what = "a text message needs a telephone number";
            return Err(PortError::new(NAME, Happened::No, Trouble::Refused, what));
        };
        let mut form = vec![("To", address(message.channel, to.reveal())), sender.member(message.channel)];
        form.extend(self.words(message)?);
        if self.messaging.callbacks {
            let told = links.hook("message-status").with("effect", &effect.to_string());
            form.push(("StatusCallback", told.done()));
        }
        if message.channel == Channel::Sms {
            form.push(("ValidityPeriod", VALIDITY.to_owned()));
        }
        if let Err(wait) = self.pace.pass(*effect, self.clock.now()) {
            let what = "messages are spread over time, and this one's turn is later (twilio.messages.per_minute)";
            return Err(PortError::new(NAME, Happened::No, Trouble::RateLimited(Some(wait)), what));
        }
        Ok(rest.post::<Made>(&["Messages"], &form).await?.body.sid)
    }

    /// The words: as they are or, by WhatsApp to somebody who did not write within a day, the template that stands for them.
    fn words(&self, message: &Notification) -> PortResult<Vec<(&'static str, String)>> {
        if message.channel == Channel::Whatsapp && !message.conversing {
            let (text, language) = (&message.text, message.language);
            let template = self.messaging.template(text, language).ok_or_else(|| {
                let code = language.code();
                broken(format!(
                    "no WhatsApp template is registered for {text} in {code}, and the person did not write within a day; \
                     have it approved and name it in twilio.whatsapp.templates as \"{text}.{code}\""
                ))
            })?;
            let variables = variables(template, message)?;
            return Ok(vec![("ContentSid", template.content_sid.clone()), ("ContentVariables", variables)]);
        }
        let (text, length) = (&message.text, message.body.chars().count());
        if length > LONGEST {
            return Err(broken(format!(
                "the text {text} has {length} characters, and Twilio takes {LONGEST}; shorten it"
            )));
        }
        let (segments, most) = (sms_segments(&message.body).segments, self.messaging.max_segments);
        if message.channel == Channel::Sms && segments > most {
            return Err(broken(format!(
                "the text {text} takes {segments} text messages, and {most} are allowed; shorten it, or raise \
                 twilio.messages.max_segments"
            )));
        }
        Ok(vec![("Body", message.body.clone())])
    }
}

/// What fills a template's places: `{"1":"…","2":"…"}`. WhatsApp takes no empty value, and no line breaks.
/// <https://www.twilio.com/docs/content/using-variables-with-content-api>
fn variables(template: &Template, message: &Notification) -> PortResult<String> {
    let mut filled = Map::new();
    let mut length = 0;
    for (name, place) in template.variables.iter().zip(1..) {
        let value = message.vars.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let value = value.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        if value.is_empty() {
            let text = &message.text;
            return Err(broken(format!(
                "the WhatsApp template of {text} wants {name}, of which nothing is known here; give it a value, or take it \
                 out of twilio.whatsapp.templates"
            )));
        }
        length += value.chars().count();
        filled.insert(place.to_string(), Value::from(value));
    }
    if length > MAX_VARIABLES {
        let text = &message.text;
        return Err(broken(format!(
            "what fills the WhatsApp template of {text} is longer than {MAX_VARIABLES} characters"
        )));
    }
    Ok(Value::Object(filled).to_string())
}
