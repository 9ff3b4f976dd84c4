//! From any address of a server to the one calendar that is meant.

use crate::common::{USER, adapter, config, http, property, put, radicale};
use frontdesk_caldav::{CalDav, Calendar};
use frontdesk_core::ports::{CalendarSink, Happened, Trouble};
use frontdesk_testkit::{BUSINESS, suite::calendar_sink::entry};

#[tokio::test]
async fn the_only_calendar_is_found_from_the_server_the_user_and_itself() {
    let Some(server) = radicale().await else { return };
    let calendar = server.calendar("appointments");
    let bare = server.root().join(&format!("{USER}/appointments")).unwrap();
    for (revision, url) in
        (1..).zip([server.root().clone(), server.root().join(&format!("{USER}/")).unwrap(), calendar.clone(), bare])
    {
        let sink = adapter(&url);
        let found = sink.check(&[BUSINESS, "another"]).await.unwrap();
        assert_eq!(found.len(), 1, "both businesses have the same");
        assert_eq!((&found[0].url, found[0].writable), (&calendar, Some(true)), "{url}");
        put(&sink, &entry("found", revision)).await.unwrap();
    }
    assert_eq!(server.objects("appointments").len(), 1);
}

#[tokio::test]
async fn several_calendars_are_told_to_choose_from() {
    let Some(server) = radicale().await else { return };
    server.make("holidays").await;
    let sink = adapter(&server.root());
    let error = put(&sink, &entry("several", 1)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Broken));
    for told in ["/desk/appointments/", "/desk/holidays/", "base_url"] {
        assert!(error.message.contains(told), "{error}");
    }
}

#[tokio::test]
async fn every_business_has_its_own_calendar_or_the_common_one() {
    let Some(server) = radicale().await else { return };
    server.make("salon").await;
    let mut config = config(&server.calendar("appointments"));
    let own = Calendar { url: Some(server.calendar("salon")), time_zone: chrono_tz::Asia::Kolkata };
    config.calendars.insert(BUSINESS.to_owned(), own);
    let sink = CalDav::new(config, http()).unwrap();
    let entry = entry("own", 1);
    put(&sink, &entry).await.unwrap();
    put(&sink, &frontdesk_core::ports::CalendarEntry { business: "other".to_owned(), ..entry.clone() }).await.unwrap();
    assert_eq!(property(&server.objects("salon")[0], "SUMMARY"), Some(entry.title));
    sink.remove("other", &entry.appointment_id).await.unwrap();
    assert_eq!((server.objects("salon").len(), server.objects("appointments").len()), (1, 0));
}

#[tokio::test]
async fn what_is_wrong_is_told_with_what_to_do_about_it() {
    let Some(server) = radicale().await else { return };
    let mut wrong = config(&server.calendar("appointments"));
    wrong.password = "not-the-password".into();
    let error = CalDav::new(wrong, http()).unwrap().check(&[BUSINESS]).await.unwrap_err();
    assert_eq!((error.trouble, error.message.contains("app password")), (Trouble::Unauthorised, true), "{error}");
    assert!(!format!("{error:?} {error}").contains("not-the"), "{error:?}");
    for nowhere in [server.calendar("nowhere"), server.root().join("somebody/else/").unwrap()] {
        let error = put(&adapter(&nowhere), &entry("nowhere", 1)).await.unwrap_err();
        assert!(error.message.contains("base_url") || error.message.contains("share"), "{error}");
        assert_eq!(error.happened, Happened::No);
    }
}
