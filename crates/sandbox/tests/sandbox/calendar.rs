//! The calendar in a folder.

use crate::common::now;
use chrono::Duration;
use frontdesk_core::{
    appointment::Status,
    id::{AppointmentId, EffectId},
    ports::{CalendarEntry, CalendarSink},
};
use frontdesk_sandbox::LocalCalendar;
use icalendar::{Calendar, Component};

fn entry(name: &str, revision: u32) -> CalendarEntry {
    CalendarEntry {
        appointment_id: AppointmentId::derive(now(), &[name]),
        business: "salon".to_owned(),
        title: "Ana Lim, haircut".to_owned(),
        description: "First visit.".to_owned(),
        starts_at: now() + Duration::days(1),
        ends_at: now() + Duration::days(1) + Duration::minutes(30),
        time_zone: chrono_tz::Asia::Singapore,
        status: Status::Scheduled,
        revision,
        updated_at: now(),
        guest: None,
    }
}

fn effect() -> EffectId {
    EffectId::derive(now(), &["effect"])
}

fn open() -> (tempfile::TempDir, LocalCalendar) {
    let folder = tempfile::tempdir().unwrap();
    let calendar = LocalCalendar::open(folder.path().join("calendar")).unwrap();
    (folder, calendar)
}

#[tokio::test]
async fn put_twice_is_one_event() {
    let (_folder, calendar) = open();
    calendar.put(&entry("a", 1), &effect()).await.unwrap();
    calendar.put(&entry("a", 1), &effect()).await.unwrap();
    assert_eq!(calendar.list("salon").unwrap(), [entry("a", 1)]);
}

#[tokio::test]
async fn older_revision_never_overwrites() {
    let (_folder, calendar) = open();
    let mut newer = entry("a", 3);
    newer.status = Status::Confirmed;
    calendar.put(&newer, &effect()).await.unwrap();
    calendar.put(&entry("a", 2), &effect()).await.unwrap();
    assert_eq!(calendar.list("salon").unwrap(), [newer]);
}

#[tokio::test]
async fn of_many_writers_at_once_the_newest_revision_stays() {
    let (_folder, calendar) = open();
    let writes = (0..32).map(|revision| {
        let calendar = calendar.clone();
        tokio::spawn(async move { calendar.put(&entry("a", revision), &effect()).await })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap().unwrap();
    }
    assert_eq!(calendar.list("salon").unwrap(), [entry("a", 31)]);
}

#[tokio::test]
async fn removing_twice_is_removing_once() {
    let (_folder, calendar) = open();
    calendar.put(&entry("a", 1), &effect()).await.unwrap();
    for _ in 0..2 {
        calendar.remove("salon", &entry("a", 1).appointment_id).await.unwrap();
    }
    assert!(calendar.list("salon").unwrap().is_empty());
}

#[tokio::test]
async fn entries_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    LocalCalendar::open(folder.path()).unwrap().put(&entry("a", 1), &effect()).await.unwrap();
    assert_eq!(LocalCalendar::open(folder.path()).unwrap().list("salon").unwrap(), [entry("a", 1)]);
}

#[tokio::test]
async fn no_business_name_leaves_the_folder() {
    let (folder, calendar) = open();
    for business in ["../outside", "..", "a/b", "Zahnärzte & Söhne", ""] {
        let mut one = entry("a", 1);
        one.business = business.to_owned();
        calendar.put(&one, &effect()).await.unwrap();
        assert_eq!(calendar.list(business).unwrap(), [one], "{business}");
    }
    let outside: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(outside, ["calendar"]);
}

#[tokio::test]
async fn the_feed_is_read_back_as_it_was_written() {
    let (_folder, calendar) = open();
    let mut hard = entry("a", 4);
    hard.title = "Ana; \"Lim\", wants 9:00 \\ maybe 老虎 ".repeat(4);
    hard.description = "First line\r\nsecond line\u{7}, with\rmore".to_owned();
    hard.status = Status::Confirmed;
    let mut gone = entry("b", 7);
    gone.status = Status::Cancelled;
    gone.starts_at += Duration::hours(1);
    calendar.put(&hard, &effect()).await.unwrap();
    calendar.put(&gone, &effect()).await.unwrap();
    let feed = calendar.feed("salon").unwrap();
    assert!(feed.ends_with("END:VCALENDAR\r\n"));
    for line in feed.split("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n', '\u{7}']), "{line:?}");
    }
    let read: Calendar = feed.parse().unwrap();
    assert_eq!(read.property_value("METHOD"), Some("PUBLISH"));
    assert_eq!(read.get_name(), Some("salon"));
    let events: Vec<_> = read.events().collect();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].get_uid(), Some(format!("{}@frontdesk", hard.appointment_id).as_str()));
    assert_eq!(events[0].get_summary(), Some(hard.title.as_str()));
    assert_eq!(events[0].get_description(), Some("First line\nsecond line, with\nmore"));
    assert_eq!(events[0].get_sequence(), Some(4));
    assert_eq!(events[0].get_timestamp(), Some(hard.updated_at));
    assert_eq!(events[0].get_last_modified(), Some(hard.updated_at));
    assert_eq!(events[0].get_start(), Some(hard.starts_at.into()));
    assert_eq!(events[0].get_end(), Some(hard.ends_at.into()));
    assert_eq!(events[0].property_value("STATUS"), Some("CONFIRMED"));
    assert_eq!(events[1].property_value("STATUS"), Some("CANCELLED"));
}

#[tokio::test]
async fn the_same_entries_give_the_same_feed_to_the_letter() {
    let (_folder, calendar) = open();
    for name in ["a", "b", "c"] {
        calendar.put(&entry(name, 1), &effect()).await.unwrap();
    }
    assert_eq!(calendar.feed("salon").unwrap(), calendar.feed("salon").unwrap());
}
