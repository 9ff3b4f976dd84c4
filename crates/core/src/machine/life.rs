//! The life of an appointment.

use super::{
    happening::{Happening, Life},
    ladder::{self, Rung},
    said::words,
};
use crate::{
    appointment::{Answered, Appointment, Confirm, NewAppointment, Status},
    call::Outcome,
    effect::{Channel, Effect, Message},
    event::{Answer, EndCause, Wake},
    id::{AppointmentId, CallId, EffectId},
    rules::Policy,
};
use chrono::{DateTime, Duration, Utc};

/// Takes a new appointment into the book.
#[must_use]
pub fn take(policy: &Policy, id: AppointmentId, new: NewAppointment, now: DateTime<Utc>) -> Life {
    taken(policy, id, new, false, now)
}

/// The same, and the person is told at once on the channels of [`Policy::announce`].
#[must_use]
pub fn take_and_announce(policy: &Policy, id: AppointmentId, new: NewAppointment, now: DateTime<Utc>) -> Life {
    taken(policy, id, new, true, now)
}

fn taken(policy: &Policy, id: AppointmentId, new: NewAppointment, announced: bool, now: DateTime<Utc>) -> Life {
    let appointment = Appointment {
        id,
        external_id: new.external_id,
        business: new.business,
        business_name: new.business_name,
        customer: new.customer,
        starts_at: new.starts_at,
        duration_minutes: new.duration_minutes,
        service: new.service,
        notes: new.notes,
        status: Status::Scheduled,
        confirm: new.confirm,
        round: 1,
        tries: 0,
        voice_closed: false,
        rung: None,
        ask_until: new.starts_at,
        live_call: None,
        voicemail_left: false,
        wrote: None,
        invited: false,
        answer: None,
        reason: None,
        revision: 0,
        created_at: now,
        updated_at: now,
    };
    let mut liver = Liver::new(policy, appointment, now);
    liver.announced = announced;
    liver.out.note = "taken into the book".to_owned();
    liver.out.counts.push("appointment:taken".to_owned());
    liver.begin_round();
    liver.show();
    if announced {
        liver.announce(Message::Booked);
    }
    liver.out
}

/// Moves an appointment by one happening.
#[must_use]
pub fn advance(policy: &Policy, appointment: Appointment, happening: &Happening, now: DateTime<Utc>) -> Life {
    let shown = |of: &Appointment| (of.status, of.starts_at, of.duration_minutes);
    let before = shown(&appointment);
    let mut liver = Liver::new(policy, appointment, now);
    match happening {
        Happening::CallBegan { call } => liver.call_began(*call),
        Happening::CallPutOff { call } => liver.call_put_off(*call),
        Happening::CallResumed { call } => liver.call_resumed(*call),
        Happening::CallEnded { call, round, outcome, cause } => liver.call_ended(*call, *round, *outcome, *cause),
        Happening::Asked { channel, effect, sent } => liver.asked(*channel, *effect, *sent),
        Happening::CallRefused { effect, reason } => liver.call_refused(*effect, reason),
        Happening::Answered { meaning, channel, round } => liver.answered(*meaning, *channel, *round),
        Happening::OptedOut { channel } => liver.opted_out(*channel),
        Happening::Moved { starts_at } => liver.moved(*starts_at),
        Happening::Chosen { starts_at, channel } => liver.chosen(*starts_at, *channel),
        Happening::Lasts { minutes } => liver.lasts(*minutes),
        Happening::Rebooked { starts_at } => liver.rebooked(*starts_at),
        Happening::CallAsked => liver.call_asked(),
        Happening::Visited { came } => liver.visited(*came),
        Happening::Woke { reason } => liver.woke(*reason),
    }
    if shown(&liver.out.appointment) != before {
        liver.show();
        liver.tell_calendar(before);
    }
    liver.out
}

pub(super) struct Liver<'a> {
    pub(super) policy: &'a Policy,
    pub(super) now: DateTime<Utc>,
    /// Whether the person is told of the appointment's time apart from being asked.
    pub(super) announced: bool,
    pub(super) out: Life,
}

impl<'a> Liver<'a> {
    fn new(policy: &'a Policy, mut appointment: Appointment, now: DateTime<Utc>) -> Self {
        appointment.updated_at = now;
        let out = Life { appointment, effects: Vec::new(), withdraw: None, note: String::new(), counts: Vec::new() };
        Self { policy, now, announced: false, out }
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.out.note = note.into();
    }

    pub(super) fn status(&mut self, status: Status, reason: Option<&str>) {
        if self.out.appointment.status != status {
            self.out.counts.push(format!("status:{}", status.as_str()));
        }
        self.out.appointment.status = status;
        self.out.appointment.reason = reason.map(str::to_owned);
    }

    /// Lets the calendar show what has changed.
    fn show(&mut self) {
        self.out.appointment.revision += 1;
        let effect = ladder::calendar(&self.out.appointment, self.now);
        self.out.effects.push(effect);
    }

