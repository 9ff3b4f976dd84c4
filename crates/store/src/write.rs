//! Writes what a batch has decided: one statement a table, whatever the size of the batch.
//!
//! The order is the same for every batch, and rows that batches share (the counters) come last and sorted: two gateways
//! on one PostgreSQL never wait for each other in a circle.

use crate::{
    db::Conn,
    gather::{CallRow, Stopped},
    overlay::{Changes, Overlay},
    rows::{self, Rows},
    sql,
};
use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_core::{id::CallId, ports::StoredEvent};
use std::collections::HashSet;

/// How far ahead a job is put straight where workers look; what is due later waits for River's scheduler.
const SOON: TimeDelta = TimeDelta::minutes(2);

/// Writes everything the decisions of a batch have changed.
pub(crate) async fn write(conn: &mut Conn<'_>, overlay: Overlay) -> Result<Vec<StoredEvent>, Stopped> {
    withdraw(conn, &overlay.changes).await?;
    calls(conn, &overlay).await?;
    appointments(conn, &overlay).await?;
    effects(conn, &overlay).await?;
    contacts(conn, &overlay).await?;
    seen(conn, &overlay).await?;
    jobs(conn, &overlay).await?;
    let events = events(conn, &overlay.changes).await?;
    counters(conn, &overlay.changes).await?;
    Ok(events)
}

/// First: what the batch has in hand is written over it afterwards.
async fn withdraw(conn: &mut Conn<'_>, changes: &Changes) -> Result<(), Stopped> {
    let mut rows = Rows::default();
    for (id, (reason, at)) in &changes.withdrawn {
        rows.push(&(rows::appointment_key(*id), reason, rows::spelt(*at)))?;
    }
    put(conn, &sql::WITHDRAW, rows).await
}

async fn put(conn: &mut Conn<'_>, statement: &'static sql::Statement, rows: Rows) -> Result<(), Stopped> {
    if !rows.is_empty() {
        conn.run(statement, vec![rows.text().into()]).await?;
    }
    Ok(())
}

/// A carrier's name for a call belongs to the call that had it first; a second one keeps it in its `doc` only.
async fn calls(conn: &mut Conn<'_>, overlay: &Overlay) -> Result<(), Stopped> {
    let mut names = Rows::default();
    for call in overlay.changes.named.iter().filter_map(|id| overlay.calls.get(id)).flatten() {
        names.push(&(&call.provider, &call.provider_call_id))?;
    }
    let mut taken = HashSet::new();
    if !names.is_empty() {
        let args = vec![Rows::default().text().into(), names.text().into()];
        for (id, provider, theirs, _) in conn.all::<CallRow>(&sql::CALLS, args).await? {
            taken.extend(theirs.map(|theirs| (provider, theirs, CallId(id))));
        }
    }
    let (mut put_rows, mut touch_rows) = (Rows::default(), Rows::default());
    for call in sorted(&overlay.changes.calls).into_iter().filter_map(|id| overlay.calls.get(id)).flatten() {
        let name = call.provider_call_id.as_ref().filter(|theirs| {
            let key = (call.provider.clone(), (*theirs).clone());
            let another =
                taken.iter().any(|(provider, name, id)| *provider == key.0 && *name == key.1 && *id != call.id);
            overlay.theirs.get(&key) == Some(&Some(call.id)) && !another
        });
        rows::call_row(&mut put_rows, call, name.map(String::as_str))?;
    }
    let touched = overlay.changes.touched.difference(&overlay.changes.calls);
    for call in touched.filter_map(|id| overlay.calls.get(id)).flatten() {
        rows::call_row(&mut touch_rows, call, None)?;
    }
    put(conn, &sql::PUT_CALLS, put_rows).await?;
    put(conn, &sql::TOUCH_CALLS, touch_rows).await
}

async fn appointments(conn: &mut Conn<'_>, overlay: &Overlay) -> Result<(), Stopped> {
    let mut rows = Rows::default();
    let ids = sorted(&overlay.changes.appointments);
    for appointment in ids.into_iter().filter_map(|id| overlay.appointments.get(id)).flatten() {
        rows::appointment_row(&mut rows, appointment)?;
    }
    put(conn, &sql::PUT_APPOINTMENTS, rows).await
}

