//! What a wish comes to, as far as it can be said before the transaction: which appointment is meant, and which time.

use super::{moment, shown};
use crate::{
    appointment::{Appointment, Confirm, Customer, NewAppointment},
    call::{Call, CallRef, Direction},
    engine::{
        Engine,
        bookings::{USUAL_MINUTES, lasting},
    },
    event::Answer,
    id::AppointmentId,
    personal::{PersonName, Phone},
    ports::{Busy, NewSlot, PortResult, Subject},
    rules::Business,
    tools::Tool,
};

/// What is to be done.
pub(super) enum Plan {
    Book(Box<NewAppointment>),
    Move(Busy),
    Answer(Answer),
    SendText,
    Transfer,
    EndCall,
    Refuse(String),
}

pub(super) struct Planned {
    pub(super) subject: Subject,
    pub(super) plan: Plan,
    /// What stands in the calendar around the time that is wanted; `None` where it did not answer.
    pub(super) calendar: Option<Vec<Busy>>,
}

/// One answer for an appointment that does not exist and for one of somebody else's.
pub(super) const NOT_THEIRS: &str = "the caller has no such appointment; look up theirs with find_appointments";
const NONE_AHEAD: &str = "the caller has no appointment ahead";
const SEVERAL: &str = "the caller has several appointments ahead; look them up with find_appointments, ask which one is meant, and tell me \
     its appointment_id";
const WITHHELD: &str =
    "the caller's number is withheld, so nobody can tell which appointments are theirs; put them through to the desk";
const NO_NUMBER: &str = "the caller's number is withheld; ask for a number to reach them at, and send it as phone with country code, like \
     +14155550123";

/// Whether an appointment is of whoever is on the line: of their number, or booked in this very call where the line does not
/// show one.
pub(super) fn theirs(business: &Business, call: &Call, appointment: &Appointment) -> bool {
    let own = match shown(call) {
        Some(party) => appointment.customer.phone == *party,
        None => booked_now(call, appointment),
    };
    own && appointment.business == business.id
}

/// Whether an appointment was booked in this very call.
pub(super) fn booked_now(call: &Call, appointment: &Appointment) -> bool {
    call.appointment_id == Some(appointment.id) && appointment.created_at >= call.created_at
}

impl Engine {
    pub(super) async fn plan(
        &self,
        business: &Business,
        call: &Call,
        tool: Tool,
        id: AppointmentId,
    ) -> PortResult<Planned> {
        let now = self.world.now();
        let plain = |plan| Planned { subject: Subject::Call(CallRef::Ours(call.id)), plan, calendar: Some(Vec::new()) };
        let (which, change) = match tool {
            Tool::Book { .. } => return self.plan_booking(business, call, tool, id).await,
            Tool::Move { appointment, starts_at } => match moment(business, call, &starts_at, now) {
                Ok(at) => (appointment, Plan::Move(lasting(at, 0))),
                Err(why) => return Ok(plain(Plan::Refuse(why))),
            },
            Tool::Cancel { appointment } => (appointment, Plan::Answer(Answer::Cancelled)),
            Tool::Confirm { appointment } => (appointment, Plan::Answer(Answer::Confirmed)),
            Tool::SendText { appointment } => (appointment, Plan::SendText),
            Tool::Transfer => return Ok(plain(Plan::Transfer)),
            Tool::EndCall => return Ok(plain(Plan::EndCall)),
            Tool::FindAppointments | Tool::FreeSlots { .. } => {
                return Ok(plain(Plan::Refuse("there is nothing to be done about it".to_owned())));
            }
        };
        let appointment = match self.meant(business, call, which).await? {
            Ok(appointment) => appointment,
            Err(why) => return Ok(plain(Plan::Refuse(why.to_owned()))),
        };
        let from = if let Plan::Move(time) = &change { time.from } else { appointment.starts_at };
        let time = lasting(from, appointment.duration_minutes);
        let around = business.opening.around(time);
        let (plan, calendar) = match change {
            Plan::Move(_) => (Plan::Move(time), self.calendar_of(business, around).await.ok()),
            plan => (plan, Some(Vec::new())),
        };
        let subject = Subject::Slot { appointment: appointment.id, call: Some(call.id), time: around };
        Ok(Planned { subject, plan, calendar })
    }

    async fn plan_booking(
        &self,
        business: &Business,
        call: &Call,
        tool: Tool,
        id: AppointmentId,
    ) -> PortResult<Planned> {
        let refused = |why: String| Planned {
            subject: Subject::Call(CallRef::Ours(call.id)),
            plan: Plan::Refuse(why),
            calendar: Some(Vec::new()),
        };
        let Tool::Book { starts_at, name, service, email, phone } = tool else {
            return Ok(refused("there is nothing to be booked".to_owned()));
        };
        let starts_at = match moment(business, call, &starts_at, self.world.now()) {
            Ok(at) => at,
            Err(why) => return Ok(refused(why)),
        };
        // Where the line shows a number it is theirs: nobody books in the name of another one.
        let spoken = phone.and_then(|told| Phone::parse(told.reveal(), business.region.as_deref()).ok());
        let Some(phone) = shown(call).cloned().or(spoken.filter(|phone| !phone.nobodys())) else {
            return Ok(refused(NO_NUMBER.to_owned()));
        };
        let known = match (&name, shown(call)) {
            (None, Some(party)) => self.ahead_of(business, party).await?.pop().map(|it| it.customer.name),
            _ => None,
        };
        let time = business.opening.around(lasting(starts_at, USUAL_MINUTES));
        let calendar = self.calendar_of(business, time).await.ok();
        let new = NewAppointment {
            external_id: None,
            business: business.id.clone(),
            business_name: None,
            customer: Customer {
                name: name.or(known).unwrap_or_else(PersonName::unknown),
                phone: phone.clone(),
                email,
                language: Some(call.language),
                time_zone: None,
            },
            starts_at,
            duration_minutes: USUAL_MINUTES,
            service: service.map(|service| service.reveal().to_owned()),
            notes: None,
            confirm: Confirm::Policy,
        };
        let (business, call) = (business.id.clone(), Some(call.id));
        let subject = NewSlot { business, external_id: None, id, phone, starts_at, time, call };
        Ok(Planned { subject: Subject::NewSlot(subject), plan: Plan::Book(Box::new(new)), calendar })
    }

    /// The appointment that a caller speaks of.
    async fn meant(
        &self,
        business: &Business,
        call: &Call,
        which: Option<AppointmentId>,
    ) -> PortResult<Result<Appointment, &'static str>> {
        if let Some(id) = which {
            let there = self.store.appointment(id).await?;
            return Ok(there.filter(|it| theirs(business, call, it)).ok_or(NOT_THEIRS));
        }
        let Some(party) = shown(call) else {
            let there = match call.appointment_id {
                Some(id) => self.store.appointment(id).await?,
                None => None,
            };
            return Ok(there.filter(|it| theirs(business, call, it)).ok_or(WITHHELD));
        };
        let mut ahead = self.ahead_of(business, party).await?;
        if let Some(about) = call.appointment_id.filter(|_| call.direction == Direction::Outbound)
            && let Some(at) = ahead.iter().position(|it| it.id == about)
        {
            // We rang them about this one.
            return Ok(Ok(ahead.swap_remove(at)));
        }
        Ok(match ahead.pop() {
            None => Err(NONE_AHEAD),
            Some(_) if !ahead.is_empty() => Err(SEVERAL),
            Some(only) => Ok(only),
        })
    }
}
