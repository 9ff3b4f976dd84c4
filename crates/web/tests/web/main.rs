//! The HTTP side's laws, each test named by its law.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api;
mod auth;
mod captured;
mod captures;
mod carriers;
mod common;
mod contacts;
mod conversation;
mod door;
mod live;
mod make_call;
mod messages;
mod pages;
mod texts;
mod visit;
mod voices;
