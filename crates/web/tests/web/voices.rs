//! Who permits that their voice is cloned.

use crate::common::{House, signed};
use axum::{body::Body, http::StatusCode};
use serde_json::json;

const PATH: &str = "/api/v1/contacts/91234567/voice";
const GIVEN: &str = r#"{"by": "Ana Lim", "purpose": "to be greeted", "expires_at": "2099-01-01T00:00:00Z", "samples": ["ana/hello.mp3"]}"#;

async fn put(house: &House, body: &str) -> crate::common::Seen {
    house.ask(signed("PUT", PATH).body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn a_permission_is_written_shown_and_withdrawn() {
    let house = House::default();
    assert_eq!(house.get(PATH).await.status, StatusCode::NOT_FOUND);
    assert_eq!(put(&house, GIVEN).await.status, StatusCode::OK);
    let shown = house.get(PATH).await.json();
    assert_eq!((&shown["consent"]["by"], &shown["consent"]["holds"]), (&json!("Ana Lim"), &json!(true)));
    assert_eq!((&shown["consent"]["samples"], &shown["voice"]), (&json!(["ana/hello.mp3"]), &json!(null)));
    for withdrawn in [true, false] {
        let seen = house.ask(signed("DELETE", PATH).body(Body::empty()).unwrap()).await;
        assert_eq!(seen.json()["withdrawn"], json!(withdrawn));
    }
    assert_eq!(house.get(PATH).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_permission_names_who_what_for_until_when_and_sound_that_is_there() {
    let house = House::default();
    assert_eq!(put(&house, "{}").await.wrong_fields(), ["by", "purpose", "expires_at", "samples"]);
    let past = GIVEN.replace("2099", "2001");
    assert_eq!(put(&house, &past).await.wrong_fields(), ["expires_at"]);
    for samples in [r#"["../secret.mp3"]"#, r#"["ana.exe"]"#, "[]", r#""ana.mp3""#, "[1]"] {
        let body = GIVEN.replace(r#"["ana/hello.mp3"]"#, samples);
        assert_eq!(put(&house, &body).await.wrong_fields(), ["samples"], "{samples}");
    }
    assert_eq!(house.get(PATH).await.status, StatusCode::NOT_FOUND, "nothing was written");
}
