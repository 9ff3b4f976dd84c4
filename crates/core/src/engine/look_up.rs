//! How the fate of what may have happened is asked for.

use super::{
    begin::{Beginner, Task},
    words::notification,
};
use crate::{
    effect::{Action, Address, Effect},
    personal::Phone,
    ports::{CallCommand, Notification, Sought},
};

/// What is asked, and of whom.
pub(super) fn look_up(beginner: &Beginner<'_>, effect: &Effect) -> Task {
    match (&effect.action, &beginner.loaded.call) {
        (Action::CloneVoice, _) => beginner.look_for_voice(effect),
        (Action::Call { .. } | Action::AgentCall(_) | Action::Wake { .. }, Some(call)) => Task::FindCall {
            provider: call.provider.clone(),
            command: CallCommand::Find {
                call_id: call.id,
                provider_call_id: call.provider_call_id.clone(),
                from: call.from.clone(),
                to: call.to.clone(),
                since: call.created_at,
                asked: call.updated_at.max(call.created_at),
            },
        },
        (Action::Notify { channel, message }, _) => {
            let Beginner { rules, business, loaded, now, .. } = *beginner;
            let anew = notification(rules, business, loaded, *channel, *message, now);
            Task::FindMessage(Box::new(sought(effect, *channel, anew)))
        }
        (Action::Alert(alert), _) => match (alert.to.channel(), beginner.telling(effect, alert)) {
            (Some(channel), Ok(Task::Notify(anew))) => {
                Task::FindMessage(Box::new(sought(effect, channel, Some(*anew))))
            }
            (Some(channel), _) => Task::FindMessage(Box::new(sought(effect, channel, None))),
            (None, _) => Task::Nothing,
        },
        _ => Task::Nothing,
    }
}

fn sought(effect: &Effect, channel: crate::effect::Channel, anew: Option<Notification>) -> Sought {
    let known = |message: &Notification| message.to != Address::Phone(Phone::forgotten());
    let since = effect.started_at.unwrap_or(effect.created_at);
    Sought { channel, message: anew.filter(known), since, asked: effect.updated_at.max(since) }
}
