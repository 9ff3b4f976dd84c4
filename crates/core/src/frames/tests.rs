use super::*;
use proptest::{collection::vec, prelude::*, sample::select};

fn frame(text: &str) -> Result<Frame, BadMessage> {
    read(&Bytes::copy_from_slice(text.as_bytes()))
}

#[test]
fn sound_is_a_part_of_the_message() {
    let message = Bytes::from_static(
        br#"{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"5","payload":"//////8="},"streamSid":"MZ1"}"#,
    );
    let Ok(Frame::Media(sound)) = read(&message) else { panic!("no sound") };
    let within = message.as_ptr_range();
    assert!(within.contains(&sound.as_base64().as_ptr()));
    assert_eq!(sound.decode(), Some(vec![0xff; 5]));
}

#[test]
fn escaped_sound_is_the_same_sound() {
    let escaped = r#"{"event":"media","media":{"payload":"\/\/8="}}"#;
    assert_eq!(frame(escaped), frame(r#"{"event":"media","media":{"payload":"//8="}}"#));
}

#[test]
fn nothing_hides_in_sound() {
    for payload in [r#"a\"},{\"b"#, "a b=", "a\\n", "ä"] {
        assert_eq!(frame(&format!(r#"{{"event":"media","media":{{"payload":"{payload}"}}}}"#)), Err(BadMessage));
    }
}

#[test]
fn sound_of_another_track_is_not_the_callers() {
    assert_eq!(frame(r#"{"event":"media","media":{"track":"outbound","payload":"//8="}}"#), Ok(Frame::Other));
}

#[test]
fn names_are_read_in_both_casings_and_numbers_as_texts() {
    let camel = r#"{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ1","callSid":"CA1",
        "mediaFormat":{"encoding":"raw","sampleRate":"8000"},"customParameters":{"token":"t","n":7,"x":null}},"streamSid":"MZ1"}"#;
    let snake = r#"{"event":"start","sequence_number":1,"stream_sid":"MZ1","start":{"account_sid":"AC1","call_sid":"CA1",
        "media_format":{"encoding":"raw","sample_rate":8000},"custom_parameters":{"token":"t","n":"7"}}}"#;
    let opening = Opening {
        stream: "MZ1".to_owned(),
        call: "CA1".to_owned(),
        account: Some("AC1".to_owned()),
        parameters: [("token", "t"), ("n", "7")].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        encoding: Some("raw".to_owned()),
        rate: Some(8000),
    };
    assert_eq!(frame(camel), Ok(Frame::Start(Box::new(opening.clone()))));
    assert_eq!(frame(snake), Ok(Frame::Start(Box::new(opening))));
}

#[test]
fn keys_marks_and_the_end_are_told() {
    for (message, told) in [
        (r##"{"event":"dtmf","dtmf":{"track":"inbound_track","digit":"#"}}"##, Frame::Digit('#')),
        (r#"{"event":"dtmf","dtmf":{"digit":1,"duration":"100"}}"#, Frame::Digit('1')),
        (r#"{"event":"mark","mark":{"name":"1:2"}}"#, Frame::Mark("1:2".to_owned())),
        (r#"{"event":"stop","stop":{"callSid":"CA1"}}"#, Frame::Stop),
        (r#"{"event":"stop"}"#, Frame::Stop),
        (r#"{"event":"clear","streamSid":"MZ1"}"#, Frame::Clear),
        (r#"{"event":"connected","protocol":"Call"}"#, Frame::Other),
        (r#"{"event":"sung","media":7}"#, Frame::Other),
    ] {
        assert_eq!(frame(message), Ok(told), "{message}");
    }
}

#[test]
fn what_is_none_of_it_is_refused() {
    for message in [
        "",
        "{}",
        "[]",
        "null",
        r#"{"event":7}"#,
        r#"{"event":"media"}"#,
        r#"{"event":"media","media":{}}"#,
        r#"{"event":"dtmf","dtmf":{"digit":"12"}}"#,
        r#"{"event":"dtmf","dtmf":{"digit":"x"}}"#,
        r#"{"event":"start","start":{"callSid":"CA1"}}"#,
        r#"{"event":"start","start":{"streamSid":"a\"b","callSid":"CA1"}}"#,
        r#"{"event":"media","media":{"payload":"//8="}}x"#,
    ] {
        let read = frame(message);
        assert!(read == Err(BadMessage) || message == r#"{"event":7}"# && read == Ok(Frame::Other), "{message}");
    }
}

#[test]
fn messages_have_exactly_the_members_that_are_documented() {
    let sound = Sound::encode(&[0xff; 3]);
    for (told, camel) in [
        (ToLine::Sound(&sound), r#"{"event":"media","streamSid":"MZ1","media":{"payload":"////"}}"#),
        (ToLine::Mark("3:1"), r#"{"event":"mark","streamSid":"MZ1","mark":{"name":"3:1"}}"#),
        (ToLine::Clear, r#"{"event":"clear","streamSid":"MZ1"}"#),
    ] {
        assert_eq!(write(Casing::Camel, "MZ1", told), camel);
        assert_eq!(write(Casing::Snake, "MZ1", told), camel.replace("streamSid", "stream_sid"));
    }
}

#[test]
fn a_name_cannot_end_the_message_early() {
    let written = write(Casing::Camel, "a\",\"b", ToLine::Mark("\\"));
    let value: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!((&value["streamSid"], &value["mark"]["name"]), (&Value::from("a\",\"b"), &Value::from("\\")));
}

/// A member with its value as JSON: mostly what carriers write, sometimes not.
fn member() -> impl Strategy<Value = (&'static str, String)> {
    let name = select(vec!["event", "media", "streamSid", "stream_sid", "sequenceNumber", "start", "x", "m\\u0065dia"]);
    let media = vec(
        (
            select(vec!["payload", "track", "chunk", "timestamp", "p\\u0061yload"]),
            select(vec![
                "\"//8=\"",
                "\"\\/\\/8=\"",
                "\"inbound\"",
                "\"outbound\"",
                "7",
                "07",
                "-1",
                "null",
                "\"a b\"",
                "\"\"",
            ]),
        ),
        0..4,
    );
    let object = media.prop_map(|pairs| {
        let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| format!("\"{name}\" : {value}")).collect();
        format!("{{{}}}", pairs.join(" ,"))
    });
    let scalar = select(vec!["\"media\"", "\"m\\u0065dia\"", "\"start\"", "1", "01", "1.5", "true", "\"MZ1\"", "{}"]);
    let value = prop_oneof![object.clone(), scalar.prop_map(str::to_owned)];
    prop_oneof![
        2 => (name, value),
        3 => object.prop_map(|object| ("media", object)),
        3 => Just(("event", "\"media\"".to_owned())),
    ]
}

proptest! {
    #[test]
    fn the_scan_agrees_with_the_parser(members in vec(member(), 0..5), tail in select(vec!["", " ", "x", "}"])) {
        let members: Vec<_> = members.into_iter().map(|(name, value)| format!(" \"{name}\":{value}")).collect();
        let message = Bytes::from(format!("{{{}}}{tail}", members.join(",")));
        prop_assert_eq!(read(&message), parse(&message), "{}", String::from_utf8_lossy(&message));
    }

    #[test]
    fn the_scan_agrees_with_the_parser_on_messages_that_were_cut_or_changed(at in 0..140_usize, byte: u8, cut: bool) {
        let mut message = br#"{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":1,"timestamp":"5","payload":"//////8="},"streamSid":"MZ1"}"#.to_vec();
        let at = at.min(message.len() - 1);
        if cut { message.truncate(at); } else { message[at] = byte; }
        let message = Bytes::from(message);
        prop_assert_eq!(read(&message), parse(&message));
    }

    #[test]
    fn nothing_makes_it_panic(message in vec(any::<u8>(), 0..200)) {
        let _ = read(&message.into());
    }
}
