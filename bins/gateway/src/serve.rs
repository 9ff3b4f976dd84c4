//! Runs the gateway until it is told to stop.

use crate::{
    clock,
    config::{Config, Inputs, PublicUrl},
    database,
    failure::Failure,
    import::captured,
    logging, metrics,
    secrets::{self, Secrets},
    server::{self, Bounds},
    term::{self, Ink, Tone},
    wire::{self, Gateway, Parts},
};
use frontdesk_core::{
    effect::{Action, EffectState},
    engine::Engine,
    ports::{EffectFilter, IvrStore},
};
use frontdesk_sandbox::carrier::Carrier;
use frontdesk_store::{Jobs, Store};
use secrecy::{ExposeSecret, SecretString};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, task::JoinHandle, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// How long what is under way may take to end.
const DRAIN: Duration = Duration::from_secs(30);
/// How much of it is kept for what comes after the conversations.
const AFTER_TALKS: Duration = Duration::from_secs(8);
/// How long callers whose conversation is over may take to be told what comes next.
const TELLING: Duration = Duration::from_secs(4);
/// How often what the store counted is shown among the metrics.
const COUNTERS: Duration = Duration::from_secs(15);
/// How often voices whose time is over are looked for.
const VOICES: Duration = Duration::from_secs(60);
/// How often old rows are looked for.
const PRUNE: Duration = Duration::from_secs(3_600);

/// A gateway that answers.
pub struct Running {
    /// Its parts.
    pub gateway: Gateway,
    /// Where it is found from this machine, without a slash at the end.
    pub url: String,
    /// What it is bound to.
    pub listen: SocketAddr,
    jobs: Jobs,
    server: JoinHandle<std::io::Result<()>>,
    upkeep: JoinHandle<()>,
    alerts: JoinHandle<()>,
    /// Cancelled when the server takes nobody more; later than [`Gateway::stopping`].
    closing: CancellationToken,
}

/// The port, or one sentence about who has it.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn bind(listen: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(listen).await.map_err(|error| {
        let what = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "is taken by another program; stop it, or set FRONTDESK_LISTEN to another port"
            }
            std::io::ErrorKind::PermissionDenied => {
                "may not be used by this user; take a port above 1023, set FRONTDESK_LISTEN"
            }
            _ => "cannot be listened on; set FRONTDESK_LISTEN to an address of this machine",
        };
        Failure::broken(format!("{listen} {what} ({error})"))
    })
}

/// Joins everything and begins to answer on a bound socket.
///
/// # Errors
/// When the database or an adapter cannot be opened.
pub async fn start(
    config: &Config,
    secrets: &Secrets,
    socket: TcpListener,
    journal: Option<PathBuf>,
) -> Result<Running, Failure> {
    let listen = socket.local_addr().map_err(|error| Failure::broken(error.to_string()))?;
    let store = wire::open_store(config).await?;
    let mut gateway = wire::join(Parts { config, secrets, listen, store, journal })?;
    let closing = CancellationToken::new();
    // Jobs may ring the sandbox at once, and that lives behind this very server.
    let server = tokio::spawn(server::serve(socket, gateway.router.clone(), Bounds::default(), closing.clone()));
    let jobs = match gateway.start_jobs(config).await {
        Ok(jobs) => jobs,
        Err(failure) => {
            gateway.stopping.cancel();
            closing.cancel();
            return Err(failure);
        }
    };
    tokio::spawn(take_over(gateway.engine.clone(), gateway.store.clone(), config.database.clone()));
    if let Some(edits) = gateway.hand_edits.take() {
        gateway.tasks.spawn(edits.follow(gateway.stopping.clone()));
    }
    if let Some(relay) = gateway.relay.take() {
        gateway.tasks.spawn(relay.run(gateway.stopping.clone()));
    }
    let upkeep = tokio::spawn(upkeep(gateway.engine.clone(), gateway.store.clone(), config.jobs.keep));
    let alerts =
        tokio::spawn(look_at_alerts(gateway.engine.clone(), gateway.store.clone(), config.jobs.look_at_alerts));
    let url = format!("http://{}", wire::reachable(listen));
    Ok(Running { gateway, url, listen, jobs, server, upkeep, alerts, closing })
}

