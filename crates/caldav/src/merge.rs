//! Our part of an event, and everybody else's: what is ours is replaced, what the desk added stays.
//!
//! With the event lies what we wrote last, in properties of our own. By it is told apart what the desk changed by hand:
//! a time that it moved stays moved until we have another one ourselves, and what it wrote below our description stays.

use crate::{
    lines::{Component, Line, Part, escaped, unescaped},
    time::{Stamp, Zones, utc, written},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use frontdesk_core::{ical, ports::CalendarEntry};

/// The revision that we wrote last. `SEQUENCE` would not do: calendar programs count it up themselves.
const REVISION: &str = "X-FRONTDESK-REVISION";
/// Beginning and end as we wrote them last.
const TIMES: &str = "X-FRONTDESK-TIMES";
/// The status as we wrote it last.
const STATUS: &str = "X-FRONTDESK-STATUS";
/// The description as we wrote it last.
const DESCRIPTION: &str = "X-FRONTDESK-DESCRIPTION";
/// What is ours even where we write none of it: the other way to tell an end, and what is left out when it is empty.
const ALSO_OURS: [&str; 3] = ["DURATION", "DTEND", "DESCRIPTION"];

/// Beginning and end.
pub(crate) type Times = (DateTime<Utc>, DateTime<Utc>);

/// How an appointment of ours stands in somebody's calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The revision that we wrote last.
    pub(crate) revision: u32,
    /// When it is, as far as that can be read; `None` also for whole days, which are no time to expect somebody at.
    pub(crate) times: Option<Times>,
    /// When it was when we wrote it last; `None` where a calendar program threw that away.
    pub(crate) ours: Option<Times>,
    /// Whether somebody else has said that it does not take place.
    pub(crate) cancelled_by_hand: bool,
}

/// The event with that UID; of one that repeats, the rule and not an exception to it.
fn event<'a>(object: &'a Component, uid: &str) -> Option<&'a Component> {
    object
        .components("VEVENT")
        .find(|event| event.value("UID").map(str::trim) == Some(uid) && event.line("RECURRENCE-ID").is_none())
}

/// How the event with that UID stands; `None` where there is none in the object.
///
/// `zone` is meant by days, and by times that name none.
pub(crate) fn standing(object: &Component, uid: &str, zone: Tz) -> Option<Standing> {
    let event = event(object, uid)?;
    let number = |name| event.value(name).and_then(|value| value.trim().parse().ok());
    Some(Standing {
        revision: number(REVISION).or_else(|| number("SEQUENCE")).unwrap_or(0),
        times: times(object, event, zone),
        ours: event.value(TIMES).and_then(|value| {
            let (from, to) = value.split_once('/')?;
            Some((utc(from)?, utc(to)?))
        }),
        cancelled_by_hand: {
            let cancelled = |status: &str| status.trim().eq_ignore_ascii_case("CANCELLED");
            event.value("STATUS").is_some_and(cancelled) && event.value(STATUS).is_some_and(|ours| !cancelled(ours))
        },
    })
}

/// When an event is.
fn times(object: &Component, event: &Component, zone: Tz) -> Option<Times> {
    let zones = Zones::of(object, zone);
    let from = Stamp::of(event.line("DTSTART")?, &zones).filter(|from| !from.day)?;
    let to = crate::taken::end(event, &from, &zones)?;
    Some((from.utc(), to))
}

/// The event as we would write it where there is none, with what it says about itself.
fn fresh(entry: &CalendarEntry) -> Option<Component> {
    let mut object = Component::read(ical::stored(entry).as_bytes())?;
    let event = object.parts.iter_mut().find_map(|part| match part {
        Part::Component(event) if event.is("VEVENT") => Some(event),
        _ => None,
    })?;
    let description = event.value("DESCRIPTION").map(str::to_owned);
    let status = event.value("STATUS").map(str::to_owned);
    let mut add = |name, value: &str| event.parts.push(Part::Line(Line::new(name, value)));
    add(REVISION, &entry.revision.to_string());
    add(TIMES, &format!("{}/{}", written(entry.starts_at), written(entry.ends_at.max(entry.starts_at))));
    if let Some(status) = status {
        add(STATUS, &status);
    }
    // Also when there is none: then all that stands there is somebody else's.
    add(DESCRIPTION, description.as_deref().unwrap_or_default());
    Some(object)
}

/// The object to be written where there is none yet.
pub(crate) fn new(entry: &CalendarEntry) -> Option<String> {
    Some(fresh(entry)?.write())
}

