//! The language of live audio.

use crate::common::{ACCOUNT, TOKEN, http};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use chrono::DateTime;
use frontdesk_core::{
    ports::{BadMessage, FromLine, MediaLine, Rejected, ToLine, WebhookRequest},
    sound::{AudioFormat, Sound},
};
use frontdesk_twilio::{Clock, Config, Line, Twilio, Upgrades};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

const URL: &str = "https://voice.example.com/api/v1/voice/media-stream";

fn line(upgrades: Upgrades) -> Line {
    let clock = Clock::new(|| DateTime::UNIX_EPOCH);
    let mut config = Config::new(ACCOUNT, TOKEN.into(), "https://voice.example.com", clock);
    config.upgrades = upgrades;
    Twilio::new(config, http()).unwrap().line()
}

fn read(text: &str) -> Result<FromLine, BadMessage> {
    line(Upgrades::Required).read(&Bytes::copy_from_slice(text.as_bytes()))
}

fn upgrade(signed: Option<&str>) -> WebhookRequest {
    let signature = signed.map(|url| {
        let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).unwrap();
        mac.update(url.as_bytes());
        ("x-twilio-signature".to_owned(), STANDARD.encode(mac.finalize().into_bytes()))
    });
    WebhookRequest {
        method: "GET".to_owned(),
        hook: "media-stream".to_owned(),
        url: URL.to_owned(),
        headers: signature.into_iter().collect(),
        body: Vec::new(),
        peer: None,
    }
}

#[test]
fn a_stream_is_opened_by_its_signature_with_or_without_a_slash_at_the_end() {
    let line = line(Upgrades::Required);
    let wss = URL.replace("https", "wss");
    assert_eq!(line.admit(&upgrade(Some(&wss)), DateTime::UNIX_EPOCH), Ok(()));
    assert_eq!(line.admit(&upgrade(Some(&format!("{wss}/"))), DateTime::UNIX_EPOCH), Ok(()));
    for forged in [None, Some("wss://voice.example.com/elsewhere"), Some("")] {
        assert_eq!(line.admit(&upgrade(forged), DateTime::UNIX_EPOCH), Err(Rejected::Unauthentic(403)), "{forged:?}");
    }
}

#[test]
fn an_advisory_signature_is_doubted_and_let_in() {
    let (advisory, off) = (line(Upgrades::Advisory), line(Upgrades::Off));
    let forged = upgrade(Some("wss://voice.example.com/elsewhere"));
    assert_eq!((advisory.admit(&forged, DateTime::UNIX_EPOCH), advisory.doubts(&forged)), (Ok(()), true));
    assert!(!advisory.doubts(&upgrade(Some(&URL.replace("https", "wss")))));
    assert_eq!((off.admit(&forged, DateTime::UNIX_EPOCH), off.doubts(&forged)), (Ok(()), false));
}

#[test]
fn what_is_not_said_is_required() {
    assert_eq!(Upgrades::default(), Upgrades::Required);
}

fn start(account: &str, format: &str) -> String {
    format!(
        r#"{{"event":"start","sequenceNumber":"1","start":{{"accountSid":"{account}","streamSid":"MZ0123","callSid":"CA0123",
        "tracks":["inbound"],"mediaFormat":{format},"customParameters":{{"token":"t","appointment_id":"APT123"}}}},"streamSid":"MZ0123"}}"#
    )
}

#[test]
fn a_stream_begins() {
    let format = r#"{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}"#;
    let Ok(FromLine::Started(start)) = read(&start(ACCOUNT, format)) else { panic!("it did not begin") };
    assert_eq!((start.stream.as_str(), start.provider_call_id.as_str()), ("MZ0123", "CA0123"));
    assert_eq!((start.parameters["token"].as_str(), start.format), ("t", AudioFormat::Mulaw8k));
}

#[test]
fn another_accounts_stream_and_another_writing_do_not_begin() {
    let usual = r#"{"encoding":"audio/x-mulaw","sampleRate":8000}"#;
    assert_eq!(read(&start("ACffffffffffffffffffffffffffffffff", usual)), Err(BadMessage));
    assert_eq!(read(&start(ACCOUNT, r#"{"encoding":"audio/x-l16","sampleRate":8000}"#)), Err(BadMessage));
    assert_eq!(read(&start(ACCOUNT, r#"{"encoding":"audio/x-mulaw","sampleRate":16000}"#)), Err(BadMessage));
}

#[test]
fn sound_keys_marks_and_the_end_are_understood() {
    for (message, told) in [
        (r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#, FromLine::Nothing),
        (
            r#"{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"5","payload":"//////8="},"streamSid":"MZ0123"}"#,
            FromLine::Sound(Sound::encode(&[0xff; 5])),
        ),
        (
            r#"{"event":"dtmf","streamSid":"MZ0123","sequenceNumber":"5","dtmf":{"track":"inbound_track","digit":"1"}}"#,
            FromLine::Digit('1'),
        ),
        (
            r#"{"event":"mark","sequenceNumber":"6","streamSid":"MZ0123","mark":{"name":"greeting-end"}}"#,
            FromLine::Marked("greeting-end".to_owned()),
        ),
        (r#"{"event":"stop","sequenceNumber":"7","stop":{"callSid":"CA0123"},"streamSid":"MZ0123"}"#, FromLine::Ended),
    ] {
        assert_eq!(read(message), Ok(told), "{message}");
    }
}

#[test]
fn what_is_sent_has_the_documented_members_only() {
    let (line, sound) = (line(Upgrades::Off), Sound::encode(&[0xff; 3]));
    let said = [ToLine::Sound(&sound), ToLine::Mark("1:2"), ToLine::Clear].map(|told| line.write("MZ0123", told));
    assert_eq!(said[0], r#"{"event":"media","streamSid":"MZ0123","media":{"payload":"////"}}"#);
    assert_eq!(said[1], r#"{"event":"mark","streamSid":"MZ0123","mark":{"name":"1:2"}}"#);
    assert_eq!(said[2], r#"{"event":"clear","streamSid":"MZ0123"}"#);
}
