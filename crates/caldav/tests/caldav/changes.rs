//! What the desk changed by hand is told once, with the revision that it was done to, and nothing of ours is.

use crate::{
    common::{adapter, put, soon},
    radicale::Radicale,
};
use chrono::{DateTime, Duration, Utc};
use frontdesk_caldav::CalDav;
use frontdesk_core::ports::{CalendarEntry, CalendarSink, CalendarWatch, Changes, HandEdit, HandEditKind, PortResult};
use frontdesk_testkit::{BUSINESS, moment, suite::calendar_sink::entry};

const CALENDAR: &str = "appointments";

fn now() -> DateTime<Utc> {
    moment("2026-11-20T12:00:00Z")
}

async fn changes(sink: &CalDav, cursor: Option<&str>, now: DateTime<Utc>) -> PortResult<Changes> {
    soon(sink.changes(BUSINESS, cursor, now)).await
}

async fn shift(server: &Radicale, entry: &CalendarEntry) {
    let url = server.calendar(CALENDAR).join(&format!("{}.ics", entry.appointment_id)).unwrap();
    let text = server.get(&url).await;
    server.put(&url, &text.replace("21T090000Z", "22T110000Z").replace("21T093000Z", "22T120000Z")).await;
    // What we wrote last lies with it, and no program touches that.
    let text = server.get(&url).await;
    server
        .put(&url, &text.replace("TIMES:20261122T110000Z/20261122T120000Z", "TIMES:20261121T090000Z/20261121T093000Z"))
        .await;
}

async fn delete(server: &Radicale, entry: &CalendarEntry) {
    let url = server.calendar(CALENDAR).join(&format!("{}.ics", entry.appointment_id)).unwrap();
    assert_eq!(server.ask("DELETE", &url, String::new()).await.0, 200);
}

fn moved(entry: &CalendarEntry) -> HandEdit {
    let (starts_at, ends_at) = (moment("2026-11-22T11:00:00Z"), moment("2026-11-22T12:00:00Z"));
    let what = HandEditKind::Moved { starts_at, ends_at };
    HandEdit { appointment_id: entry.appointment_id, revision: entry.revision, what }
}

fn deleted(entry: &CalendarEntry) -> HandEdit {
    HandEdit { appointment_id: entry.appointment_id, revision: entry.revision, what: HandEditKind::Deleted }
}

#[tokio::test]
async fn what_was_done_by_hand_is_told_and_what_we_do_is_not() {
    let Some(server) = Radicale::start().await else { return };
    let sink = adapter(&server.calendar(CALENDAR));
    let (a, b, c) = (entry("a", 1), entry("b", 4), entry("c", 1));
    for entry in [&a, &b, &c] {
        put(&sink, entry).await.unwrap();
    }
    let first = changes(&sink, None, now()).await.unwrap();
    assert_eq!(first.edits, []);
    assert_eq!(changes(&sink, Some(&first.cursor), now()).await.unwrap(), first, "nothing happened");
    shift(&server, &a).await;
    delete(&server, &b).await;
    put(&sink, &entry("c", 2)).await.unwrap();
    // Another process begins at the cursor: what is to be known lies in it.
    for sink in [&sink, &adapter(&server.calendar(CALENDAR))] {
        let mut second = changes(sink, Some(&first.cursor), now()).await.unwrap();
        second.edits.sort_by_key(|edit| edit.what == HandEditKind::Deleted);
        assert_eq!(second.edits, [moved(&a), deleted(&b)]);
        let third = changes(sink, Some(&second.cursor), now()).await.unwrap();
        assert_eq!(third.edits, []);
    }
    // The appointment follows: it is as we wrote it, again.
    let followed = entry("a", 2);
    let (starts_at, ends_at) = (moment("2026-11-22T11:00:00Z"), moment("2026-11-22T12:00:00Z"));
    put(&sink, &CalendarEntry { starts_at, ends_at, ..followed }).await.unwrap();
    sink.remove(BUSINESS, &c.appointment_id).await.unwrap();
    assert_eq!(changes(&sink, Some(&first.cursor), now()).await.unwrap().edits, [deleted(&b)]);
}

#[tokio::test]
async fn a_move_is_told_again_after_a_newer_revision_that_does_not_state_another_time() {
    let Some(server) = Radicale::start().await else { return };
    let sink = adapter(&server.calendar(CALENDAR));
    put(&sink, &entry("again", 1)).await.unwrap();
    let first = changes(&sink, None, now()).await.unwrap();
    shift(&server, &entry("again", 1)).await;
    let second = entry("again", 2);
    put(&sink, &second).await.unwrap();
    assert_eq!(changes(&sink, Some(&first.cursor), now()).await.unwrap().edits, [moved(&second)]);
}

#[tokio::test]
async fn a_cancellation_by_hand_is_told_as_taken_out() {
    let Some(server) = Radicale::start().await else { return };
    let (sink, entry) = (adapter(&server.calendar(CALENDAR)), entry("off", 3));
    put(&sink, &entry).await.unwrap();
    let url = server.calendar(CALENDAR).join(&format!("{}.ics", entry.appointment_id)).unwrap();
    let text = server.get(&url).await;
    server.put(&url, &text.replace("\nSTATUS:TENTATIVE", "\nSTATUS:CANCELLED")).await;
    assert_eq!(changes(&sink, None, now()).await.unwrap().edits, [deleted(&entry)]);
}

#[tokio::test]
async fn a_forgotten_cursor_or_an_old_one_looks_at_everything_around_and_still_knows_what_is_gone() {
    let Some(server) = Radicale::start().await else { return };
    let sink = adapter(&server.calendar(CALENDAR));
    let (stays, goes) = (entry("stays", 1), entry("goes", 2));
    put(&sink, &stays).await.unwrap();
    put(&sink, &goes).await.unwrap();
    let first = changes(&sink, None, now()).await.unwrap();
    delete(&server, &goes).await;
    let forgotten = first.cursor.replace("/ns/sync/", "/ns/sync/no-such-");
    assert_ne!(forgotten, first.cursor);
    let other = adapter(&server.calendar(CALENDAR));
    assert_eq!(changes(&other, Some(&forgotten), now()).await.unwrap().edits, [deleted(&goes)]);
    let later = changes(&other, Some(&first.cursor), now() + Duration::days(1)).await.unwrap();
    assert_eq!(later.edits, [deleted(&goes)]);
    // Long after, what stays lies behind, and is not taken for gone.
    let later = changes(&other, Some(&later.cursor), now() + Duration::days(30)).await.unwrap();
    assert_eq!(later.edits, []);
    assert_eq!(changes(&other, Some("what is this"), now()).await.unwrap().edits, [], "begins anew");
}

#[tokio::test]
async fn a_calendar_that_is_suddenly_empty_cancels_nobody() {
    let Some(server) = Radicale::start().await else { return };
    let sink = adapter(&server.calendar(CALENDAR));
    for n in 0..12 {
        put(&sink, &entry(&format!("many {n}"), 1)).await.unwrap();
    }
    let first = changes(&sink, None, now()).await.unwrap();
    assert_eq!(server.ask("DELETE", &server.calendar(CALENDAR), String::new()).await.0, 200);
    server.make(CALENDAR).await;
    let other = adapter(&server.calendar(CALENDAR));
    let error = changes(&other, Some(&first.cursor), now()).await.unwrap_err();
    assert!(error.message.contains("12 of 12") && error.message.contains("without a cursor"), "{error}");
    assert_eq!(changes(&other, None, now()).await.unwrap().edits, []);
}
