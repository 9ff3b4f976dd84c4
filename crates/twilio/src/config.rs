//! What the adapter must know, and what it refuses to start with.

use crate::Messaging;
use frontdesk_core::{ports::Clock, speech::Language};
use secrecy::SecretString;
use std::{collections::BTreeMap, num::NonZeroU32, ops::RangeInclusive};
use url::Url;

/// What is retried of a webhook, and how often: a busy or restarting gateway is asked again within Twilio's 15 seconds.
/// By itself Twilio repeats a request once, and only when no connection was made.
/// <https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>
const OVERRIDES: &str = "rc=2&rp=ct,rt,5xx";

/// How many calls a new account dials a minute: one a second.
/// <https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource>
const CALLS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).expect("60 is more than none");

/// How Twilio tells machines from people.
/// <https://www.twilio.com/docs/voice/answering-machine-detection>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Amd {
    /// It does not listen for them.
    Off,
    /// The call begins at once and the verdict comes later, at the hook `amd`. A machine's call is told by
    /// request what it hears from then on.
    #[default]
    Beside,
    /// As [`Amd::Beside`], and the verdict on a machine waits for the end of its greeting.
    BesideToEnd,
    /// The call begins when the verdict is there; a person hears nothing for some seconds.
    First,
    /// As [`Amd::First`], and a machine is heard to the end of its greeting, so that a message can be left on it.
    FirstToEnd,
}

/// What the signature of a request that opens a media stream counts for. What proves the call itself is the token among the
/// stream's parameters, in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Upgrades {
    /// Without the right signature nobody is let in.
    #[default]
    Required,
    /// Whoever has none is let in all the same, and the log says so: for a proxy in front that changes the URL.
    Advisory,
    /// It is not looked at.
    Off,
}

impl Upgrades {
    /// Reads `required`, `advisory` or `off`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "required" => Some(Self::Required),
            "advisory" => Some(Self::Advisory),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

/// A key for the REST API. It opens the API only: webhooks are always signed with the auth token.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// `SK` and 32 hexadecimal digits.
    pub sid: String,
    /// Its secret.
    pub secret: SecretString,
}

/// What the adapter must know. [`Config::new`] fills in everything but the essentials.
#[derive(Debug, Clone)]
pub struct Config {
    /// The account: `AC` and 32 hexadecimal digits. It stands in every path of the API.
    pub account_sid: String,
    /// Signs webhooks and, without an API key, opens the API. While a token is being changed there are two: the first
    /// one opens the API, either one proves a webhook.
    pub auth_tokens: Vec<SecretString>,
    /// The tokens of subaccounts by their SID: each signs the webhooks of what it owns.
    pub subaccounts: BTreeMap<String, Vec<SecretString>>,
    /// Opens the API instead of the auth token.
    pub api_key: Option<ApiKey>,
    /// Where the API is, without `/2010-04-01`, for carriers that speak Twilio's language, proxies and tests. It goes
    /// before region and edge.
    pub base_url: Option<Url>,
    /// Where calls are processed, such as `ie1`; each region has its own tokens.
    pub region: Option<String>,
    /// Where requests enter Twilio's network, such as `dublin`.
    pub edge: Option<String>,
    /// The gateway's public URL without `/webhooks/…` and without a slash at its end, exactly as Twilio shall use it:
    /// every letter of it is signed, the case of the host and a path prefix included.
    pub webhook_base: String,
    /// Paths below `webhook_base` that lead to a hook, besides `/webhooks/twilio/HOOK`: a number that is pointed at one of
    /// them is pointed at us.
    pub hook_paths: BTreeMap<String, String>,
    /// Whether and how to listen for machines, where a call is to be listened to.
    pub amd: Amd,
    /// How long a verdict on a machine may take, in seconds (3 to 59); Twilio takes 30 by itself.
    pub amd_seconds: Option<u8>,
    /// What is put behind the `#` of every webhook URL, such as `rc=2&rp=ct,5xx`. It is neither sent nor signed; a
    /// carrier that only resembles Twilio may not know it.
    pub overrides: Option<String>,
    /// Asked for TwiML when the gateway cannot be reached. Without one the gateway is asked a second time, at its hook
    /// `fallback`, and goes on where the call was.
    pub fallback_url: Option<String>,
    /// Words to be expected where words are listened for; up to 500 of up to 100 characters.
    pub hints: Vec<String>,
    /// The voices that speak, by language, such as `Polly.Joanna-Neural`; empty: the carrier's own.
    pub voices: BTreeMap<Language, String>,
    /// Whether Twilio writes down what messages say. It costs extra, knows English only (nothing is asked for elsewhere), and
    /// reads messages of two seconds to two minutes. <https://www.twilio.com/docs/voice/twiml/record#transcribe>
    pub transcribe: bool,
    /// How many calls are placed a minute, evenly spread; `None`: as many as come. What exceeds the account's own rate
    /// waits at Twilio, and rings whenever its turn comes, be it after the hours in which people may be called. Each process
    /// counts for itself.
    pub calls_per_minute: Option<NonZeroU32>,
    /// Who sends messages, and how; by default nobody.
    pub messaging: Messaging,
    /// What the signature counts for that a media stream is opened with.
    pub upgrades: Upgrades,
    /// The time, which calls and messages are spread over.
    pub clock: Clock,
}

