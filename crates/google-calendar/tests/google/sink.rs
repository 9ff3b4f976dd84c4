//! One event an appointment, whatever comes between.

use crate::fake::{CALENDAR, Fake, Fault};
use chrono::Duration;
use frontdesk_core::{
    appointment::Status,
    id::EffectId,
    personal::Email,
    ports::{CalendarEntry, CalendarSink, Entered, Happened, PortResult, Trouble},
};
use frontdesk_google_calendar::GoogleCalendar;
use frontdesk_testkit::{BUSINESS, suite::calendar_sink::entry};
use serde_json::{Value, json};

pub(crate) async fn put(sink: &GoogleCalendar, entry: &CalendarEntry) -> PortResult<Entered> {
    sink.put(entry, &EffectId::derive(entry.updated_at, &["put"])).await
}

fn moved(entry: CalendarEntry, hours: i64) -> CalendarEntry {
    let by = Duration::hours(hours);
    CalendarEntry { starts_at: entry.starts_at + by, ends_at: entry.ends_at + by, ..entry }
}

/// What the desk does when it drags an event.
pub(crate) fn dragged(entry: &CalendarEntry, hours: i64) -> Value {
    let entry = moved(entry.clone(), hours);
    json!({ "start": { "dateTime": entry.starts_at }, "end": { "dateTime": entry.ends_at } })
}

pub(crate) fn starts(event: &Value) -> chrono::DateTime<chrono::Utc> {
    event["start"]["dateTime"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn an_event_is_found_by_its_link() {
    let fake = Fake::start().await;
    let entered = put(&fake.adapter(|_| {}), &entry("link", 1)).await.unwrap();
    assert!(entered.link.unwrap().ends_with(&entered.id));
    assert_eq!(fake.google().calendars[CALENDAR].events.len(), 1);
}

#[tokio::test]
async fn a_first_revision_takes_one_request_and_a_later_one_two() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    put(&sink, &entry("few", 1)).await.unwrap();
    assert_eq!(fake.asked().len(), 1);
    put(&sink, &entry("few", 2)).await.unwrap();
    assert_eq!(fake.asked().len(), 3);
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_may_have_happened_and_is_done_again_without_harm() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|config| config.answer_within = std::time::Duration::from_millis(300));
    fake.fault(Fault::Lost);
    let error = put(&sink, &entry("lost", 1)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::Maybe, Trouble::Unavailable));
    put(&sink, &entry("lost", 1)).await.unwrap();
    assert_eq!(fake.google().calendars[CALENDAR].events.len(), 1);
}

#[tokio::test]
async fn what_the_desk_took_out_comes_back_with_a_newer_revision_only() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let id = put(&sink, &entry("revived", 1)).await.unwrap().id;
    fake.desk(&id, &json!({ "status": "cancelled" }));
    put(&sink, &entry("revived", 1)).await.unwrap();
    assert_eq!(fake.event(&id)["status"], "cancelled", "the same revision again is a repetition");
    let cancelled = CalendarEntry { status: Status::Cancelled, ..entry("revived", 2) };
    put(&sink, &cancelled).await.unwrap();
    assert_eq!(fake.event(&id)["status"], "cancelled", "the desk does not want to see it");
    let again = moved(entry("revived", 3), 5);
    assert_eq!(put(&sink, &again).await.unwrap().id, id);
    assert_eq!((fake.event(&id)["status"].as_str(), starts(&fake.event(&id))), (Some("confirmed"), again.starts_at));
}

#[tokio::test]
async fn a_cancelled_appointment_stays_to_be_seen_and_takes_no_time() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let id = put(&sink, &entry("cancelled", 1)).await.unwrap().id;
    put(&sink, &CalendarEntry { status: Status::Cancelled, ..entry("cancelled", 2) }).await.unwrap();
    let event = fake.event(&id);
    assert_eq!((&event["status"], &event["transparency"]), (&json!("confirmed"), &json!("transparent")));
    put(&sink, &entry("cancelled", 3)).await.unwrap();
    assert_eq!(fake.event(&id)["transparency"], "opaque");
}