    /// Still being asked, or about to be.
    pub(super) fn open(&self) -> bool {
        let appointment = &self.out.appointment;
        appointment.answer.is_none() && matches!(appointment.status, Status::Scheduled | Status::Confirming)
    }

    fn begin_round(&mut self) {
        let (policy, now) = (self.policy, self.now);
        let appointment = &mut self.out.appointment;
        let begins = match appointment.confirm {
            Confirm::Now => Some(now),
            Confirm::Policy => {
                // Whoever was told just now, and asked, is not rung while they read it.
                let told = if self.announced { policy.message_gap } else { Duration::zero() };
                Some((now + told).max(appointment.starts_at - policy.lead))
            }
            Confirm::None => None,
        };
        let asks_at_once = appointment.confirm == Confirm::Now;
        self.begin_time();
        if asks_at_once {
            self.status(Status::Confirming, None);
        }
        // Too late for anything but what they are told.
        let begins = begins.filter(|begins| !self.announced || *begins < self.out.appointment.ask_until);
        if let Some(begins) = begins {
            match ladder::next(policy, &self.out.appointment, Rung::Voice, now) {
                Some(mut effect) => {
                    effect.due_at = effect.due_at.max(begins);
                    self.set_foot(effect);
                }
                None => self.status(Status::Unreached, Some("the policy knows no way to ask")),
            }
        }
    }

    /// A time begins to count: nothing was asked about it yet, and some day it is over.
    pub(super) fn begin_time(&mut self) {
        let (policy, now) = (self.policy, self.now);
        let appointment = &mut self.out.appointment;
        appointment.rung = None;
        appointment.ask_until = ladder::deadline(policy, appointment, now);
        // What lies in the past already (a seed's own example does) is over a day from now, so that an answer still counts.
        let over = appointment.ends_at().max(now + Duration::days(i64::from(appointment.ends_at() <= now)));
        let over = ladder::wake(appointment, Wake::Over, over, now);
        self.out.effects.push(over);
    }

    /// One rung at a time: whatever else comes back (a call the desk tried again, one that came in) leads nowhere.
    fn set_foot(&mut self, rung: Effect) {
        self.out.appointment.rung = Some(rung.id);
        self.out.effects.push(rung);
    }

    fn climb(&mut self, rung: Rung) {
        match ladder::next(self.policy, &self.out.appointment, rung, self.now) {
            Some(effect) => self.set_foot(effect),
            None => {
                let appointment = &mut self.out.appointment;
                appointment.rung = None;
                // The last question may still be answered; give it its time.
                let last = appointment.ask_until.max(self.now);
                let end = (self.now + self.policy.message_gap).min(last);
                let wake = ladder::wake(appointment, Wake::LadderEnd, end, self.now);
                self.out.effects.push(wake);
            }
        }
    }

    fn call_began(&mut self, call: CallId) {
        let appointment = &mut self.out.appointment;
        appointment.tries += 1;
        appointment.live_call = Some(call);
        let tries = appointment.tries;
        if appointment.status == Status::Scheduled {
            self.status(Status::Confirming, None);
        }
        self.note(format!("calling, try {tries} of {}", self.policy.tries.max(tries)));
    }

    fn call_put_off(&mut self, call: CallId) {
        self.out.appointment.live_call.take_if(|live| *live == call);
        self.note("no call is under way; it is tried again");
    }

    fn call_resumed(&mut self, call: CallId) {
        self.out.appointment.live_call.get_or_insert(call);
        self.note("calling again, the same try");
    }

    fn call_ended(&mut self, call: CallId, round: u32, outcome: Outcome, cause: EndCause) {
        let appointment = &mut self.out.appointment;
        // A call that came in, or was given up before, is none of ours.
        let ours = appointment.live_call.take_if(|live| *live == call).is_some();
        appointment.voicemail_left |= outcome == Outcome::Voicemail;
        let next = appointment.rung == Some(EffectId(call.0));
        if !ours || round != appointment.round || !self.open() {
            return self.note(format!("call over: {}; nothing more to ask", words(outcome)));
        }
        match (outcome, cause) {
            (Outcome::Declined, _) => self.give_up("declined the call"),
            (_, EndCause::Refused) => self.give_up("the carrier refuses this number"),
            (Outcome::Uncertain, _) => {
                // Whoever may have been rung is not rung again because we are unsure.
                self.out.appointment.voice_closed = true;
                self.note("nobody knows whether the call went out; going on by message");
                if next {
                    self.climb(Rung::Voice);
                }
            }
            (_, EndCause::NotHandedOver) => {
                self.note("wanted the desk, where nobody picked up");
                self.out.appointment.reason =
                    Some("wanted to speak to the desk, where nobody picked up; the desk should ring back".to_owned());
                if next {
                    self.climb(Rung::Voice);
                }
            }
            (Outcome::Transferred, _) => self.note("handed over to the desk; the desk has the word"),
            _ => {
                self.note(format!("call over: {}", words(outcome)));
                if next {
                    self.climb(Rung::Voice);
                }
            }
        }
    }

