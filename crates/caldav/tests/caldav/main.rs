//! The adapter's own laws, each test named by its law; the server is a real one, but where it has to misbehave.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod busy;
mod changes;
mod common;
mod discover;
mod fake;
mod faults;
mod hand;
