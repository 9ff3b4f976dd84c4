//! What a voice agent collected: taken into the book, moved, answered, or put before the desk.

use super::{Engine, callers::business_meant, fold::Fold, words::language};
use crate::{
    appointment::{Appointment, Confirm, Customer, NewAppointment, Status},
    booking::{Booking, Collected, Wish},
    call::{Call, CallRef, CallState, Direction, Outcome, Walk},
    effect::Channel,
    event::Answer,
    id::{AppointmentId, CallId},
    machine::{Happening, take_and_announce},
    personal::{PersonName, Phone, RawNumber},
    ports::{Busy, Decision, Loaded, NewSlot, PortResult, Subject},
    rules::Business,
    slots::{Hold, Load},
    speech::{Resolved, Unclear},
};
use chrono::{DateTime, Duration, Utc};
use std::sync::Arc;

/// How long an appointment is that an agent took, in minutes.
pub(super) const USUAL_MINUTES: u32 = 30;
/// The longest service, in characters.
const LONGEST_SERVICE: usize = 200;
const NOTHING_AHEAD: &str = "the caller has no appointment that it could be about";
pub(super) const UNASKED: &str = "; the calendar could not be asked whether the time is free";

/// What came of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The appointment it was about, as it is now.
    pub appointment: Option<Appointment>,
    /// Why the wish could not be done, if it could not: it is on record, and the desk has to look.
    pub refused: Option<String>,
    /// Whether this very conversation was told before: nothing was decided.
    pub repeated: bool,
}

/// What is to be done about a conversation.
enum Plan {
    Book(Box<NewAppointment>),
    Move(DateTime<Utc>),
    Answer(Answer),
    Nothing,
    Refuse(String),
}

impl Engine {
    /// A conversation that an agent of this provider had: does what the caller wanted, or puts it before the desk.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store is away; nothing was decided, or its fate is unknown
    /// and the same delivery may be made again.
    pub async fn take(&self, provider: &str, mut booking: Booking) -> PortResult<Taken> {
        let now = self.world.now();
        let rules = Arc::clone(&self.rules);
        let Some(business) = business_meant(&rules, &booking) else {
            let refused = "no business is configured; add [businesses.<id>]".to_owned();
            return Ok(Taken { appointment: None, refused: Some(refused), repeated: false });
        };
        let phone = booking.phone.as_ref().and_then(|told| dialled(told, business)).filter(|phone| !phone.nobodys());
        if booking.by_words {
            booking.key = self.key_by_words(business, &booking, phone.as_ref(), now).await?;
        }
        let id = AppointmentId(self.world.fresh());
        let (mut plan, skipped) = plan(business, &booking, phone.as_ref(), now);
        let mut subject = match (&plan, &phone) {
            (Plan::Book(new), Some(phone)) => Subject::NewSlot(NewSlot {
                business: business.id.clone(),
                external_id: new.external_id.clone(),
                id,
                phone: phone.clone(),
                starts_at: new.starts_at,
                time: business.opening.around(lasting(new.starts_at, new.duration_minutes)),
                call: booking.call,
            }),
            (Plan::Move(_) | Plan::Answer(_), Some(phone)) => {
                Subject::Person { phone: phone.clone(), business: Some(business.id.clone()) }
            }
            _ => Subject::New { business: business.id.clone(), external_id: Some(booking.key.clone()), id },
        };
        // Which one is meant the conversation does not say. That they come holds for the next one in any case.
        let changes = matches!(plan, Plan::Move(_) | Plan::Answer(Answer::Cancelled | Answer::OtherTime));
        if let Some(phone) = phone.as_ref().filter(|_| changes) {
            match (self.ahead_of(business, phone).await?.as_slice(), &plan) {
                ([one], Plan::Move(starts_at)) => {
                    let time = business.opening.around(lasting(*starts_at, one.duration_minutes));
                    subject = Subject::Slot { appointment: one.id, call: booking.call, time };
                }
                ([], Plan::Move(_)) => plan = Plan::Refuse(NOTHING_AHEAD.to_owned()),
                ([_, _, ..], _) => {
                    plan = Plan::Refuse("the caller has several appointments ahead; ask which one is meant".to_owned());
                }
                _ => {}
            }
        }
        // A call that we had an agent place is loaded with whatever is decided: nobody moves it meanwhile.
        if let (Some(call), Subject::New { .. } | Subject::Person { .. }) = (booking.call, &subject) {
            let next = match (&plan, &phone) {
                (Plan::Answer(_), Some(phone)) => self.next_of(business, phone).await?,
                _ => None,
            };
            subject = match next {
                Some(next) => {
                    let time = lasting(next.starts_at, next.duration_minutes);
                    Subject::Slot { appointment: next.id, call: Some(call), time }
                }
                None => Subject::Call(CallRef::Ours(call)),
            };
        }
        let takes_time = matches!(plan, Plan::Book(_) | Plan::Move(_));
        let calendar = match &subject {
            Subject::NewSlot(NewSlot { time, .. }) | Subject::Slot { time, .. } if takes_time => {
                // Whoever was told that they are expected is not refused because a calendar is away.
                self.calendar_of(business, *time).await.ok()
            }
            _ => Some(Vec::new()),
        };
        let once = booking.key.clone();
        let (business, books) = (business.id.clone(), booking.wish == Wish::Book);
        let provider = provider.to_owned();
        let decide = Box::new(move |loaded: Loaded| {
            let told = Told { provider: &provider, booking: &booking, phone, skipped, calendar, id };
            rules
                .business(&business)
                .map_or_else(Decision::default, |business| told.decide(business, &loaded, plan, now))
        });
        let advanced = self.store.advance(subject, Some(once), now, decide).await?;
        let Decision { appointment, call, .. } = advanced.decision;
        // One that was not changed by it is told all the same.
        let about = call.as_ref().and_then(|call| call.appointment_id);
        let appointment = match (appointment, about) {
            (None, Some(id)) => self.store.appointment(id).await?,
            (appointment, _) => appointment,
        };
        let refused = call.and_then(|call| call.collected).and_then(|collected| collected.refused);
        // Told again, it is answered by what has become of it.
        let undone =
            books && advanced.repeated && appointment.as_ref().is_some_and(|it| it.status == Status::Cancelled);
        let refused = refused
            .or_else(|| undone.then(|| "this very booking was cancelled since; the desk can bring it back".to_owned()));
        Ok(Taken { appointment: appointment.filter(|_| refused.is_none()), refused, repeated: advanced.repeated })
    }
}

