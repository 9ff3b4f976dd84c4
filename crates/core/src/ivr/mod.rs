//! Key presses in an IVR that somebody else runs: a carrier's own call flow tells us after each question what was
//! pressed, and we keep it, know the path of every call, and count.
//!
//! What was pressed is kept once each ([`Input`]); everything else about a call follows from its inputs ([`Call`]), so
//! that it does not matter in which order they arrive. What is counted follows from the call ([`facts`]): a capture
//! steps the counters by the difference it makes.

mod call;
mod figures;
mod keep;
mod path;
mod tree;

pub use call::{Call, Input, forget_in};
pub use figures::{Figures, StepFigures};
pub use keep::{Capture, Kept, Place, facts, keep, keys};
pub use path::{Path, Pattern};
pub use tree::{Label, Tree};

/// The longest answer to one question that is kept, in characters; a carrier gathers far fewer keys.
pub const LONGEST_INPUT: usize = 64;
/// How many inputs of one call are kept. A flow that goes in circles must not fill the disk.
pub const MOST_INPUTS: usize = 200;
