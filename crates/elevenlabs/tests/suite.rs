//! The port's own laws, as every adapter keeps them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "elevenlabs/common.rs"]
#[expect(dead_code, reason = "shared with the adapter's own laws")]
mod common;

use chrono::Duration;
use common::{KEY, SHARED, SIGNING, adapter, alone, config, nobody};
use frontdesk_core::ports::CallProvider;
use frontdesk_testkit::{
    Fixture, fixtures,
    suite::call_provider::{self, Proof, Subject},
};
use rstest::rstest;

fn make(fixture: &Fixture) -> Box<dyn CallProvider> {
    let mut config = config(nobody());
    config.signing_secrets = vec!["another, being changed".into(), fixture.secret.clone().into()];
    config.shared_secrets = config.signing_secrets.clone();
    Box::new(adapter(config))
}

#[rstest]
fn webhooks(
    #[values("elevenlabs", "elevenlabs/by-header", "elevenlabs/by-query")] folder: &str,
    #[values(
        call_provider::every_fixture_is_understood,
        call_provider::a_changed_body_is_refused,
        call_provider::a_missing_proof_is_refused,
        call_provider::a_wrong_proof_is_refused,
        call_provider::a_stale_delivery_is_refused,
        call_provider::a_key_names_one_happening,
        call_provider::an_unknown_hook_is_refused
    )]
    law: fn(&Subject<'_>),
) {
    let proof = match folder {
        "elevenlabs" => Proof::Signature { header: "elevenlabs-signature", window: Some(Duration::minutes(30)) },
        "elevenlabs/by-header" => Proof::Secret { name: "x-webhook-secret" },
        _ => Proof::Secret { name: "secret" },
    };
    law(&Subject { fixtures: fixtures(folder), make: &make, proof });
}

#[test]
fn any_reply_is_rendered() {
    call_provider::any_reply_is_rendered(&alone());
}

#[tokio::test]
async fn abilities_are_honest() {
    call_provider::abilities_are_honest(&alone()).await;
}

#[test]
fn its_configuration_keeps_its_secrets() {
    call_provider::keeps_secrets(&format!("{:?}", config(nobody())), &[KEY, SHARED, SIGNING]);
}
