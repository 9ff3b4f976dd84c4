//! A message that was left on the telephone: who sees it, and who does not.

use crate::common::{House, webhook};
use axum::http::StatusCode;
use serde_json::{Value, json};

const LINK: &str = "https://carrier.example/recordings/RE1";

async fn leave(house: &House, link: &str) {
    for body in [
        json!({ "call": "IN-1", "event": "incoming" }),
        json!({ "call": "IN-1", "event": "digits", "turn": 1, "digits": "3" }),
        json!({ "call": "IN-1", "event": "recorded", "turn": 2, "url": link }),
    ] {
        let seen = house.ask(webhook("voice", &body.to_string())).await;
        assert_eq!(seen.status, StatusCode::OK, "{}", seen.body);
    }
}

/// The call that came in, as the API lists it.
async fn inbound(house: &House) -> Value {
    let calls = house.get("/api/v1/calls").await.json();
    let calls = calls["items"].as_array().unwrap();
    calls.iter().find(|call| call["direction"] == "inbound").unwrap().clone()
}

#[tokio::test]
async fn the_desk_finds_it_with_the_call_and_on_the_page_and_no_timeline_has_it() {
    let house = House::default();
    let id = house.booked().await;
    leave(&house, LINK).await;
    let call = inbound(&house).await;
    assert_eq!((&call["recording"], &call["appointment_id"]), (&json!(LINK), &json!(id)));
    let shown = house.get(&format!("/api/v1/calls/{}", call["id"].as_str().unwrap())).await.json();
    assert!(!shown["timeline"].to_string().contains("carrier.example"), "{shown}");
    assert!(shown["timeline"].to_string().contains("left a message of 9 seconds"), "{shown}");
    let page = house.get(&format!("/appointments/{id}")).await.body;
    assert!(page.contains("Messages left") && page.contains(&format!("href=\"{LINK}\"")), "{page}");
}

#[tokio::test]
async fn what_it_says_stands_beside_its_link_and_in_no_timeline() {
    let house = House::default();
    let id = house.booked().await;
    leave(&house, LINK).await;
    let told = json!({ "call": "IN-1", "event": "transcribed", "url": LINK, "words": "<i>Walrus</i> day" });
    assert_eq!(house.ask(webhook("voice", &told.to_string())).await.status, StatusCode::OK);
    let call = inbound(&house).await;
    assert_eq!(call["transcript"], "<i>Walrus</i> day");
    let path = call["id"].as_str().unwrap();
    let shown = house.get(&format!("/api/v1/calls/{path}")).await.json();
    assert!(!shown["timeline"].to_string().contains("Walrus"), "{shown}");
    for page in [format!("/appointments/{id}"), format!("/calls/{path}")] {
        let page = house.get(&page).await.body;
        assert!(page.contains("<q>&#60;i&#62;Walrus&#60;/i&#62; day</q>"), "{page}");
    }
}

#[tokio::test]
async fn a_link_that_is_none_of_the_web_is_shown_and_not_to_be_followed() {
    let house = House::default();
    let id = house.booked().await;
    leave(&house, "javascript:alert(1)").await;
    let page = house.get(&format!("/appointments/{id}")).await.body;
    assert!(page.contains("javascript:alert(1)") && !page.contains("href=\"javascript"), "{page}");
}

#[tokio::test]
async fn what_a_person_wrote_is_read_by_the_desk_and_stands_in_no_timeline() {
    let house = House::default();
    let id = house.booked().await;
    let words = "can we do <b>Tuesday</b>?";
    let body = json!({ "event": "message", "from": "+6591234567", "to": "+6561234567", "body": words });
    assert_eq!(house.ask(webhook("voice", &body.to_string())).await.status, StatusCode::OK);
    let shown = house.get(&format!("/api/v1/appointments/{id}")).await.json();
    assert_eq!((&shown["status"], &shown["wrote"]["words"]), (&json!("reschedule_requested"), &json!(words)));
    assert_eq!(shown["wrote"]["channel"], "sms");
    assert!(!shown["timeline"].to_string().contains("Tuesday"), "{shown}");
    let page = house.get(&format!("/appointments/{id}")).await.body;
    assert!(
        page.contains("They wrote") && page.contains("&#60;b&#62;Tuesday") && !page.contains("<b>Tuesday"),
        "{page}"
    );
}
