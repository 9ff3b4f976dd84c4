use super::{super::span::Span, Hours};
use schemars::JsonSchema;
use serde::Deserialize;

/// When a business can be visited: the times to which people may move their appointment by themselves.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Opening {
    /// In the business's zone. Absent: Monday to Friday, 09:00-17:00.
    pub hours: Option<Hours>,
    /// Days on which it is closed, such as `2026-12-25`. Absent: the business's `holidays`.
    pub closed: Option<Vec<String>>,
    /// How far apart the offered times are.
    pub step: Option<Span>,
    /// How long before it a time may be taken at the latest.
    pub notice: Option<Span>,
    /// How far ahead times are offered.
    pub horizon: Option<Span>,
    /// How long the business needs between two appointments.
    pub buffer: Option<Span>,
    /// How many appointments may take place at the same time.
    pub capacity: Option<u32>,
    /// How long a time that somebody has picked is held for them.
    pub hold: Option<Span>,
}
