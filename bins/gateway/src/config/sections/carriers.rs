use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// 8x8 Voice and SMS.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EightXEight {
    /// Opens the API. Made in 8x8 Connect.
    pub api_key: Option<String>,
    /// The voice subaccount.
    pub subaccount_id: Option<String>,
    /// What 8x8 brings along with each webhook, which it does not sign.
    pub webhook_secret: Option<String>,
    /// Another place of both APIs: a mock, a proxy. Absent: 8x8's own.
    pub base_url: Option<String>,
    /// The only addresses voice webhooks may come from; empty: any.
    pub allowed_addresses: Vec<String>,
    /// Calls placed a minute at the most, evenly spread; 0: as many as come.
    pub calls_per_minute: Option<u32>,
    /// What is heard first, before the flow's own greeting; a word or two.
    pub greeting: Option<String>,
    /// The voice (8x8: speech profile) of each language.
    pub voices: BTreeMap<String, String>,
    /// Text messages.
    pub sms: EightXEightSms,
}

/// Text messages by 8x8; they need a subaccount of their own.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EightXEightSms {
    /// The SMS subaccount. Absent: 8x8 sends no messages.
    pub subaccount_id: Option<String>,
    /// Opens the SMS API. Absent: the key of the voice API does.
    pub api_key: Option<String>,
    /// Whom messages come from: a number, or up to 11 letters and digits. Absent: the first business's number.
    pub source: Option<String>,
    /// Where the SMS API is, such as `https://sms.us.8x8.com`; each region has its own.
    pub base_url: Option<String>,
    /// The only addresses webhooks about messages may come from; empty: any.
    pub allowed_addresses: Vec<String>,
}

/// Twilio Programmable Voice.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Twilio {
    /// The account: `AC` and 32 hexadecimal digits.
    pub account_sid: Option<String>,
    /// Signs webhooks and, without an API key, opens the API.
    pub auth_token: Option<String>,
    /// The other token, while they are being changed: it proves webhooks as well.
    pub other_auth_token: Option<String>,
    /// The auth tokens of subaccounts, by their SID.
    pub subaccounts: BTreeMap<String, String>,
    /// Opens the API instead of the auth token.
    pub api_key_sid: Option<String>,
    /// Its secret.
    pub api_key_secret: Option<String>,
    /// Another place of the API: a mock, a proxy, a carrier that speaks Twilio's language.
    pub base_url: Option<String>,
    /// Where calls are processed, such as `ie1`.
    pub region: Option<String>,
    /// Where requests enter Twilio's network, such as `dublin`.
    pub edge: Option<String>,
    /// How machines are told from people: `off`, `first` (before the call begins), `first_to_end` (a machine's greeting
    /// is heard to its end, so that a message can be left; the default), `beside` (the call begins at once, and a machine
    /// is told its message when it is heard) or `beside_to_end`.
    pub machine_detection: Option<String>,
    /// What the signature counts for that media streams are opened with: `required` (the default), `advisory` (the log says
    /// that it is missing or wrong) or `off`. Behind a proxy that changes the address it may not match; the token of each
    /// stream is asked for in any case.
    pub stream_signature: Option<String>,
    /// Whether Twilio writes down what callers leave as messages: for money, in English only, of two seconds to two minutes.
    /// Absent: no.
    pub transcribe: Option<bool>,
    /// Calls placed a minute at the most, evenly spread; 0: as many as come. What is faster than the account dials waits at
    /// Twilio, and may ring after calling hours. Absent: 60.
    pub calls_per_minute: Option<u32>,
    /// Asked for TwiML when the gateway cannot be reached. Absent: the gateway is asked a second time.
    pub fallback_url: Option<String>,
    /// The voice of each language, such as `Polly.Joanna-Neural`.
    pub voices: BTreeMap<String, String>,
    /// Text messages.
    pub messages: TwilioMessages,
    /// WhatsApp.
    pub whatsapp: TwilioWhatsapp,
}

/// Text messages by Twilio.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TwilioMessages {
    /// Whom messages come from: a number of the account, a short code, a name. Absent: `TWILIO_NUMBER`, else the number by
    /// which the business rings with Twilio.
    pub from: Option<String>,
    /// A Messaging Service (`MG` and 32 hexadecimal digits), which chooses among its senders; it goes before `from`.
    pub service_sid: Option<String>,
    /// No message is sent that takes more parts; each is paid for. Absent: 10.
    pub max_segments: Option<u32>,
    /// Messages sent a minute at the most, evenly spread; 0: as many as come. Absent: 60, and as many as come by a Messaging
    /// Service.
    pub per_minute: Option<u32>,
}

/// WhatsApp by Twilio.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TwilioWhatsapp {
    /// The WhatsApp sender. Absent: nothing is sent by WhatsApp.
    pub from: Option<String>,
    /// A Messaging Service with a WhatsApp sender; it goes before `from`.
    pub service_sid: Option<String>,
    /// The approved template of each text, such as `sms-confirm-request`, or `sms-confirm-request.es` for Spanish.
    pub templates: BTreeMap<String, TwilioTemplate>,
}

/// An approved template.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TwilioTemplate {
    /// `HX` and 32 hexadecimal digits.
    pub sid: String,
    /// What fills its places, in the order of their numbers: `business`, `name`, `when`, `service`, `phone`.
    pub variables: Vec<String>,
}
