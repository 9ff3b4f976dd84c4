use super::super::span::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// When a carrier that fails is left alone: the next one in the order is asked, and where there is none, calls wait.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Breaker {
    /// So many sure failures in a row, and a carrier is left alone.
    pub opens_after: Option<u32>,
    /// For how long; doubles each time the next call fails as well.
    pub pause: Option<Span>,
    /// But no longer than this.
    pub longest_pause: Option<Span>,
}
