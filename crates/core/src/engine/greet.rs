//! Callers who are greeted at once while a voice is made ready for them: what the greeting machine wants becomes effects.

use super::{
    begin::{Beginner, Task},
    calls::{refused, settle_by_evidence},
    fold::Fold,
    mark::finished,
    missed,
    words::scene,
};
use crate::{
    call::{Call, CallState},
    effect::{Action, AgentCall, Effect, EffectState},
    event::{EndCause, Event, Wake},
    greeting::Strategy,
    id::{CallId, EffectId},
    machine::{
        greeting::{Greeting, Input, Output, Prospect, Spoken, Stage},
        step,
    },
    ports::{Decision, Loaded},
    reply::{Reply, Verb},
    rules::{Business, Inbound, Rules},
};
use chrono::{DateTime, Duration, Utc};

/// Stands for a flow in the rows of greeted calls, and of those by which callers are rung back: nobody presses keys there.
pub(super) const FLOW: &str = "greeting";

/// How long a greeting is listened to at the least, before the agent speaks: a voice may be there, or fail, within a moment.
pub(super) const GREETED: Duration = Duration::seconds(5);

/// Decides about one greeted call.
pub(super) struct Greeter<'a> {
    pub(super) rules: &'a Rules,
    pub(super) business: &'a Business,
    pub(super) loaded: &'a Loaded,
    pub(super) now: DateTime<Utc>,
}