impl Config {
    /// A configuration with one token and everything else as Twilio does it by itself.
    #[must_use]
    pub fn new(
        account_sid: impl Into<String>,
        auth_token: SecretString,
        webhook_base: impl Into<String>,
        clock: Clock,
    ) -> Self {
        let voices = [
            (Language::En, "Polly.Joanna-Neural"),
            (Language::Es, "Polly.Lucia-Neural"),
            (Language::Hi, "Polly.Aditi"),
            (Language::Nl, "Polly.Laura-Neural"),
        ];
        Self {
            account_sid: account_sid.into(),
            auth_tokens: vec![auth_token],
            subaccounts: BTreeMap::new(),
            api_key: None,
            base_url: None,
            region: None,
            edge: None,
            webhook_base: webhook_base.into(),
            hook_paths: BTreeMap::new(),
            amd: Amd::default(),
            amd_seconds: None,
            overrides: Some(OVERRIDES.to_owned()),
            fallback_url: None,
            hints: Vec::new(),
            transcribe: false,
            voices: voices.map(|(language, voice)| (language, voice.to_owned())).into(),
            calls_per_minute: Some(CALLS_PER_MINUTE),
            messaging: Messaging::default(),
            upgrades: Upgrades::default(),
            clock,
        }
    }

    /// Where the API is, without a slash at its end.
    /// <https://www.twilio.com/docs/global-infrastructure/using-the-twilio-rest-api-in-a-non-us-region>
    pub(crate) fn api(&self) -> String {
        if let Some(base) = &self.base_url {
            return base.as_str().trim_end_matches('/').to_owned();
        }
        match (self.edge.as_deref(), self.region.as_deref()) {
            (Some(edge), region) => format!("https://api.{edge}.{}.twilio.com", region.unwrap_or("us1")),
            (None, Some(region)) => format!("https://api.{region}.twilio.com"),
            (None, None) => "https://api.twilio.com".to_owned(),
        }
    }

