//! What a wish is decided to, with the call and the appointment in one transaction.

use super::{
    not_done, off_the_line,
    plan::{NOT_THEIRS, Plan, booked_now, theirs},
    shown, spelt,
};
use crate::{
    appointment::{Appointment, NewAppointment, Status},
    booking::{Collected, Wish},
    call::{Call, Direction, Outcome},
    contact::{Recipient, Verdict, may_contact},
    effect::{Action, Channel, Effect, Message},
    engine::{
        bookings::{UNASKED, again, ahead, lasting},
        fold::Fold,
        words::zone,
    },
    event::Answer,
    id::{AppointmentId, EffectId},
    machine::{Happening, take_and_announce},
    personal::{Phone, Said},
    ports::{AfterTool, Busy, Decision, Loaded, ToolAnswer},
    rules::{Business, Rules},
    slots::{Hold, Load},
    speech::spoken_when,
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// More appointments than a family makes in one call.
const MOST_BOOKINGS: u32 = 6;
const ENOUGH: &str = "no more can be booked in this call; the desk can help";
const GONE_BY: &str = "that appointment has begun, is over or was cancelled; the desk can help";

/// A wish to be decided.
pub(super) struct Decider<'a> {
    pub(super) rules: &'a Rules,
    pub(super) loaded: &'a Loaded,
    pub(super) wish: &'a str,
    pub(super) tool: &'a str,
    /// What stands in the calendar around the time that is wanted; `None` where it did not answer.
    pub(super) calendar: Option<Vec<Busy>>,
    /// The id of an appointment to be.
    pub(super) id: AppointmentId,
    pub(super) now: DateTime<Utc>,
}

/// What was done, before it is written down.
struct Done<'a> {
    fold: Fold<'a>,
    call: Call,
    /// A short name for the timeline.
    kind: &'static str,
    note: String,
    /// What the agent is told, beside that it was done.
    told: Value,
    then: Option<AfterTool>,
    /// What has come of the call with it.
    outcome: Option<Outcome>,
}

type Told = (Decision, ToolAnswer);

impl<'a> Decider<'a> {
    pub(super) fn decide(&self, plan: Plan) -> Told {
        let Some(call) = self.loaded.call.clone() else {
            return (Decision::default(), not_done("there is no such call"));
        };
        let Some(business) = self.rules.business(&call.business) else {
            return (Decision::default(), not_done("the business of this call is not configured any more"));
        };
        if let Some(why) = off_the_line(&call) {
            return self.refuse(business, call, why, None);
        }
        let there = self.loaded.appointment.as_ref();
        match (plan, there) {
            (Plan::Refuse(why), _) => self.refuse(business, call, &why, None),
            (Plan::Transfer, _) => self.transfer(business, call),
            (Plan::EndCall, _) => {
                let note = "the voice agent has said goodbye".to_owned();
                self.done(business, call, "end_call", note, AfterTool::HangUp)
            }
            (Plan::Book(new), Some(there)) => self.booked_before(business, call, there, new.starts_at),
            (Plan::Book(new), None) => self.book(business, call, *new),
            (_, None) => self.refuse(business, call, NOT_THEIRS, None),
            (_, Some(there)) if !theirs(business, &call, there) => self.refuse(business, call, NOT_THEIRS, None),
            (Plan::Move(time), Some(there)) => self.move_to(business, call, there, time),
            (Plan::Answer(meaning), Some(there)) => self.answer(business, call, there, meaning),
            (Plan::SendText, Some(there)) => self.send_text(business, call, there),
        }
    }

    fn book(&self, business: &'a Business, mut call: Call, new: NewAppointment) -> Told {
        let time = lasting(new.starts_at, new.duration_minutes);
        // A number that is only spoken proves nothing: no more is announced to it than one call can be about.
        let most = if shown(&call).is_none() { 1 } else { MOST_BOOKINGS };
        let place = if call.walk.booked < most { self.has_place(business, time) } else { Err(ENOUGH.to_owned()) };
        if let Err(why) = place {
            let wanted = Wanted {
                wish: Wish::Book,
                at: new.starts_at,
                name: Some(new.customer.name),
                email: new.customer.email,
                service: new.service,
            };
            return self.refuse(business, call, &why, Some(wanted));
        }
        let mut fold = Fold::new(business, None, self.now);
        let life = take_and_announce(&business.policy, self.id, new, self.now);
        let told = self.of(business, &call, &life.appointment);
        fold.live(life, "taken");
        let note = format!("booked by a voice agent during the call{}", self.unasked());
        call.walk.booked += 1;
        self.write(Done { fold, call, kind: "booked", note, told, then: None, outcome: Some(Outcome::Booked) })
    }

