//! What is written as iCalendar is iCalendar, whatever people are called and whatever stands in the book.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod any;
mod read;

use any::{entry, invited, text};
use chrono::Duration;
use frontdesk_core::{
    appointment::Status,
    ical::{self, Method},
    personal::Email,
};
use frontdesk_testkit::suite::calendar_sink;
use icalendar::{Calendar, Component};
use proptest::prelude::*;
use read::{Line, lines, unescape};

const OBJECT: [&str; 10] = [
    "BEGIN",
    "END",
    "VERSION",
    "PRODID",
    "CALSCALE",
    "METHOD",
    "NAME",
    "X-WR-CALNAME",
    "X-WR-TIMEZONE",
    "X-PUBLISHED-TTL",
];
const EVENT: [&str; 13] = [
    "REFRESH-INTERVAL",
    "UID",
    "DTSTAMP",
    "LAST-MODIFIED",
    "SEQUENCE",
    "DTSTART",
    "DTEND",
    "SUMMARY",
    "DESCRIPTION",
    "ORGANIZER",
    "ATTENDEE",
    "STATUS",
    "TRANSP",
];

/// Each name stands there as often as it may, and no other one does.
fn holds_only_what_we_write(written: &[Line], events: usize) {
    for line in written {
        let name = line.name.as_str();
        assert!(OBJECT.contains(&name) || EVENT.contains(&name), "{name}");
        let times = written.iter().filter(|other| other.name == name).count();
        let most = match name {
            "BEGIN" | "END" => events + 1,
            name if EVENT[1..].contains(&name) => events,
            _ => 1,
        };
        assert!(times <= most, "{name} stands there {times} times");
    }
}

fn value<'a>(written: &'a [Line], name: &str) -> &'a str {
    &written.iter().find(|line| line.name == name).unwrap_or_else(|| panic!("no {name}")).value
}

/// What `clean` of the writer promises, told in another way.
fn as_read(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    text.replace('\t', " ").chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}

proptest! {
    #[test]
    fn no_text_writes_a_line_of_its_own(business in text(), entries in prop::collection::vec(entry(), 0..3)) {
        let written = lines(&ical::feed(&business, &entries));
        holds_only_what_we_write(&written, entries.len());
        prop_assert_eq!(unescape(value(&written, "NAME")), as_read(&business));
        prop_assert_eq!(value(&written, "NAME"), value(&written, "X-WR-CALNAME"));
        let of = |name: &str| -> Vec<_> {
            written.iter().filter(|line| line.name == name).map(|line| unescape(&line.value)).collect()
        };
        let titles: Vec<_> = entries.iter().map(|entry| as_read(&entry.title)).collect();
        prop_assert_eq!(of("SUMMARY"), titles);
        let described = entries.iter().map(|entry| &entry.description).filter(|text| !text.is_empty());
        prop_assert_eq!(of("DESCRIPTION"), described.map(|text| as_read(text)).collect::<Vec<_>>());
    }

    #[test]
    fn an_invitation_names_exactly_the_two_it_is_between(invited in invited(), organizer_name in text()) {
        let organizer = Email::parse("desk@harbour.example").unwrap();
        let (method, written) = ical::invitation(&invited, &organizer, &organizer_name);
        let written = lines(&written);
        holds_only_what_we_write(&written, 1);
        prop_assert_eq!(value(&written, "METHOD"), method.as_str());
        prop_assert_eq!(value(&written, "ORGANIZER"), "mailto:desk@harbour.example");
        prop_assert_eq!(value(&written, "ATTENDEE"), "mailto:ana@example.com");
        let attendee = written.iter().find(|line| line.name == "ATTENDEE").unwrap();
        let names: Vec<_> = attendee.parameters.iter().map(|(name, _)| name.as_str()).collect();
        let called = as_read(invited.name.reveal().trim()).replace('\n', " ").replace('"', "'").replace('^', "^^");
        match called.is_empty() {
            true => prop_assert_eq!(names, ["CUTYPE", "ROLE", "PARTSTAT", "RSVP"]),
            false => {
                prop_assert_eq!(names, ["CUTYPE", "ROLE", "PARTSTAT", "RSVP", "CN"]);
                prop_assert_eq!(&attendee.parameters[4].1, &called);
            }
        }
    }

    #[test]
    fn another_parser_reads_what_was_meant(entry in entry()) {
        let written = ical::stored(&entry);
        let read: Calendar = written.parse().map_err(TestCaseError::fail)?;
        prop_assert_eq!(read.property_value("METHOD"), None);
        let events: Vec<_> = read.events().collect();
        prop_assert_eq!(events.len(), 1);
        let uid = ical::uid(&entry.appointment_id);
        prop_assert_eq!(events[0].get_uid(), Some(uid.as_str()));
        prop_assert_eq!(events[0].get_summary().unwrap_or_default(), as_read(&entry.title));
        prop_assert_eq!(events[0].get_start(), Some(entry.starts_at.into()));
        prop_assert_eq!(events[0].get_sequence(), Some(entry.revision));
        prop_assert_eq!(events[0].property_value("ATTENDEE"), None);
        prop_assert_eq!(events[0].property_value("ORGANIZER"), None);
    }
}

