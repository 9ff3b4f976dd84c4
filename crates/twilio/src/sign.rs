//! `X-Twilio-Signature`: base64 of HMAC-SHA1 over the URL and the sorted form.
//! <https://www.twilio.com/docs/usage/security>

use crate::form::Pairs;
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The header, in lower case.
pub(crate) const HEADER: &str = "x-twilio-signature";
/// The member of a query that vouches for a body which is no form.
const BODY_HASH: &str = "bodySHA256";

/// The signature of a request to `url` with these form pairs; none for GET, whose pairs stand in the URL already.
///
/// Names are sorted bytewise, and by name alone; of a repeated name each distinct value counts once, sorted.
pub(crate) fn sign(token: &SecretString, url: &str, pairs: &Pairs) -> String {
    let mut mac =
        Hmac::<Sha1>::new_from_slice(token.expose_secret().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(url.as_bytes());
    let mut sorted: Vec<(&str, &str)> = pairs.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    sorted.sort_unstable();
    sorted.dedup();
    for (name, value) in sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Whether `signature` is that of any of these URLs under any of these tokens. All are tried, whichever matches: the time
/// it takes tells nothing.
pub(crate) fn proves(tokens: &[&SecretString], urls: &[impl AsRef<str>], pairs: &Pairs, signature: &str) -> bool {
    let mut proved = Choice::from(0);
    for token in tokens {
        for url in urls {
            proved |= sign(token, url.as_ref(), pairs).as_bytes().ct_eq(signature.as_bytes());
        }
    }
    proved.into()
}

/// The hash in the URL that vouches for a body, where there is one.
pub(crate) fn body_hash(url: &str) -> Option<&str> {
    let (_, query) = url.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(BODY_HASH)?.strip_prefix('='))
}

/// Whether `hash` (hexadecimal) is that of the raw body.
pub(crate) fn vouches(hash: &str, body: &[u8]) -> bool {
    let ours = hex::encode(Sha256::digest(body));
    ours.as_bytes().ct_eq(hash.to_ascii_lowercase().as_bytes()).into()
}

/// Every way in which Twilio may have written this URL before it signed it.
///
/// Its back ends differ over ports (dropped, kept, or the default one added), over the credentials before the host, and
/// over an apostrophe in the query. All of them are the same resource, so that taking any of them opens nothing.
pub(crate) fn candidates(url: &str) -> Vec<String> {
    let url = url.split('#').next().unwrap_or(url);
    let Some((scheme, rest)) = url.split_once("://") else {
        return vec![url.to_owned()];
    };
    let cut = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(cut);
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let bare = without_port(host);
    let default = if scheme.eq_ignore_ascii_case("https") { "443" } else { "80" };
    let mut hosts = vec![host.to_owned(), bare.to_owned()];
    if !scheme.starts_with("ws") {
        hosts.push(format!("{bare}:{default}"));
    }
    let mut tails = vec![tail.to_owned()];
    if let Some((path, query)) = tail.split_once('?') {
        tails.extend([
            format!("{path}?{}", query.replace('\'', "%27")),
            format!("{path}?{}", query.replace("%27", "'")),
        ]);
    }
    let mut all = Vec::new();
    for user in [None, user] {
        let user = user.map(|user| format!("{user}@")).unwrap_or_default();
        for host in &hosts {
            for tail in &tails {
                let one = format!("{scheme}://{user}{host}{tail}");
                if !all.contains(&one) {
                    all.push(one);
                }
            }
        }
    }
    all
}

/// A host without its port; an IPv6 address keeps its colons.
pub(crate) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((bare, port)) if !bare.is_empty() && !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            if bare.contains(':') && !bare.ends_with(']') {
                host
            } else {
                bare
            }
        }
        _ => host,
    }
}

/// The URL under which a WebSocket upgrade is signed: `wss`, which is all that streams are opened by whatever the base URL
/// says ([`crate::media_url`]), and with or without a slash at its end, as Twilio's own page says.
pub(crate) fn upgrade_candidates(url: &str) -> Vec<String> {
    let url = match url.split_once("://") {
        Some((scheme, rest)) if matches!(scheme.to_ascii_lowercase().as_str(), "https" | "http") => {
            format!("wss://{rest}")
        }
        _ => url.to_owned(),
    };
    let (path, query) = match url.split_once('?') {
        Some((path, query)) => (path.to_owned(), format!("?{query}")),
        None => (url, String::new()),
    };
    let other = match path.strip_suffix('/') {
        Some(shorter) => shorter.to_owned(),
        None => format!("{path}/"),
    };
    [path, other].iter().flat_map(|path| candidates(&format!("{path}{query}"))).collect()
}
