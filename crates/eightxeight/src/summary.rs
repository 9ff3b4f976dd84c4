//! What a Voice Session Summary says about the call of the person, who is always the first leg.
//! <https://developer.8x8.com/connect/docs/voice/ivr/session-summary-ivr>

use crate::wire::Node;
use frontdesk_core::event::{EndCause, Event};

/// The leg of the person.
pub(crate) fn first_leg(payload: Node<'_>) -> Node<'_> {
    payload.get("details").get("callA")
}

/// How the call ended. `COMPLETED` says that somebody or something was connected and nothing more; whether they
/// answered is known from the keys alone.
pub(crate) fn ended(payload: Node<'_>) -> Event {
    let leg = first_leg(payload);
    let session = payload.get("sessionStatus").word();
    let of_leg = leg.get("callStatus").word();
    let cause = opt_out(&session)
        // A desk that is busy turns the session's status, so the person's own leg is asked first. An error of ours that
        // ended a live call leaves its leg completed, and the person was reached.
        .or_else(|| cause(&of_leg))
        .or_else(|| cause(&session))
        .or_else(|| error(payload.get("errorDetails").get("errorCode").number()))
        .unwrap_or(if leg.get("connectedTimestamp").exists() { EndCause::Completed } else { EndCause::Failed });
    let seconds = leg.get("callDuration").number().and_then(|seconds| u32::try_from(seconds).ok());
    let cause = if cause == EndCause::Completed && desk_missed(payload) { EndCause::NotHandedOver } else { cause };
    let connected = cause == EndCause::Completed || leg.get("connectedTimestamp").exists();
    Event::Ended { cause, seconds: seconds.filter(|_| connected) }
}

/// Whether there was to be a second leg, the desk's, and nobody picked it up.
fn desk_missed(payload: Node<'_>) -> bool {
    let desk = payload.get("details").get("callB");
    desk.exists() && desk.get("callStatus").word() != "COMPLETED" && !desk.get("connectedTimestamp").exists()
}

fn cause(status: &str) -> Option<EndCause> {
    match status {
        "COMPLETED" => Some(EndCause::Completed),
        "BUSY" => Some(EndCause::Busy),
        // Ended before anybody picked up: to the person it is one and the same.
        "NO_ANSWER" | "CANCELED" | "CANCELLED" => Some(EndCause::NoAnswer),
        "FAILED" => Some(EndCause::Failed),
        _ => None,
    }
}

/// Statuses of the vendor's own opt-out feature: somebody opts out now, tries to in vain, or did so before. Whoever does
/// not want the vendor to call is not to be called again by us either.
fn opt_out(session: &str) -> Option<EndCause> {
    let said = ["COMPLETED_UNSUBSCRIBED", "COMPLETED_UNSUB_ERROR", "UNSUBSCRIBED_CONTACT"].contains(&session);
    said.then_some(EndCause::OptedOut)
}

/// Session error codes. None is about the person: a destination that the account does not cover is reached by another
/// carrier or by a message, and everything else may go well next time or once somebody has mended the configuration.
/// <https://developer.8x8.com/connect/docs/voice/error-codes/voice-error-codes>
fn error(code: Option<i64>) -> Option<EndCause> {
    code.map(|_| EndCause::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cause_of(session: &str, leg: &str) -> EndCause {
        let payload = json!({"sessionStatus": session, "details": {"callA": {"callStatus": leg}}});
        match ended(Node::new(&payload)) {
            Event::Ended { cause, .. } => cause,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_person_is_judged_by_their_own_leg() {
        assert_eq!(cause_of("BUSY", "COMPLETED"), EndCause::Completed);
        assert_eq!(cause_of("ERROR", "COMPLETED"), EndCause::Completed);
        assert_eq!(cause_of("COMPLETED", "BUSY"), EndCause::Busy);
    }

    #[test]
    fn either_spelling_of_a_cancelled_call_is_one_that_nobody_answered() {
        assert_eq!(cause_of("CANCELED", "CANCELED"), EndCause::NoAnswer);
        assert_eq!(cause_of("CANCELLED", ""), EndCause::NoAnswer);
    }

    #[test]
    fn who_opted_out_at_the_vendor_has_opted_out() {
        for session in ["COMPLETED_UNSUBSCRIBED", "COMPLETED_UNSUB_ERROR", "UNSUBSCRIBED_CONTACT"] {
            assert_eq!(cause_of(session, "COMPLETED"), EndCause::OptedOut);
            assert_eq!(cause_of(session, "FAILED"), EndCause::OptedOut);
        }
    }

    #[test]
    fn a_desk_that_nobody_picked_up_at_was_not_reached() {
        let cause = |person: &str, desk: serde_json::Value| {
            let details = json!({"callA": {"callStatus": person}, "CallB": desk});
            match ended(Node::new(&json!({"sessionStatus": "BUSY", "details": details}))) {
                Event::Ended { cause, .. } => cause,
                other => panic!("{other:?}"),
            }
        };
        for status in ["BUSY", "NO_ANSWER", "FAILED", "CANCELED", "ERROR", "ODD"] {
            assert_eq!(cause("COMPLETED", json!({"callStatus": status})), EndCause::NotHandedOver, "{status}");
        }
        assert_eq!(cause("COMPLETED", json!({"callStatus": "COMPLETED"})), EndCause::Completed);
        let odd = json!({"callStatus": "ODD", "connectedTimestamp": "2026-11-20T01:15:30Z"});
        assert_eq!(cause("COMPLETED", odd), EndCause::Completed);
        assert_eq!(cause("NO_ANSWER", json!({"callStatus": "BUSY"})), EndCause::NoAnswer);
    }

    #[test]
    fn numbers_may_be_text() {
        let payload = json!({
            "sessionStatus": "ERROR", "errorDetails": {"errorCode": "-2004"},
            "details": {"CallA": {"callStatus": "ERROR", "callDuration": "0"}},
        });
        assert_eq!(ended(Node::new(&payload)), Event::Ended { cause: EndCause::Failed, seconds: None });
        let payload = json!({"sessionStatus": "COMPLETED", "details": {"callA": {"callDuration": "27"}}});
        assert_eq!(ended(Node::new(&payload)), Event::Ended { cause: EndCause::Completed, seconds: Some(27) });
    }

    #[test]
    fn an_unknown_status_is_read_off_whether_anybody_was_connected() {
        assert_eq!(cause_of("PARTIALLY_DONE", "ODD"), EndCause::Failed);
        let leg = json!({"callStatus": "ODD", "connectedTimestamp": "2026-11-20T01:15:10Z", "callDuration": 3});
        let payload = json!({"sessionStatus": "PARTIALLY_DONE", "details": {"callA": leg}});
        assert_eq!(ended(Node::new(&payload)), Event::Ended { cause: EndCause::Completed, seconds: Some(3) });
    }
}
