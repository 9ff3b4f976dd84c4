//! The in-memory store of the testkit, with the knobs these tests turn: away, slow, and a nudge for live streams.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    appointment::Appointment,
    call::Call,
    effect::Effect,
    id::{AppointmentId, CallId, EffectId},
    ivr::{self, Capture, Kept, Place},
    personal::Phone,
    ports::{
        Advanced, ApiKey, AppointmentFilter, Busy, CallFilter, CaptureStore, CapturedFilter, Claim, Contact,
        CountFilter, CountRow, Decide, Decision, DeskStore, EffectFilter, Happened, IvrStore, KeptOptOut, OptOutFilter,
        Page, Port, PortError, PortResult, Recorded, StoredEvent, Subject, Trouble,
    },
    slots::Taken,
};
use frontdesk_testkit::{MemoryStore, ready};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::{Notify, broadcast};
use uuid::Uuid;

/// Keeps everything in memory, one decision at a time.
pub(crate) struct Memory {
    store: MemoryStore,
    live: broadcast::Sender<i64>,
    /// Whether it is away.
    pub(crate) away: AtomicBool,
    /// Whether decisions wait for [`Self::go_on`].
    pub(crate) slow: AtomicBool,
    pub(crate) go_on: Notify,
}

impl Memory {
    pub(crate) fn new(live: broadcast::Sender<i64>) -> Self {
        let (away, slow) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { store: MemoryStore::new(), live, away, slow, go_on: Notify::new() }
    }

    /// How many lines the timeline has.
    pub(crate) fn lines(&self) -> usize {
        ready(self.store.events_after(0, u32::MAX)).unwrap().len()
    }

    /// Writes a line as a decision would.
    pub(crate) fn line(&self, kind: &str) -> i64 {
        let event =
            Recorded { kind: kind.to_owned(), note: format!("{kind} happened"), detail: serde_json::Value::Null };
        let decision = Decision { events: vec![event], ..Decision::default() };
        let nobody = Subject::Appointment(AppointmentId(Uuid::nil()));
        ready(self.store.advance(nobody, None, crate::common::noon(), Box::new(move |_| decision))).unwrap();
        let seq = ready(self.store.last_seq()).unwrap();
        let _ = self.live.send(seq);
        seq
    }

    /// Changes an effect behind everybody's back.
    pub(crate) fn change_effect(&self, kind: &str, change: impl FnOnce(&mut Effect)) -> Option<EffectId> {
        let mut effect = self.store.all_effects().into_iter().find(|effect| effect.action.kind() == kind)?;
        change(&mut effect);
        let id = effect.id;
        let decision = Decision { effect: Some(effect), ..Decision::default() };
        ready(self.store.advance(Subject::Effect(id), None, crate::common::noon(), Box::new(move |_| decision)))
            .unwrap();
        Some(id)
    }

    fn reachable(&self) -> PortResult<&MemoryStore> {
        if self.away.load(Ordering::Relaxed) {
            return Err(PortError::new("store", Happened::No, Trouble::Unavailable, "it is away"));
        }
        Ok(&self.store)
    }
}

impl Port for Memory {
    fn name(&self) -> &str {
        "memory"
    }
}

#[async_trait]
impl CaptureStore for Memory {
    async fn capture(&self, capture: Capture, place: Place, now: DateTime<Utc>) -> PortResult<Kept> {
        let store = self.reachable()?;
        if self.slow.load(Ordering::Relaxed) {
            self.go_on.notified().await;
            // What was under way when the store went away is lost with it.
            self.reachable()?;
        }
        store.capture(capture, place, now).await
    }

    async fn captured(&self, filter: CapturedFilter) -> PortResult<Page<ivr::Call>> {
        self.reachable()?.captured(filter).await
    }

    async fn captured_call(&self, id: i64) -> PortResult<Option<ivr::Call>> {
        self.reachable()?.captured_call(id).await
    }

    async fn captured_by_name(&self, sid: &str) -> PortResult<Vec<ivr::Call>> {
        self.reachable()?.captured_by_name(sid).await
    }
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
        let store = self.reachable()?;
        if self.slow.load(Ordering::Relaxed) {
            self.go_on.notified().await;
        }
        let before = store.last_seq().await?;
        let advanced = store.advance(subject, once, now, decide).await?;
        for seq in before + 1..=store.last_seq().await? {
            let _ = self.live.send(seq);
        }
        Ok(advanced)
    }

    async fn appointment(&self, id: AppointmentId) -> PortResult<Option<Appointment>> {
        self.reachable()?.appointment(id).await
    }

    async fn appointments(&self, filter: AppointmentFilter) -> PortResult<Page<Appointment>> {
        self.reachable()?.appointments(filter).await
    }

    async fn taken(&self, business: &str, time: Busy, now: DateTime<Utc>) -> PortResult<Vec<Taken>> {
        self.reachable()?.taken(business, time, now).await
    }

    async fn call(&self, id: CallId) -> PortResult<Option<Call>> {
        self.reachable()?.call(id).await
    }

    async fn calls(&self, filter: CallFilter) -> PortResult<Page<Call>> {
        self.reachable()?.calls(filter).await
    }

    async fn effect(&self, id: EffectId) -> PortResult<Option<Effect>> {
        self.reachable()?.effect(id).await
    }

    async fn effects(&self, filter: EffectFilter) -> PortResult<Page<Effect>> {
        self.reachable()?.effects(filter).await
    }

    async fn timeline(&self, appointment: Option<AppointmentId>, call: Option<CallId>) -> PortResult<Vec<StoredEvent>> {
        self.reachable()?.timeline(appointment, call).await
    }

    async fn events_after(&self, seq: i64, limit: u32) -> PortResult<Vec<StoredEvent>> {
        self.reachable()?.events_after(seq, limit).await
    }

    async fn last_seq(&self) -> PortResult<i64> {
        self.reachable()?.last_seq().await
    }

    async fn contact(&self, phone: &Phone) -> PortResult<Option<Contact>> {
        self.reachable()?.contact(phone).await
    }

    async fn opt_outs(&self, filter: OptOutFilter) -> PortResult<Page<KeptOptOut>> {
        self.reachable()?.opt_outs(filter).await
    }

    async fn forget(&self, phone: &Phone, now: DateTime<Utc>) -> PortResult<Vec<AppointmentId>> {
        self.reachable()?.forget(phone, now).await
    }

    async fn counts(&self, filter: CountFilter) -> PortResult<Vec<CountRow>> {
        self.reachable()?.counts(filter).await
    }

    async fn ping(&self) -> PortResult<()> {
        self.reachable()?.ping().await
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
