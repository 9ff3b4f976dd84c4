use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    appointment::Appointment,
    call::{Call, CallRef, CallState},
    effect::{Effect, EffectState},
    id::{AppointmentId, CallId, EffectId},
    personal::Phone,
    ports::{
        Advanced, ApiKey, AppointmentFilter, CallFilter, Claim, Contact, Count, CountFilter, CountRow, Decide,
        Decision, DeskStore, EffectFilter, Happened, IvrStore, Ledger, Loaded, Page, Port, PortError, PortResult,
        Recorded, StoredEvent, Subject, Trouble,
    },
    reply::Reply,
};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::{Notify, broadcast};
use uuid::Uuid;

#[derive(Default)]
struct Rows {
    appointments: BTreeMap<AppointmentId, Appointment>,
    calls: BTreeMap<CallId, Call>,
    effects: BTreeMap<EffectId, Effect>,
    contacts: BTreeMap<String, Contact>,
    events: Vec<StoredEvent>,
    counts: BTreeMap<Count, i64>,
    once: HashMap<String, (Reply, Option<CallId>, Option<AppointmentId>)>,
}

/// Keeps everything in memory, one decision at a time.
pub(crate) struct Memory {
    rows: Mutex<Rows>,
    live: broadcast::Sender<i64>,
    /// Whether it is away.
    pub(crate) away: AtomicBool,
    /// Whether decisions wait for [`Self::go_on`].
    pub(crate) slow: AtomicBool,
    pub(crate) go_on: Notify,
}

impl Memory {
    pub(crate) fn new(live: broadcast::Sender<i64>) -> Self {
        Self {
            rows: Mutex::default(),
            live,
            away: AtomicBool::new(false),
            slow: AtomicBool::new(false),
            go_on: Notify::new(),
        }
    }

    /// How many decisions left a line.
    pub(crate) fn lines(&self) -> usize {
        self.rows.lock().unwrap().events.len()
    }

    /// Writes a line as a decision would.
    pub(crate) fn line(&self, kind: &str) -> i64 {
        let seq = self.push(
            &mut self.rows.lock().unwrap(),
            crate::common::noon(),
            None,
            None,
            Recorded { kind: kind.to_owned(), note: format!("{kind} happened"), detail: serde_json::Value::Null },
        );
        let _ = self.live.send(seq);
        seq
    }

    /// Changes an effect behind everybody's back.
    pub(crate) fn change_effect(&self, kind: &str, change: impl FnOnce(&mut Effect)) -> Option<EffectId> {
        let mut rows = self.rows.lock().unwrap();
        let effect = rows.effects.values_mut().find(|effect| effect.action.kind() == kind)?;
        change(effect);
        Some(effect.id)
    }

    fn push(
        &self,
        rows: &mut Rows,
        at: DateTime<Utc>,
        appointment_id: Option<AppointmentId>,
        call_id: Option<CallId>,
        recorded: Recorded,
    ) -> i64 {
        let seq = rows.events.len() as i64 + 1;
        rows.events.push(StoredEvent { seq, at, appointment_id, call_id, recorded });
        seq
    }

    fn reachable(&self) -> PortResult<()> {
        if self.away.load(Ordering::Relaxed) {
            return Err(PortError::new("store", Happened::No, Trouble::Unavailable, "it is away"));
        }
        Ok(())
    }

