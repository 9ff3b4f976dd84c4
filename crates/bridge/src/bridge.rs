//! The door of media streams: who is let in, and how many at once.

use crate::{Settings, exchange::Desk, meters::Meters, stream};
use axum::{
    Router,
    extract::{ConnectInfo, FromRequestParts, Request, WebSocketUpgrade},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::get,
};
use frontdesk_core::ports::{Attendant, Exchange, MediaLine, VoiceAgent, WebhookRequest};
use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What is kept of what was read and not understood yet. A frame of 20 ms has some 330 bytes.
const READ_BUFFER: usize = 4 * 1024;
/// What is written before it is sent on: some frames that came at once.
const WRITE_BUFFER: usize = 2 * 1024;
/// The longest piece of sound that is sent fits beside it.
const WRITE_BUFFER_MOST: usize = 160 * 1024;

/// Joins the media streams of carriers with voice agents.
#[derive(Clone)]
pub struct Bridge {
    shared: Arc<Shared>,
    routes: BTreeMap<String, Arc<Route>>,
}

/// What all streams share.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) agent: Arc<dyn VoiceAgent>,
    pub(crate) attendant: Arc<dyn Attendant>,
    pub(crate) stopping: CancellationToken,
    pub(crate) tasks: TaskTracker,
    pub(crate) streams: Arc<Semaphore>,
}

/// Where the streams of a provider come in.
pub(crate) struct Route {
    pub(crate) line: Arc<dyn MediaLine>,
    pub(crate) meters: Arc<Meters>,
    hook: String,
}

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge").field("lines", &self.routes.keys()).finish_non_exhaustive()
    }
}

impl Bridge {
    /// A bridge of these lines, by provider, to this agent. Once `stopping` is cancelled nobody is let in any more, and who
    /// is in has [`Settings::drain`] left.
    #[must_use]
    pub fn new(
        settings: Settings,
        lines: BTreeMap<String, Arc<dyn MediaLine>>,
        agent: Arc<dyn VoiceAgent>,
        attendant: Arc<dyn Attendant>,
        stopping: CancellationToken,
    ) -> Self {
        let routes = lines.into_iter().map(|(provider, line)| {
            let hook = match &settings.usual {
                Some(usual) if *usual == provider => "media-stream".to_owned(),
                _ => format!("{provider}-stream"),
            };
            let meters = Arc::new(Meters::new(&provider));
            (provider, Arc::new(Route { line, meters, hook }))
        });
        let routes = routes.collect();
        let streams = Arc::new(Semaphore::new(settings.streams));
        let tasks = TaskTracker::new();
        Self { shared: Arc::new(Shared { settings, agent, attendant, stopping, tasks, streams }), routes }
    }

    /// The path below the public URL at which a provider's streams come in; `None` for one that has no line here.
    #[must_use]
    pub fn path(&self, provider: &str) -> Option<String> {
        self.routes.get(provider).map(|route| format!("/api/v1/voice/{}", route.hook))
    }

    /// The routes, for the server that has the carriers' sockets. It must let connections be upgraded.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        self.routes.values().fold(Router::new(), |router, route| {
            let (shared, path) = (Arc::clone(&self.shared), format!("/api/v1/voice/{}", route.hook));
            let route = Arc::clone(route);
            let handler = move |request: Request| {
                let (shared, route) = (Arc::clone(&shared), Arc::clone(&route));
                async move { enter(shared, route, request).await }
            };
            router.route(&path, get(handler))
        })
    }

    /// Puts calls through whose carriers open no socket, for as long as this bridge is there.
    #[must_use]
    pub fn exchange(&self) -> Arc<dyn Exchange> {
        Arc::new(Desk(Arc::downgrade(&self.shared)))
    }

    /// How many streams there are, those that are about to begin included.
    #[must_use]
    pub fn live(&self) -> usize {
        self.shared.settings.streams.saturating_sub(self.shared.streams.available_permits())
    }

    /// Waits until every stream has ended and everything that was asked for is done. To be called once the bridge is
    /// stopping; how long it takes at the most follows from [`Settings`].
    pub async fn drained(&self) {
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}

async fn enter(shared: Arc<Shared>, route: Arc<Route>, request: Request) -> Response {
    let refuse = |reason: &'static str, status: StatusCode| {
        route.meters.refused(reason);
        status.into_response()
    };
    if shared.stopping.is_cancelled() {
        return refuse("stopping", StatusCode::SERVICE_UNAVAILABLE);
    }
    let (mut parts, _) = request.into_parts();
    let asked = captured(&shared.settings, &route.hook, &parts);
    // Strangers are not told whether there is room.
    if let Err(rejected) = route.line.admit(&asked, shared.attendant.now()) {
        tracing::info!(
            provider = route.line.name(),
            status = rejected.status(),
            "a media stream was refused: {rejected}"
        );
        return refuse("unauthentic", StatusCode::from_u16(rejected.status()).unwrap_or(StatusCode::FORBIDDEN));
    }
    if route.line.doubts(&asked) {
        tracing::warn!(
            provider = route.line.name(),
            "a media stream was let in though it proves nothing; check the public URL"
        );
    }
    let Ok(permit) = Arc::clone(&shared.streams).try_acquire_owned() else {
        tracing::warn!(provider = route.line.name(), "a media stream was refused: there are as many as there may be");
        let mut full = refuse("full", StatusCode::SERVICE_UNAVAILABLE);
        full.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
        return full;
    };
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => {
            route.meters.refused("no_upgrade");
            return rejection.into_response();
        }
    };
    let counted = shared.tasks.token();
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_BUFFER_MOST)
        .max_message_size(shared.settings.longest_message)
        .max_frame_size(shared.settings.longest_message)
        .on_failed_upgrade(|error| tracing::debug!(%error, "a media stream was not upgraded"))
        .on_upgrade(move |socket| async move {
            stream::live(shared, route, socket).await;
            drop((permit, counted));
        })
}

/// The request as lines see it.
fn captured(settings: &Settings, hook: &str, parts: &Parts) -> WebhookRequest {
    let path_and_query = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let headers = parts.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    WebhookRequest {
        method: parts.method.as_str().to_owned(),
        hook: hook.to_owned(),
        url: format!("{}{path_and_query}", settings.public_url.as_str().trim_end_matches('/')),
        headers: headers.collect(),
        body: Vec::new(),
        peer: peer(parts.extensions.get(), &parts.headers, settings.trusted_proxy),
    }
}

/// Who asks: of the socket or, behind a trusted proxy, the last address in its list, which is the only one it vouches for.
fn peer(connection: Option<&ConnectInfo<SocketAddr>>, headers: &HeaderMap, trusted_proxy: bool) -> Option<IpAddr> {
    let forwarded = || {
        let last = headers.get_all("x-forwarded-for").iter().next_back()?;
        last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
    };
    trusted_proxy.then(forwarded).flatten().or_else(|| connection.map(|info| info.0.ip()))
}
