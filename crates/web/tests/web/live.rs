//! What the live stream promises.

use crate::common::{House, signed};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use frontdesk_web::Limits;
use futures_util::StreamExt;
use tower::ServiceExt;

/// Reads a stream until it has this many events, and gives back their text.
async fn read(house: &House, request: Request<Body>, events: usize) -> String {
    let response = house.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut pieces = response.into_body().into_data_stream();
    let mut text = String::new();
    while text.matches("event: ").count() < events {
        text.push_str(std::str::from_utf8(&pieces.next().await.unwrap().unwrap()).unwrap());
    }
    text
}

fn from(id: &str) -> Request<Body> {
    signed("GET", "/api/v1/events").header("last-event-id", id).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn the_stream_goes_on_after_the_last_event_id() {
    let house = House::default();
    for kind in ["one", "two", "three"] {
        house.store.line(kind);
    }
    let text = read(&house, from("1"), 2).await;
    assert!(!text.contains("event: one"), "{text}");
    assert!(text.contains("event: two") && text.contains("id: 2") && text.contains("event: three"), "{text}");
    assert!(text.contains("\"kind\":\"two\""), "{text}");
}

#[tokio::test]
async fn what_happens_later_follows_without_gap_or_repetition() {
    let house = House::default();
    house.store.line("before");
    let response = house.router.clone().oneshot(from("0")).await.unwrap();
    let mut pieces = response.into_body().into_data_stream();
    let mut text = String::new();
    let mut written = 0;
    while text.matches("event: ").count() < 101 {
        if written < 100 {
            // More than the channel holds: what is missed there is read from the store.
            for _ in 0..100 {
                house.store.line("after");
                written += 1;
            }
        }
        text.push_str(std::str::from_utf8(&pieces.next().await.unwrap().unwrap()).unwrap());
    }
    let ids: Vec<i64> = text.lines().filter_map(|line| line.strip_prefix("id: ")?.parse().ok()).collect();
    assert_eq!(ids, (1..=101).collect::<Vec<i64>>());
}

#[tokio::test]
async fn without_an_id_the_stream_begins_now() {
    let house = House::default();
    house.store.line("before");
    let request = signed("GET", "/api/v1/events").body(Body::empty()).unwrap();
    let response = house.router.clone().oneshot(request).await.unwrap();
    house.store.line("after");
    let mut pieces = response.into_body().into_data_stream();
    let mut text = String::new();
    while !text.contains("event: ") {
        text.push_str(std::str::from_utf8(&pieces.next().await.unwrap().unwrap()).unwrap());
    }
    assert!(text.contains("event: after"), "{text}");
}

#[tokio::test]
async fn a_wrong_id_is_refused_and_too_many_streams_are_asked_to_wait() {
    let house = House::with(|site| {
        site.limits = Limits { streams: 1, ..Limits::default() };
    });
    assert_eq!(house.ask(from("x")).await.wrong_fields(), ["Last-Event-ID"]);
    let open = house.router.clone().oneshot(from("0")).await.unwrap();
    let seen = house.ask(from("0")).await;
    assert_eq!(seen.status, StatusCode::SERVICE_UNAVAILABLE);
    drop(open);
    assert_eq!(house.router.clone().oneshot(from("0")).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn streams_end_when_the_gateway_stops() {
    let house = House::default();
    let response = house.router.clone().oneshot(from("0")).await.unwrap();
    house.stopping.cancel();
    let whole = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    assert!(whole.is_ok());
}
