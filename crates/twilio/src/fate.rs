//! What became of a message, told by status callbacks.
//! <https://www.twilio.com/docs/messaging/guides/track-outbound-message-status>
//!
//! They arrive in any order, some of them twice. Each is named by message and status; which of them still says something new
//! is for the engine to decide.

use crate::{
    NAME,
    form::Pairs,
    receive::{malformed, noted, plain},
};
use frontdesk_core::{
    call::CallRef,
    id::EffectId,
    ports::{Fate, Received, ReceivedAbout, Rejected},
};

/// Reads a status callback. `query` is that of our own URL.
pub(crate) fn read(params: &Pairs, query: &Pairs) -> Result<Received, Rejected> {
    let sid = params.filled("MessageSid").or_else(|| params.filled("SmsSid"));
    let sid = sid.ok_or_else(|| malformed("`MessageSid` is missing"))?;
    let status = params.filled("MessageStatus").or_else(|| params.filled("SmsStatus"));
    let status = status.ok_or_else(|| malformed("`MessageStatus` is missing"))?;
    let once = format!("{NAME}:message:{}:{}", plain(sid), plain(status));
    let event = noted("news about a message");
    let about = match query.get("effect") {
        Some(effect) => {
            let effect: EffectId = effect.parse().map_err(|_| malformed("the URL's `effect` cannot be read"))?;
            let fate = fate(status, params.number("ErrorCode"));
            ReceivedAbout::Sent { effect, reference: plain(sid), fate }
        }
        // A service tells of what others send as well.
        None => ReceivedAbout::Call {
            call: CallRef::Theirs { provider: NAME.to_owned(), id: plain(sid) },
            provider_call_id: None,
            parties: None,
        },
    };
    Ok(Received { heard: false, ..Received::new(about, once, event) })
}

fn fate(status: &str, code: Option<u32>) -> Fate {
    match status {
        "delivered" => Fate::Delivered,
        "read" => Fate::Read,
        "failed" | "undelivered" | "canceled" => {
            let (why, opted_out) = reason(code.filter(|code| *code != 0));
            let told = code.map_or_else(String::new, |code| format!(" (error {code}, {DOCS}{code})"));
            Fate::Undelivered { reason: format!("{why}{told}"), opted_out }
        }
        _ => Fate::UnderWay,
    }
}

const DOCS: &str = "https://www.twilio.com/docs/api/errors/";

/// Why a message was not delivered, and whether the person wants none.
/// <https://www.twilio.com/docs/api/errors>
fn reason(code: Option<u32>) -> (&'static str, bool) {
    let why = match code {
        None => "Twilio does not say why",
        Some(21_610) => return ("the person told the carrier that they want no messages", true),
        Some(63_014 | 63_032) => return ("the person blocked us, or wants no such messages, on WhatsApp", true),
        Some(30_001 | 30_022 | 30_036) => {
            "it waited too long for its turn; send less at a time, or from a number that sends faster"
        }
        Some(30_002) => "the account is suspended; look at it in the console",
        Some(30_003) => "the telephone cannot be reached: it is off, or out of reach",
        Some(30_004) => "the person's carrier blocks it, or they want none",
        Some(30_005) => "there is no such number any more",
        Some(30_006) => "the number is a landline, or its carrier takes no text messages",
        Some(30_007 | 30_410 | 30_450) => "the carrier took it for spam; look at its words, its links and the sender",
        Some(30_008..=30_010) => "the carrier does not say why",
        Some(30_032 | 30_034 | 30_035 | 30_038) => {
            "the sender is not registered for this country; register it (A2P 10DLC, toll-free) in the console"
        }
        Some(30_610) => "it fell into the quiet hours that the Compliance Toolkit keeps",
        Some(63_003 | 63_024) => "the person has no WhatsApp on this number",
        Some(63_007) => "the sender is no WhatsApp sender of the account; check twilio.whatsapp.from",
        Some(63_015) => "the person has not joined the WhatsApp sandbox; let them send its join code",
        Some(63_016) => {
            "WhatsApp takes free words only within a day of the person's last message; register a template in \
             twilio.whatsapp.templates"
        }
        Some(63_018 | 63_038) => "too much was sent by WhatsApp; send less at a time",
        Some(63_005 | 63_013 | 63_021 | 63_027 | 63_028 | 63_030 | 63_040 | 63_041 | 63_042) => {
            "WhatsApp does not take the template or what fills it; look at it in the console"
        }
        Some(_) => "it was not delivered",
    };
    (why, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_whether_somebody_was_reached() {
        for (status, fate_is) in [
            ("accepted", "under way"),
            ("queued", "under way"),
            ("sending", "under way"),
            ("sent", "under way"),
            ("nobody has heard of", "under way"),
            ("delivered", "delivered"),
            ("read", "read"),
            ("failed", "undelivered"),
            ("undelivered", "undelivered"),
            ("canceled", "undelivered"),
        ] {
            let told = match fate(status, None) {
                Fate::UnderWay => "under way",
                Fate::Delivered => "delivered",
                Fate::Read => "read",
                Fate::Undelivered { .. } => "undelivered",
            };
            assert_eq!(told, fate_is, "{status}");
        }
    }

    #[test]
    fn only_whoever_refused_has_opted_out() {
        let opted_out = |code| reason(Some(code)).1;
        assert!(opted_out(21_610) && opted_out(63_014));
        for code in [30_003, 30_004, 30_005, 30_006, 30_007, 30_008, 30_034, 63_016, 1] {
            assert!(!opted_out(code), "{code}");
        }
    }

    #[test]
    fn each_documented_failure_has_a_reason_of_its_own() {
        let codes = [30_003, 30_004, 30_005, 30_006, 30_007, 30_008, 30_034, 30_610, 63_003, 63_016, 63_018, 63_021];
        let reasons: std::collections::BTreeSet<_> = codes.iter().map(|code| reason(Some(*code)).0).collect();
        assert_eq!(reasons.len(), codes.len());
    }
}
