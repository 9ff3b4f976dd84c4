//! Whatever a server does, nothing is lost, nothing is done twice, and what is wrong is told without secrets.

use crate::{
    common::{PASSWORD, USER, adapter, busy, config, http, nobody, object as event_of, put},
    fake::{Fake, Reply, is_calendar, object, says, told},
};
use frontdesk_caldav::CalDav;
use frontdesk_core::{
    ical,
    ports::{CalendarEntry, CalendarSink, Happened, PortError, Trouble},
};
use frontdesk_testkit::{BUSINESS, suite::calendar_sink::entry};
use rstest::rstest;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

const FROM: &str = "2026-12-01T00:00:00Z";
const TO: &str = "2026-12-04T00:00:00Z";

fn keeps_secrets(error: &PortError) {
    let shown = format!("{error} {error:?} {:?}", error.source);
    // The second is how Basic writes both.
    for secret in [PASSWORD, "ZGVzazpwYXNzd29yZ", "Ana", "/cal/"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// An event of ours as it may lie there.
fn stored(entry: &CalendarEntry, revision: u32) -> String {
    ical::stored(&CalendarEntry { revision, ..entry.clone() })
}

#[tokio::test]
async fn somebody_who_was_quicker_is_looked_at_again() {
    let ours = entry("race", 5);
    for (theirs, written) in [(4, 2), (6, 1)] {
        let there = stored(&ours, theirs);
        let server = Fake::start(move |seen| match (seen.method.as_str(), seen.before) {
            ("PROPFIND", _) => is_calendar(),
            ("GET", 0) => says(404, ""),
            ("GET", _) => object("\"2\"", there.clone()),
            // Where it was made in the meantime, and where its UID lies elsewhere, is one question.
            ("REPORT", _) => told(&[]),
            ("PUT", 0) => says(412, ""),
            ("PUT", _) => says(204, ""),
            _ => says(500, ""),
        })
        .await;
        put(&adapter(&server.url), &ours).await.unwrap();
        let puts = server.seen("PUT");
        assert_eq!(puts.len(), written, "over revision {theirs}");
        assert_eq!(puts[0].header("if-none-match"), Some("*"));
        assert_eq!(puts.get(1).and_then(|put| put.header("if-match")), (written == 2).then_some("\"2\""));
        assert_eq!(puts[0].header("content-type"), Some("text/calendar; charset=utf-8"));
    }
}

#[tokio::test]
async fn it_is_not_looked_again_for_ever() {
    let there = stored(&entry("for ever", 1), 1);
    let server = Fake::start(move |seen| match seen.method.as_str() {
        "PROPFIND" => is_calendar(),
        "GET" => object(&format!("W/\"{}\"", seen.before), there.clone()),
        _ => says(412, ""),
    })
    .await;
    let error = put(&adapter(&server.url), &entry("for ever", 2)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unavailable));
    let puts = server.seen("PUT");
    assert_eq!(puts.len(), 5);
    assert_eq!(puts[0].header("if-match"), Some("\"0\""), "a weak version is in no condition");
}

#[tokio::test]
async fn what_was_written_and_not_told_is_in_doubt_and_not_written_again() {
    let there: Arc<Mutex<Option<String>>> = Arc::default();
    let kept = Arc::clone(&there);
    let server = Fake::start(move |seen| match seen.method.as_str() {
        "PROPFIND" => is_calendar(),
        "GET" => kept.lock().unwrap().clone().map_or_else(|| says(404, ""), |there| object("\"1\"", there)),
        "PUT" => {
            *kept.lock().unwrap() = Some(seen.body.clone());
            says(500, "")
        }
        _ => says(500, ""),
    })
    .await;
    let sink = adapter(&server.url);
    let error = put(&sink, &entry("doubt", 1)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::Maybe, Trouble::Unavailable));
    put(&sink, &entry("doubt", 1)).await.unwrap();
    assert_eq!(server.seen("PUT").len(), 1);
}