    /// The same person has the same time already.
    fn booked_before(&self, business: &'a Business, call: Call, there: &Appointment, at: DateTime<Utc>) -> Told {
        // Whoever only says a number is not told what its owner is expected for.
        if shown(&call).is_none() && !booked_now(&call, there) {
            let wanted = Wanted { wish: Wish::Book, at, name: None, email: None, service: None };
            return self.refuse(business, call, "the time is taken; ask for another", Some(wanted));
        }
        let mut told = self.of(business, &call, there);
        told["already"] = true.into();
        let note = "asked a voice agent for what is booked for them already".to_owned();
        let fold = Fold::new(business, Some(there.clone()), self.now);
        self.write(Done { fold, call, kind: "booked", note, told, then: None, outcome: Some(Outcome::Booked) })
    }

    fn move_to(&self, business: &'a Business, call: Call, there: &Appointment, time: Busy) -> Told {
        let mut fold = Fold::new(business, Some(there.clone()), self.now);
        if !ahead(there, self.now) || self.now >= there.starts_at {
            return self.refuse(business, call, GONE_BY, None);
        }
        if there.starts_at == time.from {
            let mut told = self.of(business, &call, there);
            told["already"] = true.into();
            let note = "asked a voice agent for the time that it has already".to_owned();
            return self.write(Done { fold, call, kind: "moved", note, told, then: None, outcome: None });
        }
        if lasting(time.from, there.duration_minutes) != time {
            return self.refuse(business, call, "it was changed in this very moment; try again", None);
        }
        if let Err(why) = self.has_place(business, time) {
            let service = there.service.clone();
            let name = Some(there.customer.name.clone());
            let wanted = Wanted { wish: Wish::Move, at: time.from, name, email: None, service };
            return self.refuse(business, call, &why, Some(wanted));
        }
        fold.happen(&Happening::Chosen { starts_at: time.from, channel: Channel::Voice });
        // What was held for them is free again.
        fold.decision.hold = Some(Hold { appointment: there.id, business: business.id.clone(), time, until: self.now });
        let told = self.of(business, &call, fold.appointment().unwrap_or(there));
        let note = format!("moved by a voice agent during the call{}", self.unasked());
        self.write(Done { fold, call, kind: "moved", note, told, then: None, outcome: Some(Outcome::Booked) })
    }

    fn answer(&self, business: &'a Business, call: Call, there: &Appointment, meaning: Answer) -> Told {
        if !ahead(there, self.now) && !again(there, meaning) {
            return self.refuse(business, call, GONE_BY, None);
        }
        let mut fold = Fold::new(business, Some(there.clone()), self.now);
        fold.happen(&Happening::Answered { meaning, channel: Channel::Voice, round: None });
        let after = fold.appointment().unwrap_or(there);
        if after.answer.is_none_or(|answer| answer.meaning != meaning) {
            return self.refuse(business, call, GONE_BY, None);
        }
        let told = self.of(business, &call, after);
        let (outcome, note) = match meaning {
            Answer::Confirmed => (Outcome::Confirmed, "confirmed by a voice agent during the call"),
            Answer::Cancelled => (Outcome::Cancelled, "cancelled by a voice agent during the call"),
            Answer::OtherTime => (Outcome::RescheduleRequested, "told a voice agent that they need another time"),
        };
        let (note, outcome) = (note.to_owned(), Some(outcome));
        self.write(Done { fold, call, kind: "replied", note, told, then: None, outcome })
    }

    fn send_text(&self, business: &'a Business, call: Call, there: &Appointment) -> Told {
        if !ahead(there, self.now) {
            return self.refuse(business, call, GONE_BY, None);
        }
        let zone = Some(zone(business, self.loaded));
        let recipient = Recipient { phone: &there.customer.phone, zone, channel: Channel::Sms };
        let gate = may_contact(&business.contact.for_answers(), &recipient, &self.loaded.ledger, self.now);
        if let Verdict::Never { reason } = gate {
            return self.refuse(business, call, &reason, None);
        }
        let mut fold = Fold::new(business, Some(there.clone()), self.now);
        let mut told = self.of(business, &call, there);
        // Whoever has just booked is written to in any case.
        let announced = booked_now(&call, there) && there.round == 1;
        if announced && business.policy.announce.contains(&Channel::Sms) {
            told["already"] = true.into();
        } else {
            let message = match there.status {
                Status::Confirmed => Message::Confirmed,
                Status::RescheduleRequested => Message::OtherTime,
                _ => Message::Booked,
            };
            // Once in a call, however often an agent wants it.
            let (of_call, of, round) = (call.id.to_string(), there.id.to_string(), there.round.to_string());
            let id = EffectId::derive(call.created_at, &["effect", "send_text", &of_call, &of, &round]);
            let action = Action::Notify { channel: Channel::Sms, message };
            fold.decision.effects.push(Effect::planned(id, Some(there.id), action, self.now, self.now));
        }
        let note = "wanted their appointment in a text message".to_owned();
        self.write(Done { fold, call, kind: "send_text", note, told, then: None, outcome: None })
    }