/// The object to be written over the one that is there.
pub(crate) fn over(mut object: Component, entry: &CalendarEntry) -> Option<String> {
    let uid = ical::uid(&entry.appointment_id);
    let fresh = fresh(entry)?;
    let ours = event(&fresh, &uid)?;
    let merged = match event(&object, &uid) {
        Some(theirs) => merge(&object, theirs, ours, entry),
        None => ours.clone(),
    };
    // A method makes a message of it, which no calendar takes.
    object.parts.retain(|part| !matches!(part, Part::Line(line) if line.is("METHOD")));
    let place = event(&object, &uid).cloned();
    match object
        .parts
        .iter_mut()
        .find(|part| matches!((part, &place), (Part::Component(it), Some(place)) if it == place))
    {
        Some(part) => *part = Part::Component(merged),
        None => object.parts.push(Part::Component(merged)),
    }
    Some(object.write())
}

fn merge(object: &Component, theirs: &Component, ours: &Component, entry: &CalendarEntry) -> Component {
    let standing = standing(object, &ical::uid(&entry.appointment_id), entry.time_zone);
    let moved = standing.as_ref().is_some_and(|standing| {
        let new = (utc_second(entry.starts_at), utc_second(entry.ends_at.max(entry.starts_at)));
        standing.times != standing.ours && standing.ours == Some(new)
    });
    let kept_times = |line: &Line| moved && ["DTSTART", "DTEND", "DURATION"].iter().any(|name| line.is(name));
    let is_ours = |line: &Line| {
        ALSO_OURS.iter().any(|name| line.is(name))
            || [REVISION, TIMES, STATUS, DESCRIPTION].iter().any(|name| line.is(name))
            || ours.line(line.name()).is_some()
    };
    let sequence = sequence(theirs, entry.revision);
    let (description, alone) = description(theirs, ours);
    let mut merged = theirs.clone();
    merged.parts.clear();
    for line in ours.lines() {
        if line.is("SEQUENCE") {
            merged.parts.push(Part::Line(Line::new("SEQUENCE", &sequence.to_string())));
        } else if line.is(DESCRIPTION) {
            merged.parts.push(Part::Line(Line::new(DESCRIPTION, &escaped(&alone))));
        } else if !line.is("DESCRIPTION") && !kept_times(line) {
            merged.parts.push(Part::Line(line.clone()));
        }
    }
    if !description.is_empty() {
        merged.parts.push(Part::Line(Line::new("DESCRIPTION", &escaped(&description))));
    }
    for part in &theirs.parts {
        match part {
            Part::Line(line) if is_ours(line) && !kept_times(line) => {}
            part => merged.parts.push(part.clone()),
        }
    }
    merged
}

fn utc_second(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at)
}

/// Programs take a change for one only where this grows.
fn sequence(theirs: &Component, revision: u32) -> u32 {
    let there: u32 = theirs.value("SEQUENCE").and_then(|value| value.trim().parse().ok()).unwrap_or(0);
    if there >= revision { there.saturating_add(1).min(i32::MAX as u32) } else { revision }
}

/// Our new description with what somebody else added to our last one below it, and what of it is ours alone.
fn description(theirs: &Component, ours: &Component) -> (String, String) {
    let new = ours.text("DESCRIPTION").unwrap_or_default();
    let there = theirs.text("DESCRIPTION").unwrap_or_default();
    let Some(last) = theirs.value(DESCRIPTION).map(unescaped) else {
        // Nobody knows what of it is ours. The first time there was none of ours, or the mark was thrown away.
        let all = if theirs.line(REVISION).is_some() { there.as_str() } else { "" };
        return (below(&new, &said(all).collect::<Vec<_>>()), new);
    };
    let among = |line: &str, lines: &[&str]| lines.iter().any(|other| other.trim() == line.trim());
    let old: Vec<&str> = said(&last).collect();
    let added: Vec<&str> = said(&there).filter(|line| !among(line, &old)).collect();
    // What we happen to say as well stays theirs: it does not go when we say something else.
    let alone: Vec<&str> = new.lines().filter(|line| !among(line, &added)).collect();
    (below(&new, &added), alone.join("\n"))
}

/// The lines that say something.
fn said(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim().is_empty())
}

