//! The ports: what the engine asks of the world, and the only things an adapter implements.
//!
//! A port speaks in this crate's types. An adapter depends on this crate and on its vendor, on nothing else of ours.

mod agent;
mod agent_line;
mod alerts;
mod booked;
mod calendar;
mod call_provider;
mod captures;
mod clock;
mod cursors;
mod desk;
mod gatekeeper;
mod lists;
mod media;
mod notifier;
mod opt_outs;
mod rung;
mod runner;
mod store;
mod voice;
mod voices;
mod webhook;

pub use crate::talk::{Speaker, Talk, TalkEnd};
pub use agent::{
    AfterTool, AgentEar, AgentMouth, AgentSession, AgentStart, Attendant, FromAgent, ToAgent, ToolAnswer, ToolCall,
    VoiceAgent,
};
pub use agent_line::{AgentLine, Caller, HandOver, NextAppointment};
pub use alerts::{AlertStore, LookAll, WebhookSender};
pub use booked::{BookingReport, Progress};
pub use calendar::{
    Busy, CalendarEntry, CalendarSink, CalendarWatch, Changes, Entered, HandEdit, HandEditKind, Notice, Watched,
};
pub use call_provider::{
    Abilities, CallCommand, CallProvider, Performed, PlaceCall, Received, Subject as ReceivedAbout,
};
pub use captures::{CaptureStore, CapturedFilter};
pub use clock::Clock;
pub use cursors::CursorStore;
pub use desk::{ApiKey, Claim, DeskStore};
pub use gatekeeper::{BadNetwork, Gatekeeper, Network};
pub use lists::{AppointmentFilter, CallFilter, CountFilter, CountRow, EffectFilter, Page};
pub use media::{BadMessage, Exchange, FromLine, LineStart, LiveLine, MediaLine, Pieces, ToLine};
pub use notifier::{Fate, Invitation, Link, Notification, Notifier, Sought};
pub use opt_outs::{KeptOptOut, OptOut, OptOutFilter, OptOutWay};
pub use rung::Rung;
pub use runner::{EffectRunner, Ran};
pub use store::{
    Advanced, Contact, Count, Decide, Decision, IvrStore, Ledger, Loaded, NewSlot, Recorded, StoredEvent, Subject,
    Withdrawal,
};
pub use voice::{AgentBrief, CloneRequest, Consent, VoiceCloner, VoiceId};
pub use voices::{
    Claimed, KeptVoice, VoiceConsent, VoiceKept, VoiceSample, VoiceSamples, VoiceState, VoiceStore, deletion,
};
pub use webhook::{Rejected, WebhookRequest, WebhookResponse};

/// What every port has: a name.
pub trait Port: Send + Sync {
    /// The name in configuration, in rows and in metrics, such as `twilio`.
    fn name(&self) -> &str;
}

/// The one question an at-most-once effect asks of an error: may it have happened all the same?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// Surely not: connection refused, a 4xx, a 429. Trying again cannot double anything.
    No,
    /// Possibly: a time-out after sending, a lost answer, a 5xx on a create.
    Maybe,
}

/// What kind of trouble a port has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The other side is away or overloaded; later may be better.
    Unavailable,
    /// The other side asks for fewer requests, or rings this number already; wait this many seconds where it said so.
    /// It is waited for: a call of it is passed on to no other carrier.
    RateLimited(Option<u32>),
    /// The other side does not accept us: our credentials, our account or its balance. A matter between it and us, which
    /// says nothing about the number; another carrier may well ring it.
    Unauthorised,
    /// The other side accepts us, and may not do this for us: a country that is not enabled, a number that a trial account
    /// does not reach, a caller id that is not ours to show. Another carrier may well place this call, and this one others:
    /// it says nothing about how the other side is.
    Barred,
    /// The number or address itself is refused for good: it does not exist, or must not be contacted. Final, whoever is
    /// asked: an adapter that cannot tell whether it is the number or us says [`Trouble::Barred`].
    Refused,
    /// This adapter cannot do that; its abilities say so.
    Unsupported,
    /// Something else; a bug on one of the sides.
    Broken,
}

/// A port failed. The message carries no secret and no personal datum.
#[derive(Debug, thiserror::Error)]
#[error("{port}: {message}")]
pub struct PortError {
    /// Which port.
    pub port: String,
    /// Whether the thing may have happened all the same.
    pub happened: Happened,
    /// What kind of trouble it is.
    pub trouble: Trouble,
    /// Whether the person told the other side that they want nothing more from us there.
    pub opted_out: bool,
    /// What is wrong and, where possible, what to do about it.
    pub message: String,
    /// Where it came from.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl PortError {
    /// An error without a deeper cause.
    pub fn new(port: &str, happened: Happened, trouble: Trouble, message: impl Into<String>) -> Self {
        Self { port: port.to_owned(), happened, trouble, opted_out: false, message: message.into(), source: None }
    }

    /// The answer of an adapter that cannot do what was asked.
    pub fn unsupported(port: &str, what: &str) -> Self {
        Self::new(port, Happened::No, Trouble::Unsupported, format!("cannot {what}"))
    }

    /// The other side was told by the person that they want nothing more from us there: to be remembered.
    #[must_use]
    pub fn by_opting_out(mut self) -> Self {
        self.opted_out = true;
        self
    }

    /// Attaches the cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether the same request may work later, with nothing changed.
    #[must_use]
    pub fn retryable(&self) -> bool {
        matches!(self.trouble, Trouble::Unavailable | Trouble::RateLimited(_))
    }
}

/// What a port's method answers.
pub type PortResult<T> = Result<T, PortError>;
