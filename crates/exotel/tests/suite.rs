//! The ports' own laws, as every adapter keeps them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "exotel/common.rs"]
#[expect(dead_code, reason = "shared with the adapter's own laws")]
mod common;

use common::{KEY, SECRET, TOKEN, alone, config, http, nobody, pair};
use frontdesk_core::ports::CallProvider;
use frontdesk_exotel::{Config, Exotel};
use frontdesk_testkit::{
    Fixture, fixtures,
    suite::{
        call_provider::{self, Proof, Subject},
        media_line, notifier,
    },
};
use rstest::rstest;

fn make(fixture: &Fixture) -> Box<dyn CallProvider> {
    let mut config = config(&nobody(), &nobody());
    config.webhook_secrets = vec!["another, being changed".into(), fixture.secret.clone().into()];
    Box::new(Exotel::new(config, http()))
}

#[rstest]
fn webhooks(
    #[values(
        ("exotel", "secret"),
        ("exotel/by-header", "x-webhook-secret"),
        ("exotel/by-basic", "authorization"),
        ("exotel/by-bearer", "authorization")
    )]
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

#[rstest]
fn abilities_are_honest(#[values(true, false)] everything: bool) {
    let adapter = if everything { alone() } else { Exotel::new(Config::new(vec![SECRET.into()]), http()) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(call_provider::abilities_are_honest(&adapter));
}

#[tokio::test]
async fn nobody_listening_means_surely_nothing_happened() {
    call_provider::nobody_listening_means_surely_nothing_was_placed(&alone(), &[KEY, SECRET, TOKEN]).await;
    notifier::nobody_listening_means_surely_nothing_was_sent(&alone(), &[KEY, SECRET, TOKEN]).await;
}

#[test]
fn its_configuration_keeps_its_secrets() {
    let config = config(&nobody(), &nobody());
    call_provider::keeps_secrets(&format!("{config:?}"), &[KEY, TOKEN, SECRET]);
}

#[tokio::test]
async fn messages() {
    let (_vendor, adapter, _) = pair(|_| {}).await;
    notifier::a_channel_it_does_not_serve_is_unsupported(&adapter).await;
    notifier::a_channel_it_serves_takes_a_message_and_finds_it_again(&adapter).await;
    notifier::a_message_never_sent_is_not_found(&adapter).await;
}

#[rstest]
fn live_audio(
    #[values(
        media_line::its_messages_are_understood,
        media_line::sound_is_a_part_of_the_message,
        media_line::what_is_new_is_passed_over,
        media_line::nothing_makes_it_panic,
        media_line::nothing_hides_in_sound,
        media_line::what_it_writes_is_text,
        media_line::its_pieces_can_be_cut
    )]
    law: fn(&media_line::Subject<'_>),
) {
    law(&media_line::Subject {
        line: &alone().line(),
        start: r#"{"event":"start","sequence_number":1,"stream_sid":"s1","start":{"stream_sid":"s1","call_sid":"c1","account_sid":"a1","from":"x","to":"y","custom_parameters":{"token":"t"},"media_format":{"encoding":"raw","sample_rate":"8000","bit_rate":"128kbps"}}}"#,
        media: r#"{"event":"media","sequence_number":3,"stream_sid":"s1","media":{"chunk":2,"timestamp":"10","payload":"AQACAA=="}}"#,
        others: &[
            r#"{"event":"connected"}"#,
            r#"{"event":"dtmf","stream_sid":"s1","dtmf":{"digit":"5","duration":"100"}}"#,
            r#"{"event":"mark","stream_sid":"s1","mark":{"name":"1:1"}}"#,
            r#"{"event":"stop","stop":{"call_sid":"c1","account_sid":"a1","reason":"stopped"}}"#,
        ],
    });
}
