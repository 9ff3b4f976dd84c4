//! A telephone call, as far as it has come.

use crate::{
    booking::Collected,
    effect::{Effect, EffectState},
    event::{Answer, AnsweredBy},
    id::{AppointmentId, CallId, EffectId},
    machine::greeting::Greeting,
    personal::{Phone, RecordingLink, Said},
    speech::Language,
    talk::Talk,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How a webhook names the call it is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallRef {
    /// By the id we gave it.
    Ours(CallId),
    /// By the id the provider gave it.
    Theirs {
        /// Which provider.
        provider: String,
        /// Its id.
        id: String,
    },
}

/// Who rang whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// We rang a customer.
    Outbound,
    /// Somebody rang the business.
    Inbound,
}

/// Where a call stands. It only ever moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// Decided, not yet handed to a carrier.
    Queued,
    /// Handed to a carrier.
    Dialing,
    /// The telephone rings.
    Ringing,
    /// Somebody or something picked up.
    InProgress,
    /// Over.
    Ended,
}

impl Direction {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Outbound, Self::Inbound];

    /// The name in the database and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Outbound => "outbound",
            Self::Inbound => "inbound",
        }
    }
}

impl CallState {
    /// Every state, in the order of a call.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Dialing, Self::Ringing, Self::InProgress, Self::Ended];

    /// The name in the database and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Dialing => "dialing",
            Self::Ringing => "ringing",
            Self::InProgress => "in_progress",
            Self::Ended => "ended",
        }
    }
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// They will come.
    Confirmed,
    /// They will not come.
    Cancelled,
    /// They want another time.
    RescheduleRequested,
    /// Picked up, and never pressed a key.
    NoInput,
    /// A machine picked up.
    Voicemail,
    /// The line was busy.
    Busy,
    /// Nobody picked up.
    NoAnswer,
    /// The person pressed the red button, or asked never to be called again.
    Declined,
    /// Hung up before answering the question.
    HungUp,
    /// Not possible: refused by the carrier, or broken on the way.
    Failed,
    /// Nobody knows whether it took place.
    Uncertain,
    /// Handed over to a person.
    Transferred,
    /// A flow without a question came to its end.
    Captured,
    /// A voice agent took an appointment, which is in the book.
    Booked,
    /// A voice agent was told of a wish that could not be done; the desk should look.
    Unbooked,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 15] = [
        Self::Confirmed,
        Self::Cancelled,
        Self::RescheduleRequested,
        Self::NoInput,
        Self::Voicemail,
        Self::Busy,
        Self::NoAnswer,
        Self::Declined,
        Self::HungUp,
        Self::Failed,
        Self::Uncertain,
        Self::Transferred,
        Self::Captured,
        Self::Booked,
        Self::Unbooked,
    ];

    /// The name in the database and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
            Self::RescheduleRequested => "reschedule_requested",
            Self::NoInput => "no_input",
            Self::Voicemail => "voicemail",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Declined => "declined",
            Self::HungUp => "hung_up",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
            Self::Transferred => "transferred",
            Self::Captured => "captured",
            Self::Booked => "booked",
            Self::Unbooked => "unbooked",
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What the walk through the flow has shown so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Walk {
    /// The step the call is at; empty before it was answered.
    pub step: String,
    /// The number of the last Ask.
    pub turn: u32,
    /// Misses (silence or a wrong key) at this step.
    pub misses: u32,
    /// What was pressed, `step=digits`, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// The answer, once given; the first one stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// Whether anything was chosen that the menu offers, or somebody else took the conversation over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub chosen: bool,
    /// Whether a transfer of it reached nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unreached: bool,
    /// Whether any key was ever pressed: only people press keys.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pressed: bool,
    /// The flow ended because nobody pressed a key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gave_up: bool,
    /// Whether the call was handed over to a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub transferred: bool,
    /// Whether the person asked never to be contacted again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opted_out: bool,
    /// How many appointments an agent booked during the call.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub booked: u32,
    /// How far its greeting has come, where the call is greeted while a voice is made ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting: Option<Box<Greeting>>,
    /// What an agent did during the call, the last of it: this has come of the call once it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Outcome>,
    /// Whether the flow has come to its end and the reply hung up, or somebody else has the conversation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub finished: bool,
    /// Whether the caller was connected with our media stream.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub streamed: bool,
    /// Whether the caller is led by us: a voice agent of ours was put through to them, or the line took what we told it. A
    /// call of a carrier that merely tells of its calls may be somebody else's from its first ring to its end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub led: bool,
}

/// A telephone call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Our name for it.
    pub id: CallId,
    /// The appointment it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment_id: Option<AppointmentId>,
    /// The effect that placed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect_id: Option<EffectId>,
    /// Which confirmation round of the appointment it belongs to.
    pub round: u32,
    /// Which business.
    pub business: String,
    /// Which carrier.
    pub provider: String,
    /// The carrier's name for it, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_call_id: Option<String>,
    /// Who rang whom.
    pub direction: Direction,
    /// Who rang.
    pub from: Phone,
    /// Who was rung.
    pub to: Phone,
    /// The flow it walks.
    pub flow: String,
    /// The language it is held in.
    pub language: Language,
    /// Where it stands.
    pub state: CallState,
    /// What came of it, once over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// What picked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<AnsweredBy>,
    /// How far the flow was walked.
    pub walk: Walk,
    /// The message that was left, if one was: the last one. The carrier keeps it; this is where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingLink>,
    /// What that message says, where the carrier has written it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<Said>,
    /// What a voice agent collected, where it had the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected: Option<Box<Collected>>,
    /// The live conversation that an agent had on our media stream, once it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub talk: Option<Box<Talk>>,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
    /// When it was picked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// How long the two were connected, in seconds; `None` where nobody picked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

impl Call {
    /// Whether the other party may be on the line now: it is not over, and it does not wait for a carrier that takes it.
    /// `placed_by` is the effect that places it, where there is one.
    #[must_use]
    pub fn live(&self, placed_by: Option<&Effect>) -> bool {
        self.state != CallState::Ended && placed_by.is_none_or(|effect| effect.state != EffectState::Waiting)
    }

    /// The person on the line who is not the business.
    #[must_use]
    pub fn party(&self) -> &Phone {
        match self.direction {
            Direction::Outbound => &self.to,
            Direction::Inbound => &self.from,
        }
    }

    /// The business's number.
    #[must_use]
    pub fn ours(&self) -> &Phone {
        match self.direction {
            Direction::Outbound => &self.from,
            Direction::Inbound => &self.to,
        }
    }
}
