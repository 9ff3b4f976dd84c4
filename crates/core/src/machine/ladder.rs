//! The ladder of attempts: voice first, then messages, all before a deadline, one budget across all reasons.

use crate::{
    appointment::{Appointment, Confirm},
    effect::{Action, Channel, Effect, Message},
    event::Wake,
    id::{CallId, EffectId},
    rules::Policy,
};
use chrono::{DateTime, Duration, Utc};

/// Where the ladder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rung {
    /// A call, as long as the budget allows; else the first message.
    Voice,
    /// The channel after this one.
    After(Channel),
}

/// When asking this person must be over. An appointment so near that its deadline lies behind is asked about until it begins.
/// Judged once, when the round begins: asking does not go on because the deadline has come.
pub(super) fn deadline(policy: &Policy, appointment: &Appointment, now: DateTime<Utc>) -> DateTime<Utc> {
    let early = appointment.starts_at - policy.deadline;
    if appointment.confirm == Confirm::Now || early <= now { appointment.starts_at } else { early }
}

/// The next attempt at or above `rung`, or `None` when the ladder is at its end.
pub(super) fn next(policy: &Policy, appointment: &Appointment, rung: Rung, now: DateTime<Utc>) -> Option<Effect> {
    let last = appointment.ask_until;
    if rung == Rung::Voice && !appointment.voice_closed && appointment.tries < policy.tries {
        let due = now + policy.gap_after(appointment.tries);
        // The first call is made even where the time has come already: somebody asked for it.
        if due < last || appointment.tries == 0 {
            return Some(call(appointment, appointment.tries + 1, due, now));
        }
    }
    let after = match rung {
        Rung::Voice => None,
        Rung::After(channel) => policy.messages.iter().position(|known| *known == channel),
    };
    let skip = match (rung, after) {
        (Rung::After(_), None) => policy.messages.len(),
        (_, after) => after.map_or(0, |index| index + 1),
    };
    if now >= last {
        return None;
    }
    let reachable = |channel: &&Channel| **channel != Channel::Email || appointment.customer.email.is_some();
    policy.messages.iter().skip(skip).find(reachable).map(|channel| {
        let wait = if rung == Rung::Voice { Duration::zero() } else { policy.message_gap };
        message(appointment, *channel, Message::AskToConfirm, (now + wait).min(last), now)
    })
}

pub(super) fn call(appointment: &Appointment, try_no: u32, due_at: DateTime<Utc>, now: DateTime<Utc>) -> Effect {
    let mut effect = effect(appointment, Action::Call { try_no }, due_at, now, &format!("call/{try_no}"));
    effect.call_id = Some(CallId(effect.id.0));
    effect
}

pub(super) fn message(
    appointment: &Appointment,
    channel: Channel,
    message: Message,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Effect {
    effect(
        appointment,
        Action::Notify { channel, message },
        due_at,
        now,
        &format!("notify/{}/{message:?}", channel.as_str()),
    )
}

pub(super) fn calendar(appointment: &Appointment, now: DateTime<Utc>) -> Effect {
    let revision = appointment.revision;
    effect(appointment, Action::Calendar { revision }, now, now, &format!("calendar/{revision}"))
}

/// The end of the call that rings now.
pub(super) fn hang_up(appointment: &Appointment, call: CallId, now: DateTime<Utc>) -> Effect {
    let effect = effect(appointment, Action::HangUp { line: None }, now, now, &format!("hang-up/{call}"));
    Effect { call_id: Some(call), ..effect }
}

pub(super) fn wake(appointment: &Appointment, reason: Wake, due_at: DateTime<Utc>, now: DateTime<Utc>) -> Effect {
    effect(appointment, Action::Wake { reason }, due_at, now, &format!("wake/{reason:?}"))
}

/// An intent of this appointment. Its id is made of what it is for, so the same decision names the same effect.
fn effect(
    appointment: &Appointment,
    action: Action,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
    purpose: &str,
) -> Effect {
    let round = appointment.round.to_string();
    let id = EffectId::derive(now, &["effect", &appointment.id.to_string(), &round, purpose]);
    Effect::planned(id, Some(appointment.id), action, due_at, now)
}
