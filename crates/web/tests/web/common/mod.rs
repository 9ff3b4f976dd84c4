//! A store in memory, a carrier that trusts a header, and a site around them.

mod carrier;
mod memory;

pub(crate) use carrier::{Carrier, Mood};
pub(crate) use memory::{Desk, Memory};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use chrono::{DateTime, Duration, TimeZone, Utc};
use frontdesk_core::{
    breaker::BreakerPolicy,
    contact::{ContactPolicy, Hours},
    engine::{Engine, Ports, World},
    flow::Flow,
    ivr::Tree,
    personal::Phone,
    rules::{Business, Inbound, Policy, Rules},
    slots::Opening,
    speech::{Language, Templates, Texts},
};
use frontdesk_web::{Alias, Health, Limits, Site};
use secrecy::SecretString;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::broadcast;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;
use uuid::Uuid;

pub(crate) const TOKEN: &str = "letmein";
pub(crate) const KEY: &str = "fd_key_of_a_program";

/// 1 March 2030, 12:00 in Singapore, a Friday.
pub(crate) fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2030, 3, 1, 4, 0, 0).unwrap()
}

pub(crate) fn business(id: &str, name: &str, zone: chrono_tz::Tz, region: &str, phone: &str) -> Business {
    Business {
        id: id.to_owned(),
        name: name.to_owned(),
        phone: Some(Phone::parse(phone, None).unwrap()),
        numbers: BTreeMap::new(),
        desk: None,
        time_zone: zone,
        language: Language::En,
        region: Some(region.to_owned()),
        carriers: vec!["fake".to_owned()],
        flow: "confirm".to_owned(),
        inbound_flow: "inbound".to_owned(),
        inbound: Inbound::Menu,
        policy: Policy::default(),
        contact: ContactPolicy { hours: std::array::from_fn(|_| vec![Hours::ALL_DAY]), ..ContactPolicy::default() },
        opening: Opening::default(),
    }
}

pub(crate) fn rules() -> Rules {
    let texts = Texts::builtin();
    let flows = [
        ("confirm", include_str!("../../../../../fixtures/flows/confirm.toml")),
        ("inbound", include_str!("../../../../../fixtures/flows/inbound.toml")),
    ];
    Rules {
        businesses: [
            business("clinic", "Ana's Dental Clinic", chrono_tz::Asia::Singapore, "SG", "+6560000000"),
            business("salon", "Nora's Salon", chrono_tz::America::New_York, "US", "+12125550100"),
        ]
        .map(|business| (business.id.clone(), business))
        .into(),
        flows: flows.map(|(name, source)| (name.to_owned(), Flow::parse(name, source, texts).unwrap())).into(),
        trees: vec![Arc::new(Tree::plain("ivr", &["language", "state", "service", "model", "hp"]))],
        alerts: Vec::new(),
        texts: Arc::new(own(&texts.with_overrides(Language::En, "one-moment = One moment, please.").unwrap())),
        lease: Duration::minutes(2),
        lookup_after: Duration::seconds(30),
        breaker: BreakerPolicy::default(),
        media: BTreeMap::new(),
        greeting: frontdesk_core::greeting::GreetingPolicy::default(),
        links: None,
        abilities: BTreeMap::new(),
    }
}

/// The salon words some texts itself.
fn own(texts: &Texts) -> Texts {
    let mut own = Templates::default();
    for (language, id, source) in [
        (Language::En, "sms-confirmed", "Darling {{ name | first_word }}, see you {{ when }} <3 {{ business }}"),
        (Language::En, "mail-confirmed-subject", "{{ name }}, you are in"),
        (Language::Es, "goodbye", "Hasta pronto, {{ name }}."),
    ] {
        own.add(language, id, source).unwrap();
    }
    texts.clone().with_templates("salon", own)
}

/// A site with everything to look at it from outside.
pub(crate) struct House {
    pub(crate) router: Router,
    pub(crate) store: Arc<Memory>,
    pub(crate) carrier: Arc<Carrier>,
    pub(crate) tasks: TaskTracker,
    pub(crate) stopping: CancellationToken,
}

impl Default for House {
    fn default() -> Self {
        Self::with(|_| {})
    }
}

impl House {
    pub(crate) fn with(change: impl FnOnce(&mut Site)) -> Self {
        Self::at(noon(), change)
    }