#[rstest]
#[case("GET", Happened::No)]
#[case("PUT", Happened::Maybe)]
#[case("PROPFIND", Happened::No)]
#[tokio::test]
async fn a_server_that_never_answers_is_not_waited_for(#[case] silent: &'static str, #[case] happened: Happened) {
    let server = Fake::start(move |seen| match seen.method.as_str() {
        method if method == silent => None,
        "PROPFIND" => is_calendar(),
        "GET" => says(404, ""),
        _ => says(201, ""),
    })
    .await;
    let mut config = config(&server.url);
    config.answer_within = Duration::from_millis(200);
    let error = put(&CalDav::new(config, http()).unwrap(), &entry("never", 1)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (happened, Trouble::Unavailable), "{error}");
    keeps_secrets(&error);
}

#[tokio::test]
async fn nobody_listening_means_that_nothing_happened() {
    let error = put(&adapter(&nobody()), &entry("nobody", 1)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unavailable));
    keeps_secrets(&error);
}

#[tokio::test]
async fn credentials_are_given_to_no_other_server() {
    let other = Fake::start(|_| is_calendar()).await;
    for method in ["PROPFIND", "GET", "PUT"] {
        let place = other.url.to_string();
        let server = Fake::start(move |seen| match seen.method.as_str() {
            it if it == method => Some((307, vec![("location", place.clone())], String::new())),
            "PROPFIND" => is_calendar(),
            _ => says(404, ""),
        })
        .await;
        let error = put(&adapter(&server.url), &entry("away", 1)).await.unwrap_err();
        assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Broken));
        assert!(error.message.contains(&format!("http://{}", other.url.authority())), "{error}");
        keeps_secrets(&error);
    }
    for method in ["PROPFIND", "GET", "PUT"] {
        assert_eq!(other.seen(method).len(), 0);
    }
}

#[tokio::test]
async fn a_calendar_home_on_another_server_is_named_and_not_asked() {
    let other = Fake::start(|_| is_calendar()).await;
    let home = other.url.join("home/").unwrap();
    let body = format!(
        r#"<multistatus xmlns="DAV:"><response><href>/cal/</href><propstat><prop>
        <C:calendar-home-set xmlns:C="urn:ietf:params:xml:ns:caldav"><href>{home}</href></C:calendar-home-set>
        </prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"#
    );
    let server = Fake::start(move |_| says(207, body.clone())).await;
    let error = adapter(&server.url).check(&[BUSINESS]).await.unwrap_err();
    assert!(error.message.contains(other.url.authority()) && error.message.contains("base_url"), "{error}");
    assert_eq!(other.seen("PROPFIND").len(), 0);
}

#[tokio::test]
async fn another_place_of_the_same_server_is_followed_and_circles_are_left() {
    let server = Fake::start(|seen| match (seen.method.as_str(), seen.path.as_str()) {
        ("PROPFIND", "/") => says(405, ""),
        ("PROPFIND", "/.well-known/caldav") => Some((301, vec![("location", "/cal/".to_owned())], String::new())),
        ("PROPFIND", _) => is_calendar(),
        _ => Some((302, vec![("location", seen.path.clone())], String::new())),
    })
    .await;
    let sink = adapter(&server.url.join("/").unwrap());
    assert_eq!(sink.check(&[BUSINESS]).await.unwrap()[0].url, server.url);
    assert!(server.seen("PROPFIND").iter().all(|seen| seen.header("authorization").is_some()));
    let error = put(&sink, &entry("circle", 1)).await.unwrap_err();
    assert!(error.message.contains("circles"), "{error}");
    assert_eq!(server.seen("GET").len(), 5);
}

