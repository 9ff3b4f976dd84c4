//! The bridge between a carrier that streams over a real WebSocket and an agent that does what the test tells it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod agent;
mod carrier;
mod endings;
mod faults;
mod formats;
mod house;
mod joined;
mod laws;
mod line;
mod slow;
mod talk;
mod tools;
