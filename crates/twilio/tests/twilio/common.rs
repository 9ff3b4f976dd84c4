//! A gateway that is none, around the adapter: door, engine and a store in memory, joined to the vendor by HTTP.

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::any,
};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm},
    call::Call,
    effect::{Effect, EffectState},
    engine::{Booked, Engine, Ports},
    id::{AppointmentId, CallId, EffectId},
    ports::{
        CallCommand, CallProvider, EffectFilter, EffectRunner, IvrStore, Notifier, Performed, PlaceCall, PortResult,
        ReceivedAbout, WebhookRequest,
    },
    reply::{Reply, Verb},
    rules::Business,
    speech::Language,
};
use frontdesk_testkit::{
    BUSINESS, BUSINESS_PHONE, Clock, MemoryStore, booking,
    carriers::{
        Pace,
        twilio::{Settings, Twilio as Vendor},
    },
    moment, phone, rules,
};
use frontdesk_twilio::{Config, NAME, Twilio};
use std::{
    collections::BTreeMap,
    net::TcpListener,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};
use url::Url;

pub(crate) const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub(crate) const TOKEN: &str = "auth-token-of-the-test";

pub(crate) fn now() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

pub(crate) fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// An address of this machine where nobody listens.
pub(crate) fn nobody() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
}

/// The limit only keeps a broken test from hanging.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(std::time::Duration::from_secs(30), what).await.expect("it never came")
}

/// A configuration as it comes, of an account that is never asked anything.
pub(crate) fn unmet(webhook_base: &str) -> Config {
    config_at(&Clock::at(now()), webhook_base)
}

fn config_at(clock: &Clock, webhook_base: &str) -> Config {
    let clock = clock.clone();
    Config::new(ACCOUNT, TOKEN.into(), webhook_base, frontdesk_twilio::Clock::new(move || clock.now()))
}

/// One for a vendor of these tests, which is asked for as many calls as come.
pub(crate) fn config(vendor: &Url, webhook_base: &str, clock: &Clock) -> Config {
    let mut config = config_at(clock, webhook_base);
    config.calls_per_minute = None;
    config.base_url = Some(vendor.clone());
    config
}

/// The adapter alone, its vendor away.
pub(crate) fn alone() -> Twilio {
    Twilio::new(config(&nobody(), "https://desk.example", &Clock::at(now())), http()).unwrap()
}

pub(crate) async fn vendor(clock: &Clock) -> Vendor {
    let settings =
        Settings { account: ACCOUNT.to_owned(), token: TOKEN.to_owned(), clock: clock.clone(), pace: Pace::FAST };
    Vendor::start(settings, http()).await.unwrap()
}

/// A vendor, and an adapter on it; webhooks are posted to where nobody listens.
pub(crate) async fn pair(change: impl FnOnce(&mut Config)) -> (Vendor, Twilio, Clock) {
    let clock = Clock::at(now());
    let vendor = vendor(&clock).await;
    let mut config = config(&vendor.url(), nobody().as_str().trim_end_matches('/'), &clock);
    change(&mut config);
    (vendor, Twilio::new(config, http()).unwrap(), clock)
}

pub(crate) fn place(name: &str, to: &str) -> PlaceCall {
    let call_id = CallId::derive(now(), &[name]);
    PlaceCall {
        call_id,
        to: phone(to),
        from: phone(BUSINESS_PHONE),
        ring_seconds: 30,
        detect_machine: true,
        agent: None,
    }
}

pub(crate) async fn perform(adapter: &Twilio, command: CallCommand) -> PortResult<Performed> {
    adapter.perform(&command, &EffectId::derive(now(), &["effect"])).await
}

pub(crate) fn find(place: &PlaceCall) -> CallCommand {
    CallCommand::Find {
        call_id: place.call_id,
        provider_call_id: None,
        from: place.from.clone(),
        to: place.to.clone(),
        since: now(),
        asked: now(),
    }
}

#[derive(Clone)]
struct Door {
    base: String,
    parts: Arc<OnceLock<(Arc<Twilio>, Engine)>>,
    rejected: Arc<Mutex<Vec<String>>>,
    holding: Arc<AtomicU32>,
    failing: Arc<AtomicU32>,
    clock: Clock,
}

