//! The adapter against what ElevenLabs documents, and against a vendor that is pretended over HTTP.

#![expect(clippy::unwrap_used, reason = "what helpers of tests cannot do fails the test")]

mod answers;
mod calls;
mod common;
mod outbound;
mod proofs;
mod talks;
mod voices;
mod webhooks;
