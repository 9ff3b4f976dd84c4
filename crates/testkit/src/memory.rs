//! A store in memory: one lock, everything under it, so decisions are serialised by nature.

mod alerts;
mod captures;
mod keep;
mod lists;
mod voices;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    alert::Watch,
    appointment::Appointment,
    call::Call,
    effect::{Action, Channel, Effect, EffectState},
    id::{AppointmentId, CallId, EffectId},
    personal::{PersonName, Phone},
    ports::{
        Advanced, AppointmentFilter, Busy, CallFilter, Contact, Count, CountFilter, CountRow, Decide, Decision,
        EffectFilter, Happened, IvrStore, KeptOptOut, OptOutFilter, Page, Port, PortError, PortResult, StoredEvent,
        Subject, Trouble,
    },
    reply::Reply,
    slots::{Hold, Taken},
};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Keeps everything until it is dropped, by the same laws as the databases. For tests, and for nothing else.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    away: Mutex<VecDeque<bool>>,
    voices_away: Mutex<usize>,
}

#[derive(Debug, Clone)]
struct Seen {
    reply: Reply,
    call: Option<CallId>,
    appointment: Option<AppointmentId>,
}

#[derive(Debug, Default)]
struct State {
    calls: BTreeMap<CallId, Call>,
    appointments: BTreeMap<AppointmentId, Appointment>,
    effects: BTreeMap<EffectId, Effect>,
    contacts: HashMap<Phone, Contact>,
    opt_outs: Vec<(Phone, KeptOptOut)>,
    seen: HashMap<String, Seen>,
    events: Vec<StoredEvent>,
    counts: BTreeMap<Count, i64>,
    captured: Vec<captures::Row>,
    watches: BTreeMap<String, Watch>,
    holds: BTreeMap<AppointmentId, Hold>,
    voices: voices::Voices,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The effect a job would come for next, and when: what waits, what is to be looked up, and what was left `started`
    /// by somebody whose `lease` has run out.
    #[must_use]
    pub fn next_due(&self, lease: Duration) -> Option<(DateTime<Utc>, EffectId)> {
        let state = self.state();
        let due = |effect: &Effect| match effect.state {
            EffectState::Started => Some(effect.updated_at + lease),
            _ => effect.wants_job().then_some(effect.due_at),
        };
        state.effects.values().filter_map(|effect| Some((due(effect)?, effect.id))).min()
    }

    /// Lets decisions to come fail as if the database were away, one for each `true`; nothing of them is written.
    pub fn disturb(&self, plan: impl IntoIterator<Item = bool>) {
        self.away.lock().unwrap_or_else(PoisonError::into_inner).extend(plan);
    }

    /// Every effect, the oldest first.
    #[must_use]
    pub fn all_effects(&self) -> Vec<Effect> {
        self.state().effects.values().cloned().collect()
    }

    /// Every call, the oldest first.
    #[must_use]
    pub fn all_calls(&self) -> Vec<Call> {
        self.state().calls.values().cloned().collect()
    }

    /// Every appointment, the oldest first.
    #[must_use]
    pub fn all_appointments(&self) -> Vec<Appointment> {
        self.state().appointments.values().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Port for MemoryStore {
    fn name(&self) -> &str {
        "memory"
    }
}

#[async_trait]
impl IvrStore for MemoryStore {
    async fn advance(
        &self,
        subject: Subject,
        once: Option<String>,
        now: DateTime<Utc>,
        decide: Decide,
    ) -> PortResult<Advanced> {
        if self.away.lock().unwrap_or_else(PoisonError::into_inner).pop_front() == Some(true) {
            return Err(PortError::new("memory", Happened::No, Trouble::Unavailable, "the database is away"));
        }
        let mut state = self.state();
        let loaded = state.load(&subject, now);
        if let Some(seen) = once.as_ref().and_then(|once| state.seen.get(once)) {
            let decision = Decision {
                call: seen.call.and_then(|id| state.calls.get(&id).cloned()).or(loaded.call),
                appointment: seen
                    .appointment
                    .and_then(|id| state.appointments.get(&id).cloned())
                    .or(loaded.appointment),
                effect: loaded.effect,
                reply: seen.reply.clone(),
                ..Decision::default()
            };
            return Ok(Advanced { repeated: true, decision });
        }
        let about = (loaded.call.as_ref().map(|call| call.id), keep::appointment_of(&loaded));
        let decision = catch_unwind(AssertUnwindSafe(|| decide(loaded)))
            .map_err(|_| PortError::new("memory", Happened::No, Trouble::Broken, "the decision panicked"))?;
        state.write(about, once, &decision, now)?;
        Ok(Advanced { repeated: false, decision })
    }

    async fn appointment(&self, id: AppointmentId) -> PortResult<Option<Appointment>> {
        Ok(self.state().appointments.get(&id).cloned())
    }

    async fn appointments(&self, filter: AppointmentFilter) -> PortResult<Page<Appointment>> {
        lists::appointments(&self.state(), &filter)
    }

    async fn taken(&self, business: &str, time: Busy, now: DateTime<Utc>) -> PortResult<Vec<Taken>> {
        Ok(self.state().taken(business, time, now))
    }

    async fn call(&self, id: CallId) -> PortResult<Option<Call>> {
        Ok(self.state().calls.get(&id).cloned())
    }

    async fn calls(&self, filter: CallFilter) -> PortResult<Page<Call>> {
        lists::calls(&self.state(), &filter)
    }

    async fn effect(&self, id: EffectId) -> PortResult<Option<Effect>> {
        Ok(self.state().effects.get(&id).cloned())
    }

    async fn effects(&self, filter: EffectFilter) -> PortResult<Page<Effect>> {
        lists::effects(&self.state(), &filter)
    }

    async fn timeline(&self, appointment: Option<AppointmentId>, call: Option<CallId>) -> PortResult<Vec<StoredEvent>> {
        let state = self.state();
        let of = |id: CallId| state.calls.get(&id).and_then(|call| call.appointment_id);
        let about = |event: &&StoredEvent| {
            let by_call = event.call_id.and_then(of);
            appointment.is_some_and(|id| event.appointment_id == Some(id) || by_call == Some(id))
                || call.is_some() && event.call_id == call
        };
        Ok(state.events.iter().filter(about).take(1_000).cloned().collect())
    }

    async fn events_after(&self, seq: i64, limit: u32) -> PortResult<Vec<StoredEvent>> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.state().events.iter().filter(|event| event.seq > seq).take(limit).cloned().collect())
    }