#[tokio::test]
async fn a_foreign_event_under_our_id_is_left_alone_and_ours_takes_the_next() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let entry = entry("foreign", 1);
    let first = put(&sink, &entry).await.unwrap().id;
    let theirs = json!({ "id": first, "summary": "Theirs", "status": "confirmed", "etag": "\"1\"" });
    fake.google().calendars.get_mut(CALENDAR).unwrap().events.insert(first.clone(), theirs.clone());
    let second = put(&sink, &entry).await.unwrap().id;
    assert_ne!(second, first);
    let newer = CalendarEntry { revision: 2, title: "Newer".to_owned(), ..entry.clone() };
    assert_eq!(put(&sink, &newer).await.unwrap().id, second);
    assert_eq!(fake.event(&second)["summary"], "Newer");
    sink.remove(BUSINESS, &entry.appointment_id).await.unwrap();
    assert_eq!((fake.event(&first), &fake.event(&second)["status"]), (theirs, &json!("cancelled")));
}

#[tokio::test]
async fn an_event_that_somebody_moves_in_the_very_moment_is_read_again_and_stays_there() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let first = entry("race", 1);
    let id = put(&sink, &first).await.unwrap().id;
    // The read, and then the write that comes too late.
    fake.fault(Fault::Answer(200, fake.event(&id), None));
    fake.fault(Fault::Overtaken(dragged(&first, 2)));
    put(&sink, &entry("race", 2)).await.unwrap();
    let event = fake.event(&id);
    assert_eq!(event["summary"], entry("race", 2).title);
    assert_eq!(starts(&event), first.starts_at + Duration::hours(2));
}

#[tokio::test]
async fn where_the_desk_moved_it_its_time_stands_until_we_move_it() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let first = entry("stands", 1);
    let id = put(&sink, &first).await.unwrap().id;
    fake.desk(&id, &dragged(&first, 2));
    put(&sink, &entry("stands", 2)).await.unwrap();
    let event = fake.event(&id);
    assert_eq!(starts(&event), first.starts_at + Duration::hours(2));
    assert_eq!(event["summary"], entry("stands", 2).title);
    put(&sink, &moved(entry("stands", 3), 4)).await.unwrap();
    assert_eq!(starts(&fake.event(&id)), first.starts_at + Duration::hours(4));
}

#[tokio::test]
async fn guests_are_invited_only_where_the_account_stands_for_a_person() {
    let fake = Fake::start().await;
    let guest = Some(Email::parse("ana@example.com").unwrap());
    let with_guest = |name| CalendarEntry { guest: guest.clone(), ..entry(name, 1) };
    let id = put(&fake.adapter(|_| {}), &with_guest("alone")).await.unwrap().id;
    assert_eq!(fake.event(&id)["attendees"], Value::Null);
    fake.google().delegated = Some("desk@clinic.example".to_owned());
    let sink = fake.adapter(|config| config.subject = Some("desk@clinic.example".to_owned()));
    let id = put(&sink, &with_guest("delegated")).await.unwrap().id;
    assert_eq!(fake.event(&id)["attendees"], json!([{ "email": "ana@example.com" }]));
    assert!(fake.asked().last().unwrap().contains("sendUpdates=all"));
    let newer = CalendarEntry { revision: 2, ..with_guest("delegated") };
    for (entry, told) in [
        (newer.clone(), "none"),
        (moved(CalendarEntry { revision: 3, ..newer.clone() }, 2), "all"),
        // Who is not to be written to any more hears nothing of it.
        (moved(CalendarEntry { revision: 4, guest: None, ..newer.clone() }, 3), "none"),
        (moved(CalendarEntry { revision: 5, status: Status::Cancelled, ..newer }, 2), "all"),
    ] {
        put(&sink, &entry).await.unwrap();
        assert_eq!(fake.event(&id)["attendees"], json!([{ "email": "ana@example.com" }]));
        let asked = fake.asked().last().unwrap().clone();
        assert!(asked.contains(&format!("sendUpdates={told}")), "{asked}");
    }
}

