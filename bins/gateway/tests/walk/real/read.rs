//! Mails and events, as other people's parsers read them.

use chrono::{DateTime, Utc};
use frontdesk_testkit::servers::smtp::Taken;
use icalendar::{Calendar, Component, DatePerhapsTime, Event};
use mail_parser::{Message, MimeHeaders, PartType};

pub(super) fn mail(taken: &Taken) -> Message<'_> {
    taken.message()
}

/// What is in the parts of this type, wherever they are in the mail.
pub(super) fn parts(mail: &Message<'_>, kind: &str) -> Vec<String> {
    let is = |part: &&mail_parser::MessagePart<'_>| {
        let is = part.content_type().map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()));
        is.as_deref() == Some(kind)
    };
    let text = |part: &mail_parser::MessagePart<'_>| match &part.body {
        PartType::Text(text) | PartType::Html(text) => text.to_string(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        PartType::Message(_) | PartType::Multipart(_) => String::new(),
    };
    mail.parts.iter().filter(is).map(text).collect()
}

/// The calendar part of a mail: its method as the part's header says it, and what is in it.
pub(super) fn invited(mail: &Message<'_>) -> Option<(String, String)> {
    let part = mail.parts.iter().find(|part| {
        part.content_type().is_some_and(|kind| kind.ctype() == "text" && kind.subtype() == Some("calendar"))
    })?;
    let method = part.content_type()?.attribute("method")?.to_owned();
    Some((method, parts(mail, "text/calendar").remove(0)))
}

/// The only event in an object.
pub(super) fn event(object: &str) -> Event {
    let calendar: Calendar = object.parse().unwrap();
    let events: Vec<&Event> = calendar.events().collect();
    assert_eq!((events.len(), calendar.components.len()), (1, 1), "{object}");
    events[0].clone()
}

/// The value of a property, or of the first of several.
pub(super) fn value(event: &Event, name: &str) -> String {
    let many = || event.multi_properties().get(name).and_then(|all| all.first()).map(icalendar::Property::value);
    event.property_value(name).or_else(many).unwrap_or_else(|| panic!("no {name}")).to_owned()
}

pub(super) fn sequence(event: &Event) -> u32 {
    value(event, "SEQUENCE").parse().unwrap()
}

/// From when until when.
pub(super) fn times(event: &Event) -> (DateTime<Utc>, DateTime<Utc>) {
    let utc = |at: Option<DatePerhapsTime>| match at {
        Some(DatePerhapsTime::DateTime(icalendar::CalendarDateTime::Utc(at))) => at,
        other => panic!("no time in UTC: {other:?}"),
    };
    (utc(event.get_start()), utc(event.get_end()))
}