#[rstest]
#[case::too_long(200, "x".repeat(2 * 1024 * 1024), Trouble::Broken, "too long")]
#[case::a_web_page(200, "<html>Ana</html>".to_owned(), Trouble::Broken, "take it out")]
#[case::an_error_with_a_long_excuse(403, "x".repeat(2 * 1024 * 1024), Trouble::Barred, "share")]
#[case::no_credentials(401, String::new(), Trouble::Unauthorised, "app password")]
#[case::no_quota(507, String::new(), Trouble::Unauthorised, "quota")]
#[case::too_many(429, String::new(), Trouble::RateLimited(Some(30)), "fewer")]
#[case::down(503, String::new(), Trouble::Unavailable, "failed")]
#[tokio::test]
async fn an_answer_that_cannot_be_used_is_told(
    #[case] status: u16,
    #[case] body: String,
    #[case] trouble: Trouble,
    #[case] remedy: &str,
) {
    let server = Fake::start(move |seen| match seen.method.as_str() {
        "PROPFIND" => is_calendar(),
        _ => Some((status, vec![("etag", "\"1\"".to_owned()), ("retry-after", "30".to_owned())], body.clone())),
    })
    .await;
    let error = put(&adapter(&server.url), &entry("answer", 1)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, trouble), "{error}");
    assert!(error.message.contains(remedy), "{error}");
    keeps_secrets(&error);
}

#[tokio::test]
async fn a_server_that_wants_another_way_of_signing_in_is_told() {
    let digest = vec![("www-authenticate", "Digest realm=\"Ana\"".to_owned())];
    let server = Fake::start(move |_| Some((401, digest.clone(), String::new()))).await;
    let error = put(&adapter(&server.url), &entry("digest", 1)).await.unwrap_err();
    assert!(error.trouble == Trouble::Unauthorised && error.message.contains("Basic"), "{error}");
    keeps_secrets(&error);
}

#[rstest]
#[case::quota(403, "<error xmlns='DAV:'><quota-not-exceeded/></error>", Trouble::Unauthorised, "quota")]
#[case::read_only(403, "<error xmlns='DAV:'><need-privileges/></error>", Trouble::Barred, "share")]
#[case::no_collection(409, "", Trouble::Broken, "base_url")]
#[case::not_understood(400, "Bad Request", Trouble::Broken, "understand")]
#[case::hidden_twin(
    409,
    "<error xmlns='DAV:'><no-uid-conflict xmlns='urn:ietf:params:xml:ns:caldav'/></error>",
    Trouble::Broken,
    "another calendar"
)]
#[tokio::test]
async fn a_refusal_to_write_is_told(
    #[case] status: u16,
    #[case] body: &'static str,
    #[case] trouble: Trouble,
    #[case] remedy: &str,
) {
    let server = Fake::start(move |seen| match seen.method.as_str() {
        "PROPFIND" => is_calendar(),
        "GET" => says(404, ""),
        "REPORT" => told(&[]),
        _ => says(status, body),
    })
    .await;
    let error = put(&adapter(&server.url), &entry("refused", 1)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, trouble), "{error}");
    assert!(error.message.contains(remedy), "{error}");
    keeps_secrets(&error);
    assert_eq!(server.seen("PUT").len(), 1);
}

#[tokio::test]
async fn a_server_that_tells_no_version_with_an_object_is_asked_for_both_at_once() {
    let ours = entry("version", 2);
    let (there, href) = (stored(&ours, 1), format!("/cal/{}.ics", ours.appointment_id));
    let server = Fake::start(move |seen| match seen.method.as_str() {
        "PROPFIND" => is_calendar(),
        "GET" => says(200, there.clone()),
        "REPORT" => told(&[("/cal/else.ics", "\"8\"", "x"), (&href, "\"9\"", &there)]),
        _ => says(204, ""),
    })
    .await;
    put(&adapter(&server.url), &ours).await.unwrap();
    assert_eq!(server.seen("PUT")[0].header("if-match"), Some("\"9\""));
}

#[tokio::test]
async fn parts_that_could_not_be_taken_out_are_told() {
    let server = Fake::start(|seen| match seen.method.as_str() {
        "PROPFIND" => is_calendar(),
        _ => says(
            207,
            "<multistatus xmlns='DAV:'><response><href>/cal/x</href><status>HTTP/1.1 423 Locked</status></response></multistatus>",
        ),
    })
    .await;
    let error = adapter(&server.url).remove(BUSINESS, &entry("locked", 1).appointment_id).await.unwrap_err();
    assert!(error.trouble == Trouble::Unavailable && error.message.contains("locked"), "{error}");
}

