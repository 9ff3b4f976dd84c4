//! Joins everything: the only place that names all adapters.

use crate::{
    clock,
    config::Config,
    failure::{Failure, causes},
    secrets::Secrets,
};
use axum::Router;
use frontdesk_core::{
    effect::Channel,
    engine::{Engine, Ports},
    ports::{CalendarSink, CallProvider, DeskStore, EffectRunner, IvrStore, Notifier, VoiceCloner},
};
use frontdesk_sandbox::{LocalCalendar, NAME, Sandbox, carrier, phone};
use frontdesk_store::{JobOptions, Jobs, OpenOptions, Store};
use frontdesk_web::{CalendarFeed, Health, Limits, Site};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use secrecy::ExposeSecret;
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::sync::broadcast;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

/// How many timeline lines a slow page may lag behind.
const FEED: usize = 4096;
/// How often the timeline of other gateways on the same PostgreSQL is looked at.
const FEED_POLL: Duration = Duration::from_secs(1);

/// A gateway, joined and not yet serving.
pub struct Gateway {
    /// What it answers.
    pub router: Router,
    /// What it keeps.
    pub store: Store,
    /// Its decisions.
    pub engine: Engine,
    /// The local calendar.
    pub calendar: LocalCalendar,
    /// The pretended carrier, when it lives in this process.
    pub carrier: Option<carrier::Carrier>,
    /// Cancelled when it stops: live streams end.
    pub stopping: CancellationToken,
    /// Work that outlives its request.
    pub tasks: TaskTracker,
}

/// What a gateway is joined from.
pub struct Parts<'a> {
    /// What was decided.
    pub config: &'a Config,
    /// What opens and signs things.
    pub secrets: &'a Secrets,
    /// Where it really listens.
    pub listen: SocketAddr,
    /// Its database, open.
    pub store: Store,
    /// Where the pretended carrier remembers what it accepted.
    pub journal: Option<PathBuf>,
}

/// An HTTP client with the gateway's time-outs and name. Installs the one TLS provider of the process.
///
/// # Errors
/// When TLS cannot be set up.
pub fn http_client() -> Result<reqwest::Client, Failure> {
    // A second installation in one process (tests) changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("frontdesk/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(15))
        .build()
        .map_err(|error| Failure::broken(format!("the HTTP client cannot be made: {error}{}", causes(&error))))
}

/// Opens the database as configured.
///
/// # Errors
/// One sentence with the remedy: unreachable, written by a newer version, migrations missing.
pub async fn open_store(config: &Config) -> Result<Store, Failure> {
    let store = Store::open_with(config.database.expose_secret(), OpenOptions { migrate: config.migrate })
        .await
        .map_err(|error| unopened(config, &error))?;
    if !config.migrate {
        let pending = store.pending_migrations().await.map_err(|error| unopened(config, &error))?;
        if !pending.is_empty() {
            let names = pending.join(", ");
            return Err(Failure::broken(format!("the database lacks migrations ({names}); run `gateway migrate`")));
        }
    }
    Ok(store)
}

fn unopened(config: &Config, error: &frontdesk_core::ports::PortError) -> Failure {
    let address = crate::config::masked_url(config.database.expose_secret());
    Failure::broken(format!(
        "the database at {address} cannot be opened: {error}{}; check DATABASE_URL and whether the server runs",
        causes(error)
    ))
}

/// The address of this machine under which a socket bound there is reached.
#[must_use]
pub fn reachable(listen: SocketAddr) -> SocketAddr {
    let mut address = listen;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    address
}

/// Joins the parts. Must be called within a Tokio runtime.
///
/// # Errors
/// When an adapter cannot be made: a folder that cannot be written, a journal that cannot be read.
pub fn join(parts: Parts<'_>) -> Result<Gateway, Failure> {
    let Parts { config, secrets, listen, store, journal } = parts;
    let http = http_client()?;
    let here = local_url(listen)?;
    let public_url = config.public_url.clone().unwrap_or_else(|| here.clone());
    let calendar = LocalCalendar::open(config.data.join("calendar"))
        .map_err(|error| Failure::broken(format!("{error}{}", causes(&error))))?;
    let first = config.rules.businesses.values().find_map(|business| business.phone.clone());
    let Some(from) = first else {
        return Err(Failure::broken("no business has a telephone number; set businesses.<id>.phone"));
    };

    let carrier = match &config.sandbox.base_url {
        Some(_) => None,
        None => {
            let mut settings = carrier::Config::new(
                secrets.account_token.clone(),
                secrets.webhook_secret.clone(),
                here.clone(),
                from.clone(),
            );
            settings.pace = config.sandbox.pace;
            settings.journal = journal;
            let opened = carrier::Carrier::open(settings, Arc::new(clock::now), http.clone());
            Some(opened.map_err(|error| Failure::broken(format!("the sandbox cannot start: {error}")))?)
        }
    };
    let adapter = Arc::new(Sandbox::new(
        frontdesk_sandbox::Config {
            base_url: config.sandbox.base_url.clone().unwrap_or_else(|| here.clone()),
            account_token: secrets.account_token.clone(),
            webhook_secret: secrets.webhook_secret.clone(),
            // Within one process nothing has to go through the public address.
            webhook_base: if carrier.is_some() { here.clone() } else { public_url.clone() },
            from,
        },
        http,
    ));
    let mut ports = Ports::default();
    ports.carriers.insert(NAME.to_owned(), Arc::clone(&adapter) as Arc<dyn CallProvider>);
    for channel in [Channel::Sms, Channel::Whatsapp, Channel::Email] {
        ports.notifiers.insert(channel, Arc::clone(&adapter) as Arc<dyn Notifier>);
    }
    ports.calendar = Some(Arc::new(calendar.clone()) as Arc<dyn CalendarSink>);
    ports.cloner = Some(adapter as Arc<dyn VoiceCloner>);

    let rules = Arc::new(config.rules.clone());
    let engine = Engine::new(rules, Arc::new(store.clone()) as Arc<dyn IvrStore>, ports, clock::world());
    let stopping = CancellationToken::new();
    let tasks = TaskTracker::new();
    let metrics = metrics_handle();
    let feed = feed(&store, &stopping, &tasks);
    let site = Site {
        engine: engine.clone(),
        desk: Arc::new(store.clone()) as Arc<dyn DeskStore>,
        public_url,
        admin_token: secrets.admin_token.clone(),
        session_secret: secrets.session.clone(),
        live: Arc::new(move || feed.subscribe()),
        aliases: Vec::new(),
        metrics: Arc::new(move || metrics.render()),
        calendar_feed: Some(calendar_feed(&calendar, config, secrets)),
        sandbox: carrier.clone().map(phone::router),
        sandbox_carrier: carrier.as_ref().map(carrier::Carrier::router),
        health: Arc::new(health),
        limits: limits(config),
        default_business: None,
        trusted_proxy: config.trusted_proxy,
        stopping: stopping.clone(),
        tasks: tasks.clone(),
    };
    Ok(Gateway { router: frontdesk_web::router(site), store, engine, calendar, carrier, stopping, tasks })
}

