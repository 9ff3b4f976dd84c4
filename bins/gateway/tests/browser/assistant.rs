//! A small media socket of the test's own: it joins what a sandbox call streams with the scripted agent, and answers the
//! agent's wishes itself.

use bytes::Bytes;
use chrono::DateTime;
use frontdesk_core::{
    id::CallId,
    personal::{PersonName, Phone},
    ports::{
        AgentSession, AgentStart, Caller, FromAgent, FromLine, LineStart, MediaLine, ToAgent, ToLine, ToolAnswer,
        ToolCall, VoiceAgent,
    },
    speech::{Language, Texts},
};
use frontdesk_sandbox::{Config, Sandbox, ScriptedAgent};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};
use url::Url;

const LAST: &str = "last";

/// Takes one call.
pub(crate) struct Assistant {
    pub(crate) url: String,
    wishes: Arc<Mutex<Vec<ToolCall>>>,
}

impl Assistant {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/media", listener.local_addr().unwrap());
        let wishes = Arc::default();
        let kept = Arc::clone(&wishes);
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            talk(accept_async(stream).await.unwrap(), &kept).await;
        });
        Self { url, wishes }
    }

    /// What the agent asked of one tool.
    pub(crate) fn asked(&self, tool: &str) -> Vec<Value> {
        let wishes = self.wishes.lock().unwrap();
        wishes.iter().filter(|wish| wish.tool == tool).map(|wish| wish.parameters.clone()).collect()
    }
}

fn line() -> Sandbox {
    let nobody = Url::parse("http://127.0.0.1:1").unwrap();
    let config = Config {
        base_url: nobody.clone(),
        account_token: "no account".into(),
        webhook_secret: "no secret".into(),
        webhook_base: nobody,
        from: number("+15005550000"),
    };
    Sandbox::new(config, crate::house::client())
}

fn number(text: &str) -> Phone {
    Phone::parse(text, None).unwrap()
}

async fn begin() -> AgentSession {
    let caller = Caller {
        business: "clinic".to_owned(),
        business_name: "Harbour Clinic".to_owned(),
        time_zone: chrono_tz::UTC,
        language: Language::En,
        name: PersonName::parse("Ana Lim").ok(),
        next: None,
    };
    let start = AgentStart {
        call_id: CallId::derive(DateTime::UNIX_EPOCH, &["talk"]),
        provider_call_id: None,
        from: number("+15005550199"),
        to: number("+15005550000"),
        caller,
        voice: None,
        line: frontdesk_core::sound::AudioFormat::Mulaw8k,
    };
    ScriptedAgent::new(Arc::new(Texts::builtin().clone())).converse(&start).await.unwrap()
}

async fn talk(mut socket: WebSocketStream<TcpStream>, wishes: &Mutex<Vec<ToolCall>>) {
    let line = line();
    let mut agent = begin().await;
    let mut stream = String::new();
    loop {
        tokio::select! {
            told = socket.next() => match told {
                Some(Ok(Message::Text(text))) => match line.read(&Bytes::from(text)).unwrap() {
                    FromLine::Started(start) => stream = started(*start),
                    FromLine::Sound(sound) => agent.ear.tell(ToAgent::Sound(sound)).await.unwrap_or_default(),
                    FromLine::Digit(key) => agent.ear.tell(ToAgent::Digit(key)).await.unwrap_or_default(),
                    FromLine::Marked(name) if name == LAST => return socket.close(None).await.unwrap(),
                    FromLine::Ended => return,
                    FromLine::Marked(_) | FromLine::Nothing => {}
                },
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            told = agent.mouth.next(), if !stream.is_empty() => match told.unwrap() {
                Some(FromAgent::Sound(sound)) => tell(&mut socket, &line, &stream, ToLine::Sound(&sound)).await,
                Some(FromAgent::Interrupted) => tell(&mut socket, &line, &stream, ToLine::Clear).await,
                Some(FromAgent::HungUp) | None => tell(&mut socket, &line, &stream, ToLine::Mark(LAST)).await,
                Some(FromAgent::Wants(wish)) => {
                    let (id, answer) = (wish.id.clone(), answer(&wish));
                    wishes.lock().unwrap().push(wish);
                    agent.ear.tell(ToAgent::Tool { id, answer }).await.unwrap();
                }
                Some(FromAgent::Says(_) | FromAgent::Heard(_) | FromAgent::Corrected(_)) => {}
            },
        }
    }
}

fn started(start: LineStart) -> String {
    assert_eq!(start.parameters.get("token").map(String::as_str), Some("once"));
    start.stream
}

async fn tell(socket: &mut WebSocketStream<TcpStream>, line: &Sandbox, stream: &str, told: ToLine<'_>) {
    let message = String::from_utf8(line.write(stream, told).to_vec()).unwrap();
    // A caller who is gone hears nothing.
    drop(socket.send(Message::text(message)).await);
}

fn answer(wish: &ToolCall) -> ToolAnswer {
    let result = match wish.tool.as_str() {
        "find_appointments" => json!({ "appointments": [] }),
        "free_slots" => json!({ "slots": [
            { "starts_at": "2030-12-02T09:00:00Z", "spoken": "Monday, December 2nd at 9 AM" },
            { "starts_at": "2030-12-02T10:00:00Z", "spoken": "Monday, December 2nd at 10 AM" },
        ] }),
        "book" => json!({ "appointment_id": "A1", "spoken": "Monday, December 2nd at 9 AM" }),
        _ => json!({}),
    };
    ToolAnswer { result, failed: false, then: None }
}
