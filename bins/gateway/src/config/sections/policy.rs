use super::super::span::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// The ladder of attempts; what is left out is as usual.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Calls at the most in one round, whatever became of each.
    pub tries: Option<u32>,
    /// Waiting times between calls; the last one repeats.
    pub gaps: Option<Vec<Span>>,
    /// The channels after the calls, in order: `sms`, `whatsapp`, `email`.
    pub messages: Option<Vec<String>>,
    /// The channels on which a person is told at once what a voice agent booked for them.
    pub announce: Option<Vec<String>>,
    /// How long to wait for an answer to one message.
    pub message_gap: Option<Span>,
    /// How long before the appointment asking begins.
    pub lead: Option<Span>,
    /// How long before the appointment asking ends.
    pub deadline: Option<Span>,
    /// How long the telephone rings, in seconds.
    pub ring_seconds: Option<u32>,
    /// The longest a call may last before the carrier is asked about it.
    pub call_limit: Option<Span>,
    /// Whether the carrier should listen for machines.
    pub detect_machine: Option<bool>,
    /// How long after a call that nobody served whoever rang is sent a text message about it, at most once a day: "2m".
    /// Absent: never.
    pub missed_call_text: Option<Span>,
}
