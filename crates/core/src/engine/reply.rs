//! What people do themselves, on the page behind their link: answer, hold a free time, take it, ask for silence.

use super::{
    Engine,
    fold::Fold,
    opting::{self, opted_out},
};
use crate::{
    appointment::{Appointment, Status},
    effect::Channel,
    event::Answer,
    id::AppointmentId,
    machine::Happening,
    ports::{Busy, Decision, Loaded, OptOutWay, PortResult, Subject, Trouble},
    rules::{Business, Rules},
    slots::{self, Hold, Load},
};
use chrono::{DateTime, Duration, Utc};
use std::{fmt, str::FromStr, sync::Arc};

/// How an appointment stood when somebody looked at it: at which time, and what was answered last. What they do is done only
/// while it still stands so. Written as text it fits into a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stood {
    round: u32,
    answered: Option<DateTime<Utc>>,
}

impl Stood {
    /// How it stands.
    #[must_use]
    pub fn of(appointment: &Appointment) -> Self {
        Self { round: appointment.round, answered: appointment.answer.map(|answer| answer.at) }
    }
}

impl fmt::Display for Stood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.round, self.answered.map_or(0, |at| at.timestamp_millis()))
    }
}

impl FromStr for Stood {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (round, answered) = text.split_once('.')?;
            let answered = match answered.parse().ok()? {
                0 => None,
                at => Some(DateTime::from_timestamp_millis(at)?),
            };
            Some(Self { round: round.parse().ok()?, answered })
        };
        read().ok_or("this is not how an appointment stood")
    }
}

/// What somebody does with their appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Says whether they come.
    Answer(Answer),
    /// Wants this time held while they make up their mind.
    Hold(DateTime<Utc>),
    /// Takes this time.
    Move(DateTime<Utc>),
}

/// What came of it, with the appointment as it is now.
#[derive(Debug, Clone, PartialEq)]
pub enum Done {
    /// It was done.
    Yes(Appointment),
    /// The appointment was changed since they looked at it; nothing was done.
    Changed(Appointment),
    /// Somebody else was faster, or that time is not offered any more; nothing was done.
    Gone(Appointment),
    /// The appointment does not allow it any more; nothing was done.
    No(Appointment),
    /// There is no such appointment.
    Unknown,
}

impl Engine {
    /// The times to which an appointment could be moved, or at which one of so many minutes could be taken in, from the first
    /// moment on and before the second; its own time and what is held for it count as free.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store or the calendar is away: what is taken is not known then.
    pub async fn free_times(
        &self,
        business: &Business,
        minutes: u32,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        whose: Option<AppointmentId>,
    ) -> PortResult<Vec<DateTime<Utc>>> {
        let now = self.world.now();
        let (from, to) = (from.max(now), to.min(now + business.opening.horizon));
        if from >= to {
            return Ok(Vec::new());
        }
        let around = business.opening.around(Busy { from, to: to + Duration::minutes(i64::from(minutes)) });
        let calendar = self.calendar_of(business, around).await?;
        let book = self.store.taken(&business.id, around, now).await?;
        let load = Load::of_others(&book, &calendar, whose);
        Ok(slots::free(&business.opening, business.time_zone, minutes, (from, to), &load, now))
    }

    /// Does what somebody wants by their link, if the appointment still stands as they saw it.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store is away, or the calendar where a time is wanted.
    pub async fn by_link(&self, id: AppointmentId, saw: Stood, act: Act) -> PortResult<Done> {
        let (starts_at, hold) = match act {
            Act::Answer(meaning) => return self.answer_by_link(id, saw, meaning).await,
            Act::Hold(at) => (at, true),
            Act::Move(at) => (at, false),
        };
        let Some(appointment) = self.store.appointment(id).await? else { return Ok(Done::Unknown) };
        let rules = Arc::clone(&self.rules);
        let Some(business) = rules.business(&appointment.business) else { return Ok(Done::No(appointment)) };
        let time = Busy { from: starts_at, to: starts_at + Duration::minutes(i64::from(appointment.duration_minutes)) };
        let around = business.opening.around(time);
        // Outside of the transaction: nobody waits for a calendar while they hold the lock of a whole business.
        let calendar = self.calendar_of(business, around).await?;
        let now = self.world.now();
        let within = Arc::clone(&rules);
        let decide = move |loaded: Loaded| take_slot(&within, &loaded, saw, &Wanted { time, hold, calendar }, now);
        let subject = Subject::Slot { appointment: id, call: None, time: around };
        let (_, done) = self.decide(subject, None, now, decide).await?;
        Ok(done.unwrap_or(Done::Unknown))
    }

    async fn answer_by_link(&self, id: AppointmentId, saw: Stood, meaning: Answer) -> PortResult<Done> {
        let now = self.world.now();
        let rules = Arc::clone(&self.rules);
        let decide = move |loaded: Loaded| answer(&rules, &loaded, saw, meaning, now);
        let (_, done) = self.decide(Subject::Appointment(id), None, now, decide).await?;
        Ok(done.unwrap_or(Done::Unknown))
    }

