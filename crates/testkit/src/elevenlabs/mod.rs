//! ElevenLabs, pretended over HTTP and WebSocket on loopback: agents that hold conversations and place calls, and voices.
//!
//! Strict where ElevenLabs is: a message that it does not know, an override that the agent does not allow and a variable
//! that is missing end the conversation; a part of a form that it does not know is refused. What an agent says is what the
//! test says: see [`Talk`]. <https://elevenlabs.io/docs/api-reference/introduction>

mod api;
mod calls;
mod strict;
mod talk;
mod voices;

pub use calls::{Outbound, Takes};
pub use talk::{Talk, TalkBench};
pub use voices::Voice;

use crate::carriers::Fault;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{net::TcpListener, sync::mpsc};
use url::Url;

/// The agent that is pretended, as its settings at ElevenLabs are.
#[derive(Debug, Clone)]
pub struct AgentSettings {
    /// Its name in addresses.
    pub id: String,
    /// What it listens in.
    pub hears: String,
    /// What it speaks in.
    pub speaks: String,
    /// Which overrides it allows, by path: `agent.first_message`, `agent.language`, `tts.voice_id`.
    pub overrides: BTreeSet<String>,
    /// Which variables its words refer to.
    pub variables: Vec<String>,
    /// Its client tools, and whether it waits for what comes of them.
    pub tools: Vec<(String, bool)>,
    /// Which events it tells.
    pub events: Vec<String>,
    /// It takes the socket and says nothing.
    pub mute: bool,
}

impl AgentSettings {
    /// An agent that is set up for the telephone, and allows nothing besides.
    #[must_use]
    pub fn telephone(id: &str) -> Self {
        let events = [
            "conversation_initiation_metadata",
            "audio",
            "interruption",
            "user_transcript",
            "agent_response",
            "agent_response_correction",
            "client_tool_call",
            "agent_tool_response",
            "ping",
        ];
        Self {
            id: id.to_owned(),
            hears: "ulaw_8000".to_owned(),
            speaks: "ulaw_8000".to_owned(),
            overrides: BTreeSet::new(),
            variables: Vec::new(),
            tools: Vec::new(),
            events: events.map(str::to_owned).to_vec(),
            mute: false,
        }
    }
}

/// The pretended vendor. Clones are the same one.
#[derive(Clone)]
pub struct ElevenLabs(Arc<Inner>);

struct Inner {
    key: String,
    url: Url,
    state: Mutex<State>,
    /// Conversations that began, for whoever plays their other end.
    talks: tokio::sync::Mutex<mpsc::UnboundedReceiver<Talk>>,
    begun: mpsc::UnboundedSender<Talk>,
}

struct State {
    agent: AgentSettings,
    faults: VecDeque<Fault>,
    /// Whole answers, given in place of the next ones.
    answers: VecDeque<(u16, Value)>,
    drawn: u32,
    /// Signatures of addresses that were given out: whether each is good for one conversation only.
    signatures: BTreeMap<String, bool>,
    voices: Vec<Voice>,
    voice_limit: usize,
    verifies: bool,
    subscription: Value,
    takes: Takes,
    outbound: Vec<Outbound>,
    requests: Vec<String>,
}

impl ElevenLabs {
    /// Begins to listen on loopback, on a free port.
    ///
    /// # Errors
    /// When no port can be had.
    ///
    /// # Panics
    /// Never: an address of a socket makes a URL.
    pub async fn start(key: &str, agent: AgentSettings) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = Url::parse(&format!("http://{}", listener.local_addr()?)).expect("an address makes a URL");
        let (begun, talks) = mpsc::unbounded_channel();
        let state = State {
            agent,
            faults: VecDeque::new(),
            answers: VecDeque::new(),
            drawn: 1,
            signatures: BTreeMap::new(),
            voices: Vec::new(),
            voice_limit: 10,
            verifies: false,
            subscription: api::subscription(),
            takes: Takes::Named,
            outbound: Vec::new(),
            requests: Vec::new(),
        };
        let inner =
            Inner { key: key.to_owned(), url, state: Mutex::new(state), talks: tokio::sync::Mutex::new(talks), begun };
        let vendor = Self(Arc::new(inner));
        let router = api::router(vendor.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(vendor)
    }

    /// Where its API is.
    #[must_use]
    pub fn url(&self) -> Url {
        self.0.url.clone()
    }

    /// Changes the agent's settings, from its next conversation on.
    pub fn set_agent(&self, change: impl FnOnce(&mut AgentSettings)) {
        change(&mut self.state().agent);
    }

    /// The API's next requests go wrong, one for each fault. [`Fault::AnswersLast`] is as if there were none.
    pub fn disturb(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }

    /// The API's next request is answered by this, and nothing is done.
    pub fn answer_next(&self, status: u16, body: Value) {
        self.state().answers.push_back((status, body));
    }

    /// Changes what the subscription says.
    pub fn set_subscription(&self, name: &str, value: impl Into<Value>) {
        self.state().subscription[name] = value.into();
    }

    /// Method and path of every request to the API, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    /// The next conversation that begins, or began and was not asked for yet.
    ///
    /// # Panics
    /// Never: the sender lives as long as this does.
    pub async fn talk(&self) -> Talk {
        self.0.talks.lock().await.recv().await.expect("the sender lives as long as this does")
    }

    /// A name nobody else has, shaped like the vendor's.
    fn draw(&self, kind: &str) -> String {
        let mut state = self.state();
        state.drawn += 1;
        format!("{kind}{:024x}", state.drawn)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
