//! What the adapter must know.

use chrono_tz::Tz;
use frontdesk_core::ports::Network;
use secrecy::SecretString;
use std::{collections::BTreeMap, time::Duration};
use url::Url;

/// What the adapter must know. [`Config::new`] fills in everything but the secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// What proves a webhook, the newest first; more than one while a secret is being changed. Without any no webhook is
    /// taken.
    pub webhook_secrets: Vec<SecretString>,
    /// Takes webhooks without a secret. For trials behind a closed door only.
    pub insecure_webhooks: bool,
    /// The only addresses webhooks may come from; empty: any. Exotel gives its addresses to customers who ask.
    /// <https://developer.exotel.com/docs/advanced-config/ip-whitelisting>
    pub allowed_networks: Vec<Network>,
    /// The IVRs whose key presses are taken: their steps, by name.
    pub trees: BTreeMap<String, Vec<String>>,
    /// The IVR that is meant where a webhook names none.
    pub default_tree: String,
    /// How a key press is answered where its webhook does not say (`?answer=`).
    pub answer: CaptureAnswer,
    /// The zone of the account's times, which come without one.
    pub time_zone: Tz,
    /// The country (ISO 3166) of numbers that come without a country code.
    pub country: String,
    /// Opens the API; `None`: nothing but webhooks.
    pub api: Option<Api>,
    /// Where calls begin that are placed through the API; `None`: none are placed.
    pub app: Option<App>,
    /// Whether our flow has a Voicebot applet, and begins with the Switch Case that leads to it: callers can be joined with a
    /// voice agent. It cannot be seen from here; a call that finds none is hung up on.
    pub streams: bool,
    /// How text messages are sent, which needs the API; `None`: not at all.
    pub sms: Option<Sms>,
    /// Where Exotel finds the gateway: its public URL, without the path of a hook. News of calls and messages come there.
    pub webhook_base: Option<Url>,
}

/// How a key press is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CaptureAnswer {
    /// 200 with JSON, which a plain Passthru does not read.
    #[default]
    Json,
    /// For a Switch Case applet behind it: the keys, or `none`.
    Select,
    /// For the two ways out of a Passthru that is waited for: 200 where keys were pressed, else 302.
    Branch,
}

impl CaptureAnswer {
    /// Reads `json`, `select` or `branch`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "json" => Some(Self::Json),
            "select" => Some(Self::Select),
            "branch" => Some(Self::Branch),
            _ => None,
        }
    }
}

/// Where an account lives; nobody else's host knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Region {
    /// `api.exotel.com`.
    #[default]
    Singapore,
    /// `api.in.exotel.com`.
    Mumbai,
}

impl Region {
    /// Reads `singapore` or `mumbai`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "singapore" => Some(Self::Singapore),
            "mumbai" => Some(Self::Mumbai),
            _ => None,
        }
    }

    fn host(self) -> &'static str {
        match self {
            Self::Singapore => "https://api.exotel.com",
            Self::Mumbai => "https://api.in.exotel.com",
        }
    }
}

/// The account's API.
/// <https://developer.exotel.com/api/make-a-call-api>
#[derive(Debug, Clone)]
pub struct Api {
    /// The API key: the user of Basic.
    pub key: SecretString,
    /// The API token: the password of Basic.
    pub token: SecretString,
    /// The account.
    pub sid: String,
    /// Where the account lives.
    pub region: Region,
    /// Another place of the API, without `/v1`: a mock, a proxy. It goes before the region.
    pub base_url: Option<Url>,
    /// How long a request waits for its answer.
    pub answer_within: Duration,
}

impl Api {
    /// The API of an account in Singapore.
    #[must_use]
    pub fn new(key: SecretString, token: SecretString, sid: impl Into<String>) -> Self {
        Self {
            key,
            token,
            sid: sid.into(),
            region: Region::default(),
            base_url: None,
            answer_within: Duration::from_secs(15),
        }
    }

    /// Without a slash at its end.
    pub(crate) fn host(&self) -> &str {
        self.base_url.as_ref().map_or(self.region.host(), Url::as_str).trim_end_matches('/')
    }
}

/// The flow that calls go through once they are picked up.
#[derive(Debug, Clone)]
pub struct App {
    /// Its number in the dashboard (App Bazaar), or its whole `…/exoml/start_voice/…` address.
    pub id: String,
    /// How long a call may last, in seconds; Exotel takes 14400 at the most.
    pub time_limit: u32,
}

impl App {
    /// A flow by its number; calls may last a quarter of an hour.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), time_limit: 15 * 60 }
    }

    /// Its address; `http` is what the vendor's pages say, literally.
    pub(crate) fn url(&self, account: &str) -> String {
        match self.id.contains("://") {
            true => self.id.clone(),
            false => format!("http://my.exotel.com/{account}/exoml/start_voice/{}", self.id),
        }
    }
}

/// How text messages are sent. Indian carriers deliver nothing whose sender, wording and template are not registered
/// (DLT), and do not say so.
/// <https://developer.exotel.com/api/sms>
#[derive(Debug, Clone)]
pub struct Sms {
    /// Whom messages are shown to come from: a registered sender id, or an ExoPhone.
    pub from: String,
    /// The registered business (DLT entity id).
    pub entity_id: Option<String>,
    /// The registered template (DLT template id) of each text, by the text's id, such as `sms-confirmed`, or by id and
    /// language, such as `sms-confirmed.hi`.
    pub templates: BTreeMap<String, String>,
    /// `transactional`, `transactional_opt_in` or `promotional`.
    pub kind: String,
}

impl Sms {
    /// Transactional messages without registered templates, which nobody in India receives.
    #[must_use]
    pub fn new(from: impl Into<String>) -> Self {
        Self { from: from.into(), entity_id: None, templates: BTreeMap::new(), kind: "transactional".to_owned() }
    }
}

impl Config {
    /// Takes webhooks with these secrets, and asks nothing of Exotel.
    #[must_use]
    pub fn new(webhook_secrets: Vec<SecretString>) -> Self {
        Self {
            webhook_secrets,
            insecure_webhooks: false,
            allowed_networks: Vec::new(),
            trees: BTreeMap::new(),
            default_tree: "ivr".to_owned(),
            answer: CaptureAnswer::default(),
            time_zone: Tz::Asia__Kolkata,
            country: "IN".to_owned(),
            api: None,
            app: None,
            streams: false,
            sms: None,
            webhook_base: None,
        }
    }
}
