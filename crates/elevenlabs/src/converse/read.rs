//! What ElevenLabs says on the socket.
//! <https://elevenlabs.io/docs/eleven-agents/api-reference/eleven-agents/websocket>

use crate::value::{at, number_at, text_at};
use bytes::Bytes;
use frontdesk_core::{
    personal::Said,
    ports::{FromAgent, ToolCall},
    sound::Sound,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The longest words that are kept of one turn, in characters.
const LONGEST_WORDS: usize = 4_000;

/// A message, understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    /// What the caller is to hear, and which event of the agent's it belongs to.
    Sound(Sound, Option<i64>),
    /// Every sound up to this event is void.
    Interrupted(Option<i64>),
    /// Something to be passed on.
    Words(FromAgent),
    /// It wants to know whether we are there.
    Ping(i64),
    /// The agent has ended the conversation.
    Ended,
    /// Something is wrong: the kind of it, in the vendor's word, and what was said of it.
    Wrong { kind: Option<String>, words: String },
    /// The conversation begins: its name, how the agent listens, how it speaks.
    Begins { conversation: Option<String>, hears: String, speaks: String },
    /// Nothing to us.
    Nothing,
}

/// Understands a message; whatever is none is [`Told::Nothing`].
pub(super) fn read(message: &Bytes) -> Told {
    if let Some((sound, event)) = super::scan::audio(message) {
        return Told::Sound(Sound::from_base64(message.slice(sound)), event);
    }
    slowly(message).unwrap_or(Told::Nothing)
}

/// A text that is a part of the message wherever it holds no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    audio_event: Option<AudioEvent<'a>>,
}

#[derive(Deserialize)]
struct AudioEvent<'a> {
    #[serde(borrow)]
    audio_base_64: Text<'a>,
    #[serde(default)]
    event_id: Option<i64>,
}

/// The same without the short cut for sound.
pub(super) fn slowly(message: &Bytes) -> Option<Told> {
    let envelope: Envelope<'_> = serde_json::from_slice(message).ok()?;
    if envelope.kind.0 != "audio" {
        let value: Value = serde_json::from_slice(message).ok()?;
        return understood(&envelope.kind.0, &value);
    }
    let AudioEvent { audio_base_64: Text(text), event_id } = envelope.audio_event?;
    if text.is_empty() || !text.bytes().all(super::scan::is_base64) {
        return None;
    }
    let text = match text {
        Cow::Borrowed(text) => message.slice_ref(text.as_bytes()),
        Cow::Owned(text) => text.into(),
    };
    Some(Told::Sound(Sound::from_base64(text), event_id))
}

fn understood(kind: &str, message: &Value) -> Option<Told> {
    let words = |path: [&str; 2]| text_at(message, &path).and_then(|text| Said::new(&text, LONGEST_WORDS));
    Some(match kind {
        "ping" => Told::Ping(number_at(message, &["ping_event", "event_id"])?),
        "interruption" => Told::Interrupted(number_at(message, &["interruption_event", "event_id"])),
        "user_transcript" => Told::Words(FromAgent::Heard(words(["user_transcription_event", "user_transcript"])?)),
        "agent_response" => Told::Words(FromAgent::Says(words(["agent_response_event", "agent_response"])?)),
        "agent_response_correction" => {
            let path = ["agent_response_correction_event", "corrected_agent_response"];
            Told::Words(FromAgent::Corrected(words(path)?))
        }
        "client_tool_call" => {
            let call = at(message, &["client_tool_call"])?;
            let parameters = at(call, &["parameters"]).filter(|it| it.is_object()).cloned();
            Told::Words(FromAgent::Wants(ToolCall {
                id: text_at(call, &["tool_call_id"])?,
                tool: text_at(call, &["tool_name"])?,
                parameters: parameters.unwrap_or_else(|| Value::Object(Map::new())),
            }))
        }
        // Newer servers say whether it was called; one that failed ends nothing.
        "agent_tool_response" => {
            let response = at(message, &["agent_tool_response"])?;
            let is = |name: &str| response.get(name).and_then(Value::as_bool);
            let ends = text_at(response, &["tool_name"]).as_deref() == Some("end_call");
            if ends && is("is_error") != Some(true) && is("is_called") != Some(false) {
                Told::Ended
            } else {
                Told::Nothing
            }
        }
        "error" => {
            let error = at(message, &["error_event"])?;
            let words = ["reason", "message"].iter().find_map(|name| text_at(error, &[name]));
            Told::Wrong { kind: text_at(error, &["error_type"]), words: words.unwrap_or_default() }
        }
        "conversation_initiation_metadata" => {
            let event = at(message, &["conversation_initiation_metadata_event"])?;
            Told::Begins {
                conversation: text_at(event, &["conversation_id"]),
                hears: text_at(event, &["user_input_audio_format"]).unwrap_or_default(),
                speaks: text_at(event, &["agent_output_audio_format"]).unwrap_or_default(),
            }
        }
        _ => Told::Nothing,
    })
}