#[tokio::test]
async fn taking_out_of_a_calendar_that_is_not_there_is_told() {
    let server = Fake::start(|seen| if seen.method == "PROPFIND" { is_calendar() } else { says(404, "") }).await;
    let error = adapter(&server.url).remove(BUSINESS, &entry("lost", 1).appointment_id).await.unwrap_err();
    assert!(error.message.contains("base_url"), "{error}");
    // The collection is looked for again: somebody may have put it elsewhere.
    let _ = adapter(&server.url).remove(BUSINESS, &entry("lost", 1).appointment_id).await;
    assert_eq!(server.seen("PROPFIND").len(), 2);
}

#[tokio::test]
async fn a_server_that_works_out_what_is_taken_is_believed() {
    let body = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VFREEBUSY\r\n\
                FREEBUSY;FBTYPE=BUSY:20261203T090000Z/PT1H,20261202T090000Z/20261202T093000Z\r\n\
                FREEBUSY;FBTYPE=FREE:20261202T120000Z/PT1H\r\nFREEBUSY;FBTYPE=BUSY-TENTATIVE:20261202T100000Z/PT30M\r\n\
                FREEBUSY:20261130T200000Z/20261201T010000Z\r\nFREEBUSY:20261204T000000Z/PT1H\r\n\
                END:VFREEBUSY\r\nEND:VCALENDAR\r\n";
    let server = Fake::start(move |seen| if seen.method == "PROPFIND" { is_calendar() } else { says(200, body) }).await;
    let told = busy(&adapter(&server.url), FROM, TO).await.unwrap();
    assert_eq!(told, ["01.0000-01.0100", "02.0900-02.0930", "02.1000-02.1030", "03.0900-03.1000"]);
    let asked = server.seen("REPORT");
    assert_eq!(asked.len(), 1);
    assert!(asked[0].body.contains("free-busy-query") && asked[0].header("depth") == Some("1"));
}

#[tokio::test]
async fn a_server_that_does_not_is_asked_for_each_instance_and_not_for_the_other_again() {
    let instances = event_of(
        "UID:x\nRECURRENCE-ID:20261201T090000Z\nDTSTART:20261201T090000Z\nDTEND:20261201T093000Z\nEND:VEVENT\nBEGIN:VEVENT\n\
         UID:x\nRECURRENCE-ID:20261202T090000Z\nDTSTART:20261202T110000Z\nDTEND:20261202T113000Z",
    );
    for refusal in [403, 404, 405, 500, 501] {
        let instances = instances.clone();
        let server = Fake::start(move |seen| -> Reply {
            match seen.method.as_str() {
                "PROPFIND" => is_calendar(),
                _ if seen.body.contains("free-busy-query") => says(refusal, ""),
                _ => told(&[("/cal/x.ics", "\"1\"", &instances)]),
            }
        })
        .await;
        let sink = adapter(&server.url);
        for _ in 0..2 {
            assert_eq!(busy(&sink, FROM, TO).await.unwrap(), ["01.0900-01.0930", "02.1100-02.1130"], "{refusal}");
        }
        let asked = server.seen("REPORT");
        assert_eq!(asked.len(), 3);
        assert!(asked[1].body.contains("<C:expand start=\"20261129T220000Z\""), "{}", asked[1].body);
    }
}

#[tokio::test]
async fn what_cannot_be_worked_out_is_told_and_not_left_out() {
    for lines in ["UID:x", "UID:x\nDTSTART:20261202T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYMOON=FULL"] {
        let server = Fake::start(move |seen| match seen.method.as_str() {
            "PROPFIND" => is_calendar(),
            _ => told(&[("/cal/odd.ics", "\"1\"", &event_of(lines))]),
        })
        .await;
        let error = busy(&adapter(&server.url), FROM, TO).await.unwrap_err();
        assert!(error.message.contains("odd.ics"), "{error}");
    }
}

#[test]
fn an_adapter_does_not_send_its_password_in_the_clear() {
    let plain = config(&"http://dav.example/cal/".parse().unwrap());
    let error = CalDav::new(plain, http()).err().unwrap();
    assert!(error.to_string().contains("allow_plain_http") && !error.to_string().contains(USER), "{error}");
}
