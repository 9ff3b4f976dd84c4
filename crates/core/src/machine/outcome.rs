//! What came of a call.

use super::walk::Walker;
use crate::{
    call::{Call, CallState, Outcome},
    event::{Answer, AnsweredBy, EndCause},
};

impl Walker<'_> {
    /// The call is over.
    pub(super) fn ended(&mut self, cause: EndCause, seconds: Option<u32>) {
        if cause == EndCause::OptedOut && !self.out.call.walk.opted_out {
            // However late it is told: it holds for every call to come.
            self.out.call.walk.opted_out = true;
            self.out.opted_out = true;
        }
        if self.out.call.state == CallState::Ended {
            return self.note("ended, told again; ignored");
        }
        let stranded = cause == EndCause::NotHandedOver && self.out.call.walk.transferred;
        if stranded {
            (self.out.call.walk.transferred, self.out.call.walk.unreached) = (false, true);
            self.count(format!("step:{}:unreached", self.out.call.walk.step));
        }
        let call = &mut self.out.call;
        // A carrier whose calls others answer tells of them before it is known whether anybody does.
        let picked_up = call.started_at.filter(|_| cause != EndCause::NoAnswer);
        let talked = picked_up.map(|start| u32::try_from((self.now - start).num_seconds()).unwrap_or(0));
        call.seconds = seconds.or(talked);
        call.state = CallState::Ended;
        call.ended_at = Some(self.now);
        let outcome = outcome(call, cause);
        call.outcome = Some(outcome);
        let step = call.walk.step.clone();
        if outcome == Outcome::HungUp && !step.is_empty() && !stranded {
            self.count(format!("step:{step}:hung_up"));
        }
        self.count(format!("outcome:{}", outcome.as_str()));
        self.out.ended = Some((outcome, cause));
        let desk = if stranded { "; nobody picked up at the desk" } else { "" };
        self.note(format!("ended: {}{desk}", outcome.as_str().replace('_', " ")));
    }
}

/// What came of a call. What a person said outranks any summary of the carrier.
pub(super) fn outcome(call: &Call, cause: EndCause) -> Outcome {
    let walk = &call.walk;
    // What was done stands. What could not be done is the desk's, which has spoken with whoever was handed over.
    if let Some(done) = walk.done.filter(|done| *done != Outcome::Unbooked || !walk.transferred) {
        return done;
    }
    match (walk.answer, cause) {
        (Some(Answer::Confirmed), _) => return Outcome::Confirmed,
        (Some(Answer::Cancelled), _) => return Outcome::Cancelled,
        (Some(Answer::OtherTime), _) => return Outcome::RescheduleRequested,
        (None, EndCause::Declined | EndCause::OptedOut) => return Outcome::Declined,
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
