//! The adapter against a pretended 8x8.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;
mod life;
mod messages;
mod place;
mod render;
mod setup;
mod webhook;
