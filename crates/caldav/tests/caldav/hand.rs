//! What the desk does to events by hand stays, as far as it is not ours to say.

use crate::common::{adapter, event, object, property, put, radicale};
use chrono::Duration;
use frontdesk_core::{
    appointment::Status,
    ports::{CalendarEntry, CalendarSink, CalendarWatch},
};
use frontdesk_testkit::{BUSINESS, servers::radicale::Radicale, suite::calendar_sink::entry};
use icalendar::Component;
use url::Url;

const CALENDAR: &str = "appointments";

fn place(server: &Radicale, entry: &CalendarEntry) -> Url {
    server.calendar(CALENDAR).join(&format!("{}.ics", entry.appointment_id)).unwrap()
}

/// Changes the lines of an event as a calendar program would.
async fn edit(server: &Radicale, url: &Url, change: impl FnOnce(String) -> String) {
    // Unfolded, as a program reads it.
    let text = server.get(url).await.replace("\r\n ", "").replace("\n ", "");
    let changed = change(text.clone());
    assert_ne!(changed, text);
    server.put(url, &changed).await;
}

#[tokio::test]
async fn what_the_desk_added_stays_and_what_is_ours_is_replaced() {
    let Some(server) = radicale().await else { return };
    let (sink, first) = (adapter(&server.calendar(CALENDAR)), entry("hand", 1));
    assert_eq!(put(&sink, &first).await.unwrap().id, format!("{}.ics", first.appointment_id));
    let alarm = "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:Soon\nTRIGGER:-PT15M\nEND:VALARM\n";
    let added = "LOCATION:Room 3\\, first floor\nCOLOR:tomato\nX-DESK-KEY;X-P=\"a:b;c\":kept\n\
                 ATTENDEE;CN=\"Dr. Roe\":mailto:roe@clinic.example\nCATEGORIES:VIP\n";
    edit(&server, &place(&server, &first), |text| {
        let text = text.replace("Bring: papers", "Bring: passport").replace("SUMMARY:", "SUMMARY:by hand ");
        text.replace("END:VEVENT", &format!("{added}{alarm}END:VEVENT"))
    })
    .await;
    let second = CalendarEntry { description: "Confirmed\nBring: papers".to_owned(), ..entry("hand", 2) };
    put(&sink, &second).await.unwrap();
    let [now] = &server.objects(CALENDAR)[..] else { panic!("one event") };
    assert_eq!(property(now, "SUMMARY").as_ref(), Some(&second.title));
    assert_eq!(property(now, "LOCATION").as_deref(), Some("Room 3, first floor"));
    for kept in
        ["COLOR:tomato", "X-DESK-KEY;X-P=\"a:b;c\":kept", "mailto:roe@clinic.example", "CATEGORIES:VIP", "-PT15M"]
    {
        assert!(now.replace("\r\n ", "").contains(kept), "{kept}: {now}");
    }
    for (ours, times) in [("\nSUMMARY", 1), ("\nDTSTART", 1), ("\nDTEND", 1), ("\nSTATUS", 1), ("\nSEQUENCE", 1)] {
        assert_eq!(now.matches(ours).count(), times, "{ours}: {now}");
    }
}

#[tokio::test]
async fn a_note_below_our_description_stays_and_our_old_words_do_not() {
    let Some(server) = radicale().await else { return };
    let (sink, first) = (adapter(&server.calendar(CALENDAR)), entry("note", 1));
    put(&sink, &first).await.unwrap();
    edit(&server, &place(&server, &first), |text| {
        let at = text.find("\nDESCRIPTION:").unwrap() + 1;
        let end = at + text[at..].find(['\r', '\n']).unwrap();
        format!("{}\\nParks in the yard\\, rings twice{}", &text[..end], &text[end..])
    })
    .await;
    for (revision, description) in [(2, "Confirmed\nBring: papers"), (3, "Cancelled"), (4, "")] {
        put(&sink, &CalendarEntry { description: description.to_owned(), ..entry("note", revision) }).await.unwrap();
        let told = property(&server.objects(CALENDAR)[0], "DESCRIPTION").unwrap();
        let expected = format!("{description}\n\nParks in the yard, rings twice");
        assert_eq!(told, expected.trim_start(), "revision {revision}");
    }
}

#[tokio::test]
async fn what_was_moved_by_hand_stays_until_the_appointment_has_another_time() {
    let Some(server) = radicale().await else { return };
    let (sink, first) = (adapter(&server.calendar(CALENDAR)), entry("moved", 1));
    put(&sink, &first).await.unwrap();
    edit(&server, &place(&server, &first), |text| {
        let text = text.replace("DTSTART:20261121T090000Z", "DTSTART;TZID=Europe/Madrid:20261121T113000");
        text.replace("DTEND:20261121T093000Z", "DURATION:PT1H").replace("SEQUENCE:1", "SEQUENCE:8")
    })
    .await;
    put(&sink, &entry("moved", 2)).await.unwrap();
    let now = server.objects(CALENDAR).remove(0);
    assert!(now.contains("DTSTART;TZID=Europe/Madrid:20261121T113000") && now.contains("DURATION:PT1H"), "{now}");
    assert!(!now.contains("DTEND"), "{now}");
    assert_eq!(event(&now).get_sequence(), Some(9), "programs see a change only where this grows");
    let third = entry("moved", 3);
    let third = CalendarEntry { ends_at: third.ends_at + Duration::minutes(15), ..third };
    put(&sink, &third).await.unwrap();
    let now = server.objects(CALENDAR).remove(0);
    assert!(now.contains("DTSTART:20261121T090000Z") && now.contains("DTEND:20261121T094500Z"), "{now}");
    assert!(!now.contains("DURATION"), "{now}");
}