impl Gateway {
    /// Begins to run what is due.
    ///
    /// # Errors
    /// When another gateway runs on the same SQLite file, or the database is away.
    pub async fn start_jobs(&self, config: &Config) -> Result<Jobs, Failure> {
        let runner = Arc::new(self.engine.clone()) as Arc<dyn EffectRunner>;
        let options = JobOptions {
            workers: config.jobs.workers,
            rescue_after: config.jobs.rescue_after,
            ..JobOptions::default()
        };
        Ok(self.store.start_jobs(runner, options).await?)
    }
}

fn local_url(listen: SocketAddr) -> Result<Url, Failure> {
    Url::parse(&format!("http://{}", reachable(listen)))
        .map_err(|_| Failure::broken(format!("{listen} cannot be written as a URL; set server.listen to another address")))
}

/// Passes on the position of every new timeline line; those of other gateways are found by looking.
fn feed(store: &Store, stopping: &CancellationToken, tasks: &TaskTracker) -> broadcast::Sender<i64> {
    let (sender, _) = broadcast::channel(FEED);
    let (store, stopping, out) = (store.clone(), stopping.clone(), sender.clone());
    let shared = store.backend() == "postgres";
    tasks.spawn(async move {
        let mut lines = store.subscribe();
        let mut last = 0;
        let mut look = tokio::time::interval(FEED_POLL);
        loop {
            let seq = tokio::select! {
                () = stopping.cancelled() => break,
                line = lines.recv() => match line {
                    Ok(line) => line.seq,
                    // Whoever listens catches up from the position.
                    Err(broadcast::error::RecvError::Lagged(_)) => continue,
                    Err(broadcast::error::RecvError::Closed) => break,
                },
                _ = look.tick(), if shared && out.receiver_count() > 0 => match store.last_seq().await {
                    Ok(seq) => seq,
                    Err(_) => continue,
                },
            };
            if seq > last || !shared {
                last = seq.max(last);
                // Nobody listening is fine.
                let _ = out.send(seq);
            }
        }
    });
    sender
}

fn calendar_feed(calendar: &LocalCalendar, config: &Config, secrets: &Secrets) -> CalendarFeed {
    let (calendar, known) = (calendar.clone(), config.rules.businesses.keys().cloned().collect::<Vec<_>>());
    let render = move |business: &str| {
        if !known.iter().any(|id| id == business) {
            return None;
        }
        calendar
            .feed(business)
            .inspect_err(|error| tracing::error!(%error, business, "the calendar feed cannot be written"))
            .ok()
    };
    CalendarFeed { render: Arc::new(render), token: secrets.feed.clone() }
}

/// What other providers will say here; the sandbox's own parts are in this process.
fn health() -> Health {
    let services = ["google_calendar", "twilio_sms", "email"].map(|name| (name.to_owned(), false));
    Health { services: services.into(), ..Health::default() }
}

fn limits(config: &Config) -> Limits {
    let (own, usual) = (&config.limits, Limits::default());
    Limits {
        body_bytes: own.body_bytes.unwrap_or(usual.body_bytes),
        per_minute: own.per_minute.unwrap_or(usual.per_minute),
        webhooks_per_second: own.webhooks_per_second.unwrap_or(usual.webhooks_per_second),
        sign_ins_per_minute: own.sign_ins_per_minute.unwrap_or(usual.sign_ins_per_minute),
        streams: own.streams.unwrap_or(usual.streams),
        ..usual
    }
}

/// The process has one recorder; whoever asks first installs it.
pub fn metrics_handle() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let make = || {
        let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds)
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("somebody else in this process records metrics already; /metrics stays empty");
        }
        handle
    };
    HANDLE.get_or_init(make).clone()
}