async fn effects(conn: &mut Conn<'_>, overlay: &Overlay) -> Result<(), Stopped> {
    let sets = [(&overlay.changes.new_effects, &sql::NEW_EFFECTS), (&overlay.changes.effects, &sql::PUT_EFFECTS)];
    for (ids, statement) in sets {
        let mut rows = Rows::default();
        for effect in sorted(ids).into_iter().filter_map(|id| overlay.effects.get(id)).flatten() {
            rows::effect_row(&mut rows, effect)?;
        }
        put(conn, statement, rows).await?;
    }
    Ok(())
}

async fn contacts(conn: &mut Conn<'_>, overlay: &Overlay) -> Result<(), Stopped> {
    let mut rows = Rows::default();
    let people = sorted(&overlay.changes.contacts).into_iter().filter_map(|phone| overlay.people.get(phone));
    for contact in people.filter_map(|person| person.contact.as_ref()) {
        rows::contact_row(&mut rows, contact)?;
    }
    put(conn, &sql::PUT_CONTACTS, rows).await
}

async fn seen(conn: &mut Conn<'_>, overlay: &Overlay) -> Result<(), Stopped> {
    let mut rows = Rows::default();
    for (once, at) in &overlay.changes.seen {
        if let Some(seen) = overlay.seen.get(once) {
            rows::seen_row(&mut rows, once, *at, seen)?;
        }
    }
    put(conn, &sql::PUT_SEEN, rows).await
}

/// Whatever was left waiting or uncertain is looked at again when it is due.
async fn jobs(conn: &mut Conn<'_>, overlay: &Overlay) -> Result<(), Stopped> {
    let changes = &overlay.changes;
    let mut rows = Rows::default();
    let mut at_once = false;
    for effect in changes.new_effects.union(&changes.effects).filter_map(|id| overlay.effects.get(id)).flatten() {
        if effect.wants_job() {
            let soon = effect.due_at - changes.now < SOON;
            at_once |= effect.due_at <= changes.now;
            let state = if soon { "available" } else { "scheduled" };
            rows.push(&(effect.id, rows::job_time(effect.due_at), rows::job_time(changes.now), state))?;
        }
    }
    let some = !rows.is_empty();
    put(conn, &sql::PUT_JOBS, rows).await?;
    if some && at_once {
        conn.run(&sql::NOTIFY_JOBS, Vec::new()).await?;
    }
    Ok(())
}

async fn events(conn: &mut Conn<'_>, changes: &Changes) -> Result<Vec<StoredEvent>, Stopped> {
    if changes.lines.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = Rows::default();
    for line in &changes.lines {
        rows::event_row(&mut rows, line)?;
    }
    // Numbers are given in the order of the rows, but the database does not promise to return them in that order.
    let mut numbers = conn.all::<(i64,)>(&sql::PUT_EVENTS, vec![rows.text().into()]).await?;
    numbers.sort_unstable();
    let stored = numbers.into_iter().zip(&changes.lines).map(|((seq,), line)| StoredEvent {
        seq,
        at: truncated(line.at),
        appointment_id: line.appointment,
        call_id: line.call,
        recorded: line.recorded.clone(),
    });
    Ok(stored.collect())
}

fn truncated(at: DateTime<Utc>) -> DateTime<Utc> {
    rows::time(rows::millis(at))
}

async fn counters(conn: &mut Conn<'_>, changes: &Changes) -> Result<(), Stopped> {
    let mut rows = Rows::default();
    for (count, n) in &changes.counts {
        rows.push(&(count.day, &count.business, &count.flow, &count.name, n))?;
    }
    put(conn, &sql::PUT_COUNTERS, rows).await
}

fn sorted<T: Ord>(set: &HashSet<T>) -> Vec<&T> {
    let mut all: Vec<_> = set.iter().collect();
    all.sort_unstable();
    all
}