#[tokio::test]
async fn an_appointment_is_written_even_where_nobody_may_be_invited() {
    let fake = Fake::start().await;
    fake.google().delegated = Some("desk@clinic.example".to_owned());
    let sink = fake.adapter(|config| config.subject = Some("desk@clinic.example".to_owned()));
    let (status, body) = frontdesk_testkit::google::refusal(403, "forbiddenForServiceAccounts");
    fake.fault(Fault::Answer(status, body, None));
    let entry = CalendarEntry { guest: Some(Email::parse("ana@example.com").unwrap()), ..entry("uninvited", 1) };
    let id = put(&sink, &entry).await.unwrap().id;
    assert_eq!((&fake.event(&id)["summary"], &fake.event(&id)["attendees"]), (&json!(entry.title), &Value::Null));
    assert!(fake.asked().last().unwrap().contains("sendUpdates=none"));
}

#[tokio::test]
async fn what_the_desk_wrote_into_the_description_stays_when_ours_changes() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let said = |revision, words: &str| CalendarEntry { description: words.to_owned(), ..entry("noted", revision) };
    let id = put(&sink, &said(1, "Not confirmed yet")).await.unwrap().id;
    let edited = json!({ "description": "Not confirmed yet<br>brings <b>x-rays</b>" });
    fake.google().calendars.get_mut(CALENDAR).unwrap().change(&id, &edited);
    for (revision, words) in [(2, "Confirmed"), (3, "Asked for another time")] {
        put(&sink, &said(revision, words)).await.unwrap();
        assert_eq!(fake.event(&id)["description"], format!("{words}\n\nbrings <b>x-rays</b>"));
    }
    sink.remove(BUSINESS, &entry("noted", 3).appointment_id).await.unwrap();
    assert_eq!(fake.event(&id)["description"], "");
    assert_eq!(fake.event(&id)["extendedProperties"]["private"]["gwWords"], Value::Null);
}

#[tokio::test]
async fn nothing_of_the_person_is_left_in_what_was_taken_out() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let entry = entry("emptied", 1);
    let id = put(&sink, &entry).await.unwrap().id;
    sink.remove(BUSINESS, &entry.appointment_id).await.unwrap();
    let event = fake.event(&id);
    assert_eq!((&event["status"], &event["summary"]), (&json!("cancelled"), &json!("")));
    assert_eq!(event["description"], "");
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_not_taken_for_gone() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|config| config.calendar = Some("unshared@group".to_owned()));
    let error = sink.remove(BUSINESS, &entry("unshared", 1).appointment_id).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Barred);
}

#[tokio::test]
async fn a_calendar_may_be_called_anything() {
    let fake = Fake::start().await;
    for id in ["en.usa#holiday@group.v.calendar.google.com", "a/b?c&d=e", "../primary", "Ärzte heute"] {
        fake.google().calendars.insert(id.to_owned(), frontdesk_testkit::google::Calendar::new("writer"));
        let sink = fake.adapter(|config| drop(config.calendars.insert(BUSINESS.to_owned(), id.to_owned())));
        put(&sink, &entry("any", 1)).await.unwrap();
        assert_eq!(fake.google().calendars[id].events.len(), 1, "{id}");
    }
    assert_eq!(fake.google().calendars[CALENDAR].events.len(), 0);
}

#[tokio::test]
async fn writes_into_one_calendar_follow_each_other_and_the_newest_stays() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let [a, b, c, d] = [3, 1, 4, 2].map(|revision| entry("many", revision));
    let (a, b, c, d) = tokio::join!(put(&sink, &a), put(&sink, &b), put(&sink, &c), put(&sink, &d));
    let ids = [a, b, c, d].map(|entered| entered.unwrap().id);
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(fake.event(&ids[0])["summary"], entry("many", 4).title);
    let [a, b, c] = ["x", "y", "z"].map(|name| entry(name, 1));
    let (a, b, c) = tokio::join!(put(&sink, &a), put(&sink, &b), put(&sink, &c));
    assert!([a, b, c].iter().all(Result::is_ok));
    assert_eq!(fake.google().writing, (0, 1), "never two at once");
}
