//! The ports' own laws, as every adapter keeps them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "sandbox/common.rs"]
#[expect(dead_code, reason = "shared with the sandbox's own laws")]
mod common;

use async_trait::async_trait;
use chrono::Duration;
use common::{Bench, TOKEN, adapter, http};
use frontdesk_core::{id::AppointmentId, ports::CallProvider};
use frontdesk_sandbox::{Config, LocalCalendar, Sandbox};
use frontdesk_testkit::{
    Fixture, fixtures,
    suite::{
        calendar_sink::{self, CalendarView},
        call_provider::{self, Proof, Subject},
        media_line, notifier, voice_cloner,
    },
};
use rstest::rstest;
use std::net::TcpListener;
use url::Url;

/// An address of this machine where nobody listens.
fn nobody() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
}

fn dead() -> Sandbox {
    adapter(&nobody(), &nobody(), &http())
}

fn make(fixture: &Fixture) -> Box<dyn CallProvider> {
    let config = Config { webhook_secret: fixture.secret.clone().into(), ..config(nobody()) };
    Box::new(Sandbox::new(config, http()))
}

#[rstest]
#[case::every_fixture_is_understood(call_provider::every_fixture_is_understood)]
#[case::a_changed_body_is_refused(call_provider::a_changed_body_is_refused)]
#[case::a_missing_proof_is_refused(call_provider::a_missing_proof_is_refused)]
#[case::a_wrong_proof_is_refused(call_provider::a_wrong_proof_is_refused)]
#[case::a_stale_delivery_is_refused(call_provider::a_stale_delivery_is_refused)]
#[case::a_key_names_one_happening(call_provider::a_key_names_one_happening)]
#[case::an_unknown_hook_is_refused(call_provider::an_unknown_hook_is_refused)]
fn webhooks(#[case] law: fn(&Subject<'_>)) {
    law(&Subject {
        fixtures: fixtures("sandbox"),
        make: &make,
        proof: Proof::Signature { header: "x-sandbox-signature", window: Some(Duration::minutes(5)) },
    });
}

#[test]
fn any_reply_is_rendered() {
    call_provider::any_reply_is_rendered(&dead());
}

#[tokio::test]
async fn abilities_are_honest() {
    call_provider::abilities_are_honest(&dead()).await;
}

#[tokio::test]
async fn nobody_listening_means_surely_nothing_happened() {
    call_provider::nobody_listening_means_surely_nothing_was_placed(&dead(), &[TOKEN]).await;
    notifier::nobody_listening_means_surely_nothing_was_sent(&dead(), &[TOKEN]).await;
}

fn config(base_url: Url) -> Config {
    Config {
        base_url,
        account_token: TOKEN.into(),
        webhook_secret: "a-secret-that-signs".into(),
        webhook_base: nobody(),
        from: common::phone(common::BUSINESS),
    }
}

#[test]
fn its_configuration_keeps_its_secrets() {
    call_provider::keeps_secrets(&format!("{:?}", config(nobody())), &[TOKEN, "a-secret-that-signs"]);
}

#[tokio::test]
async fn messages() {
    let bench = Bench::start().await;
    notifier::a_channel_it_does_not_serve_is_unsupported(&*bench.adapter).await;
    notifier::a_channel_it_serves_takes_a_message_and_finds_it_again(&*bench.adapter).await;
    notifier::a_message_never_sent_is_not_found(&*bench.adapter).await;
}

#[tokio::test]
async fn voices() {
    let bench = Bench::start().await;
    voice_cloner::an_expired_consent_is_refused(&*bench.adapter).await;
    voice_cloner::a_voice_is_made_and_deleted(&*bench.adapter).await;
    voice_cloner::deleting_what_is_not_there_is_fine(&*bench.adapter).await;
    voice_cloner::a_lost_answer_is_maybe_and_found_again(&*bench.adapter, || bench.carrier.lose_next_voice()).await;
}

#[tokio::test]
async fn nothing_is_told_of_a_voice_that_cannot_be_made() {
    let secrets = [TOKEN, "a-secret-that-signs"];
    voice_cloner::secret_never_in_error_or_debug(&dead(), &format!("{:?}", config(nobody())), &secrets).await;
}

#[rstest]
fn media(
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
        line: &dead(),
        start: r#"{"event":"start","stream_sid":"SC1-1","start":{"call_sid":"SC1","media_format":{"encoding":"audio/x-mulaw","sample_rate":8000},"custom_parameters":{"token":"once"}}}"#,
        media: r#"{"event":"media","stream_sid":"SC1-1","media":{"payload":"//////8="}}"#,
        others: &[
            r#"{"event":"connected"}"#,
            r##"{"event":"dtmf","stream_sid":"SC1-1","dtmf":{"digit":"#"}}"##,
            r#"{"event":"mark","stream_sid":"SC1-1","mark":{"name":"1:1"}}"#,
            r#"{"event":"stop","stream_sid":"SC1-1"}"#,
        ],
    });
}

struct View<'a>(&'a LocalCalendar);

#[async_trait]
impl CalendarView for View<'_> {
    async fn titles(&self, business: &str, appointment: &AppointmentId) -> Vec<String> {
        let entries = self.0.list(business).unwrap().into_iter();
        entries.filter(|entry| entry.appointment_id == *appointment).map(|entry| entry.title).collect()
    }
}

#[tokio::test]
async fn calendar() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = LocalCalendar::open(folder.path()).unwrap();
    let view = View(&calendar);
    calendar_sink::put_twice_is_one_event(&calendar, &view).await;
    calendar_sink::newer_revision_overwrites(&calendar, &view).await;
    calendar_sink::older_revision_never_overwrites(&calendar, &view).await;
    calendar_sink::cancelled_stays_visible(&calendar, &view).await;
    calendar_sink::remove_missing_is_fine(&calendar, &view).await;
    calendar_sink::what_takes_time_is_busy(&calendar).await;
}
