//! What every handler sees.

use crate::{
    auth::Gate,
    door::{Captures, Meters},
    limits::Limiter,
    site::{Alias, CalendarFeed, CalendarNotices, Forget, HealthCheck, Limits, Live, Metrics, Site},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    engine::Engine,
    ports::{DeskStore, IvrStore},
    rules::{Business, Rules},
};
use std::{ops::Deref, sync::Arc};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

/// Bodies longer than usual that may come at once.
const LONG_BODIES: usize = 8;

/// The site in the shape handlers need.
pub(crate) struct Inner {
    pub(crate) engine: Engine,
    pub(crate) desk: Arc<dyn DeskStore>,
    pub(crate) public_url: Url,
    pub(crate) gate: Gate,
    pub(crate) live: Live,
    pub(crate) metrics: Metrics,
    pub(crate) calendar_feed: Option<CalendarFeed>,
    pub(crate) calendar_notices: Option<CalendarNotices>,
    pub(crate) forget: Forget,
    pub(crate) health: HealthCheck,
    pub(crate) limits: Limits,
    pub(crate) default_business: String,
    /// Whether it is clear which business is meant where none is named: there is one, or one was chosen for that.
    pub(crate) business_understood: bool,
    pub(crate) trusted_proxy: bool,
    pub(crate) has_phone: bool,
    pub(crate) stopping: CancellationToken,
    pub(crate) tasks: TaskTracker,
    /// Requests to API and pages.
    pub(crate) requests: Limiter,
    /// What is counted of webhooks, and their limits, per route.
    pub(crate) meters: Meters,
    /// Attempts to sign in.
    pub(crate) sign_ins: Limiter,
    /// Requests to the pages behind links, by whoever opens them.
    pub(crate) visits: Limiter,
    /// Decisions in flight.
    pub(crate) decisions: Arc<Semaphore>,
    /// Key presses that are not kept yet.
    pub(crate) captures: Captures,
    /// Bodies longer than usual that are being read.
    pub(crate) long_bodies: Semaphore,
    /// Live streams.
    pub(crate) streams: Arc<Semaphore>,
}

/// Shared by every handler.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Takes the site apart; aliases and the routers of the sandbox are mounted elsewhere.
    pub(crate) fn assemble(site: Site, aliases: &[Alias], has_phone: bool) -> Self {
        let default_business = site.default_business().map(|business| business.id.clone()).unwrap_or_default();
        let business_understood = site.default_business.is_some() || site.engine.rules().businesses.len() < 2;
        Self(Arc::new(Inner {
            gate: Gate::new(&site.admin_token, &site.session_secret, site.public_url.scheme() == "https"),
            requests: Limiter::per_minute(site.limits.per_minute),
            meters: Meters::new(aliases, site.limits.webhooks_per_second),
            sign_ins: Limiter::per_minute(site.limits.sign_ins_per_minute),
            visits: Limiter::per_minute(site.limits.visits_per_minute),
            decisions: Arc::new(Semaphore::new(site.limits.decisions)),
            captures: Captures::new(site.limits.captures),
            long_bodies: Semaphore::new(LONG_BODIES),
            streams: Arc::new(Semaphore::new(site.limits.streams)),
            has_phone,
            engine: site.engine,
            desk: site.desk,
            public_url: site.public_url,
            live: site.live,
            metrics: site.metrics,
            calendar_feed: site.calendar_feed,
            calendar_notices: site.calendar_notices,
            forget: site.forget,
            health: site.health,
            limits: site.limits,
            default_business,
            business_understood,
            trusted_proxy: site.trusted_proxy,
            stopping: site.stopping,
            tasks: site.tasks,
        }))
    }

    pub(crate) fn rules(&self) -> &Rules {
        self.engine.rules()
    }

    pub(crate) fn store(&self) -> &dyn IvrStore {
        self.engine.store().as_ref()
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.engine.world().now()
    }

    /// The zone of a business, or of the usual one where none is named.
    pub(crate) fn zone_of(&self, business: Option<&str>) -> Tz {
        let business = business.and_then(|id| self.rules().business(id)).or_else(|| self.default_business());
        business.map_or(Tz::UTC, |business| business.time_zone)
    }

    /// The business meant where none is named.
    pub(crate) fn default_business(&self) -> Option<&Business> {
        self.rules().business(&self.default_business)
    }
}
