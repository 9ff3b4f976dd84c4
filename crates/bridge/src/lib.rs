//! Live audio between a carrier's media stream and a voice agent.
//!
//! A carrier opens a WebSocket to one of [`Bridge::router`]'s routes. Its [`MediaLine`](frontdesk_core::ports::MediaLine)
//! lets the request in and reads what comes, the [`Attendant`](frontdesk_core::ports::Attendant) says whose call it is, the
//! [`VoiceAgent`](frontdesk_core::ports::VoiceAgent) talks. The bridge knows none of them by name; it carries sound both
//! ways, in one task a call, and sees to it that nothing waits without bound. Carriers that open no socket have an adapter
//! bring the sound ([`Bridge::exchange`]); all else is the same.
//!
//! | who is slow | what waits | what happens beyond that |
//! |---|---|---|
//! | the agent, listening | what the caller said in the last 2 s | the oldest is dropped; keys and answers never are |
//! | the carrier, or the agent speaks far ahead of what is heard | 30 s at the carrier, or as far ahead as it likes, and 30 s here | the newest is dropped |
//! | either takes nothing for 10 s | | the caller is gone, or the agent is lost |
//! | a wish of the agent's | four at once, 10 s each | the agent is told so in words |
//!
//! All of these are [`Settings`]. Where both sides write sound alike its text passes as it came.
//!
//! Where the caller speaks into the agent's words, everything that was not heard yet is void: the carrier is told before it
//! is told anything else, and nothing of what waited is sent.
//!
//! Whatever happens, a conversation that was admitted ends in exactly one call of
//! [`Attendant::over`](frontdesk_core::ports::Attendant::over), which is repeated only while it fails, and then the socket
//! is closed, so that the call goes on with what stands after the stream.

#![warn(missing_docs)]

mod bridge;
mod exchange;
mod hearing;
mod lane;
mod meters;
mod notes;
mod session;
mod settings;
mod sound;
mod stream;
mod tools;

pub use bridge::Bridge;
pub use settings::Settings;
