//! What seed 000's request promises.

use crate::common::{House, Mood, TOKEN, plain, signed};
use axum::{body::Body, http::StatusCode};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;

const ORDER: &str = r#"{"orderId": "APT123", "customerPhone": "+6591234567", "businessName": "Harry's Garage", "appointmentTime": "2025-04-20T19:30:00Z"}"#;

async fn order(house: &House, body: &str) -> crate::common::Seen {
    house.post("/api/make-call", body).await
}

fn placed(house: &House) -> usize {
    house.carrier.placed.lock().unwrap().len()
}

#[tokio::test]
async fn the_seeds_own_example_dials_and_answers_with_the_session() {
    let house = House::default();
    let basic = BASE64_STANDARD.encode(format!("admin:{TOKEN}"));
    let request = plain("POST", "/api/make-call")
        .header("authorization", format!("Basic {basic}"))
        .header("content-type", "application/json");
    let seen = house.ask(request.body(Body::from(ORDER)).unwrap()).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.body);
    let json = seen.json();
    assert_eq!(json["success"], true);
    let data = &json["data"];
    assert_eq!(data["orderId"], "APT123");
    assert_eq!(data["customerPhone"], "+6591234567");
    assert_eq!(data["businessName"], "Harry's Garage");
    assert_eq!(data["appointmentTime"], "2025-04-20T19:30:00Z");
    let call = data["callId"].as_str().unwrap();
    assert_eq!(data["sessionId"], format!("session-{call}"));
    assert!(data["appointmentId"].is_string());
    assert_eq!(placed(&house), 1);
}

#[tokio::test]
async fn a_repeated_order_answers_with_the_first_call_and_dials_nothing() {
    let house = House::default();
    let first = order(&house, ORDER).await;
    let again = order(&house, ORDER).await;
    assert_eq!((again.status, again.json()), (StatusCode::OK, first.json()));
    assert_eq!(placed(&house), 1);
}

#[tokio::test]
async fn the_same_order_at_another_time_moves_it_and_calls_again() {
    let house = House::default();
    let first = order(&house, ORDER).await.json();
    // The first call is over by then.
    let call = first["data"]["callId"].as_str().unwrap();
    let ended = json!({ "call": call, "event": "ended" }).to_string();
    house.ask(crate::common::webhook("voice", &ended)).await;
    let moved = ORDER.replace("2025-04-20", "2030-04-20");
    let second = order(&house, &moved).await;
    assert_eq!(second.status, StatusCode::OK, "{}", second.body);
    let second = second.json();
    assert_eq!(first["data"]["appointmentId"], second["data"]["appointmentId"]);
    assert_ne!(first["data"]["callId"], second["data"]["callId"]);
    assert_eq!(placed(&house), 2);
    assert_eq!(order(&house, &moved).await.json(), second);
    assert_eq!(placed(&house), 2);
}

#[tokio::test]
async fn whoever_wants_no_calls_gets_none_and_whoever_orders_one_is_told_why() {
    let house = House::default();
    house.booked().await;
    let refuses = Body::from(r#"{"opted_out": ["voice"]}"#);
    house.ask(signed("PUT", "/api/v1/contacts/91234567").body(refuses).unwrap()).await;
    let later = ORDER.replace("2025-04-20", "2030-04-20");
    for body in [ORDER, ORDER, &later] {
        let seen = order(&house, body).await;
        assert_eq!(seen.status, StatusCode::CONFLICT, "{}", seen.body);
        assert!(
            seen.json()["detail"].as_str().unwrap().contains("asked not to be contacted this way"),
            "{}",
            seen.body
        );
    }
    assert_eq!(placed(&house), 0);
}

#[tokio::test]
async fn an_order_of_somebody_else_is_a_conflict() {
    let house = House::default();
    order(&house, ORDER).await;
    let seen = order(&house, &ORDER.replace("91234567", "91234568")).await;
    assert_eq!(seen.status, StatusCode::CONFLICT);
    assert_eq!(placed(&house), 1);
}

#[tokio::test]
async fn bad_input_is_told_in_the_seeds_words_and_in_ours() {
    let house = House::default();
    let seen = order(&house, "nonsense").await;
    assert_eq!(seen.status, StatusCode::BAD_REQUEST);
    let seen = order(&house, r#"{"orderId": "", "customerPhone": "1", "appointmentTime": "x"}"#).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(seen.wrong_fields(), ["orderId", "businessName", "customerPhone", "appointmentTime"]);
    let json = seen.json();
    assert_eq!(json["success"], false);
    assert_eq!(json["error"], "Unprocessable Entity");
    assert!(json["details"].as_str().unwrap().contains("customerPhone is not a telephone number"));
    assert!(json["detail"].is_string());
    assert_eq!(placed(&house), 0);
}

#[tokio::test]
async fn without_proof_it_is_401_with_the_seeds_members_and_a_challenge() {
    let house = House::default();
    let wrong = BASE64_STANDARD.encode("admin:wrong");
    for request in [
        plain("POST", "/api/make-call"),
        plain("POST", "/api/make-call").header("authorization", format!("Basic {wrong}")),
        plain("POST", "/api/make-call").header("authorization", "Basic ???"),
    ] {
        let seen = house.ask(request.body(Body::from(ORDER)).unwrap()).await;
        assert_eq!(seen.status, StatusCode::UNAUTHORIZED);
        assert!(seen.header("www-authenticate").starts_with("Basic"));
        assert_eq!(seen.json()["success"], false);
        assert_eq!(seen.json()["error"], "Unauthorized");
    }
    assert_eq!(placed(&house), 0);
}

#[tokio::test]
async fn a_carrier_that_refuses_or_is_away_or_lost_is_502() {
    for (mood, says) in
        [(Mood::Refuses, "not in service"), (Mood::Away, "will be asked again"), (Mood::Lost, "nobody knows")]
    {
        let house = House::default();
        *house.carrier.mood.lock().unwrap() = mood;
        let seen = order(&house, ORDER).await;
        assert_eq!(seen.status, StatusCode::BAD_GATEWAY, "{mood:?}: {}", seen.body);
        assert_eq!(seen.json()["success"], false);
        assert!(seen.json()["detail"].as_str().unwrap().contains(says), "{}", seen.body);
        let again = order(&house, ORDER).await;
        assert_eq!(again.status, StatusCode::BAD_GATEWAY);
        assert_eq!(placed(&house), 1, "{mood:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_carrier_that_does_not_answer_in_time_is_not_waited_for() {
    let house = House::default();
    *house.carrier.mood.lock().unwrap() = Mood::Hangs;
    let seen = order(&house, ORDER).await;
    assert_eq!(seen.status, StatusCode::ACCEPTED, "{}", seen.body);
    assert_eq!(seen.json()["data"]["state"], "started");
}

#[tokio::test]
async fn a_time_without_zone_is_meant_in_the_zone_of_the_named_business() {
    let house = House::default();
    let body = ORDER.replace("Harry's Garage", "nora's salon").replace("2025-04-20T19:30:00Z", "2030-04-20T19:30:00");
    let seen = order(&house, &body).await.json();
    let id = seen["data"]["appointmentId"].as_str().unwrap();
    let it = house.get(&format!("/api/v1/appointments/{id}")).await.json();
    assert_eq!((&it["business"], &it["starts_at"]), (&json!("salon"), &json!("2030-04-20T23:30:00Z")));
}
