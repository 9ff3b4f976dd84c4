//! Twilio, pretended: the REST API for calls and messages, signed webhooks, and calls that walk the TwiML they are given.
//!
//! Strict where Twilio is: a document that it would not take ends the call and is on record as a [`Complaint`], with the
//! number of Twilio's own error. <https://www.twilio.com/docs/voice>

mod api;
mod call;
mod line;
mod messages;
mod numbers;
mod stream;
mod twiml;

pub use stream::{Heard, OnStream};

use super::{Delivery, Ledger, Pace, Script};
use crate::Clock;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use call::Record;
use chrono::Duration;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};
use tokio::net::TcpListener;
use url::Url;

/// How long after the end of a call its record can be read.
const RECORD_AFTER: Duration = Duration::minutes(15);

/// The account that is pretended.
#[derive(Clone)]
pub struct Settings {
    /// The account.
    pub account: String,
    /// Its auth token: opens the API and signs webhooks.
    pub token: String,
    /// The time, which its answers carry.
    pub clock: Clock,
    /// How long a second of a call takes.
    pub pace: Pace,
}

/// Something that Twilio's debugger would show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The number of the error.
    pub code: u32,
    /// What is wrong.
    pub what: String,
}

/// A call, as somebody on the line and the console see it.
#[derive(Debug, Clone, PartialEq)]
pub struct CallView {
    /// Twilio's name for it.
    pub sid: String,
    /// `queued`, `in-progress`, `completed` and so on.
    pub status: String,
    /// What was heard, in order.
    pub heard: Vec<String>,
    /// The media streams it was connected to: the address, and the parameters in order.
    pub streams: Vec<(String, Vec<(String, String)>)>,
}

/// The pretended vendor. Clones are the same one.
#[derive(Clone)]
pub struct Twilio(Arc<Inner>);

struct Inner {
    settings: Settings,
    http: reqwest::Client,
    ledger: Ledger,
    calls: Mutex<BTreeMap<String, Record>>,
    /// By number: its name, and what is set of it.
    numbers: Mutex<BTreeMap<String, (String, numbers::Settings)>>,
    /// API keys: names and secrets.
    keys: Mutex<Vec<(String, String)>>,
    complaints: Mutex<Vec<Complaint>>,
    book: Mutex<messages::Book>,
    sockets: Mutex<Option<stream::Sockets>>,
    url: Url,
    drawn: AtomicU32,
    listing: AtomicBool,
}

impl Twilio {
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
        let vendor = Self(Arc::new(Inner {
            settings,
            http,
            ledger: Ledger::default(),
            calls: Mutex::default(),
            numbers: Mutex::default(),
            keys: Mutex::default(),
            complaints: Mutex::default(),
            book: Mutex::default(),
            sockets: Mutex::default(),
            url,
            drawn: AtomicU32::new(1),
            listing: AtomicBool::new(true),
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

    /// Gives the account a standard API key, which opens everything but the account itself and its keys.
    pub fn give_key(&self, sid: &str, secret: &str) {
        self.keys().push((sid.to_owned(), secret.to_owned()));
    }

    fn keys(&self) -> MutexGuard<'_, Vec<(String, String)>> {
        self.0.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether calls and messages appear in lists: they do so late.
    pub fn lists_calls(&self, yes: bool) {
        self.0.listing.store(yes, Ordering::SeqCst);
    }

    /// Every call, the oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<CallView> {
        self.records().iter().map(|(sid, record)| record.view(sid)).collect()
    }

    /// What the debugger shows.
    #[must_use]
    pub fn complaints(&self) -> Vec<Complaint> {
        self.0.complaints.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Somebody rings a number whose voice URL is `voice` and whose status callback is `status`; gives the call once it
    /// is over.
    ///
    /// # Panics
    /// Never: the call was just begun.
    pub async fn ring(&self, from: &str, to: &str, voice: &str, status: &str, script: Script) -> CallView {
        let form = [("From", from), ("To", to), ("Url", voice), ("StatusCallback", status)];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let sid = self.open(form, "inbound");
        line::Line::new(self.clone(), sid.clone(), script).live().await;
        self.records().get(&sid).map(|record| record.view(&sid)).expect("the call is there")
    }

    fn open(&self, form: Vec<(String, String)>, direction: &'static str) -> String {
        let sid = self.draw("CA");
        let record = Record::new(form, direction, self.0.settings.clock.now());
        self.records().insert(sid.clone(), record);
        sid
    }

    fn records(&self) -> MutexGuard<'_, BTreeMap<String, Record>> {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sockets(&self) -> MutexGuard<'_, Option<stream::Sockets>> {
        self.0.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is known of a call.
    fn change<T>(&self, sid: &str, change: impl FnOnce(&mut Record) -> T) -> Option<T> {
        self.records().get_mut(sid).map(change)
    }

    fn complain(&self, code: u32, what: impl Into<String>) {
        let complaint = Complaint { code, what: what.into() };
        self.0.complaints.lock().unwrap_or_else(PoisonError::into_inner).push(complaint);
    }

    /// A name nobody else has, shaped like the vendor's; later ones sort later.
    fn draw(&self, kind: &str) -> String {
        format!("{kind}{:032x}", self.0.drawn.fetch_add(1, Ordering::Relaxed))
    }

    /// Posts a webhook; gives status, media type and body of the answer.
    async fn deliver(
        &self,
        hook: &str,
        url: &str,
        form: &[(String, String)],
    ) -> Result<(u16, String, String), reqwest::Error> {
        let called = url.split('#').next().unwrap_or(url);
        let request = self
            .0
            .http
            .post(called)
            .header("x-twilio-signature", sign(&self.0.settings.token, called, form))
            .header("user-agent", "TwilioProxy/1.1")
            .form(form);
        let answered = match request.send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
                let kind = kind.unwrap_or_default().to_owned();
                response.text().await.map(|body| (status, kind, body))
            }
            Err(error) => Err(error),
        };
        let body = form.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
        self.0.ledger.deliver(Delivery {
            hook: hook.to_owned(),
            body: Value::Object(body),
            status: answered.as_ref().ok().map(|answer| answer.0),
            answer: answered.as_ref().map(|answer| answer.2.clone()).unwrap_or_default(),
        });
        answered
    }

    /// Writes a request about a call on its record.
    fn write_down(&self, sid: &str, url: &str, form: &[(String, String)], status: Option<u16>) {
        let parameters: serde_json::Map<String, Value> =
            form.iter().map(|(name, value)| (snake(name), Value::from(value.as_str()))).collect();
        let event = json!({
            "request": { "method": "POST", "url": url, "parameters": parameters },
            "response": { "response_code": status },
        });
        self.change(sid, |record| record.events.push(event));
    }
}

/// `StatusCallback` becomes `status_callback`, as records show it.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// The signature of a webhook, made apart from the adapter that verifies it: names sorted, of a repeated one every
/// distinct value.
///
/// # Panics
/// Never: HMAC takes a key of any length.
#[must_use]
pub fn sign(token: &str, url: &str, form: &[(String, String)]) -> String {
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in form {
        let values = names.entry(name).or_default();
        if !values.contains(&value.as_str()) {
            values.push(value);
        }
    }
    let mut signed = url.to_owned();
    for (name, mut values) in names {
        values.sort_unstable();
        for value in values {
            signed.push_str(name);
            signed.push_str(value);
        }
    }
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(token.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(signed.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}
