//! What can move an appointment, and what one such thing comes to.

use crate::{
    appointment::Appointment,
    call::Outcome,
    effect::{Channel, Effect},
    event::{Answer, EndCause, Wake},
    id::{CallId, EffectId},
};
use chrono::{DateTime, Utc};

/// What can move an appointment.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// A call about it is being placed.
    CallBegan {
        /// Which call.
        call: CallId,
    },
    /// A call about it was not placed, and will be tried again: nobody is being rung meanwhile.
    CallPutOff {
        /// Which call.
        call: CallId,
    },
    /// A call that was put off is placed after all; it is the same try.
    CallResumed {
        /// Which call.
        call: CallId,
    },
    /// A call about it is over.
    CallEnded {
        /// Which call.
        call: CallId,
        /// The round it was placed in.
        round: u32,
        /// What came of it.
        outcome: Outcome,
        /// How it ended.
        cause: EndCause,
    },
    /// A rung of the ladder that asks by message is behind us: sent, or impossible.
    Asked {
        /// By which way.
        channel: Channel,
        /// The effect that was to ask.
        effect: EffectId,
        /// Whether it went out, as far as anyone knows.
        sent: bool,
    },
    /// A call may not be placed (opt-out, no hours before the deadline, ...).
    CallRefused {
        /// The effect that was to place it.
        effect: EffectId,
        /// Why.
        reason: String,
    },
    /// The person answered.
    Answered {
        /// What they said.
        meaning: Answer,
        /// By which way.
        channel: Channel,
        /// The round they were asked in; `None` when they came of their own accord, which may change an earlier answer.
        round: Option<u32>,
    },
    /// The person must not be contacted any more.
    OptedOut {
        /// Where they said so.
        channel: Channel,
    },
    /// The desk moved it.
    Moved {
        /// The new time.
        starts_at: DateTime<Utc>,
    },
    /// The person has chosen another time themself.
    Chosen {
        /// The new time.
        starts_at: DateTime<Utc>,
        /// By which way.
        channel: Channel,
    },
    /// The desk made it longer or shorter. Nobody is asked anew.
    Lasts {
        /// How long it takes now, in minutes.
        minutes: u32,
    },
    /// The person moved it themselves, and is told so.
    Rebooked {
        /// The new time.
        starts_at: DateTime<Utc>,
    },
    /// The desk wants the person called now.
    CallAsked,
    /// The desk says what became of the visit.
    Visited {
        /// Whether the person came.
        came: bool,
    },
    /// A timer went off.
    Woke {
        /// What for.
        reason: Wake,
    },
}

/// What became of an appointment with one happening.
#[derive(Debug, Clone, PartialEq)]
pub struct Life {
    /// The appointment as it is now.
    pub appointment: Appointment,
    /// New intents.
    pub effects: Vec<Effect>,
    /// Why what is still waiting is to be stopped, if it is.
    pub withdraw: Option<String>,
    /// What was made of the happening, for the timeline.
    pub note: String,
    /// What to count.
    pub counts: Vec<String>,
}
