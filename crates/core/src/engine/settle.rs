//! What the coming back of an effect means.

use super::{
    carriers::{Choice, Resting, choose},
    fold::Fold,
    legs::hang_up,
    mark::{asks_until, detail, finished, longest},
    missed,
    opting::closed_by_carrier,
    steer::{came_back, in_doubt, unasked},
    tell::{business_of, tells_until},
    voices,
    words::scene,
};
use crate::{
    call::{Call, CallState, Outcome},
    effect::{Action, Effect, EffectState, Message, Settlement, Tried},
    event::{EndCause, Event, Wake},
    machine::{Happening, step},
    ports::{Decision, Loaded, Recorded},
    rules::{Business, Rules},
};
use chrono::{DateTime, Duration, Utc};

/// How often something that surely did not happen is tried before it counts as failed.
const MAX_ATTEMPTS: u32 = 8;

/// The same for what does no harm late, such as a calendar entry: a week of a calendar that is away.
const MAX_PATIENT_ATTEMPTS: u32 = 1_000;

fn patience(effect: &Effect) -> u32 {
    match effect.action {
        // A line that is to be ended ends by itself soon.
        Action::Call { .. } | Action::Notify { .. } | Action::HangUp { .. } | Action::AgentCall(_) => MAX_ATTEMPTS,
        Action::Calendar { .. } | Action::Wake { .. } | Action::Alert(_) | Action::CloneVoice => MAX_PATIENT_ATTEMPTS,
        // Nobody permits that it stays: as long as it takes.
        Action::DeleteVoice { .. } => u32::MAX,
        // By the next attempt somebody may be hearing something else.
        Action::Steer { .. } => 1,
    }
}

/// The longest wait before another attempt, whatever the vendor asks for.
const LONGEST_WAIT_SECONDS: i64 = 3_600;

/// How often a carrier that does not answer is asked about a call before a person has to look.
const MAX_WATCHES: u32 = 12;

/// How often the end of a call is waited for, each time as long as a call may take, where the carrier cannot be asked: it
/// may have kept the call in a queue before it rang.
const MAX_BLIND_WATCHES: u32 = 3;

/// An effect came back, from this carrier where it was for one. Settling one that is settled changes nothing.
pub(super) fn settle(
    rules: &Rules,
    rests: &Resting,
    loaded: &Loaded,
    by: Option<&str>,
    result: &Settlement,
    now: DateTime<Utc>,
) -> Decision {
    let Some(effect) = loaded.effect.clone() else {
        return Decision::default();
    };
    let Some(business) = business_of(rules, loaded).and_then(|id| rules.business(id)) else {
        // It stays `started`, and is looked up when its business is configured again.
        return Decision::default();
    };
    if !matches!(effect.state, EffectState::Started | EffectState::Uncertain) {
        // A callback proved it before the answer to our request came; the answer still tells the provider's id.
        return learn(loaded, effect, by, result, now);
    }
    if matches!(effect.action, Action::CloneVoice) {
        return voices::settle(rules, business, loaded, effect, result, now);
    }
    let fold = Fold::new(business, loaded.appointment.clone(), now);
    let mut settler = Settler { rules, rests, business, loaded, by, now, fold };
    let steers = matches!(effect.action, Action::Steer { .. });
    let led = if let Action::Steer { reply } = &effect.action { came_back(reply) } else { None };
    let once = effect.id.to_string();
    settler.settle(effect, result);
    let mut decision = settler.fold.decision;
    let heard = steers && led.is_none() && matches!(result, Settlement::Done { .. });
    if let Some(call) = loaded.call.as_ref().filter(|_| heard) {
        // Who is led elsewhere by it is theirs who have them then.
        decision.call.get_or_insert_with(|| call.clone()).walk.led = true;
    }
    let failed = decision.effect.as_ref().is_some_and(|effect| effect.state == EffectState::Failed);
    let unable = matches!(result, Settlement::Failed { refused: true, .. });
    match led.filter(|_| failed && !unable) {
        Some(event) => unasked(rules, loaded, decision, &event, &once, now),
        None => decision,
    }
}

