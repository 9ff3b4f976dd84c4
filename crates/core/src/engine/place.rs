//! The row of a call that is placed, and what its carrier is told.

use super::{
    begin::{Beginner, Task},
    words::language,
};
use crate::{
    call::{Call, CallState, Direction, Walk},
    effect::Effect,
    id::CallId,
    ports::PlaceCall,
};

impl Beginner<'_> {
    /// The call as this carrier is to place it. One row, whichever carrier it is asked of.
    pub(super) fn place(&self, effect: &Effect, carrier: &str) -> Result<(Call, Task), &'static str> {
        let appointment = self.loaded.appointment.as_ref().ok_or("the appointment is gone")?;
        let from = self
            .business
            .number_with(carrier)
            .cloned()
            .ok_or("the business has no number to call from; set its phone")?;
        let call = match &self.loaded.call {
            Some(call) if call.provider == carrier => Call { updated_at: self.now, ..call.clone() },
            // Nobody else rings by this row: whoever was asked before surely did not place it, so its name is not known.
            Some(call) => {
                let (provider, from) = (carrier.to_owned(), from.clone());
                Call { provider, provider_call_id: None, from, updated_at: self.now, ..call.clone() }
            }
            None => Call {
                id: CallId(effect.id.0),
                appointment_id: Some(appointment.id),
                effect_id: Some(effect.id),
                round: appointment.round,
                business: self.business.id.clone(),
                provider: carrier.to_owned(),
                provider_call_id: None,
                direction: Direction::Outbound,
                from: from.clone(),
                to: appointment.customer.phone.clone(),
                flow: self.business.flow.clone(),
                language: language(self.business, self.loaded),
                state: CallState::Dialing,
                outcome: None,
                answered_by: None,
                walk: Walk::default(),
                recording: None,
                transcript: None,
                collected: None,
                talk: None,
                created_at: self.now,
                started_at: None,
                ended_at: None,
                seconds: None,
                updated_at: self.now,
            },
        };
        let place = PlaceCall {
            call_id: call.id,
            to: call.to.clone(),
            from,
            ring_seconds: self.business.policy.ring_seconds,
            detect_machine: self.business.policy.detect_machine,
            agent: None,
        };
        let task = Task::Place { provider: carrier.to_owned(), call: place };
        Ok((call, task))
    }
}
