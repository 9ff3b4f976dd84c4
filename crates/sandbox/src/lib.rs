//! Every port of the gateway, pretended: scripted callees and the browser phone.
//!
//! Two halves, joined by nothing but HTTP, as with a real vendor:
//!
//! - [`carrier`] is the vendor: a telephone company and message centre with its own API, its own callbacks and, if told
//!   so, its own process. It rings scripted callees (the numbers `+15005550100` to `+15005550115`, and all that end alike
//!   after `+1500` and three digits) or, for any other number, the browser phone that [`phone`] serves.
//! - [`Sandbox`] is the adapter: it speaks the carrier's API and verifies its callbacks, like the adapter of any vendor.
//!
//! [`ScriptedAgent`] is a voice agent that talks with callers on media streams, which the carrier has as well.
//!
//! [`LocalCalendar`] stands beside all of them: a calendar in a folder, to be subscribed to as an iCalendar feed.
//!
//! The carrier signs its callbacks: `x-sandbox-signature: v1=<hex>` is the HMAC-SHA256 of `{timestamp}.{body}`, the
//! timestamp being the header `x-sandbox-timestamp` in Unix seconds. It proves the path through the gateway, and
//! nothing about any real vendor's signature.

#![warn(missing_docs)]

mod agent;
mod calendar;
pub mod carrier;
mod client;
mod cloner;
mod media;
pub mod phone;
mod receive;
mod render;
mod sign;
mod sound;
mod wire;

pub use agent::ScriptedAgent;
pub use calendar::{CalendarError, LocalCalendar};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    call::Call,
    effect::Channel,
    id::EffectId,
    personal::Phone,
    ports::{
        Abilities, CallCommand, CallProvider, Notification, Notifier, Performed, Port, PortError, PortResult, Received,
        Rejected, WebhookRequest, WebhookResponse,
    },
    reply::Reply,
};
use secrecy::SecretString;
use url::Url;

/// The adapter's name in configuration, in rows and in paths.
pub const NAME: &str = "sandbox";

/// What the adapter must know.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the carrier's API is, without `/sandbox/carrier/v1`.
    pub base_url: Url,
    /// Opens the carrier's API.
    pub account_token: SecretString,
    /// Signs the carrier's callbacks.
    pub webhook_secret: SecretString,
    /// Where the carrier finds the gateway: its public URL, without `/webhooks/…`.
    pub webhook_base: Url,
    /// The number that text messages are shown to come from; replies go to it.
    pub from: Phone,
}

/// A carrier that exists on this machine only.
pub struct Sandbox {
    client: client::Client,
    webhook_secret: SecretString,
}

impl Sandbox {
    /// Makes the adapter; `http` brings timeouts and user agent, though no request here waits longer than ten seconds.
    #[must_use]
    pub fn new(config: Config, http: reqwest::Client) -> Self {
        let webhook_secret = config.webhook_secret.clone();
        Self { client: client::Client::new(config, http), webhook_secret }
    }

    /// Asks the carrier whether it accepts our credentials. Changes nothing.
    ///
    /// # Errors
    /// [`PortError`] when it does not, or is away.
    pub async fn check(&self) -> PortResult<()> {
        self.client.check().await
    }
}

impl Port for Sandbox {
    fn name(&self) -> &str {
        NAME
    }
}

#[async_trait]
impl CallProvider for Sandbox {
    fn abilities(&self) -> Abilities {
        Abilities {
            steers: true,
            dials: true,
            finds: true,
            hangs_up: true,
            moves: true,
            detects_machines: true,
            records: true,
            streams: true,
        }
    }

    fn receive(&self, request: &WebhookRequest, now: DateTime<Utc>) -> Result<Received, Rejected> {
        receive::receive(request, &self.webhook_secret, now)
    }

    fn render(&self, reply: &Reply, _call: Option<&Call>) -> WebhookResponse {
        render::render(reply)
    }

    async fn perform(&self, command: &CallCommand, _effect: &EffectId) -> PortResult<Performed> {
        self.client.perform(command).await
    }
}

#[async_trait]
impl Notifier for Sandbox {
    fn channels(&self) -> &[Channel] {
        &[Channel::Sms, Channel::Whatsapp, Channel::Email]
    }

    async fn notify(&self, notification: &Notification, effect: &EffectId) -> PortResult<String> {
        if !self.channels().contains(&notification.channel) {
            return Err(PortError::unsupported(NAME, &format!("send by {}", notification.channel.as_str())));
        }
        self.client.send(notification, effect).await
    }

    async fn find(&self, effect: &EffectId) -> PortResult<Option<String>> {
        self.client.find_message(effect).await
    }
}
