//! The ports' own laws, as every adapter keeps them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use chrono::DateTime;
use frontdesk_core::ports::CallProvider;
use frontdesk_testkit::{
    Fixture,
    carriers::{
        Pace,
        twilio::{Settings, Twilio as Vendor},
    },
    fixtures, moment,
    suite::{
        call_provider::{self, Proof, Subject},
        media_line, notifier,
    },
};
use frontdesk_twilio::{ApiKey, Clock, Config, Messaging, Sender, Template, Twilio};
use rstest::rstest;
use std::net::TcpListener;
use url::Url;

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "the-token-of-the-account";
const OLD_TOKEN: &str = "the-token-before-it";
const KEY: &str = "the-secret-of-the-key";

fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// An address of this machine where nobody listens.
fn nobody() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
}

fn config() -> Config {
    let mut config =
        Config::new(ACCOUNT, TOKEN.into(), "https://voice.example.com", Clock::new(|| DateTime::UNIX_EPOCH));
    config.auth_tokens.push(OLD_TOKEN.into());
    config.api_key = Some(ApiKey { sid: "SK0123456789abcdef0123456789abcdef".to_owned(), secret: KEY.into() });
    config.base_url = Some(nobody());
    config
}

fn dead() -> Twilio {
    Twilio::new(config(), http()).unwrap()
}

fn make(fixture: &Fixture) -> Box<dyn CallProvider> {
    let mut config = config();
    // Links to recordings are made of where the API is.
    config.base_url = None;
    config.auth_tokens = vec!["another, being changed".into(), fixture.secret.clone().into()];
    Box::new(Twilio::new(config, http()).unwrap())
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
        fixtures: fixtures("twilio"),
        make: &make,
        proof: Proof::Signature { header: "x-twilio-signature", window: None },
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
async fn nobody_listening_means_surely_nothing_was_placed() {
    call_provider::nobody_listening_means_surely_nothing_was_placed(&dead(), &[TOKEN, OLD_TOKEN, KEY, ACCOUNT]).await;
}

/// It sends on both channels.
fn sending() -> Config {
    let mut config = config();
    let sender = Sender::From("+15005550009".to_owned());
    let template = Template { content_sid: "HX0123456789abcdef0123456789abcdef".to_owned(), variables: Vec::new() };
    config.messaging = Messaging {
        sms: Some(sender.clone()),
        whatsapp: Some(sender),
        templates: [("sms-confirm-request".to_owned(), template)].into(),
        callbacks: false,
        per_minute: None,
        ..Messaging::default()
    };
    config
}

#[tokio::test]
async fn messages_keep_the_laws_of_the_port() {
    let settings = Settings {
        account: ACCOUNT.to_owned(),
        token: TOKEN.to_owned(),
        clock: frontdesk_testkit::Clock::at(moment("2026-11-20T09:00:00Z")),
        pace: Pace::FAST,
    };
    let vendor = Vendor::start(settings, http()).await.unwrap();
    vendor.approve("HX0123456789abcdef0123456789abcdef", "Will you come?");
    let live = Config { base_url: Some(vendor.url()), api_key: None, ..sending() };
    let live = Twilio::new(live, http()).unwrap();
    notifier::a_channel_it_does_not_serve_is_unsupported(&live).await;
    notifier::a_channel_it_serves_takes_a_message_and_finds_it_again(&live).await;
    notifier::a_message_never_sent_is_not_found(&live).await;
    let dead = Twilio::new(sending(), http()).unwrap();
    notifier::nobody_listening_means_surely_nothing_was_sent(&dead, &[TOKEN, OLD_TOKEN, KEY, ACCOUNT]).await;
}

#[test]
fn its_configuration_keeps_its_secrets() {
    call_provider::keeps_secrets(&format!("{:?}", config()), &[TOKEN, OLD_TOKEN, KEY]);
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
        line: &dead().line(),
        start: r#"{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC0123456789abcdef0123456789abcdef","streamSid":"MZ0123456789abcdef0123456789abcdef","callSid":"CA0123456789abcdef0123456789abcdef","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{"token":"t"}},"streamSid":"MZ0123456789abcdef0123456789abcdef"}"#,
        media: r#"{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"5","payload":"//////8="},"streamSid":"MZ0123456789abcdef0123456789abcdef"}"#,
        others: &[
            r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#,
            r#"{"event":"dtmf","streamSid":"MZ0123456789abcdef0123456789abcdef","sequenceNumber":"5","dtmf":{"track":"inbound_track","digit":"1"}}"#,
            r#"{"event":"mark","sequenceNumber":"6","streamSid":"MZ0123456789abcdef0123456789abcdef","mark":{"name":"1:1"}}"#,
            r#"{"event":"stop","sequenceNumber":"7","stop":{"callSid":"CA0123456789abcdef0123456789abcdef"},"streamSid":"MZ0123456789abcdef0123456789abcdef"}"#,
        ],
    });
}
