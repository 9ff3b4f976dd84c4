//! The pretended ports keep the laws of the ports they stand for.

use async_trait::async_trait;
use frontdesk_core::id::AppointmentId;
use frontdesk_testkit::{
    PretendCalendar, PretendNotifier,
    suite::{calendar_sink, notifier},
};

struct View<'a>(&'a PretendCalendar);

#[async_trait]
impl calendar_sink::CalendarView for View<'_> {
    async fn titles(&self, _business: &str, appointment: &AppointmentId) -> Vec<String> {
        let entries = self.0.entries().into_iter();
        entries.filter(|entry| entry.appointment_id == *appointment).map(|entry| entry.title).collect()
    }
}

#[tokio::test]
async fn the_calendar() {
    let calendar = PretendCalendar::default();
    let view = View(&calendar);
    calendar_sink::put_twice_is_one_event(&calendar, &view).await;
    calendar_sink::newer_revision_overwrites(&calendar, &view).await;
    calendar_sink::older_revision_never_overwrites(&calendar, &view).await;
    calendar_sink::cancelled_stays_visible(&calendar, &view).await;
    calendar_sink::remove_missing_is_fine(&calendar, &view).await;
    calendar_sink::what_takes_time_is_busy(&calendar).await;
}

#[tokio::test]
async fn the_notifier() {
    let pretended = PretendNotifier::default();
    notifier::a_channel_it_does_not_serve_is_unsupported(&pretended).await;
    notifier::a_channel_it_serves_takes_a_message_and_finds_it_again(&pretended).await;
    notifier::a_message_never_sent_is_not_found(&pretended).await;
}
