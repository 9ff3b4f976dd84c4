//! Exotel, pretended: flows drawn out of applets, the API that places calls into them, and callbacks.
//!
//! Strict where Exotel is said to be: a Gather that is answered in another language is silence and the end of the call, and
//! on record among the [complaints](Exotel::complaints). <https://developer.exotel.com>

mod api;
mod flow;
mod line;
mod stream;

pub use flow::{Applet, END, Flow, Next, Prompt, Sent};

use super::{Delivery, Ledger, Pace, Script};
use crate::Clock;
use frontdesk_core::personal::Phone;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};
use tokio::net::TcpListener;
use url::Url;

/// The account that is pretended.
#[derive(Clone)]
pub struct Settings {
    /// The account.
    pub sid: String,
    /// The API key.
    pub key: String,
    /// The API token.
    pub token: String,
    /// The time, which its answers carry.
    pub clock: Clock,
    /// How long a second of a call takes.
    pub pace: Pace,
}

/// A call, as somebody on the line and the dashboard see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallView {
    /// Exotel's name for it.
    pub sid: String,
    /// `in-progress`, `completed`, `busy` and so on.
    pub status: String,
    /// What was heard, in order.
    pub heard: Vec<String>,
}

#[derive(Clone)]
struct Record {
    view: CallView,
    /// As the API shows it.
    shown: Value,
}

/// The pretended vendor. Clones are the same one.
#[derive(Clone)]
pub struct Exotel(Arc<Inner>);

struct Inner {
    settings: Settings,
    http: reqwest::Client,
    ledger: Ledger,
    flows: Mutex<BTreeMap<String, Flow>>,
    calls: Mutex<BTreeMap<String, Record>>,
    complaints: Mutex<Vec<String>>,
    url: Url,
    drawn: AtomicU32,
    shows_custom_field: AtomicBool,
    tells_xml: AtomicBool,
}

impl Exotel {
    /// Begins to listen on loopback, on a free port. `http` asks the applets' addresses.
    ///
    /// # Errors
    /// When no port can be had.
    ///
    /// # Panics
    /// Never: an address of a socket makes a URL.
    pub async fn start(settings: Settings, http: reqwest::Client) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = Url::parse(&format!("http://{}", listener.local_addr()?)).expect("an address makes a URL");
        let vendor = Self(Arc::new(Inner {
            settings,
            http,
            ledger: Ledger::default(),
            flows: Mutex::default(),
            calls: Mutex::default(),
            complaints: Mutex::default(),
            url,
            drawn: AtomicU32::new(1),
            shows_custom_field: AtomicBool::new(false),
            tells_xml: AtomicBool::new(false),
        }));
        let router = api::router(vendor.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(vendor)
    }

    /// Where its API is.
    #[must_use]
    pub fn url(&self) -> Url {
        self.0.url.clone()
    }

    /// What it has seen and done, and what is to go wrong.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }

    /// Draws a flow under the number of an app.
    pub fn draw(&self, app: &str, flow: Flow) {
        self.0.flows.lock().unwrap_or_else(PoisonError::into_inner).insert(app.to_owned(), flow);
    }

    /// Whether lists and details show what was given as `CustomField`, which the vendor's pages leave open.
    pub fn shows_custom_field(&self, yes: bool) {
        self.0.shows_custom_field.store(yes, Ordering::SeqCst);
    }

    /// Whether answers are XML although JSON was asked for, as those of something in between may be.
    pub fn tells_xml(&self, yes: bool) {
        self.0.tells_xml.store(yes, Ordering::SeqCst);
    }

    /// Every call, the oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<CallView> {
        self.records().values().map(|record| record.view.clone()).collect()
    }

    /// What callers heard nothing for, and why.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.0.complaints.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Somebody rings an ExoPhone that leads into this app; gives the call once it is over.
    ///
    /// # Panics
    /// When there is no such app.
    pub async fn ring(&self, from: &Phone, to: &Phone, app: &str, script: Script) -> CallView {
        let flow = self.flow(app).expect("the app is drawn");
        let sid = self.name();
        self.open(&sid, from, to, "incoming", None);
        self.0.ledger.begin();
        let facts = line::Facts::new(from, to, "incoming", None);
        line::Line::new(self.clone(), sid.clone(), facts, script).live(&flow).await.tell_again().await;
        self.0.ledger.over();
        self.records().get(&sid).map(|record| record.view.clone()).expect("the call is there")
    }

    fn flow(&self, app: &str) -> Option<Flow> {
        self.0.flows.lock().unwrap_or_else(PoisonError::into_inner).get(app).cloned()
    }

    fn records(&self) -> MutexGuard<'_, BTreeMap<String, Record>> {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, sid: &str, from: &Phone, to: &Phone, direction: &str, custom: Option<&str>) {
        let shown = api::resource(self, sid, from, to, direction, custom);
        let view = CallView { sid: sid.to_owned(), status: "in-progress".to_owned(), heard: Vec::new() };
        self.records().insert(sid.to_owned(), Record { view, shown });
    }

    fn change(&self, sid: &str, change: impl FnOnce(&mut Record)) {
        if let Some(record) = self.records().get_mut(sid) {
            change(record);
        }
    }

    fn complain(&self, what: impl Into<String>) {
        self.0.complaints.lock().unwrap_or_else(PoisonError::into_inner).push(what.into());
    }

    fn deliver(&self, hook: &str, body: Value, status: Option<u16>, answer: String) {
        self.0.ledger.deliver(Delivery { hook: hook.to_owned(), body, status, answer });
    }

    /// A name nobody else has, shaped like the vendor's; later ones sort later.
    fn name(&self) -> String {
        format!("{:030x}19cn", self.0.drawn.fetch_add(1, Ordering::Relaxed))
    }

    /// The time as applets and the API tell it: Indian, without saying so.
    fn now(&self) -> String {
        let now = self.0.settings.clock.now().with_timezone(&chrono_tz::Asia::Kolkata);
        now.format("%Y-%m-%d %H:%M:%S").to_string()
    }
}
