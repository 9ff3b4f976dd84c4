//! The laws of [`VoiceAgent`]. A [`Bench`] lets them drive the other end: what the vendor of the agent does, and what
//! arrives there.

mod bench;
mod ends;
mod flow;

pub use bench::{Answered, Bench, OtherEnd, start};
pub use ends::{
    a_broken_conversation_is_an_error_and_says_nothing_secret, an_agent_that_hangs_up_is_heard_out_and_then_it_is_over,
    an_unreachable_vendor_is_unavailable_and_says_nothing_secret,
    dropping_both_halves_ends_the_conversation_at_the_vendor, hanging_up_twice_is_fine_and_ends_it,
};
pub use flow::{
    a_tool_answer_reaches_the_vendor_as_text, a_wait_that_is_given_up_loses_nothing,
    a_wish_is_told_once_however_often_repeated, sound_passes_both_ways_as_it_is,
    stale_sound_is_never_told_after_an_interruption,
};

#[cfg(doc)]
use frontdesk_core::ports::VoiceAgent;
