//! The short cut for sound against the parser.

use super::{
    read::{self, Told},
    scan,
};
use bytes::Bytes;
use frontdesk_core::sound::Sound;
use proptest::prelude::*;
use serde_json::json;

fn spaced() -> impl Strategy<Value = String> {
    "[ \t\r\n]{0,2}"
}

/// A message of sound as anybody may write it: members in any order, spaced in any way, some of them missing or foreign.
fn message() -> impl Strategy<Value = String> {
    let event = prop_oneof![
        8 => any::<i32>().prop_map(|id| id.to_string()),
        1 => Just("null".to_owned()),
        1 => Just("1.5".to_owned()),
        1 => Just("007".to_owned()),
        1 => Just("-0".to_owned()),
        1 => Just("12345678901234567890".to_owned()),
    ];
    let base64 = prop_oneof![8 => "[A-Za-z0-9+/]{1,40}={0,2}", 1 => "[A-Za-z]{2}\\\\/[A-Za-z]{2}", 1 => "[ -~]{0,8}"];
    let alignment = prop_oneof![4 => Just(None), 1 => Just(Some(r#""alignment":{"chars":["\"","}"]}"#))];
    let kind = prop_oneof![8 => Just("audio"), 1 => Just("audi\\u006f"), 1 => Just("ping")];
    (event, base64, alignment, kind, any::<[bool; 3]>(), proptest::collection::vec(spaced(), 4)).prop_map(
        |(event, base64, alignment, kind, [swap, inner, repeated], space)| {
            let mut members = vec![format!("\"audio_base_64\"{}:{}\"{base64}\"", space[0], space[1])];
            members.push(format!("\"event_id\":{event}"));
            members.extend(alignment.map(str::to_owned));
            if inner {
                members.reverse();
            }
            let sound = format!("\"audio_event\"{}:{{{}{}}}", space[2], space[3], members.join(","));
            let kind = format!("\"type\" :\"{kind}\"");
            let mut all = if swap { vec![kind.clone(), sound] } else { vec![sound, kind.clone()] };
            if repeated && swap {
                all.push(kind);
            }
            format!("{{{}{}{}}}{}", space[0], all.join(","), space[1], space[2])
        },
    )
}

fn alike(bytes: &Bytes) -> Result<bool, TestCaseError> {
    let Some((range, event)) = scan::audio(bytes) else { return Ok(false) };
    let quick = Told::Sound(Sound::from_base64(bytes.slice(range)), event);
    prop_assert_eq!(read::slowly(bytes), Some(quick), "{:?}", bytes);
    Ok(true)
}

proptest! {
    #[test]
    fn the_short_cut_says_what_the_parser_says(text in message()) {
        alike(&Bytes::from(text))?;
    }

    #[test]
    fn the_short_cut_understands_nothing_that_the_parser_does_not(
        text in message(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
    ) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        alike(&Bytes::from(bytes))?;
    }

    #[test]
    fn no_message_is_too_odd_to_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        read::read(&Bytes::from(bytes));
    }
}

#[test]
fn sound_as_elevenlabs_writes_it_takes_the_short_cut_and_is_a_part_of_the_message() {
    for text in [
        r#"{"audio_event":{"audio_base_64":"//8=","event_id":12},"type":"audio"}"#,
        r#"{"type":"audio","audio_event":{"event_id":12,"audio_base_64":"//8="}}"#,
        r#" { "type" : "audio", "audio_event" : { "audio_base_64" : "//8=" , "event_id" : 12 } } "#,
    ] {
        let message = Bytes::copy_from_slice(text.as_bytes());
        assert!(alike(&message).unwrap(), "{text}");
        let Told::Sound(sound, Some(12)) = read::read(&message) else { panic!("{text}") };
        assert!(message.as_ptr_range().contains(&sound.as_base64().as_ptr()), "it was copied: {text}");
    }
    let aligned = json!({ "type": "audio", "audio_event": {
        "audio_base_64": "//8=", "event_id": 12, "alignment": { "chars": ["\"", "\\"], "char_start_times_ms": [0, 1] },
    } });
    let message = Bytes::from(aligned.to_string());
    let Told::Sound(sound, Some(12)) = read::read(&message) else { panic!("{aligned}") };
    assert!(message.as_ptr_range().contains(&sound.as_base64().as_ptr()), "it was copied: {aligned}");
}

#[test]
fn messages_are_understood_whatever_else_they_hold() {
    let read = |message: serde_json::Value| read::read(&Bytes::from(message.to_string()));
    assert_eq!(read(json!({ "type": "ping", "ping_event": { "event_id": 7, "ping_ms": null } })), Told::Ping(7));
    assert_eq!(
        read(json!({ "type": "interruption", "interruption_event": { "event_id": 3 } })),
        Told::Interrupted(Some(3))
    );
    assert_eq!(read(json!({ "type": "interruption" })), Told::Interrupted(None));
    let tool = |extra: serde_json::Value| {
        let mut response = json!({ "tool_name": "end_call", "tool_call_id": "x", "tool_type": "system" });
        response.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        read(json!({ "type": "agent_tool_response", "agent_tool_response": response }))
    };
    assert_eq!(tool(json!({ "is_error": false })), Told::Ended);
    assert_eq!(tool(json!({ "is_error": true, "is_called": true })), Told::Nothing);
    assert_eq!(tool(json!({ "is_error": false, "is_called": false })), Told::Nothing);
    for nothing in
        ["vad_score", "mcp_tool_call", "agent_chat_response_part", "tentative_user_transcript", "what_comes_next"]
    {
        assert_eq!(
            read(json!({ "type": nothing, "audio_event": null, "x": { "y": [1] } })),
            Told::Nothing,
            "{nothing}"
        );
    }
    assert_eq!(read(json!({ "type": "client_tool_call", "client_tool_call": { "tool_name": "x" } })), Told::Nothing);
}
