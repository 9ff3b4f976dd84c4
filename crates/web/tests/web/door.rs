//! What the door for webhooks promises.

use crate::common::{House, plain, webhook};
use axum::{body::Body, http::StatusCode};
use frontdesk_web::Limits;
use futures_util::stream;
use serde_json::json;
use std::{convert::Infallible, num::NonZeroU32, sync::atomic::Ordering::Relaxed, time::Duration};
use tower::ServiceExt;

/// A house with one call under way, and the call's id.
async fn ringing() -> (House, String) {
    let house = House::default();
    let seen = house
        .post(
            "/api/make-call",
            r#"{"orderId": "A1", "customerPhone": "+6591234567", "businessName": "Ana's Dental Clinic", "appointmentTime": "2030-03-01T14:00"}"#,
        )
        .await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.body);
    let call = seen.json()["data"]["callId"].as_str().unwrap().to_owned();
    (house, call)
}

fn event(call: &str, name: &str, hold: u8) -> String {
    json!({ "call": call, "event": name, "digits": "1", "turn": 1, "hold": hold }).to_string()
}

#[tokio::test]
async fn a_webhook_is_answered_in_the_providers_language() {
    let (house, call) = ringing().await;
    let seen = house.ask(webhook("voice", &event(&call, "answered", 0))).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert_eq!(seen.json()[0]["verb"], "ask");
}

#[tokio::test]
async fn a_repeated_webhook_gets_the_same_answer_and_changes_nothing() {
    let (house, call) = ringing().await;
    house.ask(webhook("voice", &event(&call, "answered", 0))).await;
    let first = house.ask(webhook("voice", &event(&call, "digits", 0))).await;
    let lines = house.store.lines();
    let second = house.ask(webhook("voice", &event(&call, "digits", 0))).await;
    assert_eq!(first.body, second.body);
    assert_eq!(house.store.lines(), lines);
}

#[tokio::test]
async fn a_forged_webhook_changes_nothing() {
    let (house, call) = ringing().await;
    let lines = house.store.lines();
    let forged = plain("POST", "/webhooks/fake/voice").header("x-proof", "forged");
    let seen = house.ask(forged.body(Body::from(event(&call, "digits", 0))).unwrap()).await;
    assert_eq!(seen.status, StatusCode::UNAUTHORIZED);
    assert_eq!(seen.header("content-type"), "application/problem+json");
    assert!(seen.json()["detail"].as_str().unwrap().contains("signing secret"));
    assert_eq!(house.store.lines(), lines);
}

#[tokio::test]
async fn the_adapter_sees_the_public_url_and_raw_bytes_and_never_the_host() {
    let house = House::default();
    let request = plain("POST", "/webhooks/fake/voice?b=2&a=%2F1&a=")
        .header("host", "evil.example")
        .header("X-Two", "1")
        .header("X-Two", "2")
        .body(Body::from(vec![0xff, 0x00, b'{']))
        .unwrap();
    house.ask(request).await;
    let seen = house.carrier.seen.lock().unwrap().clone().unwrap();
    assert_eq!(seen.url, "https://desk.example/webhooks/fake/voice?b=2&a=%2F1&a=");
    assert_eq!(seen.hook, "voice");
    assert_eq!(seen.body, [0xff, 0x00, b'{']);
    let twos: Vec<_> = seen.headers.iter().filter(|(name, _)| name == "x-two").collect();
    assert_eq!(twos.len(), 2);
}

#[tokio::test]
async fn an_alias_leads_to_its_hook_with_its_own_path_in_the_url() {
    let house = House::default();
    let request = plain("GET", "/voice/1?x=1").header("x-proof", "genuine");
    let seen = house.ask(request.body(Body::from("{}")).unwrap()).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.body);
    let seen = house.carrier.seen.lock().unwrap().clone().unwrap();
    assert_eq!((seen.hook.as_str(), seen.method.as_str()), ("steps/1", "GET"));
    assert_eq!(seen.url, "https://desk.example/voice/1?x=1");
}

#[tokio::test]
async fn an_unknown_provider_and_an_unknown_hook_are_not_found() {
    let house = House::default();
    let request = plain("POST", "/webhooks/nobody/voice");
    let seen = house.ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND);
    let seen = house.ask(webhook("nothing", "{}")).await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND);
    assert_eq!(seen.json()["status"], 404);
}

