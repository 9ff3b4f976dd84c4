use super::{AgentBrief, BookingReport, Caller, Port, PortResult, Rejected, WebhookRequest, WebhookResponse};
use crate::{
    booking::Booking,
    call::{Call, CallRef},
    event::{EndCause, Event},
    id::{CallId, EffectId},
    ivr::Capture,
    personal::Phone,
    reply::Reply,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// What a carrier can do. The behaviour suite holds an adapter to it in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Abilities {
    /// The answer to a webhook steers the live call.
    pub steers: bool,
    /// It can place calls.
    pub dials: bool,
    /// It can be asked what became of a call it was given.
    pub finds: bool,
    /// It can end a live call on request.
    pub hangs_up: bool,
    /// It can be told by request what a live call hears next.
    pub moves: bool,
    /// It tells machines from people.
    pub detects_machines: bool,
    /// It takes spoken messages ([`crate::reply::Verb::Record`]).
    pub records: bool,
    /// It connects a caller's audio to a media stream ([`crate::reply::Verb::Stream`]).
    pub streams: bool,
}

/// A call to be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceCall {
    /// Our name for the call; comes back in every webhook.
    pub call_id: CallId,
    /// Whom to ring.
    pub to: Phone,
    /// The caller id to show.
    pub from: Phone,
    /// How long to let it ring, in seconds.
    pub ring_seconds: u32,
    /// Whether to listen for machines, where the carrier can.
    pub detect_machine: bool,
    /// What the agent is told that has the conversation, where the vendor of an agent places the call. Carriers that walk
    /// our flows look at it never.
    pub agent: Option<Box<AgentBrief>>,
}

/// What a carrier is asked to do. A new command does not compile until every adapter answers it.
#[derive(Debug, Clone, PartialEq)]
pub enum CallCommand {
    /// Place a call. Done at most once per effect.
    Place(PlaceCall),
    /// Look up what became of a call, by our id or by the carrier's. Changes nothing.
    Find {
        /// Our id, given when it was placed.
        call_id: CallId,
        /// The carrier's id, where it is known.
        provider_call_id: Option<String>,
        /// The caller id that was shown: many carriers keep nothing of ours, and are asked by who rang whom.
        from: Phone,
        /// Who was to be rung; [`Phone::forgotten`] when they asked to be forgotten meanwhile.
        to: Phone,
        /// The call was not placed before this time.
        since: DateTime<Utc>,
        /// The last request to place it left before this time: there may have been several, the earlier ones in vain.
        asked: DateTime<Utc>,
    },
    /// End a live call. Ending an ended call is fine.
    Hangup {
        /// Our id.
        call_id: CallId,
        /// The carrier's id.
        provider_call_id: String,
    },
    /// Let a live call hear this instead of whatever it hears. Done at most once per effect; a call that is not live (any
    /// more) answers [`Performed::Over`].
    Steer {
        /// Our id.
        call_id: CallId,
        /// The carrier's id.
        provider_call_id: String,
        /// What is heard.
        reply: Reply,
    },
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Performed {
    /// The call was accepted by the carrier under this id.
    Placed {
        /// The carrier's id.
        provider_call_id: String,
    },
    /// The carrier knows the call.
    Found {
        /// The carrier's id.
        provider_call_id: String,
        /// How it ended and after how many seconds, when it is over.
        ended: Option<(EndCause, Option<u32>)>,
    },
    /// The carrier surely never accepted such a call.
    Missing,
    /// The call is not live (any more): surely nobody heard anything of it.
    Over,
    /// Done; nothing to tell.
    Done,
}

/// What a webhook is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// A call we know or, when its event is [`Event::Incoming`], are about to know.
    Call {
        /// Which one.
        call: CallRef,
        /// The carrier's id, to be remembered.
        provider_call_id: Option<String>,
        /// Who rings and who is rung; needed for calls that come in.
        parties: Option<(Phone, Phone)>,
    },
    /// A message somebody wrote to the business.
    Message {
        /// Who wrote.
        from: Phone,
        /// The number they wrote to.
        to: Phone,
        /// By which way.
        channel: crate::effect::Channel,
        /// What they wrote.
        body: String,
    },
    /// What became of a message that we sent.
    Sent {
        /// What sent it.
        effect: EffectId,
        /// The vendor's name for it.
        reference: String,
        /// What became of it.
        fate: super::Fate,
    },
    /// A key press in an IVR that the carrier runs.
    Capture {
        /// What was pressed, where.
        capture: Box<Capture>,
        /// What the carrier is answered: it depends on nothing that is decided here.
        answer: WebhookResponse,
    },
    /// A conversation that a voice agent had.
    Booking {
        /// What it collected.
        booking: Box<Booking>,
        /// In which of the provider's ways it was told; comes back with [`CallProvider::report`].
        dialect: &'static str,
    },
    /// Nothing of ours: it is answered, and nothing is kept of it.
    Nothing {
        /// What the provider is answered.
        answer: WebhookResponse,
    },
    /// Somebody rings a voice agent, which asks what we know of them. Nothing happens by it.
    Caller {
        /// Who rings; `None` where they do not show it.
        from: Option<Phone>,
        /// The number that was rung.
        to: Option<Phone>,
    },
}

