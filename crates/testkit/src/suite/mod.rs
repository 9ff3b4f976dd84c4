//! What every implementation of a port promises, one plain function a law. An adapter calls each of them from a test of
//! its own, so that a broken promise has the adapter's name and the law's.

pub mod calendar_sink;
pub mod call_provider;
pub mod ivr_store;
pub mod media_line;
pub mod notifier;
pub mod voice_agent;
pub mod voice_cloner;
pub mod voice_store;
