//! What signs the links in messages.

use super::{Carriers, sections, settings::Checker};
use secrecy::SecretString;

/// Links in messages.
#[derive(Debug, Clone)]
pub struct Links {
    /// Signs them, where it was given.
    pub secret: Option<SecretString>,
    /// What has signed some that may still be in use.
    pub old: Vec<SecretString>,
    /// Whether text messages carry them.
    pub sms: bool,
}

pub(super) fn build(checker: &mut Checker<'_>, section: &sections::Links, carriers: &Carriers) -> Links {
    let short = "is shorter than 32 characters; make one with `openssl rand -hex 32`";
    if section.secret.as_ref().is_some_and(|secret| secret.trim().len() < 32) {
        checker.problem("links.secret", short);
    }
    if section.old_secrets.iter().any(|secret| secret.trim().len() < 32) {
        checker.problem("links.old_secrets", short);
    }
    let templates = carriers.exotel.as_ref().and_then(|exotel| exotel.sms.as_ref());
    let registered = templates.is_some_and(|sms| !sms.templates.is_empty());
    let kept = |secret: &String| SecretString::from(secret.trim());
    Links {
        secret: section.secret.as_ref().map(kept),
        old: section.old_secrets.iter().map(kept).collect(),
        sms: section.sms.unwrap_or(!registered),
    }
}