impl Greeter<'_> {
    /// Somebody rings. `heard` says whether they hear the reply.
    pub(super) fn incoming(&self, mut call: Call, prospect: Prospect, heard: bool) -> Decision {
        FLOW.clone_into(&mut call.flow);
        let mut fold = Fold::new(self.business, None, self.now);
        let detail = serde_json::json!({ "state": call.state.as_str() });
        fold.record(Event::Incoming.name(), "rings; is greeted by a voice agent", detail);
        fold.count(FLOW, "greeted");
        if matches!(prospect, Prospect::Ready(_)) {
            fold.count("", "voice:reused");
        }
        let inline = self.rules.greeting.strategy == Strategy::Inline;
        let moves = self.rules.abilities.get(&call.provider).is_none_or(|can| can.moves);
        // A caller who could not be told anything later is brought to the agent at once.
        let prospect = if inline && !moves && prospect == Prospect::Clone { Prospect::Plain } else { prospect };
        if inline {
            call.state = CallState::InProgress;
            call.started_at = Some(self.now);
        }
        let mut verbs = self.advance(&mut fold, &mut call, Input::Incoming(prospect));
        let steers = self.rules.abilities.get(&call.provider).is_none_or(|can| can.steers);
        if heard && steers && !inline {
            // A line that is told nothing is hung up on, and whoever has hung up is not rung back.
            verbs = self.greeting(&call, true);
        }
        self.say(&mut fold, &call, verbs, heard);
        fold.decision.call = Some(call);
        fold.decision
    }

    /// Something else happens to it: the machine is asked, and the call changes with it.
    pub(super) fn happen(&self, fold: &mut Fold<'_>, call: &mut Call, input: Input) {
        let verbs = self.advance(fold, call, input);
        self.say(fold, call, verbs, false);
        call.updated_at = self.now;
    }

    /// Turns what the machine wants into effects; gives what the caller hears in this very call.
    fn advance(&self, fold: &mut Fold<'_>, call: &mut Call, input: Input) -> Vec<Verb> {
        let greeting = call.walk.greeting.take().map(|greeting| *greeting).unwrap_or_default();
        let (mut greeting, outputs) = greeting.advance(input);
        let callback = self.rules.greeting.strategy == Strategy::Callback;
        let mut verbs = Vec::new();
        for output in outputs {
            match output {
                Output::Greet if callback => {
                    let wanted = AgentCall { greeting: true, ..self.agent_call(call, &greeting) };
                    greeting.greeting_call = Some(self.ring_back(fold, call, "greeting", wanted, self.now));
                }
                Output::Greet => verbs.extend(self.greeting(call, true)),
                Output::Clone => fold.decision.effects.push(self.planned(call, "clone-voice", Action::CloneVoice)),
                Output::Wait => {
                    let wait = self.planned(call, "greeting-wait", Action::Wake { reason: Wake::GreetingWait });
                    let due_at = self.now + self.rules.greeting.longest_wait;
                    fold.decision.effects.push(Effect { due_at, ..wait });
                }
                Output::StartAgent { voice, greets } => {
                    let turn = greeting.turn.map_or("", |turn| turn.as_str());
                    let note = format!("the agent is asked for: {}", turn.replace('_', " "));
                    fold.record("agent", note, serde_json::json!({ "turn": turn }));
                    fold.count(FLOW, &format!("agent:{turn}"));
                    let fallback = voice == Spoken::Fallback;
                    let cloned = if let Spoken::Cloned(voice) = voice { Some(voice) } else { None };
                    let wanted = AgentCall { greets, cloned, fallback, ..self.agent_call(call, &greeting) };
                    if callback {
                        call.walk.transferred = true;
                        let due_at = if greets { self.now } else { self.greeted(call) };
                        greeting.agent_call = Some(self.ring_back(fold, call, "agent", wanted, due_at));
                    } else {
                        verbs.extend(if greets { self.greeting(call, false) } else { Vec::new() });
                        let verb = self.hand_over(call, &wanted);
                        call.walk.transferred = matches!(verb, Verb::Transfer { .. });
                        call.walk.streamed = matches!(verb, Verb::Stream { .. });
                        // The other end has the conversation, or nobody has.
                        call.walk.finished = !call.walk.transferred;
                        verbs.push(verb);
                    }
                }
                Output::Cancel => {
                    for rung in [greeting.greeting_call, greeting.agent_call].into_iter().flatten() {
                        fold.decision.effects.push(self.stop(rung));
                    }
                }
            }
        }
        call.walk.greeting = Some(Box::new(greeting));
        verbs
    }

    fn planned(&self, call: &Call, what: &str, action: Action) -> Effect {
        let id = EffectId::derive(call.created_at, &[what, &call.id.to_string()]);
        Effect { call_id: Some(call.id), ..Effect::planned(id, None, action, self.now, self.now) }
    }

    fn agent_call(&self, call: &Call, greeting: &Greeting) -> AgentCall {
        AgentCall {
            caller: call.id,
            business: self.business.id.clone(),
            greeting: false,
            greets: false,
            cloned: None,
            fallback: false,
            greeting_call: greeting.greeting_call,
        }
    }

    /// When a caller has listened to the greeting for long enough.
    fn greeted(&self, call: &Call) -> DateTime<Utc> {
        self.now.max(call.created_at + GREETED)
    }

    /// Plans a call to whoever is on this one; gives its name.
    fn ring_back(
        &self,
        fold: &mut Fold<'_>,
        call: &Call,
        what: &str,
        wanted: AgentCall,
        due_at: DateTime<Utc>,
    ) -> CallId {
        let mut effect = self.planned(call, what, Action::AgentCall(Box::new(wanted)));
        effect.due_at = due_at;
        let rung = CallId(effect.id.0);
        effect.call_id = Some(rung);
        // By this it is decided under the same lock as everything else about the person.
        effect.reaches = Some(call.party().clone());
        fold.decision.effects.push(effect);
        rung
    }

    /// Ends a call that rings somebody who has hung up, or keeps it from being placed.
    fn stop(&self, rung: CallId) -> Effect {
        let id = EffectId::derive(self.now, &["hang-up", &rung.to_string()]);
        let action = Action::HangUp { line: None };
        Effect { call_id: Some(rung), ..Effect::planned(id, None, action, self.now, self.now) }
    }

    fn greeting(&self, call: &Call, waits: bool) -> Vec<Verb> {
        let policy = &self.rules.greeting;
        let say = |text: &String| Verb::Say { text: text.clone(), language: call.language };
        let mut verbs: Vec<Verb> = policy.message.iter().map(say).collect();
        if waits {
            verbs.extend(policy.music.iter().map(|url| Verb::Play { url: url.clone() }));
            // What is played may be over before the wait is, and a call that has nothing to hear ends.
            let seconds = u32::try_from(policy.longest_wait.num_seconds()).unwrap_or(60).saturating_add(10);
            verbs.push(Verb::Pause { seconds });
        }
        verbs
    }

    /// Brings the caller to the agent within the same call.
    fn hand_over(&self, call: &Call, wanted: &AgentCall) -> Verb {
        let from = self.business.number_with(&call.provider).unwrap_or(&call.to).clone();
        // The fence around trials holds for whom a caller is handed to, as well.
        let only = self.business.contact.only.as_ref();
        let fenced = |to: &&crate::personal::Phone| only.is_none_or(|only| only == *to);
        if let Some(to) = self.rules.greeting.agent.as_ref().filter(fenced) {
            return Verb::Transfer { to: to.clone(), from };
        }
        match scene(self.rules, self.business, self.loaded, call, self.now).stream {
            Some(Verb::Stream { url, mut parameters }) => {
                parameters.extend(variables(self.rules, call, wanted));
                Verb::Stream { url, parameters }
            }
            _ => match self.business.desk.as_ref().filter(fenced) {
                Some(desk) => Verb::Transfer { to: desk.clone(), from },
                None => Verb::Hangup,
            },
        }
    }

    /// Lets the caller hear it: as the answer to this webhook, else by a command.
    fn say(&self, fold: &mut Fold<'_>, call: &Call, verbs: Vec<Verb>, heard: bool) {
        if verbs.is_empty() {
            return;
        }
        if heard {
            fold.decision.reply = Reply(verbs);
            return;
        }
        let agent = call.walk.greeting.as_ref().is_some_and(|greeting| greeting.stage == Stage::AgentStarted);
        let what = if agent { "agent-steer" } else { "greeting-steer" };
        let steer = self.planned(call, what, Action::Steer { reply: Reply(verbs) });
        let due_at = if agent && call.created_at < self.now { self.greeted(call) } else { self.now };
        fold.decision.effects.push(Effect { due_at, ..steer });
    }
}

