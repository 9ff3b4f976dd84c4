use super::super::span::Span;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Exotel. A webhook secret is enough to take key presses; placing calls and sending messages needs the API.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Exotel {
    /// What the addresses of its applets bring along (`?secret=`); Exotel signs nothing.
    pub webhook_secret: Option<String>,
    /// The only addresses webhooks may come from: single ones, or blocks such as `198.51.100.0/24`; empty: any.
    pub allowed_addresses: Vec<String>,
    /// How a key press is answered where its address does not say (`?answer=`): `json`, `select` or `branch`.
    pub answer: Option<String>,
    /// The zone of the account's times, which come without one. Absent: `Asia/Kolkata`.
    pub time_zone: Option<String>,
    /// The country of numbers that come without a country code. Absent: `IN`.
    pub country: Option<String>,
    /// Opens the API, with the token.
    pub api_key: Option<String>,
    /// Opens the API, with the key.
    pub api_token: Option<String>,
    /// The account.
    pub sid: Option<String>,
    /// Where the account lives: `singapore` (the default) or `mumbai`.
    pub region: Option<String>,
    /// Another place of the API: a mock, a proxy.
    pub base_url: Option<String>,
    /// The flow that calls are placed into, by its number in the App Bazaar. Absent: Exotel places no calls.
    pub app: Option<String>,
    /// Whether the flow begins with a Switch Case that leads to a Voicebot applet, so that callers can be joined with a voice
    /// agent (`inbound = "stream"`). Absent: it does not, and the menu answers.
    pub streams: Option<bool>,
    /// The longest call. Absent: 15 minutes.
    pub call_limit: Option<Span>,
    /// Text messages.
    pub sms: ExotelSms,
}

/// Text messages by Exotel.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExotelSms {
    /// Whom messages come from: a registered sender id, or an ExoPhone. Absent: Exotel sends no messages.
    pub from: Option<String>,
    /// The registered business (DLT entity id), without which nothing is delivered in India.
    pub entity_id: Option<String>,
    /// `transactional` (the default), `transactional_opt_in` or `promotional`.
    pub kind: Option<String>,
    /// The registered template (DLT template id) of each text, such as `sms-confirmed`, or `sms-confirmed.hi` for Hindi.
    pub templates: BTreeMap<String, String>,
}
