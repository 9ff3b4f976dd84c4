//! Whether an effect may begin: the gate is asked, and that it begins is put on record.

use super::{
    carriers::{Choice, Resting, choose, rest_words},
    fold::Fold,
    look_up::look_up,
    mark::{asks_until, detail, end, finished, longest, started, watch},
    settle::settle,
    steer::in_doubt,
    tell::business_of,
    voices::Asked,
    words::{notification, zone},
};
use crate::{
    appointment::Status,
    call::{Call, CallState, Outcome},
    contact::{ContactPolicy, Recipient, Verdict, may_contact},
    effect::{Action, Channel, Delivery, Effect, EffectState, Message, Settlement},
    event::Wake,
    id::CallId,
    machine::Happening,
    personal::Phone,
    ports::{CalendarEntry, CallCommand, Decision, Loaded, Notification, PlaceCall, Sought, VoiceId},
    reply::Reply,
    rules::{Business, Rules},
};
use chrono::{DateTime, Duration, Utc};

/// How soon a call is tried again that found another one with the same person under way. Most are over by then: it rings
/// for half a minute, and a question is answered in another. Sooner would write rows for nothing, later would take from
/// the hours in which people may be asked.
pub(super) const WHILE_TALKING: Duration = Duration::minutes(1);

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
    Notify(Box<Notification>),
    /// Write the calendar entry.
    Calendar(CalendarEntry),
    /// Ask this carrier what became of a call.
    FindCall { provider: String, command: CallCommand },
    /// Ask who sends on its channel what became of a message.
    FindMessage(Box<Sought>),
    /// End what this carrier rings.
    HangUp { provider: String, call: CallId, provider_call_id: String },
    /// Tell this carrier what a live call hears next.
    Steer { provider: String, call: CallId, provider_call_id: String, reply: Reply },
    /// Post this to the webhook of this name.
    Webhook { name: String, body: String },
    /// Have the voice of this person made, or find the one that is there. `asked`: it was asked for already, and nobody
    /// knows what came of it; whether its vendor can still be at it.
    CloneVoice { phone: Phone, asked: Option<Asked> },
    /// Delete a voice at its vendor.
    DeleteVoice { provider: String, voice: VoiceId },
}

impl Task {
    /// The carrier it is for.
    pub(super) fn carrier(&self) -> Option<&str> {
        match self {
            Self::Place { provider, .. }
            | Self::FindCall { provider, .. }
            | Self::HangUp { provider, .. }
            | Self::Steer { provider, .. } => Some(provider),
            Self::Nothing
            | Self::Later(_)
            | Self::Notify(_)
            | Self::Calendar(_)
            | Self::FindMessage(_)
            | Self::Webhook { .. }
            | Self::CloneVoice { .. }
            | Self::DeleteVoice { .. } => None,
        }
    }
}

/// An effect is due: asks the gate, and puts on record that it begins. `rests` are the carriers that are left alone.
pub(super) fn begin(rules: &Rules, rests: &Resting, loaded: &Loaded, now: DateTime<Utc>) -> (Decision, Task) {
    let nothing = (Decision::default(), Task::Nothing);
    let Some(effect) = loaded.effect.clone() else {
        return nothing;
    };
    let Some(business) = business_of(rules, loaded) else {
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
        EffectState::Waiting => Beginner { rules, rests, business, loaded, now }.begin(effect),
        EffectState::Started if effect.action.delivery() == Delivery::AtLeastOnce => {
            // A calendar entry or a timer does no harm twice.
            let lease = effect.updated_at + rules.lease;
            if lease > now {
                (Decision::default(), Task::Later(lease))
            } else {
                Beginner { rules, rests, business, loaded, now }.begin(effect)
            }
        }
        EffectState::Started => {
            let lease = effect.updated_at + rules.lease;
            if lease > now {
                return (Decision::default(), Task::Later(lease));
            }
            if never_was(&effect, loaded) {
                return (settle(rules, rests, loaded, None, &Settlement::Missing, now), Task::Nothing);
            }
            // Whoever began it is gone, and took the answer along.
            if matches!(effect.action, Action::Steer { .. }) {
                let mut fold = Fold::new(business, None, now);
                in_doubt(&mut fold, effect, "the process ended before the answer came", now);
                return (fold.decision, Task::Nothing);
            }
            let mut effect = effect;
            effect.state = EffectState::Uncertain;
            effect.reason = Some("the process ended before the answer came; looking it up".to_owned());
            // This run looks it up now; the job that comes later is there in case that this process ends as well.
            effect.due_at = now + rules.lease;
            effect.updated_at = now;
            let task = look_up(&Beginner { rules, rests, business, loaded, now }, &effect);
            let mut fold = Fold::new(business, None, now);
            fold.record("uncertain", "nobody knows whether it went out; looking it up", detail(&effect));
            fold.decision.effect = Some(effect);
            (fold.decision, task)
        }
        // Looked up often enough; a person has to look, and may ask for another round.
        EffectState::Uncertain if !effect.wants_job() => nothing,
        EffectState::Uncertain if effect.due_at > now => (Decision::default(), Task::Later(effect.due_at)),
        EffectState::Uncertain if never_was(&effect, loaded) => {
            (settle(rules, rests, loaded, None, &Settlement::Missing, now), Task::Nothing)
        }
        EffectState::Uncertain => {
            (Decision::default(), look_up(&Beginner { rules, rests, business, loaded, now }, &effect))
        }
        EffectState::Skipped | EffectState::Done | EffectState::Failed => nothing,
    }
}

