//! Which calls there are, and what is new of them. Pure: it is shown what the PBX shows, and says what is to be told.
//!
//! - A call is told of once somebody from outside rings one of our extensions, or has reached our route point.
//! - From then on each change of one of its parts is told, and its end: when the last part is gone. A caller who was led to
//!   an extension that is not watched is gone from here.
//! - Calls that go out are told of only where we placed them, and only their changes and their end.
//! - What is there at the first look was there before us: whoever was before us has told of it, and it is not told of.
//! - A look at everything (after a gap) is held against what is known: what is there is news only where it differs, what is
//!   gone is over.

use crate::{control::Participant, names::Names, receive::Kind};
use chrono::{DateTime, Duration, Utc};
use std::collections::{BTreeMap, HashMap};

/// What is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) kind: Kind,
    /// The PBX's number for the call.
    pub(crate) callid: u64,
    /// The name of the call.
    pub(crate) call: String,
    /// Who rings, as the PBX shows it.
    pub(crate) caller: String,
    /// Who is rung: a number, or else the extension.
    pub(crate) called: String,
    /// Whether it goes out.
    pub(crate) outgoing: bool,
    /// When; no two news of a call have the same time.
    pub(crate) at: DateTime<Utc>,
    /// How long they were connected, in seconds, at its end; 0: not at all.
    pub(crate) seconds: Option<i64>,
}

/// The calls that are under way.
pub(crate) struct Tracker {
    calls: HashMap<u64, Call>,
    /// Which call a part belongs to.
    parts: HashMap<(String, u64), u64>,
    looked: bool,
}

struct Call {
    name: String,
    caller: String,
    called: String,
    /// The status of each part.
    parts: BTreeMap<(String, u64), String>,
    stage: Stage,
    outgoing: bool,
    connected: Option<DateTime<Utc>>,
    last: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nobody from outside has reached us in it so far.
    Unheard,
    /// It was told of, or is ours.
    Told,
    /// Somebody else's: nothing is told of it.
    Foreign,
}

impl Tracker {
    pub(crate) fn new() -> Self {
        Self { calls: HashMap::new(), parts: HashMap::new(), looked: false }
    }

    /// Everything that there is: the parts in calls of every extension.
    pub(crate) fn all(&mut self, names: &Names, shown: Vec<Participant>, now: DateTime<Utc>) -> Vec<News> {
        let first = !std::mem::replace(&mut self.looked, true);
        let there: std::collections::HashSet<(String, u64)> =
            shown.iter().map(|part| (part.dn.clone(), part.id)).collect();
        let mut gone: Vec<_> = self.parts.keys().filter(|key| !there.contains(*key)).cloned().collect();
        gone.sort();
        let mut news = Vec::new();
        // What is gone first: a number may have come again.
        for (dn, id) in gone {
            news.extend(self.remove(names, &dn, id, now));
        }
        for part in shown {
            let callid = part.callid;
            let told = self.upsert(names, &part, now);
            if !first {
                news.extend(told);
            } else if let Some(call) = self.calls.get_mut(&callid).filter(|_| !names.is_ours(callid, now)) {
                call.stage = Stage::Foreign;
                // Whoever was before us may have named it; that name stays good.
                names.forget(callid);
            }
        }
        news
    }

    /// An extension's part in a call came, or changed.
    pub(crate) fn upsert(&mut self, names: &Names, part: &Participant, now: DateTime<Utc>) -> Vec<News> {
        let key = (part.dn.clone(), part.id);
        if part.callid == 0 {
            return Vec::new();
        }
        let mut news = Vec::new();
        // The same part in another call: it has left the one before.
        if self.parts.get(&key).is_some_and(|callid| *callid != part.callid) {
            news.extend(self.remove(names, &key.0, key.1, now));
        }
        self.parts.insert(key.clone(), part.callid);
        let call = self.calls.entry(part.callid).or_insert_with(|| Call {
            name: names.of(part.callid, now),
            caller: String::new(),
            called: String::new(),
            parts: BTreeMap::new(),
            stage: Stage::Unheard,
            outgoing: part.dialing(),
            connected: None,
            last: now - Duration::milliseconds(1),
        });
        let changed = call.parts.insert(key, part.status.clone()).is_none_or(|before| before != part.status);
        if part.connected() && call.connected.is_none() {
            call.connected = Some(now);
        }
        if part.external() && call.caller.is_empty() {
            let told =
                [&part.party_caller_id, &part.party_caller_name].into_iter().find(|text| !text.trim().is_empty());
            call.caller = told.cloned().unwrap_or_default();
            call.called = if part.party_did.trim().is_empty() { part.dn.clone() } else { part.party_did.clone() };
        }
        let ours = names.is_ours(part.callid, now);
        call.outgoing |= ours;
        match call.stage {
            Stage::Foreign => {}
            Stage::Told if changed => news.push(call.news(Kind::Changed, part.callid, now)),
            Stage::Told => {}
            Stage::Unheard if ours => {
                call.stage = Stage::Told;
                news.push(call.news(Kind::Changed, part.callid, now));
            }
            // It may be ours: the answer to our request may come after this.
            Stage::Unheard if call.outgoing => {}
            Stage::Unheard if part.external() && (part.ringing() || part.connected()) => {
                call.stage = Stage::Told;
                names.comes_in(part.callid, now);
                news.push(call.news(Kind::Incoming, part.callid, now));
            }
            Stage::Unheard => {}
        }
        news
    }

    /// An extension's part in a call is gone.
    pub(crate) fn remove(&mut self, names: &Names, dn: &str, id: u64, now: DateTime<Utc>) -> Option<News> {
        let key = (dn.to_owned(), id);
        let callid = self.parts.remove(&key)?;
        let call = self.calls.get_mut(&callid)?;
        call.parts.remove(&key);
        let told = call.stage == Stage::Told || (call.stage == Stage::Unheard && names.is_ours(callid, now));
        if !call.parts.is_empty() {
            return told.then(|| call.news(Kind::Changed, callid, now));
        }
        let mut news = call.news(Kind::Ended, callid, now);
        let seconds = call.connected.map_or(0, |since| (now - since).num_seconds().max(1));
        news.seconds = Some(seconds);
        self.calls.remove(&callid);
        names.ended(callid, now);
        told.then_some(news)
    }

    /// How many calls are known.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.calls.len()
    }
}

impl Call {
    fn news(&mut self, kind: Kind, callid: u64, now: DateTime<Utc>) -> News {
        // A change is known by its time.
        self.last = now.max(self.last + Duration::milliseconds(1));
        News {
            kind,
            callid,
            call: self.name.clone(),
            caller: self.caller.clone(),
            called: self.called.clone(),
            outgoing: self.outgoing,
            at: self.last,
            seconds: None,
        }
    }
}

#[cfg(test)]
mod tests;
