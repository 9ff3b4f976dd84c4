//! What a person hears and reads, and what their written answer means.
//!
//! Everything here is pure: times, zones and languages are arguments, and the texts are data
//! that is parsed once. Nothing here knows a provider, a call or an appointment.
//!
//! - [`Language`]: the languages Frontdesk speaks.
//! - [`spoken_time`], [`spoken_when`], [`written_time`]: dates and times as a person says or
//!   writes them, in the person's own zone.
//! - [`Texts`]: the prompts, messages and labels, in Fluent, replaceable for everybody.
//! - [`Templates`]: single texts as one business words them.
//! - [`sms_segments`]: how many messages a text costs.
//! - [`understand`]: what a written reply means, or nothing when in doubt.
//! - [`When`]: when somebody wants to come, or why that cannot be said.

mod digits;
mod example;
mod kind;
mod language;
mod lint;
mod sms;
mod template;
mod texts;
mod time;
mod understand;
mod when;

pub use digits::spoken_digits;
pub use example::Example;
pub(crate) use kind::KNOWN;
pub use kind::{TextKind, variables_of};
pub use language::{Language, UnknownLanguage};
pub(crate) use lint::MOST_SEGMENTS;
pub use lint::{KNOWN_VARIABLES, Problem, ProblemKind, spoken_seconds};
pub use sms::{Segments, SmsEncoding, sms_segments};
pub use template::{FILTERS, LONGEST_TEMPLATE, TemplateError, Templates};
pub use texts::{Fallback, TextError, TextSource, Texts};
pub use time::{relative_day, spoken_time, spoken_when, written_clock, written_day, written_time, written_zone};
pub use understand::{CARRIER_STOP_WORDS, Meaning, understand};
pub use when::{Resolved, Unclear, When};
