use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub(crate) const TIMESTAMP: &str = "x-sandbox-timestamp";
pub(crate) const SIGNATURE: &str = "x-sandbox-signature";

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

/// Whether `signature` proves that whoever knows the secret sent `body` at `timestamp`. Takes the same time either way.
pub(crate) fn proves(secret: &SecretString, timestamp: &str, body: &[u8], signature: &str) -> bool {
    let Some(Ok(given)) = signature.strip_prefix("v1=").map(hex::decode) else {
        return false;
    };
    mac(secret, timestamp, body).verify_slice(&given).is_ok()
}

/// Compares two secrets in a time that depends on neither.
pub(crate) fn same_secret(given: &str, expected: &SecretString) -> bool {
    let given = Sha256::digest(given.as_bytes());
    let expected = Sha256::digest(expected.expose_secret().as_bytes());
    given.as_slice().ct_eq(expected.as_slice()).into()
}
