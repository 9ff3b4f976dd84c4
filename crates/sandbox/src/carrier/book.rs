//! Everything the carrier knows, behind one lock. Nothing here waits for anybody; every method is quick.

mod forget;
mod messages;
mod stats;

use super::{
    journal::{Entry, Journal},
    record::{CallRecord, Direction, Facts, Inbox, MessageView},
    script,
};
use crate::wire::{CallStatus, State};
use chrono::{DateTime, Utc};
use frontdesk_core::event::EndCause;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    io,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Ended calls and messages that can still be listed.
const LISTED: usize = 500;
/// References the carrier keeps; it never forgets one, as it would then take it a second time.
const MAX_REFERENCES: usize = 1_000_000;
const MAX_HEARD: usize = 200;
const SIGNALS: usize = 64;
const MOVES: usize = 4;

/// What the carrier keeps of a call for ever.
struct Known {
    id: String,
    state: State,
    outcome: Option<EndCause>,
    seconds: Option<u32>,
    /// How often somebody asked for it.
    attempts: u64,
}

/// Why something was not taken.
#[derive(Debug)]
pub(super) enum Declined {
    /// The reference was used before.
    Duplicate,
    /// Too much is going on.
    Full,
    /// It could not be remembered.
    Journal(io::Error),
}

pub(super) struct Book {
    journal: Journal,
    calls: BTreeMap<u64, CallRecord>,
    ids: HashMap<String, u64>,
    next: u64,
    named: u64,
    live: usize,
    max_live: usize,
    finished: VecDeque<u64>,
    references: HashMap<String, Known>,
    messages: VecDeque<MessageView>,
    sent: HashMap<String, (String, u64)>,
    duplicate_calls: u64,
    duplicate_messages: u64,
    pub(super) refused: u64,
    incoming: u64,
    messages_incoming: u64,
}

impl Book {
    /// Reads the entries; the second part of the answer is the calls that were live when the carrier died.
    pub(super) fn replay(journal: Journal, entries: Vec<Entry>, max_live: usize) -> (Self, Vec<String>) {
        let mut book = Self {
            journal: Journal::forgetful(),
            calls: BTreeMap::new(),
            ids: HashMap::new(),
            next: 0,
            named: 0,
            live: 0,
            max_live: usize::MAX,
            finished: VecDeque::new(),
            references: HashMap::new(),
            messages: VecDeque::new(),
            sent: HashMap::new(),
            duplicate_calls: 0,
            duplicate_messages: 0,
            refused: 0,
            incoming: 0,
            messages_incoming: 0,
        };
        for entry in entries {
            match entry {
                Entry::Call { call, .. } => drop(book.insert(call)),
                Entry::Ended { id, cause, seconds, .. } => drop(book.close(&id, cause, seconds)),
                Entry::DuplicateCall { reference, .. } => book.count_duplicate_call(&reference),
                Entry::Message { reference, message } => book.keep(reference, message),
                Entry::DuplicateMessage { reference, .. } => book.count_duplicate_message(&reference),
            }
        }
        book.drop_forgotten();
        let interrupted =
            book.calls.values().filter(|call| call.state != State::Ended).map(|call| call.facts.id.clone()).collect();
        book.journal = journal;
        book.max_live = max_live;
        (book, interrupted)
    }

    /// Takes a call: remembered first, then begun.
    pub(super) fn take(&mut self, call: Facts, at: DateTime<Utc>) -> Result<Inbox, Declined> {
        if let Some(reference) = &call.reference
            && self.references.contains_key(reference)
        {
            self.journal
                .write(&Entry::DuplicateCall { at, reference: reference.clone() })
                .map_err(Declined::Journal)?;
            let reference = reference.clone();
            self.count_duplicate_call(&reference);
            return Err(Declined::Duplicate);
        }
        if self.live >= self.max_live || self.ids.len() >= MAX_REFERENCES {
            return Err(Declined::Full);
        }
        self.journal.write(&Entry::Call { at, call: call.clone() }).map_err(Declined::Journal)?;
        Ok(self.insert(call))
    }

    fn insert(&mut self, facts: Facts) -> Inbox {
        let (signals, from_telephone) = mpsc::channel(SIGNALS);
        let (moves, from_gateway) = mpsc::channel(MOVES);
        match &facts.reference {
            Some(reference) => {
                let known =
                    Known { id: facts.id.clone(), state: State::Ringing, outcome: None, seconds: None, attempts: 1 };
                self.references.insert(reference.clone(), known);
            }
            None => self.incoming += 1,
        }
        self.ids.insert(facts.id.clone(), self.next);
        let scripted = facts.direction == Direction::Outbound && script::of(&facts.to).is_some();
        let record = CallRecord {
            facts,
            scripted,
            state: State::Ringing,
            outcome: None,
            answered_at: None,
            seconds: None,
            heard: Vec::new(),
            asking: false,
            language: "en-US".to_owned(),
            signals,
            moves,
            over: CancellationToken::new(),
            forgotten: false,
            socket: None,
        };
        self.calls.insert(self.next, record);
        self.next += 1;
        self.live += 1;
        Inbox { signals: from_telephone, moves: from_gateway }
    }

