//! Whatever people may be called, and whatever may stand in the book.

use chrono::Duration;
use frontdesk_core::{
    appointment::Status,
    personal::{Email, PersonName},
    ports::{CalendarEntry, Invitation},
};
use frontdesk_testkit::suite::calendar_sink;
use proptest::{prelude::*, sample::select};

const HARD: [&str; 24] = [
    "\r\n",
    "\n",
    "\r",
    "\"",
    "'",
    ";",
    ",",
    ":",
    "\\",
    "\\n",
    "\\,",
    "^",
    "^n",
    " ",
    "\t",
    "\0",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "ä",
    "老虎",
    "😀",
    "BEGIN:VALARM",
    "ATTENDEE:mailto:eve@example.com",
];

/// A text of anything: of hard pieces mostly, and long enough to be folded.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![3 => select(&HARD[..]).prop_map(str::to_owned), 1 => any::<String>(), 1 => "[a-z]{0,80}"];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// An entry of anything.
pub(crate) fn entry() -> impl Strategy<Value = CalendarEntry> {
    let of = (text(), text(), 1_u32..9_999, -600_i64..600, select(&Status::ALL[..]));
    of.prop_map(|(title, description, revision, minutes, status)| {
        let entry = calendar_sink::entry("any", revision);
        let ends_at = entry.starts_at + Duration::minutes(minutes);
        CalendarEntry { title, description, ends_at, status, ..entry }
    })
}

/// An invitation of Ana's.
pub(crate) fn invitation(entry: CalendarEntry, name: &str) -> Invitation {
    let email = Email::parse("ana@example.com").unwrap();
    Invitation { entry, name: PersonName::parse(name).unwrap(), email }
}

/// An invitation to anything, for anybody.
pub(crate) fn invited() -> impl Strategy<Value = Invitation> {
    let name = text().prop_filter_map("nobody is called that", |name| {
        // Names with control characters are not taken in the first place.
        let name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
        PersonName::parse(&name).is_ok().then_some(name)
    });
    (entry(), name).prop_map(|(entry, name)| invitation(entry, &name))
}
