//! Calls that are ended by command: a second line, and a telephone that need not ring on.

use super::{
    begin::{Beginner, Task},
    mark::{end, longest, started},
};
use crate::{
    call::CallState,
    effect::{Effect, EffectState, Line},
    ports::Decision,
};
use chrono::Duration;

/// How soon it is looked again whether a carrier has said by now what it calls a call.
const UNNAMED: Duration = Duration::seconds(2);

impl Beginner<'_> {
    pub(super) fn hang_up(&self, effect: Effect, line: Line) -> (Decision, Task) {
        let Some(call) = effect.call_id else {
            return (end(effect, EffectState::Skipped, "the call is gone", self.now), Task::Nothing);
        };
        let task = Task::HangUp { provider: line.provider, call, provider_call_id: line.provider_call_id };
        (Decision { effect: Some(started(effect, self.now)), ..Decision::default() }, task)
    }

    /// Ends a call that nobody has picked up yet: its question was answered elsewhere. Whoever has picked up is told so
    /// by the call itself.
    pub(super) fn stop_ringing(&self, mut effect: Effect) -> (Decision, Task) {
        let skip = |effect, reason: &str| (end(effect, EffectState::Skipped, reason, self.now), Task::Nothing);
        let Some(call) = &self.loaded.call else {
            return skip(effect, "the call is gone");
        };
        if call.state >= CallState::InProgress {
            return skip(effect, "the call was picked up, or is over");
        }
        if self.rules.abilities.get(&call.provider).is_some_and(|can| !can.hangs_up) {
            return skip(effect, &format!("{} cannot end a call that rings", call.provider));
        }
        if let Some(provider_call_id) = call.provider_call_id.clone() {
            let line = Line { provider: call.provider.clone(), provider_call_id };
            return self.hang_up(effect, line);
        }
        if effect.created_at + longest(&self.business.policy) < self.now {
            return skip(effect, "the carrier never said what it calls the call");
        }
        // The carrier's answer to the request is still under way.
        effect.due_at = self.now + UNNAMED;
        effect.updated_at = self.now;
        (Decision { effect: Some(effect), ..Decision::default() }, Task::Nothing)
    }
}
