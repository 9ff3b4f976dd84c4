//! What is known of people, and who does not want to be contacted.

use crate::common::{House, plain, signed};
use axum::{body::Body, http::StatusCode};
use serde_json::json;

async fn put(house: &House, path: &str, body: &str) -> crate::common::Seen {
    house.ask(signed("PUT", path).body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn a_contact_is_written_member_by_member_and_forgotten() {
    let house = House::default();
    house.booked().await;
    let path = "/api/v1/contacts/91234567";
    let seen = put(&house, path, r#"{"language": "es", "opted_out": ["sms"], "consent": true}"#).await;
    assert_eq!(seen.json()["phone"], "+6591234567");
    let seen = put(&house, path, r#"{"language": null, "time_zone": "Asia/Tokyo"}"#).await.json();
    assert_eq!(
        (&seen["language"], &seen["opted_out"], &seen["consent"]),
        (&json!(null), &json!(["sms"]), &json!(true))
    );
    let wrong = put(&house, path, r#"{"language": "xx", "opted_out": ["fax"], "consent": "yes"}"#).await;
    assert_eq!(wrong.wrong_fields(), ["language", "consent", "opted_out"]);
    let gone = house.ask(signed("DELETE", path).body(Body::empty()).unwrap()).await;
    assert_eq!(gone.json()["appointments"].as_array().unwrap().len(), 1);
    // Nothing is left of them but that they refused.
    let left = house.get(path).await.json();
    assert_eq!((&left["language"], &left["time_zone"], &left["consent"]), (&json!(null), &json!(null), &json!(false)));
    assert_eq!(left["opted_out"], json!(["voice", "sms", "whatsapp", "email"]));
    assert_eq!(house.get("/api/v1/contacts/nobody").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn every_opt_out_is_a_line_that_outlives_the_person() {
    let house = House::default();
    let path = "/api/v1/contacts/91234567";
    for channels in [r#"["sms", "voice"]"#, r#"["sms", "voice"]"#, r#"["sms"]"#] {
        put(&house, path, &format!(r#"{{"opted_out": {channels}}}"#)).await;
    }
    let seen = house.get("/api/v1/opt-outs?limit=1").await.json();
    let line = &seen["items"][0];
    assert_eq!(
        (&line["channels"], &line["opted_out"], &line["way"]),
        (&json!(["voice"]), &json!(false), &json!("desk"))
    );
    assert_eq!(line["phone"], "+6591234567");
    let next = seen["next_cursor"].as_str().unwrap().to_owned();
    let seen = house.get(&format!("/api/v1/opt-outs?limit=1&cursor={next}")).await.json();
    assert_eq!((&seen["items"][0]["opted_out"], &seen["next_cursor"]), (&json!(true), &json!(null)));

    house.ask(signed("DELETE", path).body(Body::empty()).unwrap()).await;
    for query in ["phone=91234567", "phone=%2B6591234567", "phone=+6591234567", "from=2026-01-01"] {
        let seen = house.get(&format!("/api/v1/opt-outs?{query}")).await.json();
        let items = seen["items"].as_array().unwrap();
        assert_eq!(items.len(), 2, "{query}");
        assert!(items.iter().all(|line| line["phone"].is_null() && line["evidence"].is_null()), "{seen}");
    }
    let other = house.get("/api/v1/opt-outs?phone=91234568").await.json();
    assert_eq!(other["items"], json!([]));
    let wrong = house.get("/api/v1/opt-outs?phone=nobody&from=yesterday&limit=0").await;
    assert_eq!(wrong.wrong_fields(), ["phone", "from", "limit"]);
    let bare = house.ask(plain("GET", "/api/v1/opt-outs").body(Body::empty()).unwrap()).await;
    assert_eq!(bare.status, StatusCode::UNAUTHORIZED);
}
