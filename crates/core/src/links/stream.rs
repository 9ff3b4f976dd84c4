//! Tokens of media streams: each opens one stream of one call, within a minute.

use super::{Links, PROOF};
use crate::id::CallId;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// Carriers open a stream as soon as they are told to.
const VALID: Duration = Duration::seconds(60);
/// Keeps these proofs apart from everything else that is signed with the same key.
const LABEL: &[u8] = b"frontdesk stream";
/// Seconds (4), proof.
const LENGTH: usize = 4 + PROOF;

impl Links {
    /// A token that opens a stream of this call, from `now` on for a minute. That it opens one only, whoever keeps the calls
    /// sees to.
    #[must_use]
    pub fn stream_token(&self, call: CallId, now: DateTime<Utc>) -> String {
        let seconds = u32::try_from(now.timestamp().max(0)).unwrap_or(u32::MAX).to_be_bytes();
        let mut bytes = [0; LENGTH];
        bytes[..4].copy_from_slice(&seconds);
        if let Some(key) = self.keys.first() {
            bytes[4..].copy_from_slice(&prove(key, call, seconds));
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Whether a token is ours, of this call, and its minute is not over.
    #[must_use]
    pub fn opens_stream(&self, token: &str, call: CallId, now: DateTime<Utc>) -> bool {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| <[u8; LENGTH]>::try_from(bytes).ok());
        let Some(bytes) = bytes else { return false };
        let (said, proof) = bytes.split_at(4);
        let seconds = [said[0], said[1], said[2], said[3]];
        let right = self.keys.iter().fold(Choice::from(0), |right, key| right | prove(key, call, seconds).ct_eq(proof));
        let made = DateTime::from_timestamp(i64::from(u32::from_be_bytes(seconds)), 0);
        // Another gateway's clock may be a little ahead.
        let timely = made.is_some_and(|made| made <= now + Duration::seconds(5) && now < made + VALID);
        bool::from(right) && timely
    }
}

fn prove(key: &SecretString, call: CallId, seconds: [u8; 4]) -> [u8; PROOF] {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(LABEL);
    mac.update(call.0.as_bytes());
    mac.update(&seconds);
    let mut proof = [0; PROOF];
    proof.copy_from_slice(&mac.finalize().into_bytes()[..PROOF]);
    proof
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;
    use uuid::Uuid;

    fn links(keys: &[&str]) -> Links {
        let keys = keys.iter().map(|key| SecretString::from(*key)).collect();
        Links::new(Url::parse("https://desk.example").unwrap(), keys).unwrap()
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_764_000_000, 0).unwrap()
    }

    #[test]
    fn a_token_opens_a_stream_of_its_call_for_a_minute() {
        let (links, call) = (links(&["k"]), CallId(Uuid::from_u128(7)));
        let token = links.stream_token(call, now());
        assert!(links.opens_stream(&token, call, now()));
        assert!(links.opens_stream(&token, call, now() + Duration::seconds(59)));
        assert!(!links.opens_stream(&token, call, now() + Duration::seconds(60)));
        assert!(!links.opens_stream(&token, CallId(Uuid::from_u128(8)), now()), "another call's");
        assert!(!links.opens_stream(&token, call, now() - Duration::minutes(1)), "of the future");
    }

    #[test]
    fn a_forged_token_opens_nothing() {
        let (ours, call) = (links(&["k"]), CallId(Uuid::from_u128(7)));
        let token = ours.stream_token(call, now());
        assert!(!links(&["other"]).opens_stream(&token, call, now()));
        for wrong in ["", "AAAA", &token[1..], &format!("{token}A"), &token.to_uppercase()] {
            assert!(!ours.opens_stream(wrong, call, now()), "{wrong}");
        }
    }

    #[test]
    fn an_older_key_still_opens_what_it_made() {
        let call = CallId(Uuid::from_u128(7));
        let token = links(&["old"]).stream_token(call, now());
        assert!(links(&["new", "old"]).opens_stream(&token, call, now()));
    }
}
