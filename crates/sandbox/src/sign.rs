use chrono::{DateTime, Duration, Utc};
use frontdesk_core::ports::{Rejected, WebhookRequest};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub(crate) const TIMESTAMP: &str = "x-sandbox-timestamp";
pub(crate) const SIGNATURE: &str = "x-sandbox-signature";
/// How far the carrier's clock and ours may be apart.
const TOLERANCE: Duration = Duration::minutes(5);

fn mac(secret: &SecretString, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

/// Writes the value of the signature header.
pub(crate) fn sign(secret: &SecretString, timestamp: &str, body: &[u8]) -> String {
    format!("v1={}", hex::encode(mac(secret, timestamp, body).finalize().into_bytes()))
}

/// Verifies that whoever knows the secret sent `what`, and did so about now: a request that was overheard is good for
/// minutes only. Takes the same time for every signature.
pub(crate) fn verify(
    secret: &SecretString,
    request: &WebhookRequest,
    what: &[u8],
    now: DateTime<Utc>,
) -> Result<(), Rejected> {
    let (Some(timestamp), Some(signature)) = (request.header(TIMESTAMP), request.header(SIGNATURE)) else {
        return Err(Rejected::Unauthentic(401));
    };
    let mut given = [0; 32];
    let read = signature.strip_prefix("v1=").is_some_and(|hex| hex::decode_to_slice(hex, &mut given).is_ok());
    if !read || mac(secret, timestamp, what).verify_slice(&given).is_err() {
        return Err(Rejected::Unauthentic(401));
    }
    let at = timestamp.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let at = at.ok_or_else(|| Rejected::Malformed("the timestamp is not a number of seconds".to_owned()))?;
    if (now - at).abs() > TOLERANCE { Err(Rejected::Stale) } else { Ok(()) }
}

/// Compares two secrets in a time that depends on neither.
pub(crate) fn same_secret(given: &str, expected: &SecretString) -> bool {
    let given = Sha256::digest(given.as_bytes());
    let expected = Sha256::digest(expected.expose_secret().as_bytes());
    given.as_slice().ct_eq(expected.as_slice()).into()
}
