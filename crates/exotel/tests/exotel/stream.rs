//! The language of live audio.

use crate::common::{SECRET, alone};
use bytes::Bytes;
use chrono::DateTime;
use frontdesk_core::{
    ports::{BadMessage, FromLine, MediaLine, Rejected, ToLine, WebhookRequest},
    sound::{AudioFormat, Sound},
};
use frontdesk_exotel::Line;

fn line() -> Line {
    alone().line()
}

fn read(text: &str) -> Result<FromLine, BadMessage> {
    line().read(&Bytes::copy_from_slice(text.as_bytes()))
}

fn upgrade(query: &str, headers: &[(&str, &str)]) -> WebhookRequest {
    WebhookRequest {
        method: "GET".to_owned(),
        hook: "exotel-stream".to_owned(),
        url: format!("https://voice.example.com/api/v1/voice/exotel-stream{query}"),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: Vec::new(),
        peer: None,
    }
}

#[test]
fn a_stream_is_opened_by_a_secret_and_by_nothing_else() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let basic = format!("Basic {}", STANDARD.encode(format!("any:{SECRET}")));
    assert_eq!(line().admit(&upgrade(&format!("?secret={SECRET}"), &[]), DateTime::UNIX_EPOCH), Ok(()));
    assert_eq!(
        line().admit(&upgrade("?sample-rate=16000", &[("authorization", &basic)]), DateTime::UNIX_EPOCH),
        Ok(())
    );
    assert_eq!(line().admit(&upgrade("", &[]), DateTime::UNIX_EPOCH), Err(Rejected::Unauthentic(401)));
    assert_eq!(line().admit(&upgrade("?secret=another", &[]), DateTime::UNIX_EPOCH), Err(Rejected::Unauthentic(401)));
}

#[test]
fn a_stream_begins_at_the_rate_it_names() {
    for (format, rate) in [
        (r#"{"encoding":"raw","sample_rate":"16000","bit_rate":"256kbps"}"#, 16_000),
        (r#"{"encoding":"audio/x-raw","sample_rate":24000}"#, 24_000),
        ("{}", 8_000),
    ] {
        let message = format!(
            r#"{{"event":"start","sequence_number":1,"stream_sid":"s1","start":{{"stream_sid":"s1","call_sid":"c1",
            "account_sid":"a1","from":"x","to":"y","custom_parameters":{{"token":"t"}},"media_format":{format}}}}}"#
        );
        let Ok(FromLine::Started(start)) = read(&message) else { panic!("{message}") };
        assert_eq!(start.format, AudioFormat::Pcm16(rate));
        assert_eq!((start.stream.as_str(), start.provider_call_id.as_str()), ("s1", "c1"));
        assert_eq!(start.parameters["token"], "t");
    }
}

#[test]
fn a_stream_at_another_rate_does_not_begin() {
    let message =
        r#"{"event":"start","start":{"stream_sid":"s1","call_sid":"c1","media_format":{"sample_rate":44100}}}"#;
    assert_eq!(read(message), Err(BadMessage));
}

#[test]
fn sound_keys_marks_and_the_end_are_understood() {
    let sound = Sound::encode(&[1, 0, 2, 0]);
    for (message, told) in [
        (r#"{"event":"connected"}"#, FromLine::Nothing),
        (
            r#"{"event":"media","sequence_number":3,"stream_sid":"s1","media":{"chunk":2,"timestamp":"10","payload":"AQACAA=="}}"#,
            FromLine::Sound(sound),
        ),
        (r#"{"event":"dtmf","stream_sid":"s1","dtmf":{"digit":"5","duration":"100"}}"#, FromLine::Digit('5')),
        (r#"{"event":"mark","stream_sid":"s1","mark":{"name":"1:1"}}"#, FromLine::Marked("1:1".to_owned())),
        (r#"{"event":"stop","stop":{"call_sid":"c1","account_sid":"a1","reason":"callended"}}"#, FromLine::Ended),
    ] {
        assert_eq!(read(message), Ok(told), "{message}");
    }
}

#[test]
fn what_is_sent_is_in_snake_case() {
    let sound = Sound::encode(&[1, 0, 2]);
    let said = [ToLine::Sound(&sound), ToLine::Mark("1:1"), ToLine::Clear].map(|told| line().write("s1", told));
    assert_eq!(said[0], r#"{"event":"media","stream_sid":"s1","media":{"payload":"AQAC"}}"#);
    assert_eq!(said[1], r#"{"event":"mark","stream_sid":"s1","mark":{"name":"1:1"}}"#);
    assert_eq!(said[2], r#"{"event":"clear","stream_sid":"s1"}"#);
}
