//! Webhooks of the staff's: requests that we make, signed after <https://www.standardwebhooks.com>.

use crate::{
    config::{Config, Webhook},
    failure::Failure,
};
use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    id::EffectId,
    ports::{Happened, Port, PortError, PortResult, Trouble, WebhookSender},
};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{StatusCode, header};
use secrecy::ExposeSecret;
use sha2::Sha256;
use std::{collections::BTreeMap, sync::Arc};

/// One receiver.
struct Outgoing {
    name: String,
    webhook: Webhook,
    http: reqwest::Client,
}

/// Those that are configured, by name.
///
/// # Errors
/// When TLS cannot be set up.
pub(super) fn senders(config: &Config) -> Result<BTreeMap<String, Arc<dyn WebhookSender>>, Failure> {
    let http = super::carriers::client()?;
    let sender = |(name, webhook): (&String, &Webhook)| {
        (name.clone(), Arc::new(Outgoing::new(name, webhook.clone(), http.clone())) as Arc<dyn WebhookSender>)
    };
    Ok(config.webhooks.iter().map(sender).collect())
}

impl Outgoing {
    /// `http` must follow no redirect: it would take the signed request to somebody who was never configured.
    fn new(name: &str, webhook: Webhook, http: reqwest::Client) -> Self {
        Self { name: name.to_owned(), webhook, http }
    }

    fn error(&self, happened: Happened, trouble: Trouble, what: impl std::fmt::Display) -> PortError {
        PortError::new(&self.name, happened, trouble, format!("the webhook {what}"))
    }
}

/// The value of `webhook-signature`: over the id, the time in Unix seconds and the body, joined by full stops.
fn signature(key: &[u8], id: &str, timestamp: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

impl Port for Outgoing {
    fn name(&self) -> &str {
        &self.name
    }
}

#[async_trait]
impl WebhookSender for Outgoing {
    async fn send(&self, body: &str, effect: &EffectId, now: DateTime<Utc>) -> PortResult<()> {
        let (id, timestamp) = (effect.to_string(), now.timestamp());
        let signature = signature(self.webhook.key.expose_secret(), &id, timestamp, body);
        let request = self
            .http
            .post(self.webhook.url.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(body.to_owned());
        // What is answered beyond the status is of no use, and is not read.
        let response = request.send().await.map_err(|error| {
            if error.is_connect() {
                self.error(
                    Happened::No,
                    Trouble::Unavailable,
                    "cannot be connected; check its address, and that it runs",
                )
            } else {
                self.error(Happened::Maybe, Trouble::Unavailable, "gave no answer in time")
            }
        })?;
        let status = response.status();
        let wait = response.headers().get(header::RETRY_AFTER);
        let wait = wait.and_then(|wait| wait.to_str().ok()).and_then(|wait| wait.trim().parse().ok());
        // A receiver that broke down may have taken it first.
        let happened = if status.is_server_error() { Happened::Maybe } else { Happened::No };
        let refused = |trouble, what: &str| Err(self.error(happened, trouble, format!("{what} ({status})")));
        match status {
            status if status.is_success() => Ok(()),
            StatusCode::GONE => refused(Trouble::Refused, "is gone for good; take it out of the configuration"),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE if wait.is_some() => {
                refused(Trouble::RateLimited(wait), "asks for patience")
            }
            status if status.is_redirection() => refused(
                Trouble::Unavailable,
                "leads elsewhere, which is not followed; configure the address it leads to",
            ),
            _ => refused(Trouble::Unavailable, "did not take it"),
        }
    }
}

#[cfg(test)]
mod tests;