impl Running {
    /// Says that it is not ready and takes no new work, goes on with calls that are live for up to 30 seconds, hands
    /// the rest back.
    ///
    /// # Errors
    /// When the server broke down before.
    pub async fn stop(self) -> Result<(), Failure> {
        let begun = Instant::now();
        let left = || DRAIN.saturating_sub(begun.elapsed());
        let Self { gateway, jobs, server, upkeep, alerts, closing, .. } = self;
        upkeep.abort();
        alerts.abort();
        gateway.stopping.cancel();
        // The order matters: what a caller hears after a conversation is a job's to tell, a running job may still need the
        // carrier, and the carrier the server.
        if let Some(bridge) = &gateway.bridge {
            let talking = bridge.live() > 0;
            let seconds = left().saturating_sub(AFTER_TALKS);
            if tokio::time::timeout(seconds, bridge.drained()).await.is_err() {
                tracing::warn!("conversations were still held after {seconds:?}; their callers are hung up on");
            }
            if talking && tokio::time::timeout(TELLING, all_told(&gateway.store)).await.is_err() {
                tracing::warn!("callers could not be told in time what comes after their conversation");
            }
        }
        if tokio::time::timeout(left(), jobs.stop()).await.is_err() {
            tracing::warn!("jobs were still running after 30 seconds; they are looked up at the next start");
        }
        if let Some(carrier) = &gateway.carrier {
            hang_on(carrier, left()).await;
            carrier.shutdown().await;
        }
        closing.cancel();
        gateway.tasks.close();
        let served = tokio::time::timeout(left(), server).await;
        if tokio::time::timeout(left(), gateway.tasks.wait()).await.is_err() {
            tracing::warn!("work was still under way after 30 seconds; it is taken up again at the next start");
        }
        gateway.store.close().await;
        match served {
            Ok(Ok(Err(error))) => Err(Failure::broken(format!("the server broke down: {error}"))),
            Ok(Err(error)) => Err(Failure::broken(format!("the server broke down: {error}"))),
            Ok(Ok(Ok(()))) => Ok(()),
            Err(_) => {
                tracing::warn!("connections were still open after 30 seconds; they are closed");
                Ok(())
            }
        }
    }

    /// Resolves when the server has ended by itself, which it should not.
    pub async fn broke_down(&mut self) -> Failure {
        match (&mut self.server).await {
            Ok(Err(error)) => Failure::broken(format!("the server broke down: {error}")),
            _ => Failure::broken("the server ended by itself"),
        }
    }
}

/// Comes back once nobody waits any more to be told what they hear next. A job that is under way is waited for anyway.
async fn all_told(store: &Store) {
    let mut looks = tokio::time::interval(Duration::from_millis(50));
    loop {
        looks.tick().await;
        let waiting = EffectFilter { state: Some(EffectState::Waiting), limit: 500, ..EffectFilter::default() };
        match store.effects(waiting).await {
            Ok(page) if page.items.iter().any(|effect| matches!(effect.action, Action::Steer { .. })) => {}
            _ => return,
        }
    }
}

