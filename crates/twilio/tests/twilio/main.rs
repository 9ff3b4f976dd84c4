//! The adapter against a pretended Twilio, and what it writes and reads.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;
mod config;
mod document;
mod find;
mod life;
mod messages;
mod rest;
mod stream;
mod texting;
mod verbs;
mod why;
