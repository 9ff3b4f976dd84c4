//! One token for everybody, renewed in time.

use crate::{
    fake::{EMAIL, Fake},
    sink::put,
};
use chrono::Duration;
use frontdesk_core::ports::{Happened, Trouble};
use frontdesk_testkit::suite::calendar_sink::entry;
use serde_json::json;

#[tokio::test]
async fn many_at_once_wait_for_one_token() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| entry(name, 1));
    let (a, b, c, d) = tokio::join!(put(&sink, &a), put(&sink, &b), put(&sink, &c), put(&sink, &d));
    for entered in [a, b, c, d] {
        entered.unwrap();
    }
    assert_eq!(fake.google().tokens, 1);
}

#[tokio::test]
async fn a_token_is_renewed_ahead_of_its_end() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    for (minutes, tokens) in [(0, 1), (50, 1), (6, 2), (50, 2)] {
        fake.clock.turn_to(fake.clock.now() + Duration::minutes(minutes));
        put(&sink, &entry("renewed", 1)).await.unwrap();
        assert_eq!(fake.google().tokens, tokens);
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_yet_is_used_to_its_end() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    put(&sink, &entry("kept", 1)).await.unwrap();
    fake.google().token_fault = Some((503, json!({})));
    fake.clock.turn_to(fake.clock.now() + Duration::minutes(57));
    put(&sink, &entry("kept", 1)).await.unwrap();
    fake.clock.turn_to(fake.clock.now() + Duration::minutes(3));
    let error = put(&sink, &entry("kept", 1)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unavailable));
}

#[tokio::test]
async fn a_token_that_was_revoked_is_replaced_once() {
    let fake = Fake::start().await;
    let sink = fake.adapter(|_| {});
    put(&sink, &entry("revoked", 1)).await.unwrap();
    fake.google().valid.clear();
    put(&sink, &entry("revoked", 1)).await.unwrap();
    assert_eq!(fake.google().tokens, 2);
    fake.google().valid.clear();
    fake.google().token_fault = Some((200, json!({ "access_token": "of another project", "expires_in": 3_599 })));
    let asked = fake.asked().len();
    let error = put(&sink, &entry("revoked", 1)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unauthorised));
    assert_eq!(fake.asked().len() - asked, 2, "once more, and not again");
}

#[tokio::test]
async fn a_clock_that_is_wrong_and_a_person_nobody_may_stand_for_are_told_apart() {
    let fake = Fake::start().await;
    let late = fake.clock.now() + Duration::hours(3);
    let sink = fake.adapter(|config| config.clock = frontdesk_google_calendar::Clock::new(move || late));
    let error = put(&sink, &entry("clock", 1)).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Unauthorised);
    assert!(error.message.contains("clock") && error.message.contains(EMAIL), "{error}");
    let sink = fake.adapter(|config| config.subject = Some("boss@clinic.example".to_owned()));
    let error = put(&sink, &entry("subject", 1)).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Unauthorised);
    assert!(error.message.contains("domain-wide delegation"), "{error}");
}

#[tokio::test]
async fn a_token_server_that_is_too_busy_is_waited_for() {
    let fake = Fake::start().await;
    fake.google().token_fault = Some((429, json!({ "error": "rate_limit_exceeded" })));
    let error = put(&fake.adapter(|_| {}), &entry("busy", 1)).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::RateLimited(None)));
}
