//! Calls that an agent places, and the list of conversations.
//! <https://elevenlabs.io/docs/api-reference/twilio/outbound-call>

use super::{
    ElevenLabs,
    api::{error, unprocessable},
    strict,
};
use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use frontdesk_core::personal::Phone;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How calls are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// With both names.
    Named,
    /// With the carrier's name alone.
    CarriersName,
    /// With no name at all.
    Nameless,
    /// Not: `success` is false.
    Not,
}

/// A call that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Outbound {
    /// The conversation's name.
    pub conversation: String,
    /// `twilio` or `sip-trunk`.
    pub route: &'static str,
    /// The request.
    pub request: Value,
    /// `initiated`, `in-progress`, `processing`, `done` or `failed`.
    pub status: &'static str,
    /// How long it took, in seconds.
    pub seconds: u32,
}

impl ElevenLabs {
    /// How calls are taken from now on.
    pub fn takes_calls(&self, takes: Takes) {
        self.state().takes = takes;
    }

    /// Every call that was taken, in order. One that was placed twice is in it twice.
    #[must_use]
    pub fn outbound(&self) -> Vec<Outbound> {
        self.state().outbound.clone()
    }

    /// What became of the call that was taken last.
    pub fn becomes(&self, status: &'static str, seconds: u32) {
        if let Some(call) = self.state().outbound.last_mut() {
            (call.status, call.seconds) = (status, seconds);
        }
    }

    /// What the webhook after the call that was taken last says.
    ///
    /// # Panics
    /// When none was taken.
    #[must_use]
    pub fn post_call(&self) -> Value {
        let call = self.outbound().pop().expect("a call was taken");
        json!({ "type": "post_call_transcription", "event_timestamp": 1_790_000_000, "data": data(&call) })
    }
}

/// A conversation, as it is read and as its webhook tells it.
fn data(call: &Outbound) -> Value {
    json!({
        "agent_id": call.request["agent_id"], "conversation_id": call.conversation, "status": call.status, "transcript": [],
        "user_id": call.request["conversation_initiation_client_data"]["user_id"],
        "metadata": {
            "start_time_unix_secs": 1_790_000_000, "call_duration_secs": call.seconds,
            "phone_call": {
                "type": "twilio", "direction": "outbound", "phone_number_id": call.request["agent_phone_number_id"],
                "agent_number": "+15005550006", "external_number": call.request["to_number"],
            },
        },
        "analysis": null,
        "conversation_initiation_client_data": call.request["conversation_initiation_client_data"],
    })
}

pub(super) async fn by_twilio(State(vendor): State<ElevenLabs>, Json(request): Json<Value>) -> Response {
    place(&vendor, "twilio", "callSid", request)
}

pub(super) async fn by_sip(State(vendor): State<ElevenLabs>, Json(request): Json<Value>) -> Response {
    place(&vendor, "sip-trunk", "sip_call_id", request)
}

fn place(vendor: &ElevenLabs, route: &'static str, named: &str, request: Value) -> Response {
    let known = [
        "agent_id",
        "agent_phone_number_id",
        "to_number",
        "conversation_initiation_client_data",
        "telephony_call_config",
        "call_recording_enabled",
    ];
    let object = request.as_object().cloned().unwrap_or_default();
    if let Some(other) = object.keys().find(|name| !known.contains(&name.as_str())) {
        return unprocessable(other, "unknown field");
    }
    for name in &known[..3] {
        if !object.get(*name).is_some_and(Value::is_string) {
            return unprocessable(name, "field required");
        }
    }
    if Phone::parse(request["to_number"].as_str().unwrap_or_default(), None).is_err() {
        return unprocessable("to_number", "no telephone number");
    }
    let agent = vendor.state().agent.clone();
    if request["agent_id"] != agent.id.as_str() {
        return error(StatusCode::NOT_FOUND, "agent_not_found", "Document not found");
    }
    let data = request["conversation_initiation_client_data"].as_object().cloned().unwrap_or_default();
    if let Err((kind, what)) = strict::initiation(&data, &agent) {
        return error(StatusCode::BAD_REQUEST, kind, &what);
    }
    let takes = vendor.state().takes;
    if takes == Takes::Not {
        let message = format!("the carrier refused {}", request["to_number"]);
        return Json(json!({ "success": false, "message": message, "conversation_id": null, named: null }))
            .into_response();
    }
    let (conversation, carriers) = (vendor.draw("conv_"), vendor.draw("CA"));
    let (first, second) = match takes {
        Takes::Named => (Some(&conversation), Some(&carriers)),
        Takes::CarriersName => (None, Some(&carriers)),
        Takes::Nameless | Takes::Not => (None, None),
    };
    let answer = json!({ "success": true, "message": "Success", "conversation_id": first, named: second });
    vendor.state().outbound.push(Outbound { conversation, route, request, status: "initiated", seconds: 0 });
    Json(answer).into_response()
}

/// <https://elevenlabs.io/docs/api-reference/conversations/list>
pub(super) async fn list(State(vendor): State<ElevenLabs>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let fits = |call: &&Outbound| {
        let agent = query.get("agent_id").is_none_or(|id| call.request["agent_id"] == id.as_str());
        let user = &call.request["conversation_initiation_client_data"]["user_id"];
        agent && query.get("user_id").is_none_or(|id| *user == id.as_str())
    };
    let state = vendor.state();
    let found: Vec<_> = state.outbound.iter().filter(fits).collect();
    let conversations: Vec<_> = found
        .iter()
        .map(|call| {
            json!({
                "agent_id": call.request["agent_id"], "conversation_id": call.conversation, "status": call.status,
                "start_time_unix_secs": 1_790_000_000, "call_duration_secs": call.seconds, "message_count": 0,
                "call_successful": "unknown",
            })
        })
        .collect();
    Json(json!({ "conversations": conversations, "next_cursor": null, "has_more": false })).into_response()
}

pub(super) async fn read(State(vendor): State<ElevenLabs>, Path(id): Path<String>) -> Response {
    let call = vendor.outbound().into_iter().find(|call| call.conversation == id);
    match call {
        Some(call) => Json(data(&call)).into_response(),
        None => error(StatusCode::NOT_FOUND, "conversation_not_found", "Conversation not found"),
    }
}
