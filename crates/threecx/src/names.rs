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
/// How long it is known that a call has ended. The answer to a request that began it comes sooner.
const ENDED: Duration = Duration::minutes(10);

/// The calls that are under way, as far as anybody here has seen them. The first who sees one names it.
pub(crate) struct Names {
    pbx: String,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    live: HashMap<u64, Named>,
    /// The names of calls that have ended not long ago, and when they did.
    ended: HashMap<u64, (String, DateTime<Utc>)>,
}

struct Named {
    name: String,
    since: DateTime<Utc>,
    ours: bool,
    /// It was told of as one that comes in.
    incoming: bool,
}

impl Known {
    /// The call of this number, unless it is too old to be one.
    fn live(&self, callid: u64, now: DateTime<Utc>) -> Option<&Named> {
        self.live.get(&callid).filter(|named| now - named.since < OLD)
    }

    /// The call of this number, named now where nobody has named it.
    fn named(&mut self, pbx: &str, callid: u64, now: DateTime<Utc>) -> &mut Named {
        if self.live.len() >= MANY {
            self.live.retain(|_, named| now - named.since < OLD);
        }
        let fresh =
            || Named { name: format!("{pbx}:{callid}:{}", now.timestamp()), since: now, ours: false, incoming: false };
        let named = self.live.entry(callid).or_insert_with(fresh);
        if now - named.since >= OLD {
            *named = fresh();
        }
        named
    }
}

impl Names {
    pub(crate) fn new(pbx: &str) -> Self {
        Self { pbx: pbx.replace(':', "-"), known: Mutex::default() }
    }

    /// The name of a call that is seen now.
    pub(crate) fn of(&self, callid: u64, now: DateTime<Utc>) -> String {
        self.known().named(&self.pbx, callid, now).name.clone()
    }

    /// The name of a call that we have placed, by a request of that time. It may have ended before its answer came: then
    /// its number is free again, and no call to come is taken for ours.
    pub(crate) fn placed(&self, callid: u64, asked: DateTime<Utc>, now: DateTime<Utc>) -> String {
        let mut known = self.known();
        if known.live(callid, now).is_none()
            && let Some((name, _)) = known.ended.get(&callid).filter(|(_, at)| *at >= asked)
        {
            return name.clone();
        }
        let named = known.named(&self.pbx, callid, now);
        named.ours = true;
        named.name.clone()
    }

    /// The call is told of as one that comes in.
    pub(crate) fn comes_in(&self, callid: u64, now: DateTime<Utc>) {
        self.known().named(&self.pbx, callid, now).incoming = true;
    }

    /// Whether we placed this call.
    pub(crate) fn is_ours(&self, callid: u64, now: DateTime<Utc>) -> bool {
        self.known().live(callid, now).is_some_and(|named| named.ours)
    }

    /// Whether this call was told of as one that comes in.
    pub(crate) fn is_incoming(&self, callid: u64, now: DateTime<Utc>) -> bool {
        self.known().live(callid, now).is_some_and(|named| named.incoming)
    }

    /// The call is over, and its number may come again.
    pub(crate) fn ended(&self, callid: u64, now: DateTime<Utc>) {
        let mut known = self.known();
        known.ended.retain(|_, (_, at)| now - *at < ENDED);
        if let Some(named) = known.live.remove(&callid) {
            known.ended.insert(callid, (named.name, now));
        }
    }

    /// The call is somebody else's to name.
    pub(crate) fn forget(&self, callid: u64) {
        self.known().live.remove(&callid);
    }

    /// The PBX's number for the call of this name; `None` where the name is somebody else's.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        let rest = name.strip_prefix(&self.pbx)?.strip_prefix(':')?;
        let (number, since) = rest.split_once(':')?;
        since.parse::<i64>().ok()?;
        number.parse().ok()
    }

    /// Whether the PBX's number is another call's by now, as far as anybody here has seen.
    pub(crate) fn taken_over(&self, name: &str, callid: u64, now: DateTime<Utc>) -> bool {
        self.known().live(callid, now).is_some_and(|named| named.name != name)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
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
        assert_eq!(names.placed(1_264, at(4), at(5)), first);
        assert!(names.is_ours(1_264, at(6)));
        names.ended(1_264, at(8));
        assert_ne!(names.of(1_264, at(9)), first);
        assert!(!names.is_ours(1_264, at(9)));
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
        assert!(!names.taken_over("pbx:7:1765368000", 7, at(9)), "nobody has seen it");
        names.of(7, at(9));
        assert!(names.taken_over("pbx:7:1765368000", 7, at(9)));
        assert!(!names.taken_over("pbx:7:1765368009", 7, at(9)));
    }

    #[test]
    fn old_names_are_forgotten_where_nobody_does() {
        let names = Names::new("pbx");
        for callid in 0..2_000 {
            names.of(callid, at(0));
        }
        names.of(9_999, at(90_000));
        assert_eq!(names.known().live.len(), 1);
    }

    #[test]
    fn a_call_that_ended_before_its_answer_came_leaves_nothing_behind() {
        let names = Names::new("pbx");
        let name = names.of(7, at(1));
        names.ended(7, at(3));
        assert_eq!(names.placed(7, at(0), at(4)), name, "it is the one that ended");
        assert!(!names.is_ours(7, at(4)));
        // What was asked for after the end is another call.
        assert_ne!(names.placed(7, at(5), at(6)), name);
        assert!(names.is_ours(7, at(6)));
    }

    #[test]
    fn no_call_is_a_day_old() {
        let names = Names::new("pbx");
        let name = names.placed(7, at(0), at(0));
        assert!(!names.is_ours(7, at(86_400)));
        assert!(!names.taken_over("pbx:7:1", 7, at(86_400)));
        assert_ne!(names.of(7, at(86_400)), name);
    }
}
