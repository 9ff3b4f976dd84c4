//! The ports' own laws, as every adapter keeps them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "eightxeight/common.rs"]
#[expect(dead_code, reason = "shared with the adapter's own laws")]
mod common;

use common::{KEY, SECRET, alone, config, http, nobody, now, pair};
use frontdesk_core::ports::CallProvider;
use frontdesk_eightxeight::EightXEight;
use frontdesk_testkit::{
    Clock, Fixture, fixtures,
    suite::{
        call_provider::{self, Proof, Subject},
        notifier,
    },
};
use rstest::rstest;

fn make(fixture: &Fixture) -> Box<dyn CallProvider> {
    let mut config = config(&nobody(), &nobody(), &Clock::at(now()));
    config.webhook_secrets = vec![fixture.secret.clone().into()];
    Box::new(EightXEight::new(config, http()))
}

#[rstest]
fn webhooks(
    #[values(("eightxeight", "authorization"), ("eightxeight/by-header", "x-webhook-secret"), ("eightxeight/by-query", "secret"))]
    recorded: (&str, &'static str),
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
    let (folder, name) = recorded;
    law(&Subject { fixtures: fixtures(folder), make: &make, proof: Proof::Secret { name } });
}

#[test]
fn any_reply_is_rendered() {
    call_provider::any_reply_is_rendered(&alone());
}

#[tokio::test]
async fn abilities_are_honest() {
    call_provider::abilities_are_honest(&alone()).await;
}

#[tokio::test]
async fn nobody_listening_means_surely_nothing_happened() {
    call_provider::nobody_listening_means_surely_nothing_was_placed(&alone(), &[KEY, SECRET]).await;
    notifier::nobody_listening_means_surely_nothing_was_sent(&alone(), &[KEY, SECRET]).await;
}

#[test]
fn its_configuration_keeps_its_secrets() {
    let config = config(&nobody(), &nobody(), &Clock::at(now()));
    call_provider::keeps_secrets(&format!("{config:?}"), &[KEY, SECRET]);
}

#[tokio::test]
async fn messages() {
    let (_vendor, adapter, _) = pair(|_| {}).await;
    notifier::a_channel_it_does_not_serve_is_unsupported(&adapter).await;
    notifier::a_channel_it_serves_takes_a_message_and_finds_it_again(&adapter).await;
    notifier::a_message_never_sent_is_not_found(&adapter).await;
}
