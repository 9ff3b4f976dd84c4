use chrono::Duration;
use frontdesk_core::{appointment::Status, ports::CalendarEntry};
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Parameter, Property};

/// How often a calendar program should look.
const REFRESH: Duration = Duration::minutes(5);

/// Writes entries as an iCalendar object. The same entries give the same text, to the letter.
pub(super) fn write(business: &str, entries: &[CalendarEntry]) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//Frontdesk//Local calendar//EN"));
    calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
    calendar.append_property(Property::new("METHOD", "PUBLISH"));
    calendar.append_property(Property::new("NAME", clean(business)));
    // The library escapes what it knows to be text; of an extension it has to be told.
    calendar.append_property(
        Property::new("X-WR-CALNAME", clean(business)).append_parameter(Parameter::new("VALUE", "TEXT")).done(),
    );
    if let Some(zone) = entries.first().map(|entry| entry.time_zone) {
        calendar.timezone(zone);
    }
    calendar.ttl(&REFRESH);
    for entry in entries {
        calendar.push(event(entry));
    }
    calendar.to_string()
}

fn event(entry: &CalendarEntry) -> Event {
    let status = match entry.status {
        Status::Confirmed | Status::Completed | Status::NoShow => EventStatus::Confirmed,
        Status::Cancelled => EventStatus::Cancelled,
        Status::Scheduled | Status::Confirming | Status::RescheduleRequested | Status::Unreached => {
            EventStatus::Tentative
        }
    };
    // A cancelled appointment takes nobody's time any more.
    let blocks = if entry.status == Status::Cancelled { "TRANSPARENT" } else { "OPAQUE" };
    let mut event = Event::new();
    // Times are in UTC: every program shows them in its own zone, and no rules of a zone need to be sent along.
    event
        .uid(&format!("{}@frontdesk", entry.appointment_id))
        .sequence(entry.revision)
        .timestamp(entry.updated_at)
        .last_modified(entry.updated_at)
        .starts(entry.starts_at)
        .ends(entry.ends_at)
        .summary(&clean(&entry.title))
        .description(&clean(&entry.description))
        .add_property("TRANSP", blocks)
        .status(status);
    event.done()
}

/// Line ends as iCalendar escapes them; other control characters are not allowed in it.
fn clean(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}
