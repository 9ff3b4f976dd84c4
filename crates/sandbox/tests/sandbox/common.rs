//! A gateway that is none: it verifies callbacks with the adapter, remembers them, and answers as a small flow would.

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::post,
};
use chrono::{DateTime, TimeZone, Utc};
use frontdesk_core::{
    event::Event,
    id::{CallId, EffectId},
    personal::Phone,
    ports::{CallCommand, CallProvider, PlaceCall, Received, WebhookRequest},
    reply::{Reply, Verb},
    speech::Language,
};
use frontdesk_sandbox::{
    Config, Sandbox,
    carrier::{self, CallView, Carrier, Clock},
    phone,
};
use secrecy::SecretString;
use serde_json::Value;
use std::{
    future::Future,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpListener, sync::watch};
use url::Url;

pub(crate) const TOKEN: &str = "account-token-of-the-test";
pub(crate) const BUSINESS: &str = "+15005550000";

pub(crate) fn clock() -> Clock {
    Arc::new(now)
}

pub(crate) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap()
}

pub(crate) fn phone(number: &str) -> Phone {
    Phone::parse(number, None).unwrap()
}

pub(crate) fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().build().unwrap()
}

/// Waits for something that must come; the limit only keeps a broken test from hanging.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("it never came")
}

pub(crate) async fn serve(router: Router) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

/// One callback as it came in.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) received: Received,
    pub(crate) raw: Value,
}

#[derive(Clone)]
struct Gateway {
    adapter: Arc<std::sync::OnceLock<Arc<Sandbox>>>,
    seen: Arc<watch::Sender<Vec<Seen>>>,
    /// How many more callbacks are answered with a server's error.
    failing: Arc<AtomicU32>,
    /// How many more steering callbacks are asked to come back.
    holding: Arc<AtomicU32>,
    rejected: Arc<Mutex<Vec<String>>>,
    /// What callers and callees hear, in place of the small flow.
    callers: Arc<Mutex<Option<Vec<Verb>>>>,
}

/// Carrier, adapter and gateway, joined by HTTP on loopback.
pub(crate) struct Bench {
    pub(crate) adapter: Arc<Sandbox>,
    pub(crate) carrier: Carrier,
    pub(crate) url: Url,
    pub(crate) http: reqwest::Client,
    gateway: Gateway,
    seen: watch::Receiver<Vec<Seen>>,
}

#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) journal: Option<PathBuf>,
    pub(crate) max_live_calls: Option<usize>,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let (sender, seen) = watch::channel(Vec::new());
        let gateway = Gateway {
            adapter: Arc::default(),
            seen: Arc::new(sender),
            failing: Arc::default(),
            holding: Arc::default(),
            rejected: Arc::default(),
            callers: Arc::default(),
        };
        let http = http();
        let door = Router::new().route("/webhooks/sandbox/{hook}", post(receive)).with_state(gateway.clone());
        let gateway_url = serve(door).await;
        let mut config = carrier::Config::new(TOKEN.into(), secret(), gateway_url.clone(), phone(BUSINESS));
        config.pace = 0.0;
        config.retry_gap = Duration::from_millis(1);
        config.journal = setup.journal;
        config.max_live_calls = setup.max_live_calls.unwrap_or(config.max_live_calls);
        // The gateway must know the adapter before the carrier reports what its journal left over.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let adapter = Arc::new(adapter(&url, &gateway_url, &http));
        gateway.adapter.set(Arc::clone(&adapter)).ok().unwrap();
        let carrier = Carrier::open(config, clock(), http.clone()).unwrap();
        let router = carrier.router().merge(phone::router(carrier.clone()));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { adapter, carrier, url, http, gateway, seen }
    }

    /// The next so many callbacks are answered with status 503.
    pub(crate) fn fail(&self, times: u32) {
        self.gateway.failing.store(times, Ordering::SeqCst);
    }

    /// The next so many steering callbacks are asked to come back.
    pub(crate) fn hold(&self, times: u32) {
        self.gateway.holding.store(times, Ordering::SeqCst);
    }

    /// Callers and callees hear this, in place of the small flow.
    pub(crate) fn answer_callers(&self, verbs: Vec<Verb>) {
        *self.gateway.callers.lock().unwrap() = Some(verbs);
    }

    pub(crate) async fn place(&self, to: &str) -> (CallId, Result<String, frontdesk_core::ports::PortError>) {
        let (call_id, command) = place(to, to);
        (call_id, self.perform(&command).await.map(|performed| format!("{performed:?}")))
    }

    pub(crate) async fn perform(
        &self,
        command: &CallCommand,
    ) -> frontdesk_core::ports::PortResult<frontdesk_core::ports::Performed> {
        self.adapter.perform(command, &EffectId::derive(now(), &["effect"])).await
    }

    /// Waits until the callbacks are as wanted.
    pub(crate) async fn until(&self, wanted: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
        let mut seen = self.seen.clone();
        let waited = soon(seen.wait_for(|seen| wanted(seen))).await.unwrap().clone();
        assert!(self.gateway.rejected.lock().unwrap().is_empty(), "a callback was rejected");
        waited
    }

    /// Waits for the end of a call, and gives all callbacks up to it.
    pub(crate) async fn ended(&self) -> Vec<Seen> {
        self.until(|seen| seen.iter().any(|one| matches!(one.received.event, Event::Ended { .. }))).await
    }

    /// Waits until some call at the carrier is as wanted.
    pub(crate) async fn call(&self, wanted: impl Fn(&CallView) -> bool) -> CallView {
        let mut changes = self.carrier.changes();
        soon(async {
            loop {
                changes.mark_unchanged();
                if let Some(call) = self.carrier.calls(false).into_iter().find(|call| wanted(call)) {
                    return call;
                }
                changes.changed().await.unwrap();
            }
        })
        .await
    }

    pub(crate) async fn stats(&self) -> Value {
        let url = self.url.join("/sandbox/carrier/v1/stats").unwrap();
        self.http.get(url).bearer_auth(TOKEN).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.http.get(self.url.join(path).unwrap()).send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let response = self.http.post(self.url.join(path).unwrap()).json(&body).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    }
}

