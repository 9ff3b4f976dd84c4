//! Joins everything: the only place that names all adapters.

mod carriers;
mod desk;
mod relay;
mod voice;
mod voices;
mod webhooks;

pub use carriers::{Real, aliases};
pub use desk::Desk;
pub use relay::Relay;

use crate::{
    clock,
    config::Config,
    database,
    failure::{Failure, causes},
    feed,
    hand_edits::HandEdits,
    metrics,
    secrets::Secrets,
};
use axum::Router;
use frontdesk_bridge::Bridge;
use frontdesk_core::{
    effect::Channel,
    engine::{Engine, Ports},
    links::Links,
    ports::{
        CalendarSink, CallProvider, DeskStore, EffectRunner, IvrStore, MediaLine, Notifier, VoiceCloner, VoiceStore,
    },
};
use frontdesk_sandbox::{LocalCalendar, NAME, Sandbox, ScriptedAgent, carrier, phone};
use frontdesk_store::{JobOptions, Jobs, OpenOptions, Store};
use frontdesk_web::{CalendarFeed, CalendarNotices, Forget, Health, HealthCheck, Limits, Part, Site};
use secrecy::ExposeSecret;
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

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
    /// Follows what the desk changes by hand in the calendar, where that can be told.
    pub hand_edits: Option<HandEdits>,
    /// Listens to a PBX, where there is one to listen to.
    pub relay: Option<Relay>,
    /// Cancelled when it stops: live streams end.
    pub stopping: CancellationToken,
    /// Work that outlives its request.
    pub tasks: TaskTracker,
    /// Live conversations, where there is an agent.
    pub bridge: Option<Bridge>,
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
    builder()
        .timeout(Duration::from_secs(15))
        .build()
        .map_err(|error| Failure::broken(format!("the HTTP client cannot be made: {error}{}", causes(&error))))
}

fn builder() -> reqwest::ClientBuilder {
    // A second installation in one process (tests) changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("frontdesk/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(5))
}