/// A number as it was told. One in E.164 form is taken even where its country knows no such number: whoever sends to it
/// says so, and the appointment stands all the same.
fn dialled(told: &RawNumber, business: &Business) -> Option<Phone> {
    let read = Phone::parse(told.reveal(), business.region.as_deref());
    read.or_else(|_| Phone::known(told.reveal().to_owned())).ok()
}

/// What is to be done, as far as the conversation itself says it, and whether the clock jumps over the time that was told.
fn plan(business: &Business, booking: &Booking, phone: Option<&Phone>, now: DateTime<Utc>) -> (Plan, bool) {
    if booking.wish == Wish::Nothing {
        return (Plan::Nothing, false);
    }
    let Some(phone) = phone else {
        let why = if booking.phone.is_some() {
            "the caller's number is none that anybody could dial; write it with country code, like +14155550123"
        } else {
            "the caller's number is not known"
        };
        return (Plan::Refuse(why.to_owned()), false);
    };
    let told_at = booking.at.unwrap_or(now);
    let language = booking.language.unwrap_or(business.language);
    let when = || booking.when.resolve(business.time_zone, language, told_at, now);
    let refused = |unclear: Unclear| (Plan::Refuse(format!("the time {unclear}")), false);
    match booking.wish {
        Wish::Book => match when() {
            Ok(Resolved { at, skipped }) => (Plan::Book(Box::new(new(business, booking, phone, at))), skipped),
            Err(unclear) => refused(unclear),
        },
        Wish::Move => match when() {
            Ok(Resolved { at, skipped }) => (Plan::Move(at), skipped),
            Err(Unclear::Missing) => (Plan::Answer(Answer::OtherTime), false),
            Err(unclear) => refused(unclear),
        },
        Wish::Cancel => (Plan::Answer(Answer::Cancelled), false),
        Wish::Confirm => (Plan::Answer(Answer::Confirmed), false),
        Wish::Unclear => (Plan::Refuse("it is not clear what the caller wants".to_owned()), false),
        Wish::Nothing => (Plan::Nothing, false),
    }
}