/// An authentic webhook, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// What it is about.
    pub about: Subject,
    /// The identity of what happened: a second delivery of it has the same key, a second happening another one.
    pub once: String,
    /// What happened. For messages [`Event::Noted`]; the engine reads their words.
    pub event: Event,
    /// How often this caller was already asked to wait for the same event ([`crate::reply::Verb::Resume`]).
    pub hold: u8,
    /// Whether whoever is on the line hears what this very webhook is answered. Where not, what there is to say is told to
    /// the carrier by [`CallCommand::Steer`]. What answers a question is told once more then, under the same `once`, by a
    /// webhook whose answer is heard: the carrier wants to know what comes after the question.
    pub heard: bool,
    /// A time at which the call was under way, by the carrier's clock, where it says so.
    pub at: Option<DateTime<Utc>>,
}

impl Received {
    /// A webhook whose answer is heard, told for the first time.
    #[must_use]
    pub fn new(about: Subject, once: String, event: Event) -> Self {
        Self { about, once, event, hold: 0, heard: true, at: None }
    }
}

/// A carrier: takes calls, places calls, and asks us what the caller hears next.
///
/// # Behaviour
/// - `receive` verifies and parses in one step; there is no other way to the event. It reads no clock and does no I/O.
/// - The same delivery gives the same `once` key; a second happening gives another.
/// - `render` cannot fail, and escapes whatever it is given.
/// - `perform` answers [`super::Happened::Maybe`] whenever the carrier may have acted.
/// - A command outside `abilities` answers [`super::Trouble::Unsupported`] and does nothing.
#[async_trait]
pub trait CallProvider: Port {
    /// What this carrier can do.
    fn abilities(&self) -> Abilities;

    /// Verifies a webhook and says what happened.
    ///
    /// # Errors
    /// [`Rejected`] when it is not authentic, too old, unknown or unreadable.
    fn receive(&self, request: &WebhookRequest, now: DateTime<Utc>) -> Result<Received, Rejected>;

    /// Writes a reply in the carrier's language.
    fn render(&self, reply: &Reply, call: Option<&Call>) -> WebhookResponse;

    /// Writes a reply as the answer to a webhook at this hook: some carriers ask for one reply in several ways.
    fn answer(&self, _hook: &str, reply: &Reply, call: Option<&Call>) -> WebhookResponse {
        self.render(reply, call)
    }

    /// Says that the webhook of this hook was taken, where nobody hears what it is answered ([`Received::heard`]): what it
    /// told, and the call as it is now, where there is one.
    fn acknowledge(&self, hook: &str, _event: &Event, _call: Option<&Call>) -> WebhookResponse {
        self.answer(hook, &Reply::default(), None)
    }

    /// What whoever sent a webhook that is not taken is told of it.
    fn refusal(&self, _hook: &str, rejected: &Rejected) -> String {
        rejected.to_string()
    }

    /// Answers whoever told of a conversation, once it is known what came of it.
    fn report(&self, _dialect: &str, booking: &Booking, report: &BookingReport) -> WebhookResponse {
        report.acknowledged(booking)
    }

    /// Answers an agent that asks who rings; `None`: nobody we know.
    fn introduce(&self, _caller: Option<&Caller>) -> WebhookResponse {
        WebhookResponse::json(200, "{}".to_owned())
    }

    /// The longest body that webhooks of this hook may have, in bytes, where it is more than usual.
    fn longest_body(&self, _hook: &str) -> Option<usize> {
        None
    }

    /// Does something at the carrier.
    ///
    /// # Errors
    /// [`super::PortError`]; its `happened` says whether the carrier may have acted.
    async fn perform(&self, command: &CallCommand, effect: &EffectId) -> PortResult<Performed>;
}