/// Opens the database as configured.
///
/// # Errors
/// One sentence with the remedy: unreachable, written by a newer version, migrations missing.
pub async fn open_store(config: &Config) -> Result<Store, Failure> {
    let url = config.database.expose_secret();
    database::probe(url).await.map_err(|error| database::unreachable(config, &error))?;
    database::ours_or_empty(config).await?;
    database::keep_private(url)?;
    let store = Store::open_with(url, OpenOptions { migrate: config.migrate })
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
    database::unreachable(config, &format!("{error}{}", causes(error)))
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
    let public_url = config.public_url.as_deref().unwrap_or(&here).clone();
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
    // Within one process nothing has to go through the public address.
    let seen_at = if carrier.is_some() { here.clone() } else { public_url.clone() };
    let adapter = Arc::new(Sandbox::new(
        frontdesk_sandbox::Config {
            base_url: config.sandbox.base_url.clone().unwrap_or_else(|| here.clone()),
            account_token: secrets.account_token.clone(),
            webhook_secret: secrets.webhook_secret.clone(),
            webhook_base: seen_at.clone(),
            from,
        },
        http,
    ));
    let mut ports = Ports::default();
    ports.carriers.insert(NAME.to_owned(), Arc::clone(&adapter) as Arc<dyn CallProvider>);
    if config.only_pretends() {
        // A message to somebody real must not be pretended: where a real carrier rings, what nobody sends is not sent.
        for channel in [Channel::Sms, Channel::Whatsapp, Channel::Email] {
            ports.notifiers.insert(channel, Arc::clone(&adapter) as Arc<dyn Notifier>);
        }
    }
    let real = Real::new(config, &public_url)?;
    real.join(&mut ports, &config.carriers, config.public_url.is_some());
    ports.calendar = Some(Arc::new(calendar.clone()) as Arc<dyn CalendarSink>);
    let desk = Desk::new(config, Some(&secrets.calendar))?;
    desk.join(&mut ports);
    if config.only_pretends() {
        // Nobody real talks with an agent that only pretends.
        ports.agent.get_or_insert_with(|| Arc::new(ScriptedAgent::new(Arc::clone(&config.rules.texts))));
    }
    let lines = BTreeMap::from([(NAME.to_owned(), Arc::clone(&adapter) as Arc<dyn MediaLine>)]);
    // Whoever is configured for it goes before the sandbox.
    ports.cloner.get_or_insert(adapter as Arc<dyn VoiceCloner>);
    ports.cloner = ports.cloner.take().map(|cloner| Arc::new(voices::Timed(cloner)) as Arc<dyn VoiceCloner>);
    ports.voices = Some(Arc::new(store.clone()) as Arc<dyn VoiceStore>);
    ports.samples = config.samples.as_ref().map(|samples| voices::samples(samples, http_client()?)).transpose()?;

    ports.webhooks = webhooks::senders(config)?;

    let mut rules = config.rules.clone();
    // Where nobody real is reached, whoever reads the messages sits at this machine. A conversation at a PBX, which has no
    // socket, needs no address of ours at all.
    let reached = config.public_url.is_some() || config.only_pretends();
    rules.links = Links::new(public_url.clone(), secrets.links.clone())
        .map(|links| links.in_sms(config.links.sms))
        .map(|links| if reached { links } else { links.for_streams_alone() });
    rules.media.insert(NAME.to_owned(), voice::sandbox_socket(&seen_at));
    rules.media.extend(voice::at_the_pbx(config, ports.agent.is_some()));
    let rules = Arc::new(rules);
    let engine = Engine::new(rules, Arc::new(store.clone()) as Arc<dyn IvrStore>, ports, clock::world());
    let stopping = CancellationToken::new();
    let tasks = TaskTracker::new();
    let bridge = voice::bridge(config, &real, lines, &engine, &public_url, stopping.clone());
    if let (Some(bridge), Some(pbx)) = (&bridge, &real.threecx) {
        pbx.put_through_by(bridge.exchange());
    }
    let wake = Arc::new(Notify::new());
    let hand_edits = desk.watched().map(|calendar| HandEdits {
        calendar,
        engine: engine.clone(),
        cursors: Arc::new(store.clone()),
        wake: Arc::clone(&wake),
        callback: config
            .public_url
            .as_ref()
            .filter(|url| url.scheme() == "https")
            .map(|url| format!("{}/api/v1/webhooks/calendar/notification", url.as_str().trim_end_matches('/'))),
        token: secrets.calendar.clone(),
    });
    let calendar_notices = hand_edits.as_ref().map(|edits| {
        let wake = Arc::clone(&edits.wake);
        CalendarNotices { calendar: Arc::clone(&edits.calendar), wake: Arc::new(move || wake.notify_one()) }
    });
    let (handle, measured) = (metrics::handle(), engine.clone());
    let feed = feed::pass_on(&store, &stopping, &tasks);
    let site = Site {
        engine: engine.clone(),
        desk: Arc::new(store.clone()) as Arc<dyn DeskStore>,
        public_url,
        admin_token: secrets.admin_token.clone(),
        session_secret: secrets.session.clone(),
        live: Arc::new(move || feed.subscribe()),
        aliases: aliases(),
        metrics: Arc::new(move || {
            metrics::breakers(&measured);
            metrics::fallbacks(&measured.rules().texts);
            handle.render()
        }),
        // Where appointments go elsewhere, the feed would show what is not so any more.
        calendar_feed: hand_edits.is_none().then(|| calendar_feed(&calendar, config, secrets)),
        calendar_notices,
        sandbox: carrier.clone().map(phone::router),
        sandbox_carrier: carrier.as_ref().map(carrier::Carrier::router),
        forget: forget(carrier.clone()),
        health: health(&engine, config),
        limits: limits(config),
        default_business: None,
        trusted_proxy: config.trusted_proxy,
        stopping: stopping.clone(),
        tasks: tasks.clone(),
    };
    let mut router = frontdesk_web::router(site);
    if let Some(bridge) = &bridge {
        router = router.merge(bridge.router());
    }
    let listens = config.carriers.threecx.as_ref().is_some_and(|threecx| threecx.relay);
    let relay = real.threecx.filter(|_| listens).map(|pbx| Relay { pbx, router: router.clone() });
    Ok(Gateway { router, store, engine, calendar, carrier, hand_edits, relay, stopping, tasks, bridge })
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
    Url::parse(&format!("http://{}", reachable(listen))).map_err(|_| {
        Failure::broken(format!("{listen} cannot be written as a URL; set server.listen to another address"))
    })
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

/// The pretended carrier is no company of its own while it lives in this process: what it keeps, we keep.
fn forget(carrier: Option<carrier::Carrier>) -> Forget {
    Arc::new(move |phone, addresses| {
        let carrier = carrier.clone();
        Box::pin(async move {
            let Some(carrier) = carrier else { return true };
            let forgotten = carrier.forget(phone, addresses).await;
            forgotten.inspect_err(|error| tracing::error!(%error, "the sandbox could not forget a person")).is_ok()
        })
    })
}

/// What is configured. The sandbox's own parts are in this process, and pretend: they are none of these services.
fn health(engine: &Engine, config: &Config) -> HealthCheck {
    let ports = engine.ports();
    let sender = |channel| ports.notifiers.get(&channel).map(|notifier| notifier.name().to_owned());
    let calendar = ports.calendar.as_ref().map(|calendar| calendar.name().to_owned());
    let elevenlabs = config.carriers.elevenlabs.as_ref().is_some_and(|config| config.api.is_some());
    let services = [
        ("google_calendar", calendar.is_some_and(|name| name.starts_with("google"))),
        ("caldav", config.desk.caldav.is_some()),
        ("twilio_sms", sender(Channel::Sms).as_deref() == Some(frontdesk_twilio::NAME)),
        ("email", sender(Channel::Email).is_some_and(|name| name != NAME)),
        ("elevenlabs", config.carriers.elevenlabs.is_some()),
        ("threecx", config.carriers.threecx.as_ref().is_some_and(|it| it.own_secret || it.adapter.control.is_some())),
    ];
    let health = Health {
        services: services.map(|(name, there)| (name.to_owned(), there)).into(),
        elevenlabs: if elevenlabs { Part::Ok } else { Part::Disabled },
        ..Health::default()
    };
    Arc::new(move || health.clone())
}

fn limits(config: &Config) -> Limits {
    let (own, usual) = (&config.limits, Limits::default());
    Limits {
        body_bytes: own.body_bytes.unwrap_or(usual.body_bytes),
        per_minute: own.per_minute.unwrap_or(usual.per_minute),
        webhooks_per_second: own.webhooks_per_second.unwrap_or(usual.webhooks_per_second),
        visits_per_minute: own.visits_per_minute.unwrap_or(usual.visits_per_minute),
        sign_ins_per_minute: own.sign_ins_per_minute.unwrap_or(usual.sign_ins_per_minute),
        streams: own.streams.unwrap_or(usual.streams),
        ..usual
    }
}
