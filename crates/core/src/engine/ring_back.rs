//! A caller is rung back by the vendor of a voice agent, while they are still on the line with us.

use super::{
    Engine,
    begin::{Beginner, Task},
    fold::Fold,
    greet::{FLOW, GREETED, variables},
    mark::{detail, finished, started, watch},
    words::zone,
};
use crate::{
    call::{Call, CallState, Direction, Walk},
    contact::{Recipient, Verdict, may_contact},
    effect::{AgentCall, Channel, Effect, EffectState},
    event::EndCause,
    id::CallId,
    machine::greeting::Stage,
    ports::{AgentBrief, Decision, PlaceCall, VoiceState},
};

impl Beginner<'_> {
    /// Places it, if whoever rang is still there and may be rung. They rang us just now, so no hour is a quiet one.
    pub(super) fn ring_back(&self, effect: Effect, wanted: &AgentCall) -> (Decision, Task) {
        let caller = self.loaded.ledger.live.iter().find(|call| call.id == wanted.caller);
        let Some(caller) = caller.filter(|call| call.state != CallState::Ended) else {
            return self.leave(effect, "the caller has hung up");
        };
        let stage = caller.walk.greeting.as_ref().map(|greeting| greeting.stage);
        // The agent may be asked for in the same moment: it leaves time for the greeting.
        if wanted.greeting && stage != Some(Stage::Greeting) && self.now >= caller.created_at + GREETED {
            return self.leave(effect, "the agent speaks with them already");
        }
        if self.loaded.call.as_ref().is_some_and(|call| call.state == CallState::Ended) {
            return self.leave(effect, "the call it was to place is over");
        }
        let zone = Some(zone(self.business, self.loaded));
        let recipient = Recipient { phone: caller.party(), zone, channel: Channel::Voice };
        match may_contact(&self.business.contact.for_answers(), &recipient, &self.loaded.ledger, self.now) {
            Verdict::Allowed => {}
            Verdict::Wait { reason, .. } | Verdict::Never { reason } => return self.leave(effect, &reason),
        }
        let provider = &self.rules.greeting.provider;
        if let Some(until) = self.rests.get(provider) {
            let mut effect = effect;
            effect.due_at = *until;
            effect.reason = Some(super::carriers::rest_words(&[provider]));
            effect.updated_at = self.now;
            return (Decision { effect: Some(effect), ..Decision::default() }, Task::Nothing);
        }
        let first = effect.attempt == 0;
        let effect = started(effect, self.now);
        let call = self.row(&effect, caller, provider);
        let mut fold = Fold::new(self.business, None, self.now);
        if first {
            fold.count(FLOW, "call:placed");
            fold.decision.effects.push(watch(&call, &self.business.policy, self.now));
        }
        let words = if wanted.greeting { "greeting" } else { "agent" };
        fold.record("begun", format!("{words} call begins, by {provider}"), detail(&effect));
        let task = Task::Place { provider: provider.clone(), call: self.brief(&call, caller, wanted) };
        fold.decision.call = Some(call);
        fold.decision.effect = Some(effect);
        (fold.decision, task)
    }

    /// It is not placed; one that was tried before is over.
    fn leave(&self, effect: Effect, reason: &str) -> (Decision, Task) {
        let mut fold = Fold::new(self.business, None, self.now);
        fold.record("skipped", reason, detail(&effect));
        if let Some(call) = self.loaded.call.clone().filter(|call| call.state != CallState::Ended) {
            let (cause, seconds) = (EndCause::Failed, None);
            let event = crate::event::Event::Ended { cause, seconds };
            fold.decision.call = super::greet::on_call(self.rules, self.loaded, call, &event, self.now).call;
        }
        fold.decision.effect = Some(finished(effect, EffectState::Skipped, Some(reason), self.now));
        (fold.decision, Task::Nothing)
    }

    fn row(&self, effect: &Effect, caller: &Call, provider: &str) -> Call {
        if let Some(call) = &self.loaded.call {
            return Call { updated_at: self.now, ..call.clone() };
        }
        Call {
            id: CallId(effect.id.0),
            appointment_id: None,
            effect_id: Some(effect.id),
            round: 0,
            business: self.business.id.clone(),
            provider: provider.to_owned(),
            provider_call_id: None,
            direction: Direction::Outbound,
            from: self.business.number_with(provider).unwrap_or(&caller.to).clone(),
            to: caller.party().clone(),
            flow: FLOW.to_owned(),
            language: caller.language,
            state: CallState::Dialing,
            outcome: None,
            answered_by: None,
            // Nothing is asked by us: the agent has the conversation.
            walk: Walk { finished: true, ..Walk::default() },
            recording: None,
            transcript: None,
            collected: None,
            talk: None,
            created_at: self.now,
            started_at: None,
            ended_at: None,
            seconds: None,
            updated_at: self.now,
        }
    }

    fn brief(&self, call: &Call, caller: &Call, wanted: &AgentCall) -> PlaceCall {
        let policy = &self.rules.greeting;
        let greets = wanted.greeting || wanted.greets;
        let brief = AgentBrief {
            voice: wanted.cloned.clone().or_else(|| policy.voice.clone()),
            greeting: policy.message.clone().filter(|_| greets),
            variables: variables(self.rules, caller, wanted),
        };
        PlaceCall {
            call_id: call.id,
            to: call.to.clone(),
            from: call.from.clone(),
            ring_seconds: self.business.policy.ring_seconds,
            detect_machine: false,
            agent: Some(Box::new(brief)),
        }
    }
}

impl Engine {
    /// A voice may have been deleted, or its permission withdrawn, since it was decided who speaks with it: the voice that
    /// greets speaks instead. So it does when nobody can say.
    pub(super) async fn with_live_voice(&self, mut call: PlaceCall) -> PlaceCall {
        let house = &self.rules.greeting.voice;
        let Some(agent) = call.agent.as_mut().filter(|agent| agent.voice.is_some() && agent.voice != *house) else {
            return call;
        };
        let kept = match &self.ports.voices {
            Some(voices) => voices.voice_of(&call.to).await.ok().flatten(),
            None => None,
        };
        let now = self.world.now();
        let live = kept.is_some_and(|kept| {
            let lasts = kept.expires_at.is_some_and(|end| end > now);
            kept.state == VoiceState::Live && kept.voice == agent.voice && lasts
        });
        if !live {
            agent.voice.clone_from(house);
            agent.variables.retain(|(name, _)| name != "cloned_voice_id" && name != "fallback_mode");
            let spoken = house.iter().map(|voice| ("cloned_voice_id".to_owned(), voice.0.clone()));
            agent.variables.extend(spoken.chain([("fallback_mode".to_owned(), "true".to_owned())]));
        }
        call
    }
}
