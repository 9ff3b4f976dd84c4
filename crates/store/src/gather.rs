//! Loads what a batch is about: a handful of selects, however many requests it holds.

use crate::{
    db::{Arg, Conn, Failure},
    memo::Memory,
    overlay::{Overlay, Person},
    request::Request,
    rows::{self, Rows, Seen},
    slots, sql,
};
use chrono::TimeDelta;
use frontdesk_core::{
    appointment::Appointment,
    call::CallRef,
    effect::{Channel, Effect},
    id::{AppointmentId, CallId, EffectId},
    personal::Phone,
    ports::{Contact, Happened, NewSlot, Rung, Subject, Trouble},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use uuid::Uuid;

/// What stopped a batch before its commit.
pub(crate) enum Stopped {
    Database(sqlx::Error),
    Json(serde_json::Error),
}

impl From<sqlx::Error> for Stopped {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<serde_json::Error> for Stopped {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

impl Stopped {
    pub(crate) fn failure(&self, happened: Happened) -> Failure {
        match self {
            Self::Database(error) => Failure::of(error, happened),
            Self::Json(error) => {
                tracing::error!(kind = ?error.classify(), "a value cannot be written as JSON");
                Failure::new(Happened::No, Trouble::Broken, "a value cannot be written as JSON; this is a bug")
            }
        }
    }
}

/// Reads a `doc`. One that cannot be read is as good as not loaded, so its keys must leave the overlay: were they to say
/// "not there", it would be made anew. Whoever needs it fails, nobody else does.
fn readable<T>(table: &'static str, read: serde_json::Result<T>) -> Option<T> {
    read.inspect_err(|error| {
        tracing::error!(table, line = error.line(), column = error.column(), "a row cannot be read")
    })
    .ok()
}

#[derive(Default)]
struct Wanted {
    calls: HashSet<CallId>,
    theirs: HashSet<(String, String)>,
    /// A carrier, and somebody it rings under a name that may be new.
    unnamed: HashSet<(String, Phone)>,
    effects: HashSet<EffectId>,
    appointments: HashSet<AppointmentId>,
    external: HashSet<(String, String)>,
    people: HashSet<Phone>,
}

/// Loads everything that the requests of a batch are about.
pub(crate) async fn gather(conn: &mut Conn<'_>, memory: &mut Memory, requests: &[Request]) -> Result<Overlay, Stopped> {
    let mut found = Overlay::default();
    let mut wanted = Wanted::default();
    for request in requests {
        wanted.add(&request.subject);
    }
    seen(conn, requests, &mut found, &mut wanted).await?;
    effects(conn, &mut found, &mut wanted).await?;
    calls(conn, memory, &mut found, &mut wanted).await?;
    effects(conn, &mut found, &mut wanted).await?;
    appointments(conn, memory, &mut found, &mut wanted).await?;
    lines(conn, memory, requests, &mut found, &mut wanted).await?;
    slots::gather(conn, requests, &mut found).await?;
    spoken_of(conn, requests, &mut found, &mut wanted).await?;
    people(conn, requests, &mut found, wanted).await?;
    Ok(found)
}

impl Wanted {
    fn add(&mut self, subject: &Subject) {
        match subject {
            Subject::Call(CallRef::Ours(id)) => drop(self.calls.insert(*id)),
            Subject::Call(CallRef::Theirs { provider, id }) => drop(self.theirs.insert((provider.clone(), id.clone()))),
            Subject::Rung(Rung { provider, id, to, .. }) => {
                self.theirs.insert((provider.clone(), id.clone()));
                self.unnamed.insert((provider.clone(), to.clone()));
            }
            Subject::Appointment(id) => drop(self.appointments.insert(*id)),
            Subject::Slot { appointment, call, .. } => {
                self.appointments.insert(*appointment);
                self.calls.extend(*call);
            }
            Subject::New { business, external_id, id } => {
                self.appointments.insert(*id);
                self.external.extend(external_id.iter().map(|external| (business.clone(), external.clone())));
            }
            Subject::NewSlot(NewSlot { business, external_id, id, phone, call, .. }) => {
                self.calls.extend(*call);
                self.appointments.insert(*id);
                self.external.extend(external_id.iter().map(|external| (business.clone(), external.clone())));
                self.people.insert(phone.clone());
            }
            Subject::Effect(id) => drop(self.effects.insert(*id)),
            Subject::Person { phone, .. } => drop(self.people.insert(phone.clone())),
        }
    }
}

/// A name of somebody's for something: whose, and the name.
fn named((whose, name): &(String, String)) -> [Arg; 2] {
    [whose.as_str().into(), name.as_str().into()]
}

type SeenRow = (String, String, Option<Uuid>, Option<Uuid>);

async fn seen(
    conn: &mut Conn<'_>,
    requests: &[Request],
    found: &mut Overlay,
    wanted: &mut Wanted,
) -> Result<(), Stopped> {
    let keys = Rows::of(requests.iter().filter_map(|request| request.once.as_deref()).map(|once| [once.into()]));
    for (once, reply, call, appointment) in conn.each::<SeenRow>(&sql::SEEN, keys).await? {
        let reply = readable("seen", serde_json::from_str(&reply)).unwrap_or_default();
        let (call, appointment) = (call.map(CallId), appointment.map(AppointmentId));
        wanted.calls.extend(call);
        wanted.appointments.extend(appointment);
        found.seen.insert(once, Seen { reply, call, appointment });
    }
    Ok(())
}

/// Runs more than once: an effect leads to its call, and a call to the effect that placed it.
async fn effects(conn: &mut Conn<'_>, found: &mut Overlay, wanted: &mut Wanted) -> Result<(), Stopped> {
    wanted.effects.retain(|id| !found.effects.contains_key(id));
    let keys = Rows::of(wanted.effects.iter().map(|id| [id.0.into()]));
    found.effects.extend(wanted.effects.drain().map(|id| (id, None)));
    for (id, doc) in conn.each::<(Uuid, String)>(&sql::EFFECTS, keys).await? {
        let Some(effect) = readable("effects", serde_json::from_str::<Effect>(&doc)) else {
            found.effects.remove(&EffectId(id));
            continue;
        };
        wanted.calls.extend(effect.call_id);
        wanted.appointments.extend(effect.appointment_id);
        wanted.people.extend(effect.reaches.clone());
        found.effects.insert(effect.id, Some(effect));
    }
    Ok(())
}

/// Id, provider, the provider's name for it, `doc`.
pub(crate) type CallRow = (Uuid, String, Option<String>, String);

async fn calls(
    conn: &mut Conn<'_>,
    memory: &mut Memory,
    found: &mut Overlay,
    wanted: &mut Wanted,
) -> Result<(), Stopped> {
    let ours = Rows::of(wanted.calls.iter().map(|id| [id.0.into()]));
    let theirs = Rows::of(wanted.theirs.iter().map(named));
    let unnamed = Rows::of(wanted.unnamed.iter().map(|(provider, to)| [provider.as_str().into(), to.reveal().into()]));
    found.calls.extend(wanted.calls.drain().map(|id| (id, None)));
    found.theirs.extend(wanted.theirs.drain().map(|key| (key, None)));
    found.unnamed.extend(wanted.unnamed.drain());
    let mut rows = conn.each::<CallRow>(&sql::CALLS, ours).await?;
    rows.extend(conn.each::<CallRow>(&sql::CALLS_BY_NAME, theirs).await?);
    rows.extend(conn.each::<CallRow>(&sql::CALLS_UNNAMED, unnamed).await?);
    for (id, provider, theirs, doc) in rows {
        let Some(call) = readable("calls", memory.calls.read(id, doc)) else {
            found.calls.remove(&CallId(id));
            match theirs {
                Some(theirs) => drop(found.theirs.remove(&(provider, theirs))),
                // It may be anybody's whom this carrier rings.
                None => found.unnamed.retain(|(by, _)| *by != provider),
            }
            continue;
        };
        wanted.effects.extend(call.effect_id);
        wanted.appointments.extend(call.appointment_id);
        wanted.people.insert(rows::party(&call).clone());
        found.theirs.extend(theirs.map(|theirs| ((provider, theirs), Some(call.id))));
        found.calls.insert(call.id, Some(call));
    }
    Ok(())
}

async fn appointments(
    conn: &mut Conn<'_>,
    memory: &mut Memory,
    found: &mut Overlay,
    wanted: &mut Wanted,
) -> Result<(), Stopped> {
    let ids = Rows::of(wanted.appointments.iter().map(|id| [id.0.into()]));
    let external = Rows::of(wanted.external.iter().map(named));
    found.appointments.extend(wanted.appointments.drain().map(|id| (id, None)));
    found.external.extend(wanted.external.drain().map(|key| (key, None)));
    type Row = (Uuid, String, Option<String>, String);
    let mut rows = conn.each::<Row>(&sql::APPOINTMENTS, ids).await?;
    rows.extend(conn.each::<Row>(&sql::APPOINTMENTS_BY_NAME, external).await?);
    for (id, business, external, doc) in rows {
        let Some(appointment) = readable("appointments", memory.appointments.read(id, doc)) else {
            found.appointments.remove(&AppointmentId(id));
            external.and_then(|external| found.external.remove(&(business, external)));
            continue;
        };
        found.put_loaded(appointment, wanted);
    }
    Ok(())
}

/// Who else has whoever is to be rung on the line. Asked only where a call may be placed: no webhook pays for it.
async fn lines(
    conn: &mut Conn<'_>,
    memory: &mut Memory,
    requests: &[Request],
    found: &mut Overlay,
    wanted: &mut Wanted,
) -> Result<(), Stopped> {
    for request in requests {
        if let Subject::Effect(id) = &request.subject
            && let Some(Some(effect)) = found.effects.get(id)
            && effect.minds_lines()
        {
            let appointment = effect.appointment_id.and_then(|id| found.appointments.get(&id));
            // Whoever rang us is rung back without an appointment.
            let by_call = effect.call_id.and_then(|id| found.calls.get(&id)).and_then(Option::as_deref);
            let of_none = || by_call.map(|call| rows::party(call).clone()).or_else(|| effect.reaches.clone());
            let customer = appointment.and_then(Option::as_ref).map(|appointment| appointment.customer.phone.clone());
            found.lines.extend(customer.or_else(of_none));
        }
    }
    let asked = Rows::of(found.lines.iter().map(|phone| [phone.reveal().into()]));
    type Row = (String, Uuid, String, Option<String>, String);
    for (party, id, provider, theirs, doc) in conn.each::<Row>(&sql::CALLS_LIVE, asked).await? {
        if found.calls.contains_key(&CallId(id)) {
            continue;
        }
        let Some(call) = readable("calls", memory.calls.read(id, doc)) else {
            found.lines.retain(|phone| phone.reveal() != party);
            continue;
        };
        wanted.effects.extend(call.effect_id);
        found.theirs.extend(theirs.map(|theirs| ((provider, theirs), Some(call.id))));
        found.calls.insert(call.id, Some(call));
    }
    effects(conn, found, wanted).await
}

async fn spoken_of(
    conn: &mut Conn<'_>,
    requests: &[Request],
    found: &mut Overlay,
    wanted: &mut Wanted,
) -> Result<(), Stopped> {
    let (mut asked, mut there) = (Rows::default(), Rows::default());
    for (at, request) in requests.iter().enumerate() {
        if let Subject::NewSlot(NewSlot { business, phone, starts_at, .. }) = &request.subject {
            let place = i64::try_from(at).unwrap_or(i64::MAX);
            let starts_at = rows::millis(*starts_at);
            there.push([place.into(), rows::text(business), phone.reveal().into(), starts_at.into()]);
            found.spoken_of.insert(at, None);
        }
        if let Subject::Person { phone, business } = &request.subject {
            let place = i64::try_from(at).unwrap_or(i64::MAX);
            let now = rows::millis(request.now);
            asked.push([place.into(), phone.reveal().into(), Arg::Text(business.clone()), now.into()]);
            found.spoken_of.insert(at, None);
        }
    }
    let mut rows = conn.each::<(i64, String)>(&sql::PERSONS, asked).await?;
    rows.extend(conn.each::<(i64, String)>(&sql::slots::SAME, there).await?);
    for (at, doc) in rows {
        let Ok(at) = usize::try_from(at) else { continue };
        match readable("appointments", serde_json::from_str::<Appointment>(&doc)) {
            Some(appointment) => {
                found.spoken_of.insert(at, Some(appointment.id));
                found.put_loaded(Arc::new(appointment), wanted);
            }
            None => drop(found.spoken_of.remove(&at)),
        }
    }
    Ok(())
}

impl Overlay {
    fn put_loaded(&mut self, appointment: Arc<Appointment>, wanted: &mut Wanted) {
        wanted.people.insert(appointment.customer.phone.clone());
        if let Some(external) = &appointment.external_id {
            self.external.insert((appointment.business.clone(), external.clone()), Some(appointment.id));
        }
        self.appointments.insert(appointment.id, Some(appointment));
    }
}

async fn people(conn: &mut Conn<'_>, requests: &[Request], found: &mut Overlay, wanted: Wanted) -> Result<(), Stopped> {
    let Some(earliest) = requests.iter().map(|request| request.now).min() else { return Ok(()) };
    let since = rows::millis(earliest - TimeDelta::days(7));
    let people = wanted.people.iter().map(|phone| [phone.reveal().into(), rows::phone_hash(phone).into()]);
    let people = Rows::of(people);
    let reached = Rows::of(wanted.people.iter().map(|phone| [phone.reveal().into(), since.into()]));
    let mut by_number: HashMap<String, Phone> =
        wanted.people.iter().map(|phone| (phone.reveal().to_owned(), phone.clone())).collect();
    found.people.extend(wanted.people.into_iter().map(|phone| (phone, Person::default())));
    type Row = (String, Option<String>, Option<i64>);
    for (number, doc, suppressed) in conn.each::<Row>(&sql::CONTACTS, people).await? {
        let Some(phone) = by_number.get(&number) else { continue };
        let contact = match (doc, suppressed) {
            (Some(doc), _) => match readable("contacts", serde_json::from_str::<Contact>(&doc)) {
                Some(contact) => Some(contact),
                // An unreadable opt-out must not read as none at all.
                None => {
                    found.people.remove(phone);
                    by_number.remove(&number);
                    continue;
                }
            },
            (None, Some(at)) => Some(suppressed_contact(phone, at)),
            (None, None) => None,
        };
        found.people.entry(phone.clone()).or_default().contact = contact;
    }
    type Reached = (String, Uuid, String, i64);
    for (number, effect, kind, at) in conn.each::<Reached>(&sql::RECENT, reached).await? {
        if let (Some(phone), Some(channel)) = (by_number.get(&number), rows::channel(&kind)) {
            let person = found.people.entry(phone.clone()).or_default();
            person.recent.push((EffectId(effect), channel, rows::time(at)));
        }
    }
    Ok(())
}

/// What remains of somebody who asked not to be contacted, and was then forgotten.
/// `at`: since when, in Unix milliseconds.
pub(crate) fn suppressed_contact(phone: &Phone, at: i64) -> Contact {
    Contact {
        phone: phone.clone(),
        language: None,
        time_zone: None,
        consent: Some(false),
        opted_out: Channel::REACHING.to_vec(),
        heard: std::collections::BTreeMap::new(),
        updated_at: rows::time(at),
    }
}
