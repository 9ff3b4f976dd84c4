//! What the adapter must know.

use crate::audio::Pcm;
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::personal::Phone;
use secrecy::SecretString;
use std::{fmt, sync::Arc};
use url::Url;

/// Tells the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// Tells what this tells.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// What the adapter must know. [`Config::new`] fills in everything but secrets and clock.
#[derive(Debug, Clone)]
pub struct Config {
    /// What webhooks are signed with, the newest first; more than one while a secret is being changed. Without any no
    /// webhook is taken. Our own relay signs with the first.
    pub webhook_secrets: Vec<SecretString>,
    /// How old a signature may be.
    pub tolerance: Duration,
    /// The country (ISO 3166) of numbers that come without a country code.
    pub region: Option<String>,
    /// The business's number, for calls that say only which extension was rung.
    pub number: Option<Phone>,
    /// The Call Control API; `None`: nothing but webhooks.
    pub control: Option<Control>,
    /// The time: of tokens and of what the relay tells.
    pub clock: Clock,
}

impl Config {
    /// Takes webhooks that are signed with one of these, for half an hour, and asks nothing of 3CX.
    #[must_use]
    pub fn new(webhook_secrets: Vec<SecretString>, clock: Clock) -> Self {
        Self { webhook_secrets, tolerance: Duration::minutes(30), region: None, number: None, control: None, clock }
    }
}

/// The Call Control API of a PBX (Admin Console, Integrations, API). It needs an Enterprise licence.
/// <https://www.3cx.com/docs/call-control-api/>
#[derive(Debug, Clone)]
pub struct Control {
    /// Where the PBX is, such as `https://pbx.example.com:5001`.
    pub base_url: Url,
    /// The client id. 3CX knows one token of a client at a time: no two programs can share one.
    pub client_id: String,
    /// The client's secret, which 3CX shows once.
    pub client_secret: SecretString,
    /// The extension (DN) of our route point; 3CX gives it the client's id.
    pub route_point: String,
    /// The extension (DN) that calls are placed from; `None`: the route point.
    pub extension: Option<String>,
    /// The device of it that is rung first, such as `sip:150@127.0.0.1:5063`; `None`: the first that there is.
    pub device: Option<String>,
    /// Where callers are led who are to speak with a voice agent: an extension or number that leads to it. `None`: they speak
    /// with our own, where they are ([`ThreeCx::put_through_by`](crate::ThreeCx::put_through_by)).
    pub agent_destination: Option<String>,
    /// What callers at the route point hear first.
    pub greeting: Option<Pcm>,
    /// What they hear after it, over and over.
    pub music: Option<Pcm>,
    /// What they hear last, before their call is ended; `None`: the greeting, where there is one.
    pub goodbye: Option<Pcm>,
    /// How this PBX is called in the names of calls; nothing with a colon.
    pub pbx: String,
    /// How long a request waits for its answer.
    pub answer_within: std::time::Duration,
}

impl Control {
    /// A client whose route point has its id, without sounds and without an agent.
    #[must_use]
    pub fn new(base_url: Url, client_id: impl Into<String>, client_secret: SecretString) -> Self {
        let client_id = client_id.into();
        Self {
            pbx: base_url.host_str().unwrap_or("pbx").replace(':', "-"),
            base_url,
            route_point: client_id.clone(),
            client_id,
            client_secret,
            extension: None,
            device: None,
            agent_destination: None,
            greeting: None,
            music: None,
            goodbye: None,
            answer_within: std::time::Duration::from_secs(15),
        }
    }
}
