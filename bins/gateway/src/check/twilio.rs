//! What `check` says of messages by Twilio.

use super::Grade;
use crate::config::{Config, PublicUrl};
use frontdesk_core::{effect::Channel, personal::Phone};
use frontdesk_twilio::Sender;

/// The texts that a person gets without having written.
const UNASKED: [&str; 2] = ["sms-confirm-request", "sms-missed-call"];

/// What can be said without asking anybody.
pub(super) fn messages(config: &Config) -> Vec<(Grade, String)> {
    let mut said = Vec::new();
    let Some(twilio) = &config.carriers.twilio else { return said };
    let base = config.public_url.as_ref().map_or("https://YOUR-ADDRESS", PublicUrl::as_written);
    let hook = format!("{base}/webhooks/twilio/message");
    let texts = config.carriers.texts() == Some(frontdesk_twilio::NAME);
    for (sender, there) in [(&twilio.messaging.sms, texts), (&twilio.messaging.whatsapp, true)] {
        if let (Some(Sender::Service(sid)), true) = (sender, there) {
            let text = format!(
                "messages go by the Messaging Service {sid}, whose settings are not seen here; let it send what comes in \
                 to {hook}"
            );
            said.push((Grade::Note, text));
        }
    }
    if let Some(Sender::From(from)) = &twilio.messaging.whatsapp {
        let tail: String = from.chars().skip(from.chars().count().saturating_sub(2)).collect();
        let text = format!(
            "messages go by the WhatsApp sender …{tail}, whose settings are not seen here; let it send what comes in to \
             {hook}"
        );
        said.push((Grade::Note, text));
    }
    if twilio.messaging.whatsapp.is_some() {
        let businesses = config.rules.businesses.values();
        let asked = businesses.filter(|business| business.policy.messages.contains(&Channel::Whatsapp));
        for business in asked {
            let code = business.language.code();
            let templates = &twilio.messaging.templates;
            let missing =
                |text: &&str| !templates.contains_key(&format!("{text}.{code}")) && !templates.contains_key(*text);
            let missing: Vec<&str> = UNASKED.into_iter().filter(|text| missing(text)).collect();
            if !missing.is_empty() {
                let text = format!(
                    "{}: nobody can be asked by WhatsApp in {code} without a template of {}; have it approved and name it \
                     in twilio.whatsapp.templates",
                    business.id,
                    missing.join(" and ")
                );
                said.push((Grade::Warn, text));
            }
        }
    }
    said
}

/// The number that text messages come from, where they come from one by Twilio.
pub(super) fn number(config: &Config) -> Option<Phone> {
    let twilio = config.carriers.twilio.as_ref().filter(|_| config.carriers.texts() == Some(frontdesk_twilio::NAME))?;
    match &twilio.messaging.sms {
        Some(Sender::From(from)) => Phone::known(from.clone()).ok(),
        _ => None,
    }
}
