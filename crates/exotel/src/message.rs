//! Text messages.
//! <https://developer.exotel.com/api/sms>

use crate::{
    config::Sms,
    rest::{Rest, failed, text},
};
use frontdesk_core::{
    effect::Address,
    id::EffectId,
    ports::{Happened, Notification, PortResult, Trouble},
};

/// The longest message, in characters.
const LONGEST: usize = 2_000;

/// Sends text messages.
pub(crate) struct Messages {
    pub(crate) sms: Sms,
    /// Where their fate is told, if anywhere.
    pub(crate) status_callback: Option<String>,
}

impl Messages {
    /// Sends a message; gives the vendor's name for it.
    pub(crate) async fn send(&self, rest: &Rest, message: &Notification, effect: &EffectId) -> PortResult<String> {
        let broken = |what: String| failed(Happened::No, Trouble::Broken, what);
        let Address::Phone(to) = &message.to else {
            return Err(failed(Happened::No, Trouble::Refused, "a text message needs a telephone number"));
        };
        if message.body.chars().count() > LONGEST {
            return Err(broken(format!("Exotel takes no text message of more than {LONGEST} characters")));
        }
        let (named, languages) = (&message.text, format!("{}.{}", message.text, message.language.code()));
        let template = self.sms.templates.get(&languages).or_else(|| self.sms.templates.get(named));
        if self.sms.entity_id.is_some() && template.is_none() && to.reveal().starts_with("+91") {
            // It would be taken, and delivered to nobody.
            return Err(broken(format!("no DLT template is registered for {named}; add it to exotel.sms.templates")));
        }
        let encoding = if message.body.is_ascii() { "plain" } else { "unicode" };
        let mut form = vec![
            ("From", self.sms.from.clone()),
            ("To", to.reveal().to_owned()),
            ("Body", message.body.clone()),
            ("EncodingType", encoding.to_owned()),
            ("SmsType", self.sms.kind.clone()),
            ("CustomField", effect.to_string()),
        ];
        form.extend(self.sms.entity_id.clone().map(|id| ("DltEntityId", id)));
        form.extend(template.cloned().map(|id| ("DltTemplateId", id)));
        if let Some(url) = &self.status_callback {
            form.push(("StatusCallback", url.clone()));
            form.push(("StatusCallbackContentType", "application/json".to_owned()));
        }
        let answer = rest.post(&["Sms", "send"], &form).await?;
        let message = answer.get("SMSMessage").unwrap_or(&answer);
        let sid = message.get("Sid").or_else(|| message.get("SmsSid")).and_then(text);
        sid.ok_or_else(|| failed(Happened::Maybe, Trouble::Broken, "Exotel does not say what it calls the message"))
    }
}
