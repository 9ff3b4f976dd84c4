//! What a decision is shown, and how it is written.

use super::{Seen, State};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Status},
    call::{Call, CallRef},
    effect::{Effect, EffectState},
    id::{AppointmentId, CallId},
    personal::Phone,
    ports::{
        Busy, Decision, Happened, KeptOptOut, Ledger, Loaded, OptOut, PortError, PortResult, StoredEvent, Subject,
        Trouble,
    },
    slots::Taken,
};
use std::cmp::Reverse;

type About = (Option<CallId>, Option<AppointmentId>);

pub(super) fn appointment_of(loaded: &Loaded) -> Option<AppointmentId> {
    let by_call = loaded.call.as_ref().and_then(|call| call.appointment_id);
    let by_effect = loaded.effect.as_ref().and_then(|effect| effect.appointment_id);
    loaded.appointment.as_ref().map(|appointment| appointment.id).or(by_call).or(by_effect)
}

impl State {
    pub(super) fn load(&self, subject: &Subject, now: DateTime<Utc>) -> Loaded {
        let mut loaded = Loaded::default();
        let mut person = None;
        match subject {
            Subject::Call(call) => {
                let call = match call {
                    CallRef::Ours(id) => self.calls.get(id),
                    CallRef::Theirs { provider, id } => self.theirs(provider, id),
                };
                self.with_call(&mut loaded, call);
            }
            Subject::Rung(rung) => {
                let named = self.theirs(&rung.provider, &rung.id);
                self.with_call(&mut loaded, named.or_else(|| rung.newest(self.calls.values())));
            }
            Subject::Appointment(id) => loaded.appointment = self.appointments.get(id).cloned(),
            Subject::Slot { appointment, call, time } => {
                loaded.call = call.and_then(|id| self.calls.get(&id).cloned());
                loaded.appointment = self.appointments.get(appointment).cloned();
                let business = loaded.appointment.as_ref().map(|appointment| appointment.business.as_str());
                loaded.taken = business.map(|business| self.taken(business, *time, now)).unwrap_or_default();
            }
            Subject::New { business, external_id, id } => {
                let external = |it: &&Appointment| it.business == *business && it.external_id == *external_id;
                let there = external_id.as_ref().and_then(|_| self.appointments.values().find(external));
                loaded.appointment = there.or_else(|| self.appointments.get(id)).cloned();
            }
            Subject::NewSlot(new) => {
                loaded.call = new.call.and_then(|id| self.calls.get(&id).cloned());
                let of = |it: &&Appointment| it.business == new.business;
                let external = |it: &&Appointment| of(it) && it.external_id == new.external_id;
                let there = new.external_id.as_ref().and_then(|_| self.appointments.values().find(external));
                let same = |it: &&Appointment| {
                    let theirs = it.customer.phone == new.phone && it.starts_at == new.starts_at;
                    of(it) && theirs && it.status != Status::Cancelled
                };
                let there = there.or_else(|| self.appointments.get(&new.id));
                loaded.appointment = there.or_else(|| self.appointments.values().find(same)).cloned();
                loaded.taken = self.taken(&new.business, new.time, now);
                person = Some(new.phone.clone());
            }
            Subject::Effect(id) => {
                loaded.effect = self.effects.get(id).cloned();
                if let Some(effect) = &loaded.effect {
                    loaded.call = effect.call_id.and_then(|id| self.calls.get(&id).cloned());
                    let by_call = loaded.call.as_ref().and_then(|call| call.appointment_id);
                    let appointment = effect.appointment_id.or(by_call);
                    loaded.appointment = appointment.and_then(|id| self.appointments.get(&id).cloned());
                    person.clone_from(&effect.reaches);
                }
            }
            Subject::Person { phone, business } => {
                loaded.appointment = self.spoken_of(phone, business.as_deref(), now).cloned();
                person = Some(phone.clone());
            }
        }
        if !matches!(subject, Subject::Person { .. } | Subject::NewSlot(_)) {
            let by_call = loaded.call.as_ref().map(Call::party);
            let by_appointment = loaded.appointment.as_ref().map(|appointment| &appointment.customer.phone);
            let known = if matches!(subject, Subject::Call(_) | Subject::Rung(_)) {
                by_call.or(by_appointment)
            } else {
                by_appointment.or(by_call)
            };
            person = known.cloned().or(person);
        }
        if let Some(person) = person {
            loaded.ledger = self.ledger(&person, now);
            if loaded.effect.as_ref().is_some_and(Effect::minds_lines) && matches!(subject, Subject::Effect(_)) {
                loaded.ledger.live = self.live(&person);
            }
        }
        loaded
    }

    /// What takes a time at a business.
    pub(super) fn taken(&self, business: &str, time: Busy, now: DateTime<Utc>) -> Vec<Taken> {
        let meets = |taken: &Taken| taken.time.from < time.to && taken.time.to > time.from;
        let stands = |it: &&Appointment| it.business == business && it.status != Status::Cancelled && !it.status.over();
        let book = self.appointments.values().filter(stands).map(|it| Taken {
            appointment: it.id,
            time: Busy { from: it.starts_at, to: it.ends_at() },
            held_until: None,
        });
        let held = self.holds.values().filter(|hold| hold.business == business && hold.until > now);
        let held =
            held.map(|hold| Taken { appointment: hold.appointment, time: hold.time, held_until: Some(hold.until) });
        book.chain(held).filter(meets).collect()
    }

