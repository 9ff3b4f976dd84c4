use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    call::Call,
    id::EffectId,
    ports::{
        Abilities, CallCommand, CallProvider, Performed, Port, PortResult, Received, Rejected, WebhookRequest,
        WebhookResponse,
    },
    reply::Reply,
};
use std::sync::atomic::{AtomicU32, Ordering};

/// A carrier that answers each request by its number.
pub(crate) struct Scripted<F> {
    name: &'static str,
    asked: AtomicU32,
    answer: F,
}

impl<F: Fn(&CallCommand, u32) -> PortResult<Performed> + Send + Sync> Scripted<F> {
    pub(crate) fn new(name: &'static str, answer: F) -> Self {
        Self { name, asked: AtomicU32::new(0), answer }
    }
}

impl<F: Fn(&CallCommand, u32) -> PortResult<Performed> + Send + Sync> Port for Scripted<F> {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait]
impl<F: Fn(&CallCommand, u32) -> PortResult<Performed> + Send + Sync> CallProvider for Scripted<F> {
    fn abilities(&self) -> Abilities {
        Abilities {
            steers: true,
            dials: true,
            finds: true,
            hangs_up: true,
            detects_machines: true,
            records: true,
            streams: true,
        }
    }

    fn receive(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<Received, Rejected> {
        Err(Rejected::UnknownHook(request.hook.clone()))
    }

    fn render(&self, _reply: &Reply, _call: Option<&Call>) -> WebhookResponse {
        WebhookResponse::json(200, "{}".to_owned())
    }

    async fn perform(&self, command: &CallCommand, _effect: &EffectId) -> PortResult<Performed> {
        (self.answer)(command, self.asked.fetch_add(1, Ordering::Relaxed))
    }
}