#[tokio::test]
async fn a_huge_body_is_refused_whether_announced_or_not() {
    let house = House::default();
    let huge = vec![b'x'; 256 * 1024 + 1];
    let seen = house
        .ask(
            plain("POST", "/webhooks/fake/voice")
                .header("content-length", huge.len())
                .body(Body::from(huge.clone()))
                .unwrap(),
        )
        .await;
    assert_eq!(seen.status, StatusCode::PAYLOAD_TOO_LARGE);
    let pieces = huge.chunks(1000).map(|piece| Ok::<_, Infallible>(piece.to_vec())).collect::<Vec<_>>();
    let body = Body::from_stream(stream::iter(pieces));
    let seen = house.ask(plain("POST", "/webhooks/fake/voice").body(body).unwrap()).await;
    assert_eq!(seen.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(seen.header("content-type"), "application/problem+json");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_finishes_its_body_is_cut_off() {
    let house = House::default();
    let body = Body::from_stream(stream::pending::<Result<Vec<u8>, Infallible>>());
    let seen = house.ask(plain("POST", "/webhooks/fake/voice").body(body).unwrap()).await;
    assert_eq!(seen.status, StatusCode::REQUEST_TIMEOUT);
}

#[tokio::test]
async fn a_provider_that_panics_is_a_problem_without_personal_data() {
    let house = House::default();
    let seen = house.ask(webhook("panic", "{}")).await;
    assert_eq!(seen.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(seen.header("content-type"), "application/problem+json");
    assert!(!seen.body.contains("91234567"));
}

#[tokio::test(start_paused = true)]
async fn a_decision_that_misses_its_deadline_gives_one_moment_and_comes_back() {
    let (house, call) = ringing().await;
    house.ask(webhook("voice", &event(&call, "answered", 0))).await;
    house.store.slow.store(true, Relaxed);
    let held = house.ask(webhook("voice", &event(&call, "digits", 0))).await;
    assert_eq!(held.status, StatusCode::OK);
    let verbs = held.json();
    assert_eq!(verbs[0]["text"], "One moment, please.");
    assert_eq!(verbs[1], json!({ "verb": "pause", "seconds": 1 }));
    assert_eq!(verbs[2]["hold"], 1);
    assert_eq!(verbs[2]["event"]["digits"], "1");
    // The decision went on meanwhile, and the second delivery of the same keys gets what it came to.
    house.store.slow.store(false, Relaxed);
    house.store.go_on.notify_waiters();
    house.tasks.close();
    house.tasks.wait().await;
    let lines = house.store.lines();
    let answered = house.ask(webhook("voice", &event(&call, "digits", 1))).await;
    assert!(answered.json()[0]["text"].as_str().unwrap().contains("is confirmed"), "{}", answered.body);
    assert_eq!(house.store.lines(), lines);
}

#[tokio::test(start_paused = true)]
async fn what_was_begun_for_somebody_who_hangs_up_is_decided_all_the_same() {
    let (house, call) = ringing().await;
    house.ask(webhook("voice", &event(&call, "answered", 0))).await;
    let lines = house.store.lines();
    house.store.slow.store(true, Relaxed);
    let answer = house.router.clone().oneshot(webhook("voice", &event(&call, "digits", 0)));
    assert!(tokio::time::timeout(Duration::from_secs(1), answer).await.is_err(), "the store is slow");
    assert_eq!(house.store.lines(), lines);
    house.store.slow.store(false, Relaxed);
    house.store.go_on.notify_waiters();
    house.tasks.close();
    house.tasks.wait().await;
    assert!(house.store.lines() > lines);
}

#[tokio::test(start_paused = true)]
async fn a_caller_is_held_three_times_and_then_let_go_kindly() {
    let (house, call) = ringing().await;
    house.store.away.store(true, Relaxed);
    for hold in 0..3 {
        let seen = house.ask(webhook("voice", &event(&call, "digits", hold))).await;
        assert_eq!(seen.json()[2]["hold"], hold + 1);
    }
    let seen = house.ask(webhook("voice", &event(&call, "digits", 3))).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(seen.json()[0]["text"].as_str().unwrap().contains("technical problem"));
    assert_eq!(seen.json()[1]["verb"], "hangup");
}

#[tokio::test]
async fn what_steers_a_call_but_is_not_heard_as_an_answer_is_to_be_delivered_again() {
    let (house, call) = ringing().await;
    house.store.away.store(true, Relaxed);
    let unheard = json!({ "call": call, "event": "answered", "heard": false }).to_string();
    let seen = house.ask(webhook("voice", &unheard)).await;
    assert_eq!(seen.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(seen.header("retry-after"), "1");
}

#[tokio::test]
async fn news_that_nobody_waits_for_is_asked_to_be_repeated_while_the_store_is_away() {
    let (house, call) = ringing().await;
    house.store.away.store(true, Relaxed);
    let seen = house.ask(webhook("voice", &event(&call, "ended", 0))).await;
    assert_eq!(seen.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(seen.header("retry-after"), "1");
}

#[tokio::test]
async fn webhooks_are_limited_by_route_with_retry_after() {
    let house = House::with(|site| {
        site.limits = Limits {
            webhooks_per_second: NonZeroU32::new(2).unwrap(),
            webhook_deadline: Duration::from_secs(3),
            ..Limits::default()
        };
    });
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let seen = house.ask(webhook("voice", "{}")).await;
        if seen.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(seen.header("retry-after").parse::<u64>().unwrap() >= 1);
        }
        statuses.push(seen.status);
    }
    assert!(statuses.contains(&StatusCode::TOO_MANY_REQUESTS), "{statuses:?}");
}
