use super::{super::span::Span, Hours};
use schemars::JsonSchema;
use serde::Deserialize;

/// What the staff is told of, once when it begins and once when it is over.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Alert {
    /// What is watched: `drop_off`, `no_calls`, `confirm_rate`, `uncertain` or `carrier_failing`.
    pub when: Option<String>,
    /// Only what is counted for this business; absent, for all of them.
    pub business: Option<String>,
    /// A flow, or an IVR that a carrier runs. `drop_off` needs one; `no_calls` and `confirm_rate` look at all without.
    pub flow: Option<String>,
    /// The step that callers leave at (`drop_off`).
    pub step: Option<String>,
    /// More than so many: percent of the callers (`drop_off`), effects (`uncertain`).
    pub above: Option<u32>,
    /// Less than so many percent of the people who were reached (`confirm_rate`).
    pub below: Option<u32>,
    /// The window that is looked at (`drop_off`, `no_calls`, `confirm_rate`).
    pub over: Option<Span>,
    /// Calls within the window before a rate says anything (`drop_off`, `confirm_rate`).
    pub least: Option<u32>,
    /// The hours in which calls are expected (`no_calls`), in the zone of the business; absent, always.
    pub hours: Option<Hours>,
    /// Only this carrier (`carrier_failing`).
    pub carrier: Option<String>,
    /// Who gets a text message.
    pub sms: Vec<String>,
    /// Who gets a mail.
    pub mail: Vec<String>,
    /// Which webhooks of the section `webhooks` are posted to.
    pub webhook: Vec<String>,
}

/// Where alerts are posted to, signed after Standard Webhooks.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Webhook {
    /// The receiver's address; `https`, but on this machine.
    pub url: Option<String>,
    /// What requests are signed with: `whsec_` and 24 to 64 bytes in base64.
    pub secret: Option<String>,
}
