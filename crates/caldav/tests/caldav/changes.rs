//! What the desk changed by hand is told once, with the revision that it was done to, and nothing of ours is.

use crate::{
    common::{adapter, put, radicale, soon},
    fake::{Fake, Reply, is_calendar, says, told},
};
use chrono::{DateTime, Duration, Utc};
use frontdesk_caldav::CalDav;
use frontdesk_core::ports::{
    CalendarEntry, CalendarSink, CalendarWatch, Changes, HandEdit, HandEditKind, PortResult, Trouble,
};
use frontdesk_testkit::{BUSINESS, moment, servers::radicale::Radicale, suite::calendar_sink::entry};
use std::sync::{Arc, Mutex};

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
    let Some(server) = radicale().await else { return };
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
    let Some(server) = radicale().await else { return };
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
    let Some(server) = radicale().await else { return };
    let (sink, entry) = (adapter(&server.calendar(CALENDAR)), entry("off", 3));
    put(&sink, &entry).await.unwrap();
    let url = server.calendar(CALENDAR).join(&format!("{}.ics", entry.appointment_id)).unwrap();
    let text = server.get(&url).await;
    server.put(&url, &text.replace("\nSTATUS:TENTATIVE", "\nSTATUS:CANCELLED")).await;
    assert_eq!(changes(&sink, None, now()).await.unwrap().edits, [deleted(&entry)]);
}

#[tokio::test]
async fn a_forgotten_cursor_or_an_old_one_looks_at_everything_around_and_still_knows_what_is_gone() {
    let Some(server) = radicale().await else { return };
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
    let Some(server) = radicale().await else { return };
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

/// What a server says about the state of its calendar.
fn state(element: &str) -> Reply {
    says(
        207,
        format!(
            "<multistatus xmlns='DAV:' xmlns:S='http://calendarserver.org/ns/'><response><href>/cal/</href><propstat><prop>\
             {element}</prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"
        ),
    )
}

/// As we wrote it, but for its beginning.
fn shifted(entry: &CalendarEntry) -> String {
    let marks = "X-FRONTDESK-TIMES:20261121T090000Z/20261121T093000Z\r\n";
    let text =
        frontdesk_core::ical::stored(entry).replace("21T090000Z", "22T110000Z").replace("21T093000Z", "22T120000Z");
    text.replace("END:VEVENT", &format!("{marks}END:VEVENT"))
}

#[tokio::test]
async fn a_server_that_only_says_that_something_changed_is_looked_through_when_it_did() {
    let ours = entry("tag", 3);
    let there: Arc<Mutex<Option<String>>> = Arc::new(Mutex::new(Some(shifted(&ours))));
    let (kept, href) = (Arc::clone(&there), format!("/cal/{}.ics", ours.appointment_id));
    let server = Fake::start(move |seen| match (seen.method.as_str(), kept.lock().unwrap().as_deref()) {
        ("PROPFIND", there) if seen.body.contains("getctag") => {
            state(if there.is_some() { "<S:getctag>1</S:getctag>" } else { "<S:getctag>2</S:getctag>" })
        }
        ("PROPFIND", _) => is_calendar(),
        ("REPORT", Some(there)) => told(&[(&href, "\"1\"", there)]),
        ("REPORT", None) if seen.body.contains("calendar-multiget") => says(
            207,
            format!(
                "<multistatus xmlns='DAV:'><response><href>{href}</href><status>HTTP/1.1 404 Not Found</status></response>\
                 </multistatus>"
            ),
        ),
        _ => told(&[]),
    })
    .await;
    let sink = adapter(&server.url);
    let first = changes(&sink, None, now()).await.unwrap();
    assert_eq!(first.edits, [moved(&ours)]);
    assert_eq!(changes(&sink, Some(&first.cursor), now()).await.unwrap().edits, []);
    assert_eq!(server.seen("REPORT").len(), 1, "nothing changed, so nothing is looked at");
    there.lock().unwrap().take();
    assert_eq!(changes(&sink, Some(&first.cursor), now()).await.unwrap().edits, [deleted(&ours)]);
}

#[tokio::test]
async fn changes_that_come_in_pages_are_followed_to_the_last_one() {
    let ours = entry("pages", 3);
    let (object, href) = (shifted(&ours), format!("/cal/{}.ics", ours.appointment_id));
    let server = Fake::start(move |seen| match seen.method.as_str() {
        "PROPFIND" if seen.body.contains("sync-token") => state(&format!("<sync-token>{}</sync-token>", seen.before)),
        "PROPFIND" => is_calendar(),
        _ if seen.body.contains("<D:sync-token>1</D:sync-token>") => says(
            207,
            "<multistatus xmlns='DAV:'><response><href>/cal/other.ics</href></response><response><href>/cal/</href>\
             <status>HTTP/1.1 507 Insufficient Storage</status></response><sync-token>half</sync-token></multistatus>",
        ),
        _ if seen.body.contains("<D:sync-token>half</D:sync-token>") => says(
            207,
            format!(
                "<multistatus xmlns='DAV:'><response><href>{href}</href></response><sync-token>end</sync-token></multistatus>"
            ),
        ),
        _ if seen.body.contains("calendar-multiget") => {
            assert!(seen.body.contains("other.ics") && seen.body.contains(&href), "{}", seen.body);
            told(&[(&href, "\"1\"", &object)])
        }
        _ => told(&[]),
    })
    .await;
    let sink = adapter(&server.url);
    let first = changes(&sink, None, now()).await.unwrap();
    assert_eq!(first.edits, []);
    let second = changes(&sink, Some(&first.cursor), now()).await.unwrap();
    assert_eq!(second.edits, [moved(&ours)]);
    assert!(second.cursor.contains("\nend\n"), "{}", second.cursor);
}

#[tokio::test]
async fn nobody_is_notified_so_nothing_can_be_opened() {
    let sink = adapter(&crate::common::nobody());
    let opened = sink.watch(BUSINESS, "https://desk.example/hook", "c", &"t".into(), now()).await;
    assert_eq!(opened.unwrap_err().trouble, Trouble::Unsupported);
}