#[tokio::test]
async fn an_older_revision_changes_nothing_even_where_the_desk_changed_the_sequence() {
    let Some(server) = radicale().await else { return };
    let (sink, first) = (adapter(&server.calendar(CALENDAR)), entry("sequence", 5));
    put(&sink, &first).await.unwrap();
    edit(&server, &place(&server, &first), |text| text.replace("SEQUENCE:5", "SEQUENCE:0")).await;
    put(&sink, &entry("sequence", 4)).await.unwrap();
    assert_eq!(property(&server.objects(CALENDAR)[0], "SUMMARY"), Some(first.title));
}

#[tokio::test]
async fn what_was_taken_out_by_hand_is_written_anew() {
    let Some(server) = radicale().await else { return };
    let (sink, first) = (adapter(&server.calendar(CALENDAR)), entry("anew", 1));
    put(&sink, &first).await.unwrap();
    assert_eq!(server.ask("DELETE", &place(&server, &first), String::new()).await.0, 200);
    let off = CalendarEntry { status: Status::Cancelled, ..entry("anew", 2) };
    put(&sink, &off).await.unwrap();
    assert_eq!(server.objects(CALENDAR).len(), 0, "not to say that it does not take place");
    put(&sink, &entry("anew", 3)).await.unwrap();
    assert_eq!(server.objects(CALENDAR).len(), 1);
}

#[tokio::test]
async fn what_was_made_to_last_whole_days_stays_so() {
    let Some(server) = radicale().await else { return };
    let (sink, first) = (adapter(&server.calendar(CALENDAR)), entry("days", 1));
    put(&sink, &first).await.unwrap();
    edit(&server, &place(&server, &first), |text| {
        let text = text.replace("DTSTART:20261121T090000Z", "DTSTART;VALUE=DATE:20261121");
        text.replace("DTEND:20261121T093000Z", "DTEND;VALUE=DATE:20261122")
    })
    .await;
    put(&sink, &entry("days", 2)).await.unwrap();
    let now = server.objects(CALENDAR).remove(0);
    assert!(now.contains("DTSTART;VALUE=DATE:20261121"), "{now}");
    let told = sink.changes(BUSINESS, None, first.updated_at).await.unwrap();
    assert_eq!(told.edits, []);
}

#[tokio::test]
async fn an_event_that_was_put_elsewhere_in_the_calendar_is_the_one_that_is_written_and_taken_out() {
    let Some(server) = radicale().await else { return };
    let (sink, first) = (adapter(&server.calendar(CALENDAR)), entry("elsewhere", 1));
    put(&sink, &first).await.unwrap();
    let text = server.get(&place(&server, &first)).await;
    sink.remove(BUSINESS, &first.appointment_id).await.unwrap();
    server.put(&server.calendar(CALENDAR).join("imported.ics").unwrap(), &text).await;
    let second = entry("elsewhere", 2);
    assert_eq!(put(&sink, &second).await.unwrap().id, "imported.ics");
    assert_eq!(property(&server.objects(CALENDAR)[0], "SUMMARY"), Some(second.title));
    let off = CalendarEntry { status: Status::Cancelled, ..entry("elsewhere", 3) };
    put(&sink, &off).await.unwrap();
    assert!(server.objects(CALENDAR)[0].contains("STATUS:CANCELLED"));
    sink.remove(BUSINESS, &first.appointment_id).await.unwrap();
    assert_eq!(server.objects(CALENDAR), [""; 0]);
}

#[tokio::test]
async fn another_event_at_our_place_is_not_written_over() {
    let Some(server) = radicale().await else { return };
    let (sink, first) = (adapter(&server.calendar(CALENDAR)), entry("foreign", 1));
    let theirs = object("UID:theirs\nDTSTART:20261121T090000Z\nSUMMARY:Theirs");
    server.put(&place(&server, &first), &theirs).await;
    let error = put(&sink, &first).await.unwrap_err();
    assert!(error.message.contains("another event"), "{error}");
    assert_eq!(property(&server.objects(CALENDAR)[0], "SUMMARY").as_deref(), Some("Theirs"));
}

#[tokio::test]
async fn nothing_that_people_say_becomes_a_line_of_its_own() {
    let Some(server) = radicale().await else { return };
    let sink = adapter(&server.calendar(CALENDAR));
    let evil = "Ana\r\nATTENDEE:mailto:evil@example.com\nEND:VEVENT\u{2028}BEGIN:VALARM\\n;,:\"\u{0}\u{b}X-EVIL:1";
    for (revision, status) in [(1, Status::Confirming), (2, Status::Confirmed)] {
        let said = CalendarEntry {
            title: evil.to_owned(),
            description: format!("{evil}\n{evil}"),
            status,
            ..entry("evil", revision)
        };
        put(&sink, &said).await.unwrap();
        let now = server.objects(CALENDAR).remove(0);
        let event = event(&now);
        assert!(event.property_value("ATTENDEE").is_none() && event.property_value("X-EVIL").is_none(), "{now}");
        assert!(event.get_summary().unwrap().contains("mailto:evil@example.com"), "{now}");
        assert_eq!((now.matches("BEGIN:VEVENT").count(), now.matches("\nBEGIN:VALARM").count()), (1, 0), "{now}");
    }
}