/// Remembers the provider's id where it was not known yet. When the call has gone to another carrier meanwhile, what this
/// one has placed is a second line, and is ended.
fn learn(loaded: &Loaded, mut effect: Effect, by: Option<&str>, result: &Settlement, now: DateTime<Utc>) -> Decision {
    let mut decision = Decision::default();
    let (Settlement::Done { reference: Some(reference), .. } | Settlement::Found { reference, .. }) = result else {
        return decision;
    };
    let elsewhere = loaded.call.as_ref().zip(by).filter(|(call, by)| call.provider != **by);
    if let Some((call, by)) = elsewhere {
        let rings = !matches!(result, Settlement::Found { ended: Some(_), .. });
        if rings && matches!(effect.action, Action::Call { .. }) {
            let to = &call.provider;
            let note = format!("{by} placed the call as well, when it was with {to} already; its line is ended");
            let detail = serde_json::json!({ "carrier": by });
            decision.events.push(Recorded { kind: "second_line".to_owned(), note, detail });
            decision.effects.push(hang_up(call, by, reference, now));
        }
        return decision;
    }
    if effect.result.is_none() {
        effect.result = Some(reference.clone());
        effect.updated_at = now;
        decision.effect = Some(effect);
    }
    if let Some(mut call) = loaded.call.clone().filter(|call| call.provider_call_id.is_none()) {
        call.provider_call_id = Some(reference.clone());
        call.updated_at = now;
        decision.call = Some(call);
    }
    decision
}

struct Settler<'a> {
    rules: &'a Rules,
    rests: &'a Resting,
    business: &'a Business,
    loaded: &'a Loaded,
    /// The carrier that was asked.
    by: Option<&'a str>,
    now: DateTime<Utc>,
    fold: Fold<'a>,
}