/// What the agent is told besides, under seed 003's names.
pub(super) fn variables(rules: &Rules, caller: &Call, wanted: &AgentCall) -> Vec<(String, String)> {
    let policy = &rules.greeting;
    let mut variables = vec![("caller_id", caller.party().reveal().to_owned())];
    variables.extend(caller.provider_call_id.clone().map(|id| ("threecx_call_id", id)));
    variables.extend(wanted.greeting_call.map(|id| ("greeting_call_id", id.to_string())));
    let voice = wanted.cloned.as_ref().or(policy.voice.as_ref());
    variables.extend(voice.map(|voice| ("cloned_voice_id", voice.0.clone())));
    variables.push(("is_greeting", wanted.greeting.to_string()));
    if wanted.greeting || wanted.greets {
        variables.extend(policy.message.clone().map(|message| ("message", message)));
    }
    if wanted.greeting {
        variables.extend(policy.music.clone().map(|url| ("background_music_url", url)));
    }
    variables.push(("fallback_mode", wanted.fallback.to_string()));
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The flow in which a greeted caller goes on, where this ends what they were led to by the greeting: a media stream that is
/// over, or an agent's number that does not have them any more.
pub(super) fn goes_on(rules: &Rules, call: &Call, event: &Event) -> Option<String> {
    let walk = &call.walk;
    let over = match event {
        Event::Streamed => walk.streamed,
        // A carrier that does not say that a stream is over asks what is heard next.
        Event::Answered { .. } => walk.streamed && call.state == CallState::InProgress,
        Event::Transferred { .. } => walk.transferred,
        _ => false,
    };
    let inline = walk.greeting.as_ref().is_some_and(|greeting| greeting.agent_call.is_none());
    let business = rules.business(&call.business).filter(|_| over && inline && call.state != CallState::Ended)?;
    Some(business.inbound_flow.clone())
}

/// A webhook about a greeted call, or about one by which a caller is rung back. Nobody listens to an answer.
pub(super) fn on_call(rules: &Rules, loaded: &Loaded, mut call: Call, event: &Event, now: DateTime<Utc>) -> Decision {
    let (Some(business), Some(flow)) = (rules.business(&call.business), rules.flow_of(&call)) else {
        return super::calls::astray("the business of this call is not configured any more");
    };
    // The appointment is spoken about by nobody here; a refusal concerns it all the same.
    let refuses = matches!(event, Event::Ended { cause: EndCause::OptedOut, .. });
    let mut fold = Fold::new(business, loaded.appointment.clone().filter(|_| refuses), now);
    let note = match event {
        Event::Ended { .. } => {
            let over = call.state == CallState::Ended;
            let walked = step(flow, &scene(rules, business, loaded, &call, now), call, event, now);
            for name in &walked.counts {
                fold.count(FLOW, name);
            }
            call = walked.call;
            if walked.opted_out {
                refused(&mut fold, loaded, &call, now);
            }
            missed::after(&mut fold, rules, loaded, loaded.call.as_ref(), &call, now);
            if call.state == CallState::Ended && call.walk.greeting.is_some() && !over {
                let greeter = Greeter { rules, business, loaded, now };
                greeter.happen(&mut fold, &mut call, Input::CallEnded);
            }
            walked.note
        }
        Event::Ringing | Event::Answered { .. } if call.state == CallState::Ended => {
            "told after the end; ignored".to_owned()
        }
        Event::Ringing => {
            call.state = call.state.max(CallState::Ringing);
            "ringing".to_owned()
        }
        Event::Answered { by } => {
            call.state = CallState::InProgress;
            call.started_at = call.started_at.or(Some(now));
            call.answered_by = call.answered_by.or(Some(*by));
            "picked up".to_owned()
        }
        other => format!("{} does not move a greeted call", other.name()),
    };
    call.updated_at = now;
    let detail = serde_json::json!({ "state": call.state.as_str(), "outcome": call.outcome });
    // What was decided because of it is told after it.
    fold.decision.events.insert(0, crate::ports::Recorded { kind: event.name().to_owned(), note, detail });
    settle_by_evidence(&mut fold, loaded, &call, event, now);
    fold.decision.call = Some(call);
    fold.decision
}

impl Beginner<'_> {
    /// A caller has waited long enough for a voice.
    pub(super) fn waited(&self, effect: Effect) -> (Decision, Task) {
        let mut fold = Fold::new(self.business, None, self.now);
        if let Some(mut call) = self.loaded.call.clone().filter(|call| call.state != CallState::Ended) {
            let Self { rules, business, loaded, now, .. } = *self;
            Greeter { rules, business, loaded, now }.happen(&mut fold, &mut call, Input::WaitOver);
            fold.decision.call = Some(call);
        }
        fold.decision.effect = Some(finished(effect, EffectState::Done, None, self.now));
        (fold.decision, Task::Nothing)
    }
}

/// Whether anybody here is greeted.
pub(super) fn greets(rules: &Rules) -> bool {
    rules.businesses.values().any(|business| business.inbound == Inbound::Greet)
}