/// Takes over what a capture server before us kept in this very database. Broken off, it goes on at the next start: what
/// was taken already changes nothing.
async fn take_over(engine: Engine, store: Store, database: SecretString) {
    let Some(file) = database::file(database.expose_secret()).map(Path::to_path_buf) else { return };
    match captured::take_over(&engine, &file).await {
        Ok(None) => {}
        Ok(Some(taken)) => {
            let refused: u64 = taken.refused.values().sum();
            let (kept, unchanged) = (taken.taken, taken.unchanged);
            tracing::info!(kept, unchanged, refused, "took over the key presses of the capture server before us");
            for (why, presses) in &taken.refused {
                tracing::warn!(presses, why, "key presses of the capture server before us were not taken over");
            }
            if let Err(error) = store.seed_taken_over().await {
                tracing::warn!(%error, "what was taken over could not be marked; it is looked at again at the next start");
            }
        }
        Err(failure) => {
            let reason = failure.message;
            tracing::error!(reason, "the key presses of the capture server before us were not all taken over");
        }
    }
}

/// Lets the calls of the carrier in this process come to their end: nobody else could go on with them.
async fn hang_on(carrier: &Carrier, patience: Duration) {
    let live = carrier.calls(true).len();
    if live > 0 {
        let (calls, end) = if live == 1 { ("call", "ends") } else { ("calls", "end") };
        let seconds = patience.as_secs();
        tracing::info!(
            "waiting until {live} live {calls} {end}, {seconds} seconds at most; Ctrl-C once more stops at once"
        );
    }
    if tokio::time::timeout(patience, carrier.at_rest()).await.is_err() {
        tracing::warn!("calls were still live after 30 seconds; they are cut off and count as failed");
    }
}

/// Drops what is too old to be repeated, deletes voices whose time is over, lets metrics forget old samples, and says which
/// texts could not be said.
async fn upkeep(engine: Engine, store: Store, keep: chrono::Duration) {
    let mut samples = tokio::time::interval(Duration::from_secs(5));
    let mut rows = tokio::time::interval(PRUNE);
    let mut counters = tokio::time::interval(COUNTERS);
    let mut voices = tokio::time::interval(VOICES);
    let metrics = metrics::handle();
    let mut told = Vec::new();
    loop {
        tokio::select! {
            _ = samples.tick() => {
                metrics.run_upkeep();
                let failed = engine.rules().texts.fallbacks();
                for it in failed.iter().filter(|it| !told.contains(*it)) {
                    let (business, text, language) = (&it.business, &it.id, it.language.code());
                    tracing::error!(business, text, language, "a text of the business could not be put together; the usual one was said");
                }
                told = failed;
            }
            _ = counters.tick() => {
                metrics::counted(&store).await;
                metrics::effects(&store).await;
            }
            _ = voices.tick() => match engine.expire_voices().await {
                Ok(0) => {}
                Ok(voices) => tracing::info!(voices, "the time of voices is over; they are deleted"),
                Err(error) => tracing::warn!(%error, "voices could not be looked through; tried again in a minute"),
            },
            _ = rows.tick() => match store.prune(clock::now() - keep).await {
                Ok(0) => {}
                Ok(rows) => tracing::info!(rows, "old deliveries were forgotten"),
                Err(error) => tracing::warn!(%error, "old deliveries could not be forgotten; tried again in an hour"),
            },
        }
    }
}

/// Looks at the alerts every so often. Every gateway does: each has circuit breakers of its own.
async fn look_at_alerts(engine: Engine, store: Store, every: Duration) {
    if engine.rules().alerts.is_empty() {
        return;
    }
    let mut rounds = tokio::time::interval(every);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        match engine.look_at_alerts(&store).await {
            Ok(looked) => {
                metrics::alerts(&looked);
                for changed in looked.iter().filter(|looked| !looked.effects.is_empty()) {
                    let (rule, firing, words) = (&changed.rule, changed.watch.firing, &changed.watch.words);
                    tracing::warn!(rule, firing, words, "an alert changed");
                }
            }
            Err(error) => tracing::warn!(%error, "the alerts could not be looked at; tried again soon"),
        }
    }
}

