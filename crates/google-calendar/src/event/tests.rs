use super::*;
use frontdesk_testkit::{moment as at, suite::calendar_sink::entry};

#[test]
fn the_name_of_an_event_is_made_of_its_key() {
    for (key, expected) in [
        ("appt-1", "appt6ucomo4v8teldvu2qed3td37euscj1in"),
        ("elevenlabs:conv_abc", "apptu13egtkbdg0n2kfa98gk6qvho7tpfolb"),
        ("2f6c1c1e-8f5e-4f0e-9a55-0d7a1f0b0001", "apptn4e45gebuvo2gfbkdbiatfd4dlafbtkn"),
    ] {
        assert_eq!(name(key), expected);
        assert!(may_be_ours(expected));
    }
}

#[test]
fn every_name_of_an_appointment_is_another_and_google_takes_it() {
    let names: std::collections::BTreeSet<_> = names(&entry("names", 1).appointment_id).collect();
    assert_eq!(names.len(), NAMES as usize);
    assert!(names.iter().all(|name| name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'v'))));
}

#[test]
fn a_time_is_written_with_the_zone_it_is_shown_in() {
    let entry = CalendarEntry {
        starts_at: at("2025-12-08T15:00:00.250Z"),
        ends_at: at("2025-12-08T15:30:00Z"),
        time_zone: chrono_tz::America::New_York,
        ..entry("zone", 1)
    };
    let body = without_nulls(body(&entry, &Event::default(), true).into());
    assert_eq!(body["start"], json!({ "dateTime": "2025-12-08T10:00:00-05:00", "timeZone": "America/New_York" }));
    assert_eq!(body["end"], json!({ "dateTime": "2025-12-08T10:30:00-05:00", "timeZone": "America/New_York" }));
    assert_eq!(body["extendedProperties"]["private"][START], "2025-12-08T15:00:00Z");
}

#[test]
fn what_somebody_wrote_is_shown_and_not_rendered() {
    let entry = CalendarEntry {
        title: "Ana <b>Lim</b>\r\n & co".to_owned(),
        description: "<img src=x onerror=\"alert(1)\">\r\n1 < 2 & 3".to_owned(),
        ..entry("html", 1)
    };
    let body = body(&entry, &Event::default(), true);
    // A title is plain text there.
    assert_eq!(body["summary"], "Ana <b>Lim</b>   & co");
    assert_eq!(body["description"], "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;\n1 &lt; 2 &amp; 3");
}

#[test]
fn however_much_somebody_wrote_the_event_is_taken() {
    let long = CalendarEntry { title: "é".repeat(5_000), description: "<".repeat(50_000), ..entry("long", 1) };
    let body = body(&long, &Event::default(), true);
    assert_eq!(body["summary"].as_str().map(|title| title.chars().count()), Some(MAX_TITLE));
    assert!(body["description"].as_str().is_some_and(|text| text.ends_with("&lt;")));
}

fn shown(entry: &CalendarEntry) -> Value {
    let mut event = without_nulls(body(entry, &Event::default(), true).into());
    event["id"] = names(&entry.appointment_id).next().into();
    event
}

fn edit(event: Value) -> Option<HandEditKind> {
    serde_json::from_value::<Event>(event).unwrap().hand_edit().map(|edit| edit.what)
}

#[test]
fn what_stands_as_we_wrote_it_is_no_edit_in_whatever_zone_google_states_it() {
    let entry = entry("echo", 3);
    let mut event = shown(&entry);
    assert_eq!(edit(event.clone()), None);
    event["start"]["dateTime"] = rfc3339(entry.starts_at).into();
    assert_eq!(edit(event), None);
}

#[test]
fn what_was_moved_or_taken_out_is_told_with_the_revision_that_we_wrote() {
    let entry = entry("moved", 3);
    let mut event = shown(&entry);
    event["end"]["dateTime"] = "2026-11-21T12:00:00+01:00".into();
    let read: Event = serde_json::from_value(event.clone()).unwrap();
    let what = HandEditKind::Moved { starts_at: entry.starts_at, ends_at: at("2026-11-21T11:00:00Z") };
    assert_eq!(read.hand_edit(), Some(HandEdit { appointment_id: entry.appointment_id, revision: 3, what }));
    event["status"] = "cancelled".into();
    assert_eq!(edit(event.clone()), Some(HandEditKind::Deleted));
    event["extendedProperties"]["private"][GONE] = "1".into();
    assert_eq!(edit(event), None, "we took it out ourselves");
}

#[test]
fn neither_copies_nor_strangers_nor_whole_days_are_edits() {
    let entry = entry("copy", 3);
    let mut copy = shown(&entry);
    copy["id"] = "4k2qv3t0s1".into();
    copy["status"] = "cancelled".into();
    assert_eq!(edit(copy), None);
    let mut stranger = shown(&entry);
    stranger["extendedProperties"] = json!({ "private": { APPOINTMENT: "theirs" } });
    assert_eq!(edit(stranger), None);
    let mut day = shown(&entry);
    (day["start"], day["end"]) = (json!({ "date": "2026-11-24" }), json!({ "date": "2026-11-25" }));
    assert_eq!(edit(day), None);
}
