//! Proof of webhooks that nobody signs: a shared secret and, where wanted, the addresses they may come from.

use super::{Rejected, WebhookRequest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};
use std::{fmt, net::IpAddr, str::FromStr};
use subtle::{Choice, ConstantTimeEq};
use url::form_urlencoded;

/// Addresses that begin alike: a single one, or a block as CIDR writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether an address is one of these.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                alike(ours.to_bits().into(), theirs.to_bits().into(), 32, self.bits)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => alike(ours.to_bits(), theirs.to_bits(), 128, self.bits),
            _ => false,
        }
    }

    /// Lets a request in that comes from one of these; from anywhere, where there are none.
    ///
    /// # Errors
    /// [`Rejected::Unauthentic`] with 403.
    pub fn admit(networks: &[Self], request: &WebhookRequest) -> Result<(), Rejected> {
        // `::ffff:1.2.3.4` is how a socket that takes both kinds sees an address of the old kind.
        let peer = request.peer.map(|peer| peer.to_canonical());
        let known = |peer: IpAddr| networks.iter().any(|network| network.contains(peer));
        if networks.is_empty() || peer.is_some_and(known) { Ok(()) } else { Err(Rejected::Unauthentic(403)) }
    }
}

/// Whether two numbers of this width have these many leading bits in common.
fn alike(one: u128, other: u128, width: u8, bits: u8) -> bool {
    (one ^ other).checked_shr(u32::from(width - bits)).is_none_or(|rest| rest == 0)
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self { address, bits: if address.is_ipv4() { 32 } else { 128 } }
    }
}

/// A text that names no addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no address like 198.51.100.7 and no block like 198.51.100.0/24")]
pub struct BadNetwork;

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(a, b)| (a, Some(b)));
        let whole = Self::from(address.parse::<IpAddr>().map_err(|_| BadNetwork)?);
        let bits = bits.map_or(Ok(whole.bits), |bits| bits.parse().map_err(|_| BadNetwork))?;
        if bits > whole.bits { Err(BadNetwork) } else { Ok(Self { bits, ..whole }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// Lets webhooks in that bring a shared secret along: as `?secret=`, as `X-Webhook-Secret`, or in `Authorization`, bare,
/// as bearer token or as the password of Basic. Without any secret it is closed.
#[derive(Debug, Clone)]
pub struct Gatekeeper {
    secrets: Vec<SecretString>,
    open: bool,
}

impl Gatekeeper {
    /// The secrets, the newest first: more than one while a secret is being changed. `open` asks for none, on purpose.
    #[must_use]
    pub fn new(mut secrets: Vec<SecretString>, open: bool) -> Self {
        // An empty secret would be proved by an empty credential.
        secrets.retain(|secret| !secret.expose_secret().is_empty());
        Self { secrets, open }
    }

    /// Lets a request in that brings a secret along.
    ///
    /// # Errors
    /// [`Rejected::Unauthentic`] with 401.
    pub fn admit(&self, request: &WebhookRequest) -> Result<(), Rejected> {
        if self.open || self.proved(request) { Ok(()) } else { Err(Rejected::Unauthentic(401)) }
    }

    /// What is said to somebody who is not let in, by an adapter that asks for a secret and looks at addresses.
    #[must_use]
    pub fn refusal(rejected: &Rejected) -> String {
        match rejected {
            Rejected::Unauthentic(401) => {
                "the secret is missing or wrong; send it in Authorization (bare, as bearer token or as the password of \
                 Basic), as X-Webhook-Secret or as ?secret="
                    .to_owned()
            }
            Rejected::Unauthentic(_) => "requests are not taken from this address".to_owned(),
            other => other.to_string(),
        }
    }

    /// The secret to hand to whoever is to send webhooks.
    #[must_use]
    pub fn newest(&self) -> Option<&SecretString> {
        self.secrets.first()
    }

    /// Whether this query names one of the secrets.
    #[must_use]
    pub fn in_query(&self, query: &str) -> bool {
        let mut named = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "secret");
        named.next().is_some_and(|(_, value)| self.matches(&value))
    }

    /// The secret in any place proves it: a proxy in between may need the `Authorization` for itself.
    fn proved(&self, request: &WebhookRequest) -> bool {
        request.header("authorization").is_some_and(|value| self.authorises(value))
            || request.header("x-webhook-secret").is_some_and(|value| self.matches(value))
            || self.in_query(request.query())
    }

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
}

fn password(credential: &str) -> Option<String> {
    let pair = String::from_utf8(STANDARD.decode(credential).ok()?).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_the_addresses_that_begin_like_it() {
        for (network, address, within) in [
            ("198.51.100.7", "198.51.100.7", true),
            ("198.51.100.7", "198.51.100.8", false),
            ("198.51.100.0/24", "198.51.100.255", true),
            ("198.51.100.0/24", "198.51.101.0", false),
            ("198.51.100.128/25", "198.51.100.127", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db8::1", true),
        ] {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), within, "{network} {address}");
        }
    }

    #[test]
    fn what_names_no_addresses_is_refused() {
        for text in ["", "exotel.com", "198.51.100", "198.51.100.0/33", "198.51.100.0/-1", "::/129", "198.51.100.0/"] {
            assert_eq!(text.parse::<Network>(), Err(BadNetwork), "{text}");
        }
    }
}
