use std::fmt;

/// A provider's request as it came in, nothing decoded yet.
#[derive(Clone)]
pub struct WebhookRequest {
    /// `GET`, `POST`, ...
    pub method: String,
    /// The rest of the path below `/webhooks/{provider}/`, naming what the request is for, such as `voice`.
    pub hook: String,
    /// The configured public URL plus the raw path and query; never made from the `Host` header.
    pub url: String,
    /// Header names in lower case, with their values, in the order of arrival.
    pub headers: Vec<(String, String)>,
    /// The raw body; signatures are over exactly these bytes.
    pub body: Vec<u8>,
    /// The address of the other side, as the socket saw it.
    pub peer: Option<std::net::IpAddr>,
}

impl WebhookRequest {
    /// The first value of a header, by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The raw query string of the URL; empty when there is none.
    #[must_use]
    pub fn query(&self) -> &str {
        self.url.split_once('?').map_or("", |(_, query)| query)
    }
}

/// Bodies, queries and headers hold personal data and secrets, so only their sizes are printed.
impl fmt::Debug for WebhookRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookRequest")
            .field("method", &self.method)
            .field("hook", &self.hook)
            .field("headers", &self.headers.len())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What the provider is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookResponse {
    /// HTTP status.
    pub status: u16,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

impl WebhookResponse {
    /// An answer with a JSON body.
    #[must_use]
    pub fn json(status: u16, body: String) -> Self {
        Self { status, content_type: "application/json", body }
    }
}

/// Why a webhook was not taken. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// The adapter has no such hook.
    #[error("there is no hook named {0:?} here")]
    UnknownHook(String),
    /// The proof of origin is missing or wrong; carries the HTTP status this hook answers with (401 or 403).
    #[error("the request could not be shown to come from the provider; check the signing secret and the public URL")]
    Unauthentic(u16),
    /// Authentic once, but too old or from the future; the clock or a replay is to blame.
    #[error("the request is too old to be taken; check the clocks of both sides")]
    Stale,
    /// Authentic, but not what the provider documents.
    #[error("the request cannot be read: {0}")]
    Malformed(String),
}

impl Rejected {
    /// The HTTP status to answer with.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::UnknownHook(_) => 404,
            Self::Unauthentic(status) => *status,
            Self::Stale => 400,
            Self::Malformed(_) => 400,
        }
    }
}
