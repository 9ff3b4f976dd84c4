//! The port's own laws.

use crate::fake::{CALENDAR, Fake};
use async_trait::async_trait;
use frontdesk_core::id::AppointmentId;
use frontdesk_testkit::suite::calendar_sink::{self, CalendarView};

struct View<'a>(&'a Fake);

#[async_trait]
impl CalendarView for View<'_> {
    /// What the calendar's page shows: nothing that is cancelled.
    async fn titles(&self, _business: &str, appointment: &AppointmentId) -> Vec<String> {
        let google = self.0.google();
        let of = |event: &&serde_json::Value| {
            event["extendedProperties"]["private"]["gwAppointmentId"] == appointment.to_string()
                && event["status"] != "cancelled"
        };
        let shown = google.calendars[CALENDAR].events.values().filter(of);
        shown.map(|event| event["summary"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn it_keeps_the_laws_of_a_calendar() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let view = View(&fake);
    calendar_sink::put_twice_is_one_event(&sink, &view).await;
    calendar_sink::newer_revision_overwrites(&sink, &view).await;
    calendar_sink::older_revision_never_overwrites(&sink, &view).await;
    calendar_sink::cancelled_stays_visible(&sink, &view).await;
    calendar_sink::remove_missing_is_fine(&sink, &view).await;
    calendar_sink::what_takes_time_is_busy(&sink).await;
}
