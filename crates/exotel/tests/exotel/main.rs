//! The adapter's own laws, each test named by its law; the vendor is pretended over HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod capture;
mod common;
mod find;
mod messages;
mod place;
mod render;
mod stream;
mod streamed;
mod walk;
