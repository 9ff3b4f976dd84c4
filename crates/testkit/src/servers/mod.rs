//! Real servers of other people's, started for a test and ended with it: what adapters are held against, and what a whole
//! gateway works with. Where one is not installed, the test is over and says so.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod gate;
mod port;
pub mod radicale;
pub mod smtp;

pub use gate::Gate;
pub use port::free_port;
