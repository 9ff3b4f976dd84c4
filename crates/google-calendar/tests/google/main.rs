//! The adapter against a Google that keeps its rules: names that stay taken, versions, cursors, refusals of either shape.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod desk;
mod fake;
mod refusals;
mod sink;
mod suite;
mod token;
mod watch;
