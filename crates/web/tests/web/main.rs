//! The HTTP side's laws, each test named by its law.

mod api;
mod auth;
mod common;
mod door;
mod live;
mod make_call;
