//! Names of things for the timeline.

use crate::{call::Outcome, effect::Channel, event::Answer};

pub(super) fn words(outcome: Outcome) -> String {
    outcome.as_str().replace('_', " ")
}

pub(super) fn said(answer: Answer) -> &'static str {
    match answer {
        Answer::Confirmed => "confirmed",
        Answer::Cancelled => "cancelled",
        Answer::OtherTime => "asked for another time",
    }
}

pub(super) fn spoken_channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Voice => "phone",
        Channel::Sms => "SMS",
        Channel::Whatsapp => "WhatsApp",
        Channel::Email => "mail",
        Channel::Link => "a link",
        Channel::Desk => "the desk",
    }
}
