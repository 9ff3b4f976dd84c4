//! Decisions about live calls.

use super::{
    fold::Fold,
    greet::{self, Greeter},
    legs::{Denied, Leg, leg},
    mark::watch,
    missed,
    opting::{self, opted_out},
    steer::by_command,
    words::{language, scene, unproven},
};
use crate::{
    call::{Call, CallState, Direction, Walk},
    effect::{Channel, EffectState},
    event::{Answer, Event},
    id::CallId,
    machine::{Happening, greeting::Prospect, step},
    personal::Phone,
    ports::{Contact, Decision, Loaded, OptOutWay, Recorded},
    reply::{Reply, Verb},
    rules::{Business, Inbound, Rules},
};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// A webhook about a call.
pub(super) struct Told<'a> {
    /// Who sent it.
    pub(super) provider: &'a str,
    /// Its name for the call.
    pub(super) provider_call_id: Option<&'a str>,
    /// What happened.
    pub(super) event: &'a Event,
    /// Which happening it is.
    pub(super) once: &'a str,
    /// Whether whoever is on the line hears the answer.
    pub(super) heard: bool,
}

/// A webhook about a call. What nobody would hear as its answer is told to the line by command.
pub(super) fn on_call(rules: &Rules, loaded: &Loaded, told: &Told<'_>, now: DateTime<Utc>) -> Decision {
    let decision = answer(rules, loaded, told, now);
    if told.heard { decision } else { by_command(rules, loaded, told, decision, now) }
}

fn answer(rules: &Rules, loaded: &Loaded, told: &Told<'_>, now: DateTime<Utc>) -> Decision {
    let Told { provider, provider_call_id, event, .. } = *told;
    let Some(mut call) = loaded.call.clone() else {
        return astray("a webhook for a call nobody here knows; parked");
    };
    match (leg(&call, loaded.effect.as_ref(), provider), &loaded.effect) {
        (Leg::Denied, Some(effect)) => {
            return Denied { rules, loaded, provider, provider_call_id, now }.decide(call, effect.clone(), event);
        }
        (Leg::Own, _) if call.provider_call_id.is_none() => {
            call.provider_call_id = provider_call_id.map(str::to_owned);
        }
        _ => {}
    }
    if call.flow == greet::FLOW {
        match greet::goes_on(rules, &call, event) {
            Some(flow) => call.flow = flow,
            None => return greet::on_call(rules, loaded, call, event, now),
        }
    }
    walk(rules, loaded, call, event, now)
}

/// Somebody rings the business. `loaded` is about the person who rings.
pub(super) fn on_incoming(rules: &Rules, loaded: &Loaded, incoming: Incoming, now: DateTime<Utc>) -> Decision {
    let of_appointment = loaded.appointment.as_ref().map(|appointment| appointment.business.as_str());
    let business = rules
        .business_at(&incoming.to)
        .or_else(|| of_appointment.and_then(|id| rules.business(id)))
        .or_else(|| rules.businesses.values().next());
    let Some(business) = business else {
        return astray("a call came in, but no business is configured");
    };
    let call = Call {
        id: incoming.id,
        appointment_id: loaded.appointment.as_ref().map(|appointment| appointment.id),
        effect_id: None,
        round: loaded.appointment.as_ref().map_or(0, |appointment| appointment.round),
        business: business.id.clone(),
        provider: incoming.provider,
        provider_call_id: incoming.provider_call_id,
        direction: Direction::Inbound,
        from: incoming.from,
        to: incoming.to,
        flow: business.inbound_flow.clone(),
        language: language(business, loaded),
        state: CallState::Ringing,
        outcome: None,
        answered_by: None,
        walk: Walk::default(),
        recording: None,
        transcript: None,
        collected: None,
        talk: None,
        created_at: now,
        started_at: None,
        ended_at: None,
        seconds: None,
        updated_at: now,
    };
    let watch = watch(&call, &business.policy, now);
    let greeted = incoming.prospect.filter(|_| business.inbound == Inbound::Greet);
    // Whoever is put through to an agent, and does not hear the answer to this, is told so.
    let unheard = |call: Call, decision: Decision| {
        let streamed = decision.call.as_ref().is_some_and(|call| call.walk.streamed);
        if incoming.heard || !streamed {
            return decision;
        }
        let (provider, theirs) = (call.provider.clone(), call.provider_call_id.clone());
        let (event, provider_call_id) = (&Event::Incoming, theirs.as_deref());
        let told = Told { provider: &provider, provider_call_id, event, once: "incoming", heard: false };
        by_command(rules, &Loaded { call: Some(call), ..Loaded::default() }, &told, decision, now)
    };
    let mut decision = if incoming.handed {
        handed(business, loaded, call, now)
    } else if let Some(prospect) = greeted {
        Greeter { rules, business, loaded, now }.incoming(call, prospect, incoming.heard)
    } else {
        unheard(call.clone(), walk(rules, loaded, call, &Event::Incoming, now))
    };
    if decision.call.is_some() {
        decision.effects.push(watch);
    }
    decision
}