/// `gateway serve`.
///
/// # Errors
/// When it cannot start, or broke down.
pub async fn run(config: Config, inputs: &Inputs) -> Result<(), Failure> {
    logging::start(inputs, "info");
    let socket = bind(config.listen).await?;
    let secrets = Secrets::keep(&config)?;
    let journal = config.data.join("sandbox.journal");
    let mut running = start(&config, &secrets, socket, Some(journal)).await?;
    for notice in &config.notices {
        tracing::warn!("{}: {}", notice.origin, notice.text);
    }
    if !config.only_sandbox() && config.public_url.is_none() {
        tracing::warn!(
            "nobody is rung: carriers cannot reach this gateway; set FRONTDESK_PUBLIC_URL to its https address"
        );
    }
    for closed in config.carriers.closed().values() {
        tracing::warn!("{closed}");
    }
    if config.admin_token.as_ref().is_some_and(secrets::short) {
        tracing::warn!("the admin token is {}", secrets::SHORT);
    }
    let stop = told_to_stop();
    greet(&config, &secrets, &running, inputs);
    tokio::select! {
        () = stop => {}
        failure = running.broke_down() => return Err(failure),
    }
    tracing::info!("stopping: no new work, what is under way ends first; Ctrl-C once more stops at once");
    tokio::select! {
        stopped = running.stop() => stopped,
        // Whoever says it twice means now; what was under way is taken up again at the next start.
        () = told_to_stop() => Err(Failure::wrong("stopped at once; what was under way is looked up at the next start")),
    }
}

/// Where it is found, and what is to be seen there. A token that was made here is shown in a link that signs in: on standard output, and in
/// no log. One that was configured is known already, and is repeated nowhere.
fn greet(config: &Config, secrets: &Secrets, running: &Running, inputs: &Inputs) {
    let base = config.public_url.as_ref().map_or(running.url.as_str(), PublicUrl::as_written).trim_end_matches('/');
    let ink = Ink(term::colour(&std::io::stdout(), inputs));
    let sign_in = match &config.admin_token {
        None => format!("sign in with {}", ink.paint(Tone::Bold, &secrets.sign_in_link(base))),
        Some(_) => format!("sign in at {base}/sign-in with the configured admin token"),
    };
    let phone = match &config.sandbox.base_url {
        Some(elsewhere) => elsewhere.as_str().trim_end_matches('/'),
        None => base,
    };
    let text = format!(
        "Frontdesk answers at {base} and listens on {}; {sign_in}\nOpen {base}/ for today, {base}/appointments and \
         {base}/calls for the lists, {base}/ivr for what people press, {phone}/sandbox for a telephone in the browser, and \
         {base}/docs for the API.\n",
        running.listen
    );
    // A gateway whose output goes nowhere is a gateway all the same.
    if term::say(&text).is_err() {
        tracing::warn!("the addresses could not be printed; the token is in admin.token in the data folder");
    }
}

/// Ctrl-C or SIGTERM. Listened for from this call on, not only from when it is waited for: whoever read the greeting may
/// say so at once.
pub fn told_to_stop() -> impl Future<Output = ()> + Send {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let listeners = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
        async move {
            let [interrupt, terminate] = listeners.map(|listener| async {
                match listener {
                    Ok(mut listener) => drop(listener.recv().await),
                    // The system gives no listener: then its own way of ending a process holds.
                    Err(_) => std::future::pending().await,
                }
            });
            tokio::select! {
                () = interrupt => {}
                () = terminate => {}
            }
        }
    }
    #[cfg(not(unix))]
    async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Serves a router that has no gateway around it, until told to stop.
///
/// # Errors
/// When the server breaks down.
pub async fn serve_alone(socket: TcpListener, router: axum::Router) -> Result<(), Failure> {
    let closing = CancellationToken::new();
    let told = closing.clone();
    let stop = told_to_stop();
    let signal = tokio::spawn(async move {
        stop.await;
        told.cancel();
    });
    let served = server::serve(socket, router, Bounds::default(), closing).await;
    signal.abort();
    served.map_err(|error| Failure::broken(format!("the server broke down: {error}")))
}