fn below(new: &str, added: &[&str]) -> String {
    // What we say now anyway is not said twice.
    let known: Vec<&str> = said(new).map(str::trim).collect();
    let added: Vec<&str> = added.iter().copied().filter(|line| !known.contains(&line.trim())).collect();
    match (new.is_empty(), added.is_empty()) {
        (_, true) => new.to_owned(),
        (true, false) => added.join("\n"),
        (false, false) => format!("{new}\n\n{}", added.join("\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_testkit::suite::calendar_sink::entry;
    use proptest::prelude::*;

    fn read(text: &str) -> Component {
        Component::read(text.as_bytes()).unwrap()
    }

    /// What the desk adds: names that are not ours.
    fn added() -> impl Strategy<Value = Vec<String>> {
        proptest::collection::vec(
            "(LOCATION|COMMENT|X-[A-Z]{1,9}|ATTENDEE;CN=\"[a-z;:, ]{0,9}\"):[^\\p{Cc}]{0,90}",
            0..6,
        )
    }

    proptest! {
        #[test]
        fn whatever_the_desk_adds_stays_through_any_number_of_revisions(
            lines in added(), note in "[a-zA-Z,;\\\\ ]{0,30}x", said in proptest::collection::vec("[^\\p{Cc}]{0,20}(\n[^\\p{Cc}]{0,20})?", 1..4),
            alike in proptest::collection::vec(any::<bool>(), 4),
        ) {
            // We may happen to say what the desk has said.
            let said = said.into_iter().zip(alike).map(|(said, alike)| if alike { format!("{said}\n{note}") } else { said });
            let mut text = new(&entry("merge", 1)).unwrap();
            let all: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            text = text.replace("\r\n ", "").replace("END:VEVENT", &format!("{all}BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT"));
            text = text.replacen("\\o/", &format!("\\o/\\n{}", escaped(&note)), 1);
            for (revision, said) in (2..).zip(said) {
                let entry = CalendarEntry { description: said, ..entry("merge", revision) };
                text = over(read(&text), &entry).unwrap();
                let object = read(&text);
                let uid = ical::uid(&entry.appointment_id);
                prop_assert_eq!(standing(&object, &uid, Tz::UTC).unwrap().revision, revision);
                let event = event(&object, &uid).unwrap();
                prop_assert_eq!(event.components("VALARM").count(), 1);
                prop_assert_eq!(event.text("SUMMARY"), Some(entry.title.clone()));
                let told = event.text("DESCRIPTION").unwrap();
                prop_assert_eq!(told.lines().filter(|line| line.trim() == note.trim()).count().min(1), 1, "{}", told);
                let unfolded = text.replace("\r\n ", "");
                for line in &lines {
                    prop_assert!(unfolded.contains(&format!("\r\n{line}\r\n")), "{line}");
                }
            }
        }
    }

    #[test]
    fn what_the_desk_added_stays_when_we_said_the_same_for_a_while() {
        let mut text = new(&entry("same", 1)).unwrap().replace("\r\n ", "");
        text = text.replacen("\\o/", "\\o/\\nConfirmed", 1);
        let uid = ical::uid(&entry("same", 1).appointment_id);
        for (revision, said, shown) in [
            (2, "Confirmed", "Confirmed"),
            (3, "Asked anew", "Asked anew\n\nConfirmed"),
            (4, "", "Confirmed"),
            (5, "Confirmed", "Confirmed"),
            (6, "Over", "Over\n\nConfirmed"),
        ] {
            let next = CalendarEntry { description: said.to_owned(), ..entry("same", revision) };
            text = over(read(&text), &next).unwrap();
            assert_eq!(event(&read(&text), &uid).unwrap().text("DESCRIPTION").as_deref(), Some(shown));
        }
    }

    #[test]
    fn the_same_is_merged_into_the_same() {
        let text = new(&entry("same", 1)).unwrap();
        let once = over(read(&text), &entry("same", 2)).unwrap();
        assert_eq!(over(read(&once), &entry("same", 2)).unwrap().replace("SEQUENCE:3", "SEQUENCE:2"), once);
    }

    #[test]
    fn without_our_marks_the_sequence_tells_the_revision_and_our_description_replaces_what_is_there() {
        let first = entry("bare", 4);
        let bare = ical::stored(&first);
        let uid = ical::uid(&first.appointment_id);
        let now = standing(&read(&bare), &uid, Tz::UTC).unwrap();
        assert_eq!((now.revision, now.ours), (4, None));
        let next = CalendarEntry { description: "Confirmed".to_owned(), ..entry("bare", 5) };
        let text = over(read(&bare), &next).unwrap();
        assert_eq!(event(&read(&text), &uid).unwrap().text("DESCRIPTION").as_deref(), Some("Confirmed"));
    }

    #[test]
    fn exceptions_and_other_components_stay_and_a_method_does_not() {
        let first = entry("whole", 1);
        let exception = format!(
            "BEGIN:VEVENT\r\nUID:{}\r\nRECURRENCE-ID:20261128T090000Z\r\nEND:VEVENT\r\n",
            ical::uid(&first.appointment_id)
        );
        let zone = "METHOD:PUBLISH\r\nBEGIN:VTIMEZONE\r\nTZID:x\r\nEND:VTIMEZONE\r\n";
        let text = new(&first).unwrap().replacen("BEGIN:VEVENT", &format!("{zone}{exception}BEGIN:VEVENT"), 1);
        let text = over(read(&text), &entry("whole", 2)).unwrap();
        assert!(text.contains(&exception) && text.contains("TZID:x") && !text.contains("METHOD"), "{text}");
        assert_eq!(text.matches("BEGIN:VEVENT").count(), 2);
    }
}
