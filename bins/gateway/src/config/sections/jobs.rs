use super::super::span::Span;
use schemars::JsonSchema;
use serde::Deserialize;
use std::num::NonZeroU32;

/// How effects are run.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Jobs {
    /// Effects at work at once.
    pub workers: Option<usize>,
    /// How long a started effect may be in somebody's hands before its fate counts as unknown.
    pub lease: Option<Span>,
    /// The wait before the first look-up of an uncertain effect; doubles with each.
    pub lookup_after: Option<Span>,
    /// How long a job may run before another worker takes it over.
    pub rescue_after: Option<Span>,
    /// How often the alerts are looked at.
    pub look_at_alerts: Option<Span>,
    /// How long deliveries and first answers are remembered; longer than any carrier repeats itself.
    pub keep: Option<Span>,
}

/// What keeps one visitor from taking everything.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests a minute to API and pages, by key or address.
    pub per_minute: Option<NonZeroU32>,
    /// Webhooks a second on one route.
    pub webhooks_per_second: Option<NonZeroU32>,
    /// Attempts a minute to sign in, by address.
    pub sign_ins_per_minute: Option<NonZeroU32>,
    /// Requests a minute to the pages behind links, by address.
    pub visits_per_minute: Option<NonZeroU32>,
    /// The largest request body, in bytes.
    pub body_bytes: Option<usize>,
    /// Live streams of events open at once.
    pub streams: Option<usize>,
    /// Conversations with a voice agent at once; who rings beyond it hears the menu.
    pub conversations: Option<usize>,
    /// How long a conversation may last.
    pub longest_conversation: Option<Span>,
}
