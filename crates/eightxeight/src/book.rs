//! The attempts under way in this process: which number is being called, and which session is which call.
//!
//! 8x8 has no idempotency key and no look-up, and its first webhook can overtake the answer to our request. So an
//! attempt is noted before the request leaves; a session that nobody knows yet is recognised by whom it rings.
//! What is noted here is a help, never the truth: after a restart the store's own ids have to do.

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{id::CallId, personal::Phone, ports::PlaceCall};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How far the vendor's clock and ours may be apart before a summary counts as one of an earlier call.
const SKEW: Duration = Duration::minutes(1);

/// How many seconds somebody is sent away at a time. Most calls are over long before; where the end of one is never told,
/// the attempts of the next still reach beyond it.
const LONGEST_WAIT: i64 = 240;

#[derive(Default)]
pub(crate) struct Book(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    /// By the number that is rung: at most one attempt each.
    open: HashMap<Phone, Attempt>,
    /// Sessions of this process, ended ones too until they are old: late news still finds its call.
    sessions: HashMap<String, (CallId, DateTime<Utc>)>,
}

struct Attempt {
    call: CallId,
    from: Phone,
    began: DateTime<Utc>,
    until: DateTime<Utc>,
    session: Option<String>,
}

/// What a webhook tells about the session it is about.
pub(crate) struct Told<'a> {
    pub(crate) session: &'a str,
    pub(crate) outbound: bool,
    pub(crate) from: Option<&'a Phone>,
    pub(crate) to: Option<&'a Phone>,
    /// When the session began, or any later time in it.
    pub(crate) at: Option<DateTime<Utc>>,
}

impl Book {
    /// Notes an attempt, or says for how many seconds its number is taken by another call.
    pub(crate) fn begin(&self, place: &PlaceCall, now: DateTime<Utc>, lasts: Duration) -> Result<(), u32> {
        let mut pages = self.pages();
        pages.sessions.retain(|_, (_, until)| *until > now);
        pages.open.retain(|_, attempt| attempt.until > now);
        if let Some(other) = pages.open.get(&place.to).filter(|open| open.call != place.call_id) {
            let left = (other.until - now).num_seconds();
            return Err(u32::try_from(left.clamp(1, LONGEST_WAIT)).unwrap_or(1));
        }
        let attempt =
            Attempt { call: place.call_id, from: place.from.clone(), began: now, until: now + lasts, session: None };
        pages.open.insert(place.to.clone(), attempt);
        Ok(())
    }

    /// The carrier named the session.
    pub(crate) fn placed(&self, place: &PlaceCall, session: &str, now: DateTime<Utc>, lasts: Duration) {
        let mut pages = self.pages();
        // Its end may have been told already; then nothing is open any more.
        if let Some(attempt) = pages.open.get_mut(&place.to).filter(|open| open.call == place.call_id) {
            attempt.session = Some(session.to_owned());
        }
        pages.sessions.insert(session.to_owned(), (place.call_id, now + lasts));
    }

    /// The carrier surely did not take it.
    pub(crate) fn refused(&self, place: &PlaceCall) {
        let mut pages = self.pages();
        if pages.open.get(&place.to).is_some_and(|open| open.call == place.call_id) {
            pages.open.remove(&place.to);
        }
    }

    /// Which call of ours a session is, as far as this process knows. A session without a name yet takes this one.
    pub(crate) fn call_of(&self, told: &Told<'_>) -> Option<CallId> {
        let mut pages = self.pages();
        if let Some((call, _)) = pages.sessions.get(told.session) {
            return Some(*call);
        }
        let attempt = pages.open.get_mut(told.to.filter(|_| told.outbound)?)?;
        let same_line = told.from.is_none_or(|from| *from == attempt.from);
        let earlier = told.at.is_some_and(|at| at < attempt.began - SKEW);
        if attempt.session.is_some() || !same_line || earlier {
            return None;
        }
        attempt.session = Some(told.session.to_owned());
        let (call, until) = (attempt.call, attempt.until);
        pages.sessions.insert(told.session.to_owned(), (call, until));
        Some(call)
    }

    /// A session is over: its number may be called again.
    pub(crate) fn ended(&self, session: &str) {
        self.pages().open.retain(|_, attempt| attempt.session.as_deref() != Some(session));
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_testkit::{BUSINESS_PHONE, moment, phone};

    const LASTS: Duration = Duration::minutes(15);

    fn now() -> DateTime<Utc> {
        moment("2026-11-20T09:00:00Z")
    }

    fn place(name: &str) -> PlaceCall {
        PlaceCall {
            call_id: CallId::derive(now(), &[name]),
            to: phone("+15005550101"),
            from: phone(BUSINESS_PHONE),
            ring_seconds: 30,
            detect_machine: false,
        }
    }

    fn told<'a>(session: &'a str, place: &'a PlaceCall) -> Told<'a> {
        Told { session, outbound: true, from: Some(&place.from), to: Some(&place.to), at: Some(now()) }
    }

    #[test]
    fn a_number_that_is_being_called_is_not_called_again_until_that_is_over() {
        let (book, first, second) = (Book::default(), place("first"), place("second"));
        assert_eq!(book.begin(&first, now(), LASTS), Ok(()));
        assert_eq!(book.begin(&second, now(), LASTS), Err(240));
        book.placed(&first, "s-1", now(), LASTS);
        book.ended("s-1");
        assert_eq!(book.begin(&second, now(), LASTS), Ok(()));
    }

    #[test]
    fn a_number_is_free_again_when_the_carrier_refused_the_call_or_the_end_never_came() {
        let (book, first, second) = (Book::default(), place("first"), place("second"));
        book.begin(&first, now(), LASTS).unwrap();
        book.refused(&first);
        assert_eq!(book.begin(&second, now(), LASTS), Ok(()));
        assert_eq!(book.begin(&first, now() + LASTS, LASTS), Ok(()));
    }

    #[test]
    fn news_that_overtakes_the_answer_finds_its_call_by_number() {
        let (book, first) = (Book::default(), place("first"));
        book.begin(&first, now(), LASTS).unwrap();
        assert_eq!(book.call_of(&told("s-1", &first)), Some(first.call_id));
        book.ended("s-1");
        book.placed(&first, "s-1", now(), LASTS);
        assert_eq!(book.call_of(&told("s-1", &first)), Some(first.call_id));
        assert_eq!(book.begin(&place("second"), now(), LASTS), Ok(()));
    }

    #[test]
    fn a_session_of_another_line_or_another_time_is_not_taken_for_the_one_awaited() {
        let (book, first) = (Book::default(), place("first"));
        book.begin(&first, now(), LASTS).unwrap();
        let desk = phone("+15005550001");
        assert_eq!(book.call_of(&Told { from: Some(&desk), ..told("s-0", &first) }), None);
        assert_eq!(book.call_of(&Told { outbound: false, ..told("s-0", &first) }), None);
        assert_eq!(book.call_of(&Told { at: Some(now() - LASTS), ..told("s-0", &first) }), None);
        book.placed(&first, "s-1", now(), LASTS);
        assert_eq!(book.call_of(&told("s-0", &first)), None);
    }
}