    fn load(rows: &Rows, subject: &Subject) -> Loaded {
        let mut loaded = Loaded::default();
        match subject {
            Subject::Call(reference) => {
                loaded.call = match reference {
                    CallRef::Ours(id) => rows.calls.get(id).cloned(),
                    CallRef::Theirs { id, .. } => {
                        rows.calls.values().find(|call| call.provider_call_id.as_ref() == Some(id)).cloned()
                    }
                };
                let call = loaded.call.as_ref();
                loaded.effect = call.and_then(|call| call.effect_id).and_then(|id| rows.effects.get(&id).cloned());
                loaded.appointment =
                    call.and_then(|call| call.appointment_id).and_then(|id| rows.appointments.get(&id).cloned());
            }
            Subject::Appointment(id) => loaded.appointment = rows.appointments.get(id).cloned(),
            Subject::New { business, external_id, .. } => {
                loaded.appointment = rows
                    .appointments
                    .values()
                    .find(|it| external_id.is_some() && it.external_id == *external_id && it.business == *business)
                    .cloned();
            }
            Subject::Effect(id) => {
                loaded.effect = rows.effects.get(id).cloned();
                let effect = loaded.effect.as_ref();
                loaded.appointment =
                    effect.and_then(|effect| effect.appointment_id).and_then(|id| rows.appointments.get(&id).cloned());
                loaded.call = effect.and_then(|effect| effect.call_id).and_then(|id| rows.calls.get(&id).cloned());
            }
            Subject::Person { phone, .. } => {
                loaded.appointment = rows.appointments.values().find(|it| it.customer.phone == *phone).cloned();
                loaded.ledger = Ledger { contact: rows.contacts.get(phone.reveal()).cloned(), recent: Vec::new() };
            }
        }
        if let Some(it) = &loaded.appointment {
            loaded.ledger.contact = rows.contacts.get(it.customer.phone.reveal()).cloned();
        }
        loaded
    }

    fn write(&self, rows: &mut Rows, decision: &Decision, before: &Loaded, now: DateTime<Utc>) -> Vec<i64> {
        if let Some(withdrawal) = &decision.withdraw {
            for effect in rows.effects.values_mut() {
                if effect.appointment_id == Some(withdrawal.appointment_id)
                    && effect.state == EffectState::Waiting
                    && effect.withdrawable()
                {
                    effect.state = EffectState::Skipped;
                    effect.reason = Some(withdrawal.reason.clone());
                }
            }
        }
        for effect in decision.effects.iter().chain(&decision.effect) {
            rows.effects.insert(effect.id, effect.clone());
        }
        if let Some(it) = &decision.appointment {
            rows.appointments.insert(it.id, it.clone());
        }
        if let Some(call) = &decision.call {
            rows.calls.insert(call.id, call.clone());
        }
        if let Some(contact) = &decision.contact {
            rows.contacts.insert(contact.phone.reveal().to_owned(), contact.clone());
        }
        for count in &decision.counts {
            *rows.counts.entry(count.clone()).or_default() += 1;
        }
        let appointment = decision.appointment.as_ref().or(before.appointment.as_ref());
        let call = decision.call.as_ref().or(before.call.as_ref());
        let (appointment, call) = (appointment.map(|it| it.id), call.map(|it| it.id));
        decision.events.iter().map(|recorded| self.push(rows, now, appointment, call, recorded.clone())).collect()
    }
}

impl Port for Memory {
    fn name(&self) -> &str {
        "memory"
    }
}

/// Cuts a page out of a list; the cursor is the place where the next one begins.
fn page<T: Clone>(all: &[T], cursor: Option<&str>, limit: u32) -> PortResult<Page<T>> {
    let start: usize = match cursor {
        Some(cursor) => cursor
            .parse()
            .map_err(|_| PortError::new("memory", Happened::No, Trouble::Refused, "the cursor is not one of ours"))?,
        None => 0,
    };
    let items: Vec<T> = all.iter().skip(start).take(limit as usize).cloned().collect();
    let next = start + items.len();
    Ok(Page { items, next_cursor: (next < all.len()).then(|| next.to_string()) })
}

