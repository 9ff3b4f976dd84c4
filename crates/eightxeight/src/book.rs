//! The attempts under way in this process: which number is being called.
//!
//! 8x8 has no idempotency key and no look-up, and the first webhook of a session names neither us nor our call: the store
//! finds the call by who is rung. So no number is called twice at a time, and an attempt is noted before the request
//! leaves. This process knows of its own attempts only, and forgets them when it ends; two calls to one number at a time
//! are then told apart by the carrier's names for them, and, while those are not known, by when they were decided.

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
}

struct Attempt {
    call: CallId,
    from: Phone,
    began: DateTime<Utc>,
    until: DateTime<Utc>,
    session: Option<String>,
}

impl Book {
    /// Notes an attempt, or says for how many seconds its number is taken by another call.
    pub(crate) fn begin(&self, place: &PlaceCall, now: DateTime<Utc>, lasts: Duration) -> Result<(), u32> {
        let mut pages = self.pages();
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
    pub(crate) fn placed(&self, place: &PlaceCall, session: &str) {
        // Its end may have been told already; then nothing is open any more.
        if let Some(attempt) = self.pages().open.get_mut(&place.to).filter(|open| open.call == place.call_id) {
            attempt.session = Some(session.to_owned());
        }
    }

    /// The carrier surely did not take it.
    pub(crate) fn refused(&self, place: &PlaceCall) {
        let mut pages = self.pages();
        if pages.open.get(&place.to).is_some_and(|open| open.call == place.call_id) {
            pages.open.remove(&place.to);
        }
    }

    /// A session between these two is over: its number may be called again. One whose name we were not told is known by
    /// who was rung; `at` is any time in it.
    pub(crate) fn ended(&self, session: &str, parties: Option<&(Phone, Phone)>, at: Option<DateTime<Utc>>) {
        self.pages().open.retain(|number, attempt| match &attempt.session {
            Some(own) => own != session,
            None => {
                let same = parties.is_some_and(|(from, to)| *from == attempt.from && to == number);
                let earlier = at.is_some_and(|at| at < attempt.began - SKEW);
                !same || earlier
            }
        });
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
            agent: None,
        }
    }

    fn parties(place: &PlaceCall) -> (Phone, Phone) {
        (place.from.clone(), place.to.clone())
    }

    #[test]
    fn a_number_that_is_being_called_is_not_called_again_until_that_is_over() {
        let (book, first, second) = (Book::default(), place("first"), place("second"));
        assert_eq!(book.begin(&first, now(), LASTS), Ok(()));
        assert_eq!(book.begin(&second, now(), LASTS), Err(240));
        book.placed(&first, "s-1");
        book.ended("s-2", Some(&parties(&first)), Some(now()));
        assert_eq!(book.begin(&second, now(), LASTS), Err(240));
        book.ended("s-1", None, None);
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
    fn the_end_of_a_session_whose_name_was_lost_frees_the_number_it_rang() {
        let (book, first) = (Book::default(), place("first"));
        book.begin(&first, now(), LASTS).unwrap();
        book.ended("s-1", Some(&parties(&first)), Some(now()));
        // The answer to our request comes after all.
        book.placed(&first, "s-1");
        assert_eq!(book.begin(&place("second"), now(), LASTS), Ok(()));
    }

    #[test]
    fn the_end_of_a_session_of_another_line_or_another_time_frees_nothing() {
        let (book, first) = (Book::default(), place("first"));
        book.begin(&first, now(), LASTS).unwrap();
        book.ended("s-0", Some(&(phone("+15005550001"), first.to.clone())), Some(now()));
        book.ended("s-0", Some(&parties(&first)), Some(now() - LASTS));
        book.ended("s-0", None, None);
        assert_eq!(book.begin(&place("second"), now(), LASTS), Err(240));
    }
}
