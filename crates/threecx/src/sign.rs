//! `X-Signature: t=SECONDS,v0=HEX`: HMAC-SHA256 over the time, a full stop and the raw body.
//!
//! 3CX signs nothing itself; whoever tells us of its calls does, and our own relay among them.

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::ports::Rejected;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The header, in lower case.
pub(crate) const HEADER: &str = "x-signature";
/// No header has more signatures, whoever changes a secret.
const MOST: usize = 8;
/// How far ahead of ours the sender's clock may be.
const AHEAD: Duration = Duration::seconds(60);

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
    let mut signatures: Vec<[u8; 32]> = Vec::new();
    for part in header.split(',').map(str::trim) {
        match part.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
            // Two times: nobody knows which one was signed.
            Some(("t", _)) if time.is_some() => return Err(forged()),
            Some(("t", seconds)) => time = Some(seconds),
            Some(("v0", signature)) if signatures.len() < MOST => {
                let mut bytes = [0; 32];
                hex::decode_to_slice(signature, &mut bytes).map_err(|_| forged())?;
                signatures.push(bytes);
            }
            _ => {}
        }
    }
    let text = time.ok_or_else(forged)?;
    let mut proved = false;
    for secret in secrets.iter().map(ExposeSecret::expose_secret).filter(|secret| !secret.is_empty()) {
        let mac = mac(secret, text, body);
        for signature in &signatures {
            // Every one is looked at, each in constant time.
            proved |= mac.clone().verify_slice(signature).is_ok();
        }
    }
    if !proved {
        return Err(forged());
    }
    let signed = text.parse::<i64>().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let age = now - signed.ok_or_else(forged)?;
    if age > tolerance || age < -AHEAD { Err(Rejected::Stale) } else { Ok(()) }
}

/// The header of a body that is sent at this time.
pub(crate) fn header(secret: &SecretString, body: &[u8], now: DateTime<Utc>) -> String {
    let time = now.timestamp().to_string();
    let signature = hex::encode(mac(secret.expose_secret(), &time, body).finalize().into_bytes());
    format!("t={time},v0={signature}")
}

fn mac(secret: &str, time: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}
