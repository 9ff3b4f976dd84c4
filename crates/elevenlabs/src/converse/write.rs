//! What is said to ElevenLabs on the socket.
//! <https://elevenlabs.io/docs/eleven-agents/api-reference/eleven-agents/websocket>

use frontdesk_core::{ports::ToolAnswer, sound::Sound};
use serde_json::{Value, json};

/// What the caller says: its text goes out as it came. `None` where it is no sound.
pub(super) fn sound(sound: &Sound) -> Option<String> {
    const BEFORE: &str = "{\"user_audio_chunk\":\"";
    const AFTER: &str = "\"}";
    let base64 = sound.as_base64();
    if base64.is_empty() || !base64.iter().all(|byte| super::scan::is_base64(*byte)) {
        return None;
    }
    let mut message = String::with_capacity(BEFORE.len() + base64.len() + AFTER.len());
    message.push_str(BEFORE);
    message.push_str(std::str::from_utf8(base64).ok()?);
    message.push_str(AFTER);
    Some(message)
}

/// We are there.
pub(super) fn pong(event: i64) -> String {
    json!({ "type": "pong", "event_id": event }).to_string()
}

/// What came of a client tool. It has to be a string, whatever it is.
pub(super) fn tool(id: &str, answer: &ToolAnswer) -> String {
    let result = match &answer.result {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    json!({ "type": "client_tool_result", "tool_call_id": id, "result": result, "is_error": answer.failed }).to_string()
}

/// Somebody is doing something: the agent waits a moment with what it would say.
pub(super) fn activity() -> String {
    json!({ "type": "user_activity" }).to_string()
}

/// Keys that were pressed, as something the caller said: whoever presses a key waits for what comes of it, and a contextual
/// update is only read by the agent when it speaks for another reason.
pub(super) fn keys(digits: &str) -> String {
    let keys: Vec<String> = digits.chars().map(String::from).collect();
    json!({ "type": "user_message", "text": format!("[The caller pressed on the telephone: {}]", keys.join(" ")) })
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn what_is_no_sound_never_becomes_a_message() {
        assert_eq!(sound(&Sound::encode(b"abc")).as_deref(), Some(r#"{"user_audio_chunk":"YWJj"}"#));
        for forged in [r#"AA"},{"x":"#, "", "AA\u{e9}"] {
            assert_eq!(sound(&Sound::from_base64(Bytes::copy_from_slice(forged.as_bytes()))), None);
        }
    }

    #[test]
    fn a_tools_answer_is_a_string_whatever_it_is() {
        let told = |result: Value| {
            let message = tool("t1", &ToolAnswer { result, failed: false, then: None });
            serde_json::from_str::<Value>(&message).unwrap()["result"].clone()
        };
        assert_eq!(told(json!({ "a": [1] })), r#"{"a":[1]}"#);
        assert_eq!(told(json!("plain")), "plain");
        assert_eq!(told(Value::Null), "null");
    }
}
