//! A gateway that is none, around the adapter: door, engine and a store in memory, joined to the vendor by HTTP.

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::post,
};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm},
    call::Call,
    effect::{Channel, Effect},
    engine::{Booked, Engine, Ports},
    id::{AppointmentId, CallId, EffectId},
    ports::{CallCommand, CallProvider, EffectRunner, IvrStore, Performed, PlaceCall, PortResult, WebhookRequest},
    rules::Rules,
};
use frontdesk_eightxeight::{Config, EightXEight, NAME, Sms};
use frontdesk_testkit::{
    BUSINESS, BUSINESS_PHONE, Clock, MemoryStore, booking,
    carriers::eightxeight::{EightXEight as Vendor, Settings},
    moment, phone, rules,
};
use std::{
    collections::BTreeMap,
    net::TcpListener,
    sync::{Arc, Mutex},
};
use tokio::sync::watch;
use url::Url;

pub(crate) const KEY: &str = "api-key-of-the-test";
pub(crate) const SECRET: &str = "webhook-secret-of-the-test";

pub(crate) fn now() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

pub(crate) fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().build().unwrap()
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

pub(crate) fn config(vendor: &Url, gateway: &Url, clock: &Clock) -> Config {
    let clock = clock.clone();
    let secrets = vec![SECRET.into()];
    let mut config = Config::new(KEY.into(), "acme_voice_01", gateway.clone(), secrets, Arc::new(move || clock.now()));
    config.base_url = Some(vendor.clone());
    config.calls_per_minute = None;
    let sms = Sms::new(KEY.into(), "acme_sms_01", "HarbourClin");
    config.sms = Some(Sms { base_url: Some(vendor.clone()), ..sms });
    config
}

/// The adapter alone, its vendor away.
pub(crate) fn alone() -> EightXEight {
    EightXEight::new(config(&nobody(), &Url::parse("https://desk.example").unwrap(), &Clock::at(now())), http())
}

pub(crate) async fn vendor(clock: &Clock) -> Vendor {
    let clock = clock.clone();
    Vendor::start(Settings::new(KEY, Arc::new(move || clock.now())), http()).await.unwrap()
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

pub(crate) async fn perform(adapter: &EightXEight, place: &PlaceCall) -> PortResult<Performed> {
    let effect = EffectId(place.call_id.0);
    adapter.perform(&CallCommand::Place(place.clone()), &effect).await
}

/// A vendor that knows where to ask, and an adapter on it; webhooks are posted to where nobody listens.
pub(crate) async fn pair(change: impl FnOnce(&mut Config)) -> (Vendor, EightXEight, Clock) {
    let clock = Clock::at(now());
    let vendor = vendor(&clock).await;
    let mut config = config(&vendor.url(), &nobody(), &clock);
    change(&mut config);
    let adapter = EightXEight::new(config, http());
    adapter.register_webhooks().await.unwrap();
    (vendor, adapter, clock)
}

/// What a process is made of.
type Parts = (Arc<EightXEight>, Engine);

#[derive(Clone)]
struct Door {
    parts: Arc<Mutex<Option<Parts>>>,
    /// Webhooks wait in front of it while it is shut.
    open: watch::Sender<bool>,
    rejected: Arc<Mutex<Vec<String>>>,
    clock: Clock,
}

/// Everything joined.
pub(crate) struct Desk {
    pub(crate) vendor: Vendor,
    pub(crate) clock: Clock,
    pub(crate) engine: Engine,
    pub(crate) store: Arc<MemoryStore>,
    door: Door,
    url: Url,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        let clock = Clock::at(now());
        let vendor = vendor(&clock).await;
        let open = watch::Sender::new(true);
        let door = Door { parts: Arc::default(), open, rejected: Arc::default(), clock: clock.clone() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let router = Router::new().route("/webhooks/eightxeight/{hook}", post(receive)).with_state(door.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let store = Arc::new(MemoryStore::new());
        let (adapter, engine) = begin(&vendor, &url, &clock, &store);
        assert!(adapter.register_webhooks().await.unwrap().is_right());
        *door.parts.lock().unwrap() = Some((adapter, engine.clone()));
        Self { vendor, clock, engine, store, door, url }
    }

    /// Lets webhooks wait, or lets in what waits.
    pub(crate) fn open_door(&self, open: bool) {
        self.door.open.send_replace(open);
    }

    /// The process ends, and another one begins with nothing but the store.
    pub(crate) fn restart(&mut self) {
        let (adapter, engine) = begin(&self.vendor, &self.url, &self.clock, &self.store);
        self.engine = engine.clone();
        *self.door.parts.lock().unwrap() = Some((adapter, engine));
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
        self.run_due().await;
        soon(self.vendor.ledger().settled()).await;
        assert_eq!(*self.door.rejected.lock().unwrap(), Vec::<String>::new());
    }

    /// Runs what is due.
    pub(crate) async fn run_due(&self) {
        loop {
            let lease = self.engine.rules().lease;
            let due = self.store.next_due(lease).filter(|(at, _)| *at <= self.clock.now());
            let Some((_, effect)) = due else { break };
            self.engine.run(effect).await.unwrap();
        }
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

/// A process begins.
fn begin(vendor: &Vendor, url: &Url, clock: &Clock, store: &Arc<MemoryStore>) -> Parts {
    let adapter = Arc::new(EightXEight::new(config(&vendor.url(), url, clock), http()));
    let ports = Ports {
        carriers: BTreeMap::from([(NAME.to_owned(), Arc::clone(&adapter) as _)]),
        notifiers: BTreeMap::from([(Channel::Sms, Arc::clone(&adapter) as _)]),
        ..Ports::default()
    };
    let engine = Engine::new(Arc::new(calling_by_8x8()), Arc::clone(store) as _, ports, clock.world());
    (adapter, engine)
}

/// The rules of every test, with 8x8 as the only carrier.
fn calling_by_8x8() -> Rules {
    let mut rules = rules();
    let business = rules.businesses.get_mut(BUSINESS).unwrap();
    business.carriers = vec![NAME.to_owned()];
    business.policy.messages = vec![Channel::Sms];
    rules
}

/// A request as a door captures it.
pub(crate) fn captured(hook: &str, url: String, headers: &HeaderMap, body: &[u8]) -> WebhookRequest {
    let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    WebhookRequest { method: "POST".to_owned(), hook: hook.to_owned(), url, headers, body: body.to_vec(), peer: None }
}

async fn receive(
    State(door): State<Door>,
    Path(hook): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // The sender lives as long as the door does, so that waiting cannot fail.
    let _ = door.open.subscribe().wait_for(|open| *open).await;
    let (adapter, engine) = door.parts.lock().unwrap().clone().unwrap();
    let request = captured(&hook, format!("http://desk.example{uri}"), &headers, &body);
    let received = match adapter.receive(&request, door.clock.now()) {
        Ok(received) => received,
        Err(rejected) => {
            door.rejected.lock().unwrap().push(rejected.to_string());
            return StatusCode::from_u16(rejected.status()).unwrap().into_response();
        }
    };
    let answered = engine.receive(NAME, received).await.unwrap();
    let response = adapter.render(&answered.reply, answered.call.as_ref());
    let status = StatusCode::from_u16(response.status).unwrap();
    (status, [(header::CONTENT_TYPE, response.content_type)], response.body).into_response()
}
