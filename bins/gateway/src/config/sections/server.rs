use schemars::JsonSchema;
use serde::Deserialize;

/// Where the gateway listens and keeps its files.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Address and port, such as `127.0.0.1:8080`.
    pub listen: Option<String>,
    /// How carriers reach the gateway, such as `https://desk.example.com`. Signatures are over this URL.
    pub public_url: Option<String>,
    /// The folder of database, calendar and kept secrets.
    pub data: Option<String>,
    /// Opens API and pages. Absent: made at first start and kept in the data folder.
    pub admin_token: Option<String>,
    /// Signs sessions and opens the calendar feed. Absent: made at first start and kept in the data folder. Several
    /// gateways on one PostgreSQL need the same.
    pub site_key: Option<String>,
    /// Whether a proxy in front writes `X-Forwarded-For`; callers are told apart by it then.
    pub trusted_proxy: Option<bool>,
}

/// Which database.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite://FILE` or `postgres://…`. Absent: a SQLite file in the data folder.
    pub url: Option<String>,
    /// Whether the gateway applies missing migrations when it starts; otherwise `gateway migrate` has to.
    pub migrate: Option<bool>,
}
