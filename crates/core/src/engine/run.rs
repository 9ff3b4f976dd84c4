//! Runs effects: begin and commit, perform, settle.

use super::{
    Engine,
    begin::{Task, begin},
    settle::settle,
};
use crate::{
    effect::{Channel, Settlement},
    id::EffectId,
    ports::{
        CallCommand, CallProvider, EffectRunner, Happened, Notifier, Performed, PortError, PortResult, Ran, Subject,
        Trouble,
    },
};
use async_trait::async_trait;
use std::sync::Arc;

#[async_trait]
impl EffectRunner for Engine {
    async fn run(&self, id: EffectId) -> PortResult<Ran> {
        let now = self.world.now();
        let rules = Arc::clone(&self.rules);
        let decide = move |loaded| begin(&rules, &loaded, now);
        let (_, task) = self.decide(Subject::Effect(id), None, now, decide).await?;
        let result = match task.unwrap_or(Task::Nothing) {
            Task::Nothing => return Ok(Ran::Settled),
            Task::Later(at) => return Ok(Ran::Again(at)),
            task => self.perform(&task, id).await,
        };
        let now = self.world.now();
        let rules = Arc::clone(&self.rules);
        let decide = move |loaded| settle(&rules, &loaded, &result, now);
        // The world has changed already: whatever happens to this write, the effect stays `started` and is looked up.
        self.store.advance(Subject::Effect(id), None, now, Box::new(decide)).await?;
        Ok(Ran::Settled)
    }
}

impl Engine {
    async fn perform(&self, task: &Task, id: EffectId) -> Settlement {
        match task {
            Task::Nothing | Task::Later(_) => Settlement::Done { reference: None },
            Task::Place { provider, call } => match self.carrier(provider) {
                Ok(carrier) => settled(carrier.perform(&CallCommand::Place(call.clone()), &id).await),
                Err(error) => failure(&error),
            },
            Task::FindCall { provider, command } => match self.carrier(provider) {
                Ok(carrier) => {
                    // A look-up that fails says nothing about the call: its fate stays unknown.
                    carrier
                        .perform(command, &id)
                        .await
                        .map_or_else(|error| unknown(&error), |performed| settled(Ok(performed)))
                }
                Err(error) => unknown(&error),
            },
            Task::Notify(notification) => match self.notifier(notification.channel) {
                Ok(notifier) => match notifier.notify(notification, &id).await {
                    Ok(reference) => Settlement::Done { reference: Some(reference) },
                    Err(error) => failure(&error),
                },
                Err(error) => failure(&error),
            },
            Task::FindMessage(channel) => match self.notifier(*channel) {
                Ok(notifier) => match notifier.find(&id).await {
                    Ok(Some(reference)) => Settlement::Found { reference, ended: None },
                    Ok(None) => Settlement::Missing,
                    Err(error) => unknown(&error),
                },
                Err(error) => unknown(&error),
            },
            Task::Calendar(entry) => match &self.ports.calendar {
                Some(calendar) => match calendar.put(entry, &id).await {
                    Ok(()) => Settlement::Done { reference: None },
                    // Writing it again changes nothing, so a doubt is only a reason to write it again.
                    Err(error) => Settlement::Failed {
                        retry: error.retryable() || error.happened == Happened::Maybe,
                        refused: false,
                        after_seconds: after(&error),
                        reason: error.to_string(),
                    },
                },
                None => failure(&PortError::unsupported("calendar", "write: no calendar is configured")),
            },
        }
    }

    fn carrier(&self, name: &str) -> PortResult<&Arc<dyn CallProvider>> {
        self.ports
            .carriers
            .get(name)
            .ok_or_else(|| PortError::unsupported(name, "be used: this carrier is not configured"))
    }

    fn notifier(&self, channel: Channel) -> PortResult<&Arc<dyn Notifier>> {
        let name = channel.as_str();
        self.ports
            .notifiers
            .get(&channel)
            .ok_or_else(|| PortError::unsupported(name, "be used: nobody is configured to send on it"))
    }
}

fn settled(performed: PortResult<Performed>) -> Settlement {
    match performed {
        Ok(Performed::Placed { provider_call_id }) => Settlement::Done { reference: Some(provider_call_id) },
        Ok(Performed::Found { provider_call_id, ended }) => Settlement::Found { reference: provider_call_id, ended },
        Ok(Performed::Missing) => Settlement::Missing,
        Ok(Performed::Done) => Settlement::Done { reference: None },
        Err(error) => failure(&error),
    }
}

fn failure(error: &PortError) -> Settlement {
    match error.happened {
        Happened::Maybe => unknown(error),
        Happened::No => Settlement::Failed {
            retry: error.retryable(),
            refused: error.trouble == Trouble::Refused,
            after_seconds: after(error),
            reason: error.to_string(),
        },
    }
}

fn unknown(error: &PortError) -> Settlement {
    Settlement::Uncertain { reason: error.to_string() }
}

fn after(error: &PortError) -> Option<u32> {
    match error.trouble {
        Trouble::RateLimited(seconds) => seconds,
        _ => None,
    }
}