/// Everything joined.
pub(crate) struct Desk {
    pub(crate) base: String,
    pub(crate) vendor: Vendor,
    pub(crate) clock: Clock,
    pub(crate) engine: Engine,
    pub(crate) store: Arc<MemoryStore>,
    door: Door,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::among(change, |_| {}).await
    }

    /// With another configuration, for another business.
    pub(crate) async fn among(change: impl FnOnce(&mut Config), business: impl FnOnce(&mut Business)) -> Self {
        let clock = Clock::at(now());
        let vendor = vendor(&clock).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let door = Door {
            base: base.clone(),
            parts: Arc::default(),
            rejected: Arc::default(),
            holding: Arc::default(),
            failing: Arc::default(),
            clock: clock.clone(),
        };
        let router = Router::new().route("/webhooks/twilio/{*hook}", any(receive)).with_state(door.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let mut config = config(&vendor.url(), &base, &clock);
        change(&mut config);
        let adapter = Arc::new(Twilio::new(config, http()).unwrap());
        let store = Arc::new(MemoryStore::new());
        let carriers = BTreeMap::from([(NAME.to_owned(), Arc::clone(&adapter) as _)]);
        let mut rules = rules();
        let changed = rules.businesses.get_mut(BUSINESS).unwrap();
        changed.carriers = vec![NAME.to_owned()];
        changed.policy.messages = Vec::new();
        business(changed);
        let notifiers = adapter.channels().iter().map(|channel| (*channel, Arc::clone(&adapter) as _)).collect();
        let ports = Ports { carriers, notifiers, ..Ports::default() };
        let engine = Engine::new(Arc::new(rules), Arc::clone(&store) as _, ports, clock.world());
        door.parts.set((adapter, engine.clone())).ok().unwrap();
        Self { base, vendor, clock, engine, store, door }
    }

    /// The next so many webhooks that steer a call are asked to come back.
    pub(crate) fn hold(&self, times: u32) {
        self.door.holding.store(times, Ordering::SeqCst);
    }

    /// The next so many webhooks are answered with a server's error.
    pub(crate) fn fail(&self, times: u32) {
        self.door.failing.store(times, Ordering::SeqCst);
    }

    /// An appointment of whoever has this number, to be asked about at once.
    pub(crate) async fn book(&self, number: &str) -> Appointment {
        let mut new = booking(now() + Duration::days(2), Confirm::Now);
        new.customer.phone = phone(number);
        match self.engine.book(new, None).await.unwrap().0 {
            Booked::New(appointment) => appointment,
            other => panic!("{other:?}"),
        }
    }

    /// Runs what is due, and lets every call come to its end.
    pub(crate) async fn run(&self) {
        loop {
            let lease = self.engine.rules().lease;
            let due = self.store.next_due(lease).filter(|(at, _)| *at <= self.clock.now());
            let Some((_, effect)) = due else { break };
            self.engine.run(effect).await.unwrap();
        }
        soon(self.vendor.ledger().settled()).await;
        assert_eq!(*self.door.rejected.lock().unwrap(), Vec::<String>::new());
    }

    /// Lets time pass, and runs what becomes due.
    pub(crate) async fn pass(&self, span: Duration) {
        let until = self.clock.now() + span;
        self.run().await;
        while let Some((at, _)) = self.store.next_due(self.engine.rules().lease).filter(|(at, _)| *at <= until) {
            self.clock.turn_to(at);
            self.run().await;
        }
        self.clock.turn_to(until);
    }

    /// Books, calls, and gives what came of the first call.
    pub(crate) async fn call(&self, number: &str) -> (Appointment, Call) {
        let appointment = self.book(number).await;
        self.run().await;
        (self.appointment(appointment.id).await, self.store.all_calls().remove(0))
    }

    pub(crate) async fn appointment(&self, id: AppointmentId) -> Appointment {
        self.store.appointment(id).await.unwrap().unwrap()
    }

    /// The effect that placed the first call.
    pub(crate) fn effect(&self) -> Effect {
        let id = self.store.all_calls()[0].effect_id;
        self.store.all_effects().into_iter().find(|effect| Some(effect.id) == id).unwrap()
    }
}

/// A request as a door captures it.
pub(crate) fn captured(method: &Method, hook: String, url: String, headers: &HeaderMap, body: &[u8]) -> WebhookRequest {
    let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    WebhookRequest { method: method.to_string(), hook, url, headers, body: body.to_vec(), peer: None }
}

async fn receive(
    State(door): State<Door>,
    Path(hook): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (adapter, engine) = door.parts.get().unwrap();
    let request = captured(&method, hook, format!("{}{uri}", door.base), &headers, &body);
    let received = match adapter.receive(&request, door.clock.now()) {
        Ok(received) => received,
        Err(rejected) => {
            door.rejected.lock().unwrap().push(rejected.to_string());
            return StatusCode::from_u16(rejected.status()).unwrap().into_response();
        }
    };
    let less = |left: u32| left.checked_sub(1);
    if door.failing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if received.heard && door.holding.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
        let ReceivedAbout::Call { call, .. } = &received.about else { panic!("not a call") };
        let say = Verb::Say { text: "One moment.".to_owned(), language: Language::En };
        let event = Box::new(received.event.clone());
        let resume = Verb::Resume { event, hold: received.hold + 1, call: Some(call.clone()) };
        return write(adapter.render(&Reply(vec![say, Verb::Pause { seconds: 1 }, resume]), None));
    }
    let (heard, event) = (received.heard, received.event.clone());
    let answered = engine.receive(NAME, received).await.unwrap();
    // A gateway's workers take up at once what is due for a live call.
    let due = engine.store().effects(EffectFilter { state: Some(EffectState::Waiting), ..EffectFilter::default() });
    for effect in due.await.unwrap().items.iter().filter(|effect| effect.action.kind() == "steer") {
        engine.run(effect.id).await.unwrap();
    }
    write(match heard {
        true => adapter.render(&answered.reply, answered.call.as_ref()),
        false => adapter.acknowledge(&request.hook, &event, answered.call.as_ref()),
    })
}

pub(crate) fn write(response: frontdesk_core::ports::WebhookResponse) -> Response {
    let status = StatusCode::from_u16(response.status).unwrap();
    (status, [(header::CONTENT_TYPE, response.content_type)], response.body).into_response()
}
