//! Writes what a batch has decided, table by table.
//!
//! The order is the same for every batch, and rows that batches share (the counters) come last and sorted: two gateways
//! on one PostgreSQL never wait for each other in a circle.

use crate::{
    db::Conn,
    gather::{CallRow, Stopped},
    memo::Memory,
    opt_outs,
    overlay::{Changes, Overlay},
    rows::{self, Line, Rows},
    slots, sql,
};
use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_core::{
    effect::Effect,
    id::{AppointmentId, CallId},
    ports::StoredEvent,
};
use std::{collections::HashSet, sync::Arc};

/// How far ahead a job is put straight where workers look; what is due later waits for River's scheduler.
const SOON: TimeDelta = TimeDelta::minutes(2);

/// Writes everything the decisions of a batch have changed.
pub(crate) async fn write(
    conn: &mut Conn<'_>,
    memory: &mut Memory,
    mut overlay: Overlay,
) -> Result<Vec<Arc<StoredEvent>>, Stopped> {
    withdraw(conn, &overlay.changes).await?;
    calls(conn, memory, &overlay).await?;
    appointments(conn, memory, &overlay).await?;
    effects(conn, &overlay).await?;
    contacts(conn, &overlay).await?;
    slots::put(conn, &overlay.changes).await?;
    let lines = Rows::of(overlay.changes.opt_outs.iter().map(|(line, at)| opt_outs::row(line, *at)));
    conn.put(&sql::opt_outs::PUT_OPT_OUTS, lines).await?;
    seen(conn, &overlay).await?;
    jobs(conn, &overlay).await?;
    let events = events(conn, std::mem::take(&mut overlay.changes.lines)).await?;
    counters(conn, &overlay.changes).await?;
    Ok(events)
}

/// First: what the batch has in hand is written over it afterwards.
async fn withdraw(conn: &mut Conn<'_>, changes: &Changes) -> Result<(), Stopped> {
    let stop = |(id, (reason, at)): (&AppointmentId, &(String, DateTime<Utc>))| {
        [id.0.into(), rows::text(reason), rows::spelt(*at).into()]
    };
    Ok(conn.put(&sql::WITHDRAW, Rows::of(changes.withdrawn.iter().map(stop))).await?)
}

/// A carrier's name for a call belongs to the call that had it first; a second one keeps it in its `doc` only.
async fn calls(conn: &mut Conn<'_>, memory: &mut Memory, overlay: &Overlay) -> Result<(), Stopped> {
    let mut names = Rows::default();
    for call in overlay.changes.named.iter().filter_map(|id| overlay.calls.get(id)).flatten() {
        if let Some(theirs) = &call.provider_call_id {
            names.push([rows::text(&call.provider), rows::text(theirs)]);
        }
    }
    let mut taken = HashSet::new();
    for (id, provider, theirs, _) in conn.each::<CallRow>(&sql::CALLS_BY_NAME, names).await? {
        taken.extend(theirs.map(|theirs| (provider, theirs, CallId(id))));
    }
    let mut put = Rows::default();
    for call in sorted(&overlay.changes.calls).into_iter().filter_map(|id| overlay.calls.get(id)).flatten() {
        let name = call.provider_call_id.as_ref().filter(|theirs| {
            let key = (call.provider.clone(), (*theirs).clone());
            let another =
                taken.iter().any(|(provider, name, id)| *provider == key.0 && *name == key.1 && *id != call.id);
            overlay.theirs.get(&key) == Some(&Some(call.id)) && !another
        });
        put.push(rows::call_row(call, name.map(String::as_str), memory.calls.write(call.id.0, call)?));
    }
    let (mut talking, mut moved) = (Rows::default(), Rows::default());
    for (id, moves) in &overlay.changes.touched {
        let Some(Some(call)) = overlay.calls.get(id).filter(|_| !overlay.changes.calls.contains(id)) else { continue };
        let doc = memory.calls.write(call.id.0, call)?;
        if *moves {
            moved.push(rows::moved_row(call, doc));
        } else {
            talking.push(rows::talking_row(call, doc));
        }
    }
    conn.put(&sql::PUT_CALLS, put).await?;
    conn.put(&sql::MOVE_CALLS, moved).await?;
    Ok(conn.put(&sql::TOUCH_CALLS, talking).await?)
}

async fn appointments(conn: &mut Conn<'_>, memory: &mut Memory, overlay: &Overlay) -> Result<(), Stopped> {
    let mut rows = Rows::default();
    let ids = sorted(&overlay.changes.appointments);
    for appointment in ids.into_iter().filter_map(|id| overlay.appointments.get(id)).flatten() {
        let doc = memory.appointments.write(appointment.id.0, appointment)?;
        rows.push(rows::appointment_row(appointment, doc));
    }
    conn.put(&sql::PUT_APPOINTMENTS, rows).await?;
    let mut moved = Rows::default();
    for id in sorted(&overlay.changes.moved).into_iter().filter(|id| !overlay.changes.appointments.contains(id)) {
        if let Some(Some(appointment)) = overlay.appointments.get(id) {
            let doc = memory.appointments.write(appointment.id.0, appointment)?;
            moved.push(rows::moved_appointment_row(appointment, doc));
        }
    }
    Ok(conn.put(&sql::MOVE_APPOINTMENTS, moved).await?)
}

