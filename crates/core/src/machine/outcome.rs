//! What came of a call.

use crate::{
    call::{Call, Outcome},
    event::{Answer, AnsweredBy, EndCause},
};

/// What came of a call. What a person said outranks any summary of the carrier.
pub(super) fn outcome(call: &Call, cause: EndCause) -> Outcome {
    let walk = &call.walk;
    match (walk.answer, cause) {
        (Some(Answer::Confirmed), _) => return Outcome::Confirmed,
        (Some(Answer::Cancelled), _) => return Outcome::Cancelled,
        (Some(Answer::OtherTime), _) => return Outcome::RescheduleRequested,
        (None, EndCause::Declined) => return Outcome::Declined,
        (None, _) if walk.opted_out => return Outcome::Declined,
        (None, _) if walk.transferred => return Outcome::Transferred,
        (None, _) => {}
    }
    if call.answered_by == Some(AnsweredBy::Machine) && !walk.pressed {
        return Outcome::Voicemail;
    }
    match cause {
        EndCause::Busy if call.started_at.is_none() => Outcome::Busy,
        EndCause::NoAnswer if call.started_at.is_none() => Outcome::NoAnswer,
        EndCause::Refused => Outcome::Failed,
        EndCause::Failed if call.started_at.is_none() => Outcome::Failed,
        // Said nothing to a menu, and a whole message after it.
        _ if call.recording.is_some() => Outcome::Captured,
        _ if walk.gave_up => Outcome::NoInput,
        _ if walk.finished => Outcome::Captured,
        _ => Outcome::HungUp,
    }
}
