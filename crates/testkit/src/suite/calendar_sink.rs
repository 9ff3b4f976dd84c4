//! The laws of [`CalendarSink`].

use crate::{BUSINESS, moment};
use async_trait::async_trait;
use chrono::Duration;
use frontdesk_core::{
    appointment::Status,
    id::{AppointmentId, EffectId},
    ports::{Busy, CalendarEntry, CalendarSink},
};

/// How a suite looks into the calendar behind a sink.
#[async_trait]
pub trait CalendarView: Sync {
    /// The titles of every event of this appointment that the calendar shows.
    async fn titles(&self, business: &str, appointment: &AppointmentId) -> Vec<String>;
}

/// An entry such as the engine writes; `name` tells one appointment from another.
#[must_use]
pub fn entry(name: &str, revision: u32) -> CalendarEntry {
    let now = moment("2026-11-20T09:00:00Z");
    CalendarEntry {
        appointment_id: AppointmentId::derive(now, &["calendar suite", name]),
        business: BUSINESS.to_owned(),
        title: format!("Check-up; Ana, \"the\" <{revision}>"),
        description: "Not confirmed yet\nBring: papers, x-rays; \\o/".to_owned(),
        starts_at: now + Duration::days(1),
        ends_at: now + Duration::days(1) + Duration::minutes(30),
        time_zone: chrono_tz::Europe::Madrid,
        status: Status::Confirming,
        revision,
        updated_at: now + Duration::minutes(i64::from(revision)),
        guest: None,
    }
}

async fn put(sink: &dyn CalendarSink, entry: &CalendarEntry) {
    let revision = entry.revision.to_string();
    let effect = EffectId::derive(entry.updated_at, &["put", &entry.appointment_id.to_string(), &revision]);
    sink.put(entry, &effect).await.unwrap_or_else(|error| panic!("revision {revision}: {error}"));
}

async fn shown(view: &dyn CalendarView, entry: &CalendarEntry) -> Vec<String> {
    view.titles(&entry.business, &entry.appointment_id).await
}

/// Writing twice is one event.
///
/// # Panics
/// When the law does not hold.
pub async fn put_twice_is_one_event(sink: &dyn CalendarSink, view: &dyn CalendarView) {
    let entry = entry("twice", 1);
    put(sink, &entry).await;
    put(sink, &entry).await;
    assert_eq!(shown(view, &entry).await, [entry.title.as_str()]);
}

/// What is newer replaces what is there.
///
/// # Panics
/// When the law does not hold.
pub async fn newer_revision_overwrites(sink: &dyn CalendarSink, view: &dyn CalendarView) {
    put(sink, &entry("newer", 1)).await;
    let newer = entry("newer", 2);
    put(sink, &newer).await;
    assert_eq!(shown(view, &newer).await, [newer.title.as_str()]);
}

/// What is older changes nothing, and is no error.
///
/// # Panics
/// When the law does not hold.
pub async fn older_revision_never_overwrites(sink: &dyn CalendarSink, view: &dyn CalendarView) {
    let newer = entry("older", 7);
    put(sink, &newer).await;
    put(sink, &entry("older", 6)).await;
    assert_eq!(shown(view, &newer).await, [newer.title.as_str()]);
}

/// A cancelled appointment stays visible.
///
/// # Panics
/// When the law does not hold.
pub async fn cancelled_stays_visible(sink: &dyn CalendarSink, view: &dyn CalendarView) {
    put(sink, &entry("cancelled", 1)).await;
    let cancelled = CalendarEntry { status: Status::Cancelled, ..entry("cancelled", 2) };
    put(sink, &cancelled).await;
    assert_eq!(shown(view, &cancelled).await, [cancelled.title.as_str()]);
}

/// What was taken out is gone; taking it out again, or what never was there, is fine.
///
/// # Panics
/// When the law does not hold.
pub async fn remove_missing_is_fine(sink: &dyn CalendarSink, view: &dyn CalendarView) {
    let entry = entry("removed", 1);
    put(sink, &entry).await;
    for _ in 0..2 {
        sink.remove(&entry.business, &entry.appointment_id).await.expect("taking out what is not there is fine");
        assert_eq!(shown(view, &entry).await, [""; 0]);
    }
}

/// What takes time is busy from its beginning to its end; what was cancelled, or lies outside, is not.
///
/// # Panics
/// When the law does not hold.
pub async fn what_takes_time_is_busy(sink: &dyn CalendarSink) {
    let moved = |name: &str, hours: i64| {
        let entry = entry(name, 1);
        let by = Duration::days(30) + Duration::hours(hours);
        CalendarEntry { starts_at: entry.starts_at + by, ends_at: entry.ends_at + by, ..entry }
    };
    let (first, second, cancelled, later) = (moved("b1", 0), moved("b2", 2), moved("b3", 1), moved("b4", 9));
    for entry in [
        &second,
        &first,
        &later,
        &cancelled,
        &CalendarEntry { status: Status::Cancelled, revision: 2, ..cancelled.clone() },
    ] {
        put(sink, entry).await;
    }
    let (from, to) = (first.starts_at - Duration::hours(1), first.starts_at + Duration::hours(5));
    let busy = sink.busy(BUSINESS, from, to).await.expect("a calendar says what is taken");
    let expected = [&first, &second].map(|entry| Busy { from: entry.starts_at, to: entry.ends_at });
    assert_eq!(busy, expected);
    let none = sink.busy(BUSINESS, first.ends_at, second.starts_at).await.expect("a calendar says what is taken");
    assert_eq!(none, [], "touching is not overlapping");
}
