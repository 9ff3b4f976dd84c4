use super::{advance, life, new_subject, noon};
use chrono::Duration;
use frontdesk_core::{
    appointment::{Appointment, Status},
    ports::{AppointmentFilter, CallFilter, Decision, EffectFilter, IvrStore, Trouble},
};
use std::sync::Arc;

/// Twelve appointments an hour apart, three of them at the same time.
async fn many(store: &dyn IvrStore) -> Vec<Appointment> {
    let mut all = Vec::new();
    for n in 0..12_i64 {
        let mut appointment = life(&format!("list {n}")).appointment;
        appointment.starts_at = noon() + Duration::hours(n.max(3));
        appointment.status = if n % 3 == 0 { Status::Confirmed } else { Status::Confirming };
        appointment.service = Some(format!("Service {n}"));
        let decision = Decision { appointment: Some(appointment.clone()), ..Decision::default() };
        advance(store, new_subject(&appointment), None, move |_| decision).await.expect("it is taken in");
        all.push(appointment);
    }
    all.sort_by_key(|appointment| (appointment.starts_at, appointment.id));
    all
}

/// Pages of any size tell every appointment once, in order, ties included.
///
/// # Panics
/// When the law does not hold; so for every law here.
pub async fn pages_tell_everything_once_in_order(store: Arc<dyn IvrStore>) {
    let all: Vec<_> = many(&*store).await.into_iter().map(|appointment| appointment.id).collect();
    for limit in [1, 2, 5, 12, 500, 9_999] {
        let mut told = Vec::new();
        let mut cursor = None;
        loop {
            let filter = AppointmentFilter { limit, cursor, ..AppointmentFilter::default() };
            let page = store.appointments(filter).await.expect("the store answers");
            assert!(page.items.len() <= limit as usize);
            told.extend(page.items.into_iter().map(|appointment| appointment.id));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(told, all, "pages of {limit}");
    }
}

/// A filter keeps what it names; `from` is within, `to` is not.
///
/// # Panics
/// See [`pages_tell_everything_once_in_order`].
pub async fn filters_keep_what_they_name(store: Arc<dyn IvrStore>) {
    let all = many(&*store).await;
    let (from, to) = (noon() + Duration::hours(4), noon() + Duration::hours(8));
    let filter = AppointmentFilter {
        status: Some(Status::Confirming),
        from: Some(from),
        to: Some(to),
        limit: 100,
        ..AppointmentFilter::default()
    };
    let found = store.appointments(filter).await.expect("the store answers").items;
    let wanted = |it: &&Appointment| it.status == Status::Confirming && it.starts_at >= from && it.starts_at < to;
    assert_eq!(found, all.iter().filter(wanted).cloned().collect::<Vec<_>>());
    for (q, n) in [("ana", 12), ("SERVICE 7", 1), ("5550101", 12), ("nobody", 0)] {
        let filter = AppointmentFilter { q: Some(q.to_owned()), limit: 100, ..AppointmentFilter::default() };
        assert_eq!(store.appointments(filter).await.expect("the store answers").items.len(), n, "{q}");
    }
}

/// A cursor that is not one of ours is refused, not obeyed.
///
/// # Panics
/// See [`pages_tell_everything_once_in_order`].
pub async fn a_bad_cursor_is_refused(store: Arc<dyn IvrStore>) {
    for bad in ["", "7", "not a cursor", "' or 1=1 --", "9999999999999999999999_x"] {
        let cursor = || Some(bad.to_owned());
        let errors = [
            store.appointments(AppointmentFilter { cursor: cursor(), limit: 5, ..Default::default() }).await.err(),
            store.calls(CallFilter { cursor: cursor(), limit: 5, ..Default::default() }).await.err(),
            store.effects(EffectFilter { cursor: cursor(), limit: 5, ..Default::default() }).await.err(),
        ];
        for error in errors {
            assert_eq!(error.map(|error| error.trouble), Some(Trouble::Refused), "{bad:?}");
        }
    }
}
