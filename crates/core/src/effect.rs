//! What must happen in the world. An effect is a row before it is anything else.

mod agent;
mod lines;
mod settlement;
mod words;

pub use agent::AgentCall;
pub use settlement::Settlement;

use crate::{
    alert::{Alert, Way},
    event::Wake,
    id::{AppointmentId, CallId, EffectId},
    personal::{Email, Phone},
    ports::VoiceId,
    reply::Reply,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Where words reach a person, or an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The telephone.
    Voice,
    /// A text message.
    Sms,
    /// WhatsApp.
    Whatsapp,
    /// A mail.
    Email,
    /// A link in a message.
    Link,
    /// The front desk, by page or API.
    Desk,
}

impl Channel {
    /// Every channel that reaches a person.
    pub const REACHING: [Self; 4] = [Self::Voice, Self::Sms, Self::Whatsapp, Self::Email];

    /// The name in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
            Self::Email => "email",
            Self::Link => "link",
            Self::Desk => "desk",
        }
    }
}

/// An intent: what is to be done, for whom, when, and how far it has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Names the effect; also the idempotency key towards providers that take one.
    pub id: EffectId,
    /// Whose appointment it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment_id: Option<AppointmentId>,
    /// The call it places or watches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// What is to be done.
    pub action: Action,
    /// How far it has come.
    pub state: EffectState,
    /// Not before this time.
    pub due_at: DateTime<Utc>,
    /// How often it was begun.
    pub attempt: u32,
    /// How often a look-up tried to learn the fate of an uncertain effect.
    pub lookups: u32,
    /// Whom it reaches, for caps: set when it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaches: Option<Phone>,
    /// Why it is where it is, in the front desk's words, without personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the provider called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Where whoever may see it finds what it made, such as a calendar's page of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The carriers that surely did not place this call, in the order they were asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<Tried>,
    /// Whether it waits for the next carrier in the order: still the same attempt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub passed_on: bool,
    /// When it was decided.
    pub created_at: DateTime<Utc>,
    /// When it was first handed to the outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

impl Effect {
    /// How often the provider is asked what became of an uncertain effect before it is left to a person.
    pub const MAX_LOOKUPS: u32 = 8;

    /// An intent, not begun: to be done at `due_at`, decided at `now`.
    #[must_use]
    pub fn planned(
        id: EffectId,
        appointment_id: Option<AppointmentId>,
        action: Action,
        due_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            appointment_id,
            call_id: None,
            action,
            state: EffectState::Waiting,
            due_at,
            attempt: 0,
            lookups: 0,
            reaches: None,
            reason: None,
            result: None,
            link: None,
            tried: Vec::new(),
            passed_on: false,
            created_at: now,
            started_at: None,
            updated_at: now,
        }
    }

    /// Whether a job has to come for it: the store schedules one in the transaction that writes such an effect.
    #[must_use]
    pub fn wants_job(&self) -> bool {
        match self.state {
            EffectState::Waiting => true,
            EffectState::Uncertain => self.lookups < Self::MAX_LOOKUPS,
            _ => false,
        }
    }

    /// Whether an answer on another channel makes it pointless. Only what still asks the person something is withdrawn.
    #[must_use]
    pub fn withdrawable(&self) -> bool {
        match &self.action {
            Action::Call { .. } => true,
            Action::Notify { message, .. } => *message == Message::AskToConfirm,
            Action::Wake { reason } => *reason == Wake::LadderEnd,
            Action::Calendar { .. }
            | Action::HangUp { .. }
            | Action::Steer { .. }
            | Action::Alert(_)
            | Action::AgentCall(_)
            | Action::CloneVoice
            | Action::DeleteVoice { .. } => false,
        }
    }

    /// The carriers asked in the attempt it is at.
    pub fn tried_now(&self) -> impl Iterator<Item = &Tried> {
        self.tried.iter().filter(|tried| tried.attempt == self.attempt)
    }

    /// Whether this carrier was ever asked to place this call, and said that it did not.
    #[must_use]
    pub fn was_tried(&self, carrier: &str) -> bool {
        self.tried.iter().any(|tried| tried.carrier == carrier)
    }
}

/// A carrier that was asked to place a call, and why it was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// Which carrier.
    pub carrier: String,
    /// In which attempt of the effect.
    pub attempt: u32,
    /// Whether asking it again later may help.
    pub retry: bool,
    /// Why it did not place the call, without personal data.
    pub reason: String,
}