    fn with_call(&self, loaded: &mut Loaded, call: Option<&Call>) {
        loaded.call = call.cloned();
        if let Some(call) = call {
            loaded.effect = call.effect_id.and_then(|id| self.effects.get(&id).cloned());
            loaded.appointment = call.appointment_id.and_then(|id| self.appointments.get(&id).cloned());
        }
    }

    fn theirs(&self, provider: &str, id: &str) -> Option<&Call> {
        self.calls.values().find(|call| call.provider == provider && call.provider_call_id.as_deref() == Some(id))
    }

    /// The appointment a person most likely speaks of: the one they are being asked about, else the next to come that is
    /// still open, else the newest.
    fn spoken_of(&self, phone: &Phone, business: Option<&str>, now: DateTime<Utc>) -> Option<&Appointment> {
        let of =
            |it: &&Appointment| it.customer.phone == *phone && business.is_none_or(|business| it.business == business);
        let rank = |it: &&Appointment| {
            let open = !matches!(it.status, Status::Cancelled | Status::Completed | Status::NoShow);
            let class = match (it.starts_at >= now, it.status) {
                (true, Status::Confirming) => 0,
                (true, _) if open => 1,
                _ => 2,
            };
            let soonest = (class < 2).then_some(it.starts_at);
            (class, soonest, Reverse(it.created_at), it.id)
        };
        self.appointments.values().filter(of).min_by_key(rank)
    }

    fn ledger(&self, phone: &Phone, now: DateTime<Utc>) -> Ledger {
        let since = now - Duration::days(7);
        let reached = |effect: &Effect| {
            let at = effect.started_at.filter(|at| *at > since)?;
            (effect.reaches.as_ref() == Some(phone)).then_some((effect.action.channel()?, at))
        };
        let mut recent: Vec<_> = self.effects.values().filter_map(reached).collect();
        recent.sort_by_key(|(_, at)| *at);
        Ledger { contact: self.contacts.get(phone).cloned(), recent, live: Vec::new() }
    }

    fn live(&self, phone: &Phone) -> Vec<Call> {
        let placed_by = |call: &Call| call.effect_id.and_then(|id| self.effects.get(&id));
        let mut live: Vec<_> = self.calls.values().filter(|it| it.party() == phone && it.live(placed_by(it))).collect();
        live.sort_by_key(|call| (call.created_at, call.id));
        live.into_iter().cloned().collect()
    }

    pub(super) fn write(
        &mut self,
        about: About,
        once: Option<String>,
        decision: &Decision,
        now: DateTime<Utc>,
    ) -> PortResult<()> {
        let (mut call_id, mut appointment_id) = about;
        if let Some(appointment) = &decision.appointment {
            let same = |other: &Appointment| {
                other.id != appointment.id
                    && other.business == appointment.business
                    && other.external_id.is_some()
                    && other.external_id == appointment.external_id
            };
            if self.appointments.values().any(same) {
                let what = "another appointment of this business has this external id";
                return Err(PortError::new("memory", Happened::No, Trouble::Broken, what));
            }
            self.appointments.insert(appointment.id, appointment.clone());
            appointment_id = Some(appointment.id);
        }
        if let Some(call) = &decision.call {
            self.calls.insert(call.id, call.clone());
            call_id = Some(call.id);
            appointment_id = appointment_id.or(call.appointment_id);
        }
        if let Some(effect) = &decision.effect {
            self.effects.insert(effect.id, effect.clone());
        }
        if let Some(withdrawal) = &decision.withdraw {
            let waits = |effect: &&mut Effect| {
                effect.state == EffectState::Waiting
                    && effect.appointment_id == Some(withdrawal.appointment_id)
                    && effect.withdrawable()
            };
            for effect in self.effects.values_mut().filter(waits) {
                effect.state = EffectState::Skipped;
                effect.reason = Some(withdrawal.reason.clone());
                effect.updated_at = now;
            }
        }
        for effect in &decision.effects {
            // Decided twice under one name is one effect: the first stands, however far it has come.
            self.effects.entry(effect.id).or_insert_with(|| effect.clone());
        }
        if let Some(contact) = &decision.contact {
            self.contacts.insert(contact.phone.clone(), contact.clone());
        }
        if let Some(hold) = &decision.hold {
            self.holds.insert(hold.appointment, hold.clone());
        }
        for line in &decision.opt_outs {
            let seq = self.opt_outs.last().map_or(1, |(_, last)| last.seq + 1);
            let OptOut { phone, channels, out, way, evidence } = line.clone();
            let kept = KeptOptOut { seq, at: now, phone: Some(phone.clone()), channels, out, way, evidence };
            self.opt_outs.push((phone, kept));
        }
        for recorded in &decision.events {
            let seq = self.events.last().map_or(1, |last| last.seq + 1);
            self.events.push(StoredEvent { seq, at: now, appointment_id, call_id, recorded: recorded.clone() });
        }
        for count in &decision.counts {
            *self.counts.entry(count.clone()).or_default() += 1;
        }
        if let Some(once) = once {
            self.seen.insert(once, Seen { reply: decision.reply.clone(), call: call_id, appointment: appointment_id });
        }
        Ok(())
    }
}