pub(crate) fn secret() -> SecretString {
    "webhook-secret-of-the-test".into()
}

pub(crate) fn adapter(carrier: &Url, gateway: &Url, http: &reqwest::Client) -> Sandbox {
    let config = Config {
        base_url: carrier.clone(),
        account_token: TOKEN.into(),
        webhook_secret: secret(),
        webhook_base: gateway.clone(),
        from: phone(BUSINESS),
    };
    Sandbox::new(config, http.clone())
}

pub(crate) fn place(name: &str, to: &str) -> (CallId, CallCommand) {
    let call_id = CallId::derive(now(), &["call", name]);
    let place = PlaceCall {
        call_id,
        to: phone(to),
        from: phone(BUSINESS),
        ring_seconds: 30,
        detect_machine: true,
        agent: None,
    };
    (call_id, CallCommand::Place(place))
}

pub(crate) fn find(call_id: CallId, provider_call_id: Option<String>) -> CallCommand {
    let (from, to) = (phone(BUSINESS), phone("+15005550101"));
    CallCommand::Find { call_id, provider_call_id, from, to, since: now(), asked: now() }
}

pub(crate) fn names(seen: &[Seen]) -> Vec<&'static str> {
    seen.iter().map(|one| one.received.event.name()).collect()
}

pub(crate) fn digits(seen: &[Seen]) -> Vec<(u32, String)> {
    let pressed = seen.iter().filter_map(|one| match &one.received.event {
        Event::Digits { turn, digits, .. } => Some((*turn, digits.clone())),
        _ => None,
    });
    pressed.collect()
}

async fn receive(
    State(gateway): State<Gateway>,
    Path(hook): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let less = |left: u32| left.checked_sub(1);
    let failing = gateway.failing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok();
    let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let url = format!("http://gateway.example{uri}");
    let request = WebhookRequest { method: "POST".to_owned(), hook, url, headers, body: body.to_vec(), peer: None };
    let adapter = gateway.adapter.get().unwrap();
    let received = match adapter.receive(&request, now()) {
        Ok(received) => received,
        Err(rejected) => {
            gateway.rejected.lock().unwrap().push(rejected.to_string());
            return StatusCode::from_u16(rejected.status()).unwrap().into_response();
        }
    };
    let raw: Value = serde_json::from_slice(&body).unwrap();
    let steers = matches!(
        received.event,
        Event::Incoming
            | Event::Answered { .. }
            | Event::Digits { .. }
            | Event::Silence { .. }
            | Event::Recorded { .. }
            | Event::Streamed
    );
    let held = steers && !failing && gateway.holding.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok();
    let reply = if held {
        let resume = Verb::Resume { event: Box::new(received.event.clone()), hold: received.hold + 1, call: None };
        Reply(vec![say("One moment, please."), resume])
    } else {
        let begins = matches!(received.event, Event::Incoming | Event::Answered { .. });
        let callers = gateway.callers.lock().unwrap().clone().filter(|_| begins);
        callers.map_or_else(|| reply(&received.event), Reply)
    };
    gateway.seen.send_modify(|seen| seen.push(Seen { received, raw }));
    if failing {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let response = adapter.render(&reply, None);
    let status = StatusCode::from_u16(response.status).unwrap();
    (status, [(header::CONTENT_TYPE, response.content_type)], response.body).into_response()
}

pub(crate) fn say(text: &str) -> Verb {
    Verb::Say { text: text.to_owned(), language: Language::En }
}

fn ask(turn: u32, digits: u8) -> Verb {
    let prompt = "Press a key.".to_owned();
    Verb::Ask {
        step: "menu".to_owned(),
        turn,
        prompt,
        language: Language::En,
        digits,
        timeout_seconds: 60,
        speech: false,
    }
}

fn record(turn: u32) -> Verb {
    let (step, prompt) = ("message".to_owned(), "Leave a message.".to_owned());
    Verb::Record { step, turn, prompt, language: Language::En, beep: true, max_seconds: 60, silence_seconds: 5 }
}

fn stream() -> Verb {
    let parameters = vec![("token".to_owned(), "once".to_owned())];
    // Nobody listens there.
    Verb::Stream { url: "ws://127.0.0.1:1/media".to_owned(), parameters }
}

/// A small flow: greets and asks; 5 asks again, 9 asks for four digits, 0 takes a message and then streams; anything else
/// thanks and hangs up.
fn reply(event: &Event) -> Reply {
    match event {
        Event::Incoming | Event::Answered { .. } => Reply(vec![say("Hello."), ask(1, 1)]),
        Event::Digits { digits, turn, .. } if digits == "5" => Reply(vec![ask(turn + 1, 1)]),
        Event::Digits { digits, turn, .. } if digits == "9" => Reply(vec![ask(turn + 1, 4)]),
        Event::Digits { digits, turn, .. } if digits == "0" => Reply(vec![record(turn + 1)]),
        Event::Recorded { .. } => Reply(vec![stream(), say("Thank you."), Verb::Hangup]),
        Event::Silence { turn, .. } if *turn < 2 => Reply(vec![ask(turn + 1, 1)]),
        Event::Digits { .. } | Event::Silence { .. } | Event::Streamed => Reply(vec![say("Thank you."), Verb::Hangup]),
        _ => Reply::default(),
    }
}