    async fn last_seq(&self) -> PortResult<i64> {
        Ok(self.state().events.last().map_or(0, |event| event.seq))
    }

    async fn contact(&self, phone: &Phone) -> PortResult<Option<Contact>> {
        Ok(self.state().contacts.get(phone).cloned())
    }

    async fn opt_outs(&self, filter: OptOutFilter) -> PortResult<Page<KeptOptOut>> {
        lists::opt_outs(&self.state(), &filter)
    }

    async fn forget(&self, phone: &Phone, now: DateTime<Utc>) -> PortResult<Vec<AppointmentId>> {
        Ok(self.state().forget(phone, &Phone::forgotten(), now))
    }

    async fn counts(&self, filter: CountFilter) -> PortResult<Vec<CountRow>> {
        Ok(lists::counts(&self.state(), &filter))
    }

    async fn ping(&self) -> PortResult<()> {
        Ok(())
    }
}

impl State {
    fn forget(&mut self, phone: &Phone, nobody: &Phone, now: DateTime<Utc>) -> Vec<AppointmentId> {
        let mut theirs = Vec::new();
        for appointment in self.appointments.values_mut().filter(|it| it.customer.phone == *phone) {
            appointment.customer.name = PersonName::parse("Forgotten").expect("a name");
            appointment.customer.phone = nobody.clone();
            appointment.customer.email = None;
            appointment.notes = None;
            appointment.wrote = None;
            appointment.updated_at = now;
            theirs.push(appointment.id);
        }
        for call in self.calls.values_mut() {
            if call.party() == phone {
                call.recording = None;
                call.transcript = None;
                call.collected = None;
                call.talk = None;
            }
            for number in [&mut call.from, &mut call.to].into_iter().filter(|number| *number == phone) {
                *number = nobody.clone();
            }
        }
        let rung: Vec<_> = self.calls.values().filter(|call| call.party() == nobody).map(|call| call.id).collect();
        for effect in self.effects.values_mut() {
            let of_them = effect.appointment_id.is_some_and(|id| theirs.contains(&id))
                || effect.call_id.is_some_and(|id| rung.contains(&id));
            if let Action::Steer { reply } = &mut effect.action
                && of_them
            {
                *reply = Reply::default();
            }
            if effect.reaches.as_ref() == Some(phone) {
                effect.reaches = Some(nobody.clone());
            }
            let calendar = effect.action.kind() == "calendar";
            let waits = effect.state == EffectState::Waiting && !calendar;
            if waits && effect.appointment_id.is_some_and(|id| theirs.contains(&id)) {
                effect.state = EffectState::Skipped;
                effect.reason = Some("the person asked to be forgotten".to_owned());
                effect.updated_at = now;
            }
        }
        if let Some(refused) =
            self.contacts.remove(phone).filter(|it| !it.opted_out.is_empty() || it.consent == Some(false))
        {
            // Forgetting somebody does not undo what they refused.
            let opted_out = Channel::REACHING.to_vec();
            let (language, time_zone, heard) = (None, None, BTreeMap::new());
            let contact =
                Contact { language, time_zone, consent: Some(false), opted_out, heard, updated_at: now, ..refused };
            self.contacts.insert(phone.clone(), contact);
        }
        for (_, line) in self.opt_outs.iter_mut().filter(|(of, _)| of == phone) {
            (line.phone, line.evidence) = (None, None);
        }
        captures::forget(&mut self.captured, phone);
        self.forget_voices(phone, now);
        theirs
    }
}