    /// Somebody wants to hear nothing more from us, about anything, and said so in this way; by the button of their mail
    /// program, no more mail. `None` when there is no such appointment.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store is away.
    pub async fn stop_by_link(&self, id: AppointmentId, way: OptOutWay) -> PortResult<Option<Appointment>> {
        let now = self.world.now();
        let rules = Arc::clone(&self.rules);
        let decide = move |loaded: Loaded| stop(&rules, &loaded, way, now);
        let (_, appointment) = self.decide(Subject::Appointment(id), None, now, decide).await?;
        Ok(appointment.flatten())
    }

    /// What stands in the business's calendar; nothing where there is none that can be asked.
    pub(super) async fn calendar_of(&self, business: &Business, time: Busy) -> PortResult<Vec<Busy>> {
        let Some(calendar) = &self.ports.calendar else { return Ok(Vec::new()) };
        match calendar.busy(&business.id, time.from, time.to).await {
            Err(error) if error.trouble == Trouble::Unsupported => Ok(Vec::new()),
            answer => answer,
        }
    }
}

fn answer(rules: &Rules, loaded: &Loaded, saw: Stood, meaning: Answer, now: DateTime<Utc>) -> (Decision, Done) {
    let (business, appointment) = match there(rules, loaded, saw) {
        Ok(there) => there,
        Err(done) => return (Decision::default(), *done),
    };
    // Whoever answers a page that shows how things stand knows of every answer before theirs.
    let mut fold = Fold::new(business, Some(appointment.clone()), now);
    fold.happen(&Happening::Answered { meaning, channel: Channel::Link, round: None });
    let after = fold.appointment().unwrap_or(appointment).clone();
    let said = after.answer.is_some_and(|answer| answer.meaning == meaning);
    let done = if said { Done::Yes(after) } else { Done::No(after) };
    (fold.decision, done)
}

/// A time that somebody wants.
struct Wanted {
    time: Busy,
    /// Whether it is to be held, and not taken yet.
    hold: bool,
    calendar: Vec<Busy>,
}

fn take_slot(rules: &Rules, loaded: &Loaded, saw: Stood, wanted: &Wanted, now: DateTime<Utc>) -> (Decision, Done) {
    let (business, appointment) = match there(rules, loaded, saw) {
        Ok(there) => there,
        Err(done) => return (Decision::default(), *done),
    };
    let time = wanted.time;
    if appointment.status == Status::Cancelled || now >= appointment.starts_at {
        return (Decision::default(), Done::No(appointment.clone()));
    }
    let load = Load::of_others(&loaded.taken, &wanted.calendar, Some(appointment.id));
    let only = (time.from, time.from + Duration::milliseconds(1));
    let minutes = appointment.duration_minutes;
    let offered = slots::free(&business.opening, business.time_zone, minutes, only, &load, now);
    let fits = time.to - time.from == Duration::minutes(i64::from(minutes));
    if !fits || !offered.contains(&time.from) {
        return (Decision::default(), Done::Gone(appointment.clone()));
    }
    let hold = |until| Hold { appointment: appointment.id, business: business.id.clone(), time, until };
    let mut fold = Fold::new(business, Some(appointment.clone()), now);
    if wanted.hold {
        fold.decision.hold = Some(hold(now + business.opening.hold));
        return (fold.decision, Done::Yes(appointment.clone()));
    }
    fold.happen(&Happening::Chosen { starts_at: time.from, channel: Channel::Link });
    fold.decision.hold = Some(hold(now));
    let after = fold.appointment().unwrap_or(appointment).clone();
    let done = if after.starts_at == time.from { Done::Yes(after) } else { Done::No(after) };
    (fold.decision, done)
}

fn stop(rules: &Rules, loaded: &Loaded, way: OptOutWay, now: DateTime<Utc>) -> (Decision, Option<Appointment>) {
    let Some(appointment) = &loaded.appointment else { return (Decision::default(), None) };
    let phone = &appointment.customer.phone;
    // The button of a mail program shows nobody what else it would close.
    let mail_only = way == OptOutWay::Mail;
    let said =
        if mail_only { opting::without(loaded, phone, Channel::Email, now) } else { opted_out(loaded, phone, now) };
    // Said before: nothing is told a second time.
    if loaded.ledger.contact.as_ref().is_some_and(|known| known.opted_out == said.opted_out) {
        return (Decision::default(), Some(appointment.clone()));
    }
    let mut decision = Decision::default();
    if let Some(business) = rules.business(&appointment.business) {
        let mut fold = Fold::new(business, Some(appointment.clone()), now);
        if mail_only {
            fold.record(
                "opted_out",
                "wants no more mail, by the button of their mail program",
                serde_json::Value::Null,
            );
        } else {
            fold.happen(&Happening::OptedOut { channel: Channel::Link });
        }
        decision = fold.decision;
    }
    opting::write(&mut decision, loaded, said, way, Some(&format!("appointment {}", appointment.id)));
    (decision, Some(appointment.clone()))
}

/// The appointment and its business, where it still stands as it was seen.
fn there<'a>(rules: &'a Rules, loaded: &'a Loaded, saw: Stood) -> Result<(&'a Business, &'a Appointment), Box<Done>> {
    let appointment = loaded.appointment.as_ref().ok_or_else(|| Box::new(Done::Unknown))?;
    if Stood::of(appointment) != saw {
        return Err(Box::new(Done::Changed(appointment.clone())));
    }
    match rules.business(&appointment.business) {
        Some(business) => Ok((business, appointment)),
        None => Err(Box::new(Done::No(appointment.clone()))),
    }
}
