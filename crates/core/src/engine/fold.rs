//! Gathers what several steps of the machines decide into one decision.

use crate::{
    appointment::{Appointment, Wrote},
    call::{Call, Outcome},
    effect::{Action, Effect},
    event::EndCause,
    machine::{Happening, Life, advance},
    ports::{Count, Decision, Recorded, Withdrawal},
    rules::Business,
};
use chrono::{DateTime, Utc};

/// A decision in the making, about at most one appointment.
pub(super) struct Fold<'a> {
    business: &'a Business,
    now: DateTime<Utc>,
    appointment: Option<Appointment>,
    /// What has been decided so far.
    pub(super) decision: Decision,
}

impl<'a> Fold<'a> {
    pub(super) fn new(business: &'a Business, appointment: Option<Appointment>, now: DateTime<Utc>) -> Self {
        Self { business, now, appointment, decision: Decision::default() }
    }

    /// The appointment as it is by now.
    pub(super) fn appointment(&self) -> Option<&Appointment> {
        self.appointment.as_ref()
    }

    /// Keeps what the person wrote for the desk, and tells it why it should look; `None`: nothing is to be read any more.
    pub(super) fn wrote(&mut self, wrote: Option<Wrote>, reason: Option<String>) {
        if let Some(appointment) = self.appointment.as_mut().filter(|it| it.wrote != wrote || reason.is_some()) {
            appointment.wrote = wrote;
            appointment.reason = reason.or_else(|| appointment.reason.take());
            appointment.updated_at = self.now;
            self.decision.appointment = Some(appointment.clone());
        }
    }

    /// Lets something happen to the appointment, if there is one.
    pub(super) fn happen(&mut self, happening: &Happening) {
        if let Some(appointment) = self.appointment.take() {
            let life = advance(&self.business.policy, appointment, happening, self.now);
            self.live(life, kind(happening));
        }
    }

    /// Lets the end of a call happen to the appointment.
    pub(super) fn call_over(&mut self, call: &Call, outcome: Outcome, cause: EndCause) {
        if let Some(appointment) = &mut self.appointment
            && call.effect_id.is_some()
            && appointment.rung == call.effect_id
        {
            // One that was put off is not under way, and yet the ladder waits for it.
            appointment.live_call.get_or_insert(call.id);
        }
        self.happen(&Happening::CallEnded { call: call.id, round: call.round, outcome, cause });
    }

    /// Takes over what a life came to.
    pub(super) fn live(&mut self, life: Life, kind: &str) {
        if let Some(reason) = life.withdraw {
            // What an earlier happening of the same decision planned is withdrawn with the rest.
            self.decision.effects.retain(|effect| !effect.withdrawable());
            self.decision.withdraw = Some(Withdrawal { appointment_id: life.appointment.id, reason });
        }
        // What two happenings of one decision both tell, the later one tells.
        let told = |effect: &Effect| match effect.action {
            Action::Notify { channel, message } => Some((channel, message)),
            _ => None,
        };
        let anew: Vec<_> = life.effects.iter().filter_map(told).collect();
        self.decision.effects.retain(|effect| told(effect).is_none_or(|it| !anew.contains(&it)));
        self.decision.effects.extend(life.effects);
        for name in life.counts {
            self.count("", &name);
        }
        let status = life.appointment.status.as_str();
        self.record(kind, life.note, serde_json::json!({ "status": status }));
        self.decision.appointment = Some(life.appointment.clone());
        self.appointment = Some(life.appointment);
    }

    /// The person's own calendar is told of the appointment, and is to be told of its changes from now on.
    pub(super) fn invited(&mut self) {
        if let Some(appointment) = self.appointment.as_mut().filter(|appointment| !appointment.invited) {
            appointment.invited = true;
            self.decision.appointment = Some(appointment.clone());
        }
    }

    pub(super) fn count(&mut self, flow: &str, name: &str) {
        self.decision.counts.push(Count {
            day: self.business.day(self.now),
            business: self.business.id.clone(),
            flow: flow.to_owned(),
            name: name.to_owned(),
        });
    }

    pub(super) fn record(&mut self, kind: &str, note: impl Into<String>, detail: serde_json::Value) {
        self.decision.events.push(Recorded { kind: kind.to_owned(), note: note.into(), detail });
    }
}

fn kind(happening: &Happening) -> &'static str {
    match happening {
        Happening::CallBegan { .. } => "calling",
        Happening::CallPutOff { .. } => "put_off",
        Happening::CallResumed { .. } => "resumed",
        Happening::CallEnded { .. } => "call_over",
        Happening::Asked { .. } => "asked",
        Happening::CallRefused { .. } => "not_called",
        Happening::Answered { .. } => "answered_us",
        Happening::OptedOut { .. } => "opted_out",
        Happening::Moved { .. } | Happening::Chosen { .. } | Happening::Rebooked { .. } => "moved",
        Happening::Lasts { .. } => "lasts",
        Happening::CallAsked => "call_asked",
        Happening::Visited { .. } => "visited",
        Happening::Woke { .. } => "woke",
    }
}
