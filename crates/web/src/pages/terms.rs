//! The front desk's names for states, outcomes and the like: in lists, and in the choices of a filter.

use super::words::Said;
use frontdesk_core::{
    appointment::Status,
    call::{Call, CallState, Direction, Outcome},
    effect::EffectState,
    event::AnsweredBy,
    talk::{Speaker, TalkEnd},
};

/// What has become of an appointment.
pub(crate) fn status(it: Status) -> &'static str {
    match it {
        Status::Scheduled => "Booked",
        Status::Confirming => "Being asked",
        Status::Confirmed => "Confirmed",
        Status::Cancelled => "Cancelled",
        Status::RescheduleRequested => "Wants another time",
        Status::Unreached => "Not reached",
        Status::Completed => "Came",
        Status::NoShow => "Did not come",
    }
}

/// What came of a call.
pub(crate) fn outcome(it: Outcome) -> &'static str {
    match it {
        Outcome::Confirmed => "Confirmed",
        Outcome::Cancelled => "Cancelled",
        Outcome::RescheduleRequested => "Wants another time",
        Outcome::NoInput => "Picked up, no key pressed",
        Outcome::Voicemail => "Answering machine",
        Outcome::Busy => "Busy",
        Outcome::NoAnswer => "Nobody picked up",
        Outcome::Declined => "Declined",
        Outcome::HungUp => "Hung up without an answer",
        Outcome::Failed => "Not possible",
        Outcome::Uncertain => "Nobody knows",
        Outcome::Transferred => "Handed to a person",
        Outcome::Captured => "Heard to the end",
        Outcome::Booked => "Settled with an agent",
        Outcome::Unbooked => "Asked an agent, not booked",
    }
}

fn tone(it: Outcome) -> &'static str {
    match it {
        Outcome::Confirmed | Outcome::Transferred | Outcome::Captured | Outcome::Booked => "good",
        Outcome::RescheduleRequested | Outcome::Uncertain | Outcome::NoInput | Outcome::HungUp | Outcome::Unbooked => {
            "warn"
        }
        Outcome::Cancelled | Outcome::Declined | Outcome::Failed => "bad",
        Outcome::Voicemail | Outcome::Busy | Outcome::NoAnswer => "plain",
    }
}

/// Where a call stands.
pub(crate) fn call_state(it: CallState) -> &'static str {
    match it {
        CallState::Queued => "Waiting",
        CallState::Dialing => "Dialling",
        CallState::Ringing => "Ringing",
        CallState::InProgress => "Talking",
        CallState::Ended => "Over",
    }
}

/// What came of a call, or where it stands as long as it is not over.
pub(crate) fn call(it: &Call) -> Said {
    match it.outcome {
        Some(of) => Said::new(tone(of), outcome(of)),
        None => Said::new("plain", call_state(it.state)),
    }
}

/// Who rang whom.
pub(crate) fn direction(it: Direction) -> &'static str {
    match it {
        Direction::Outbound => "We rang them",
        Direction::Inbound => "They rang us",
    }
}

/// What picked up.
pub(crate) fn answered_by(it: AnsweredBy) -> &'static str {
    match it {
        AnsweredBy::Human => "A person",
        AnsweredBy::Machine => "An answering machine",
        AnsweredBy::Unknown => "The carrier could not tell",
    }
}

/// How far an effect has come.
pub(crate) fn effect_state(it: EffectState) -> &'static str {
    match it {
        EffectState::Waiting => "Waiting",
        EffectState::Skipped => "Not needed any more",
        EffectState::Started => "On its way",
        EffectState::Done => "Done",
        EffectState::Failed => "Failed",
        EffectState::Uncertain => "Uncertain",
    }
}

/// The tone of an effect's state.
pub(crate) fn effect_tone(it: EffectState) -> &'static str {
    match it {
        EffectState::Failed => "bad",
        EffectState::Uncertain => "warn",
        EffectState::Done => "good",
        EffectState::Waiting | EffectState::Skipped | EffectState::Started => "plain",
    }
}

/// The keys that were pressed, without the steps that asked: `5 1`.
pub(crate) fn keys(path: &[String]) -> String {
    let keys: Vec<&str> =
        path.iter().map(|pressed| pressed.split_once('=').map_or(&**pressed, |(_, key)| key)).collect();
    keys.join(" ")
}

/// Seconds as `1:05`.
pub(crate) fn length(seconds: u32) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Who said something.
pub(crate) fn speaker(who: Speaker) -> &'static str {
    match who {
        Speaker::Agent => "Assistant",
        Speaker::Caller => "Caller",
    }
}

/// How a conversation with a voice agent ended.
pub(crate) fn talk_end(end: TalkEnd) -> &'static str {
    match end {
        TalkEnd::AgentDone => "Came to its end",
        TalkEnd::CallerGone => "The caller hung up",
        TalkEnd::Transfer => "Put through to the desk",
        TalkEnd::AgentLost => "The assistant was lost",
        TalkEnd::Stopped => "Ended by the gateway",
    }
}
