//! What the door promises about key presses in an IVR that the carrier runs.

use crate::common::{House, Seen, signed, webhook};
use axum::{body::Body, http::StatusCode};
use frontdesk_core::ports::{CaptureStore, CapturedFilter};
use frontdesk_web::Limits;
use futures_util::StreamExt;
use serde_json::json;
use std::{sync::atomic::Ordering::Relaxed, time::Duration};
use tower::ServiceExt;

async fn press(house: &House, call: &str, digits: &str) -> Seen {
    let body = json!({ "event": "capture", "call": call, "step": "language", "digits": digits });
    house.ask(webhook("voice", &body.to_string())).await
}

/// Every call that was kept, with what was pressed.
async fn kept(house: &House) -> Vec<(String, Vec<String>)> {
    let page = house.store.captured(CapturedFilter { limit: 500, ..CapturedFilter::default() }).await.unwrap();
    let mut calls: Vec<_> = page
        .items
        .into_iter()
        .map(|call| (call.sid, call.inputs.into_iter().map(|input| input.raw).collect()))
        .collect();
    calls.sort();
    calls
}

/// Waits until nothing is under way any more.
async fn at_rest(house: &House) {
    house.tasks.close();
    house.tasks.wait().await;
}

#[tokio::test]
async fn a_key_press_is_kept_once_and_answered_as_the_adapter_says() {
    let house = House::default();
    for _ in 0..2 {
        let seen = press(&house, "c-1", "1").await;
        assert_eq!((seen.status, seen.body.as_str()), (StatusCode::OK, "{\"thanks\":true}"));
    }
    assert_eq!(kept(&house).await, [("c-1".to_owned(), vec!["1".to_owned()])]);
}

#[tokio::test(start_paused = true)]
async fn a_press_while_the_store_is_away_is_answered_alike_and_kept_once_when_it_is_back() {
    let house = House::default();
    house.store.away.store(true, Relaxed);
    for _ in 0..2 {
        let seen = press(&house, "c-1", "1").await;
        assert_eq!((seen.status, seen.body.as_str()), (StatusCode::OK, "{\"thanks\":true}"));
    }
    press(&house, "c-2", "2").await;
    // Some attempts fail meanwhile.
    tokio::time::sleep(Duration::from_secs(60)).await;
    house.store.away.store(false, Relaxed);
    at_rest(&house).await;
    let expected = [("c-1".to_owned(), vec!["1".to_owned()]), ("c-2".to_owned(), vec!["2".to_owned()])];
    assert_eq!(kept(&house).await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_press_that_the_store_is_slow_to_take_is_answered_in_time_and_kept_even_if_it_fails_later() {
    let house = House::default();
    house.store.slow.store(true, Relaxed);
    let seen = press(&house, "c-1", "1").await;
    assert_eq!((seen.status, seen.body.as_str()), (StatusCode::OK, "{\"thanks\":true}"));
    house.store.away.store(true, Relaxed);
    house.store.slow.store(false, Relaxed);
    house.store.go_on.notify_waiters();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(house.tasks.len(), 1, "somebody waits for the store");
    house.store.away.store(false, Relaxed);
    at_rest(&house).await;
    assert_eq!(kept(&house).await, [("c-1".to_owned(), vec!["1".to_owned()])]);
}

#[tokio::test(start_paused = true)]
async fn more_presses_than_can_wait_are_refused_and_none_that_was_accepted_is_lost() {
    let house = House::with(|site| site.limits = Limits { captures: 2, ..Limits::default() });
    house.store.away.store(true, Relaxed);
    let statuses = [press(&house, "c-1", "1").await, press(&house, "c-2", "1").await, press(&house, "c-3", "1").await];
    assert_eq!(statuses.map(|seen| seen.status.as_u16()), [200, 200, 503]);
    house.store.away.store(false, Relaxed);
    at_rest(&house).await;
    assert_eq!(kept(&house).await.len(), 2);
    // There is room again.
    assert_eq!(press(&house, "c-3", "1").await.status, StatusCode::OK);
    assert_eq!(kept(&house).await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_stops_keeps_what_waits_without_waiting_for_the_next_gap() {
    let house = House::default();
    house.store.away.store(true, Relaxed);
    press(&house, "c-1", "1").await;
    // The gaps have grown to half a minute.
    tokio::time::sleep(Duration::from_secs(120)).await;
    house.store.away.store(false, Relaxed);
    let began = tokio::time::Instant::now();
    house.stopping.cancel();
    at_rest(&house).await;
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(kept(&house).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_stops_does_not_wait_for_ever_for_a_store_that_is_away() {
    let house = House::default();
    house.store.away.store(true, Relaxed);
    press(&house, "c-1", "1").await;
    house.stopping.cancel();
    let began = tokio::time::Instant::now();
    at_rest(&house).await;
    assert!((Duration::from_secs(15)..Duration::from_secs(25)).contains(&began.elapsed()), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_step_that_nobody_knows_is_a_bad_request_and_is_not_tried_again() {
    let house = House::default();
    let body = json!({ "event": "capture", "call": "c-1", "step": "nowhere", "digits": "1" });
    let seen = house.ask(webhook("voice", &body.to_string())).await;
    assert_eq!(seen.status, StatusCode::BAD_REQUEST);
    at_rest(&house).await;
    assert!(kept(&house).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_looks_at_a_page_is_told_that_more_was_pressed() {
    let house = House::default();
    let request = signed("GET", "/live").body(Body::empty()).unwrap();
    let mut pieces = house.router.clone().oneshot(request).await.unwrap().into_body().into_data_stream();
    for n in 0..3 {
        press(&house, &format!("c-{n}"), "1").await;
    }
    let mut text = String::new();
    while !text.contains("event: change") {
        text.push_str(std::str::from_utf8(&pieces.next().await.unwrap().unwrap()).unwrap());
    }
    assert!(text.contains("data: 3 presses"), "told once for all of them: {text}");
}
