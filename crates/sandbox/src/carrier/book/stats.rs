use super::Book;
use serde::Serialize;
use std::collections::BTreeMap;

/// Figures that tests hold the gateway to.
#[derive(Serialize)]
pub(in super::super) struct Stats {
    calls_placed: usize,
    distinct_references: usize,
    duplicate_placements: u64,
    calls_refused: u64,
    calls_incoming: u64,
    calls_live: usize,
    messages_sent: usize,
    duplicate_messages: u64,
    messages_incoming: u64,
    /// Attempts by reference of the call.
    references: BTreeMap<String, u64>,
    /// Attempts by reference of the message.
    message_references: BTreeMap<String, u64>,
}

impl Book {
    pub(in super::super) fn stats(&self) -> Stats {
        Stats {
            calls_placed: self.references.len(),
            distinct_references: self.references.len(),
            duplicate_placements: self.duplicate_calls,
            calls_refused: self.refused,
            calls_incoming: self.incoming,
            calls_live: self.live,
            messages_sent: self.sent.len(),
            duplicate_messages: self.duplicate_messages,
            messages_incoming: self.messages_incoming,
            references: self.references.iter().map(|(reference, known)| (reference.clone(), known.attempts)).collect(),
            message_references: self
                .sent
                .iter()
                .map(|(reference, (_, attempts))| (reference.clone(), *attempts))
                .collect(),
        }
    }
}
