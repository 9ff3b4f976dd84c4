use chrono::{DateTime, Utc};
use frontdesk_core::speech::Language;
use secrecy::SecretString;
use std::{collections::BTreeMap, fmt, net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};
use url::Url;

/// Where the time comes from; the crate reads no clock of its own.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The vendor's voice API; the only host it names, worldwide.
pub const VOICE_API: &str = "https://voice.8x8.com";
/// The vendor's SMS API for Asia-Pacific, its default region.
pub const SMS_API: &str = "https://sms.8x8.com";
/// Where the vendor says its voice webhooks come from, as of 2026-01-01. Offered for
/// [`Config::allowed_addresses`]; not used unless put there, for the list may change without notice.
/// <https://developer.8x8.com/connect/docs/voice/voice-ip-addresses>
pub const VOICE_WEBHOOK_ADDRESSES: [IpAddr; 4] = [
    IpAddr::V4(std::net::Ipv4Addr::new(18, 140, 80, 2)),
    IpAddr::V4(std::net::Ipv4Addr::new(52, 220, 253, 234)),
    IpAddr::V4(std::net::Ipv4Addr::new(54, 255, 116, 8)),
    IpAddr::V4(std::net::Ipv4Addr::new(52, 74, 232, 241)),
];

/// What the adapter must know. [`Config::new`] fills in everything that has a sensible default.
#[derive(Clone)]
pub struct Config {
    /// Where the voice API is, with or without a trailing `/api/v1`; `None`: [`VOICE_API`].
    pub base_url: Option<Url>,
    /// Opens the API, as a bearer token.
    pub api_key: SecretString,
    /// The *voice* subaccount; the one for SMS is another.
    pub subaccount_id: String,
    /// Where 8x8 finds the gateway: its public URL, without the path of a hook.
    pub webhook_base: Url,
    /// The paths below `webhook_base` that lead here.
    pub hook_paths: HookPaths,
    /// The user's name in the credential that [`crate::EightXEight::register_webhooks`] registers. Webhooks may bring any.
    pub webhook_user: String,
    /// What proves a webhook, the newest first; more than one while a secret is being changed. Empty ones are no proof,
    /// and without any proof no webhook is taken.
    pub webhook_secrets: Vec<SecretString>,
    /// Takes webhooks without any proof. Whoever finds the address can then press keys in anybody's name.
    pub insecure_webhooks: bool,
    /// The addresses voice webhooks may come from; empty: any. Those about messages come from others, see
    /// [`Sms::allowed_addresses`]. The gateway must see real addresses, so behind a proxy it must
    /// trust that proxy's header.
    pub allowed_addresses: Vec<IpAddr>,
    /// The voice (8x8: `voiceProfile`) of each language. A language without one is spoken by the voice of
    /// [`Greeting::language`].
    pub voices: BTreeMap<Language, String>,
    /// What is heard first.
    pub greeting: Greeting,
    /// How long 8x8 may keep a call it was given before it places it (`validUntil`). Short, lest a call that waited in
    /// a queue rings at night.
    pub valid_for: Duration,
    /// How long a request waits for its answer. Waiting longer leaves fewer calls in doubt, and the doubts come later.
    pub answer_within: Duration,
    /// How long an attempt keeps its number to itself when the news of its end is lost.
    pub longest_call: Duration,
    /// How many calls are placed a minute, evenly spread; `None`: as many as come. 8x8 publishes no limit for voice.
    pub calls_per_minute: Option<NonZeroU32>,
    /// Sends our name for the call as `clientRequestId`. Off by default: the vendor's pages disagree on whether the
    /// request may hold it. Where a summary brings one back it is used in any case.
    pub send_client_request_id: bool,
    /// How text messages are sent; `None`: not at all.
    pub sms: Option<Sms>,
    /// The time.
    pub clock: Clock,
}

/// How the webhooks' paths look below the gateway's public URL. The first of each is what
/// [`crate::EightXEight::register_webhooks`] registers; any of them counts as ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookPaths {
    /// For the Voice Call Action webhook, which steers calls.
    pub vca: Vec<String>,
    /// For the Voice Session Summary webhook, which tells the end.
    pub vss: Vec<String>,
}

impl Default for HookPaths {
    fn default() -> Self {
        let paths = |hook: &str| vec![format!("/webhooks/{}/{hook}", crate::NAME), format!("/api/webhooks/{hook}")];
        Self { vca: paths("vca"), vss: paths("vss") }
    }
}

