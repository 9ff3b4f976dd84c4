//! A server with a bridge, whom it knows, and who rings.

use crate::{
    agent::{Scripted, Talker},
    carrier::Carrier,
    line::{ANY, Line, PROVIDER, brief, serve},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_bridge::{Bridge, Settings};
use frontdesk_core::{
    id::CallId,
    ports::{
        AfterTool, AgentStart, Attendant, Happened, LineStart, MediaLine, Pieces, PortError, PortResult, Talk,
        ToolAnswer, ToolCall, Trouble,
    },
    sound::AudioFormat,
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Semaphore, mpsc},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// Knows tokens, and keeps what came of conversations.
pub(crate) struct Desk {
    tokens: Mutex<BTreeSet<String>>,
    overs: mpsc::UnboundedSender<(CallId, Talk)>,
    /// How often the store is still away when something is to be kept.
    pub(crate) away: AtomicU32,
    pub(crate) asked: AtomicU32,
    /// What `late` waits for.
    pub(crate) gate: Semaphore,
}

#[async_trait]
impl Attendant for Desk {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    async fn admit(&self, provider: &str, start: &LineStart) -> PortResult<Option<AgentStart>> {
        assert_eq!(provider, PROVIDER);
        let token = start.parameters.get("token").cloned().unwrap_or_default();
        if !self.tokens.lock().unwrap().remove(&token) {
            return Ok(None);
        }
        Ok(Some(brief(&token, start)))
    }

    async fn tool(&self, _call: CallId, wish: &ToolCall) -> PortResult<ToolAnswer> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        let then = match wish.tool.as_str() {
            "transfer" => Some(AfterTool::Transfer),
            "hang_up" => Some(AfterTool::HangUp),
            "late" => {
                self.gate.acquire().await.unwrap().forget();
                Some(AfterTool::Transfer)
            }
            "never" => std::future::pending().await,
            "panic" => panic!("as the test said"),
            "again" if asked == 0 => {
                return Err(PortError::new("desk", Happened::No, Trouble::Unavailable, "as the test said"));
            }
            _ => None,
        };
        Ok(ToolAnswer { result: json!({ "done": wish.tool }), failed: false, then })
    }

    async fn over(&self, call: CallId, talk: &Talk) -> PortResult<()> {
        if self.away.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err(PortError::new("desk", Happened::No, Trouble::Unavailable, "as the test said"));
        }
        self.overs.send((call, talk.clone())).unwrap();
        Ok(())
    }
}

pub(crate) struct House {
    pub(crate) bridge: Bridge,
    pub(crate) agent: Arc<Scripted>,
    pub(crate) desk: Arc<Desk>,
    pub(crate) stopping: CancellationToken,
    pub(crate) address: SocketAddr,
    talkers: mpsc::UnboundedReceiver<Talker>,
    overs: mpsc::UnboundedReceiver<(CallId, Talk)>,
}

pub(crate) fn settings() -> Settings {
    let mut settings = Settings::new("https://desk.example.com".parse().unwrap());
    settings.close_within = Duration::from_millis(500);
    settings.heard_within = Duration::from_millis(300);
    settings
}

impl House {
    /// Both sides write mu-law.
    pub(crate) async fn open() -> Self {
        Self::with(settings(), ANY, AudioFormat::Mulaw8k, AudioFormat::Mulaw8k).await
    }

    pub(crate) async fn set(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings();
        change(&mut settings);
        Self::with(settings, ANY, AudioFormat::Mulaw8k, AudioFormat::Mulaw8k).await
    }

    pub(crate) async fn with(settings: Settings, pieces: Pieces, line: AudioFormat, agent: AudioFormat) -> Self {
        let (agent, talkers) = Scripted::new(agent, agent);
        let (overs, told) = mpsc::unbounded_channel();
        let (away, asked, gate) = (AtomicU32::new(0), AtomicU32::new(0), Semaphore::new(0));
        let desk = Desk { tokens: Mutex::default(), overs, away, asked, gate };
        let (agent, desk, stopping) = (Arc::new(agent), Arc::new(desk), CancellationToken::new());
        let line: Arc<dyn MediaLine> = Arc::new(Line { format: line, pieces });
        let lines = BTreeMap::from([(PROVIDER.to_owned(), line)]);
        let bridge = Bridge::new(settings, lines, Arc::clone(&agent) as _, Arc::clone(&desk) as _, stopping.clone());
        let address = serve(bridge.router()).await;
        Self { bridge, agent, desk, stopping, address, talkers, overs: told }
    }

    pub(crate) fn expect(&self, token: &str) {
        self.desk.tokens.lock().unwrap().insert(token.to_owned());
    }

    /// A call, up to where the agent is on the line.
    pub(crate) async fn call(&mut self, token: &str) -> (Carrier, Talker) {
        self.expect(token);
        let mut carrier = Carrier::open(self.address).await;
        carrier.start(token).await;
        (carrier, self.talker().await)
    }

    pub(crate) async fn talker(&mut self) -> Talker {
        timeout(Duration::from_secs(20), self.talkers.recv()).await.expect("an agent is asked for").unwrap()
    }

    pub(crate) async fn over(&mut self) -> (CallId, Talk) {
        timeout(Duration::from_secs(20), self.overs.recv()).await.expect("it is told that it is over").unwrap()
    }

    /// Everything that was kept, once everything has ended. Nothing is left behind.
    pub(crate) async fn end(mut self) -> Vec<(CallId, Talk)> {
        let spare = self.talkers.try_recv().is_ok();
        assert!(!spare, "an agent was asked for that nobody needed");
        self.end_with_spares().await
    }

    /// The same, where agents may have been had that nobody waited for.
    pub(crate) async fn end_with_spares(mut self) -> Vec<(CallId, Talk)> {
        self.stopping.cancel();
        self.talkers.close();
        while self.talkers.try_recv().is_ok() {}
        timeout(Duration::from_secs(30), self.bridge.drained()).await.expect("every stream ends");
        assert_eq!((self.bridge.live(), self.agent.halves()), (0, 0), "something is left");
        let mut overs = Vec::new();
        while let Ok(over) = self.overs.try_recv() {
            overs.push(over);
        }
        overs
    }
}