fn invite(status: Status, revision: u32) -> (Method, Vec<Line>) {
    let mut invitation =
        any::invitation(calendar_sink::entry("invited", revision), "Ana \"Anita\" Lim; née O:Neill, jr");
    invitation.entry.status = status;
    let organizer = Email::parse("desk@harbour.example").unwrap();
    let (method, written) = ical::invitation(&invitation, &organizer, "Harbour Clinic, \"East\"");
    (method, lines(&written))
}

#[test]
fn an_invitation_is_what_itip_asks_for() {
    let entry = calendar_sink::entry("invited", 3);
    let (method, written) = invite(Status::Scheduled, 3);
    assert_eq!(method, Method::Request);
    let uid = format!("{}@frontdesk", entry.appointment_id);
    let told: Vec<_> = written.iter().map(|line| (line.name.as_str(), line.value.as_str())).collect();
    for line in [
        ("VERSION", "2.0"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", "REQUEST"),
        ("UID", uid.as_str()),
        ("DTSTAMP", "20261120T090300Z"),
        ("SEQUENCE", "3"),
        ("DTSTART", "20261121T090000Z"),
        ("DTEND", "20261121T093000Z"),
        ("STATUS", "CONFIRMED"),
        ("TRANSP", "OPAQUE"),
    ] {
        assert!(told.contains(&line), "{line:?} is missing in {told:?}");
    }
    let parameters = |name: &str| {
        let line = written.iter().find(|line| line.name == name).unwrap();
        line.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
    };
    assert_eq!(parameters("ORGANIZER"), ["CN=Harbour Clinic, 'East'"]);
    let attendee = ["CUTYPE=INDIVIDUAL", "ROLE=REQ-PARTICIPANT", "PARTSTAT=NEEDS-ACTION", "RSVP=FALSE"];
    assert_eq!(parameters("ATTENDEE")[..4], attendee);
    assert_eq!(parameters("ATTENDEE")[4], "CN=Ana 'Anita' Lim; née O:Neill, jr");
}

#[test]
fn what_is_cancelled_is_withdrawn_under_the_same_name_and_a_higher_number() {
    let (method, written) = invite(Status::Cancelled, 4);
    assert_eq!(method, Method::Cancel);
    let values = ["METHOD", "STATUS", "SEQUENCE", "DTSTART", "TRANSP"].map(|name| value(&written, name));
    assert_eq!(values, ["CANCEL", "CANCELLED", "4", "20261121T090000Z", "TRANSPARENT"]);
    let (_, requested) = invite(Status::Scheduled, 3);
    for name in ["UID", "ORGANIZER", "ATTENDEE"] {
        assert_eq!(value(&written, name), value(&requested, name));
    }
}

#[test]
fn every_status_says_whether_the_person_agreed_and_whether_the_time_is_kept() {
    for status in Status::ALL {
        let (method, written) = invite(status, 1);
        let agreed = matches!(status, Status::Confirmed | Status::Completed | Status::NoShow);
        let attendee = written.iter().find(|line| line.name == "ATTENDEE").unwrap();
        assert_eq!(attendee.parameters[2].1, if agreed { "ACCEPTED" } else { "NEEDS-ACTION" }, "{status:?}");
        assert_eq!(method == Method::Cancel, status == Status::Cancelled);
    }
}

#[test]
fn an_address_cannot_leave_its_link() {
    let mut invitation = any::invitation(calendar_sink::entry("invited", 1), "Ana");
    invitation.email = Email::parse("a&b=c?d#e%41+ä{}|^`/@exämple.example").unwrap();
    let (_, written) = ical::invitation(&invitation, &invitation.email, "");
    let written = lines(&written);
    let link = "mailto:a%26b%3Dc%3Fd%23e%2541+%C3%A4%7B%7D%7C%5E%60%2F@ex%C3%A4mple.example";
    assert_eq!(value(&written, "ATTENDEE"), link);
    assert_eq!(value(&written, "ORGANIZER"), link);
    assert!(written.iter().find(|line| line.name == "ORGANIZER").unwrap().parameters.is_empty());
}

#[test]
fn an_end_that_is_no_later_than_the_beginning_is_left_out() {
    for minutes in [0, -5] {
        let mut entry = calendar_sink::entry("short", 1);
        entry.ends_at = entry.starts_at + Duration::minutes(minutes);
        assert!(lines(&ical::stored(&entry)).iter().all(|line| line.name != "DTEND"));
    }
}

#[test]
fn nothing_begins_a_line_for_readers_who_take_more_for_its_end() {
    for end in ["\r\n", "\r", "\n", "\u{b}", "\u{c}", "\u{1c}", "\u{1d}", "\u{1e}", "\u{85}", "\u{2028}", "\u{2029}"] {
        let mut entry = calendar_sink::entry("evil", 1);
        entry.title = format!("Check-up{end}ATTENDEE:mailto:eve@example.com");
        let written = ical::feed(&entry.title, &[entry.clone()]);
        let lines = written
            .split(['\r', '\n', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}']);
        assert!(lines.into_iter().all(|line| !line.starts_with("ATTENDEE")), "{end:?}: {written}");
    }
}
