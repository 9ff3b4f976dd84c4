//! `ElevenLabs-Signature: t=SECONDS,v0=HEX`: HMAC-SHA256 over the time, a full stop and the raw body.
//! <https://elevenlabs.io/docs/eleven-agents/workflows/post-call-webhooks>

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::ports::Rejected;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The header, in lower case.
pub(crate) const HEADER: &str = "elevenlabs-signature";
/// No header has more signatures, whoever changes a secret.
const MOST: usize = 8;

/// Holds a signature against the body. The time is looked at last: who cannot sign learns nothing of our clock.
pub(crate) fn verify(
    secrets: &[SecretString],
    header: &str,
    body: &[u8],
    now: DateTime<Utc>,
    tolerance: Duration,
) -> Result<(), Rejected> {
    let forged = || Rejected::Unauthentic(401);
    let mut time = None;
    let mut signatures = Vec::new();
    for part in header.split(',').map(str::trim) {
        match part.split_once('=') {
            // Two times: nobody knows which one was signed.
            Some(("t", _)) if time.is_some() => return Err(forged()),
            Some(("t", seconds)) => time = Some(seconds),
            Some(("v0", signature)) if signatures.len() < MOST => {
                signatures.push(hex::decode(signature).map_err(|_| forged())?);
            }
            _ => {}
        }
    }
    let text = time.ok_or_else(forged)?;
    let mut proved = false;
    for secret in secrets.iter().map(ExposeSecret::expose_secret).filter(|secret| !secret.is_empty()) {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
        mac.update(text.as_bytes());
        mac.update(b".");
        mac.update(body);
        for signature in &signatures {
            // Every one is looked at, each in constant time.
            proved |= mac.clone().verify_slice(signature).is_ok();
        }
    }
    if !proved {
        return Err(forged());
    }
    let signed = text.parse::<i64>().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let signed = signed.ok_or_else(forged)?;
    if (now - signed).abs() > tolerance { Err(Rejected::Stale) } else { Ok(()) }
}
