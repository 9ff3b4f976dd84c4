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
    engine::{Booked, Engine, Ports},
    id::{AppointmentId, CallId, EffectId},
    ivr,
    ports::{
        CallCommand, CallProvider, CaptureStore, CapturedFilter, EffectRunner, IvrStore, Performed, PlaceCall,
        PortResult, ReceivedAbout, WebhookRequest, WebhookResponse,
    },
    rules::Rules,
};
use frontdesk_exotel::{Api, App, Config, Exotel, NAME, Sms};
use frontdesk_testkit::{
    BUSINESS, BUSINESS_PHONE, Clock, MemoryStore, booking,
    carriers::{
        Pace,
        exotel::{Exotel as Vendor, Flow, Settings},
    },
    moment, phone, rules,
};
use std::{
    collections::BTreeMap,
    net::TcpListener,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};
use url::Url;

pub(crate) const ACCOUNT: &str = "acme1";
pub(crate) const KEY: &str = "key-of-the-test";
pub(crate) const TOKEN: &str = "token-of-the-test";
pub(crate) const SECRET: &str = "secret-of-the-test";
pub(crate) const APP: &str = "684213";
pub(crate) const STEPS: [&str; 5] = ["language", "state", "service", "model", "hp"];

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

/// Everything there is to configure.
pub(crate) fn config(vendor: &Url, webhook_base: &Url) -> Config {
    let mut config = Config::new(vec![SECRET.into()]);
    config.trees.insert("ivr".to_owned(), STEPS.map(str::to_owned).to_vec());
    config.trees.insert("survey".to_owned(), vec!["stars".to_owned()]);
    config.api = Some(Api { base_url: Some(vendor.clone()), ..Api::new(KEY.into(), TOKEN.into(), ACCOUNT) });
    config.app = Some(App::new(APP));
    config.sms = Some(Sms::new("ACMECL"));
    config.webhook_base = Some(webhook_base.clone());
    config
}

/// The adapter alone, its vendor away.
pub(crate) fn alone() -> Exotel {
    Exotel::new(config(&nobody(), &"https://desk.example".parse().unwrap()), http())
}

pub(crate) async fn vendor(clock: &Clock) -> Vendor {
    let settings = Settings {
        sid: ACCOUNT.to_owned(),
        key: KEY.to_owned(),
        token: TOKEN.to_owned(),
        clock: clock.clone(),
        pace: Pace::FAST,
    };
    let vendor = Vendor::start(settings, http()).await.unwrap();
    vendor.draw(APP, Flow::default());
    vendor
}

/// A vendor, and an adapter on it; webhooks are sent to where nobody listens.
pub(crate) async fn pair(change: impl FnOnce(&mut Config)) -> (Vendor, Exotel, Clock) {
    let clock = Clock::at(now());
    let vendor = vendor(&clock).await;
    let mut config = config(&vendor.url(), &nobody());
    change(&mut config);
    (vendor, Exotel::new(config, http()), clock)
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

pub(crate) async fn perform(adapter: &Exotel, command: CallCommand) -> PortResult<Performed> {
    adapter.perform(&command, &EffectId::derive(now(), &["effect"])).await
}

/// A webhook as a door captures it, proved by its query.
pub(crate) fn request(hook: &str, query: &str) -> WebhookRequest {
    WebhookRequest {
        method: "GET".to_owned(),
        hook: hook.to_owned(),
        url: format!("https://desk.example/webhooks/exotel/{hook}?secret={SECRET}&{query}"),
        headers: Vec::new(),
        body: Vec::new(),
        peer: None,
    }
}

#[derive(Clone)]
pub(crate) struct Door {
    base: String,
    pub(crate) parts: Arc<OnceLock<(Arc<Exotel>, Engine)>>,
    rejected: Arc<Mutex<Vec<String>>>,
    failing: Arc<AtomicU32>,
    clock: Clock,
}

/// Everything joined.
pub(crate) struct Desk {
    pub(crate) hooks: String,
    pub(crate) vendor: Vendor,
    pub(crate) clock: Clock,
    pub(crate) engine: Engine,
    pub(crate) store: Arc<MemoryStore>,
    door: Door,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        Self::open_as(|_, _, _| {}, Router::new()).await
    }

    /// With a configuration and rules of its own, the address of the desk being told; and whatever else it answers.
    pub(crate) async fn open_as(change: impl FnOnce(&mut Config, &mut Rules, &str), others: Router<Door>) -> Self {
        let clock = Clock::at(now());
        let vendor = vendor(&clock).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let door = Door {
            base: base.clone(),
            parts: Arc::default(),
            rejected: Arc::default(),
            failing: Arc::default(),
            clock: clock.clone(),
        };
        let router = others.route("/webhooks/exotel/{*hook}", any(receive)).with_state(door.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let mut config = config(&vendor.url(), &base.parse().unwrap());
        let store = Arc::new(MemoryStore::new());
        let mut rules = rules();
        let business = rules.businesses.get_mut(BUSINESS).unwrap();
        business.carriers = vec![NAME.to_owned()];
        business.policy.messages = Vec::new();
        change(&mut config, &mut rules, &base);
        let adapter = Arc::new(Exotel::new(config, http()));
        let carriers = BTreeMap::from([(NAME.to_owned(), Arc::clone(&adapter) as _)]);
        let ports = Ports { carriers, ..Ports::default() };
        let engine = Engine::new(Arc::new(rules), Arc::clone(&store) as _, ports, clock.world());
        door.parts.set((adapter, engine.clone())).ok().unwrap();
        let hooks = format!("{base}/webhooks/exotel");
        vendor.draw(APP, Flow::walked(&hooks, SECRET, 4));
        Self { hooks, vendor, clock, engine, store, door }
    }

    /// The next so many webhooks are answered with a server's error.
    pub(crate) fn fail(&self, times: u32) {
        self.door.failing.store(times, Ordering::SeqCst);
    }

    /// An appointment of whoever has this number, to be asked about at once.
    pub(crate) async fn book(&self, number: &str, confirm: Confirm) -> Appointment {
        let mut new = booking(now() + Duration::days(2), confirm);
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

    /// Books, calls, and gives what came of the first call.
    pub(crate) async fn call(&self, number: &str) -> (Appointment, Call) {
        let appointment = self.book(number, Confirm::Now).await;
        self.run().await;
        (self.appointment(appointment.id).await, self.store.all_calls().remove(0))
    }

    pub(crate) async fn appointment(&self, id: AppointmentId) -> Appointment {
        self.store.appointment(id).await.unwrap().unwrap()
    }

    /// What was pressed in customers' own flows.
    pub(crate) async fn captured(&self) -> Vec<ivr::Call> {
        self.store.captured(CapturedFilter { limit: 500, ..CapturedFilter::default() }).await.unwrap().items
    }
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
    let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let (method, url) = (method.to_string(), format!("{}{uri}", door.base));
    let request = WebhookRequest { method, hook, url, headers, body: body.to_vec(), peer: None };
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
    let answer = match &received.about {
        ReceivedAbout::Capture { answer, .. } => Some(answer.clone()),
        _ => None,
    };
    let answered = engine.receive(NAME, received).await.unwrap();
    write(answer.unwrap_or_else(|| adapter.answer(&request.hook, &answered.reply, answered.call.as_ref())))
}

fn write(response: WebhookResponse) -> Response {
    let status = StatusCode::from_u16(response.status).unwrap();
    (status, [(header::CONTENT_TYPE, response.content_type)], response.body).into_response()
}
