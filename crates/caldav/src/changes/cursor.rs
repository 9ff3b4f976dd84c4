//! What is known of a calendar: between two looks in a cursor, and of what was written in the meantime.

use frontdesk_core::id::AppointmentId;
use std::{
    collections::BTreeMap,
    str::FromStr,
    sync::{Mutex, PoisonError},
};
use url::Url;

/// So many writes are remembered.
const REMEMBERED: usize = 10_000;

/// The revision of every event of ours that was seen, and its resource.
pub(super) type Known = BTreeMap<AppointmentId, (u32, String)>;

/// What is known of a calendar.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Which collection it is of: what is known of another one says nothing of this.
    pub(super) place: String,
    /// How the server calls its state; empty where it has no name for it.
    pub(super) token: String,
    /// Whether the server can tell what is other since then.
    pub(super) syncs: bool,
    /// When everything was looked at.
    pub(super) at: i64,
    pub(super) known: Known,
}

impl Cursor {
    pub(super) fn write(&self) -> String {
        let line = |text: &str| text.replace(['\n', '\r'], " ");
        let (place, token) = (line(&self.place), line(&self.token));
        let mut text = format!("2 {} {}\n{place}\n{token}\n", u8::from(self.syncs), self.at);
        for (id, (revision, name)) in &self.known {
            // Nearly every resource is called as its appointment.
            let name = if *name == resource(id) { String::new() } else { format!(" {}", line(name)) };
            text.push_str(&format!("{id} {revision}{name}\n"));
        }
        text
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut lines = text.lines();
        let mut head = lines.next().ok_or(())?.split(' ');
        if head.next() != Some("2") {
            return Err(());
        }
        let syncs = head.next().ok_or(())? == "1";
        let at = head.next().and_then(|at| at.parse().ok()).ok_or(())?;
        let place = lines.next().ok_or(())?.to_owned();
        let token = lines.next().ok_or(())?.to_owned();
        let mut known = BTreeMap::new();
        for line in lines {
            let mut parts = line.splitn(3, ' ');
            let id: AppointmentId = parts.next().and_then(|id| id.parse().ok()).ok_or(())?;
            let revision = parts.next().and_then(|revision| revision.parse().ok()).ok_or(())?;
            known.insert(id, (revision, parts.next().map_or_else(|| resource(&id), str::to_owned)));
        }
        Ok(Self { place, token, syncs, at, known })
    }
}

fn resource(id: &AppointmentId) -> String {
    format!("{id}.ics")
}

/// What this process wrote and took out: of what is gone, the server tells neither the revision nor who did it.
#[derive(Default)]
pub(crate) struct Written(Mutex<BTreeMap<AppointmentId, Trace>>);

/// In which collection, and the revision and resource; `None`: it was taken out.
struct Trace(Url, Option<(u32, String)>);

impl Written {
    pub(crate) fn put(&self, collection: &Url, id: AppointmentId, revision: u32, name: &str) {
        self.remember(id, Trace(collection.clone(), Some((revision, name.to_owned()))));
    }

    pub(crate) fn remove(&self, collection: &Url, id: AppointmentId) {
        self.remember(id, Trace(collection.clone(), None));
    }

    fn remember(&self, id: AppointmentId, new: Trace) {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let revision = |trace: &Trace| trace.1.as_ref().map(|(revision, _)| *revision);
        // Writes may end in another order than they began in.
        if revision(&new).is_none() || written.get(&id).and_then(revision) <= revision(&new) {
            written.insert(id, new);
        }
        if written.len() > REMEMBERED {
            // Names of appointments are in the order of their making.
            written.pop_first();
        }
    }

    /// What is known of a collection, and what was written there since.
    pub(super) fn on(&self, collection: &Url, known: &Known) -> Known {
        let mut known = known.clone();
        let written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, Trace(_, what)) in written.iter().filter(|(_, Trace(place, _))| place == collection) {
            match what {
                Some((revision, _)) if known.get(id).is_some_and(|(known, _)| known > revision) => {}
                Some(written) => drop(known.insert(*id, written.clone())),
                None => drop(known.remove(id)),
            }
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(
            place in "[^\\p{C}\\p{Z}]{0,60}", token in "[^\\p{C}\\p{Z}]{0,60}", syncs: bool, at: i64,
            known in proptest::collection::btree_map("[a-z0-9]{1,8}", (any::<u32>(), "( ?[^\\p{C}\\p{Z}]{1,9}){0,2}"), 0..5),
        ) {
            let id = |name: &str| AppointmentId::derive(DateTime::UNIX_EPOCH, &[name]);
            let named = |id: AppointmentId, name: String| if name.is_empty() { resource(&id) } else { name };
            let known = known.into_iter().map(|(key, (rev, name))| (id(&key), (rev, named(id(&key), name)))).collect();
            let cursor = Cursor { place, token, syncs, at, known };
            prop_assert_eq!(cursor.write().parse(), Ok(cursor));
        }

        #[test]
        fn nothing_makes_it_stumble(text in "(2 [01] [0-9]{1,3}\n.{0,9}\n)?.{0,30}\n.{0,60}") {
            let _ = text.parse::<Cursor>();
        }
    }
}