    fn transfer(&self, business: &'a Business, call: Call) -> Told {
        // The fence around trials holds for whom a caller is handed to, as well.
        let reachable = |desk: &&_| business.contact.only.as_ref().is_none_or(|only| only == *desk);
        if business.desk.as_ref().filter(reachable).is_none() {
            let why = "nobody at the desk can be reached by telephone; offer that the desk rings back";
            return self.refuse(business, call, why, None);
        }
        // What comes of it the walk knows, once somebody has picked up or nobody has.
        let note = "wants to speak to the desk; the voice agent hands them over".to_owned();
        self.done(business, call, "transfer", note, AfterTool::Transfer)
    }

    /// What happens to the call itself, and to nothing else.
    fn done(&self, business: &'a Business, call: Call, kind: &'static str, note: String, then: AfterTool) -> Told {
        let fold = Fold::new(business, None, self.now);
        self.write(Done { fold, call, kind, note, told: json!({}), then: Some(then), outcome: None })
    }

    fn write(&self, done: Done<'_>) -> Told {
        let Done { mut fold, mut call, kind, note, mut told, then, outcome } = done;
        told["done"] = true.into();
        let answer = ToolAnswer { result: told, failed: false, then };
        if let Some(outcome) = outcome {
            call.walk.done = Some(outcome);
            call.collected = call.collected.filter(|collected| collected.refused.is_none());
        }
        // A call that we placed stays with the appointment that it asks about.
        if let Some(appointment) = fold.appointment().filter(|_| call.direction == Direction::Inbound) {
            call.appointment_id = Some(appointment.id);
            call.round = appointment.round;
        }
        fold.record(kind, note, self.detail(&answer));
        fold.count(&call.flow, &format!("tool:{}", self.tool));
        call.updated_at = self.now;
        fold.decision.call = Some(call);
        (fold.decision, answer)
    }

    fn refuse(&self, business: &'a Business, mut call: Call, why: &str, wanted: Option<Wanted>) -> Told {
        let mut fold = Fold::new(business, None, self.now);
        let answer = not_done(why);
        let note = format!("a voice agent wanted to {}, which was not done: {why}", self.tool.replace('_', " "));
        fold.record("tool", note, self.detail(&answer));
        fold.count(&call.flow, &format!("tool:{}:refused", self.tool));
        // The desk has to look, unless it is done later in the call.
        let wanted = wanted.filter(|_| *call.party() != Phone::forgotten());
        if let Some(wanted) = wanted.filter(|_| call.walk.done.is_none_or(|done| done == Outcome::Unbooked)) {
            call.walk.done = Some(Outcome::Unbooked);
            call.collected = Some(Box::new(wanted.collected(business, why)));
            call.updated_at = self.now;
            fold.decision.call = Some(call);
        }
        (fold.decision, answer)
    }

    /// What is written down of an answer, to give it once more.
    fn detail(&self, answer: &ToolAnswer) -> Value {
        let then = answer.then.map(|then| match then {
            AfterTool::Transfer => "transfer",
            AfterTool::HangUp => "hang_up",
        });
        let ToolAnswer { result, failed, .. } = answer;
        json!({ "tool": self.tool, "wish": self.wish, "answer": result, "failed": failed, "then": then })
    }

    /// The appointment, without anything personal: it is written down.
    fn of(&self, business: &Business, call: &Call, appointment: &Appointment) -> Value {
        let at = appointment.starts_at;
        json!({
            "appointment_id": appointment.id,
            "starts_at": spelt(business, at),
            "spoken": spoken_when(at, self.now, zone(business, self.loaded), call.language),
            "status": appointment.status,
        })
    }

    fn has_place(&self, business: &Business, time: Busy) -> Result<(), String> {
        let whose = self.loaded.appointment.as_ref().map(|appointment| appointment.id);
        let load = Load::of_others(&self.loaded.taken, self.calendar.as_deref().unwrap_or_default(), whose);
        business.opening.has_place(business.time_zone, time, &load).map_err(|why| format!("the time {why}"))
    }

    fn unasked(&self) -> &'static str {
        if self.calendar.is_none() { UNASKED } else { "" }
    }
}

/// What was wanted and could not be had.
struct Wanted {
    wish: Wish,
    at: DateTime<Utc>,
    name: Option<crate::personal::PersonName>,
    email: Option<crate::personal::Email>,
    service: Option<String>,
}

impl Wanted {
    fn collected(self, business: &Business, why: &str) -> Collected {
        Collected {
            wish: self.wish,
            name: self.name,
            email: self.email,
            number: None,
            told: Said::new(&spelt(business, self.at), 40),
            service: self.service.and_then(|service| Said::new(&service, 200)),
            summary: None,
            refused: Some(why.to_owned()),
        }
    }
}
