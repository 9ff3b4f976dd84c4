//! What a batch knows: the rows it loaded, and over them what its decisions have made of them so far.
//!
//! The decisions of a batch are made one after the other, in memory, each seeing the ones before. A key that is in none
//! of these maps was not asked for; whoever turns out to need it is put off to the next batch, which loads it. That is
//! rare (it takes an earlier decision of the same batch to lead somewhere new), and it keeps every case exact.

use crate::{
    request::Request,
    rows::{self, Line, Seen},
};
use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_core::{
    appointment::Appointment,
    call::{Call, CallRef},
    effect::{Channel, Effect, EffectState},
    id::{AppointmentId, CallId, EffectId},
    personal::Phone,
    ports::{Advanced, Contact, Count, Decision, Ledger, Loaded, OptOut, Subject},
    slots::{Hold, Taken},
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

#[derive(Debug, Default)]
pub(crate) struct Person {
    pub(crate) contact: Option<Contact>,
    pub(crate) recent: Vec<(EffectId, Channel, DateTime<Utc>)>,
}

/// See the module. `None` in a map: looked for, and not there.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    pub(crate) seen: HashMap<String, Seen>,
    pub(crate) calls: HashMap<CallId, Option<Arc<Call>>>,
    pub(crate) theirs: HashMap<(String, String), Option<CallId>>,
    /// Whose live calls without a name are all among `calls`: by carrier, and by who is rung.
    pub(crate) unnamed: HashSet<(String, Phone)>,
    /// Everybody whose live calls are all among `calls`, and what placed them among `effects`.
    pub(crate) lines: HashSet<Phone>,
    pub(crate) effects: HashMap<EffectId, Option<Effect>>,
    pub(crate) appointments: HashMap<AppointmentId, Option<Arc<Appointment>>>,
    pub(crate) external: HashMap<(String, String), Option<AppointmentId>>,
    /// Whom a request about a person is about, by the request's place in the batch.
    pub(crate) spoken_of: HashMap<usize, Option<AppointmentId>>,
    pub(crate) people: HashMap<Phone, Person>,
    /// What takes the time that a request is about, by the request's place in the batch.
    pub(crate) taken: HashMap<usize, Vec<Taken>>,
    pub(crate) changes: Changes,
}

/// What the batch has to write.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) calls: HashSet<CallId>,
    /// Calls of which no column changed that others are found by; whether state or outcome did.
    pub(crate) touched: HashMap<CallId, bool>,
    /// Carriers' names for calls that were not known by them before; another call may own them.
    pub(crate) named: HashSet<CallId>,
    pub(crate) appointments: HashSet<AppointmentId>,
    /// Appointments of which only the status changed, as far as they are found by anything.
    pub(crate) moved: HashSet<AppointmentId>,
    pub(crate) effects: HashSet<EffectId>,
    pub(crate) new_effects: HashSet<EffectId>,
    pub(crate) contacts: HashSet<Phone>,
    pub(crate) holds: HashMap<AppointmentId, Hold>,
    pub(crate) opt_outs: Vec<(OptOut, DateTime<Utc>)>,
    pub(crate) seen: Vec<(String, DateTime<Utc>)>,
    pub(crate) withdrawn: BTreeMap<AppointmentId, (String, DateTime<Utc>)>,
    pub(crate) lines: Vec<Line>,
    pub(crate) counts: BTreeMap<Count, i64>,
    /// How many decisions were taken over.
    pub(crate) applied: u32,
    /// The newest time any of the decisions was made at.
    pub(crate) now: DateTime<Utc>,
}

/// What a request is about, as far as the timeline and the `seen` row are concerned.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct About {
    call: Option<CallId>,
    appointment: Option<AppointmentId>,
}

impl About {
    pub(crate) fn of(found: &Loaded) -> Self {
        let effect = found.effect.as_ref();
        let call = found.call.as_ref();
        Self {
            call: call.map(|call| call.id).or_else(|| effect.and_then(|effect| effect.call_id)),
            appointment: found
                .appointment
                .as_ref()
                .map(|appointment| appointment.id)
                .or_else(|| call.and_then(|call| call.appointment_id))
                .or_else(|| effect.and_then(|effect| effect.appointment_id)),
        }
    }
}

