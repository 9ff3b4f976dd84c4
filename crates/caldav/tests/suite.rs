//! The port's own laws, as every adapter keeps them, on a real server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "caldav/common.rs"]
#[expect(dead_code, reason = "shared with the adapter's own laws")]
mod common;

use async_trait::async_trait;
use common::{adapter, config, property, radicale};
use frontdesk_core::{id::AppointmentId, ports::Port};
use frontdesk_testkit::{
    servers::radicale::Radicale,
    suite::calendar_sink::{self, CalendarView},
};

struct View<'a>(&'a Radicale);

#[async_trait]
impl CalendarView for View<'_> {
    async fn titles(&self, _business: &str, appointment: &AppointmentId) -> Vec<String> {
        let uid = format!("{appointment}@frontdesk");
        let objects = self.0.objects("appointments").into_iter();
        let ours = objects.filter(|object| property(object, "UID").as_deref() == Some(uid.as_str()));
        ours.map(|object| property(&object, "SUMMARY").unwrap_or_default()).collect()
    }
}

#[tokio::test]
async fn calendar() {
    let Some(server) = radicale().await else { return };
    let (sink, view) = (adapter(&server.calendar("appointments")), View(&server));
    calendar_sink::put_twice_is_one_event(&sink, &view).await;
    calendar_sink::newer_revision_overwrites(&sink, &view).await;
    calendar_sink::older_revision_never_overwrites(&sink, &view).await;
    calendar_sink::cancelled_stays_visible(&sink, &view).await;
    calendar_sink::remove_missing_is_fine(&sink, &view).await;
    calendar_sink::what_takes_time_is_busy(&sink).await;
}

#[test]
fn its_configuration_keeps_its_secrets() {
    let config = config(&common::nobody());
    assert!(!format!("{config:?}").contains(common::PASSWORD));
    assert_eq!(adapter(&common::nobody()).name(), frontdesk_caldav::NAME);
}