impl Settler<'_> {
    fn settle(&mut self, effect: Effect, result: &Settlement) {
        let watching = matches!(effect.action, Action::Wake { reason: Wake::CallWatch });
        let over = self.loaded.call.as_ref().is_none_or(|call| call.state == CallState::Ended);
        if watching && over {
            // The news came by callback while the carrier was being asked.
            self.fold.decision.effect = Some(finished(effect, EffectState::Done, None, self.now));
            return;
        }
        let moved = self.loaded.call.as_ref().is_some_and(|call| self.by.is_some_and(|by| by != call.provider));
        if watching && moved {
            return self.again(effect, "the call has gone to another carrier", Some(60));
        }
        match result {
            Settlement::Done { reference, link } => {
                self.done(Effect { link: link.clone(), ..effect }, reference.clone())
            }
            Settlement::Found { reference, ended } if watching => self.watched(effect, reference, *ended),
            Settlement::Found { reference, ended } => {
                self.fold.record("reconciled", "the provider has it: it went out", detail(&effect));
                self.done(effect, Some(reference.clone()));
                if let Some((cause, seconds)) = ended {
                    self.end_call(*cause, *seconds);
                }
            }
            Settlement::Missing if watching => {
                self.fold.decision.effect = Some(finished(effect, EffectState::Done, None, self.now));
                self.end_call(EndCause::Failed, None);
            }
            Settlement::Missing => {
                self.fold.record("reconciled", "the provider never had it: it did not go out", detail(&effect));
                // Somebody waits for these words; a call is another attempt, which its appointment plans.
                let words = matches!(effect.action, Action::Alert(_) | Action::Notify { .. });
                let reason = "it never reached the provider";
                if words && effect.attempt < patience(&effect) {
                    self.again(effect, reason, None);
                } else {
                    self.failed(effect, reason, false);
                }
            }
            Settlement::Failed { refused: false, rate_limited: false, reason, retry, after_seconds, .. }
                if matches!(effect.action, Action::Call { .. }) =>
            {
                self.not_placed(effect, reason, *retry, *after_seconds);
            }
            Settlement::Failed { retry: true, reason, after_seconds, .. } if effect.attempt < patience(&effect) => {
                self.again(effect, reason, *after_seconds);
            }
            Settlement::Failed { reason, refused, opted_out, .. } => {
                if *opted_out {
                    closed_by_carrier(&mut self.fold.decision, self.loaded, &effect, self.now);
                }
                self.failed(effect, reason, *refused);
            }
            Settlement::Over => {
                let reason = "the call was over before it could hear it";
                self.fold.record("skipped", reason, detail(&effect));
                self.fold.decision.effect = Some(finished(effect, EffectState::Skipped, Some(reason), self.now));
            }
            Settlement::Uncertain { reason, .. } if matches!(effect.action, Action::Steer { .. }) => {
                in_doubt(&mut self.fold, effect, reason, self.now);
            }
            Settlement::Uncertain { reason, askable } => self.uncertain(effect, reason, *askable),
        }
    }

    /// A carrier surely did not place the call, and the number is not the reason: the next one is asked, in the same
    /// attempt. When nobody is left the attempt has failed, and another one begins with the first. So it does with a call
    /// whose fate was unknown for a while: that is passed on to nobody.
    fn not_placed(&mut self, mut effect: Effect, reason: &str, retry: bool, after_seconds: Option<u32>) {
        let carrier = self.by.unwrap_or_default().to_owned();
        let tried = Tried { carrier: carrier.clone(), attempt: effect.attempt, retry, reason: reason.to_owned() };
        effect.tried.push(tried);
        let known = effect.state == EffectState::Started;
        effect.passed_on = true;
        let until = self.fold.appointment().and_then(|appointment| asks_until(&effect, appointment));
        let choice = choose(self.business, &effect, self.rests);
        match &choice {
            Choice::Ask { carrier: next, .. } if known && until.is_none_or(|until| self.now <= until) => {
                effect.state = EffectState::Waiting;
                effect.reaches = None;
                effect.due_at = self.now;
                effect.reason = Some(format!("{reason}; {next} is asked"));
                effect.updated_at = self.now;
                self.fold.record("passed_on", format!("{reason}; surely not placed, {next} is asked"), detail(&effect));
                self.fold.count("", &format!("carrier:{carrier}:passed_on"));
                if let Some(call) = effect.call_id {
                    self.fold.happen(&Happening::CallPutOff { call });
                }
                self.fold.decision.effect = Some(effect);
            }
            _ => {
                effect.passed_on = false;
                // Whoever rests may be well by then.
                let again = matches!(choice, Choice::Rest { .. }) || effect.tried_now().any(|tried| tried.retry);
                let reasons: Vec<&str> = effect.tried_now().map(|tried| tried.reason.as_str()).collect();
                let reason = reasons.join("; ");
                if again && effect.attempt < patience(&effect) {
                    self.again(effect, &reason, after_seconds);
                } else {
                    self.failed(effect, &reason, false);
                }
            }
        }
    }

    fn done(&mut self, effect: Effect, reference: Option<String>) {
        let mut effect = finished(effect, EffectState::Done, None, self.now);
        effect.result.clone_from(&reference);
        self.fold.record("done", format!("{} done", effect.action.kind().replace('_', " ")), detail(&effect));
        if let (true, Some(call)) = (effect.action.places_call(), &self.loaded.call) {
            let mut call = call.clone();
            call.provider_call_id = call.provider_call_id.or(reference);
            call.updated_at = self.now;
            self.fold.decision.call = Some(call);
        }
        self.asked(&effect, true);
        self.fold.decision.effect = Some(effect);
    }

    fn watched(&mut self, effect: Effect, reference: &str, ended: Option<(EndCause, Option<u32>)>) {
        if let Some(call) = self.loaded.call.clone() {
            self.fold.decision.call =
                Some(Call { provider_call_id: call.provider_call_id.clone().or(Some(reference.to_owned())), ..call });
        }
        if let Some((cause, seconds)) = ended {
            self.fold.record(
                "reconciled",
                "the carrier says that the call is over; its callback was lost",
                detail(&effect),
            );
            self.fold.decision.effect = Some(finished(effect, EffectState::Done, None, self.now));
            self.end_call(cause, seconds);
        } else {
            // A carrier that answers is to be trusted with the next question; only silence uses up the patience.
            self.again(Effect { attempt: 0, ..effect }, "the call goes on", Some(60));
        }
    }

    fn again(&mut self, mut effect: Effect, reason: &str, after_seconds: Option<u32>) {
        let backoff = i64::from(2_u32.saturating_pow(effect.attempt.min(9))).min(600);
        let wait = after_seconds.map_or(backoff, i64::from).min(LONGEST_WAIT_SECONDS);
        let due_at = self.now + Duration::seconds(wait);
        let asks = self.fold.appointment().and_then(|appointment| asks_until(&effect, appointment));
        if asks.or_else(|| tells_until(&effect)).is_some_and(|until| due_at > until) {
            let reason = format!("{reason}; there is no time left to try it again");
            return self.failed(effect, &reason, false);
        }
        effect.state = EffectState::Waiting;
        // It surely reached nobody: it does not count against the caps, and whatever doubt there was is over.
        effect.reaches = None;
        effect.lookups = 0;
        effect.due_at = due_at;
        effect.reason = Some(reason.to_owned());
        effect.updated_at = self.now;
        self.fold.record("again", format!("not yet: {reason}"), detail(&effect));
        if let (Action::Call { .. }, Some(call)) = (&effect.action, effect.call_id) {
            self.fold.happen(&Happening::CallPutOff { call });
        }
        self.fold.decision.effect = Some(effect);
    }

    fn failed(&mut self, effect: Effect, reason: &str, refused: bool) {
        self.fold.record("failed", reason, detail(&effect));
        self.fold.count("", &format!("effect:{}:failed", effect.action.kind()));
        let mut effect = finished(effect, EffectState::Failed, Some(reason), self.now);
        effect.reaches = None;
        if effect.action.places_call() {
            self.end_call(if refused { EndCause::Refused } else { EndCause::Failed }, None);
        }
        self.asked(&effect, false);
        self.fold.decision.effect = Some(effect);
    }

    fn uncertain(&mut self, mut effect: Effect, reason: &str, askable: bool) {
        if matches!(effect.action, Action::Wake { .. } | Action::Calendar { .. }) {
            // Asking more often is of no use where nothing is ever answered; only the news themselves may still come.
            let blind = self.blind_span();
            let most = if blind.is_some() { MAX_BLIND_WATCHES - 1 } else { MAX_WATCHES };
            if effect.attempt <= most {
                return self.again(effect, reason, blind);
            }
        }
        // A watch has asked often enough by now, and who cannot be asked is asked no more; else look-ups are counted.
        let watched = matches!(effect.action, Action::Wake { .. });
        effect.lookups = if watched || !askable {
            Effect::MAX_LOOKUPS
        } else {
            effect.lookups + u32::from(effect.state == EffectState::Uncertain)
        };
        effect.state = EffectState::Uncertain;
        let wait = self.rules.lookup_after * i32::try_from(2_u32.saturating_pow(effect.lookups.min(8))).unwrap_or(256);
        effect.due_at = self.now + wait;
        effect.reason = Some(reason.to_owned());
        effect.updated_at = self.now;
        self.fold.record("uncertain", format!("nobody knows whether it went out: {reason}"), detail(&effect));
        if !effect.wants_job() {
            let told = if askable { "could not tell either" } else { "cannot be asked" };
            self.fold.record("uncertain", format!("the provider {told}; a person has to look"), detail(&effect));
            self.fold.count("", &format!("effect:{}:uncertain", effect.action.kind()));
            // A call whose carrier cannot be asked may be ringing now, and whoever picks up is to be asked the question: it
            // is over when its watch says so, as any call of such a carrier's.
            let ends = watched || effect.action.places_call() && askable;
            if let Some(call) = self.loaded.call.clone().filter(|call| ends && call.state != CallState::Ended) {
                let call = Call {
                    state: CallState::Ended,
                    outcome: Some(Outcome::Uncertain),
                    ended_at: Some(self.now),
                    updated_at: self.now,
                    ..call
                };
                self.fold.call_over(&call, Outcome::Uncertain, EndCause::Failed);
                self.fold.decision.call = Some(call);
            }
            self.asked(&effect, true);
        }
        self.fold.decision.effect = Some(effect);
    }

    /// How many seconds a call may take, where its carrier cannot be asked about it.
    fn blind_span(&self) -> Option<u32> {
        let call = self.loaded.call.as_ref()?;
        let blind = self.rules.abilities.get(&call.provider).is_some_and(|can| !can.finds);
        let span = longest(&self.business.policy);
        blind.then(|| u32::try_from(span.num_seconds()).unwrap_or(u32::MAX))
    }

    /// A message that asks is a rung of the ladder; the next one follows it.
    fn asked(&mut self, effect: &Effect, sent: bool) {
        if let Action::Notify { channel, message: Message::AskToConfirm } = effect.action {
            self.fold.happen(&Happening::Asked { channel, effect: effect.id, sent });
        }
    }

    fn end_call(&mut self, cause: EndCause, seconds: Option<u32>) {
        let call = self.fold.decision.call.clone().or_else(|| self.loaded.call.clone());
        let Some(call) = call.filter(|call| call.state != CallState::Ended) else {
            return;
        };
        let Some(flow) = self.rules.flow_of(&call) else {
            return;
        };
        let Some(business) = self.rules.business(&call.business) else {
            return;
        };
        let scene = scene(self.rules, business, self.loaded, &call, self.now);
        let walked = step(flow, &scene, call, &Event::Ended { cause, seconds }, self.now);
        for name in &walked.counts {
            self.fold.count(&walked.call.flow, name);
        }
        if let Some((outcome, cause)) = walked.ended {
            self.fold.call_over(&walked.call, outcome, cause);
        }
        missed::after(&mut self.fold, self.rules, self.loaded, self.loaded.call.as_ref(), &walked.call, self.now);
        self.fold.decision.call = Some(walked.call);
    }
}
