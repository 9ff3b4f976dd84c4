//! Whoever comes by a link: let in by it, or told politely why not.

use super::words::{Say, accepted};
use crate::{app::App, pages::html};
use askama::Template;
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    appointment::Appointment,
    effect::Channel,
    id::AppointmentId,
    links::{Links, Purpose, Refused, Ticket},
    personal::Phone,
    ports::{Contact, PortError},
    rules::Business,
};
use uuid::Uuid;

/// A page that says one thing.
#[derive(Template)]
#[template(path = "visit/message.html")]
struct Message<'a> {
    say: &'a Say,
    title: String,
    detail: String,
}

fn message(say: &Say, status: StatusCode, title: &str, detail: &str) -> Box<Response> {
    Box::new(html(status, &Message { say, title: say.text(title), detail: say.text(detail) }))
}

/// Too much, or the database is away: worth another try after so many seconds.
pub(super) fn busy(say: &Say, seconds: u64, too_many: bool) -> Response {
    let status = if too_many { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut response = *message(say, status, "page-busy-title", "page-busy");
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    response
}

/// What is the matter with a port is for our log; a guest is asked to come again.
pub(super) fn trouble(say: &Say, error: &PortError) -> Box<Response> {
    tracing::warn!(%error, "a guest could not be served");
    Box::new(busy(say, 30, false))
}

/// Somebody with a link that opens something.
pub(super) struct Guest<'a> {
    pub(super) links: &'a Links,
    pub(super) ticket: Ticket,
    pub(super) appointment: Appointment,
    pub(super) business: &'a Business,
    pub(super) zone: Tz,
    pub(super) say: Say,
    pub(super) now: DateTime<Utc>,
    /// Whether they asked already to hear nothing more.
    pub(super) silent: bool,
}

impl<'a> Guest<'a> {
    /// Lets in whoever has a link for one of these purposes. Whether a link was forged, changed, made for something else, or
    /// is about nothing we know, is told to nobody: the answer is the same, and so is the work.
    pub(super) async fn admit(
        app: &'a App,
        token: &str,
        purposes: &[Purpose],
        headers: &HeaderMap,
    ) -> Result<Self, Box<Response>> {
        let rules = app.rules();
        let now = app.now();
        let stranger = Say::new(&rules.texts, accepted(headers));
        let unknown = || message(&stranger, StatusCode::NOT_FOUND, "page-unknown-title", "page-unknown");
        let Some(links) = &rules.links else { return Err(unknown()) };
        let opened = links.open(token, now);
        let (ticket, over) = match opened {
            Ok(ticket) => (Some(ticket), false),
            Err(Refused::Over(ticket)) => (Some(ticket), true),
            Err(Refused::Forged) => (None, false),
        };
        let ticket = ticket.filter(|ticket| purposes.contains(&ticket.purpose));
        let id = ticket.map_or(AppointmentId(Uuid::nil()), |ticket| ticket.appointment);
        let found = app.store().appointment(id).await.map_err(|error| trouble(&stranger, &error))?;
        let (Some(ticket), Some(appointment)) = (ticket, found) else { return Err(unknown()) };
        let Some(business) = rules.business(&appointment.business) else { return Err(unknown()) };
        let phone = &appointment.customer.phone;
        let contact = app.store().contact(phone).await.map_err(|error| trouble(&stranger, &error))?;
        let language = appointment.customer.language.or(contact.as_ref().and_then(|contact| contact.language));
        let say = Say::of(rules, language.unwrap_or(business.language), &appointment);
        // The visit may have been moved to an earlier day since the link was made; silence can be asked for after it.
        // Moved to a later day since the link was made, it can be answered until then: there may be no newer link.
        let moved = ticket.purpose == Purpose::Answer && u32::from(ticket.round) < appointment.round;
        let over = over && !(moved && now < appointment.ends_at());
        let past = ticket.purpose == Purpose::Answer && (now >= appointment.ends_at() || appointment.status.over());
        if over || past || *phone == Phone::forgotten() {
            return Err(message(&say, StatusCode::GONE, "page-over-title", "page-over"));
        }
        let zone = appointment.customer.time_zone.or(contact.as_ref().and_then(|contact| contact.time_zone));
        let zone = zone.unwrap_or(business.time_zone);
        let closed =
            |Contact { opted_out, .. }: Contact| Channel::REACHING.iter().all(|channel| opted_out.contains(channel));
        let silent = contact.is_some_and(closed);
        Ok(Self { links, ticket, appointment, business, zone, say, now, silent })
    }

    /// The page of a link of theirs for something else.
    pub(super) fn path(&self, purpose: Purpose) -> String {
        format!("/a/{}", self.links.token(purpose, &self.appointment))
    }
}