#[async_trait]
impl IvrStore for Memory {
    async fn advance(
        &self,
        subject: Subject,
        once: Option<String>,
        now: DateTime<Utc>,
        decide: Decide,
    ) -> PortResult<Advanced> {
        self.reachable()?;
        if self.slow.load(Ordering::Relaxed) {
            self.go_on.notified().await;
        }
        let mut rows = self.rows.lock().unwrap();
        if let Some((reply, call, appointment)) = once.as_ref().and_then(|once| rows.once.get(once)) {
            let decision = Decision {
                reply: reply.clone(),
                call: call.and_then(|id| rows.calls.get(&id).cloned()),
                appointment: appointment.and_then(|id| rows.appointments.get(&id).cloned()),
                ..Decision::default()
            };
            return Ok(Advanced { repeated: true, decision });
        }
        let loaded = Self::load(&rows, &subject);
        let decision = decide(loaded.clone());
        let seqs = self.write(&mut rows, &decision, &loaded, now);
        if let Some(once) = once {
            let call = decision.call.as_ref().map(|call| call.id);
            let it = decision.appointment.as_ref().map(|it| it.id);
            rows.once.insert(once, (decision.reply.clone(), call, it));
        }
        drop(rows);
        for seq in seqs {
            let _ = self.live.send(seq);
        }
        Ok(Advanced { repeated: false, decision })
    }

    async fn appointment(&self, id: AppointmentId) -> PortResult<Option<Appointment>> {
        self.reachable()?;
        Ok(self.rows.lock().unwrap().appointments.get(&id).cloned())
    }

    async fn appointments(&self, filter: AppointmentFilter) -> PortResult<Page<Appointment>> {
        self.reachable()?;
        let rows = self.rows.lock().unwrap();
        let mut all: Vec<Appointment> = rows
            .appointments
            .values()
            .filter(|it| filter.status.is_none_or(|status| it.status == status))
            .filter(|it| filter.business.as_ref().is_none_or(|id| it.business == *id))
            .filter(|it| filter.from.is_none_or(|from| it.starts_at >= from))
            .filter(|it| filter.to.is_none_or(|to| it.starts_at < to))
            .filter(|it| {
                filter
                    .q
                    .as_ref()
                    .is_none_or(|q| it.customer.phone.reveal().contains(q) || it.customer.name.reveal().contains(q))
            })
            .cloned()
            .collect();
        all.sort_by_key(|it| (it.starts_at, it.id));
        page(&all, filter.cursor.as_deref(), filter.limit)
    }

    async fn call(&self, id: CallId) -> PortResult<Option<Call>> {
        Ok(self.rows.lock().unwrap().calls.get(&id).cloned())
    }

    async fn calls(&self, filter: CallFilter) -> PortResult<Page<Call>> {
        let rows = self.rows.lock().unwrap();
        let all: Vec<Call> = rows
            .calls
            .values()
            .filter(|call| filter.appointment_id.is_none_or(|id| call.appointment_id == Some(id)))
            .filter(|call| !filter.live || call.state != CallState::Ended)
            .cloned()
            .collect();
        page(&all, filter.cursor.as_deref(), filter.limit)
    }

    async fn effect(&self, id: EffectId) -> PortResult<Option<Effect>> {
        Ok(self.rows.lock().unwrap().effects.get(&id).cloned())
    }

    async fn effects(&self, filter: EffectFilter) -> PortResult<Page<Effect>> {
        let rows = self.rows.lock().unwrap();
        let mut all: Vec<Effect> = rows
            .effects
            .values()
            .filter(|it| filter.state.is_none_or(|state| it.state == state))
            .filter(|it| filter.appointment_id.is_none_or(|id| it.appointment_id == Some(id)))
            .filter(|it| filter.call_id.is_none_or(|id| it.call_id == Some(id)))
            .cloned()
            .collect();
        all.reverse();
        page(&all, filter.cursor.as_deref(), filter.limit)
    }

    async fn timeline(&self, appointment: Option<AppointmentId>, call: Option<CallId>) -> PortResult<Vec<StoredEvent>> {
        let rows = self.rows.lock().unwrap();
        Ok(rows
            .events
            .iter()
            .filter(|it| appointment.is_none_or(|id| it.appointment_id == Some(id)))
            .filter(|it| call.is_none_or(|id| it.call_id == Some(id)))
            .cloned()
            .collect())
    }

    async fn events_after(&self, seq: i64, limit: u32) -> PortResult<Vec<StoredEvent>> {
        let rows = self.rows.lock().unwrap();
        let after = rows.events.iter().filter(|it| it.seq > seq);
        Ok(after.take(limit as usize).cloned().collect())
    }

