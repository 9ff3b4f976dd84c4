//! The port's own laws, as every adapter keeps them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "threecx/common.rs"]
#[expect(dead_code, reason = "shared with the adapter's own laws")]
mod common;

use chrono::Duration;
use common::{KEY, SECRET, alone, config, http, nobody, now, told};
use frontdesk_core::ports::CallProvider;
use frontdesk_testkit::{
    Clock, Fixture, fixtures,
    suite::call_provider::{self, Proof, Subject},
};
use frontdesk_threecx::ThreeCx;
use rstest::rstest;

fn make(fixture: &Fixture) -> Box<dyn CallProvider> {
    let mut config = told();
    config.webhook_secrets = vec!["another, being changed".into(), fixture.secret.clone().into()];
    Box::new(ThreeCx::new(config, http()))
}

#[rstest]
fn webhooks(
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
    let proof = Proof::Signature { header: "x-signature", window: Some(Duration::minutes(30)) };
    law(&Subject { fixtures: fixtures("threecx"), make: &make, proof });
}

#[test]
fn any_reply_is_rendered() {
    call_provider::any_reply_is_rendered(&alone());
}

#[rstest]
#[tokio::test]
async fn abilities_are_honest(#[values(true, false)] everything: bool) {
    let adapter = if everything { alone() } else { ThreeCx::new(told(), http()) };
    call_provider::abilities_are_honest(&adapter).await;
}

#[tokio::test]
async fn nobody_listening_means_surely_nothing_happened() {
    call_provider::nobody_listening_means_surely_nothing_was_placed(&alone(), &[KEY, SECRET]).await;
}

#[test]
fn its_configuration_keeps_its_secrets() {
    let config = config(nobody(), &Clock::at(now()));
    call_provider::keeps_secrets(&format!("{config:?}"), &[KEY, SECRET]);
}
