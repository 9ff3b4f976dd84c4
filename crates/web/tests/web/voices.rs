//! Who permits that their voice is cloned.

use crate::common::{House, signed};
use async_trait::async_trait;
use axum::{body::Body, http::StatusCode};
use frontdesk_core::ports::{Happened, Port, PortError, PortResult, Trouble, VoiceSample, VoiceSamples};
use serde_json::json;

/// One sample, and another one in a place that does not answer.
pub(crate) struct Shelf;

impl Port for Shelf {
    fn name(&self) -> &str {
        "shelf"
    }
}

#[async_trait]
impl VoiceSamples for Shelf {
    async fn fetch(&self, _reference: &str) -> PortResult<VoiceSample> {
        unreachable!("a permission is no reason to read a sample")
    }

    async fn look(&self, reference: &str) -> PortResult<()> {
        let (trouble, message) = match reference {
            "ana/hello.mp3" => return Ok(()),
            "away.mp3" => (Trouble::Unavailable, "the shelf is away; bring it back"),
            "never.mp3" => std::future::pending().await,
            _ => (Trouble::Refused, "a sample is not there"),
        };
        Err(PortError::new("shelf", Happened::No, trouble, message))
    }
}

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

#[tokio::test]
async fn a_permission_for_a_sample_that_is_not_there_is_refused_by_field_and_name() {
    let house = House::default();
    let body = GIVEN.replace(r#"["ana/hello.mp3"]"#, r#"["ana/hello.mp3", "ana/gone.mp3"]"#);
    let seen = put(&house, &body).await;
    assert_eq!((seen.status, seen.wrong_fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["samples".to_owned()]));
    assert!(seen.body.contains("ana/gone.mp3") && seen.body.contains("a sample is not there"), "{}", seen.body);
    assert!(!seen.body.contains("ana/hello.mp3"), "{}", seen.body);
    assert_eq!(house.get(PATH).await.status, StatusCode::NOT_FOUND, "nothing was written");
}

#[tokio::test(start_paused = true)]
async fn a_permission_whose_samples_cannot_be_looked_for_is_not_taken_and_told_why() {
    let house = House::default();
    for (sample, why) in [("away.mp3", "the shelf is away; bring it back"), ("never.mp3", "does not answer in time")] {
        let seen = put(&house, &GIVEN.replace("ana/hello.mp3", sample)).await;
        assert_eq!(seen.status, StatusCode::SERVICE_UNAVAILABLE, "{}", seen.body);
        assert!(seen.body.contains(why) && seen.body.contains("nothing was written down"), "{}", seen.body);
        assert_eq!(house.get(PATH).await.status, StatusCode::NOT_FOUND);
    }
}
