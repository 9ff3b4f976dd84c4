//! The signature's test vectors, by name.

use crate::common::{http, request, told};
use chrono::DateTime;
use frontdesk_core::ports::{CallProvider, Rejected};
use frontdesk_threecx::ThreeCx;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    name: String,
    secret: String,
    header: String,
    body: String,
    now: i64,
    want: String,
}

#[test]
fn a_signature_is_taken_or_refused_as_its_vector_says() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("../../../../fixtures/threecx/vectors.json")).unwrap();
    assert!(vectors.len() > 25);
    for Vector { name, secret, header, body, now, want } in vectors {
        let mut config = told();
        config.webhook_secrets = vec![secret.into()];
        let adapter = ThreeCx::new(config, http());
        let now = DateTime::from_timestamp(now, 0).unwrap();
        let got = adapter.receive(&request(&[("x-signature", &header)], body.as_bytes()), now);
        let got = match got {
            Ok(_) => "taken",
            Err(Rejected::Stale) => "expired",
            Err(Rejected::Unauthentic(401)) => "forged",
            Err(other) => panic!("{name}: {other}"),
        };
        assert_eq!(got, want, "{name}");
    }
}

#[test]
fn without_a_secret_nobody_is_let_in() {
    let mut config = told();
    config.webhook_secrets = Vec::new();
    let adapter = ThreeCx::new(config, http());
    let now = DateTime::from_timestamp(1_765_368_000, 0).unwrap();
    let header = "t=1765368000,v0=00e93894364645df54b680d414b7a868f537e5c055ecf01a08e9f72fe8a9dde3";
    let got = adapter.receive(&request(&[("x-signature", header)], b"{}"), now);
    assert_eq!(got, Err(Rejected::Unauthentic(401)));
}
