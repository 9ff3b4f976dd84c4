//! A media socket of the test's own: the real bridge, between what a sandbox call streams and the scripted agent. Whose
//! call it is and what the agent wants is answered here.

use crate::house::{WEBHOOK_SECRET, client};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_bridge::{Bridge, Settings};
use frontdesk_core::{
    id::CallId,
    personal::{PersonName, Phone},
    ports::{
        AfterTool, AgentStart, Attendant, Caller, LineStart, MediaLine, PortResult, ToolAnswer, ToolCall, VoiceAgent,
    },
    speech::{Language, Texts},
    talk::{Talk, TalkEnd},
};
use frontdesk_sandbox::{Config, NAME, Sandbox, ScriptedAgent};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Who answers calls that are streamed to it.
pub(crate) struct Assistant {
    pub(crate) url: String,
    desk: Arc<Desk>,
}

#[derive(Default)]
struct Desk {
    wishes: Mutex<Vec<ToolCall>>,
    ends: Mutex<Vec<TalkEnd>>,
}

impl Assistant {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let desk: Arc<Desk> = Arc::default();
        let lines = BTreeMap::from([(NAME.to_owned(), Arc::new(line()) as Arc<dyn MediaLine>)]);
        let agent: Arc<dyn VoiceAgent> = Arc::new(ScriptedAgent::new(Arc::new(Texts::builtin().clone())));
        let public_url = Url::parse(&format!("http://{address}")).unwrap();
        let attendant = Arc::clone(&desk) as Arc<dyn Attendant>;
        let bridge = Bridge::new(Settings::new(public_url), lines, agent, attendant, CancellationToken::new());
        let url = format!("ws://{address}{}", bridge.path(NAME).unwrap());
        let service = bridge.router::<()>().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self { url, desk }
    }

    /// What the agent asked of one tool.
    pub(crate) fn asked(&self, tool: &str) -> Vec<Value> {
        let wishes = self.desk.wishes.lock().unwrap();
        wishes.iter().filter(|wish| wish.tool == tool).map(|wish| wish.parameters.clone()).collect()
    }

    /// Waits until a conversation is over, and says how it ended.
    pub(crate) async fn ended(&self) -> TalkEnd {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let [end] = self.desk.ends.lock().unwrap().as_slice() {
                return *end;
            }
            assert!(Instant::now() < deadline, "the conversation goes on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn line() -> Sandbox {
    let nobody = Url::parse("http://127.0.0.1:1").unwrap();
    let config = Config {
        base_url: nobody.clone(),
        account_token: "no account".into(),
        webhook_secret: WEBHOOK_SECRET.into(),
        webhook_base: nobody,
        from: number("+15005550000"),
    };
    Sandbox::new(config, client())
}

fn number(text: &str) -> Phone {
    Phone::parse(text, None).unwrap()
}

#[async_trait]
impl Attendant for Desk {
    fn now(&self) -> DateTime<Utc> {
        frontdesk_gateway::clock::now()
    }

    async fn admit(&self, _provider: &str, start: &LineStart) -> PortResult<Option<AgentStart>> {
        if start.parameters.get("token").map(String::as_str) != Some("once") {
            return Ok(None);
        }
        let caller = Caller {
            business: "clinic".to_owned(),
            business_name: "Harbour Clinic".to_owned(),
            time_zone: chrono_tz::UTC,
            language: Language::En,
            name: PersonName::parse("Ana Lim").ok(),
            next: None,
        };
        Ok(Some(AgentStart {
            call_id: CallId::derive(DateTime::UNIX_EPOCH, &["talk"]),
            provider_call_id: Some(start.provider_call_id.clone()),
            from: number("+15005550199"),
            to: number("+15005550000"),
            caller,
            voice: None,
            line: start.format,
        }))
    }

    async fn tool(&self, _call: CallId, wish: &ToolCall) -> PortResult<ToolAnswer> {
        self.wishes.lock().unwrap().push(wish.clone());
        let result = match wish.tool.as_str() {
            "find_appointments" => json!({ "appointments": [] }),
            "free_slots" => json!({ "slots": [
                { "starts_at": "2030-12-02T09:00:00Z", "spoken": "Monday, December 2nd at 9 AM" },
                { "starts_at": "2030-12-02T10:00:00Z", "spoken": "Monday, December 2nd at 10 AM" },
            ] }),
            "book" => json!({ "appointment_id": "A1", "spoken": "Monday, December 2nd" }),
            _ => json!({}),
        };
        let then = (wish.tool == "end_call").then_some(AfterTool::HangUp);
        Ok(ToolAnswer { result, failed: false, then })
    }

    async fn over(&self, _call: CallId, talk: &Talk) -> PortResult<()> {
        self.ends.lock().unwrap().push(talk.end);
        Ok(())
    }
}