/// What an effect does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Action {
    /// Place a call and walk a flow with whoever answers.
    Call {
        /// Which try of the confirmation round it is, from 1.
        try_no: u32,
    },
    /// Send a message. Its words are written when it is sent, so that "tomorrow" is true.
    Notify {
        /// By which way.
        channel: Channel,
        /// What about.
        message: Message,
    },
    /// Make the calendar show what the appointment is.
    Calendar {
        /// The appointment's revision that asked for it; later ones supersede it.
        revision: u32,
    },
    /// Come back later, as [`crate::machine::Happening::Woke`] or to look after a call.
    Wake {
        /// What for.
        reason: Wake,
    },
    /// End a call by command.
    HangUp {
        /// What a carrier began although it had said that it did not: another one rings the same person. `None`: the call
        /// itself, as long as nobody has picked it up; what it was to ask is settled.
        #[serde(flatten, skip_serializing_if = "Option::is_none")]
        line: Option<Line>,
    },
    /// Let a live call hear this: what was decided by a webhook whose answer nobody hears.
    Steer {
        /// What is heard. Nothing is left of it once the person was forgotten.
        reply: Reply,
    },
    /// Tell the staff that an alert fires, or is over again.
    Alert(Alert),
    /// Have an agent's vendor ring somebody who is on another call with us.
    AgentCall(Box<AgentCall>),
    /// Make the voice of whoever is on its call ready, if they permit it.
    CloneVoice,
    /// Delete a voice at its vendor.
    DeleteVoice {
        /// Which adapter knows it.
        provider: String,
        /// Its vendor's name for it.
        voice: VoiceId,
    },
}

/// What a carrier has on its line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which carrier.
    pub provider: String,
    /// Its name for the call.
    pub provider_call_id: String,
}

impl Action {
    /// The name in the database and the API: `call`, `sms`, `whatsapp`, `email`, `calendar`, `wake`, `hang_up`, `steer`,
    /// `alert`, `agent_call`, `clone_voice` or `delete_voice`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Call { .. } => "call",
            Self::Notify { channel, .. } => channel.as_str(),
            Self::Calendar { .. } => "calendar",
            Self::Wake { .. } => "wake",
            Self::HangUp { .. } => "hang_up",
            Self::Steer { .. } => "steer",
            Self::Alert(_) => "alert",
            Self::AgentCall(_) => "agent_call",
            Self::CloneVoice => "clone_voice",
            Self::DeleteVoice { .. } => "delete_voice",
        }
    }

    /// Whether it places a call.
    #[must_use]
    pub fn places_call(&self) -> bool {
        matches!(self, Self::Call { .. } | Self::AgentCall(_))
    }

    /// What a doubt about its fate means.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        match self {
            Self::Call { .. } | Self::Notify { .. } | Self::Steer { .. } | Self::AgentCall(_) | Self::CloneVoice => {
                Delivery::AtMostOnce
            }
            // Its receiver can tell a repeat by the id.
            Self::Alert(Alert { to: Way::Webhook { .. }, .. }) => Delivery::AtLeastOnce,
            Self::Alert(_) => Delivery::AtMostOnce,
            Self::Calendar { .. } | Self::Wake { .. } | Self::HangUp { .. } | Self::DeleteVoice { .. } => {
                Delivery::AtLeastOnce
            }
        }
    }

    /// The channel by which it reaches a person; calendars and timers reach nobody.
    #[must_use]
    pub fn channel(&self) -> Option<Channel> {
        match self {
            Self::Call { .. } => Some(Channel::Voice),
            Self::Notify { channel, .. } => Some(*channel),
            Self::Alert(alert) => alert.to.channel(),
            // Whoever hears it is on the line already.
            Self::Calendar { .. } | Self::Wake { .. } | Self::HangUp { .. } | Self::Steer { .. } => None,
            // Whoever rang us is rung back: an answer, which is counted as little as any other.
            Self::AgentCall(_) | Self::CloneVoice | Self::DeleteVoice { .. } => None,
        }
    }
}

/// What a message is about; the words come from the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// Will you come?
    AskToConfirm,
    /// Good, we expect you.
    Confirmed,
    /// Your appointment is cancelled.
    Cancelled,
    /// We heard that you need another time; the desk will be in touch.
    OtherTime,
    /// We did not understand your answer.
    NotUnderstood,
    /// Who writes here, and where a person is to be reached.
    Help,
    /// You will not hear from us again.
    OptedOut,
    /// Your appointment is booked; will you come?
    Booked,
    /// Your appointment has another time now; will you come?
    Moved,
    /// You rang us, and nobody served you.
    MissedCall,
}

/// How often an effect may happen when its fate is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Never again: calls, messages and what a live call is told.
    AtMostOnce,
    /// Again, because doing it twice changes nothing: calendar entries, timers, hanging up, webhooks to the staff.
    AtLeastOnce,
}

/// How far an effect has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectState {
    /// Not begun, or to be tried again: it surely did not happen yet.
    Waiting,
    /// Not needed or not allowed any more; `reason` says which.
    Skipped,
    /// Handed to the outside; no answer yet.
    Started,
    /// Happened.
    Done,
    /// Did not happen, and will not.
    Failed,
    /// May have happened. Never repeated; a look-up or a late callback settles it.
    Uncertain,
}

impl EffectState {
    /// The name in the database and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Skipped => "skipped",
            Self::Started => "started",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
        }
    }
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    /// A telephone, for SMS and WhatsApp.
    Phone(Phone),
    /// A mailbox.
    Email(Email),
}
