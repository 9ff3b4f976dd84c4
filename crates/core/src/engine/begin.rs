//! Whether an effect may begin: the gate is asked, and that it begins is put on record.

use super::{
    fold::Fold,
    mark::{asks_until, detail, end, finished, started, watch},
    words::{calendar_entry, language, notification, zone},
};
use crate::{
    appointment::Status,
    call::{Call, CallState, Direction, Walk},
    contact::{Recipient, Verdict, may_contact},
    effect::{Action, Channel, Delivery, Effect, EffectState, Message},
    event::Wake,
    id::CallId,
    machine::Happening,
    ports::{CalendarEntry, CallCommand, Decision, Loaded, Notification, PlaceCall},
    rules::{Business, Rules},
};
use chrono::{DateTime, Duration, Utc};

/// What is to be done outside, now that it is on record.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Task {
    /// Nothing; the decision said it all.
    Nothing,
    /// Somebody may still be at it; look again then.
    Later(DateTime<Utc>),
    /// Place a call with this carrier.
    Place { provider: String, call: PlaceCall },
    /// Send a message.
    Notify(Notification),
    /// Write the calendar entry.
    Calendar(CalendarEntry),
    /// Ask this carrier what became of a call.
    FindCall { provider: String, command: CallCommand },
    /// Ask who sends on this channel what became of the message.
    FindMessage(Channel),
}

/// An effect is due: asks the gate, and puts on record that it begins.
pub(super) fn begin(rules: &Rules, loaded: &Loaded, now: DateTime<Utc>) -> (Decision, Task) {
    let nothing = (Decision::default(), Task::Nothing);
    let Some(effect) = loaded.effect.clone() else {
        return nothing;
    };
    let business = loaded.appointment.as_ref().map(|appointment| &appointment.business);
    let Some(business) = business.or_else(|| loaded.call.as_ref().map(|call| &call.business)) else {
        return match effect.state {
            EffectState::Waiting | EffectState::Started | EffectState::Uncertain => {
                (end(effect, EffectState::Failed, "what it was for is gone", now), Task::Nothing)
            }
            EffectState::Skipped | EffectState::Done | EffectState::Failed => nothing,
        };
    };
    let Some(business) = rules.business(business) else {
        // A slip in the configuration is mended by whoever made it; what was to be done waits for that.
        return (Decision::default(), Task::Later(now + Duration::minutes(10)));
    };
    match effect.state {
        EffectState::Waiting if effect.due_at > now => (Decision::default(), Task::Later(effect.due_at)),
        EffectState::Waiting => Beginner { rules, business, loaded, now }.begin(effect),
        EffectState::Started if effect.action.delivery() == Delivery::AtLeastOnce => {
            // A calendar entry or a timer does no harm twice.
            let lease = effect.updated_at + rules.lease;
            if lease > now {
                (Decision::default(), Task::Later(lease))
            } else {
                Beginner { rules, business, loaded, now }.begin(effect)
            }
        }
        EffectState::Started => {
            let lease = effect.updated_at + rules.lease;
            if lease > now {
                return (Decision::default(), Task::Later(lease));
            }
            // Whoever began it is gone, and took the answer along.
            let mut effect = effect;
            effect.state = EffectState::Uncertain;
            effect.reason = Some("the process ended before the answer came; looking it up".to_owned());
            // This run looks it up now; the job that comes later is there in case that this process ends as well.
            effect.due_at = now + rules.lease;
            effect.updated_at = now;
            let task = look_up(loaded, &effect);
            let mut fold = Fold::new(business, None, now);
            fold.record("uncertain", "nobody knows whether it went out; looking it up", detail(&effect));
            fold.decision.effect = Some(effect);
            (fold.decision, task)
        }
        // Looked up often enough; a person has to look, and may ask for another round.
        EffectState::Uncertain if !effect.wants_job() => nothing,
        EffectState::Uncertain if effect.due_at > now => (Decision::default(), Task::Later(effect.due_at)),
        EffectState::Uncertain => (Decision::default(), look_up(loaded, &effect)),
        EffectState::Skipped | EffectState::Done | EffectState::Failed => nothing,
    }
}