async fn effects(conn: &mut Conn<'_>, overlay: &Overlay) -> Result<(), Stopped> {
    let sets = [(&overlay.changes.new_effects, &sql::NEW_EFFECTS), (&overlay.changes.effects, &sql::PUT_EFFECTS)];
    for (ids, statement) in sets {
        let mut rows = Rows::default();
        for effect in sorted(ids).into_iter().filter_map(|id| overlay.effects.get(id)).flatten() {
            rows.push(rows::effect_row(effect)?);
        }
        conn.put(statement, rows).await?;
    }
    Ok(())
}

async fn contacts(conn: &mut Conn<'_>, overlay: &Overlay) -> Result<(), Stopped> {
    let mut rows = Rows::default();
    let people = sorted(&overlay.changes.contacts).into_iter().filter_map(|phone| overlay.people.get(phone));
    for contact in people.filter_map(|person| person.contact.as_ref()) {
        rows.push(rows::contact_row(contact)?);
    }
    Ok(conn.put(&sql::PUT_CONTACTS, rows).await?)
}

async fn seen(conn: &mut Conn<'_>, overlay: &Overlay) -> Result<(), Stopped> {
    let mut rows = Rows::default();
    for (once, at) in &overlay.changes.seen {
        if let Some(seen) = overlay.seen.get(once) {
            rows.push(rows::seen_row(once, *at, seen)?);
        }
    }
    Ok(conn.put(&sql::PUT_SEEN, rows).await?)
}

/// Whatever was left waiting or uncertain is looked at again when it is due.
async fn jobs(conn: &mut Conn<'_>, overlay: &Overlay) -> Result<(), Stopped> {
    let changes = &overlay.changes;
    let changed = changes.new_effects.union(&changes.effects).filter_map(|id| overlay.effects.get(id)).flatten();
    let jobs = Jobs::of(changed, changes.now);
    Ok(jobs.put(conn).await?)
}

/// A job for each effect that wants one.
pub(crate) struct Jobs {
    rows: Rows,
    at_once: bool,
}

impl Jobs {
    pub(crate) fn of<'e>(effects: impl Iterator<Item = &'e Effect>, now: DateTime<Utc>) -> Self {
        let mut rows = Rows::default();
        let mut at_once = false;
        for effect in effects.filter(|effect| effect.wants_job()) {
            let soon = effect.due_at - now < SOON;
            at_once |= effect.due_at <= now;
            let state = if soon { "available" } else { "scheduled" };
            let (due, now) = (rows::job_time(effect.due_at), rows::job_time(now));
            rows.push([effect.id.to_string().into(), due.into(), now.into(), state.into()]);
        }
        Self { rows, at_once }
    }

    pub(crate) async fn put(self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        if !self.rows.is_empty() {
            conn.with_commit(&sql::PUT_JOBS, Some(self.rows)).await?;
        }
        if self.at_once {
            conn.with_commit(&sql::NOTIFY_JOBS, None).await?;
        }
        Ok(())
    }
}

async fn events(conn: &mut Conn<'_>, lines: Vec<Line>) -> Result<Vec<Arc<StoredEvent>>, Stopped> {
    let mut rows = Rows::default();
    for line in &lines {
        rows.push(rows::event_row(line)?);
    }
    let numbers = conn.number(&sql::PUT_EVENTS, rows).await?;
    let stored = numbers.into_iter().zip(lines).map(|(seq, line)| {
        Arc::new(StoredEvent {
            seq,
            at: truncated(line.at),
            appointment_id: line.appointment,
            call_id: line.call,
            recorded: line.recorded,
        })
    });
    Ok(stored.collect())
}

fn truncated(at: DateTime<Utc>) -> DateTime<Utc> {
    rows::time(rows::millis(at))
}

async fn counters(conn: &mut Conn<'_>, changes: &Changes) -> Result<(), Stopped> {
    let mut rows = Rows::default();
    for (count, n) in &changes.counts {
        let (business, flow, name) = (rows::text(&count.business), rows::text(&count.flow), rows::text(&count.name));
        rows.push([count.day.to_string().into(), business, flow, name, (*n).into()]);
    }
    Ok(conn.sum(&sql::PUT_COUNTERS, rows).await?)
}

fn sorted<T: Ord>(set: &HashSet<T>) -> Vec<&T> {
    let mut all: Vec<_> = set.iter().collect();
    all.sort_unstable();
    all
}
