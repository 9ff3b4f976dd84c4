use schemars::JsonSchema;
use serde::Deserialize;

/// The pretended carrier.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sandbox {
    /// How fast scripted people are: 1.0 takes natural seconds, 0.0 no time at all.
    pub pace: Option<f64>,
    /// Another process's carrier, such as `http://127.0.0.1:9090`. Absent: it lives in the gateway.
    pub base_url: Option<String>,
    /// Opens that carrier's API. Absent: derived from the key kept in the data folder.
    pub account_token: Option<String>,
    /// Signs that carrier's callbacks. Absent: derived from the key kept in the data folder.
    pub webhook_secret: Option<String>,
}
