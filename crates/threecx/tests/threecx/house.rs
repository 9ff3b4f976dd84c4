//! An adapter with a pretended 3CX, and what its relay has told.

use crate::common::{CLIENT, KEY, config, http, now, soon};
use frontdesk_core::{
    id::{CallId, EffectId},
    ports::{CallCommand, CallProvider, Performed, PlaceCall, PortResult},
    reply::{Reply, Verb},
    speech::Language,
};
use frontdesk_testkit::{
    BUSINESS_PHONE, CUSTOMER_PHONE, Clock,
    carriers::threecx::{Settings, ThreeCx as Pbx},
    phone,
};
use frontdesk_threecx::{Config, Deliver, ThreeCx};
use serde_json::Value;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle};

pub(crate) struct House {
    pub(crate) pbx: Pbx,
    pub(crate) adapter: Arc<ThreeCx>,
    pub(crate) clock: Clock,
    told: watch::Sender<Vec<Value>>,
    statuses: Arc<Mutex<VecDeque<u16>>>,
    relaying: Option<JoinHandle<()>>,
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(relaying) = &self.relaying {
            relaying.abort();
        }
    }
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let settings = Settings { client_id: CLIENT.to_owned(), client_secret: KEY.to_owned() };
        let pbx = Pbx::start(settings).await.unwrap();
        let clock = Clock::at(now());
        let mut config = config(pbx.url(), &clock);
        change(&mut config);
        let adapter = Arc::new(ThreeCx::new(config, http()).with_patience([Duration::ZERO; 2]));
        let told = watch::Sender::new(Vec::new());
        Self { pbx, adapter, clock, told, statuses: Arc::default(), relaying: None }
    }

    /// Begins to relay, and waits until the PBX is heard. Whatever is told goes through the adapter's own door.
    pub(crate) async fn relay(&mut self) {
        let (adapter, clock, told) = (Arc::clone(&self.adapter), self.clock.clone(), self.told.clone());
        let statuses = Arc::clone(&self.statuses);
        let deliver: Deliver = Arc::new(move |request| {
            let received = adapter.receive(&request, clock.now()).map_err(|rejected| rejected.to_string());
            received.expect("what the relay tells is taken");
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let status = statuses.lock().unwrap().pop_front().unwrap_or(200);
            // Who waits for a refusal is woken as well.
            told.send_modify(|told| told.extend((status == 200).then_some(body)));
            Box::pin(async move { status })
        });
        let adapter = Arc::clone(&self.adapter);
        self.relaying = Some(tokio::spawn(async move { adapter.relay(deliver).await }));
        self.heard_again(1).await;
    }

    /// Waits until the socket was opened so often, and everything was read since.
    pub(crate) async fn heard_again(&self, opened: u32) {
        let read = |pbx: &Pbx| {
            pbx.asked().iter().rev().take_while(|line| !line.ends_with("/ws")).any(|line| line == "GET /callcontrol")
        };
        soon(self.pbx.until(|pbx| pbx.opened() >= opened && read(pbx))).await;
    }

    /// The next webhooks are answered so.
    pub(crate) fn answers(&self, statuses: &[u16]) {
        self.statuses.lock().unwrap().extend(statuses);
    }

    /// Waits until all of those answers were given.
    pub(crate) async fn answered(&self) {
        let given = |_: &Vec<Value>| self.statuses.lock().unwrap().is_empty();
        soon(self.told.subscribe().wait_for(given)).await.unwrap();
    }

    /// What was told, once it is so much.
    pub(crate) async fn told(&self, many: usize) -> Vec<Value> {
        let mut seen = self.told.subscribe();
        let told = soon(seen.wait_for(|told| told.len() >= many)).await.unwrap().clone();
        assert_eq!(told.len(), many, "{told:?}");
        told
    }

    /// What was told, once this holds of it.
    pub(crate) async fn told_until(&self, holds: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        soon(self.told.subscribe().wait_for(|told| holds(told))).await.unwrap().clone()
    }

    /// The name of the only call that was told of.
    pub(crate) async fn name(&self) -> String {
        self.told(1).await[0]["call_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn perform(&self, command: CallCommand) -> PortResult<Performed> {
        soon(self.adapter.perform(&command, &EffectId::derive(now(), &["effect"]))).await
    }

    pub(crate) async fn steer(&self, name: &str, verbs: Vec<Verb>) -> PortResult<Performed> {
        let (call_id, provider_call_id) = (CallId::derive(now(), &["call"]), name.to_owned());
        self.perform(CallCommand::Steer { call_id, provider_call_id, reply: Reply(verbs) }).await
    }

    pub(crate) async fn hang_up(&self, name: &str) -> PortResult<Performed> {
        let (call_id, provider_call_id) = (CallId::derive(now(), &["call"]), name.to_owned());
        self.perform(CallCommand::Hangup { call_id, provider_call_id }).await
    }

    pub(crate) async fn find(&self, name: Option<&str>) -> PortResult<Performed> {
        let (call_id, provider_call_id) = (CallId::derive(now(), &["call"]), name.map(str::to_owned));
        let (from, to) = (phone(BUSINESS_PHONE), phone(CUSTOMER_PHONE));
        self.perform(CallCommand::Find { call_id, provider_call_id, from, to, since: now(), asked: now() }).await
    }
}

pub(crate) fn place() -> CallCommand {
    CallCommand::Place(PlaceCall {
        call_id: CallId::derive(now(), &["call"]),
        to: phone(CUSTOMER_PHONE),
        from: phone(BUSINESS_PHONE),
        ring_seconds: 30,
        detect_machine: true,
        agent: None,
    })
}

pub(crate) fn say() -> Verb {
    Verb::Say { text: "One moment.".to_owned(), language: Language::En }
}