/// A voice agent of somebody else's has the conversation: nothing is asked here.
fn handed(business: &Business, loaded: &Loaded, mut call: Call, now: DateTime<Utc>) -> Decision {
    call.state = CallState::InProgress;
    call.started_at = Some(now);
    (call.walk.finished, call.walk.chosen) = (true, true);
    let mut fold = Fold::new(business, loaded.appointment.clone(), now);
    let detail = serde_json::json!({ "state": call.state.as_str() });
    fold.record(Event::Incoming.name(), "picked up; handed to the voice agent", detail);
    fold.count(&call.flow, "handed_over");
    fold.decision.call = Some(call);
    fold.decision
}

/// A call that comes in.
pub(super) struct Incoming {
    pub(super) id: CallId,
    pub(super) provider: String,
    pub(super) provider_call_id: Option<String>,
    pub(super) from: Phone,
    pub(super) to: Phone,
    /// Whether a voice agent has it already.
    pub(super) handed: bool,
    /// Whether there is a voice for them, where anybody is greeted with one.
    pub(super) prospect: Option<Prospect>,
    /// Whether they hear what this very webhook is answered.
    pub(super) heard: bool,
}

pub(super) fn walk(rules: &Rules, loaded: &Loaded, call: Call, event: &Event, now: DateTime<Utc>) -> Decision {
    let (Some(business), Some(flow)) = (rules.business(&call.business), rules.flow_of(&call)) else {
        let mut decision = astray("the business or flow of this call is not configured any more");
        decision.reply = Reply(vec![Verb::Hangup]);
        return decision;
    };
    let walked = step(flow, &scene(rules, business, loaded, &call, now), call, event, now);
    let call = walked.call;
    let mut fold = Fold::new(business, loaded.appointment.clone(), now);
    let detail = serde_json::json!({ "state": call.state.as_str(), "step": call.walk.step, "outcome": call.outcome });
    fold.record(event.name(), walked.note, detail);
    for name in &walked.counts {
        fold.count(&call.flow, name);
    }
    settle_by_evidence(&mut fold, loaded, &call, event, now);
    let round = (call.direction == Direction::Outbound).then_some(call.round);
    if walked.opted_out {
        refused(&mut fold, loaded, &call, now);
    }
    if let Some(meaning) = walked.answer {
        fold.happen(&Happening::Answered { meaning, channel: Channel::Voice, round });
    }
    if let Some((outcome, cause)) = walked.ended {
        fold.call_over(&call, outcome, cause);
    }
    missed::after(&mut fold, rules, loaded, loaded.call.as_ref(), &call, now);
    fold.decision.reply = walked.reply;
    fold.decision.call = Some(call);
    fold.decision
}

/// Whoever is on the call wants to hear nothing more from us.
pub(super) fn refused(fold: &mut Fold<'_>, loaded: &Loaded, call: &Call, now: DateTime<Utc>) {
    let (known, evidence) = (opted_out(loaded, call.party(), now), format!("call {}", call.id));
    opting::write(&mut fold.decision, loaded, known, OptOutWay::KeyPress, Some(&evidence));
    fold.happen(&Happening::OptedOut { channel: Channel::Voice });
}

/// A callback about a call proves that it was placed, whatever became of the answer to our request.
pub(super) fn settle_by_evidence(fold: &mut Fold<'_>, loaded: &Loaded, call: &Call, event: &Event, now: DateTime<Utc>) {
    let Some(effect) = loaded.effect.as_ref() else {
        return;
    };
    let evidence = !matches!(event, Event::Noted { .. });
    if evidence && call.effect_id == Some(effect.id) && unproven(effect) {
        let mut effect = effect.clone();
        if effect.state == EffectState::Uncertain {
            fold.record("reconciled", "a callback shows that the call was placed", serde_json::Value::Null);
        }
        if effect.state == EffectState::Waiting {
            // It was put off as a call that nobody is rung by; somebody is, and it counts.
            fold.happen(&Happening::CallResumed { call: call.id });
        }
        effect.state = EffectState::Done;
        effect.passed_on = false;
        effect.reaches.get_or_insert_with(|| call.party().clone());
        effect.reason = None;
        effect.result.clone_from(&call.provider_call_id);
        effect.updated_at = now;
        fold.decision.effect = Some(effect);
    }
}

/// What is known about a person, to be changed.
pub(super) fn contact(loaded: &Loaded, phone: &Phone, now: DateTime<Utc>) -> Contact {
    let blank = Contact {
        phone: phone.clone(),
        language: None,
        time_zone: None,
        consent: None,
        opted_out: Vec::new(),
        heard: BTreeMap::new(),
        updated_at: now,
    };
    let mut contact = loaded.ledger.contact.clone().unwrap_or(blank);
    contact.updated_at = now;
    contact
}

/// Something authentic that belongs to nothing we know: kept for the timeline, of no consequence.
pub(super) fn astray(note: &str) -> Decision {
    let event = Recorded { kind: "parked".to_owned(), note: note.to_owned(), detail: serde_json::Value::Null };
    Decision { events: vec![event], ..Decision::default() }
}

/// The answer a written meaning stands for.
pub(super) fn answer_of(meaning: crate::speech::Meaning) -> Option<Answer> {
    match meaning {
        crate::speech::Meaning::Yes => Some(Answer::Confirmed),
        crate::speech::Meaning::No => Some(Answer::Cancelled),
        crate::speech::Meaning::OtherTime => Some(Answer::OtherTime),
        _ => None,
    }
}
