//! Key presses of IVRs that carriers run, by the same laws as in the databases.

use super::MemoryStore;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    ivr::{Call, Capture, Kept, Path, Place, forget_in, keep},
    personal::Phone,
    ports::{CaptureStore, CapturedFilter, Happened, Page, PortError, PortResult, Trouble},
};
use std::sync::{Arc, PoisonError};

/// A call and its path as it stood when it was last written.
#[derive(Debug, Clone)]
pub(super) struct Row {
    call: Call,
    path: Path,
    complete: bool,
}

#[async_trait]
impl CaptureStore for MemoryStore {
    async fn capture(&self, capture: Capture, place: Place, now: DateTime<Utc>) -> PortResult<Kept> {
        if self.away.lock().unwrap_or_else(PoisonError::into_inner).pop_front() == Some(true) {
            return Err(PortError::new("memory", Happened::No, Trouble::Unavailable, "the database is away"));
        }
        let mut state = self.state();
        let same = |row: &Row| {
            row.call.provider == place.provider && row.call.sid == capture.sid && row.call.flow == place.tree.name
        };
        let known = state.captured.iter().position(same);
        let before = known.map(|at| Arc::new(state.captured[at].call.clone()));
        let mut kept = keep(before, &capture, &place, now);
        let at = known.unwrap_or(state.captured.len());
        Arc::make_mut(&mut kept.call).id = i64::try_from(at + 1).unwrap_or(i64::MAX);
        if !kept.repeated {
            let path = kept.call.path(&place.tree);
            let row = Row { complete: place.tree.completed(&path), path, call: Call::clone(&kept.call) };
            if known.is_some() {
                state.captured[at] = row
            } else {
                state.captured.push(row)
            }
            for (count, n) in kept.counts(&place.tree) {
                *state.counts.entry(count).or_default() += n;
            }
        }
        Ok(kept)
    }

    async fn captured(&self, filter: CapturedFilter) -> PortResult<Page<Call>> {
        let state = self.state();
        let begins = |row: &Row, text: &String| {
            let path = row.path.to_string();
            path == *text || path.starts_with(&format!("{text}-"))
        };
        let holds = |row: &Row, q: &String| {
            row.call.sid.contains(q.as_str()) || row.call.from.as_ref().is_some_and(|from| from.reveal().contains(q))
        };
        let wanted = |row: &&Row| {
            filter.business.as_ref().is_none_or(|business| row.call.business == *business)
                && filter.flow.as_ref().is_none_or(|flow| row.call.flow == *flow)
                && filter.from.is_none_or(|from| row.call.day >= from)
                && filter.to.is_none_or(|to| row.call.day <= to)
                && filter.complete.is_none_or(|complete| row.complete == complete)
                && filter.path.as_ref().is_none_or(|path| begins(row, path))
                && filter.q.as_ref().is_none_or(|q| holds(row, q))
        };
        let mut found: Vec<_> = state.captured.iter().filter(wanted).map(|row| row.call.clone()).collect();
        found.sort_by_key(|call| std::cmp::Reverse((call.day, call.id)));
        if let Some(cursor) = &filter.cursor {
            let parts = cursor.split_once('/').and_then(|(day, id)| Some((day.parse().ok()?, id.parse::<i64>().ok()?)));
            let last = parts.ok_or_else(|| {
                PortError::new("memory", Happened::No, Trouble::Refused, "this cursor is not one of ours")
            })?;
            found.retain(|call| (call.day, call.id) < last);
        }
        let limit = if filter.limit == 0 { 50 } else { filter.limit.min(500) } as usize;
        let more = found.len() > limit;
        found.truncate(limit);
        let next_cursor = found.last().filter(|_| more).map(|call| format!("{}/{}", call.day, call.id));
        Ok(Page { items: found, next_cursor })
    }

    async fn captured_call(&self, id: i64) -> PortResult<Option<Call>> {
        Ok(self.state().captured.iter().find(|row| row.call.id == id).map(|row| row.call.clone()))
    }

    async fn captured_by_name(&self, sid: &str) -> PortResult<Vec<Call>> {
        Ok(self.state().captured.iter().filter(|row| row.call.sid == sid).map(|row| row.call.clone()).collect())
    }
}

/// What is left of a person is what they pressed where there were a few choices.
pub(super) fn forget(captured: &mut [Row], phone: &Phone) {
    for row in captured.iter_mut().filter(|row| row.call.phone.as_ref() == Some(phone)) {
        forget_in(&mut row.call);
    }
}