impl Overlay {
    /// What there is for a request; `None` when something it needs was not loaded.
    pub(crate) fn find(&self, at: usize, request: &Request) -> Option<Loaded> {
        let mut found = Loaded::default();
        let mut phone = None;
        match &request.subject {
            Subject::Call(call) => {
                let call = match call {
                    CallRef::Ours(id) => self.call_of(Some(*id))?,
                    CallRef::Theirs { provider, id } => self.named(provider, id)?,
                };
                self.with_call(&mut found, call)?;
            }
            Subject::Rung(rung) => {
                let call = match self.named(&rung.provider, &rung.id)? {
                    Some(call) => Some(call),
                    None => {
                        self.unnamed.get(&(rung.provider.clone(), rung.to.clone()))?;
                        rung.newest(self.calls.values().flatten().map(AsRef::as_ref)).cloned()
                    }
                };
                self.with_call(&mut found, call)?;
            }
            Subject::Appointment(id) => found.appointment = self.appointment_of(Some(*id))?,
            Subject::Slot { appointment: id, call, .. } => {
                found.call = self.call_of(*call)?;
                found.appointment = self.appointment_of(Some(*id))?;
                if found.appointment.as_ref().is_some_and(|appointment| self.fills(&appointment.business)) {
                    return None;
                }
                found.taken.clone_from(self.taken.get(&at)?);
            }
            Subject::New { business, external_id, id } => {
                let external = self.by_external(business, external_id.as_ref())?;
                found.appointment = self.appointment_of(Some(external.unwrap_or(*id)))?;
            }
            Subject::NewSlot(new) => {
                found.call = self.call_of(new.call)?;
                if self.fills(&new.business) {
                    return None;
                }
                let own = self.appointments.get(&new.id)?.as_ref().map(|appointment| appointment.id);
                let named = self.by_external(&new.business, new.external_id.as_ref())?;
                found.appointment = self.appointment_of(named.or(own).or(*self.spoken_of.get(&at)?))?;
                found.taken.clone_from(self.taken.get(&at)?);
                phone = Some(new.phone.clone());
            }
            Subject::Effect(id) => {
                found.effect = self.effects.get(id)?.clone();
                if let Some(effect) = &found.effect {
                    found.call = self.call_of(effect.call_id)?;
                    let by_call = found.call.as_ref().and_then(|call| call.appointment_id);
                    found.appointment = self.appointment_of(effect.appointment_id.or(by_call))?;
                    phone.clone_from(&effect.reaches);
                }
            }
            Subject::Person { phone: person, .. } => {
                // Which of their appointments is meant was asked of the rows; a change in this batch may change that.
                let changed = |id: &AppointmentId| {
                    let appointment = self.appointments.get(id).and_then(Option::as_ref);
                    appointment.is_some_and(|appointment| appointment.customer.phone == *person)
                };
                if self.changes.appointments.iter().chain(&self.changes.moved).any(changed) {
                    return None;
                }
                found.appointment = self.appointment_of(*self.spoken_of.get(&at)?)?;
                phone = Some(person.clone());
            }
        }
        if !matches!(request.subject, Subject::Person { .. } | Subject::NewSlot(_)) {
            let by_call = found.call.as_ref().map(rows::party);
            let by_appointment = found.appointment.as_ref().map(|appointment| &appointment.customer.phone);
            let known = match request.subject {
                Subject::Call(_) | Subject::Rung(_) => by_call.or(by_appointment),
                _ => by_appointment.or(by_call),
            };
            phone = known.cloned().or(phone);
        }
        if let Some(phone) = phone {
            found.ledger = self.ledger(&phone, request.now)?;
            if matches!(request.subject, Subject::Effect(_)) && found.effect.as_ref().is_some_and(Effect::minds_lines) {
                found.ledger.live = self.live(&phone)?;
            }
        }
        Some(found)
    }

    /// The call that a carrier names so.
    fn named(&self, provider: &str, id: &str) -> Option<Option<Call>> {
        self.call_of(*self.theirs.get(&(provider.to_owned(), id.to_owned()))?)
    }

    /// A call, and what it leads to.
    fn with_call(&self, found: &mut Loaded, call: Option<Call>) -> Option<()> {
        if let Some(call) = &call {
            found.effect = self.effect_of(call.effect_id)?;
            found.appointment = self.appointment_of(call.appointment_id)?;
        }
        found.call = call;
        Some(())
    }

