//! The port's own laws, as every adapter keeps them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "elevenlabs/common.rs"]
#[expect(dead_code, reason = "shared with the adapter's own laws")]
mod common;

use chrono::Duration;
use common::{AGENT, KEY, SHARED, SIGNING, adapter, alone, config, nobody};
use frontdesk_core::ports::CallProvider;
use frontdesk_elevenlabs::{ElevenLabs, Outbound, Route};
use frontdesk_testkit::{
    Fixture,
    carriers::Fault,
    elevenlabs::{AgentSettings, ElevenLabs as Vendor, TalkBench},
    fixtures,
    suite::{
        call_provider::{self, Proof, Subject},
        voice_agent, voice_cloner,
    },
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

async fn bench() -> TalkBench<ElevenLabs> {
    let vendor = Vendor::start(KEY, AgentSettings::telephone(AGENT)).await.unwrap();
    TalkBench { agent: adapter(config(vendor.url())), vendor }
}

macro_rules! conversations {
    ($($law:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $law() {
            voice_agent::$law(&bench().await).await;
        })*
    };
}

conversations! {
    sound_passes_both_ways_as_it_is,
    stale_sound_is_never_told_after_an_interruption,
    a_wish_is_told_once_however_often_repeated,
    a_tool_answer_reaches_the_vendor_as_text,
    a_wait_that_is_given_up_loses_nothing,
    dropping_both_halves_ends_the_conversation_at_the_vendor,
    hanging_up_twice_is_fine_and_ends_it,
    an_agent_that_hangs_up_is_heard_out_and_then_it_is_over,
    a_broken_conversation_is_an_error_and_says_nothing_secret,
}

#[tokio::test]
async fn an_unreachable_vendor_is_unavailable_and_says_nothing_secret() {
    voice_agent::an_unreachable_vendor_is_unavailable_and_says_nothing_secret(&alone(), &[KEY]).await;
    let mut open = config(nobody());
    open.api = None;
    let mut address = nobody();
    address.set_scheme("ws").unwrap();
    open.ws_url = Some(address);
    voice_agent::an_unreachable_vendor_is_unavailable_and_says_nothing_secret(&adapter(open), &[KEY, AGENT]).await;
}

#[tokio::test]
async fn a_dialler_is_honest_and_nobody_listening_means_surely_nothing_was_placed() {
    let mut config = config(nobody());
    config.outbound = Some(Outbound { phone_number_id: "phnum_1".to_owned(), route: Route::Twilio });
    let dead = adapter(config);
    call_provider::abilities_are_honest(&dead).await;
    call_provider::nobody_listening_means_surely_nothing_was_placed(&dead, &[KEY]).await;
}

#[tokio::test]
async fn voices_are_cloned_with_consent_and_deleted() {
    let TalkBench { agent: cloner, vendor } = bench().await;
    voice_cloner::an_expired_consent_is_refused(&cloner).await;
    assert!(vendor.requests().is_empty());
    voice_cloner::a_voice_is_made_and_deleted(&cloner).await;
    voice_cloner::deleting_what_is_not_there_is_fine(&cloner).await;
    assert!(vendor.voices().is_empty());
}

#[tokio::test]
async fn a_lost_answer_is_maybe_and_found_again() {
    let TalkBench { agent: cloner, vendor } = bench().await;
    voice_cloner::a_lost_answer_is_maybe_and_found_again(&cloner, || vendor.disturb([Fault::LosesAnswer])).await;
    assert!(vendor.voices().is_empty());
}

#[tokio::test]
async fn secret_never_in_error_or_debug() {
    voice_cloner::secret_never_in_error_or_debug(&alone(), &format!("{:?}", config(nobody())), &[KEY]).await;
}
