//! A conversation's WebSocket. What the agent says and does is what the test says.
//! <https://elevenlabs.io/docs/eleven-agents/api-reference/eleven-agents/websocket>

use super::{
    AgentSettings, ElevenLabs,
    strict::{self, Asked, Wrong},
};
use crate::suite::voice_agent::{Answered, Bench, OtherEnd};
use async_trait::async_trait;
use axum::{
    extract::{
        Query, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use frontdesk_core::ports::VoiceAgent;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::sync::mpsc;

/// What the vendor is to do.
enum Do {
    Send(Value),
    Raw(String),
    Ping(i64),
    Close(u16, String),
    Die,
}

/// The vendor's end of a conversation that began.
pub struct Talk {
    /// Its name.
    pub conversation: String,
    /// What it began with.
    pub initiation: Value,
    turn: i64,
    told: mpsc::UnboundedSender<Do>,
    heard: mpsc::UnboundedReceiver<Value>,
}

/// Refused before there is a socket: a signature that is not good (any more), an agent that is not there.
pub(super) async fn open(
    State(vendor): State<ElevenLabs>,
    Query(query): Query<BTreeMap<String, String>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let signature = query.get("conversation_signature");
    let agent = {
        let mut state = vendor.state();
        let good = match signature {
            None => true,
            Some(signature) => match state.signatures.get(signature) {
                Some(true) => state.signatures.remove(signature).is_some(),
                Some(false) => true,
                None => false,
            },
        };
        if !good || query.get("agent_id") != Some(&state.agent.id) {
            return StatusCode::FORBIDDEN.into_response();
        }
        state.agent.clone()
    };
    upgrade.on_upgrade(move |socket| serve(vendor, agent, socket))
}

async fn serve(vendor: ElevenLabs, agent: AgentSettings, mut socket: WebSocket) {
    if agent.mute {
        while let Some(Ok(_)) = socket.recv().await {}
        return;
    }
    let Some(initiation) = first(&mut socket).await else { return };
    let conversation = vendor.draw("conv_");
    let metadata = json!({
        "conversation_initiation_metadata_event": {
            "conversation_id": conversation, "agent_output_audio_format": agent.speaks,
            "user_input_audio_format": agent.hears,
        },
        "type": "conversation_initiation_metadata",
    });
    let _ = socket.send(Message::text(metadata.to_string())).await;
    let judged = match initiation.as_object() {
        Some(data) if data.get("type") == Some(&"conversation_initiation_client_data".into()) => {
            strict::initiation(data, &agent)
        }
        _ => Err(("missing_fields", "the first message is no conversation_initiation_client_data".to_owned())),
    };
    // As with the real one, the caller is greeted by the metadata all the same.
    if let Err(wrong) = judged {
        return refuse(&mut socket, &wrong).await;
    }
    let (told, does) = mpsc::unbounded_channel();
    let (hears, heard) = mpsc::unbounded_channel();
    let _ = vendor.0.begun.send(Talk { conversation, initiation, turn: 1, told, heard });
    live(&mut socket, does, hears).await;
}

async fn first(socket: &mut WebSocket) -> Option<Value> {
    loop {
        match socket.recv().await?.ok()? {
            Message::Text(text) => return serde_json::from_str(&text).ok(),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

async fn refuse(socket: &mut WebSocket, (kind, what): &Wrong) {
    let error = json!({ "type": "error", "error_event": { "code": 1008, "message": what, "error_type": kind } });
    let _ = socket.send(Message::text(error.to_string())).await;
    close(socket, 1008, what).await;
}

async fn close(socket: &mut WebSocket, code: u16, reason: &str) {
    let frame = CloseFrame { code, reason: reason.into() };
    let _ = socket.send(Message::Close(Some(frame))).await;
    // Until the other side has answered.
    while let Some(Ok(_)) = socket.recv().await {}
}

async fn live(socket: &mut WebSocket, mut does: mpsc::UnboundedReceiver<Do>, hears: mpsc::UnboundedSender<Value>) {
    let mut asked = Asked::default();
    loop {
        let does = tokio::select! {
            does = does.recv() => does,
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    match strict::message(&text, &mut asked) {
                        Ok(message) => {
                            let _ = hears.send(message);
                        }
                        Err(wrong) => return refuse(socket, &wrong).await,
                    }
                    continue;
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Binary(_))) => {
                    let wrong = ("invalid_message", "binary messages are not known".to_owned());
                    return refuse(socket, &wrong).await;
                }
                // Dropping `hears` tells whoever waits that the other side is gone.
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
        };
        let sent = match does {
            Some(Do::Send(message)) => {
                if let Some(id) = message.pointer("/client_tool_call/tool_call_id").and_then(Value::as_str) {
                    asked.tools.insert(id.to_owned());
                }
                socket.send(Message::text(message.to_string())).await
            }
            Some(Do::Raw(text)) => socket.send(Message::text(text)).await,
            Some(Do::Ping(event)) => {
                asked.pings.insert(event);
                let ping = json!({ "type": "ping", "ping_event": { "event_id": event, "ping_ms": null } });
                socket.send(Message::text(ping.to_string())).await
            }
            Some(Do::Close(code, reason)) => return close(socket, code, &reason).await,
            // The socket is dropped, and nobody says goodbye.
            Some(Do::Die) | None => return,
        };
        if sent.is_err() {
            return;
        }
    }
}

impl Talk {
    fn does(&self, what: Do) {
        // Where the socket is gone, the test finds out by what it waits for.
        let _ = self.told.send(what);
    }

    /// Sends a message as it is.
    pub fn send(&self, message: Value) {
        self.does(Do::Send(message));
    }

    /// Sends a text, whatever it is.
    pub fn send_raw(&self, text: &str) {
        self.does(Do::Raw(text.to_owned()));
    }

    /// Speaks raw bytes, as the event of this number. Every other one brings its alignment along, as the newer API does.
    pub fn says(&self, event: i64, raw: &[u8]) {
        let mut audio = json!({ "audio_base_64": STANDARD.encode(raw), "event_id": event });
        if event % 2 == 0 {
            audio["alignment"] = json!({
                "chars": ["H", "\"", "\\"], "char_start_times_ms": [0, 50, 100], "char_durations_ms": [50, 50, 50],
            });
        }
        self.send(json!({ "audio_event": audio, "type": "audio" }));
    }

    /// The caller spoke into the words of every event up to this one.
    pub fn interrupts(&self, event: i64) {
        self.send(json!({ "interruption_event": { "event_id": event }, "type": "interruption" }));
    }

    /// Sends a ping.
    pub fn ping(&self, event: i64) {
        self.does(Do::Ping(event));
    }

    /// Calls a tool of the client's.
    pub fn wants(&self, id: &str, tool: &str, parameters: &Value) {
        let call = json!({ "tool_name": tool, "tool_call_id": id, "parameters": parameters, "event_id": self.turn });
        self.send(json!({ "client_tool_call": call, "type": "client_tool_call" }));
    }

    /// Ends the conversation by its own tool, and tells so.
    pub fn ends_call(&self) {
        self.send(json!({ "type": "agent_tool_response", "agent_tool_response": {
            "tool_name": "end_call", "tool_call_id": "end_1", "tool_type": "system", "is_error": false, "is_called": true,
            "event_id": self.turn,
        } }));
    }

    /// Closes the socket.
    pub fn closes(&self, code: u16, reason: &str) {
        self.does(Do::Close(code, reason.to_owned()));
    }

    /// Is gone, without a word.
    pub fn dies(&self) {
        self.does(Do::Die);
    }

    /// The next message of the client's; `None` once it is gone.
    pub async fn next(&mut self) -> Option<Value> {
        self.heard.recv().await
    }

    /// The next message of the client's that is of this type.
    ///
    /// # Panics
    /// When the client is gone before.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next().await.unwrap_or_else(|| panic!("the client is gone, and sent no {kind}"));
            if message.get("type").and_then(Value::as_str) == Some(kind) {
                return message;
            }
        }
    }
}

#[async_trait]
impl OtherEnd for Talk {
    async fn speak(&mut self, raw: &[u8]) {
        self.says(self.turn, raw);
    }

    async fn interrupt(&mut self) {
        self.interrupts(self.turn);
        self.turn += 1;
    }

    async fn straggle(&mut self, raw: &[u8]) {
        self.says(self.turn - 1, raw);
    }

    async fn want(&mut self, id: &str, tool: &str, parameters: Value) {
        self.wants(id, tool, &parameters);
    }

    async fn hang_up(&mut self) {
        self.ends_call();
        self.closes(1000, "");
    }

    async fn break_off(&mut self) {
        self.dies();
    }

    async fn hears(&mut self) -> Vec<u8> {
        loop {
            let message = self.next().await.expect("the client is still there");
            if let Some(chunk) = message.get("user_audio_chunk").and_then(Value::as_str) {
                return STANDARD.decode(chunk).expect("only base64 is let through");
            }
        }
    }

    async fn answered(&mut self) -> Answered {
        let result = self.next_of("client_tool_result").await;
        let text = |name: &str| result.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Answered { id: text("tool_call_id"), text: text("result"), failed: result["is_error"] == true }
    }

    async fn gone(&mut self) {
        while self.next().await.is_some() {}
    }
}

/// An agent whose conversations are with this vendor.
pub struct TalkBench<A> {
    /// The agent.
    pub agent: A,
    /// The vendor.
    pub vendor: ElevenLabs,
}

#[async_trait]
impl<A: VoiceAgent> Bench for TalkBench<A> {
    fn agent(&self) -> &dyn VoiceAgent {
        &self.agent
    }

    async fn other_end(&self) -> Box<dyn OtherEnd> {
        Box::new(self.vendor.talk().await)
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.vendor.0.key.clone(), "cvtkn_".to_owned(), "conversation_signature".to_owned()]
    }
}
