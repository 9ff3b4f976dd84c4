//! Shows that a request is Twilio's, and reads what it says; neither goes without the other.

use crate::{
    Config,
    form::Pairs,
    sign::{self, HEADER},
};
use frontdesk_core::ports::{Rejected, WebhookRequest};
use secrecy::SecretString;
use std::{borrow::Cow, collections::BTreeMap};
use url::Url;

/// What webhooks that cannot be shown to be Twilio's are answered.
pub(crate) const UNAUTHENTIC: Rejected = Rejected::Unauthentic(403);

/// The tokens, by the account that signs with them.
pub(crate) struct Keyring {
    account: String,
    tokens: Vec<SecretString>,
    subaccounts: BTreeMap<String, Vec<SecretString>>,
    webhook_base: String,
    /// The same as URL types write it.
    seen_base: String,
}

/// A request that is Twilio's.
pub(crate) struct Authentic {
    /// What it says: the form, or for GET the query.
    pub(crate) params: Pairs,
    /// The query of its URL, which is our own word.
    pub(crate) query: Pairs,
}

/// How a body takes part in the signature.
pub(crate) struct Signed {
    /// The pairs that are read.
    pub(crate) params: Pairs,
    /// Whether they are signed besides the URL. Where not, they stand in it, or it holds their hash.
    apart: bool,
}

impl Signed {
    /// The pairs that are signed besides the URL.
    pub(crate) fn pairs(&self) -> &Pairs {
        static NONE: Pairs = Pairs(Vec::new());
        if self.apart { &self.params } else { &NONE }
    }
}

impl Keyring {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            account: config.account_sid.clone(),
            tokens: config.auth_tokens.clone(),
            subaccounts: config.subaccounts.clone(),
            seen_base: as_seen(&config.webhook_base),
            webhook_base: config.webhook_base.clone(),
        }
    }

    /// The tokens that may have signed for this account; none for one that is not ours.
    pub(crate) fn tokens(&self, account: Option<&str>) -> Vec<&SecretString> {
        match account {
            Some(account) if account != self.account => self.subaccounts.get(account).into_iter().flatten().collect(),
            _ => self.tokens.iter().collect(),
        }
    }

    /// Whether an account is one of ours.
    pub(crate) fn knows(&self, account: &str) -> bool {
        account == self.account || self.subaccounts.contains_key(account)
    }

    /// Every token there is, for requests that name no account.
    fn every_token(&self) -> Vec<&SecretString> {
        self.tokens.iter().chain(self.subaccounts.values().flatten()).collect()
    }

    /// The request's URL, and as it reads when the base is written as it was configured: URL types write hosts in lower
    /// case and leave out default ports, Twilio signs what it was given.
    pub(crate) fn urls<'a>(&self, url: &'a str) -> Vec<Cow<'a, str>> {
        let mut urls = vec![url.into()];
        if self.seen_base != self.webhook_base
            && let Some(rest) = url.strip_prefix(self.seen_base.as_str())
        {
            urls.push(format!("{}{rest}", self.webhook_base).into());
        }
        urls
    }

    /// Every way in which Twilio may have written a URL.
    fn candidates(&self, url: &str) -> Vec<String> {
        self.urls(url).iter().flat_map(|url| sign::candidates(url)).collect()
    }

    /// Verifies a webhook.
    pub(crate) fn authenticate(&self, request: &WebhookRequest) -> Result<Authentic, Rejected> {
        let signature = request.header(HEADER).ok_or(UNAUTHENTIC)?;
        let signed = signed(request).ok_or(UNAUTHENTIC)?;
        let tokens = self.tokens(signed.params.filled("AccountSid"));
        // Nearly always Twilio signs the URL as it was given; only otherwise its other ways of writing it are looked at.
        let as_given = sign::proves(&tokens, &[&request.url], signed.pairs(), signature);
        if !as_given && !sign::proves(&tokens, &self.candidates(&request.url), signed.pairs(), signature) {
            return Err(UNAUTHENTIC);
        }
        let query = Pairs::parse(request.query()).map_err(|_| UNAUTHENTIC)?;
        Ok(Authentic { params: signed.params, query })
    }

    /// Verifies the request that opens a WebSocket. It has no form, and names no account.
    pub(crate) fn proves_upgrade(&self, request: &WebhookRequest) -> bool {
        let Some(signature) = request.header(HEADER) else {
            return false;
        };
        let urls: Vec<String> = self.urls(&request.url).iter().flat_map(|url| sign::upgrade_candidates(url)).collect();
        sign::proves(&self.every_token(), &urls, &Pairs::default(), signature)
    }
}

/// What of a request is signed and what is read; `None` when it holds something that no signature covers.
pub(crate) fn signed(request: &WebhookRequest) -> Option<Signed> {
    let covered = |params| Some(Signed { params, apart: false });
    match request.method.as_str() {
        "GET" if request.body.is_empty() => covered(Pairs::parse(request.query()).ok()?),
        "POST" => {
            let text = std::str::from_utf8(&request.body).ok()?;
            match sign::body_hash(&request.url) {
                Some(hash) if !sign::vouches(hash, &request.body) => None,
                Some(_) if is_form(request) => covered(Pairs::parse(text).ok()?),
                Some(_) => covered(members(text)),
                None if is_form(request) => Some(Signed { params: Pairs::parse(text).ok()?, apart: true }),
                None if request.body.is_empty() => covered(Pairs::default()),
                None => None,
            }
        }
        _ => None,
    }
}

/// A base as URL types write it, without a slash at its end.
pub(crate) fn as_seen(base: &str) -> String {
    Url::parse(base).map_or_else(|_| base.to_owned(), |url| url.as_str().trim_end_matches('/').to_owned())
}

fn is_form(request: &WebhookRequest) -> bool {
    let kind = request.header("content-type").unwrap_or("application/x-www-form-urlencoded");
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The plain members of a JSON object, as if they had come as a form.
fn members(text: &str) -> Pairs {
    let Ok(serde_json::Value::Object(object)) = serde_json::from_str(text) else {
        return Pairs::default();
    };
    let plain = object.into_iter().filter_map(|(name, value)| match value {
        serde_json::Value::String(text) => Some((name, text)),
        serde_json::Value::Number(number) => Some((name, number.to_string())),
        serde_json::Value::Bool(yes) => Some((name, yes.to_string())),
        _ => None,
    });
    Pairs(plain.collect())
}

#[cfg(test)]
mod tests;
