//! Appointments as iCalendar objects (RFC 5545): a feed to subscribe to, an object for a calendar server, an invitation.
//!
//! Everything that is written comes from people or from the book, so nothing of it is trusted: texts are escaped, values of
//! parameters are quoted, and no control character gets through. The same entries give the same text, to the letter.
//! Times are in UTC: every program shows them in its own zone, and no rules of a zone need to be sent along.
//! <https://www.rfc-editor.org/rfc/rfc5545>

mod write;

use crate::{
    appointment::Status,
    id::AppointmentId,
    personal::Email,
    ports::{CalendarEntry, Invitation},
};
use write::Writer;

/// How often a calendar program should look at a feed again.
const REFRESH: &str = "PT5M";
/// Who wrote it.
const PRODUCT: &str = "-//Frontdesk//Frontdesk//EN";

/// What an invitation asks of the program that reads it (iTIP, RFC 5546).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Take this appointment in, or change the one that is there.
    Request,
    /// The appointment does not take place.
    Cancel,
}

impl Method {
    /// The word in the object, and in the `method` parameter of a mail's `text/calendar` part.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// The UID of an appointment in every calendar, feed and invitation: what makes writing twice one event.
#[must_use]
pub fn uid(appointment: &AppointmentId) -> String {
    format!("{appointment}@frontdesk")
}

/// A calendar to subscribe to, under the name of the business; it is shown in the zone of the first entry.
#[must_use]
pub fn feed(business_name: &str, entries: &[CalendarEntry]) -> String {
    let mut out = object(Some("PUBLISH"));
    out.text("NAME", business_name);
    // Before RFC 7986 there was only this one, and many programs read no other.
    out.text("X-WR-CALNAME", business_name);
    if let Some(entry) = entries.first() {
        out.text("X-WR-TIMEZONE", entry.time_zone.name());
    }
    out.plain("REFRESH-INTERVAL;VALUE=DURATION", REFRESH);
    out.plain("X-PUBLISHED-TTL", REFRESH);
    for entry in entries {
        event(&mut out, entry, status(entry.status), |_| {});
    }
    out.end("VCALENDAR")
}

/// One appointment for a calendar server (CalDAV, RFC 4791): without a method, and without anybody who is invited, so that
/// a server that sends invitations by itself sends none.
#[must_use]
pub fn stored(entry: &CalendarEntry) -> String {
    let mut out = object(None);
    event(&mut out, entry, status(entry.status), |_| {});
    out.end("VCALENDAR")
}

/// An invitation for the one who is expected, or its withdrawal where the appointment is cancelled.
///
/// `organizer` must be the address that the mail comes from: mail programs trust no other. Whoever is invited is not
/// asked to reply, as nobody reads replies; what they told us already is shown as their answer. An empty
/// `organizer_name` is left out.
#[must_use]
pub fn invitation(invitation: &Invitation, organizer: &Email, organizer_name: &str) -> (Method, String) {
    let entry = &invitation.entry;
    // What the business does, whatever the person said: it keeps the time free, so nothing is tentative about it.
    let (method, status, answered) = match entry.status {
        Status::Cancelled => (Method::Cancel, "CANCELLED", false),
        Status::RescheduleRequested => (Method::Request, "TENTATIVE", false),
        Status::Confirmed | Status::Completed | Status::NoShow => (Method::Request, "CONFIRMED", true),
        Status::Scheduled | Status::Confirming | Status::Unreached => (Method::Request, "CONFIRMED", false),
    };
    let mut out = object(Some(method.as_str()));
    event(&mut out, entry, status, |out| {
        out.person("ORGANIZER", organizer_name, organizer);
        let answer = if answered { "ACCEPTED" } else { "NEEDS-ACTION" };
        let attendee = format!("ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={answer};RSVP=FALSE");
        out.person(&attendee, invitation.name.reveal(), &invitation.email);
    });
    (method, out.end("VCALENDAR"))
}

fn object(method: Option<&str>) -> Writer {
    let mut out = Writer::default();
    out.plain("BEGIN", "VCALENDAR");
    out.plain("VERSION", "2.0");
    out.plain("PRODID", PRODUCT);
    out.plain("CALSCALE", "GREGORIAN");
    if let Some(method) = method {
        out.plain("METHOD", method);
    }
    out
}

fn event(out: &mut Writer, entry: &CalendarEntry, status: &str, people: impl FnOnce(&mut Writer)) {
    out.plain("BEGIN", "VEVENT");
    out.plain("UID", &uid(&entry.appointment_id));
    out.time("DTSTAMP", entry.updated_at);
    out.time("LAST-MODIFIED", entry.updated_at);
    out.plain("SEQUENCE", &entry.revision.to_string());
    out.time("DTSTART", entry.starts_at);
    // An end that is no later than the beginning is not allowed; without one it is a moment.
    if entry.ends_at > entry.starts_at {
        out.time("DTEND", entry.ends_at);
    }
    out.text("SUMMARY", &entry.title);
    if !entry.description.is_empty() {
        out.text("DESCRIPTION", &entry.description);
    }
    people(out);
    out.plain("STATUS", status);
    // A cancelled appointment takes nobody's time any more.
    out.plain("TRANSP", if entry.status == Status::Cancelled { "TRANSPARENT" } else { "OPAQUE" });
    out.plain("END", "VEVENT");
}

/// How sure the desk can be of it.
fn status(status: Status) -> &'static str {
    match status {
        Status::Confirmed | Status::Completed | Status::NoShow => "CONFIRMED",
        Status::Cancelled => "CANCELLED",
        Status::Scheduled | Status::Confirming | Status::RescheduleRequested | Status::Unreached => "TENTATIVE",
    }
}
