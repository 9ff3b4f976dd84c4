//! Whether whoever rang us was served.
//!
//! Missed is who hung up before anything was answered, chosen or said, and who was to be put through and reached nobody.
//! Whoever left a message, asked for something that is done, or spoke with somebody was served, and so was whoever is with
//! somebody else by now. Who is turned away for want of room in the conversations goes on by keys, and is missed where none
//! is pressed.
//!
//! Some carriers merely tell of calls that ring at other people's telephones. Whoever was connected there, and was never led
//! anywhere by us, was served by them.

use crate::{
    call::{Call, CallState, Direction, Outcome},
    talk::{Speaker, Talk, TalkEnd},
};

/// Whether somebody rang us and was not served, as far as it is known: what is told late may change it. `asks`: whether the
/// carrier asks us what its calls hear.
#[must_use]
pub fn missed(call: &Call, asks: bool) -> bool {
    let Call { walk, .. } = call;
    if call.direction != Direction::Inbound || call.state != CallState::Ended {
        return false;
    }
    let done = walk.answer.is_some() || walk.done.is_some() || walk.booked > 0 || walk.opted_out;
    let theirs = call.recording.is_some() || call.collected.is_some();
    if done || theirs || walk.transferred {
        return false;
    }
    let elsewhere = !asks && !walk.led && call.talk.is_none() && call.seconds.is_some_and(|seconds| seconds > 0);
    walk.unreached || !(elsewhere || walk.chosen || call.talk.as_deref().is_some_and(spoke))
}

/// Whether a call that is over has served its person, whoever rang whom; `asks` as for [`missed`].
#[must_use]
pub fn served(call: &Call, asks: bool) -> bool {
    use Outcome::{Booked, Cancelled, Captured, Confirmed, Declined, RescheduleRequested, Transferred, Unbooked};
    match call.direction {
        Direction::Inbound => call.state == CallState::Ended && !missed(call, asks),
        Direction::Outbound => matches!(
            call.outcome,
            Some(Booked | Cancelled | Captured | Confirmed | Declined | RescheduleRequested | Transferred | Unbooked)
        ),
    }
}

/// Whether a conversation was one.
fn spoke(talk: &Talk) -> bool {
    match talk.end {
        TalkEnd::AgentDone | TalkEnd::Transfer => true,
        TalkEnd::CallerGone => talk.lines.iter().any(|(_, by, _)| *by == Speaker::Caller),
        TalkEnd::AgentLost | TalkEnd::Stopped => false,
    }
}
