use schemars::JsonSchema;
use serde::Deserialize;

/// Links in messages, behind which people answer by themselves.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Links {
    /// Signs them; several gateways on one PostgreSQL need the same. Absent: made of `server.site_key`.
    pub secret: Option<String>,
    /// What signed links that are still in people's hands: taken, and not signed with any more.
    pub old_secrets: Vec<String>,
    /// Whether text messages carry links. Absent: unless they are sent by registered templates, which allow for none.
    pub sms: Option<bool>,
}