    fn effect_of(&self, id: Option<EffectId>) -> Option<Option<Effect>> {
        id.map_or(Some(None), |id| self.effects.get(&id).cloned())
    }

    fn call_of(&self, id: Option<CallId>) -> Option<Option<Call>> {
        id.map_or(Some(None), |id| self.calls.get(&id).map(|call| call.as_deref().cloned()))
    }

    fn by_external(&self, business: &str, external: Option<&String>) -> Option<Option<AppointmentId>> {
        external.map_or(Some(None), |external| self.external.get(&(business.to_owned(), external.clone())).copied())
    }

    fn appointment_of(&self, id: Option<AppointmentId>) -> Option<Option<Appointment>> {
        id.map_or(Some(None), |id| self.appointments.get(&id).map(|it| it.as_deref().cloned()))
    }

    fn ledger(&self, phone: &Phone, now: DateTime<Utc>) -> Option<Ledger> {
        let person = self.people.get(phone)?;
        let since = now - TimeDelta::days(7);
        let mut recent: Vec<_> =
            person.recent.iter().filter(|(_, _, at)| *at > since).map(|(_, channel, at)| (*channel, *at)).collect();
        recent.sort_by_key(|(_, at)| *at);
        Some(Ledger { contact: person.contact.clone(), recent, live: Vec::new() })
    }

    /// The calls with a person that are live.
    fn live(&self, phone: &Phone) -> Option<Vec<Call>> {
        self.lines.get(phone)?;
        let mut live = Vec::new();
        for call in self.calls.values().flatten().filter(|call| rows::party(call) == phone) {
            if call.live(self.effect_of(call.effect_id)?.as_ref()) {
                live.push(Call::clone(call));
            }
        }
        live.sort_by_key(|call| (call.created_at, call.id));
        Some(live)
    }

    /// The answer to a delivery that was decided before: the first reply, and the rows as they are now.
    pub(crate) fn repeated(&self, request: &Request, found: Option<Loaded>) -> Option<Advanced> {
        let seen = self.seen.get(request.once.as_ref()?)?;
        let found = found.unwrap_or_default();
        let call = self.call_of(seen.call).flatten();
        let appointment = self.appointment_of(seen.appointment).flatten();
        let decision = Decision {
            call: call.or(found.call),
            appointment: appointment.or(found.appointment),
            effect: found.effect,
            reply: seen.reply.clone(),
            ..Decision::default()
        };
        Some(Advanced { repeated: true, decision })
    }

