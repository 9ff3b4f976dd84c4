//! The adapter and the engine together: what the desk does in the calendar, the book follows, and that is the end of it.

use crate::{
    fake::{CALENDAR, Fake, now},
    sink::starts,
};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm, Status},
    effect::Channel,
    engine::{Booked, Engine, HandEdited, Ports},
    event::{Answer, Event},
    ports::{CalendarWatch, EffectRunner, IvrStore},
};
use frontdesk_google_calendar::GoogleCalendar;
use frontdesk_testkit::{BUSINESS, MemoryStore, booking, rules};
use serde_json::{Value, json};
use std::sync::Arc;

struct Desk {
    fake: Fake,
    calendar: Arc<GoogleCalendar>,
    engine: Engine,
    store: Arc<MemoryStore>,
    cursor: Option<String>,
    appointment: Appointment,
}

impl Desk {
    async fn open() -> Self {
        let fake = Fake::start().await;
        let calendar = Arc::new(fake.adapter(|_| {}));
        let store = Arc::new(MemoryStore::new());
        let ports = Ports { calendar: Some(Arc::clone(&calendar) as _), ..Ports::default() };
        let engine = Engine::new(Arc::new(rules()), Arc::clone(&store) as _, ports, fake.clock.world());
        let booked = engine.book(booking(now() + Duration::days(3), Confirm::None), None).await.unwrap().0;
        let Booked::New(appointment) = booked else { panic!("{booked:?}") };
        let mut desk = Self { fake, calendar, engine, store, cursor: None, appointment };
        desk.run().await;
        assert_eq!(desk.follow().await, []);
        desk
    }

    /// Runs what is due.
    async fn run(&self) {
        let lease = self.engine.rules().lease;
        while let Some((_, effect)) = self.store.next_due(lease).filter(|(at, _)| *at <= self.fake.clock.now()) {
            self.engine.run(effect).await.unwrap();
        }
    }

    /// Asks the calendar, lets the book follow, and runs what comes of it.
    async fn follow(&mut self) -> Vec<HandEdited> {
        let changes = self.calendar.changes(BUSINESS, self.cursor.as_deref(), self.fake.clock.now()).await.unwrap();
        let mut came = Vec::new();
        for edit in changes.edits {
            came.push(self.engine.hand_edit(edit).await.unwrap());
        }
        self.cursor = Some(changes.cursor);
        self.run().await;
        came
    }

    async fn booked(&self) -> Appointment {
        self.store.appointment(self.appointment.id).await.unwrap().unwrap()
    }

    fn event(&self) -> Value {
        let google = self.fake.google();
        assert_eq!(google.calendars[CALENDAR].events.len(), 1);
        google.calendars[CALENDAR].events.values().next().unwrap().clone()
    }

    fn change(&self, change: &Value) {
        self.fake.desk(self.event()["id"].as_str().unwrap(), change);
    }

    /// Drags the event to another time.
    fn drag(&self, starts_at: DateTime<Utc>, minutes: i64) {
        let ends_at = starts_at + Duration::minutes(minutes);
        self.change(&json!({ "start": { "dateTime": starts_at }, "end": { "dateTime": ends_at } }));
    }
}

#[tokio::test]
async fn a_moved_event_moves_the_appointment_and_the_calendar_stays_as_the_desk_made_it() {
    let mut desk = Desk::open().await;
    let time = desk.appointment.starts_at + Duration::hours(5);
    desk.drag(time, 45);
    assert!(matches!(desk.follow().await.as_slice(), [HandEdited::Followed(..)]));
    let booked = desk.booked().await;
    assert_eq!((booked.starts_at, booked.duration_minutes), (time, 45));
    let event = desk.event();
    assert_eq!((starts(&event), event["extendedProperties"]["private"]["gwRev"].as_str()), (time, Some("3")));
    // Our own writing of the new revision leads to nothing, however often the calendar is asked.
    for _ in 0..3 {
        assert_eq!(desk.follow().await, []);
    }
    assert_eq!((desk.booked().await, desk.event()), (booked, event));
}

#[tokio::test]
async fn a_deleted_event_cancels_the_appointment_and_is_not_brought_back() {
    let mut desk = Desk::open().await;
    desk.change(&json!({ "status": "cancelled" }));
    assert!(matches!(desk.follow().await.as_slice(), [HandEdited::Followed(..)]));
    assert_eq!(desk.booked().await.status, Status::Cancelled);
    assert_eq!(desk.event()["status"], "cancelled");
    assert_eq!(desk.follow().await, []);
}

#[tokio::test]
async fn a_move_that_races_with_an_answer_loses_neither() {
    let mut desk = Desk::open().await;
    let time = desk.appointment.starts_at + Duration::hours(5);
    desk.drag(time, 30);
    // The person answers before anybody has asked the calendar; the calendar is written before as well.
    let event = Event::Replied { channel: Channel::Sms, meaning: Answer::OtherTime };
    desk.engine.happen(desk.appointment.id, event).await.unwrap();
    desk.run().await;
    assert_eq!(starts(&desk.event()), time);
    assert!(matches!(desk.follow().await.as_slice(), [HandEdited::Followed(..)]));
    assert_eq!(desk.booked().await.starts_at, time);
    assert_eq!(desk.follow().await, []);
}

#[tokio::test]
async fn a_move_told_before_our_newer_write_is_told_again_after_it() {
    let mut desk = Desk::open().await;
    let time = desk.appointment.starts_at + Duration::hours(5);
    desk.drag(time, 30);
    let event = Event::Replied { channel: Channel::Desk, meaning: Answer::Confirmed };
    desk.engine.happen(desk.appointment.id, event).await.unwrap();
    assert!(matches!(desk.follow().await.as_slice(), [HandEdited::Left(_)]));
    assert!(matches!(desk.follow().await.as_slice(), [HandEdited::Followed(..)]));
    assert_eq!((desk.booked().await.starts_at, starts(&desk.event())), (time, time));
}
