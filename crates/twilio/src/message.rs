//! Text messages that people write to the business.
//! <https://www.twilio.com/docs/messaging/guides/webhook-request>

use crate::{
    NAME,
    form::Pairs,
    receive::{malformed, noted},
};
use frontdesk_core::{
    call::CallRef,
    effect::Channel,
    personal::Phone,
    ports::{Received, ReceivedAbout, Rejected},
};

const WHATSAPP: &str = "whatsapp:";

pub(crate) fn read(params: &Pairs) -> Result<Received, Rejected> {
    let sid = params.filled("MessageSid").or_else(|| params.filled("SmsSid"));
    let sid = sid.ok_or_else(|| malformed("`MessageSid` is missing"))?;
    let number = |name: &str| {
        let text = params.filled(name).unwrap_or_default();
        Phone::parse(text.strip_prefix(WHATSAPP).unwrap_or(text), None)
            .map_err(|_| Rejected::Malformed(format!("`{name}` is no telephone number")))
    };
    let channel = match params.get("From") {
        Some(from) if from.starts_with(WHATSAPP) => Channel::Whatsapp,
        _ => Channel::Sms,
    };
    if params.filled("OptOutType") == Some("HELP") {
        // Twilio has answered already, in the words that the account chose.
        let about = ReceivedAbout::Call {
            call: CallRef::Theirs { provider: NAME.to_owned(), id: sid.to_owned() },
            provider_call_id: None,
            parties: None,
        };
        let event = noted("somebody asked for help, which Twilio gave");
        return Ok(Received { heard: false, ..Received::new(about, format!("{NAME}:message:{sid}"), event) });
    }
    let body = match params.filled("OptOutType") {
        // A word of the account's own choosing closed or opened the channel at Twilio; here it has to mean the same.
        Some(keyword @ ("STOP" | "START")) => keyword,
        _ => params.get("Body").unwrap_or_default(),
    };
    let about = ReceivedAbout::Message { from: number("From")?, to: number("To")?, channel, body: body.to_owned() };
    let event = noted("a message came in");
    Ok(Received { heard: false, ..Received::new(about, format!("{NAME}:message:{sid}"), event) })
}