    fn asked(&mut self, channel: Channel, effect: EffectId, sent: bool) {
        if self.out.appointment.rung != Some(effect) || !self.open() {
            return self.note("nothing more to ask");
        }
        if sent && self.out.appointment.status == Status::Scheduled {
            self.status(Status::Confirming, None);
        }
        self.note(format!("asked by {}{}", channel.as_str(), if sent { "" } else { ", in vain" }));
        self.climb(Rung::After(channel));
    }

    fn call_refused(&mut self, effect: EffectId, reason: &str) {
        let appointment = &mut self.out.appointment;
        appointment.live_call.take_if(|live| live.0 == effect.0);
        if appointment.rung != Some(effect) || !self.open() {
            return self.note("nothing more to ask");
        }
        self.out.appointment.voice_closed = true;
        self.note(format!("not called: {reason}"));
        self.climb(Rung::Voice);
    }

    fn give_up(&mut self, reason: &str) {
        self.out.appointment.voice_closed = true;
        self.out.withdraw = Some(reason.to_owned());
        self.status(Status::Unreached, Some(reason));
        self.note(format!("final: {reason}"));
    }

    pub(super) fn moved(&mut self, starts_at: DateTime<Utc>) {
        if self.out.appointment.status.over() {
            return self.note("it lies in the past; not moved");
        }
        if self.out.appointment.starts_at == starts_at && self.out.appointment.status != Status::Cancelled {
            return self.note("that is its time already");
        }
        self.set_time(starts_at);
        self.status(Status::Scheduled, None);
        self.out.withdraw = Some("moved to another time".to_owned());
        self.begin_round();
        self.note("moved to another time");
    }

    /// Another time is another round: whatever is still asked or answered about the old one leads nowhere.
    pub(super) fn set_time(&mut self, starts_at: DateTime<Utc>) {
        let appointment = &mut self.out.appointment;
        appointment.starts_at = starts_at;
        appointment.round += 1;
        appointment.tries = 0;
        appointment.voice_closed = false;
        appointment.voicemail_left = false;
        appointment.answer = None;
    }

    fn lasts(&mut self, minutes: u32) {
        let appointment = &mut self.out.appointment;
        if appointment.status.over() {
            return self.note("it lies in the past; left as it is");
        }
        if appointment.duration_minutes == minutes {
            return self.note("that is how long it takes already");
        }
        appointment.duration_minutes = minutes;
        // The timer of the old end goes off too early, or late.
        let over = ladder::wake(appointment, Wake::Over, appointment.ends_at().max(self.now), self.now);
        self.out.effects.push(over);
        self.note(format!("takes {minutes} minutes now"));
    }

    fn call_asked(&mut self) {
        let appointment = &self.out.appointment;
        if appointment.live_call.is_some() {
            return self.note("a call is under way already");
        }
        if appointment.status.over() || appointment.status == Status::Cancelled {
            return self.note("there is nothing to ask any more");
        }
        let effect = ladder::call(appointment, appointment.tries + 1, self.now, self.now);
        if appointment.rung == Some(effect.id) {
            return self.note("a call was asked for this very moment already");
        }
        // What waits is replaced by this call; its end finds the ladder's next rung as ever.
        self.out.withdraw = Some("the desk calls now".to_owned());
        let appointment = &mut self.out.appointment;
        appointment.answer = None;
        appointment.voice_closed = false;
        if appointment.ask_until <= self.now {
            appointment.ask_until = appointment.starts_at;
        }
        self.set_foot(effect);
        if self.out.appointment.ends_at() <= self.now {
            // Its end was told before; asked about all the same, it is over a day from now.
            let over = ladder::wake(&self.out.appointment, Wake::Over, self.now + Duration::days(1), self.now);
            self.out.effects.push(over);
        }
        self.status(Status::Confirming, None);
        self.note("the desk wants a call now");
    }

    fn visited(&mut self, came: bool) {
        let status = if came { Status::Completed } else { Status::NoShow };
        self.status(status, None);
        self.out.appointment.answer.get_or_insert(Answered {
            meaning: Answer::Confirmed,
            channel: Channel::Desk,
            at: self.now,
        });
        self.out.withdraw = Some("the visit is over".to_owned());
        self.note(if came { "came" } else { "did not come" });
    }

    fn woke(&mut self, reason: Wake) {
        let appointment = &self.out.appointment;
        match reason {
            Wake::LadderEnd if self.open() => {
                self.status(Status::Unreached, Some("nobody answered"));
                self.note("everything was tried; nobody answered");
            }
            Wake::Over if self.now < appointment.ends_at() => self.note("moved meanwhile; it is not over yet"),
            Wake::Over => match (appointment.status, appointment.confirm) {
                (Status::Confirmed, _) | (Status::Scheduled, Confirm::None) => {
                    self.status(Status::Completed, None);
                    self.note("its time has passed");
                }
                (Status::Scheduled | Status::Confirming, _) => {
                    self.out.withdraw = Some("its time has passed".to_owned());
                    self.status(Status::Unreached, Some("its time passed before anybody answered"));
                    self.note("its time passed before anybody answered");
                }
                _ => self.note("its time has passed"),
            },
            _ => self.note("nothing left to do"),
        }
    }
}
