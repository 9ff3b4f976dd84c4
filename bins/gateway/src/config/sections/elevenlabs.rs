use super::super::span::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// ElevenLabs: what its voice agents collect, and calls that are handed to one.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ElevenLabs {
    /// What it signs webhooks with: `wsec_…`.
    pub webhook_secret: Option<String>,
    /// The other one, while they are being changed.
    pub other_webhook_secret: Option<String>,
    /// What webhooks bring along that nobody signs: seed 001's, and the one before a call begins.
    pub shared_secret: Option<String>,
    /// How far the time of a signature may be from ours. Absent: 30 minutes.
    pub tolerance: Option<Span>,
    /// The agents whose conversations are taken. Absent: `agent_id`, or all where that is absent too.
    pub agents: Option<Vec<String>>,
    /// Whose appointments they take where the number that was rung does not say it. Absent: the first business's.
    pub business: Option<String>,
    /// Opens the API.
    pub api_key: Option<String>,
    /// The agent that takes calls, where `inbound` is `agent`.
    pub agent_id: Option<String>,
    /// Where the API is: another region, a mock, a proxy. Absent: `https://api.elevenlabs.io`.
    pub base_url: Option<String>,
    /// Where its conversations are: a mock, a proxy. Absent: where its signed addresses lead.
    pub ws_url: Option<String>,
    /// ElevenLabs' name for the number that is shown when the agent places calls. Absent: it places none.
    pub phone_number_id: Option<String>,
    /// Who carries those calls: `twilio` or `sip`. Absent: `twilio`.
    pub outbound: Option<String>,
    /// What is set for a call: `voice`, `first_message`, `language`. The agent has to allow each (Security, Overrides).
    pub allow_overrides: Option<Vec<String>>,
    /// How long a caller waits for the agent before they hear the flow. Absent: 3 seconds.
    pub answer_within: Option<Span>,
    /// The same as `language` in `allow_overrides`.
    pub sets_language: bool,
    /// The longest webhook, in bytes. Absent: 10485760.
    pub body_bytes: Option<usize>,
    /// Which of the data it collects mean what.
    pub fields: ElevenLabsFields,
}

/// Names of data collection items; of several the first one that has a value counts. What is absent is as usual.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ElevenLabsFields {
    /// When the caller wants to come.
    pub time: Option<Vec<String>>,
    /// The day, where the time has none.
    pub date: Option<Vec<String>>,
    /// What they are called.
    pub name: Option<Vec<String>>,
    /// Where they are written to.
    pub email: Option<Vec<String>>,
    /// Their number, where the call does not show it.
    pub phone: Option<Vec<String>>,
    /// What they come for.
    pub service: Option<Vec<String>>,
    /// What they want: `book`, `reschedule`, `cancel` or `confirm`.
    pub intent: Option<Vec<String>>,
}
