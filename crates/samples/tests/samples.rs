//! Samples from a folder, and from a pretended store that speaks S3.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use frontdesk_core::ports::{Trouble, VoiceSample, VoiceSamples};
use frontdesk_samples::{Bucket, Folder, S3};
use std::sync::{Arc, Mutex};

const SOUND: usize = 4_096;

fn folder() -> (tempfile::TempDir, Folder) {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("samples");
    std::fs::create_dir_all(below.join("ana")).unwrap();
    std::fs::write(below.join("ana/hello.mp3"), vec![7; SOUND]).unwrap();
    std::fs::write(below.join("short.wav"), vec![7; VoiceSample::LEAST - 1]).unwrap();
    std::fs::write(below.join("least.wav"), vec![7; VoiceSample::LEAST]).unwrap();
    std::fs::write(below.join("long.wav"), vec![7; VoiceSample::MOST + 1]).unwrap();
    std::fs::write(folder.path().join("secret.mp3"), vec![7; SOUND]).unwrap();
    let samples = Folder::new(below);
    (folder, samples)
}

async fn trouble(samples: &dyn VoiceSamples, reference: &str) -> Trouble {
    let error = samples.fetch(reference).await.unwrap_err();
    assert!(!error.to_string().contains(reference), "{error}");
    let looked = samples.look(reference).await.unwrap_err();
    assert_eq!(looked.to_string(), error.to_string(), "looking says what fetching says");
    error.trouble
}

#[tokio::test]
async fn a_sample_of_a_folder_is_read_with_its_media_type() {
    let (_folder, samples) = folder();
    let sample = samples.fetch("ana/hello.mp3").await.unwrap();
    assert_eq!((sample.media_type.as_str(), sample.bytes.len()), ("audio/mpeg", SOUND));
    assert_eq!(samples.fetch("least.wav").await.unwrap().bytes.len(), VoiceSample::LEAST);
    samples.look("least.wav").await.unwrap();
}

#[tokio::test]
async fn what_is_too_short_too_long_or_not_there_is_refused() {
    let (_folder, samples) = folder();
    for reference in ["short.wav", "long.wav", "ana/nobody.mp3", "nobody/hello.mp3", "ana"] {
        assert_eq!(trouble(&samples, reference).await, Trouble::Refused, "{reference}");
    }
}

#[tokio::test]
async fn nothing_outside_of_the_folder_is_read() {
    let (folder, samples) = folder();
    let outside = folder.path().join("secret.mp3");
    for reference in ["../secret.mp3", "ana/../../secret.mp3", outside.to_str().unwrap()] {
        assert_eq!(trouble(&samples, reference).await, Trouble::Refused, "{reference}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&outside, folder.path().join("samples/link.mp3")).unwrap();
        assert_eq!(trouble(&samples, "link.mp3").await, Trouble::Refused);
    }
}

/// What was asked of the store: method and path, and headers.
type Asked = Arc<Mutex<Vec<(String, HeaderMap)>>>;

async fn store() -> (S3, Asked) {
    let asked = Asked::default();
    let seen = Arc::clone(&asked);
    let answer = move |request: Request| {
        let path = request.uri().path().to_owned();
        let asked = format!("{} {path}", request.method());
        seen.lock().unwrap().push((asked, request.headers().clone()));
        async move {
            let found = |bytes: usize| -> Response {
                let headers = [
                    (header::CONTENT_LENGTH, bytes.to_string()),
                    (header::ETAG, "\"1\"".to_owned()),
                    (header::LAST_MODIFIED, "Fri, 20 Nov 2026 09:00:00 GMT".to_owned()),
                ];
                (headers, Body::from(vec![7_u8; bytes])).into_response()
            };
            match path.as_str() {
                "/bucket/voices/ana/hello.mp3" => found(SOUND),
                "/bucket/voices/long.wav" => found(VoiceSample::MOST + 1),
                "/bucket/voices/closed.wav" => StatusCode::FORBIDDEN.into_response(),
                "/bucket/voices/broken.wav" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
                _ => StatusCode::NOT_FOUND.into_response(),
            }
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await.unwrap() });
    let config = S3 {
        bucket: "bucket".to_owned(),
        region: "eu-central-1".to_owned(),
        endpoint: Some(format!("http://{address}").parse().unwrap()),
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: "very-secret".into(),
        prefix: "voices/".to_owned(),
    };
    (config, asked)
}

fn bucket(config: &S3) -> Bucket {
    drop(rustls::crypto::ring::default_provider().install_default());
    Bucket::new(config, reqwest::Client::builder().build().unwrap()).unwrap()
}

#[tokio::test]
async fn a_sample_of_a_bucket_is_fetched_by_a_signed_request() {
    let (config, asked) = store().await;
    let sample = bucket(&config).fetch("ana/hello.mp3").await.unwrap();
    assert_eq!((sample.media_type.as_str(), sample.bytes.len()), ("audio/mpeg", SOUND));
    let asked = asked.lock().unwrap();
    let (path, headers) = asked.first().unwrap();
    assert_eq!(path, "GET /bucket/voices/ana/hello.mp3");
    let proof = headers[header::AUTHORIZATION].to_str().unwrap();
    assert!(proof.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{proof}");
    assert!(proof.contains("/eu-central-1/s3/aws4_request") && proof.contains("Signature="), "{proof}");
    assert!(headers.contains_key("x-amz-date"));
}

#[tokio::test]
async fn a_sample_of_a_bucket_is_looked_for_without_being_read() {
    let (config, asked) = store().await;
    bucket(&config).look("ana/hello.mp3").await.unwrap();
    assert_eq!(asked.lock().unwrap().first().unwrap().0, "HEAD /bucket/voices/ana/hello.mp3");
}

#[tokio::test]
async fn what_a_bucket_has_not_or_does_not_give_is_told_apart() {
    let (config, _) = store().await;
    let samples = bucket(&config);
    for (reference, expected) in [
        ("ana/nobody.mp3", Trouble::Refused),
        ("long.wav", Trouble::Refused),
        ("../closed.wav", Trouble::Refused),
        ("closed.wav", Trouble::Unauthorised),
        ("broken.wav", Trouble::Unavailable),
    ] {
        assert_eq!(trouble(&samples, reference).await, expected, "{reference}");
    }
}

#[test]
fn what_opens_a_bucket_is_not_printed() {
    let secret_access_key = "very-secret".into();
    let config = S3 {
        bucket: "bucket".to_owned(),
        region: "eu-central-1".to_owned(),
        endpoint: None,
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key,
        prefix: String::new(),
    };
    assert!(!format!("{config:?} {:?}", bucket(&config)).contains("very-secret"));
}
