//! What takes time at a business: asked for before a decision about one, and wherever free times are shown.

use crate::{
    Store,
    db::{Arg, Conn},
    gather::Stopped,
    overlay::{Changes, Overlay},
    request::Request,
    rows::{self, Rows},
    sql,
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    id::AppointmentId,
    ports::{Busy, NewSlot, PortResult, Subject},
    slots::{Hold, Taken},
};
use uuid::Uuid;

/// Position, whose, from, to, held until.
type Row = (i64, Uuid, i64, i64, Option<i64>);

fn taken((_, id, from, to, until): Row) -> Taken {
    let time = Busy { from: rows::time(from), to: rows::time(to) };
    Taken { appointment: AppointmentId(id), time, held_until: until.map(rows::time) }
}

fn asked(at: i64, business: &str, time: Busy, now: DateTime<Utc>) -> [Arg; 5] {
    let [from, to, now] = [time.from, time.to, now].map(rows::millis);
    [at.into(), rows::text(business), from.into(), to.into(), now.into()]
}

/// What takes the times that this batch is to decide about.
pub(crate) async fn gather(conn: &mut Conn<'_>, requests: &[Request], found: &mut Overlay) -> Result<(), Stopped> {
    let mut wanted = Rows::default();
    for (at, request) in requests.iter().enumerate() {
        if let Subject::Slot { appointment, time, .. } = &request.subject {
            // Where there is no appointment there is no business, and nothing is taken.
            found.taken.insert(at, Vec::new());
            if let Some(Some(appointment)) = found.appointments.get(appointment) {
                let place = i64::try_from(at).unwrap_or(i64::MAX);
                wanted.push(asked(place, &appointment.business, *time, request.now));
            }
        }
        if let Subject::NewSlot(NewSlot { business, time, .. }) = &request.subject {
            found.taken.insert(at, Vec::new());
            let place = i64::try_from(at).unwrap_or(i64::MAX);
            wanted.push(asked(place, business, *time, request.now));
        }
    }
    for row in conn.each::<Row>(&sql::slots::SLOTS, wanted).await? {
        if let Some(all) = usize::try_from(row.0).ok().and_then(|at| found.taken.get_mut(&at)) {
            all.push(taken(row));
        }
    }
    Ok(())
}

impl Overlay {
    /// Whether this batch has changed what takes time at a business: what was read of the rows may not hold any more.
    pub(crate) fn fills(&self, business: &str) -> bool {
        let there = |id: &AppointmentId| {
            let appointment = self.appointments.get(id).and_then(Option::as_ref);
            appointment.is_some_and(|appointment| appointment.business == business)
        };
        self.changes.appointments.iter().chain(&self.changes.moved).any(there)
            || self.changes.holds.values().any(|hold| hold.business == business)
    }
}

/// Writes what is held from now on, and sweeps away what is held no more.
pub(crate) async fn put(conn: &mut Conn<'_>, changes: &Changes) -> Result<(), Stopped> {
    if changes.holds.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::default();
    for Hold { appointment, business, time, until } in changes.holds.values() {
        let [from, to, until] = [time.from, time.to, *until].map(rows::millis);
        rows.push([appointment.0.into(), rows::text(business), from.into(), to.into(), until.into()]);
    }
    conn.put(&sql::slots::PUT_HOLDS, rows).await?;
    conn.run(&sql::slots::SWEEP_HOLDS, vec![rows::millis(changes.now).into()]).await?;
    Ok(())
}

/// What takes time at a business, for a caller.
pub(crate) async fn read(store: &Store, business: &str, time: Busy, now: DateTime<Utc>) -> PortResult<Vec<Taken>> {
    let rows: Vec<Row> = store.read_each(&sql::slots::SLOTS, Rows::of([asked(0, business, time, now)])).await?;
    Ok(rows.into_iter().map(taken).collect())
}