fn look_up(loaded: &Loaded, effect: &Effect) -> Task {
    match (&effect.action, &loaded.call) {
        (Action::Call { .. } | Action::Wake { .. }, Some(call)) => Task::FindCall {
            provider: call.provider.clone(),
            command: CallCommand::Find {
                call_id: call.id,
                provider_call_id: call.provider_call_id.clone(),
                from: call.from.clone(),
                to: call.to.clone(),
                since: call.created_at,
            },
        },
        (Action::Notify { channel, .. }, _) => Task::FindMessage(*channel),
        _ => Task::Nothing,
    }
}

struct Beginner<'a> {
    rules: &'a Rules,
    business: &'a Business,
    loaded: &'a Loaded,
    now: DateTime<Utc>,
}

impl Beginner<'_> {
    fn begin(&self, effect: Effect) -> (Decision, Task) {
        match effect.action.clone() {
            Action::Wake { reason: Wake::CallWatch } => self.watch(effect),
            Action::Wake { reason } => self.wake(effect, reason),
            Action::Calendar { revision } => self.calendar(effect, revision),
            Action::Call { .. } => self.reach(effect, Channel::Voice),
            Action::Notify { channel, .. } => self.reach(effect, channel),
        }
    }

    fn wake(&self, effect: Effect, reason: Wake) -> (Decision, Task) {
        let mut fold = Fold::new(self.business, self.loaded.appointment.clone(), self.now);
        fold.happen(&Happening::Woke { reason });
        fold.decision.effect = Some(finished(effect, EffectState::Done, None, self.now));
        (fold.decision, Task::Nothing)
    }

    fn watch(&self, effect: Effect) -> (Decision, Task) {
        match &self.loaded.call {
            Some(call) if call.state != CallState::Ended => {
                let task = look_up(self.loaded, &effect);
                (Decision { effect: Some(started(effect, self.now)), ..Decision::default() }, task)
            }
            _ => (
                Decision { effect: Some(finished(effect, EffectState::Done, None, self.now)), ..Decision::default() },
                Task::Nothing,
            ),
        }
    }

    fn calendar(&self, effect: Effect, revision: u32) -> (Decision, Task) {
        let Some(appointment) = &self.loaded.appointment else {
            return (end(effect, EffectState::Skipped, "the appointment is gone", self.now), Task::Nothing);
        };
        if revision < appointment.revision {
            return (
                end(effect, EffectState::Skipped, "a later change is on its way to the calendar", self.now),
                Task::Nothing,
            );
        }
        let entry = calendar_entry(self.rules, self.business, appointment);
        (Decision { effect: Some(started(effect, self.now)), ..Decision::default() }, Task::Calendar(entry))
    }

    /// Calls and messages: the gate is asked, and only then does anything go out.
    fn reach(&self, effect: Effect, channel: Channel) -> (Decision, Task) {
        let Some(appointment) = &self.loaded.appointment else {
            return (end(effect, EffectState::Skipped, "the appointment is gone", self.now), Task::Nothing);
        };
        let asks = effect.withdrawable();
        let moot =
            appointment.answer.is_some() || !matches!(appointment.status, Status::Scheduled | Status::Confirming);
        if asks && moot {
            return (end(effect, EffectState::Skipped, "nothing to ask any more", self.now), Task::Nothing);
        }
        if channel == Channel::Voice && self.loaded.call.as_ref().is_some_and(|call| call.state == CallState::Ended) {
            return (end(effect, EffectState::Skipped, "the call it was to place is over", self.now), Task::Nothing);
        }
        if asks_until(&effect, appointment).is_some_and(|until| self.now > until + self.rules.lease) {
            return self.refuse(effect, channel, "the time for asking has passed");
        }
        if channel == Channel::Voice && appointment.live_call.is_some_and(|live| Some(live) != effect.call_id) {
            // Put off, not dropped: the call under way may be about a time that has changed since.
            let mut effect = effect;
            effect.due_at = self.now + Duration::minutes(1);
            effect.reason = Some("a call is under way already".to_owned());
            effect.updated_at = self.now;
            return (Decision { effect: Some(effect), ..Decision::default() }, Task::Nothing);
        }
        let recipient =
            Recipient { phone: &appointment.customer.phone, zone: Some(zone(self.business, self.loaded)), channel };
        let contact = &self.business.contact;
        let contact = if asks { contact.clone() } else { contact.for_answers() };
        match may_contact(&contact, &recipient, &self.loaded.ledger, self.now) {
            Verdict::Allowed => self.go(effect, channel),
            Verdict::Wait { until, reason } if !asks || until < appointment.ask_until => {
                let mut effect = effect;
                effect.due_at = until;
                effect.reason = Some(reason.clone());
                effect.updated_at = self.now;
                let mut fold = Fold::new(self.business, None, self.now);
                fold.record("waiting", format!("not now: {reason}"), detail(&effect));
                fold.decision.effect = Some(effect);
                (fold.decision, Task::Nothing)
            }
            Verdict::Wait { reason, .. } => {
                self.refuse(effect, channel, &format!("{reason}; there is no time left before the appointment"))
            }
            Verdict::Never { reason } => self.refuse(effect, channel, &reason),
        }
    }

    fn refuse(&self, effect: Effect, channel: Channel, reason: &str) -> (Decision, Task) {
        let mut fold = Fold::new(self.business, self.loaded.appointment.clone(), self.now);
        fold.record("skipped", reason, detail(&effect));
        match &effect.action {
            Action::Call { .. } => {
                fold.happen(&Happening::CallRefused { effect: effect.id, reason: reason.to_owned() })
            }
            Action::Notify { message: Message::AskToConfirm, .. } => {
                fold.happen(&Happening::Asked { channel, effect: effect.id, sent: false });
            }
            _ => {}
        }
        fold.decision.effect = Some(finished(effect, EffectState::Skipped, Some(reason), self.now));
        (fold.decision, Task::Nothing)
    }

    fn go(&self, effect: Effect, channel: Channel) -> (Decision, Task) {
        let first = effect.attempt == 0;
        let appointment = self.loaded.appointment.clone();
        let mut fold = Fold::new(self.business, appointment.clone(), self.now);
        let mut effect = started(effect, self.now);
        // Answers are not counted: who wrote to us is not kept from being asked by it.
        let asks = effect.withdrawable();
        effect.reaches = appointment.filter(|_| asks).map(|appointment| appointment.customer.phone);
        let task = match effect.action.clone() {
            Action::Call { .. } => match self.call(&effect) {
                Ok((call, task)) => {
                    if first {
                        fold.happen(&Happening::CallBegan { call: call.id });
                        fold.count(&call.flow, "call:placed");
                        fold.decision.effects.push(watch(&call, &self.business.policy, self.now));
                    } else {
                        fold.happen(&Happening::CallResumed { call: call.id });
                    }
                    fold.decision.call = Some(call);
                    task
                }
                Err(reason) => return self.refuse(effect, channel, reason),
            },
            Action::Notify { channel, message } => {
                match notification(self.rules, self.business, self.loaded, channel, message) {
                    Some(notification) => Task::Notify(notification),
                    None => return self.refuse(effect, channel, "there is no address for it"),
                }
            }
            Action::Calendar { .. } | Action::Wake { .. } => Task::Nothing,
        };
        fold.record("begun", format!("{} begins", effect.action.kind()), detail(&effect));
        fold.decision.effect = Some(effect);
        (fold.decision, task)
    }

    fn call(&self, effect: &Effect) -> Result<(Call, Task), &'static str> {
        let appointment = self.loaded.appointment.as_ref().ok_or("the appointment is gone")?;
        let provider = self.business.carriers.first().ok_or("no carrier is configured for this business")?.clone();
        let from = self.business.phone.clone().ok_or("the business has no number to call from; set its phone")?;
        let call = match &self.loaded.call {
            Some(call) => call.clone(),
            None => Call {
                id: CallId(effect.id.0),
                appointment_id: Some(appointment.id),
                effect_id: Some(effect.id),
                round: appointment.round,
                business: self.business.id.clone(),
                provider,
                provider_call_id: None,
                direction: Direction::Outbound,
                from: from.clone(),
                to: appointment.customer.phone.clone(),
                flow: self.business.flow.clone(),
                language: language(self.business, self.loaded),
                state: CallState::Dialing,
                outcome: None,
                answered_by: None,
                walk: Walk::default(),
                created_at: self.now,
                started_at: None,
                ended_at: None,
                seconds: None,
                updated_at: self.now,
            },
        };
        let place = PlaceCall {
            call_id: call.id,
            to: call.to.clone(),
            from,
            ring_seconds: self.business.policy.ring_seconds,
            detect_machine: self.business.policy.detect_machine,
        };
        let task = Task::Place { provider: call.provider.clone(), call: place };
        Ok((call, task))
    }
}
