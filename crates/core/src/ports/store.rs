use super::{
    AppointmentFilter, Busy, CallFilter, CaptureStore, CountFilter, CountRow, EffectFilter, KeptOptOut, OptOut,
    OptOutFilter, Page, Port, PortResult, Rung,
};
use crate::{
    appointment::Appointment,
    call::{Call, CallRef},
    effect::{Channel, Effect},
    id::{AppointmentId, CallId, EffectId},
    personal::Phone,
    reply::Reply,
    slots::{Hold, Taken},
    speech::Language,
};
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a decision is about: says what the store locks and loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A call, its appointment, the effect that placed it, and the contact of the other party.
    Call(CallRef),
    /// The same for a call that its carrier names, and that nobody here may know by that name yet.
    Rung(Rung),
    /// An appointment (and its customer's contact).
    Appointment(AppointmentId),
    /// An appointment to be: loads the one that already has this external id within the business, if any.
    New {
        /// Which business.
        business: String,
        /// The booking system's name for it.
        external_id: Option<String>,
        /// The id it will get; two decisions about it are serialised.
        id: AppointmentId,
    },
    /// An appointment and a time at its business: loads what else takes that time, too. Nobody else decides about times at
    /// that business meanwhile.
    Slot {
        /// The appointment that is to have it.
        appointment: AppointmentId,
        /// The live call during which it is decided, which is loaded as well.
        call: Option<CallId>,
        /// The time, with whatever must be free around it.
        time: Busy,
    },
    /// An appointment to be, and a time at its business: [`Self::New`] and [`Self::Slot`] in one.
    NewSlot(NewSlot),
    /// An effect, its appointment, its call, and the contact of whom it reaches.
    Effect(EffectId),
    /// A person: their contact and, of the given business (or any), their next open appointment:
    /// the one to be asked about soonest, else the newest.
    Person {
        /// Which person.
        phone: Phone,
        /// Of which business; `None` is any.
        business: Option<String>,
    },
}

/// An appointment to be, and its time. Loads the appointment that has its external id already, else the one that its person
/// has at this very time and that is not cancelled; and what takes the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSlot {
    /// Which business.
    pub business: String,
    /// The booking system's name for it.
    pub external_id: Option<String>,
    /// The id it will get.
    pub id: AppointmentId,
    /// Whose it will be.
    pub phone: Phone,
    /// When it will begin.
    pub starts_at: DateTime<Utc>,
    /// Its time, with whatever must be free around it.
    pub time: Busy,
    /// The live call during which it is decided, which is loaded as well.
    pub call: Option<CallId>,
}

/// What is known about a person across appointments: the consent and opt-out ledger's newest state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Which person.
    pub phone: Phone,
    /// What they speak, when they said so.
    pub language: Option<Language>,
    /// Where they are, when they said so.
    pub time_zone: Option<Tz>,
    /// Whether they agreed to be contacted; `None` is not asked (an appointment is an invitation to be contacted about it).
    pub consent: Option<bool>,
    /// Channels they do not want to be contacted on any more.
    pub opted_out: Vec<Channel>,
    /// When they last wrote to us, by channel: some vendors take free words only for a while after that. By telephone, when
    /// they were last served in a call, and by [`Channel::Desk`], when they were last texted about a call that nobody took,
    /// where the business texts whom it misses.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub heard: BTreeMap<Channel, DateTime<Utc>>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

/// What the contact gate is shown about a person.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ledger {
    /// What is known about them.
    pub contact: Option<Contact>,
    /// When and how they were contacted in the last seven days, newest last.
    pub recent: Vec<(Channel, DateTime<Utc>)>,
    /// The calls with them that are [live](Call::live), whichever appointment they are about, the oldest first. Only a
    /// decision about [an effect that minds them](Effect::minds_lines) is shown them; for all others it is empty.
    pub live: Vec<Call>,
}

