//! What Google says no to, told with the remedy and without secrets.

use crate::{
    fake::{CALENDAR, EMAIL, Fake, Fault, KEY, now},
    sink::put,
};
use chrono::Duration;
use frontdesk_core::ports::{CalendarSink, Happened, PortError, Trouble};
use frontdesk_testkit::{
    BUSINESS,
    google::{Calendar, refusal},
    suite::calendar_sink::entry,
};
use serde_json::{Value, json};
use std::error::Error as _;

/// Everything that could end up in a log.
fn printed(error: &PortError) -> String {
    let source = error.source().map(|source| format!("{source} {source:?}"));
    format!("{error} {error:?} {source:?}")
}

#[tokio::test]
async fn a_wait_that_google_asks_for_is_passed_on() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    for (status, reason, seconds) in
        [(429, "rateLimitExceeded", Some("7")), (403, "userRateLimitExceeded", None), (403, "quotaExceeded", None)]
    {
        let (status, body) = refusal(status, reason);
        fake.fault(Fault::Answer(status, body, seconds));
        let error = put(&sink, &entry("limited", 1)).await.unwrap_err();
        let waits = match reason {
            "quotaExceeded" => Some(3_600),
            _ => seconds.map(|seconds| seconds.parse().unwrap()),
        };
        assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::RateLimited(waits)), "{reason}");
        assert!(error.retryable());
    }
}

#[tokio::test]
async fn a_server_that_fails_may_have_written() {
    let fake = Fake::start().await;
    fake.fault(Fault::Answer(503, json!("<html>away</html>"), None));
    let error = put(&fake.adapter(|_| {}), &entry("away", 1)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::Maybe, Trouble::Unavailable));
}

#[tokio::test]
async fn a_question_whose_answer_was_lost_has_changed_nothing() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|config| config.answer_within = std::time::Duration::from_millis(300));
    fake.fault(Fault::Lost);
    let error = sink.busy(BUSINESS, now(), now() + Duration::hours(1)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unavailable));
}

#[tokio::test]
async fn nobody_listening_means_surely_nothing_happened() {
    let fake = Fake::start().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let sink = fake.adapter(|config| config.base_url = Some(nobody.parse().unwrap()));
    let error = put(&sink, &entry("nobody", 1)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unavailable));
}

#[tokio::test]
async fn a_check_says_whether_the_calendar_can_be_written() {
    let fake = Fake::start().await;
    fake.google().calendars.insert("read@group".to_owned(), Calendar::new("reader"));
    let with = |id: &str| fake.adapter(|config| config.calendar = Some(id.to_owned()));
    with(CALENDAR).check(BUSINESS).await.unwrap();
    for (id, remedy) in [("read@group", "may only read"), ("elsewhere@group", "is it shared with that address")] {
        let error = with(id).check(BUSINESS).await.unwrap_err();
        assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Barred), "{error}");
        assert!(
            error.message.contains(remedy) && error.message.contains(id) && error.message.contains(EMAIL),
            "{error}"
        );
    }
    assert!(fake.asked().iter().all(|asked| asked.starts_with("GET ") || asked.contains("/freeBusy")));
}

#[tokio::test]
async fn a_calendar_that_may_only_be_read_is_not_written_and_says_so() {
    let fake = Fake::start().await;
    fake.google().calendars.insert("read@group".to_owned(), Calendar::new("reader"));
    let sink = fake.adapter(|config| config.calendar = Some("read@group".to_owned()));
    let error = put(&sink, &entry("read", 1)).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Barred);
    assert!(error.message.contains("share it with that address"), "{error}");
}

#[tokio::test]
async fn an_error_inside_an_answer_of_200_is_an_error() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|config| config.calendar = Some("elsewhere@group".to_owned()));
    let error = sink.busy(BUSINESS, now(), now() + Duration::hours(1)).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Barred);
    assert!(error.message.contains("elsewhere@group"), "{error}");
    let empty = sink.busy(BUSINESS, now(), now()).await.unwrap();
    assert_eq!(empty, []);
}

#[tokio::test]
async fn the_accounts_own_calendar_is_seen_by_nobody() {
    let fake = Fake::start().await;
    assert!(fake.adapter(|config| config.calendar = None).seen_by_nobody(BUSINESS));
    assert!(fake.adapter(|config| config.calendar = Some("primary".to_owned())).seen_by_nobody(BUSINESS));
    assert!(!fake.adapter(|_| {}).seen_by_nobody(BUSINESS));
    let standing_for = fake.adapter(|config| {
        config.calendar = None;
        config.subject = Some("desk@clinic.example".to_owned());
    });
    assert!(!standing_for.seen_by_nobody(BUSINESS));
    assert_eq!(standing_for.calendar(BUSINESS), "primary");
}

#[tokio::test]
async fn no_error_holds_a_secret_or_what_google_quotes_of_the_request() {
    let fake = Fake::start().await;
    let mut errors = Vec::new();
    for (status, reason) in [(400, "invalid"), (403, "forbidden"), (404, "notFound"), (500, "backendError")] {
        let (status, body) = refusal(status, reason);
        fake.fault(Fault::Answer(status, body, None));
        errors.push(put(&fake.adapter(|_| {}), &entry("secret", 1)).await.unwrap_err());
    }
    let denied = json!({ "error": "invalid_grant", "error_description": "Invalid JWT of Ana Lim <ana@example.com>" });
    fake.google().token_fault = Some((400, denied));
    errors.push(put(&fake.adapter(|_| {}), &entry("secret", 1)).await.unwrap_err());
    assert_eq!(errors.last().unwrap().trouble, Trouble::Unauthorised);
    let key: Value = serde_json::from_str(KEY).unwrap();
    let line = key["private_key"].as_str().unwrap().lines().nth(1).unwrap();
    for printed in errors.iter().map(printed) {
        for secret in ["ya29", "Ana Lim", "ana@example.com", "papers", line] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
    let config = format!("{:?}", {
        let mut kept = None;
        fake.adapter(|config| {
            config.channel_tokens = vec!["what-proves-a-notification".into()];
            kept = Some(config.clone());
        });
        kept.unwrap()
    });
    assert!(!config.contains(line) && !config.contains("what-proves"), "{config}");
}
