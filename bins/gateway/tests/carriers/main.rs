//! Real carriers, pretended over HTTP: whole calls through the real router, and the seeds' own requests.

#![expect(clippy::unwrap_used, reason = "what helpers of tests cannot do fails the test")]

#[path = "../common/mod.rs"]
#[expect(dead_code, reason = "other tests need the rest")]
mod common;
mod failover;
mod greeting;
mod inline;
mod live_check;
mod machines;
mod numbers;
mod seed_000;
mod seed_001;
mod seed_002;
mod seed_003;
mod seed_004;
mod store_away;
mod vendors;
mod voice;
mod walks;
