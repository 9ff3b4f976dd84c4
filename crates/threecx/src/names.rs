//! Names of calls. A PBX counts its calls by small numbers, and may begin anew: `PBX:NUMBER:SECONDS` is the PBX, its number
//! for the call, and when the call was first seen.

use chrono::{DateTime, Duration, Utc};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// When names are looked through for old ones.
const MANY: usize = 1_024;
/// No call is older.
const OLD: Duration = Duration::hours(24);

/// The calls that are under way, as far as anybody here has seen them. The first who sees one names it.
pub(crate) struct Names {
    pbx: String,
    known: Mutex<HashMap<u64, Named>>,
}

struct Named {
    name: String,
    since: DateTime<Utc>,
    ours: bool,
}

impl Names {
    pub(crate) fn new(pbx: &str) -> Self {
        Self { pbx: pbx.replace(':', "-"), known: Mutex::default() }
    }

    /// The name of a call that is seen now.
    pub(crate) fn of(&self, callid: u64, now: DateTime<Utc>) -> String {
        self.named(callid, now, false)
    }

    /// The name of a call that we have just placed.
    pub(crate) fn placed(&self, callid: u64, now: DateTime<Utc>) -> String {
        self.named(callid, now, true)
    }

    fn named(&self, callid: u64, now: DateTime<Utc>, ours: bool) -> String {
        let mut known = self.known();
        if known.len() >= MANY {
            known.retain(|_, named| now - named.since < OLD);
        }
        let fresh = || Named { name: format!("{}:{callid}:{}", self.pbx, now.timestamp()), since: now, ours: false };
        let named = known.entry(callid).or_insert_with(fresh);
        named.ours |= ours;
        named.name.clone()
    }

    /// Whether we placed this call.
    pub(crate) fn is_ours(&self, callid: u64) -> bool {
        self.known().get(&callid).is_some_and(|named| named.ours)
    }

    /// The call is over, and its number may come again.
    pub(crate) fn forget(&self, callid: u64) {
        self.known().remove(&callid);
    }

    /// The PBX's number for the call of this name; `None` where the name is somebody else's.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        let rest = name.strip_prefix(&self.pbx)?.strip_prefix(':')?;
        let (number, since) = rest.split_once(':')?;
        since.parse::<i64>().ok()?;
        number.parse().ok()
    }

    /// Whether the PBX's number is another call's by now, as far as anybody here has seen.
    pub(crate) fn taken_over(&self, name: &str, callid: u64) -> bool {
        self.known().get(&callid).is_some_and(|named| named.name != name)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<u64, Named>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_765_368_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_call_keeps_its_name_and_its_number_gets_another_once_it_is_over() {
        let names = Names::new("pbx.example.com");
        let first = names.of(1_264, at(0));
        assert_eq!(first, "pbx.example.com:1264:1765368000");
        assert_eq!(names.placed(1_264, at(5)), first);
        assert!(names.is_ours(1_264));
        names.forget(1_264);
        assert_ne!(names.of(1_264, at(9)), first);
        assert!(!names.is_ours(1_264));
    }

    #[test]
    fn only_our_own_names_tell_a_number() {
        let names = Names::new("pbx");
        assert_eq!(names.number("pbx:1264:1765368000"), Some(1_264));
        for other in ["abc123-def456-ghi789", "pbx:1264", "pbx:x:1", "pbx2:1264:1765368000", "pbx:1264:1:2", ""] {
            assert_eq!(names.number(other), None, "{other}");
        }
    }

    #[test]
    fn a_number_that_came_again_is_not_the_call_it_was() {
        let names = Names::new("pbx");
        assert!(!names.taken_over("pbx:7:1765368000", 7), "nobody has seen it");
        names.of(7, at(9));
        assert!(names.taken_over("pbx:7:1765368000", 7));
        assert!(!names.taken_over("pbx:7:1765368009", 7));
    }

    #[test]
    fn old_names_are_forgotten_where_nobody_does() {
        let names = Names::new("pbx");
        for callid in 0..2_000 {
            names.of(callid, at(0));
        }
        names.of(9_999, at(90_000));
        assert_eq!(names.known().len(), 1);
    }
}
