//! The sandbox as a whole: carrier, adapter, browser phone and calendar, over HTTP on loopback.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod browser_phone;
mod calendar;
mod callees;
mod carrier;
mod common;
mod conversation;
mod peer;
mod talk;
mod wire;
