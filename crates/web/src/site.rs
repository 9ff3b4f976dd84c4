//! What the gateway hands over: plain data and closures, no hidden state.

use axum::Router;
use frontdesk_core::{
    engine::Engine,
    personal::{Email, Phone},
    ports::{CalendarWatch, DeskStore},
    rules::Business,
};
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use serde::Serialize;
use std::{collections::BTreeMap, num::NonZeroU32, sync::Arc, time::Duration};
use tokio::sync::broadcast;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

/// Gives a receiver of the `seq` of every timeline line that is committed from now on.
pub type Live = Arc<dyn Fn() -> broadcast::Receiver<i64> + Send + Sync>;

/// Renders every metric in Prometheus's text format.
pub type Metrics = Arc<dyn Fn() -> String + Send + Sync>;

/// Says how the parts outside this crate are; must not block.
pub type HealthCheck = Arc<dyn Fn() -> Health + Send + Sync>;

/// Renders the calendar of the business with this id.
pub type RenderCalendar = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Told of a person who was forgotten, by number and by the addresses their appointments had, once the store has forgotten
/// them: whoever else keeps something of them drops it. `false` when it could not be dropped; why is in its own log.
pub type Forget = Arc<dyn Fn(Phone, Vec<Email>) -> BoxFuture<'static, bool> + Send + Sync>;

/// Everything the HTTP side needs.
///
/// Serve the router with `into_make_service_with_connect_info::<std::net::SocketAddr>()`: addresses are needed for rate
/// limits and are shown to the adapters.
pub struct Site {
    /// Decides and acts.
    pub engine: Engine,
    /// API keys and first answers.
    pub desk: Arc<dyn DeskStore>,
    /// Where the outside finds this gateway; webhook signatures are checked against it.
    pub public_url: Url,
    /// Opens API and pages.
    pub admin_token: SecretString,
    /// Signs session cookies; another secret (or another admin token) ends every session.
    pub session_secret: SecretString,
    /// Newly committed timeline lines.
    pub live: Live,
    /// Other paths of the door, such as `/api/webhooks/vca`.
    pub aliases: Vec<Alias>,
    /// What `/metrics` answers.
    pub metrics: Metrics,
    /// `/calendar/{business}.ics`, where there is a local calendar.
    pub calendar_feed: Option<CalendarFeed>,
    /// The calendar that notifies us of what is changed there by hand, where there is one.
    pub calendar_notices: Option<CalendarNotices>,
    /// The browser phone, with its own `/sandbox…` paths; mounted behind sign-in.
    pub sandbox: Option<Router>,
    /// The pretended carrier's own API; it authenticates its callers itself.
    pub sandbox_carrier: Option<Router>,
    /// Who else forgets a person.
    pub forget: Forget,
    /// How the services are.
    pub health: HealthCheck,
    /// Bounds.
    pub limits: Limits,
    /// The business meant where a request names none. When unset, a new appointment must name one where there are
    /// several, and whatever else can do with any takes the first one by id.
    pub default_business: Option<String>,
    /// Whether the address of a caller is the last one in `X-Forwarded-For`: only behind a proxy that writes it.
    pub trusted_proxy: bool,
    /// Cancelled when the gateway stops: live streams end, so that the server can.
    pub stopping: CancellationToken,
    /// Decisions that outlive their request run here; wait for it when stopping.
    pub tasks: TaskTracker,
}

impl Site {
    /// The business a request means when it names none.
    pub(crate) fn default_business(&self) -> Option<&Business> {
        let rules = self.engine.rules();
        self.default_business.as_deref().and_then(|id| rules.business(id)).or_else(|| rules.businesses.values().next())
    }
}

/// A seed's own path for a hook of the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The path, as axum writes it: `/api/webhooks/vca` or `/webhook/ivr/{step}`.
    pub path: String,
    /// The provider's name.
    pub provider: String,
    /// The hook; `{name}` in it is replaced by what stands in the path.
    pub hook: String,
}

impl Alias {
    /// An alias.
    #[must_use]
    pub fn new(path: &str, provider: &str, hook: &str) -> Self {
        Self { path: path.to_owned(), provider: provider.to_owned(), hook: hook.to_owned() }
    }
}

/// Notifications of a calendar.
#[derive(Clone)]
pub struct CalendarNotices {
    /// Proves them.
    pub calendar: Arc<dyn CalendarWatch>,
    /// Told of each that is proved: what was changed is to be asked for.
    pub wake: Arc<dyn Fn() + Send + Sync>,
}

/// A calendar to subscribe to.
#[derive(Clone)]
pub struct CalendarFeed {
    /// The iCalendar text of a business; `None` when there is no such business.
    pub render: RenderCalendar,
    /// Opens the feed (`?token=`); calendar programs can send nothing else.
    pub token: SecretString,
}

/// Bounds on what one caller may ask of us.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The largest request body, in bytes.
    pub body_bytes: usize,
    /// How long a client may take to send its body.
    pub body_time: Duration,
    /// How long a webhook may wait for the decision.
    pub webhook_deadline: Duration,
    /// How long `make-call` waits for the carrier.
    pub call_deadline: Duration,
    /// Requests a minute to API and pages, per key or address.
    pub per_minute: NonZeroU32,
    /// Requests a second to one webhook route.
    pub webhooks_per_second: NonZeroU32,
    /// Attempts a minute to sign in, per address.
    pub sign_ins_per_minute: NonZeroU32,
    /// Requests a minute to the pages behind links, per address.
    pub visits_per_minute: NonZeroU32,
    /// Decisions in flight at once; more are answered as if the store were away.
    pub decisions: usize,
    /// Key presses of IVRs that are answered and not kept yet, because the store is away; more are answered 503.
    pub captures: usize,
    /// Live streams open at once.
    pub streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            body_time: Duration::from_secs(10),
            webhook_deadline: Duration::from_secs(3),
            call_deadline: Duration::from_secs(8),
            per_minute: NonZeroU32::new(3000).unwrap_or(NonZeroU32::MIN),
            webhooks_per_second: NonZeroU32::new(10_000).unwrap_or(NonZeroU32::MIN),
            sign_ins_per_minute: NonZeroU32::new(10).unwrap_or(NonZeroU32::MIN),
            visits_per_minute: NonZeroU32::new(120).unwrap_or(NonZeroU32::MIN),
            decisions: 4096,
            captures: 10_000,
            streams: 256,
        }
    }
}

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// It works.
    Ok,
    /// It should work, and does not.
    Error,
    /// It is not configured.
    #[default]
    Disabled,
}

/// How the parts outside this crate are; the database is asked here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Services by name (`google_calendar`, `twilio_sms`, `email`, …): whether each is configured and fine.
    pub services: BTreeMap<String, bool>,
    /// Redis.
    pub redis: Part,
    /// ElevenLabs.
    pub elevenlabs: Part,
    /// What is configured and does not work, one sentence each; makes the gateway `degraded`.
    pub troubles: Vec<String>,
}