fn new(business: &Business, booking: &Booking, phone: &Phone, starts_at: DateTime<Utc>) -> NewAppointment {
    let service = booking.service.as_ref().map(|it| it.reveal().chars().take(LONGEST_SERVICE).collect());
    NewAppointment {
        external_id: Some(booking.key.clone()),
        business: business.id.clone(),
        business_name: None,
        customer: Customer {
            name: booking.name.clone().unwrap_or_else(PersonName::unknown),
            phone: phone.clone(),
            email: booking.email.clone(),
            language: booking.language,
            time_zone: None,
        },
        starts_at,
        duration_minutes: USUAL_MINUTES,
        service,
        notes: booking.summary.as_ref().map(|summary| summary.reveal().to_owned()),
        confirm: Confirm::Policy,
    }
}

/// A conversation, told.
struct Told<'a> {
    provider: &'a str,
    booking: &'a Booking,
    phone: Option<Phone>,
    skipped: bool,
    /// What stands in the calendar around the time that is wanted; `None` where it did not answer.
    calendar: Option<Vec<Busy>>,
    /// The id of the appointment to be.
    id: AppointmentId,
}

impl Told<'_> {
    fn decide(&self, business: &Business, loaded: &Loaded, plan: Plan, now: DateTime<Utc>) -> Decision {
        match (plan, &loaded.appointment) {
            // Told before, or the same person has the same time already.
            (Plan::Book(_), Some(there)) => {
                let mut fold = Fold::new(business, Some(there.clone()), now);
                fold.record("booked", "told an agent of the appointment that is in the book already", self.detail());
                self.over(fold, business, loaded, Outcome::Booked, None, now)
            }
            (Plan::Book(new), None) => {
                let time = lasting(new.starts_at, new.duration_minutes);
                if let Err(why) = self.has_place(business, loaded, time) {
                    return self.refuse(business, loaded, why, now);
                }
                let mut fold = Fold::new(business, None, now);
                let life = take_and_announce(&business.policy, self.id, *new, now);
                fold.live(life, "taken");
                let moved =
                    if self.skipped { "; the clock jumps over the time told, the first one after stands" } else { "" };
                let unasked = if self.calendar.is_none() { UNASKED } else { "" };
                fold.record("booked", format!("booked by a voice agent{moved}{unasked}"), self.detail());
                self.over(fold, business, loaded, Outcome::Booked, None, now)
            }
            (Plan::Move(starts_at), Some(there)) if ahead(there, now) && self.is_of(there) => {
                let time = lasting(starts_at, there.duration_minutes);
                if let Err(why) = self.has_place(business, loaded, time) {
                    return self.refuse(business, loaded, why, now);
                }
                let mut fold = Fold::new(business, Some(there.clone()), now);
                let unasked = if self.calendar.is_none() { UNASKED } else { "" };
                fold.record("replied", format!("told a voice agent of another time{unasked}"), self.detail());
                fold.happen(&Happening::Rebooked { starts_at });
                fold.decision.hold =
                    Some(Hold { appointment: there.id, business: business.id.clone(), time, until: now });
                self.over(fold, business, loaded, Outcome::Booked, None, now)
            }
            (Plan::Answer(meaning), Some(there))
                if self.is_of(there) && (ahead(there, now) || again(there, meaning)) =>
            {
                let mut fold = Fold::new(business, Some(there.clone()), now);
                fold.record("replied", "answered to a voice agent", self.detail());
                fold.happen(&Happening::Answered { meaning, channel: Channel::Voice, round: None });
                let outcome = match meaning {
                    Answer::Confirmed => Outcome::Confirmed,
                    Answer::Cancelled => Outcome::Cancelled,
                    Answer::OtherTime => Outcome::RescheduleRequested,
                };
                self.over(fold, business, loaded, outcome, None, now)
            }
            (Plan::Nothing, _) => {
                let mut fold = Fold::new(business, None, now);
                fold.record("conversed", "spoke with a voice agent, and asked for nothing of the book", self.detail());
                self.over(fold, business, loaded, Outcome::Captured, None, now)
            }
            (Plan::Refuse(why), _) => self.refuse(business, loaded, why, now),
            (Plan::Move(_) | Plan::Answer(_), _) => self.refuse(business, loaded, NOTHING_AHEAD.to_owned(), now),
        }
    }

    fn is_of(&self, appointment: &Appointment) -> bool {
        self.phone.as_ref() == Some(&appointment.customer.phone)
    }

    /// Whether there is room for it beside what others have; else why not, for the desk.
    fn has_place(&self, business: &Business, loaded: &Loaded, time: Busy) -> Result<(), String> {
        let whose = loaded.appointment.as_ref().map(|appointment| appointment.id);
        let load = Load::of_others(&loaded.taken, self.calendar.as_deref().unwrap_or_default(), whose);
        business.opening.has_place(business.time_zone, time, &load).map_err(|why| format!("the time {why}"))
    }

    fn refuse(&self, business: &Business, loaded: &Loaded, why: String, now: DateTime<Utc>) -> Decision {
        let mut fold = Fold::new(business, None, now);
        let wish = self.booking.wish.as_str();
        fold.record("unbooked", format!("wanted to {wish} by a voice agent, which was not done: {why}"), self.detail());
        fold.count("", "booking:refused");
        self.over(fold, business, loaded, Outcome::Unbooked, Some(why), now)
    }

    fn detail(&self) -> serde_json::Value {
        serde_json::json!({ "wish": self.booking.wish.as_str(), "provider": self.provider })
    }

    /// The row of the conversation, which is a call that came in and is over.
    fn over(
        &self,
        mut fold: Fold<'_>,
        business: &Business,
        loaded: &Loaded,
        outcome: Outcome,
        refused: Option<String>,
        now: DateTime<Utc>,
    ) -> Decision {
        let Booking { key, conversation, called, at, seconds, .. } = self.booking;
        let began = at.unwrap_or(now).min(now);
        let appointment = fold.appointment().cloned();
        let call = Call {
            id: CallId::derive(began, &["conversation", self.provider, key]),
            appointment_id: appointment.as_ref().map(|it| it.id),
            effect_id: None,
            round: appointment.as_ref().map_or(0, |it| it.round),
            business: business.id.clone(),
            provider: self.provider.to_owned(),
            provider_call_id: Some(conversation.clone()),
            direction: Direction::Inbound,
            from: self.phone.clone().unwrap_or_else(Phone::unknown),
            to: called.clone().or_else(|| business.phone.clone()).unwrap_or_else(Phone::unknown),
            flow: business.inbound_flow.clone(),
            language: self.booking.language.unwrap_or_else(|| language(business, loaded)),
            state: CallState::Ended,
            outcome: Some(outcome),
            answered_by: None,
            walk: Walk::default(),
            recording: None,
            transcript: None,
            collected: Some(Box::new(self.collected(refused))),
            talk: None,
            created_at: began,
            started_at: Some(began),
            ended_at: Some(began + Duration::seconds(i64::from(seconds.unwrap_or(0)))),
            seconds: *seconds,
            updated_at: now,
        };
        let begun = loaded.call.as_ref().filter(|begun| Some(begun.id) == self.booking.call);
        fold.decision.call = Some(match begun.filter(|begun| begun.provider == self.provider) {
            Some(begun) => ended(begun, call),
            None => call,
        });
        fold.decision
    }

    fn collected(&self, refused: Option<String>) -> Collected {
        let booking = self.booking;
        Collected {
            wish: booking.wish,
            name: booking.name.clone(),
            email: booking.email.clone(),
            number: booking.phone.clone().filter(|_| self.phone.is_none()),
            told: booking.told.clone(),
            service: booking.service.clone(),
            summary: booking.summary.clone(),
            refused,
        }
    }
}

