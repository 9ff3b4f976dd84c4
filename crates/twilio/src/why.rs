//! Why a captured request is not taken for Twilio's.

use crate::{
    form::Pairs,
    proof::{Keyring, signed},
    sign::{self, HEADER},
};
use frontdesk_core::ports::WebhookRequest;
use std::{collections::BTreeSet, fmt};

/// What is to blame for a signature that does not match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Nothing: the signature matches.
    Authentic,
    /// The header `X-Twilio-Signature` is missing: a proxy drops it, or this is not Twilio.
    NoSignature,
    /// The header is no signature: something on the way changed it.
    NotASignature,
    /// The account that the request names is neither ours nor one of the subaccounts.
    OtherAccount,
    /// Something of the request is covered by no signature, or the hash in the URL is not the body's.
    BodyChanged,
    /// Twilio called another URL than the gateway thinks it did. Queries are left out, as they may hold numbers.
    OtherUrl {
        /// What Twilio called.
        signed: String,
        /// What the gateway took it for.
        seen: String,
    },
    /// The URL is right, but the form was not the one that was signed: the signature is over the URL alone.
    FormIgnored {
        /// What Twilio called.
        signed: String,
    },
    /// No URL that could be thought of matches: it is the token, or something changed the form.
    Nothing {
        /// The URLs that were tried, the gateway's own first. Queries are left out.
        tried: Vec<String>,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authentic => f.write_str("the signature matches"),
            Self::NoSignature => f.write_str(
                "there is no X-Twilio-Signature; a proxy in front of the gateway drops it, or this is not Twilio",
            ),
            Self::NotASignature => f.write_str("X-Twilio-Signature is no signature; something on the way changes it"),
            Self::OtherAccount => f.write_str(
                "the request names another account; add its token under subaccounts, or point its number elsewhere",
            ),
            Self::BodyChanged => f.write_str(
                "the body is not what was signed; let nothing in front of the gateway read, trim or rewrite it",
            ),
            Self::OtherUrl { signed, seen } => {
                write!(f, "Twilio called {signed} and the gateway takes it for {seen}; set the public URL accordingly")
            }
            Self::FormIgnored { signed } => write!(
                f,
                "{signed} was signed without its form; something in front of the gateway turns a GET into a POST"
            ),
            Self::Nothing { tried } => {
                let shown = tried[..tried.len().min(SHOWN)].join(", ");
                write!(
                    f,
                    "the signature is over none of the {} URLs that were tried ({shown} and the like); check that the \
                     auth token is the primary one of this very account and region, that nothing rewrites the form, \
                     and that Twilio calls one of these",
                    tried.len()
                )
            }
        }
    }
}

/// How many of the URLs that were tried are shown.
const SHOWN: usize = 6;

/// Says why; `bases` are further public URLs to think of.
pub(crate) fn why(keyring: &Keyring, request: &WebhookRequest, bases: &[String]) -> Why {
    let Some(signature) = request.header(HEADER).map(str::trim).filter(|signature| !signature.is_empty()) else {
        return Why::NoSignature;
    };
    if keyring.authenticate(request).is_ok() || keyring.proves_upgrade(request) {
        return Why::Authentic;
    }
    if !looks_like_one(signature) {
        return Why::NotASignature;
    }
    let Some(parts) = signed(request) else {
        return Why::BodyChanged;
    };
    let tokens = keyring.tokens(parts.params.filled("AccountSid"));
    if tokens.is_empty() {
        return Why::OtherAccount;
    }
    let upgrade = request.header("upgrade").is_some_and(|to| to.eq_ignore_ascii_case("websocket"));
    let urls = urls(keyring, request, bases);
    let proves = |url: &str, pairs: &Pairs| {
        let candidates = if upgrade { sign::upgrade_candidates(url) } else { sign::candidates(url) };
        sign::proves(&tokens, &candidates, pairs, signature)
    };
    if let Some(url) = urls.iter().find(|url| proves(url, parts.pairs())) {
        return Why::OtherUrl { signed: public(url), seen: public(&request.url) };
    }
    if !parts.pairs().0.is_empty()
        && let Some(url) = urls.iter().find(|url| proves(url, &Pairs::default()))
    {
        return Why::FormIgnored { signed: public(url) };
    }
    let own = public(&request.url);
    let others: BTreeSet<String> = urls.iter().map(|url| public(url)).filter(|url| *url != own).collect();
    // Twilio is called by https nearly always.
    let (likely, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|url| url.starts_with("https:"));
    Why::Nothing { tried: [own].into_iter().chain(likely).chain(others).collect() }
}