    /// Refuses what could never work, before a call is lost to it.
    ///
    /// # Errors
    /// [`BadConfig`] names it.
    pub fn check(&self) -> Result<(), BadConfig> {
        let wrong = |field, problem| Err(BadConfig { field, problem });
        // Carriers that speak Twilio's language name accounts in their own way.
        let sid = |text: &str| self.base_url.is_some() && !text.is_empty() || is_sid("AC", text);
        if !sid(&self.account_sid) {
            return wrong("account_sid", "must be AC and 32 hexadecimal digits");
        }
        if self.auth_tokens.is_empty() || self.auth_tokens.iter().any(empty) {
            return wrong("auth_tokens", "at least one is needed: nothing else proves that a webhook is Twilio's");
        }
        for (account, tokens) in &self.subaccounts {
            if !sid(account) {
                return wrong("subaccounts", "must be named by AC and 32 hexadecimal digits");
            }
            if tokens.is_empty() || tokens.iter().any(empty) {
                return wrong("subaccounts", "each needs at least one auth token");
            }
        }
        if self.api_key.as_ref().is_some_and(|key| key.sid.is_empty() || empty(&key.secret)) {
            return wrong("api_key", "needs its sid and its secret");
        }
        if [&self.region, &self.edge].into_iter().flatten().any(|name| !is_label(name)) {
            return wrong("region", "region and edge are names like ie1 and dublin");
        }
        // Whatever is configured may be printed, secrets excepted; and nobody here asks for credentials in a URL.
        let bare = |url: &Url| url.username().is_empty() && url.password().is_none();
        if self.base_url.as_ref().is_some_and(|url| !bare(url)) {
            return wrong("base_url", "must hold no credentials; they go into auth_tokens or api_key");
        }
        check_webhook_base(&self.webhook_base)?;
        if self.amd_seconds.is_some_and(|seconds| !(3..=59).contains(&seconds)) {
            return wrong("amd_seconds", "must be 3 to 59");
        }
        if self.overrides.as_deref().is_some_and(|overrides| !overrides.split('&').all(is_override)) {
            return wrong("overrides", "must be like ct=1000&rt=5000&tt=15000&rc=2&rp=ct,5xx&sni=y&e=dublin");
        }
        if let Some(url) = &self.fallback_url
            && (url.len() > 4_000
                || !Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && bare(&url)))
        {
            return wrong("fallback_url", "must be a full URL of at most 4000 characters, without credentials");
        }
        let fits = |hint: &String| (1..=100).contains(&hint.chars().count()) && !hint.contains(',');
        if self.hints.len() > 500 || !self.hints.iter().all(fits) {
            return wrong("hints", "at most 500 of 1 to 100 characters, without commas");
        }
        self.messaging.check(self.base_url.is_some())
    }
}

/// The adapter cannot be made of this configuration. Never repeats a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("twilio: `{field}` {problem}")]
pub struct BadConfig {
    /// The member of [`Config`].
    pub field: &'static str,
    /// What is wrong with it, and what it must be like.
    pub problem: &'static str,
}

fn check_webhook_base(base: &str) -> Result<(), BadConfig> {
    let wrong = |problem| Err(BadConfig { field: "webhook_base", problem });
    let Ok(url) = Url::parse(base) else {
        return wrong("must be the gateway's public URL, like https://desk.example.com");
    };
    if !matches!(url.scheme(), "http" | "https") {
        return wrong("must begin with https:// (or http:// on a network of your own)");
    }
    if base.ends_with('/') || base.contains(['?', '#']) || base.contains(char::is_whitespace) {
        return wrong("must have no slash at its end, no query and no fragment");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("must hold no credentials; nobody here asks Twilio for them");
    }
    // Twilio refuses such a host for status callbacks. <https://www.twilio.com/docs/api/errors/21609>
    if url.host_str().is_some_and(|host| host.contains('_')) {
        return wrong("must name a host without underscores");
    }
    Ok(())
}

fn empty(secret: &SecretString) -> bool {
    secrecy::ExposeSecret::expose_secret(secret).is_empty()
}

/// Whether this is the name of a thing of this kind at Twilio.
pub(crate) fn is_sid(kind: &str, text: &str) -> bool {
    text.strip_prefix(kind).is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_label(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_override(pair: &str) -> bool {
    let within = |value: &str, range: RangeInclusive<u32>| value.parse().is_ok_and(|number| range.contains(&number));
    match pair.split_once('=') {
        Some(("ct", value)) => within(value, 100..=10_000),
        Some(("rt" | "tt", value)) => within(value, 100..=15_000),
        Some(("rc", value)) => within(value, 0..=5),
        Some(("rp", value)) => value.split(',').all(|it| matches!(it, "4xx" | "5xx" | "ct" | "rt" | "all")),
        Some(("sni", value)) => matches!(value, "y" | "n"),
        Some(("e", value)) => value.split(',').all(is_label),
        _ => false,
    }
}
