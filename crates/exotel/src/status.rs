//! What became of calls and messages, told by callbacks and by the API.
//! <https://developer.exotel.com/api/statuscallback>

use crate::{
    NAME,
    params::Params,
    receive::{call, missing, plain},
};
use frontdesk_core::{
    call::CallRef,
    event::{EndCause, Event},
    ports::{Received, ReceivedAbout, Rejected},
};

/// Reads the news of a call that we placed.
pub(crate) fn of_call(params: &Params<'_>) -> Result<Received, Rejected> {
    let sid = params.call_sid()?;
    let status = params.get("Status").ok_or_else(|| missing("Status"))?;
    let kind = params.get("EventType").unwrap_or("terminal");
    let (event, what) = match ended(status) {
        Some(cause) if kind.eq_ignore_ascii_case("terminal") => {
            let number = |name| params.get(name).and_then(|value| value.parse().ok());
            // In a flow there is one leg; its time is the conversation's.
            let seconds = number("ConversationDuration").filter(|seconds| *seconds > 0);
            let seconds = seconds.or_else(|| number("Legs[0][OnCallDuration]"));
            let seconds = seconds.filter(|_| cause == EndCause::Completed);
            (Event::Ended { cause, seconds }, "ended".to_owned())
        }
        // The flow's first applet says it better, and its answer is listened to.
        _ if kind.eq_ignore_ascii_case("answered") => (noted("picked up; the flow asks what is heard"), plain(kind)),
        // Pop-up and dial events know more words: `free`, `busy` of an agent, …
        _ => (noted("a state of no consequence"), format!("status:{}:{}", plain(kind), plain(status))),
    };
    let about = ReceivedAbout::Call { call: call(params, &sid), provider_call_id: Some(sid.clone()), parties: None };
    Ok(Received { heard: false, ..Received::new(about, format!("{NAME}:{sid}:{what}"), event) })
}

/// Reads the news of a message. Two tables of the vendor's disagree about codes, so that only words are read.
pub(crate) fn of_message(params: &Params<'_>) -> Result<Received, Rejected> {
    let sid = params.get("SmsSid").ok_or_else(|| missing("SmsSid"))?;
    let sid: String = sid.chars().filter(|c| !c.is_control()).take(128).collect();
    let status = params.get("DetailedStatus").or_else(|| params.get("Status")).ok_or_else(|| missing("Status"))?;
    let fate = fate(status);
    let about = ReceivedAbout::Call {
        call: CallRef::Theirs { provider: NAME.to_owned(), id: sid.clone() },
        provider_call_id: None,
        parties: None,
    };
    let event = noted(&format!("news about a message: {fate}"));
    Ok(Received { heard: false, ..Received::new(about, format!("{NAME}:{sid}:{}", plain(status)), event) })
}

/// How a call ended; `None` while it goes on, or where nobody knows the word.
pub(crate) fn ended(status: &str) -> Option<EndCause> {
    Some(match status {
        "completed" => EndCause::Completed,
        "busy" => EndCause::Busy,
        // Given up before anybody picked up.
        "no-answer" | "canceled" | "cancelled" => EndCause::NoAnswer,
        "failed" => EndCause::Failed,
        _ => return None,
    })
}

fn fate(status: &str) -> &'static str {
    let status = status.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| status.contains(word));
    // `undelivered` holds `delivered`.
    if says(&["fail", "undelivered", "expired", "reject"]) {
        "not delivered"
    } else if says(&["delivered", "sent"]) {
        "delivered"
    } else {
        "under way"
    }
}

fn noted(what: &str) -> Event {
    Event::Noted { what: what.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_one_fate_in_all_of_the_vendors_words() {
        for (status, want) in [
            ("DELIVERED_TO_HANDSET", "delivered"),
            ("sent", "delivered"),
            ("FAILED_DLT", "not delivered"),
            ("Undelivered", "not delivered"),
            ("EXPIRED", "not delivered"),
            ("PENDING_OPERATOR", "under way"),
            ("queued", "under way"),
        ] {
            assert_eq!(fate(status), want, "{status}");
        }
    }
}
