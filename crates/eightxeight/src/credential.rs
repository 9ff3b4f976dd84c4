//! Whether a webhook comes from 8x8. It signs nothing: all there is is a static value that it was given once.

use crate::Config;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use frontdesk_core::ports::{Rejected, WebhookRequest};
use secrecy::{ExposeSecret, SecretString};
use std::net::IpAddr;
use subtle::{Choice, ConstantTimeEq};
use url::form_urlencoded;

/// Holds what a webhook must bring along.
pub(crate) struct Gatekeeper {
    user: String,
    secrets: Vec<SecretString>,
    insecure: bool,
    voice: Vec<IpAddr>,
    messages: Vec<IpAddr>,
}

/// Which of the vendor's two products a webhook is of; each sends from addresses of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Product {
    Voice,
    Messages,
}

impl Gatekeeper {
    pub(crate) fn new(config: &Config) -> Self {
        let mut secrets = config.webhook_secrets.clone();
        // An empty secret would be proved by an empty credential.
        secrets.retain(|secret| !secret.expose_secret().is_empty());
        Self {
            user: config.webhook_user.clone(),
            secrets,
            insecure: config.insecure_webhooks,
            voice: config.allowed_addresses.clone(),
            messages: config.sms.as_ref().map(|sms| sms.allowed_addresses.clone()).unwrap_or_default(),
        }
    }

    /// Lets a request in that brings the secret.
    pub(crate) fn admit(&self, request: &WebhookRequest) -> Result<(), Rejected> {
        if self.insecure || self.proved(request) { Ok(()) } else { Err(Rejected::Unauthentic(401)) }
    }

    /// Lets a request in that comes from where this product sends from. What it is about is told by itself and not by the
    /// path it came to, so this is asked when it has been read.
    pub(crate) fn admit_from(&self, product: Product, request: &WebhookRequest) -> Result<(), Rejected> {
        let addresses = match product {
            Product::Voice => &self.voice,
            Product::Messages => &self.messages,
        };
        // `::ffff:1.2.3.4` is how a socket that takes both kinds sees an address of the old kind.
        let peer = request.peer.map(|peer| peer.to_canonical());
        let known = addresses.is_empty() || peer.is_some_and(|peer| addresses.contains(&peer));
        if known { Ok(()) } else { Err(Rejected::Unauthentic(403)) }
    }

    /// The secret in any place proves it: a proxy in between may need the `Authorization` for itself.
    fn proved(&self, request: &WebhookRequest) -> bool {
        request.header("authorization").is_some_and(|value| self.authorises(value))
            || request.header("x-webhook-secret").is_some_and(|value| self.matches(value))
            || self.in_query(request.query())
    }

    /// Whether this query names one of the secrets.
    pub(crate) fn in_query(&self, query: &str) -> bool {
        let mut named = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "secret");
        named.next().is_some_and(|(_, value)| self.matches(&value))
    }

    /// 8x8 sends the registered value as it is, whatever scheme it has, if it has any.
    fn authorises(&self, value: &str) -> bool {
        let (scheme, credential) = value.split_once(' ').unwrap_or(("", value));
        match scheme.to_ascii_lowercase().as_str() {
            "" => self.matches(credential),
            "bearer" => self.matches(credential.trim()),
            // Whatever user somebody gave it: the password is the secret.
            "basic" => password(credential.trim()).is_some_and(|password| self.matches(&password)),
            _ => self.matches(value),
        }
    }

    /// Every secret is looked at, so that the time taken tells nothing.
    fn matches(&self, given: &str) -> bool {
        let found = self
            .secrets
            .iter()
            .fold(Choice::from(0), |found, secret| found | secret.expose_secret().as_bytes().ct_eq(given.as_bytes()));
        found.into()
    }

    /// The value that 8x8 is to send, where there is a secret.
    pub(crate) fn to_register(&self) -> Option<SecretString> {
        let newest = self.secrets.first()?;
        let pair = format!("{}:{}", self.user, newest.expose_secret());
        Some(format!("Basic {}", STANDARD.encode(pair)).into())
    }
}

fn password(credential: &str) -> Option<String> {
    let pair = String::from_utf8(STANDARD.decode(credential).ok()?).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}
