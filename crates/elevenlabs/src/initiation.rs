//! What an agent is told when a conversation begins.
//! <https://elevenlabs.io/docs/eleven-agents/customization/personalization/dynamic-variables>

use crate::config::Overrides;
use chrono::SecondsFormat;
use frontdesk_core::{
    id::CallId,
    personal::Phone,
    ports::{AgentBrief, AgentStart, Caller, VoiceId},
};
use serde_json::{Map, Value, json};

/// The variable that brings our name for the call back.
pub(crate) const CALL: &str = "gateway_call_id";

/// The variables that an agent's words may hold. All of them are always there: an agent that misses one refuses the call.
fn variables(caller: Option<&Caller>) -> Map<String, Value> {
    let next = caller.and_then(|caller| caller.next.as_ref());
    let name = caller.and_then(|caller| caller.name.as_ref()).map_or("", |name| name.reveal());
    let text = |text: Option<&str>| Value::from(text.unwrap_or_default());
    let pairs = [
        ("business_name", text(caller.map(|caller| caller.business_name.as_str()))),
        ("time_zone", text(caller.map(|caller| caller.time_zone.name()))),
        ("language", text(caller.map(|caller| caller.language.code()))),
        ("known_caller", Value::from(next.is_some())),
        ("customer_name", Value::from(name)),
        ("next_appointment", text(next.map(|next| next.spoken.as_str()))),
        (
            "next_appointment_time",
            next.map_or_else(|| "".into(), |next| next.starts_at.to_rfc3339_opts(SecondsFormat::Secs, true).into()),
        ),
        ("next_appointment_id", next.map_or_else(|| "".into(), |next| next.id.to_string().into())),
        ("next_appointment_service", text(next.and_then(|next| next.service.as_deref()))),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What is set for this call of what the agent allows to be set. What there is nothing to say of is left out: it may be neither
/// null nor empty.
fn overrides(
    allowed: Overrides,
    language: Option<&str>,
    voice: Option<&VoiceId>,
    greeting: Option<&str>,
) -> Option<Value> {
    let given = |yes: bool, text: Option<&str>| {
        text.map(str::trim).filter(|text| yes && !text.is_empty()).map(|text| Value::from(text.to_owned()))
    };
    let mut all = Map::new();
    let mut agent = Map::new();
    for (name, value) in
        [("language", given(allowed.language, language)), ("first_message", given(allowed.first_message, greeting))]
    {
        agent.extend(value.map(|value| (name.to_owned(), value)));
    }
    if !agent.is_empty() {
        all.insert("agent".to_owned(), agent.into());
    }
    if let Some(voice) = given(allowed.voice, voice.map(|voice| voice.0.as_str())) {
        all.insert("tts".to_owned(), json!({ "voice_id": voice }));
    }
    (!all.is_empty()).then(|| all.into())
}

fn data(variables: Map<String, Value>, overrides: Option<Value>) -> Map<String, Value> {
    let mut data = Map::new();
    data.insert("dynamic_variables".to_owned(), variables.into());
    data.extend(overrides.map(|overrides| ("conversation_config_override".to_owned(), overrides)));
    data
}

/// The data as a message of its own.
pub(crate) fn message(mut data: Map<String, Value>) -> Map<String, Value> {
    data.insert("type".to_owned(), "conversation_initiation_client_data".into());
    data
}

/// For a call that is ElevenLabs' own, where it asks who rings.
pub(crate) fn asked(caller: Option<&Caller>, allowed: Overrides) -> Map<String, Value> {
    let language = caller.map(|caller| caller.language.code());
    data(variables(caller), overrides(allowed, language, None, None))
}

/// For a call that came in and is handed over. Our name for it comes back with what the agent collects.
pub(crate) fn handed(caller: &Caller, from: &Phone, call: CallId, allowed: Overrides) -> Map<String, Value> {
    data(of_call(Some(caller), from, call), overrides(allowed, Some(caller.language.code()), None, None))
}

/// For a conversation whose sound goes through us.
pub(crate) fn live(start: &AgentStart, allowed: Overrides) -> Map<String, Value> {
    let AgentStart { call_id, from, caller, voice, .. } = start;
    let set = overrides(allowed, Some(caller.language.code()), voice.as_ref(), None);
    data(of_call(Some(caller), from, *call_id), set)
}

/// For a call that the agent places. `user_id` is what its list of conversations is searched by.
pub(crate) fn placed(brief: Option<&AgentBrief>, to: &Phone, call: CallId, allowed: Overrides) -> Map<String, Value> {
    let mut variables = of_call(None, to, call);
    let (mut voice, mut greeting) = (None, None);
    if let Some(brief) = brief {
        (voice, greeting) = (brief.voice.as_ref(), brief.greeting.as_deref());
        // Ours and the vendor's own stay what they are.
        let free = |name: &str| name != CALL && name != "caller_id" && !name.starts_with("system__");
        let own = brief.variables.iter().filter(|(name, _)| free(name));
        variables.extend(own.map(|(name, value)| (name.clone(), value.as_str().into())));
    }
    let mut data = data(variables, overrides(allowed, None, voice, greeting));
    data.insert("user_id".to_owned(), call.to_string().into());
    data
}

fn of_call(caller: Option<&Caller>, other: &Phone, call: CallId) -> Map<String, Value> {
    let mut variables = variables(caller);
    variables.insert(CALL.to_owned(), call.to_string().into());
    variables.insert("caller_id".to_owned(), other.reveal().into());
    variables
}