/// What the store found for a [`Subject`]; what is not there is `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Loaded {
    /// The call.
    pub call: Option<Call>,
    /// The appointment.
    pub appointment: Option<Appointment>,
    /// The effect.
    pub effect: Option<Effect>,
    /// The contact and what reached it lately.
    pub ledger: Ledger,
    /// What takes the time in question or a part of it, its own appointment included: live appointments of the business, and
    /// holds that have not run out. Only a decision about a [`Subject::Slot`] or a
    /// [`Subject::NewSlot`] is shown it.
    pub taken: Vec<Taken>,
}

/// Stops what is still waiting for an appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Whose waiting effects. Only those decided before this decision and [`Effect::withdrawable`] stop.
    pub appointment_id: AppointmentId,
    /// Why, for the timeline.
    pub reason: String,
}

/// A line in the timeline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// A short name, such as `digits`.
    pub kind: String,
    /// What happened and what was made of it, in the front desk's words, without personal data.
    pub note: String,
    /// Facts for programs; no personal data.
    pub detail: serde_json::Value,
}

/// A step of a counter: added to `(day, business, flow, name)`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Count {
    /// The day in the business's zone.
    pub day: NaiveDate,
    /// Which business.
    pub business: String,
    /// Which flow; empty for counters of appointments.
    pub flow: String,
    /// What is counted, such as `outcome:confirmed` or `step:menu:digit:1`.
    pub name: String,
}

/// What was decided: everything of it is written in one transaction, or nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decision {
    /// The call as it is now, when it changed.
    pub call: Option<Call>,
    /// The appointment as it is now, when it changed.
    pub appointment: Option<Appointment>,
    /// The loaded effect as it is now, when it changed.
    pub effect: Option<Effect>,
    /// New intents.
    pub effects: Vec<Effect>,
    /// Intents of the appointment to be stopped.
    pub withdraw: Option<Withdrawal>,
    /// The contact as it is now, when it changed.
    pub contact: Option<Contact>,
    /// A time to be held in place of the one that was; one that has run out already lets it go.
    pub hold: Option<Hold>,
    /// What the person no longer wants, or wants again: lines of the ledger that `contact` is the sum of.
    pub opt_outs: Vec<OptOut>,
    /// Lines for the timeline.
    pub events: Vec<Recorded>,
    /// What the caller hears next.
    pub reply: Reply,
    /// Counters to step.
    pub counts: Vec<Count>,
}

/// Decides, inside the store's transaction: pure, quick, and at most once per `advance`.
pub type Decide = Box<dyn FnOnce(Loaded) -> Decision + Send>;

/// What an `advance` came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Advanced {
    /// Whether this `once` key was seen before: nothing was decided, `reply` is the first one,
    /// `decision.call` and `decision.appointment` are as they are now.
    pub repeated: bool,
    /// What was decided.
    pub decision: Decision,
}

/// A line of the timeline as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredEvent {
    /// Grows with time; the position in the live stream.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// About which appointment.
    pub appointment_id: Option<AppointmentId>,
    /// About which call.
    pub call_id: Option<CallId>,
    /// What.
    #[serde(flatten)]
    pub recorded: Recorded,
}

/// Keeps everything, and serialises decisions about the same subject.
///
/// # Behaviour
/// - Call, appointment, events, reply, effects, contact, opt-outs and counters of a decision are written together or not at all.
/// - A `once` key seen before decides nothing; the first reply comes back.
/// - Two decisions about one call or one appointment never interleave; the second sees what the first wrote.
/// - Whoever is to be rung, or texted about a missed call, is shown with every live call with them, and none of these begins
///   meanwhile.
/// - Whoever decides about a time at a business is shown what takes it, and nobody else decides about that business's times,
///   takes an appointment in or moves one there meanwhile.
/// - A call that its carrier names for the first time is found by who is rung, and by one name only.
/// - A decision that panics fails alone and writes nothing.
/// - New effects that are waiting are scheduled in the same transaction.
#[async_trait]
pub trait IvrStore: Port + CaptureStore {
    /// Locks, loads, decides, writes, commits.
    ///
    /// # Errors
    /// [`super::PortError`] when the database is away ([`super::Happened::Maybe`] when the commit's fate is unknown)
    /// or the decision panicked.
    async fn advance(
        &self,
        subject: Subject,
        once: Option<String>,
        now: DateTime<Utc>,
        decide: Decide,
    ) -> PortResult<Advanced>;

