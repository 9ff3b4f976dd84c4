//! What is shown of a carrier that is left alone.

use crate::common::{House, Mood, plain};
use axum::{body::Body, http::StatusCode};
use serde_json::json;

#[tokio::test]
async fn a_carrier_that_is_left_alone_is_shown_and_takes_the_gateway_out_of_no_service() {
    let house = House::default();
    let open = |path: &str| plain("GET", path).body(Body::empty()).unwrap();
    let well = house.ask(open("/readyz")).await.json();
    assert_eq!(well["breakers"]["fake"], json!({ "state": "closed", "failures": 0, "rests_until": null }));
    assert_eq!(well["voiceless"], json!([]));
    *house.carrier.mood.lock().unwrap() = Mood::Away;
    for n in 0..5 {
        let order = json!({
            "orderId": format!("A{n}"), "customerPhone": "+6591234567", "businessName": "Harry's Garage",
            "appointmentTime": "2030-04-20T19:30:00Z",
        });
        let seen = house.post("/api/make-call", &order.to_string()).await;
        assert_eq!(seen.status, StatusCode::BAD_GATEWAY, "{}", seen.body);
    }
    let seen = house.ask(open("/readyz")).await;
    assert_eq!(seen.status, StatusCode::OK, "a vendor that is down is no reason to take no calls: {}", seen.body);
    let ready = seen.json();
    assert_eq!((&ready["ready"], &ready["voiceless"]), (&json!(true), &json!(["clinic", "salon"])));
    let breaker = &ready["breakers"]["fake"];
    assert_eq!((&breaker["state"], &breaker["failures"]), (&json!("open"), &json!(5)));
    assert!(breaker["rests_until"].as_str().unwrap().starts_with("2030-03-01T04:00:30"), "{breaker}");
    let health = house.ask(open("/health")).await;
    assert_eq!((health.status, &health.json()["status"]), (StatusCode::OK, &json!("degraded")));
    let trouble = &health.json()["troubles"][0];
    assert!(
        trouble.as_str().unwrap().contains("fake after 5 failures in a row (fake: connection refused)"),
        "{trouble}"
    );
    let desk = house.get("/").await.body;
    assert!(desk.contains("No calls go out by fake after 5 failures in a row (fake: connection refused)."), "{desk}");
    assert_eq!(house.carrier.placed.lock().unwrap().len(), 5);
    let effects = house.get("/api/v1/effects?state=waiting").await.json();
    let asked = effects["items"].as_array().unwrap().iter().find(|it| it["kind"] == "call").unwrap();
    assert_eq!(asked["tried"][0], json!({ "carrier": "fake", "attempt": 1, "reason": "fake: connection refused" }));
}
