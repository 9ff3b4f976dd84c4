//! Which webhooks there are, and what proves each.

use crate::{config::Config, sign};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::ports::{Gatekeeper, Rejected, WebhookRequest};
use secrecy::{ExposeSecret, SecretString};

/// A hook below `/webhooks/elevenlabs/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hook {
    /// `webhook`: seed 001's, and the platform's own. A signature, or a secret that it brings along.
    Webhook,
    /// `postcall`: the platform's own, and seed 003's. A signature.
    PostCall,
    /// `initiation`: an agent asks who rings. A secret that it brings along: nothing signs it.
    Initiation,
}

impl Hook {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "webhook" => Self::Webhook,
            "postcall" => Self::PostCall,
            "initiation" => Self::Initiation,
            _ => return None,
        })
    }
}

/// Lets webhooks in that prove where they come from.
pub(crate) struct Proofs {
    signing: Vec<SecretString>,
    shared: Gatekeeper,
    open: bool,
    tolerance: Duration,
}

impl Proofs {
    pub(crate) fn new(config: &Config) -> Self {
        let mut signing = config.signing_secrets.clone();
        signing.retain(|secret| !secret.expose_secret().is_empty());
        Self {
            signing,
            shared: Gatekeeper::new(config.shared_secrets.clone(), false),
            open: config.insecure_webhooks,
            tolerance: config.tolerance,
        }
    }

    pub(crate) fn admit(&self, hook: Hook, request: &WebhookRequest, now: DateTime<Utc>) -> Result<(), Rejected> {
        if self.open {
            return Ok(());
        }
        let signature = request.header(sign::HEADER);
        match (hook, signature) {
            (Hook::PostCall, signature) => self.signed(signature, request, now),
            // One that is there has to be right, as far as anybody can tell.
            (Hook::Webhook, Some(signature)) if !self.signing.is_empty() => self.signed(Some(signature), request, now),
            (Hook::Webhook | Hook::Initiation, _) => self.shared.admit(request).map_err(|_| Rejected::Unauthentic(403)),
        }
    }

    fn signed(&self, signature: Option<&str>, request: &WebhookRequest, now: DateTime<Utc>) -> Result<(), Rejected> {
        let signature = signature.ok_or(Rejected::Unauthentic(401))?;
        sign::verify(&self.signing, signature, &request.body, now, self.tolerance)
    }
}
