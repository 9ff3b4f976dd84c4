//! 8x8, pretended: the callflow API, the registration of webhooks, speech profiles and the SMS API, and calls that walk
//! the callflows they are given.
//!
//! Faithful where the vendor's pages are clear, and strict where they leave room: a parameter that some page demands is
//! demanded, a second registration of a webhook is refused, a callflow that could not be used ends the call.
//! <https://developer.8x8.com/connect/docs/voice/ivr/call-action-handling>

mod api;
mod check;
mod session;

use super::{Delivery, Ledger, Pace, Placed};
use chrono::{DateTime, Utc};
use frontdesk_core::personal::Phone;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::net::TcpListener;
use url::Url;

/// The account that is pretended.
#[derive(Clone)]
pub struct Settings {
    /// The voice subaccount.
    pub subaccount: String,
    /// The SMS subaccount.
    pub sms_subaccount: String,
    /// Opens both APIs.
    pub api_key: String,
    /// The caller ids it may show; empty: any.
    pub callers: Vec<String>,
    /// The voices it has.
    pub voices: Vec<String>,
    /// How long a second of a call takes.
    pub pace: Pace,
    /// The time.
    pub clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
}

impl Settings {
    /// An account with everything a test wants, at this time.
    #[must_use]
    pub fn new(api_key: &str, clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>) -> Self {
        let voices = ["en-US-BenjaminRUS", "es-ES-ElviraNeural", "hi-IN-SwaraNeural", "nl-NL-ColetteNeural"];
        Self {
            subaccount: "acme_voice_01".to_owned(),
            sms_subaccount: "acme_sms_01".to_owned(),
            api_key: api_key.to_owned(),
            callers: Vec::new(),
            voices: voices.map(str::to_owned).to_vec(),
            pace: Pace::FAST,
            clock,
        }
    }
}

/// A webhook as it is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Where it is posted to.
    pub url: Url,
    /// The value of its `Authorization`, sent as it is.
    pub authorization: Option<String>,
    /// Whether it is on.
    pub enabled: bool,
}

/// The pretended vendor. Clones are the same one.
#[derive(Clone)]
pub struct EightXEight(Arc<Inner>);

struct Inner {
    settings: Settings,
    http: reqwest::Client,
    ledger: Ledger,
    webhooks: Mutex<BTreeMap<String, Webhook>>,
    url: Url,
    drawn: AtomicU32,
}

impl EightXEight {
    /// Begins to listen on loopback, on a free port. `http` posts the webhooks.
    ///
    /// # Errors
    /// When no port can be had.
    ///
    /// # Panics
    /// Never: an address of a socket makes a URL.
    pub async fn start(settings: Settings, http: reqwest::Client) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = Url::parse(&format!("http://{}", listener.local_addr()?)).expect("an address makes a URL");
        let carrier = Self(Arc::new(Inner {
            settings,
            http,
            ledger: Ledger::default(),
            webhooks: Mutex::default(),
            url,
            drawn: AtomicU32::new(0),
        }));
        let router = api::router(carrier.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(carrier)
    }

    /// Where both its APIs are.
    #[must_use]
    pub fn url(&self) -> Url {
        self.0.url.clone()
    }

    /// What it has seen and done, and what is to go wrong.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }

    /// Registers a webhook as if in the portal; `kind` is the vendor's name, such as `VCA`.
    pub fn register(&self, kind: &str, webhook: Webhook) {
        self.webhooks().insert(kind.to_owned(), webhook);
    }

    /// The webhook registered under this name.
    #[must_use]
    pub fn webhook(&self, kind: &str) -> Option<Webhook> {
        self.webhooks().get(kind).cloned()
    }

    /// Somebody rings one of the account's numbers; gives the session. The script is the one of whoever rings.
    pub fn ring(&self, from: &Phone, to: &Phone) -> String {
        let id = self.draw();
        let placed = Placed { id: id.clone(), to: to.clone(), from: from.clone(), request: Value::Null };
        self.0.ledger.begin();
        let script = self.0.ledger.script_of(from.reveal());
        tokio::spawn(session::run(self.clone(), placed, None, script));
        id
    }

    fn webhooks(&self) -> MutexGuard<'_, BTreeMap<String, Webhook>> {
        self.0.webhooks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> DateTime<Utc> {
        (self.0.settings.clock)()
    }

    /// An id nobody else has, shaped like the vendor's.
    fn draw(&self) -> String {
        let n = self.0.drawn.fetch_add(1, Ordering::Relaxed);
        format!("{n:08x}-c5f1-11f0-9a3e-2b7f6c1d4e01")
    }

    /// Posts a webhook, if it is registered; the answer, if it is one of 200.
    async fn post(&self, kind: &str, body: &Value) -> Option<String> {
        let webhook = self.webhook(kind).filter(|webhook| webhook.enabled)?;
        let mut request = self.0.http.post(webhook.url).json(body);
        if let Some(authorization) = webhook.authorization {
            request = request.header("authorization", authorization);
        }
        let (status, answer) = match request.send().await {
            Ok(response) => (Some(response.status().as_u16()), response.text().await.unwrap_or_default()),
            Err(_) => (None, String::new()),
        };
        let delivery = Delivery { hook: kind.to_owned(), body: body.clone(), status, answer: answer.clone() };
        self.0.ledger.deliver(delivery);
        (status == Some(200)).then_some(answer)
    }
}
