//! The adapter's own laws, each test named by its law; mails go to a real mail server and are read back by other parsers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod content;
mod injection;
mod message;
mod scripted;
mod sending;
mod server;
mod trouble;
