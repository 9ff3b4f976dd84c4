//! Events: how they are named, what is written into them, and what is read of them.
//! <https://developers.google.com/workspace/calendar/api/v3/reference/events>

mod words;

use self::words::{Html, Said};
use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use frontdesk_core::{
    appointment::Status,
    id::AppointmentId,
    ports::{CalendarEntry, HandEdit, HandEditKind},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// How many names an appointment's event may have, should another event be in the way.
pub(crate) const NAMES: u32 = 4;
/// What is read of an event; nothing about people.
pub(crate) const FIELDS: &str = "id,etag,status,htmlLink,start,end,extendedProperties/private";
/// The same for one that is to be written over: what the desk has added has to stay.
pub(crate) const FIELDS_TO_KEEP: &str = "id,etag,status,htmlLink,start,end,extendedProperties/private,description";
/// The longest title, in characters; the vendor's own limit is larger or unwritten.
const MAX_TITLE: usize = 1_000;

const APPOINTMENT: &str = "gwAppointmentId";
const REVISION: &str = "gwRev";
const START: &str = "gwStart";
const END: &str = "gwEnd";
const GONE: &str = "gwGone";
const WORDS: &str = "gwWords";

/// The name of the event for this key. An event may be named with `a` to `v` and digits only, and names are never free
/// again: one that is made of the appointment makes an event that is written twice one event.
pub(crate) fn name(key: &str) -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let digest = Sha256::digest(key.as_bytes());
    let mut name = "appt".to_owned();
    // 20 bytes are 4 times 40 bits, and 40 bits are 8 letters.
    for five in digest[..20].chunks(5) {
        let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        name.extend((0..8).rev().map(|letter| char::from(LETTERS[(bits >> (5 * letter) & 31) as usize])));
    }
    name
}

/// The names of an appointment's event, in the order in which they are tried.
pub(crate) fn names(appointment: &AppointmentId) -> impl Iterator<Item = String> {
    let appointment = appointment.to_string();
    (0..NAMES).map(move |n| if n == 0 { name(&appointment) } else { name(&format!("{appointment}/{n}")) })
}

/// Whether an event of this name may be one of ours.
pub(crate) fn may_be_ours(name: &str) -> bool {
    name.len() == 36 && name.starts_with("appt")
}

/// An event as Google shows it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) etag: Option<String>,
    status: String,
    pub(crate) html_link: Option<String>,
    start: When,
    end: When,
    description: Html,
    extended_properties: Properties,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct When {
    date_time: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Properties {
    private: BTreeMap<String, String>,
}

/// What we have noted in an event of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) appointment: AppointmentId,
    pub(crate) revision: u32,
    /// When it was to begin and to end.
    span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Whether we have taken it out ourselves.
    gone: bool,
}

impl Event {
    /// What we have noted there; `None` for what is not ours, such as a copy that somebody made of one of ours.
    pub(crate) fn marks(&self) -> Option<Marks> {
        let note = |name| self.extended_properties.private.get(name);
        let appointment: AppointmentId = note(APPOINTMENT)?.parse().ok()?;
        names(&appointment).find(|name| *name == self.id)?;
        let time = |name| note(name).and_then(|time| moment(time));
        Some(Marks {
            appointment,
            revision: note(REVISION).and_then(|revision| revision.parse().ok()).unwrap_or(0),
            span: time(START).zip(time(END)),
            gone: note(GONE).is_some(),
        })
    }

    pub(crate) fn deleted(&self) -> bool {
        self.status == "cancelled"
    }

    /// When it begins and ends; `None` for a whole day.
    fn span(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let of = |when: &When| when.date_time.as_deref().and_then(moment);
        of(&self.start).zip(of(&self.end))
    }

    /// Whether somebody has moved it since we wrote it.
    pub(crate) fn moved(&self, marks: &Marks) -> bool {
        marks.span.is_some_and(|span| self.span() != Some(span))
    }

    /// Our words over the description that is there.
    pub(crate) fn said(&self, ours: &str) -> Said {
        Said::over(ours, &self.description, self.extended_properties.private.get(WORDS).map(String::as_str))
    }

    /// What somebody did to it by hand, if it is ours. What has become a whole day says nothing about the time.
    pub(crate) fn hand_edit(&self) -> Option<HandEdit> {
        let marks = self.marks().filter(|marks| !marks.gone)?;
        let what = if self.deleted() {
            HandEditKind::Deleted
        } else {
            let (starts_at, ends_at) = self.span().filter(|_| self.moved(&marks))?;
            HandEditKind::Moved { starts_at, ends_at }
        };
        Some(HandEdit { appointment_id: marks.appointment, revision: marks.revision, what })
    }
}

impl Marks {
    /// Whether the entry states another time than the one we wrote last.
    pub(crate) fn moved_by(&self, entry: &CalendarEntry) -> bool {
        self.span != Some((seconds(entry.starts_at), seconds(entry.ends_at)))
    }
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| seconds(at.to_utc()))
}

/// Google keeps whole seconds.
fn seconds(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(0)
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What is written into an event, over what is there; without the times where the desk's stand.
pub(crate) fn body(entry: &CalendarEntry, there: &Event, times: bool) -> Map<String, Value> {
    let said = there.said(&entry.description);
    let cancelled = entry.status == Status::Cancelled;
    let mut notes = json!({
        APPOINTMENT: entry.appointment_id.to_string(),
        REVISION: entry.revision.to_string(),
        "gwSource": "frontdesk",
        WORDS: said.marks,
        // Written again, it is not gone any more.
        GONE: null,
    });
    let mut body = Map::new();
    if times {
        notes[START] = rfc3339(entry.starts_at).into();
        notes[END] = rfc3339(entry.ends_at).into();
        let when = |at: DateTime<Utc>| {
            let there = at.with_timezone(&entry.time_zone).to_rfc3339_opts(SecondsFormat::Secs, false);
            json!({ "dateTime": there, "timeZone": entry.time_zone.name(), "date": null })
        };
        body.insert("start".to_owned(), when(entry.starts_at));
        body.insert("end".to_owned(), when(entry.ends_at));
    }
    let title = entry.title.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_TITLE).collect::<String>();
    body.insert("summary".to_owned(), title.into());
    body.insert("description".to_owned(), said.html.into());
    // Google hides what is cancelled: the title says it, and it takes no time.
    body.insert("status".to_owned(), "confirmed".into());
    body.insert("transparency".to_owned(), if cancelled { "transparent" } else { "opaque" }.into());
    body.insert("visibility".to_owned(), "private".into());
    body.insert("extendedProperties".to_owned(), json!({ "private": notes }));
    body
}

/// A new event has no field that could be cleared.
pub(crate) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        value => value,
    }
}

/// What is left of an event that is taken out: Google keeps deleted events for a while, and nothing about the person is to
/// be among it.
pub(crate) fn emptied() -> Value {
    json!({
        "summary": "", "description": "", "attendees": [],
        "extendedProperties": { "private": { GONE: "1", WORDS: null } },
    })
}

#[cfg(test)]
mod tests;
