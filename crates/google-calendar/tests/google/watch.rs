//! What the desk does by hand, told once, and nothing of what we do.

use crate::{
    fake::{CALENDAR, Fake, now},
    sink::{dragged, put},
};
use chrono::Duration;
use frontdesk_core::ports::{CalendarEntry, CalendarSink, CalendarWatch, HandEdit, HandEditKind, Trouble, Watched};
use frontdesk_google_calendar::GoogleCalendar;
use frontdesk_testkit::{BUSINESS, suite::calendar_sink::entry};
use secrecy::SecretString;
use serde_json::json;

const CALLBACK: &str = "https://desk.example/api/v1/webhooks/calendar/notification";

/// What was done since, and moves the cursor on.
async fn since(sink: &GoogleCalendar, cursor: &mut Option<String>) -> Vec<HandEdit> {
    let changes = sink.changes(BUSINESS, cursor.as_deref(), now()).await.unwrap();
    *cursor = Some(changes.cursor);
    changes.edits
}

fn moved(entry: &CalendarEntry, hours: i64) -> HandEdit {
    let by = Duration::hours(hours);
    let what = HandEditKind::Moved { starts_at: entry.starts_at + by, ends_at: entry.ends_at + by };
    HandEdit { appointment_id: entry.appointment_id, revision: entry.revision, what }
}

fn deleted(entry: &CalendarEntry) -> HandEdit {
    HandEdit { what: HandEditKind::Deleted, ..moved(entry, 0) }
}

#[tokio::test]
async fn what_we_write_is_never_told_back() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let mut cursor = None;
    put(&sink, &entry("echo", 1)).await.unwrap();
    assert_eq!(since(&sink, &mut cursor).await, []);
    put(&sink, &entry("echo", 2)).await.unwrap();
    assert_eq!(since(&sink, &mut cursor).await, []);
    sink.remove(BUSINESS, &entry("echo", 2).appointment_id).await.unwrap();
    assert_eq!(since(&sink, &mut cursor).await, [], "we took it out ourselves");
}

#[tokio::test]
async fn what_the_desk_does_is_told_once_and_on_every_page() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    fake.google().calendars.get_mut(CALENDAR).unwrap().page = 2;
    let mut cursor = None;
    let entries = ["p", "q", "r", "s", "t"].map(|name| entry(name, 1));
    let mut ids = Vec::new();
    for entry in &entries {
        ids.push(put(&sink, entry).await.unwrap().id);
    }
    assert_eq!(since(&sink, &mut cursor).await, []);
    let mut expected = Vec::new();
    for (id, entry) in ids.iter().zip(&entries) {
        fake.desk(id, &dragged(entry, 3));
        expected.push(moved(entry, 3));
    }
    fake.desk(&ids[4], &json!({ "status": "cancelled" }));
    expected[4] = deleted(&entries[4]);
    let mut told = since(&sink, &mut cursor).await;
    told.sort_by_key(|edit| edit.appointment_id);
    expected.sort_by_key(|edit| edit.appointment_id);
    assert_eq!(told, expected);
    assert_eq!(since(&sink, &mut cursor).await, []);
}

#[tokio::test]
async fn a_deleted_event_that_is_its_name_only_is_asked_for() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let mut cursor = None;
    let entry = entry("bare", 1);
    let id = put(&sink, &entry).await.unwrap().id;
    since(&sink, &mut cursor).await;
    fake.google().calendars.get_mut(CALENDAR).unwrap().bare = true;
    fake.desk(&id, &json!({ "status": "cancelled" }));
    fake.desk("somebody0else", &json!({ "status": "cancelled" }));
    assert_eq!(since(&sink, &mut cursor).await, [deleted(&entry)]);
}

#[tokio::test]
async fn where_the_cursor_was_forgotten_the_near_past_and_future_are_looked_through() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let mut cursor = None;
    let near = entry("near", 1);
    let by = Duration::days(700);
    let far = entry("far", 1);
    let far = CalendarEntry { starts_at: far.starts_at + by, ends_at: far.ends_at + by, ..far };
    let ids = [put(&sink, &near).await.unwrap().id, put(&sink, &far).await.unwrap().id];
    since(&sink, &mut cursor).await;
    fake.desk(&ids[0], &dragged(&near, 1));
    fake.desk(&ids[1], &dragged(&far, 1));
    fake.google().calendars.get_mut(CALENDAR).unwrap().forgotten = 1_000;
    assert_eq!(since(&sink, &mut cursor).await, [moved(&near, 1)]);
    fake.google().calendars.get_mut(CALENDAR).unwrap().forgotten = 0;
    assert_eq!(since(&sink, &mut cursor).await, []);
}

#[tokio::test]
async fn a_cursor_of_another_calendar_is_none() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let mut cursor = None;
    since(&sink, &mut cursor).await;
    fake.google().calendars.insert("other@group".to_owned(), frontdesk_testkit::google::Calendar::new("owner"));
    let other = fake.adapter(|config| config.calendar = Some("other@group".to_owned()));
    since(&other, &mut cursor).await;
    let asked = fake.asked().last().unwrap().clone();
    assert!(asked.contains("timeMin=") && !asked.contains("syncToken"), "{asked}");
}

#[tokio::test]
async fn what_was_moved_before_a_newer_revision_was_written_is_told_with_it() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let mut cursor = None;
    let first = entry("kept", 1);
    let id = put(&sink, &first).await.unwrap().id;
    since(&sink, &mut cursor).await;
    fake.desk(&id, &dragged(&first, 2));
    put(&sink, &entry("kept", 2)).await.unwrap();
    assert_eq!(since(&sink, &mut cursor).await, [HandEdit { revision: 2, ..moved(&first, 2) }]);
}

#[tokio::test]
async fn a_channel_is_opened_until_it_falls_silent_and_closed_twice_without_harm() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let token: SecretString = "what-proves-a-notification".into();
    let watched = sink.watch(BUSINESS, CALLBACK, "clinic-1", &token, now()).await.unwrap();
    let expected = Watched {
        channel: "clinic-1".to_owned(),
        resource: format!("of {CALENDAR}"),
        expires_at: now() + Duration::days(7),
    };
    assert_eq!(watched, expected);
    assert_eq!(fake.google().channels["clinic-1"]["token"], "what-proves-a-notification");
    let again = sink.watch(BUSINESS, CALLBACK, "clinic-1", &token, now()).await.unwrap_err();
    assert!(again.message.contains("take another name"), "{again}");
    for _ in 0..2 {
        sink.stop(&watched).await.unwrap();
        assert!(fake.google().channels.is_empty());
    }
}

#[tokio::test]
async fn a_channel_needs_an_address_and_a_name_that_google_takes() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let error = sink.watch(BUSINESS, "http://desk.example/", "c", &"t".into(), now()).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Unsupported);
    for (channel, token) in [("", "t"), ("a b", "t"), ("c", "")] {
        assert!(sink.watch(BUSINESS, CALLBACK, channel, &token.into(), now()).await.is_err());
    }
    assert_eq!(fake.asked(), [""; 0]);
}