    pub(super) fn knows(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    pub(super) fn call(&self, id: &str) -> Option<&CallRecord> {
        self.calls.get(self.ids.get(id)?)
    }

    pub(super) fn call_mut(&mut self, id: &str) -> Option<&mut CallRecord> {
        self.calls.get_mut(self.ids.get(id)?)
    }

    /// The newest calls, oldest first.
    pub(super) fn calls(&self, active: bool) -> Vec<&CallRecord> {
        let wanted = |call: &&CallRecord| !active || call.state != State::Ended;
        let mut calls: Vec<_> = self.calls.values().rev().filter(wanted).take(LISTED).collect();
        calls.reverse();
        calls
    }

    pub(super) fn status(&self, reference: &str) -> Option<CallStatus> {
        self.references.get(reference).map(|known| CallStatus {
            id: known.id.clone(),
            reference: reference.to_owned(),
            state: known.state,
            outcome: known.outcome,
            seconds: known.seconds,
        })
    }

    /// The same for a call that only has a name of ours: one that came in.
    pub(super) fn status_of(&self, id: &str) -> Option<CallStatus> {
        self.call(id).map(|call| CallStatus {
            id: id.to_owned(),
            reference: call.facts.reference.clone().unwrap_or_default(),
            state: call.state,
            outcome: call.outcome,
            seconds: call.seconds,
        })
    }

    /// Connects a call that rings; `false` when it does not ring any more.
    pub(super) fn connect(&mut self, id: &str, at: DateTime<Utc>) -> bool {
        let Some(call) = self.call_mut(id).filter(|call| call.state == State::Ringing) else {
            return false;
        };
        call.state = State::InProgress;
        call.answered_at = Some(at);
        let reference = call.facts.reference.clone();
        if let Some(known) = reference.and_then(|reference| self.references.get_mut(&reference)) {
            known.state = State::InProgress;
        }
        true
    }

    /// Ends a call; only the first end counts, and `false` says that this was a later one.
    pub(super) fn end(&mut self, id: &str, cause: EndCause, at: DateTime<Utc>) -> bool {
        let Some(call) = self.call(id).filter(|call| call.state != State::Ended) else {
            return false;
        };
        let seconds = call.answered_at.map(|since| u32::try_from((at - since).num_seconds()).unwrap_or(0));
        if let Err(error) = self.journal.write(&Entry::Ended { at, id: id.to_owned(), cause, seconds }) {
            tracing::error!(%error, call = id, "the sandbox could not note the end of a call; after a restart it counts as failed");
        }
        self.close(id, cause, seconds)
    }

    fn close(&mut self, id: &str, cause: EndCause, seconds: Option<u32>) -> bool {
        let Some(&number) = self.ids.get(id) else {
            return false;
        };
        let Some(call) = self.calls.get_mut(&number).filter(|call| call.state != State::Ended) else {
            return false;
        };
        call.state = State::Ended;
        call.outcome = Some(cause);
        call.seconds = seconds;
        call.asking = false;
        call.socket = None;
        call.over.cancel();
        let (reference, forgotten) = (call.facts.reference.clone(), call.forgotten);
        if let Some(known) = reference.and_then(|reference| self.references.get_mut(&reference)) {
            (known.state, known.outcome, known.seconds) = (State::Ended, Some(cause), seconds);
        }
        self.live -= 1;
        if forgotten {
            self.calls.remove(&number);
            return true;
        }
        self.finished.push_back(number);
        if self.finished.len() > LISTED
            && let Some(oldest) = self.finished.pop_front()
        {
            self.calls.remove(&oldest);
        }
        true
    }

    /// Lets the callee hear something; with `asking`, keys are taken from here on.
    pub(super) fn hear(&mut self, id: &str, text: &str, language: Option<&str>, asking: bool) {
        let Some(call) = self.call_mut(id).filter(|call| call.state != State::Ended) else {
            return;
        };
        if call.heard.len() < MAX_HEARD {
            call.heard.push(text.to_owned());
        }
        if let Some(language) = language {
            language.clone_into(&mut call.language);
        }
        call.asking = asking;
    }

    pub(super) fn stop_asking(&mut self, id: &str) {
        if let Some(call) = self.call_mut(id) {
            call.asking = false;
        }
    }

    fn count_duplicate_call(&mut self, reference: &str) {
        self.duplicate_calls += 1;
        if let Some(known) = self.references.get_mut(reference) {
            known.attempts += 1;
        }
    }

    /// A number that no other call or message of this process was named with.
    pub(super) fn next_number(&mut self) -> u64 {
        self.named += 1;
        self.named
    }

    /// How a call ended and how long it lasted; `None` while it goes on.
    pub(super) fn ended(&self, facts: &Facts) -> Option<(EndCause, Option<u32>)> {
        if let Some(call) = self.call(&facts.id) {
            return call.outcome.map(|cause| (cause, call.seconds));
        }
        let known = self.references.get(facts.reference.as_ref()?)?;
        known.outcome.map(|cause| (cause, known.seconds))
    }
}