    pub(crate) fn at(now: DateTime<Utc>, change: impl FnOnce(&mut Site)) -> Self {
        let (sender, _) = broadcast::channel(64);
        let store = Arc::new(Memory::new(sender.clone()));
        let desk = Arc::new(Desk::default());
        desk.add(KEY, now);
        let carrier = Arc::new(Carrier::default());
        let ids = AtomicU64::new(1);
        // Time goes on by a millisecond with every look at the clock: no two things happen at once.
        let looks = AtomicU64::new(0);
        let world = World::new(
            move || now + Duration::milliseconds(looks.fetch_add(1, Ordering::Relaxed) as i64),
            move || Uuid::from_u64_pair(0x0190_0000_0000_7000, ids.fetch_add(1, Ordering::Relaxed)),
        );
        let ports = Ports {
            carriers: BTreeMap::from([("fake".to_owned(), carrier.clone() as _)]),
            voices: Some(Arc::new(frontdesk_testkit::MemoryStore::new()) as _),
            samples: Some(Arc::new(crate::voices::Shelf) as _),
            ..Ports::default()
        };
        let tasks = TaskTracker::new();
        let stopping = CancellationToken::new();
        let mut site = Site {
            engine: Engine::new(Arc::new(rules()), store.clone(), ports, world),
            desk,
            public_url: "https://desk.example".parse().unwrap(),
            admin_token: SecretString::from(TOKEN),
            session_secret: SecretString::from("a secret of the session"),
            live: Arc::new(move || sender.subscribe()),
            aliases: vec![Alias::new("/voice/{step}", "fake", "steps/{step}")],
            metrics: Arc::new(|| "frontdesk_up 1\n".to_owned()),
            calendar_feed: None,
            calendar_notices: None,
            sandbox: None,
            sandbox_carrier: None,
            forget: Arc::new(|_, _| Box::pin(async { true })),
            health: Arc::new(Health::default),
            limits: Limits::default(),
            default_business: Some("clinic".to_owned()),
            trusted_proxy: false,
            stopping: stopping.clone(),
            tasks: tasks.clone(),
        };
        change(&mut site);
        Self { router: frontdesk_web::router(site), store, carrier, tasks, stopping }
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn ask(&self, request: Request<Body>) -> Seen {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Seen { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    pub(crate) async fn get(&self, path: &str) -> Seen {
        self.ask(signed("GET", path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Seen {
        self.ask(signed("POST", path).body(Body::from(body.to_owned())).unwrap()).await
    }

    /// Books an appointment two hours from now, and says its id.
    pub(crate) async fn booked(&self) -> String {
        let seen = self.post("/api/v1/appointments", &appointment("\"confirm\": \"now\"")).await;
        assert_eq!(seen.status, StatusCode::CREATED, "{}", seen.body);
        seen.json()["id"].as_str().unwrap().to_owned()
    }

    /// A session cookie, as signing in gives it.
    pub(crate) async fn cookie(&self) -> String {
        let path = format!("/sign-in?token={TOKEN}");
        let seen = self.ask(plain("GET", &path).body(Body::empty()).unwrap()).await;
        let cookie = seen.headers["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }
}

/// An answer, read.
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The names of the fields that were said not to be right.
    pub(crate) fn wrong_fields(&self) -> Vec<String> {
        let json = self.json();
        let errors = json["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
    }
}

pub(crate) fn plain(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path)
}

pub(crate) fn signed(method: &str, path: &str) -> axum::http::request::Builder {
    plain(method, path).header("authorization", format!("Bearer {TOKEN}"))
}

/// A new appointment two hours from noon, with more members.
pub(crate) fn appointment(more: &str) -> String {
    let more = if more.is_empty() { String::new() } else { format!(", {more}") };
    format!(
        r#"{{"customer": {{"name": "Ana Lim", "phone": "9123 4567"}}, "starts_at": "2030-03-01T14:00:00+08:00"{more}}}"#
    )
}

/// A webhook of the fake carrier.
pub(crate) fn webhook(hook: &str, body: &str) -> Request<Body> {
    plain("POST", &format!("/webhooks/fake/{hook}"))
        .header("x-proof", "genuine")
        .body(Body::from(body.to_owned()))
        .unwrap()
}