    /// Takes a decision over; an `Err` says why it cannot be written, and then nothing of it was taken.
    pub(crate) fn apply(
        &mut self,
        request: &Request,
        mut about: About,
        decision: &Decision,
    ) -> Result<(), &'static str> {
        if let Some(appointment) = &decision.appointment {
            self.put_appointment(appointment)?;
            about.appointment = Some(appointment.id);
        }
        if let Some(call) = &decision.call {
            self.put_call(call);
            about.call = Some(call.id);
            about.appointment = about.appointment.or(call.appointment_id);
        }
        // Before the effect at hand: that one is as it was decided, whatever else is stopped.
        if let Some(withdrawal) = &decision.withdraw {
            self.withdraw(withdrawal.appointment_id, &withdrawal.reason, request.now);
        }
        if let Some(effect) = &decision.effect {
            self.put_effect(effect);
        }
        for effect in &decision.effects {
            if !matches!(self.effects.get(&effect.id), Some(Some(_))) {
                self.put_effect(effect);
                self.changes.effects.remove(&effect.id);
                self.changes.new_effects.insert(effect.id);
            }
        }
        if let Some(contact) = &decision.contact {
            self.people.entry(contact.phone.clone()).or_default().contact = Some(contact.clone());
            self.changes.contacts.insert(contact.phone.clone());
        }
        if let Some(hold) = &decision.hold {
            self.changes.holds.insert(hold.appointment, hold.clone());
        }
        self.changes.opt_outs.extend(decision.opt_outs.iter().map(|line| (line.clone(), request.now)));
        self.changes.applied += 1;
        self.changes.now = self.changes.now.max(request.now);
        let About { call, appointment } = about;
        let line = |recorded: &_| Line { at: request.now, appointment, call, recorded: Clone::clone(recorded) };
        self.changes.lines.extend(decision.events.iter().map(line));
        for count in &decision.counts {
            *self.changes.counts.entry(count.clone()).or_default() += 1;
        }
        if let Some(once) = &request.once {
            self.seen.insert(once.clone(), Seen { reply: decision.reply.clone(), call, appointment });
            self.changes.seen.push((once.clone(), request.now));
        }
        Ok(())
    }

    fn put_appointment(&mut self, appointment: &Appointment) -> Result<(), &'static str> {
        if let Some(external) = &appointment.external_id {
            let known = matches!(self.appointments.get(&appointment.id), Some(Some(before))
                if before.external_id.as_ref() == Some(external) && before.business == appointment.business);
            let key = (appointment.business.clone(), external.clone());
            match self.external.get(&key) {
                Some(Some(owner)) if *owner != appointment.id => {
                    return Err("another appointment of this business has this external id");
                }
                None if !known => return Err("an appointment with an external id is taken in as a new one"),
                _ => {}
            }
            self.external.insert(key, Some(appointment.id));
        }
        fn found_by(a: &Appointment) -> impl PartialEq {
            (&a.business, &a.external_id, &a.customer, &a.service, a.starts_at)
        }
        match self.appointments.insert(appointment.id, Some(Arc::new(appointment.clone()))).flatten() {
            Some(before) if found_by(&before) == found_by(appointment) => self.changes.moved.insert(appointment.id),
            _ => self.changes.appointments.insert(appointment.id),
        };
        Ok(())
    }

    fn put_call(&mut self, call: &Call) {
        if let Some(theirs) = &call.provider_call_id {
            let key = (call.provider.clone(), theirs.clone());
            match self.theirs.get(&key) {
                Some(Some(_)) => {}
                Some(None) => drop(self.theirs.insert(key, Some(call.id))),
                None => {
                    self.changes.named.insert(call.id);
                    self.theirs.insert(key, Some(call.id));
                }
            }
        }
        fn found_by(call: &Call) -> impl PartialEq {
            (&call.provider_call_id, &call.provider, call.appointment_id, call.effect_id)
        }
        match self.calls.insert(call.id, Some(Arc::new(call.clone()))).flatten() {
            Some(before) if found_by(&before) == found_by(call) && !self.changes.named.contains(&call.id) => {
                let moves = before.state != call.state || before.outcome != call.outcome;
                *self.changes.touched.entry(call.id).or_default() |= moves;
            }
            _ => drop(self.changes.calls.insert(call.id)),
        }
    }

    fn put_effect(&mut self, effect: &Effect) {
        let before = self.effects.get(&effect.id).and_then(Option::as_ref);
        let before = before.and_then(|effect| effect.reaches.clone());
        for phone in before.iter().chain(&effect.reaches) {
            if let Some(person) = self.people.get_mut(phone) {
                person.recent.retain(|(id, _, _)| *id != effect.id);
            }
        }
        if let (Some(phone), Some(at), Some(channel)) = (&effect.reaches, effect.started_at, effect.action.channel())
            && let Some(person) = self.people.get_mut(phone)
        {
            person.recent.push((effect.id, channel, at));
        }
        self.effects.insert(effect.id, Some(effect.clone()));
        if !self.changes.new_effects.contains(&effect.id) {
            self.changes.effects.insert(effect.id);
        }
    }

    /// Stops what waits for an appointment: here what the batch has in hand, by a statement what it has not.
    fn withdraw(&mut self, appointment: AppointmentId, reason: &str, now: DateTime<Utc>) {
        for effect in self.effects.values_mut().flatten() {
            let waits = effect.state == EffectState::Waiting && effect.appointment_id == Some(appointment);
            if waits && effect.withdrawable() {
                effect.state = EffectState::Skipped;
                effect.reason = Some(reason.to_owned());
                effect.updated_at = now;
                if !self.changes.new_effects.contains(&effect.id) {
                    self.changes.effects.insert(effect.id);
                }
            }
        }
        self.changes.withdrawn.entry(appointment).or_insert_with(|| (reason.to_owned(), now));
    }
}
