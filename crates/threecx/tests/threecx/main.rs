//! The adapter's own laws, on its own and with a pretended 3CX.

#![expect(clippy::unwrap_used, reason = "what helpers of tests cannot do fails the test")]

mod common;
mod house;
mod live;
mod place;
mod proofs;
mod relay;
mod talk;
mod tokens;
mod webhooks;
