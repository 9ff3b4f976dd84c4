//! How a call goes on, told by status callbacks and by the call resource.
//! <https://www.twilio.com/docs/voice/api/call-resource#statuscallback>
//!
//! Callbacks are requests of their own and arrive in any order, some of them twice. Each is named by its status and its
//! number, and the end by nothing but the call, so that a second telling is known as such; which news may still move a
//! call is for the machine to say, which only ever moves forward.

use crate::{
    form::Pairs,
    receive::{malformed, noted, plain},
};
use frontdesk_core::{
    event::{EndCause, Event},
    ports::Rejected,
};

/// Reads a status callback, and names it.
pub(crate) fn read(params: &Pairs) -> Result<(Event, String), Rejected> {
    let status = params.filled("CallStatus").ok_or_else(|| malformed("`CallStatus` is missing"))?;
    if let Some(cause) = ended(status, params.number("SipResponseCode")) {
        // `CallDuration` is in seconds, `Duration` in the minutes that are billed.
        return Ok((Event::Ended { cause, seconds: lasted(cause, params.number("CallDuration")) }, "ended".to_owned()));
    }
    let number = params.filled("SequenceNumber").map(plain).unwrap_or_default();
    let event = match status {
        "ringing" => Event::Ringing,
        "queued" => noted("the carrier took the call"),
        "initiated" => noted("the carrier dials"),
        // The request for what is heard next says it better, and its answer is listened to.
        "in-progress" => noted("picked up; what is heard is asked for in a request of its own"),
        _ => noted("a state that nobody has heard of"),
    };
    Ok((event, format!("status:{}:{number}", plain(status))))
}

/// How a call ended; `None` while it goes on. `sip` is the SIP response code, where it was told.
pub(crate) fn ended(status: &str, sip: Option<u32>) -> Option<EndCause> {
    Some(match (status, sip) {
        ("completed", _) => EndCause::Completed,
        // 603: somebody pressed the red button.
        ("busy" | "failed" | "no-answer", Some(603)) => EndCause::Declined,
        ("busy", _) => EndCause::Busy,
        // Given up before anybody picked up, by us.
        ("no-answer" | "canceled" | "cancelled", _) => EndCause::NoAnswer,
        // There is no such number, or it is incomplete.
        ("failed", Some(404 | 410 | 484 | 604)) => EndCause::Refused,
        ("failed", _) => EndCause::Failed,
        _ => return None,
    })
}

/// How long the two were connected; nothing where they never were.
pub(crate) fn lasted(cause: EndCause, seconds: Option<u32>) -> Option<u32> {
    seconds.filter(|_| cause == EndCause::Completed)
}
