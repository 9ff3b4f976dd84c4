//! Who rings, for a voice agent: what it may know, and the call that is handed to it.

use super::{Answered, Engine, people::known_language};
use crate::{
    appointment::{Appointment, Status},
    booking::{Booking, Wish},
    call::CallRef,
    event::{Answer, Event},
    id::CallId,
    personal::Phone,
    ports::{
        AgentLine, AppointmentFilter, Caller, HandOver, NextAppointment, PortResult, Received, ReceivedAbout,
        WebhookResponse,
    },
    rules::{Business, Inbound, Rules},
    speech::spoken_when,
};
use chrono::{DateTime, Duration, Utc};
use std::sync::Arc;

/// How long after a cancelling its delivery may come again, which cannot be told from another one in the same words.
const TOLD_AGAIN: Duration = Duration::hours(1);
/// How long what was booked after a cancelling is not what the same words are about.
const BOOKED_ANEW: Duration = Duration::minutes(15);

impl Engine {
    /// What is known of whoever rings this number; the first business's where none has it.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store is away.
    pub async fn caller(&self, from: Option<&Phone>, to: Option<&Phone>) -> PortResult<Option<Caller>> {
        let rung = to.and_then(|to| self.rules.business_at(to));
        let Some(business) = rung.or_else(|| self.rules.businesses.values().next()) else {
            return Ok(None);
        };
        let next = match from.filter(|from| !from.nobodys()) {
            Some(from) => self.next_of(business, from).await?,
            None => None,
        };
        let contact = match from.filter(|from| !from.nobodys()) {
            Some(from) => self.store.contact(from).await?,
            None => None,
        };
        let language = known_language(business, next.as_ref(), contact.as_ref());
        let zone = next.as_ref().and_then(|it| it.customer.time_zone);
        let zone = zone.or(contact.and_then(|contact| contact.time_zone)).unwrap_or(business.time_zone);
        let now = self.world.now();
        Ok(Some(Caller {
            business: business.id.clone(),
            business_name: business.name.clone(),
            time_zone: business.time_zone,
            language,
            name: next.as_ref().map(|it| it.customer.name.clone()).filter(|name| !name.is_unknown()),
            next: next.map(|it| NextAppointment {
                id: it.id,
                starts_at: it.starts_at,
                spoken: spoken_when(it.starts_at, now, zone, language),
                service: it.service,
            }),
        }))
    }

    /// The next appointment of this person that will take place.
    pub(super) async fn next_of(&self, business: &Business, from: &Phone) -> PortResult<Option<Appointment>> {
        Ok(self.ahead_of(business, from).await?.into_iter().min_by_key(|it| (it.starts_at, it.id)))
    }

    /// The appointments of this person that will take place.
    pub(super) async fn ahead_of(&self, business: &Business, from: &Phone) -> PortResult<Vec<Appointment>> {
        let mut theirs = self.known_of(business, from).await?;
        theirs.retain(|it| it.status != Status::Cancelled);
        Ok(theirs)
    }

    /// The same, with those that were cancelled.
    pub(super) async fn known_of(&self, business: &Business, from: &Phone) -> PortResult<Vec<Appointment>> {
        let now = self.world.now();
        let filter = AppointmentFilter {
            business: Some(business.id.clone()),
            from: Some(now - Duration::days(1)),
            q: Some(from.reveal().to_owned()),
            limit: 50,
            ..AppointmentFilter::default()
        };
        let theirs = self.store.appointments(filter).await?.items.into_iter();
        Ok(theirs.filter(|it| it.customer.phone == *from && !it.status.over() && it.ends_at() > now).collect())
    }

    /// The key of what was told without a name, by the appointment that is meant: the newest that stands, or else the newest
    /// that was cancelled, for then it is that one's cancelling that is told again; so it is where they booked anew a moment ago.
    /// About none of them, it is by the day.
    pub(super) async fn key_by_words(
        &self,
        business: &Business,
        booking: &Booking,
        phone: Option<&Phone>,
        now: DateTime<Utc>,
    ) -> PortResult<String> {
        let changes = matches!(booking.wish, Wish::Move | Wish::Cancel | Wish::Confirm);
        let mut theirs = match phone.filter(|_| changes) {
            Some(phone) => self.known_of(business, phone).await?,
            None => Vec::new(),
        };
        let cancelled = theirs.iter().filter_map(cancelled_at).filter(|at| now - *at < TOLD_AGAIN).min();
        theirs.retain(|it| {
            let anew = cancelled.is_some_and(|at| it.created_at >= at) && now - it.created_at < BOOKED_ANEW;
            it.status == Status::Cancelled || !anew
        });
        let newest = theirs.iter().max_by_key(|it| (it.status != Status::Cancelled, it.created_at, it.id));
        let about = newest.map_or_else(|| now.date_naive().to_string(), |it| it.id.to_string());
        Ok(format!("{}:{about}", booking.key))
    }

    /// Who takes a call that comes in by this carrier, where the business wants an agent to.
    #[must_use]
    pub fn agent_line(&self, carrier: &str, received: &Received) -> Option<Arc<dyn AgentLine>> {
        let ReceivedAbout::Call { parties: Some((_, to)), .. } = &received.about else {
            return None;
        };
        let business = self.rules.business_at(to).or_else(|| self.rules.businesses.values().next())?;
        let wanted = received.event == Event::Incoming && matches!(business.inbound, Inbound::Agent | Inbound::Seed);
        self.ports.line.clone().filter(|line| wanted && line.takes(carrier))
    }

    /// Hands a call that comes in to an agent: asks its vendor. Nothing is decided yet.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store or the agent cannot be had.
    pub async fn hand_over(
        &self,
        line: &dyn AgentLine,
        received: &Received,
    ) -> PortResult<Option<(CallId, WebhookResponse)>> {
        let ReceivedAbout::Call { call, provider_call_id, parties: Some((from, to)) } = &received.about else {
            return Ok(None);
        };
        let theirs = match call {
            CallRef::Theirs { id, .. } => Some(id.clone()),
            CallRef::Ours(_) => None,
        };
        let Some(caller) = self.caller(Some(from), Some(to)).await? else {
            return Ok(None);
        };
        let call_id = CallId(self.world.fresh());
        let as_seed = self.rules.business(&caller.business).is_some_and(|it| it.inbound == Inbound::Seed);
        let provider_call_id = provider_call_id.clone().or(theirs);
        let call = HandOver { call_id, provider_call_id, from: from.clone(), to: to.clone(), caller, as_seed };
        Ok(Some((call_id, line.hand_over(&call).await?)))
    }

    /// Puts on record that an agent has the call of this webhook, under this name.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store is away.
    pub async fn handed_over(&self, provider: &str, received: Received, call: CallId) -> PortResult<Answered> {
        self.advance(provider, received, Some(call)).await
    }
}

/// When it was cancelled, if it is.
fn cancelled_at(appointment: &Appointment) -> Option<DateTime<Utc>> {
    let answered = appointment.answer.filter(|it| it.meaning == Answer::Cancelled).map(|it| it.at);
    (appointment.status == Status::Cancelled).then(|| answered.unwrap_or(appointment.updated_at))
}

/// Whose appointment it is: the business that was rung, else the one that was named, else the first.
pub(super) fn business_meant<'a>(rules: &'a Rules, booking: &Booking) -> Option<&'a Business> {
    let rung = booking.called.as_ref().and_then(|number| rules.business_at(number));
    let named = || booking.business.as_deref().and_then(|id| rules.business(id));
    rung.or_else(named).or_else(|| rules.businesses.values().next())
}