/// Whether the watch of a call was told that its carrier never had it. Asking once more would find nothing better, and
/// could take the call of the next try for one that is perhaps this one.
fn never_was(effect: &Effect, loaded: &Loaded) -> bool {
    let nameless = |call: &Call| call.provider_call_id.is_none() && call.outcome == Some(Outcome::Failed);
    effect.action.places_call() && loaded.call.as_ref().is_some_and(nameless)
}

pub(super) struct Beginner<'a> {
    pub(super) rules: &'a Rules,
    pub(super) rests: &'a Resting,
    pub(super) business: &'a Business,
    pub(super) loaded: &'a Loaded,
    pub(super) now: DateTime<Utc>,
}

impl Beginner<'_> {
    fn begin(&self, effect: Effect) -> (Decision, Task) {
        match effect.action.clone() {
            Action::Wake { reason: Wake::CallWatch } => self.watch(effect),
            Action::Wake { reason: Wake::GreetingWait } => self.waited(effect),
            Action::Wake { reason } => self.wake(effect, reason),
            Action::Calendar { revision } => self.calendar(effect, revision),
            Action::Call { .. } => self.reach(effect, Channel::Voice),
            Action::Notify { message: Message::MissedCall, .. } => self.text_caller(effect),
            Action::Notify { channel, .. } => self.reach(effect, channel),
            Action::HangUp { line: Some(line) } => self.hang_up(effect, line),
            Action::HangUp { line: None } => self.stop_ringing(effect),
            Action::Steer { reply } => self.steer(effect, reply),
            Action::Alert(alert) => self.tell(effect, &alert),
            Action::AgentCall(wanted) => self.ring_back(effect, &wanted),
            Action::CloneVoice => self.clone_voice(effect),
            Action::DeleteVoice { provider, voice } => self.delete_voice(effect, provider, voice),
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
                let task = look_up(self, &effect);
                (Decision { effect: Some(started(effect, self.now)), ..Decision::default() }, task)
            }
            _ => (
                Decision { effect: Some(finished(effect, EffectState::Done, None, self.now)), ..Decision::default() },
                Task::Nothing,
            ),
        }
    }

    /// Calls and messages: the gate is asked, and only then does anything go out.
    fn reach(&self, effect: Effect, channel: Channel) -> (Decision, Task) {
        let Some(appointment) = &self.loaded.appointment else {
            return (end(effect, EffectState::Skipped, "the appointment is gone", self.now), Task::Nothing);
        };
        // What waited may say the opposite of what has become of it meanwhile.
        let untrue = match (&effect.action, appointment.status) {
            (Action::Notify { message: Message::Booked | Message::Moved, .. }, status)
                if status.over() || status == Status::Cancelled =>
            {
                Some("it will not take place any more")
            }
            (Action::Notify { message: Message::Confirmed | Message::OtherTime, .. }, Status::Cancelled) => {
                Some("it is cancelled")
            }
            (Action::Notify { message: Message::Cancelled, .. }, status) if status != Status::Cancelled => {
                Some("it takes place after all")
            }
            _ => None,
        };
        if let Some(why) = untrue {
            return (end(effect, EffectState::Skipped, why, self.now), Task::Nothing);
        }
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
            effect.due_at = self.now + WHILE_TALKING;
            effect.passed_on = false;
            effect.reason = Some("a call is under way already".to_owned());
            effect.updated_at = self.now;
            return (Decision { effect: Some(effect), ..Decision::default() }, Task::Nothing);
        }
        let contact = &self.business.contact;
        let contact = if asks { contact.clone() } else { contact.for_answers() };
        match self.may_contact(&contact, &appointment.customer.phone, channel) {
            Verdict::Allowed => match self.talking(&effect) {
                Some(reason) => {
                    let last = asks_until(&effect, appointment);
                    self.wait(effect, channel, self.now + WHILE_TALKING, last, reason)
                }
                None => self.go(effect, channel),
            },
            Verdict::Wait { until, reason } => {
                let last = asks.then_some(appointment.ask_until);
                self.wait(effect, channel, until, last, &reason)
            }
            Verdict::Never { reason } => self.refuse(effect, channel, &reason),
        }
    }

    pub(super) fn may_contact(&self, policy: &ContactPolicy, phone: &Phone, channel: Channel) -> Verdict {
        let recipient = Recipient { phone, zone: Some(zone(self.business, self.loaded)), channel };
        may_contact(policy, &recipient, &self.loaded.ledger, self.now)
    }

    /// Why nobody can ring them now, if so: another call with them is live. One that nothing was heard of for as long as a
    /// call may take does not count: its end is being asked for, and somebody must be reached all the same.
    fn talking(&self, effect: &Effect) -> Option<&'static str> {
        let Action::Call { .. } = effect.action else {
            return None;
        };
        let span = longest(&self.business.policy);
        let busy = |call: &Call| Some(call.id) != effect.call_id && call.updated_at + span > self.now;
        let live = self.loaded.ledger.live.iter().any(busy);
        live.then_some("the person is on the telephone with us about something else")
    }

    /// Puts it off, as long as it still makes sense then.
    pub(super) fn wait(
        &self,
        mut effect: Effect,
        channel: Channel,
        until: DateTime<Utc>,
        last: Option<DateTime<Utc>>,
        reason: &str,
    ) -> (Decision, Task) {
        if last.is_some_and(|last| until >= last) {
            return self.refuse(effect, channel, &format!("{reason}; there is no time left before the appointment"));
        }
        effect.due_at = until;
        // Whoever is asked then is asked in the order of the business, from the first.
        effect.passed_on = false;
        let told = effect.reason.replace(reason.to_owned()).as_deref() == Some(reason);
        effect.updated_at = self.now;
        let mut fold = Fold::new(self.business, None, self.now);
        // Whoever looks every few seconds whether a carrier is well again has nothing new to tell.
        if !told {
            fold.record("waiting", format!("not now: {reason}"), detail(&effect));
        }
        fold.decision.effect = Some(effect);
        (fold.decision, Task::Nothing)
    }

    pub(super) fn refuse(&self, effect: Effect, channel: Channel, reason: &str) -> (Decision, Task) {
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

    fn go(&self, mut effect: Effect, channel: Channel) -> (Decision, Task) {
        let first = effect.attempt == 0;
        let appointment = self.loaded.appointment.clone();
        let mut fold = Fold::new(self.business, appointment.clone(), self.now);
        let mut carrier = None;
        if channel == Channel::Voice {
            let choice = match choose(self.business, &effect, self.rests) {
                // Nobody is left since the configuration has changed: another attempt, from the first.
                Choice::Nobody => {
                    effect.passed_on = false;
                    choose(self.business, &effect, self.rests)
                }
                choice => choice,
            };
            match choice {
                Choice::Ask { carrier: name, resting } => {
                    if !resting.is_empty() {
                        fold.record(
                            "passed_over",
                            format!("{}; {name} is asked", rest_words(&resting)),
                            detail(&effect),
                        );
                    }
                    carrier = Some(name);
                }
                Choice::Rest { until, resting } => {
                    let last = appointment.as_ref().and_then(|appointment| asks_until(&effect, appointment));
                    return self.wait(effect, channel, until, last, &rest_words(&resting));
                }
                Choice::Nobody => return self.refuse(effect, channel, "no carrier is configured for this business"),
            }
        }
        let mut effect = started(effect, self.now);
        // Answers are not counted: who wrote to us is not kept from being asked by it.
        let asks = effect.withdrawable();
        effect.reaches = appointment.filter(|_| asks).map(|appointment| appointment.customer.phone);
        let mut begins = format!("{} begins", effect.action.kind());
        let task = match (effect.action.clone(), carrier) {
            (Action::Call { .. }, Some(carrier)) => match self.place(&effect, carrier) {
                Ok((call, task)) => {
                    if first {
                        fold.happen(&Happening::CallBegan { call: call.id });
                        fold.count(&call.flow, "call:placed");
                        fold.decision.effects.push(watch(&call, &self.business.policy, self.now));
                    } else {
                        fold.happen(&Happening::CallResumed { call: call.id });
                    }
                    begins.push_str(&format!(", by {carrier}"));
                    fold.decision.call = Some(call);
                    task
                }
                Err(reason) => return self.refuse(effect, channel, reason),
            },
            (Action::Notify { channel, message }, _) => {
                match notification(self.rules, self.business, self.loaded, channel, message, self.now) {
                    Some(notification) => {
                        if notification.invitation.is_some() {
                            fold.invited();
                        }
                        Task::Notify(Box::new(notification))
                    }
                    None => return self.refuse(effect, channel, "there is no address for it"),
                }
            }
            _ => Task::Nothing,
        };
        fold.record("begun", begins, detail(&effect));
        fold.decision.effect = Some(effect);
        (fold.decision, task)
    }
}