/// The call that we had an agent place, with what the agent tells of it. An end that was told before stands; what it came to
/// the agent knows better than the line.
fn ended(begun: &Call, told: Call) -> Call {
    Call {
        appointment_id: told.appointment_id.or(begun.appointment_id),
        provider_call_id: begun.provider_call_id.clone().or(told.provider_call_id),
        state: CallState::Ended,
        outcome: told.outcome,
        // Whoever was forgotten meanwhile stays so.
        collected: told.collected.filter(|_| *begun.party() != Phone::forgotten()),
        started_at: begun.started_at.or(told.started_at),
        ended_at: begun.ended_at.or(told.ended_at),
        seconds: begun.seconds.or(told.seconds),
        updated_at: told.updated_at,
        ..begun.clone()
    }
}

/// So many minutes from then on.
pub(super) fn lasting(from: DateTime<Utc>, minutes: u32) -> Busy {
    Busy { from, to: from + Duration::minutes(i64::from(minutes)) }
}

/// Whether somebody may still speak of it.
pub(super) fn ahead(appointment: &Appointment, now: DateTime<Utc>) -> bool {
    !appointment.status.over() && appointment.status != Status::Cancelled && appointment.ends_at() > now
}

/// Whether it is cancelled, and they say so once more.
pub(super) fn again(appointment: &Appointment, meaning: Answer) -> bool {
    appointment.status == Status::Cancelled && meaning == Answer::Cancelled
}