/// What a callee hears first, before the flow's first question is fetched by webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// Spoken; a word or two, for the question follows it.
    pub text: String,
    /// The language of `text`.
    pub language: Language,
    /// A sound played before it: MP3 or WAV below 5 MB. 8x8 fetches it without credentials and keeps it for an hour by
    /// its URL, so new content needs a new URL.
    pub sound: Option<Url>,
}

impl Default for Greeting {
    fn default() -> Self {
        Self { text: "Hello.".to_owned(), language: Language::En, sound: None }
    }
}

/// How text messages are sent.
#[derive(Debug, Clone)]
pub struct Sms {
    /// Where the SMS API is; each region has its own. `None`: [`SMS_API`].
    pub base_url: Option<Url>,
    /// The SMS subaccount.
    pub subaccount_id: String,
    /// Opens the SMS API; the key of the voice API may serve both.
    pub api_key: SecretString,
    /// Whom messages are shown to come from: a number, or up to 11 letters and digits.
    pub source: String,
    /// The addresses webhooks about messages may come from; empty: any. They are not those of the voice webhooks.
    pub allowed_addresses: Vec<IpAddr>,
}

impl Config {
    /// A configuration for the vendor's own hosts.
    #[must_use]
    pub fn new(
        api_key: SecretString,
        subaccount_id: impl Into<String>,
        webhook_base: Url,
        webhook_secrets: Vec<SecretString>,
        clock: Clock,
    ) -> Self {
        Self {
            base_url: None,
            api_key,
            subaccount_id: subaccount_id.into(),
            webhook_base,
            hook_paths: HookPaths::default(),
            webhook_user: "admin".to_owned(),
            webhook_secrets,
            insecure_webhooks: false,
            allowed_addresses: Vec::new(),
            voices: default_voices(),
            greeting: Greeting::default(),
            valid_for: Duration::from_secs(15 * 60),
            answer_within: Duration::from_secs(15),
            longest_call: Duration::from_secs(15 * 60),
            calls_per_minute: NonZeroU32::new(60),
            send_client_request_id: false,
            sms: None,
            clock,
        }
    }
}

impl Sms {
    /// Sends through the vendor's Asia-Pacific host.
    #[must_use]
    pub fn new(api_key: SecretString, subaccount_id: impl Into<String>, source: impl Into<String>) -> Self {
        let (subaccount_id, source) = (subaccount_id.into(), source.into());
        Self { base_url: None, subaccount_id, api_key, source, allowed_addresses: Vec::new() }
    }
}

/// A voice for every language of the texts. Every account has a list of its own: the English code is the one of the
/// vendor's samples, the others are named as that list names its voices. [`crate::EightXEight::check`] says whether
/// the account has them.
/// <https://developer.8x8.com/connect/docs/voice/ivr/call-action-handling>
#[must_use]
pub fn default_voices() -> BTreeMap<Language, String> {
    let voices = Language::ALL.map(|language| {
        let code = match language {
            Language::En => "en-US-BenjaminRUS",
            Language::Es => "es-ES-ElviraNeural",
            Language::Hi => "hi-IN-SwaraNeural",
            Language::Nl => "nl-NL-ColetteNeural",
        };
        (language, code.to_owned())
    });
    voices.into()
}

/// Where an API is, without a trailing slash or version.
pub(crate) fn api(base_url: Option<&Url>, otherwise: &str) -> String {
    let base = base_url.map_or(otherwise, Url::as_str).trim_end_matches('/');
    base.strip_suffix("/api/v1").unwrap_or(base).trim_end_matches('/').to_owned()
}

/// The clock cannot be shown, and secrets show themselves masked.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("base_url", &self.base_url)
            .field("api_key", &self.api_key)
            .field("subaccount_id", &self.subaccount_id)
            .field("webhook_base", &self.webhook_base)
            .field("hook_paths", &self.hook_paths)
            .field("webhook_user", &self.webhook_user)
            .field("webhook_secrets", &self.webhook_secrets)
            .field("insecure_webhooks", &self.insecure_webhooks)
            .field("allowed_addresses", &self.allowed_addresses)
            .field("voices", &self.voices)
            .field("greeting", &self.greeting)
            .field("valid_for", &self.valid_for)
            .field("answer_within", &self.answer_within)
            .field("longest_call", &self.longest_call)
            .field("calls_per_minute", &self.calls_per_minute)
            .field("send_client_request_id", &self.send_client_request_id)
            .field("sms", &self.sms)
            .finish_non_exhaustive()
    }
}
