//! The two pure machines: a live call that walks a flow, and the life of an appointment.
//! Both are total: no clock, no I/O, no `Result`; any event in any order gives a decision.

mod announce;
mod answer;
pub mod greeting;
mod happening;
mod ladder;
mod life;
mod message;
pub mod missed;
mod outcome;
mod said;
mod speak;
mod streamed;
mod walk;

pub use happening::{Happening, Life};
pub use life::{advance, take, take_and_announce};
pub use walk::{Scene, Walked, step};