/// A URL without what may not be shown: its query and its credentials.
fn public(url: &str) -> String {
    let (origin, path, _) = split(url);
    match origin.split_once("://") {
        Some((scheme, host)) => format!("{scheme}://{}{path}", host.rsplit('@').next().unwrap_or(host)),
        None => format!("{origin}{path}"),
    }
}

/// 20 bytes in base64.
fn looks_like_one(signature: &str) -> bool {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.decode(signature).is_ok_and(|bytes| bytes.len() == 20)
}

/// Every URL under which Twilio may have called this request: other bases, other schemes, hosts as proxies name them,
/// with a prefix that was stripped or without one that was added, with and without a slash at the end of the path.
fn urls(keyring: &Keyring, request: &WebhookRequest, bases: &[String]) -> BTreeSet<String> {
    let (seen_base, path, query) = split(&request.url);
    let mut origins: BTreeSet<String> = keyring.urls(&request.url).iter().map(|url| split(url).0).collect();
    let mut prefixes = BTreeSet::from([String::new()]);
    for base in bases {
        let (origin, prefix, _) = split(base);
        origins.insert(origin);
        prefixes.insert(prefix.trim_end_matches('/').to_owned());
    }
    // What a proxy says is believed here, as nothing but an advice comes of it.
    let first = |name: &str| request.header(name).and_then(|value| value.split(',').next()).map(str::trim);
    let port = first("x-forwarded-port");
    for host in [first("x-forwarded-host"), first("host")].into_iter().flatten() {
        let scheme = first("x-forwarded-proto").or(seen_base.split_once("://").map(|(scheme, _)| scheme));
        let scheme = scheme.unwrap_or("https");
        origins.insert(format!("{scheme}://{host}"));
        origins.extend(port.map(|port| format!("{scheme}://{}:{port}", sign::without_port(host))));
    }
    prefixes.extend(first("x-forwarded-prefix").map(|prefix| format!("/{}", prefix.trim_matches('/'))));
    let schemes: BTreeSet<String> = origins
        .iter()
        .filter_map(|origin| origin.split_once("://"))
        .flat_map(|(_, host)| ["https", "http"].map(|scheme| format!("{scheme}://{host}")))
        .collect();
    origins.extend(schemes);
    let mut paths = BTreeSet::from([path.clone()]);
    // Without the first, or the first two, segments: a prefix that the public URL has and Twilio's does not.
    for skip in 1..=2 {
        let cut = path.match_indices('/').nth(skip).map(|(at, _)| path[at..].to_owned());
        paths.extend(cut);
    }
    let prefixed = |paths: &BTreeSet<String>| -> BTreeSet<String> {
        paths.iter().flat_map(|path| prefixes.iter().map(move |prefix| format!("{prefix}{path}"))).collect()
    };
    let mut paths = prefixed(&paths);
    let other: Vec<String> = paths.iter().map(|path| toggled(path)).collect();
    paths.extend(other);
    let queries = BTreeSet::from([query, String::new()]);
    let mut all = BTreeSet::new();
    for origin in &origins {
        for path in &paths {
            all.extend(queries.iter().map(|query| format!("{origin}{path}{query}")));
        }
    }
    all
}

/// Scheme and host, path, and query with its mark.
fn split(url: &str) -> (String, String, String) {
    let url = url.split('#').next().unwrap_or(url);
    let (base, query) = url.find('?').map_or((url, ""), |at| url.split_at(at));
    let host = base.find("://").map_or(0, |at| at + 3);
    let cut = base[host..].find('/').map_or(base.len(), |at| host + at);
    (base[..cut].to_owned(), base[cut..].to_owned(), query.to_owned())
}

fn toggled(path: &str) -> String {
    path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned)
}