    async fn last_seq(&self) -> PortResult<i64> {
        Ok(self.rows.lock().unwrap().events.len() as i64)
    }

    async fn contact(&self, phone: &Phone) -> PortResult<Option<Contact>> {
        Ok(self.rows.lock().unwrap().contacts.get(phone.reveal()).cloned())
    }

    async fn forget(&self, phone: &Phone, _now: DateTime<Utc>) -> PortResult<Vec<AppointmentId>> {
        let mut rows = self.rows.lock().unwrap();
        rows.contacts.remove(phone.reveal());
        let theirs: Vec<AppointmentId> =
            rows.appointments.values().filter(|it| it.customer.phone == *phone).map(|it| it.id).collect();
        for id in &theirs {
            rows.appointments.remove(id);
        }
        Ok(theirs)
    }

    async fn counts(&self, filter: CountFilter) -> PortResult<Vec<CountRow>> {
        let rows = self.rows.lock().unwrap();
        Ok(rows
            .counts
            .iter()
            .filter(|(count, _)| filter.flow.as_ref().is_none_or(|flow| count.flow == *flow))
            .map(|(count, n)| CountRow { count: count.clone(), n: *n })
            .collect())
    }

    async fn ping(&self) -> PortResult<()> {
        self.reachable()
    }
}

/// The body a key is bound to, and the first answer.
type Bound = ([u8; 32], Option<(u16, String)>);

#[derive(Default)]
pub(crate) struct Desk {
    keys: Mutex<Vec<(ApiKey, [u8; 32])>>,
    answers: Mutex<HashMap<String, Bound>>,
}

impl Desk {
    pub(crate) fn add(&self, secret: &str, now: DateTime<Utc>) {
        let key = ApiKey { id: Uuid::from_u128(7), label: "a program".to_owned(), created_at: now, revoked_at: None };
        self.keys.lock().unwrap().push((key, Sha256::digest(secret.as_bytes()).into()));
    }
}

impl Port for Desk {
    fn name(&self) -> &str {
        "desk"
    }
}

#[async_trait]
impl DeskStore for Desk {
    async fn add_key(&self, key: &ApiKey, hash: [u8; 32]) -> PortResult<()> {
        self.keys.lock().unwrap().push((key.clone(), hash));
        Ok(())
    }

    async fn keys(&self) -> PortResult<Vec<ApiKey>> {
        let keys = self.keys.lock().unwrap();
        Ok(keys.iter().map(|(key, _)| key.clone()).collect())
    }

    async fn key(&self, hash: [u8; 32]) -> PortResult<Option<ApiKey>> {
        let keys = self.keys.lock().unwrap();
        let found = keys.iter().find(|(key, known)| *known == hash && key.revoked_at.is_none());
        Ok(found.map(|(key, _)| key.clone()))
    }

    async fn revoke_key(&self, id: Uuid, now: DateTime<Utc>) -> PortResult<bool> {
        let mut keys = self.keys.lock().unwrap();
        let key = keys.iter_mut().find(|(key, _)| key.id == id);
        Ok(key.is_some_and(|(key, _)| key.revoked_at.replace(now).is_none()))
    }

    async fn claim(&self, key: &str, body_hash: [u8; 32], _now: DateTime<Utc>) -> PortResult<Claim> {
        let mut answers = self.answers.lock().unwrap();
        let (bound, answer) = answers.entry(key.to_owned()).or_insert((body_hash, None));
        Ok(match answer {
            _ if *bound != body_hash => Claim::OtherBody,
            Some((status, body)) => Claim::Answered { status: *status, body: body.clone() },
            None => Claim::Open,
        })
    }

    async fn answer(&self, key: &str, status: u16, body: &str, _now: DateTime<Utc>) -> PortResult<()> {
        let mut answers = self.answers.lock().unwrap();
        if let Some((_, answer)) = answers.get_mut(key) {
            answer.get_or_insert((status, body.to_owned()));
        }
        Ok(())
    }
}
