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
        // A call that one carrier surely did not place is asked of the next one at once, by whoever is here. Each round
        // has one carrier less to ask, so it ends.
        loop {
            let now = self.world.now();
            let (rules, rests) = (Arc::clone(&self.rules), self.breakers.resting(&self.rules.breaker, now));
            let decide = move |loaded| begin(&rules, &rests, &loaded, now);
            let (_, task) = self.decide(Subject::Effect(id), None, now, decide).await?;
            let (carrier, result) = match task.unwrap_or(Task::Nothing) {
                Task::Nothing => return Ok(Ran::Settled),
                Task::Later(at) => return Ok(Ran::Again(at)),
                task => (task.carrier().map(str::to_owned), self.perform(&task, id).await),
            };
            let now = self.world.now();
            let (rules, rests) = (Arc::clone(&self.rules), self.breakers.resting(&self.rules.breaker, now));
            let decide = move |loaded| settle(&rules, &rests, &loaded, carrier.as_deref(), &result, now);
            // The world has changed already: whatever happens to this write, the effect stays `started` and is looked up.
            let advanced = self.store.advance(Subject::Effect(id), None, now, Box::new(decide)).await?;
            if !advanced.decision.effect.is_some_and(|effect| effect.passed_on) {
                return Ok(Ran::Settled);
            }
        }
    }
}

impl Engine {
    async fn perform(&self, task: &Task, id: EffectId) -> Settlement {
        match task {
            Task::Nothing | Task::Later(_) => Settlement::Done { reference: None, link: None },
            Task::Place { provider, call } => {
                let call = self.with_live_voice(call.clone()).await;
                self.place(provider, CallCommand::Place(call), id).await
            }
            Task::HangUp { provider, call, provider_call_id } => match self.carrier(provider) {
                Ok(carrier) => {
                    let hang_up = CallCommand::Hangup { call_id: *call, provider_call_id: provider_call_id.clone() };
                    carrier.perform(&hang_up, &id).await.map_or_else(|error| again(&error), |done| settled(Ok(done)))
                }
                Err(error) => failure(&error),
            },
            Task::Steer { provider, call, provider_call_id, reply } => match self.carrier(provider) {
                Ok(carrier) => {
                    let (call_id, provider_call_id, reply) = (*call, provider_call_id.clone(), reply.clone());
                    let told = carrier.perform(&CallCommand::Steer { call_id, provider_call_id, reply }, &id).await;
                    // A call that can be told no such thing at all is nobody's to lead anywhere else either.
                    let unable = told.as_ref().is_err_and(|error| error.trouble == Trouble::Unsupported);
                    match settled(told) {
                        Settlement::Failed { reason, retry, after_seconds, rate_limited, opted_out, .. } if unable => {
                            Settlement::Failed { reason, retry, after_seconds, refused: true, rate_limited, opted_out }
                        }
                        other => other,
                    }
                }
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
            Task::Webhook { name, body } => match self.ports.webhooks.get(name) {
                Some(webhook) => match webhook.send(body, &id, self.world.now()).await {
                    Ok(()) => Settlement::Done { reference: None, link: None },
                    Err(error) => again(&error),
                },
                None => failure(&PortError::unsupported(name, "be used: this webhook is not configured")),
            },
            Task::Notify(notification) => match self.notifier(notification.channel) {
                Ok(notifier) => match notifier.notify(notification, &id).await {
                    Ok(reference) => Settlement::Done { reference: Some(reference), link: None },
                    Err(error) => failure(&error),
                },
                Err(error) => failure(&error),
            },
            Task::FindMessage(sought) => match self.notifier(sought.channel) {
                Ok(notifier) => match notifier.look_up(sought, &id).await {
                    Ok(Some(reference)) => Settlement::Found { reference, ended: None },
                    Ok(None) => Settlement::Missing,
                    Err(error) => unknown(&error),
                },
                Err(error) => unknown(&error),
            },
            Task::CloneVoice { phone, asked: None } => self.make_voice(phone, id).await,
            Task::CloneVoice { phone, asked: Some(asked) } => self.find_voice(phone, id, *asked).await,
            Task::DeleteVoice { provider, voice } => self.unmake_voice(provider, voice).await,
            Task::Calendar(entry) => match &self.ports.calendar {
                Some(calendar) => match calendar.put(entry, &id).await {
                    Ok(entered) => Settlement::Done { reference: Some(entered.id), link: entered.link },
                    Err(error) => again(&error),
                },
                None => failure(&PortError::unsupported("calendar", "write: no calendar is configured")),
            },
        }
    }

    async fn place(&self, carrier: &str, place: CallCommand, id: EffectId) -> Settlement {
        let policy = &self.rules.breaker;
        if let Err(seconds) = self.breakers.admit(policy, carrier, self.world.now()) {
            let reason = format!("{carrier}: somebody else is finding out whether it is well again");
            return Settlement::Failed {
                reason,
                retry: true,
                after_seconds: Some(seconds),
                refused: false,
                rate_limited: false,
                opted_out: false,
            };
        }
        let result = match self.carrier(carrier) {
            Ok(port) => port.perform(&place, &id).await,
            Err(error) => Err(error),
        };
        self.breakers.heard(policy, carrier, &result, self.world.now());
        settled(result)
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
        Ok(Performed::Placed { provider_call_id }) => {
            Settlement::Done { reference: Some(provider_call_id), link: None }
        }
        Ok(Performed::Found { provider_call_id, ended }) => Settlement::Found { reference: provider_call_id, ended },
        Ok(Performed::Missing) => Settlement::Missing,
        Ok(Performed::Over) => Settlement::Over,
        Ok(Performed::Done) => Settlement::Done { reference: None, link: None },
        Err(error) => failure(&error),
    }
}

pub(super) fn failure(error: &PortError) -> Settlement {
    match error.happened {
        Happened::Maybe => unknown(error),
        Happened::No => Settlement::Failed {
            retry: error.retryable(),
            refused: error.trouble == Trouble::Refused,
            rate_limited: rate_limited(error),
            opted_out: error.opted_out,
            after_seconds: after(error),
            reason: error.to_string(),
        },
    }
}

/// Doing it again changes nothing, so a doubt is only a reason to do it again.
pub(super) fn again(error: &PortError) -> Settlement {
    Settlement::Failed {
        retry: error.retryable() || error.happened == Happened::Maybe,
        refused: false,
        rate_limited: rate_limited(error),
        opted_out: false,
        after_seconds: after(error),
        reason: error.to_string(),
    }
}

pub(super) fn unknown(error: &PortError) -> Settlement {
    Settlement::Uncertain { reason: error.to_string(), askable: error.trouble != Trouble::Unsupported }
}

fn rate_limited(error: &PortError) -> bool {
    matches!(error.trouble, Trouble::RateLimited(_))
}

fn after(error: &PortError) -> Option<u32> {
    match error.trouble {
        Trouble::RateLimited(seconds) => seconds,
        _ => None,
    }
}
