//! The heart of Frontdesk: plain types, two pure machines, the contact gate, the ports, and the engine that joins them.
//!
//! A provider sends a webhook. Its adapter verifies it and turns it into an [`event::Event`]. The machines decide what
//! the caller hears next (a [`reply::Reply`]), what must happen in the world ([`effect::Effect`]s) and what has become
//! of the [`appointment::Appointment`]. The store writes all of that in one transaction. This crate knows no provider,
//! no web framework, no database and no runtime; time is always an argument.

#![warn(missing_docs)]

pub mod alert;
pub mod appointment;
pub mod booking;
pub mod breaker;
pub mod call;
pub mod contact;
pub mod effect;
pub mod engine;
pub mod event;
pub mod flow;
pub mod frames;
pub mod greeting;
pub mod ical;
pub mod id;
pub mod ivr;
pub mod links;
pub mod machine;
pub mod pace;
pub mod personal;
pub mod ports;
pub mod reply;
pub mod rules;
pub mod slots;
pub mod sound;
pub mod speech;
pub mod talk;
pub mod tools;
