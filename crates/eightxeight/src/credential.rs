//! What 8x8 is given to bring along. It signs nothing: all there is is a static value that it was given once.

use crate::Config;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use frontdesk_core::ports::Gatekeeper;
use secrecy::{ExposeSecret, SecretString};

/// Lets in what 8x8 sends with the registered value, which it sends as it is: whatever scheme it has, if it has any.
pub(crate) fn gatekeeper(config: &Config) -> Gatekeeper {
    Gatekeeper::new(config.webhook_secrets.clone(), config.insecure_webhooks)
}

/// The value that 8x8 is to send, where there is a secret.
pub(crate) fn to_register(user: &str, gatekeeper: &Gatekeeper) -> Option<SecretString> {
    let pair = format!("{user}:{}", gatekeeper.newest()?.expose_secret());
    Some(format!("Basic {}", STANDARD.encode(pair)).into())
}