    /// One appointment.
    ///
    /// # Errors
    /// [`super::PortError`] when the database is away; so for every read below.
    async fn appointment(&self, id: AppointmentId) -> PortResult<Option<Appointment>>;

    /// Appointments, page by page.
    ///
    /// # Errors
    /// See [`Self::appointment`]; a bad cursor is [`super::Trouble::Refused`].
    async fn appointments(&self, filter: AppointmentFilter) -> PortResult<Page<Appointment>>;

    /// What takes time at a business between two moments, in no order: appointments that are neither cancelled nor behind us,
    /// and what is held at `now`.
    ///
    /// # Errors
    /// See [`Self::appointment`].
    async fn taken(&self, business: &str, time: Busy, now: DateTime<Utc>) -> PortResult<Vec<Taken>>;

    /// One call.
    ///
    /// # Errors
    /// See [`Self::appointment`].
    async fn call(&self, id: CallId) -> PortResult<Option<Call>>;

    /// Calls, page by page.
    ///
    /// # Errors
    /// See [`Self::appointments`].
    async fn calls(&self, filter: CallFilter) -> PortResult<Page<Call>>;

    /// One effect.
    ///
    /// # Errors
    /// See [`Self::appointment`].
    async fn effect(&self, id: EffectId) -> PortResult<Option<Effect>>;

    /// Effects, page by page.
    ///
    /// # Errors
    /// See [`Self::appointments`].
    async fn effects(&self, filter: EffectFilter) -> PortResult<Page<Effect>>;

    /// The timeline of an appointment (its calls included), oldest first, at most 1,000 lines.
    ///
    /// # Errors
    /// See [`Self::appointment`].
    async fn timeline(&self, appointment: Option<AppointmentId>, call: Option<CallId>) -> PortResult<Vec<StoredEvent>>;

    /// Timeline lines of everything after `seq`, oldest first: the live stream's catch-up.
    ///
    /// # Errors
    /// See [`Self::appointment`].
    async fn events_after(&self, seq: i64, limit: u32) -> PortResult<Vec<StoredEvent>>;

    /// The newest `seq`; 0 when there is none.
    ///
    /// # Errors
    /// See [`Self::appointment`].
    async fn last_seq(&self) -> PortResult<i64>;

    /// What is known about a person.
    ///
    /// # Errors
    /// See [`Self::appointment`].
    async fn contact(&self, phone: &Phone) -> PortResult<Option<Contact>>;

    /// The ledger of opt-outs, page by page, the newest first.
    ///
    /// # Errors
    /// See [`Self::appointments`].
    async fn opt_outs(&self, filter: OptOutFilter) -> PortResult<Page<KeptOptOut>>;

    /// Forgets a person: their names, numbers and addresses are overwritten in appointments, calls and effects,
    /// the contact row is dropped, what waits for them is withdrawn. Their lines in the ledger of opt-outs stay, without
    /// number and evidence. Returns the ids of their appointments.
    ///
    /// # Errors
    /// See [`Self::appointment`].
    async fn forget(&self, phone: &Phone, now: DateTime<Utc>) -> PortResult<Vec<AppointmentId>>;

    /// Counters, summed over days or day by day; those that stand at 0 are left out.
    ///
    /// # Errors
    /// See [`Self::appointment`].
    async fn counts(&self, filter: CountFilter) -> PortResult<Vec<CountRow>>;

    /// Whether the database answers and takes writes; after a write that failed this tries one.
    ///
    /// # Errors
    /// See [`Self::appointment`].
    async fn ping(&self) -> PortResult<()>;
}
