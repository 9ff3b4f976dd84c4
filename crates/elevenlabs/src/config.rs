//! What the adapter must know.

use chrono::Duration;
use secrecy::SecretString;
use url::Url;

/// What the adapter must know. [`Config::default`] takes no webhook and asks nothing of ElevenLabs.
#[derive(Debug, Clone)]
pub struct Config {
    /// What webhooks are signed with (`wsec_…`), the newest first; more than one while a secret is being changed.
    /// <https://elevenlabs.io/docs/eleven-agents/workflows/post-call-webhooks>
    pub signing_secrets: Vec<SecretString>,
    /// What seed 001's webhook and the one for calls that begin bring along, the newest first.
    pub shared_secrets: Vec<SecretString>,
    /// Takes webhooks without proof. For trials behind a closed door only.
    pub insecure_webhooks: bool,
    /// How far the time of a signature may be from ours, either way. ElevenLabs repeats a delivery for 40 minutes, and does
    /// not say whether it signs it anew.
    pub tolerance: Duration,
    /// The agents whose conversations are taken; empty: all of the workspace's.
    pub agents: Vec<String>,
    /// The business that is meant where the number that was rung does not say it.
    pub business: Option<String>,
    /// Which collected data mean what.
    pub fields: Fields,
    /// The longest webhook, in bytes: transcripts are long.
    pub longest_body: usize,
    /// What of the agent's settings may be set for one call. The agent must allow each (Security, Overrides): it refuses
    /// the call otherwise.
    pub overrides: Overrides,
    /// The agent that takes calls; `None`: none does.
    pub agent: Option<String>,
    /// Where conversations are, where it is neither where signed addresses lead nor ElevenLabs' own: a mock, a proxy.
    pub ws_url: Option<Url>,
    /// How long it may take until an agent is there: signing, connecting, introducing itself.
    pub converse_within: std::time::Duration,
    /// How the agent places calls; `None`: it places none.
    pub outbound: Option<Outbound>,
    /// Opens the API; `None`: nothing but webhooks.
    pub api: Option<Api>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            signing_secrets: Vec::new(),
            shared_secrets: Vec::new(),
            insecure_webhooks: false,
            tolerance: Duration::minutes(30),
            agents: Vec::new(),
            business: None,
            fields: Fields::default(),
            longest_body: 10 * 1024 * 1024,
            overrides: Overrides::default(),
            agent: None,
            ws_url: None,
            converse_within: std::time::Duration::from_secs(5),
            outbound: None,
            api: None,
        }
    }
}

impl Config {
    /// How many secrets there are that may prove a webhook.
    #[must_use]
    pub fn webhook_secrets(&self) -> usize {
        self.signing_secrets.len() + self.shared_secrets.len()
    }
}

/// What of an agent's settings is set for one call.
/// <https://elevenlabs.io/docs/eleven-agents/customization/personalization/overrides>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overrides {
    /// The voice it speaks with.
    pub voice: bool,
    /// Its first words.
    pub first_message: bool,
    /// The language it speaks: the caller's.
    pub language: bool,
}

/// How an agent places calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// ElevenLabs' name for the number that is shown (`phnum_…`).
    pub phone_number_id: String,
    /// By whom.
    pub route: Route,
}

/// Who carries calls that an agent places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Twilio. <https://elevenlabs.io/docs/api-reference/twilio/outbound-call>
    Twilio,
    /// A SIP trunk. <https://elevenlabs.io/docs/api-reference/sip-trunk/outbound-call>
    Sip,
}

/// The API.
#[derive(Debug, Clone)]
pub struct Api {
    /// The API key (`xi-api-key`).
    pub key: SecretString,
    /// Where the API is. Each data residency has its own, with its own keys.
    pub base_url: Url,
    /// How long a call waits for the agent: somebody is on the line.
    pub answer_within: std::time::Duration,
}

impl Api {
    /// Where the API is, unless somebody says otherwise.
    pub const USUAL: &'static str = "https://api.elevenlabs.io";

    /// The API at this address; calls wait 3 seconds for it.
    #[must_use]
    pub fn new(key: SecretString, base_url: Url) -> Self {
        Self { key, base_url, answer_within: std::time::Duration::from_secs(3) }
    }
}

/// Which of the data that an agent collects mean what: identifiers, of which the first one that has a value counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// When the caller wants to come.
    pub time: Vec<String>,
    /// The day, where the time has none.
    pub date: Vec<String>,
    /// What they are called.
    pub name: Vec<String>,
    /// Where they are written to.
    pub email: Vec<String>,
    /// Their number, where the call does not show it.
    pub phone: Vec<String>,
    /// What they come for.
    pub service: Vec<String>,
    /// What they want: to book, to move, to cancel, to confirm.
    pub intent: Vec<String>,
}

impl Default for Fields {
    fn default() -> Self {
        let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Self {
            time: list(&["callback_time", "appointment_time", "appointment_datetime"]),
            date: list(&["appointment_date", "callback_date"]),
            name: list(&["customer_name", "name", "full_name"]),
            email: list(&["email"]),
            phone: list(&["phone", "phone_number", "caller"]),
            service: list(&["service", "appointment_type"]),
            intent: list(&["intent"]),
        }
    }
}
