//! What a client may say in a conversation; anything else ends it.
//! <https://elevenlabs.io/docs/eleven-agents/api-reference/eleven-agents/websocket>

use super::AgentSettings;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Why a conversation is ended: the kind of error, and words.
pub(super) type Wrong = (&'static str, String);

fn wrong<T>(kind: &'static str, what: impl Into<String>) -> Result<T, Wrong> {
    Err((kind, what.into()))
}

/// Which wishes were told and which pings sent: an answer has to name one.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) tools: BTreeSet<String>,
    pub(super) pings: BTreeSet<i64>,
}

/// Looks at a message after the first one.
pub(super) fn message(text: &str, asked: &mut Asked) -> Result<Value, Wrong> {
    let Ok(Value::Object(message)) = serde_json::from_str::<Value>(text) else {
        return wrong("invalid_message", "the message is no JSON object");
    };
    if let Some(chunk) = message.get("user_audio_chunk") {
        let sound = chunk.as_str().is_some_and(|text| STANDARD.decode(text).is_ok());
        return if message.len() == 1 && sound {
            Ok(Value::Object(message))
        } else {
            wrong("invalid_message", "user_audio_chunk is no sound, or not alone")
        };
    }
    let text = |name: &str| message.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let kind = text("type").unwrap_or_default().to_owned();
    let allowed: &[&str] = match kind.as_str() {
        "pong" => {
            let event = message.get("event_id").and_then(Value::as_i64);
            if !event.is_some_and(|event| asked.pings.remove(&event)) {
                return wrong("invalid_message", "pong answers no ping");
            }
            &["event_id"]
        }
        "client_tool_result" => {
            if !text("tool_call_id").is_some_and(|id| asked.tools.remove(id)) {
                return wrong("invalid_message", "tool_call_id names no call");
            }
            if !message.get("result").is_some_and(Value::is_string) {
                return wrong("invalid_message", "result is no string");
            }
            if message.get("is_error").is_some_and(|it| !it.is_boolean()) {
                return wrong("invalid_message", "is_error is no boolean");
            }
            &["tool_call_id", "result", "is_error"]
        }
        "contextual_update" if text("text").is_some() => &["text", "context_id"],
        "user_message" if text("text").is_some() => &["text"],
        "user_activity" => &[],
        "feedback" => &["event_id", "score"],
        other => return wrong("invalid_message", format!("type {other:?} is not known")),
    };
    match message.keys().find(|name| *name != "type" && !allowed.contains(&name.as_str())) {
        Some(other) => wrong("invalid_message", format!("{other} is no member of {kind}")),
        None => Ok(Value::Object(message)),
    }
}

/// Looks at the first message, or the data of a call that is placed.
pub(super) fn initiation(data: &Map<String, Value>, agent: &AgentSettings) -> Result<(), Wrong> {
    let known = [
        "type",
        "dynamic_variables",
        "conversation_config_override",
        "custom_llm_extra_body",
        "user_id",
        "source_info",
        "branch_id",
        "environment",
    ];
    if let Some(other) = data.keys().find(|name| !known.contains(&name.as_str())) {
        return wrong("invalid_message", format!("{other} is not known"));
    }
    let none = Map::new();
    let variables = match data.get("dynamic_variables") {
        None => &none,
        Some(Value::Object(variables)) => variables,
        Some(_) => return wrong("invalid_message", "dynamic_variables is no object"),
    };
    for (name, value) in variables {
        if name.starts_with("system__") || !(value.is_string() || value.is_number() || value.is_boolean()) {
            return wrong("value_error", format!("the variable {name} cannot be set like that"));
        }
    }
    if let Some(missing) = agent.variables.iter().find(|name| !variables.contains_key(*name)) {
        return wrong("missing_dynamic_variable", format!("Missing required dynamic variables: {{'{missing}'}}"));
    }
    match data.get("conversation_config_override") {
        None => Ok(()),
        Some(Value::Object(overrides)) => allowed("", overrides, agent),
        Some(_) => wrong("value_error", "conversation_config_override is no object"),
    }
}

fn allowed(path: &str, overrides: &Map<String, Value>, agent: &AgentSettings) -> Result<(), Wrong> {
    for (name, value) in overrides {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match value {
            Value::Object(inner) => allowed(&path, inner, agent)?,
            Value::Null => return wrong("value_error", format!("{path} is null")),
            Value::String(text) if text.is_empty() => return wrong("value_error", format!("{path} is empty")),
            _ if agent.overrides.contains(&path) => {}
            _ => return wrong("override_error", format!("Override for field '{name}' is not allowed by config.")),
        }
    }
    Ok(())
}
