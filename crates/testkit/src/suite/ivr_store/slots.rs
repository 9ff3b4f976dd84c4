//! The laws of times at a business.

use super::{advance, line, look, new_subject, noon};
use crate::{BUSINESS, booking, phone};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm, Status},
    id::AppointmentId,
    machine::take,
    ports::{Busy, Decision, IvrStore, Subject},
    rules::Policy,
    slots::{Hold, Taken},
};
use std::sync::Arc;

fn hour(n: i64) -> Busy {
    let from = noon() + Duration::days(3) + Duration::hours(n);
    Busy { from, to: from + Duration::hours(1) }
}

/// Takes one in at this hour, each with a number of their own: what one person's appointments are decided about waits for
/// each other in any case.
async fn visit(store: &dyn IvrStore, name: &str, n: i64) -> Appointment {
    let id = AppointmentId::derive(noon(), &["store suite", name]);
    let mut new = booking(hour(n).from, Confirm::None);
    new.customer.phone = phone(&format!("+15005551{:03}", id.0.as_u128() % 1_000));
    let mut appointment = take(&Policy::default(), id, new, noon()).appointment;
    appointment.duration_minutes = 60;
    let decision = Decision { appointment: Some(appointment.clone()), ..Decision::default() };
    advance(store, new_subject(&appointment), None, move |_| decision).await.expect("it is taken in");
    appointment
}

fn slot(appointment: &Appointment, time: Busy) -> Subject {
    Subject::Slot { appointment: appointment.id, call: None, time }
}

async fn hold(store: &dyn IvrStore, appointment: &Appointment, time: Busy, until: DateTime<Utc>) {
    let hold = Hold { appointment: appointment.id, business: BUSINESS.to_owned(), time, until };
    let decision = Decision { hold: Some(hold), ..Decision::default() };
    advance(store, slot(appointment, time), None, move |_| decision).await.expect("the store answers");
}

/// Whose they are, sorted.
fn whose(taken: &[Taken]) -> Vec<AppointmentId> {
    let mut ids: Vec<_> = taken.iter().map(|taken| taken.appointment).collect();
    ids.sort_unstable();
    ids
}

/// Whoever decides about a time is shown every appointment that takes a part of it, and none that does not: one that adjoins,
/// one that is cancelled or over, or one of another business.
///
/// # Panics
/// See [`super::repeat_decides_nothing_and_replies_alike`].
pub async fn a_time_is_shown_with_what_takes_it(store: Arc<dyn IvrStore>) {
    let wanting = visit(&*store, "wanting", 1).await;
    let there = visit(&*store, "there", 4).await;
    visit(&*store, "before", 3).await;
    visit(&*store, "after", 5).await;
    for (name, status) in [("cancelled", Status::Cancelled), ("came", Status::Completed), ("missed", Status::NoShow)] {
        let gone = Appointment { status, ..visit(&*store, name, 4).await };
        let decision = Decision { appointment: Some(gone.clone()), ..Decision::default() };
        advance(&*store, Subject::Appointment(gone.id), None, move |_| decision).await.expect("the store answers");
    }
    let elsewhere = Appointment { business: "elsewhere".to_owned(), ..there.clone() };
    let elsewhere = Appointment { id: AppointmentId::derive(noon(), &["elsewhere"]), ..elsewhere };
    let subject = Subject::New { business: "elsewhere".to_owned(), external_id: None, id: elsewhere.id };
    let decision = Decision { appointment: Some(elsewhere), ..Decision::default() };
    advance(&*store, subject, None, move |_| decision).await.expect("the store answers");

    let loaded = look(&*store, slot(&wanting, hour(4))).await;
    assert_eq!(loaded.appointment.map(|appointment| appointment.id), Some(wanting.id));
    assert_eq!(loaded.taken, [Taken { appointment: there.id, time: hour(4), held_until: None }]);
    assert_eq!(store.taken(BUSINESS, hour(4), noon()).await.expect("the store answers"), loaded.taken);
    // A part of it is enough, and its own time is shown as well.
    let half = Busy { from: hour(4).from + Duration::minutes(30), to: hour(5).from + Duration::minutes(1) };
    assert_eq!(store.taken(BUSINESS, half, noon()).await.expect("the store answers").len(), 2);
    assert_eq!(whose(&look(&*store, slot(&wanting, hour(1))).await.taken), [wanting.id]);
    assert_eq!(look(&*store, Subject::Appointment(wanting.id)).await.taken, []);
}

/// What is held is shown until it runs out; an appointment holds one time, the last one.
///
/// # Panics
/// See [`super::repeat_decides_nothing_and_replies_alike`].
pub async fn a_held_time_is_shown_until_it_runs_out(store: Arc<dyn IvrStore>) {
    let (one, other) = (visit(&*store, "one", 1).await, visit(&*store, "other", 2).await);
    let until = noon() + Duration::minutes(5);
    hold(&*store, &one, hour(6), until).await;
    let held = Taken { appointment: one.id, time: hour(6), held_until: Some(until) };
    assert_eq!(look(&*store, slot(&other, hour(6))).await.taken, [held]);
    assert_eq!(store.taken(BUSINESS, hour(6), until).await.expect("the store answers"), []);
    hold(&*store, &one, hour(7), until).await;
    assert_eq!(look(&*store, slot(&other, hour(6))).await.taken, []);
    assert_eq!(whose(&look(&*store, slot(&other, hour(7))).await.taken), [one.id]);
    // Run out already: let go.
    hold(&*store, &one, hour(7), noon()).await;
    assert_eq!(look(&*store, slot(&other, hour(7))).await.taken, []);
}

/// Of many who want the same time at the same moment, by holding it or by taking it, one gets it; whoever is taken in at that
/// time meanwhile is seen, too.
///
/// # Panics
/// See [`super::repeat_decides_nothing_and_replies_alike`].
pub async fn two_people_never_get_the_same_slot(store: Arc<dyn IvrStore>) {
    const MANY: i64 = 16;
    let mut people = Vec::new();
    for n in 0..MANY {
        people.push(visit(&*store, &format!("person {n}"), 100 + n).await);
    }
    for round in 0..4 {
        let time = hour(10 + round);
        let mut tasks = Vec::new();
        for (n, mut wanting) in people.clone().into_iter().enumerate() {
            let store = Arc::clone(&store);
            tasks.push(tokio::spawn(async move {
                if n == 0 && round % 2 == 1 {
                    visit(&*store, &format!("walked in {round}"), 10 + round).await;
                    return 1;
                }
                let hold = Hold {
                    appointment: wanting.id,
                    business: BUSINESS.to_owned(),
                    time,
                    until: noon() + Duration::minutes(5),
                };
                let subject = slot(&wanting, time);
                let decide = move |loaded: frontdesk_core::ports::Loaded| {
                    if loaded.taken.iter().any(|taken| taken.appointment != wanting.id) {
                        return Decision { events: vec![line("somebody was faster")], ..Decision::default() };
                    }
                    if n % 2 == 0 {
                        return Decision { hold: Some(hold), ..Decision::default() };
                    }
                    wanting.starts_at = time.from;
                    Decision { appointment: Some(wanting), ..Decision::default() }
                };
                let told = advance(&*store, subject, None, decide).await.expect("the store answers");
                u32::from(told.decision.hold.is_some() || told.decision.appointment.is_some())
            }));
        }
        for task in tasks {
            task.await.expect("no task panics");
        }
        let there = store.taken(BUSINESS, time, noon()).await.expect("the store answers");
        // Whoever walks in is the desk's affair and is not refused; nobody takes their time after them.
        let walked_in = there.iter().filter(|taken| !people.iter().any(|one| one.id == taken.appointment)).count();
        assert!(there.len() - walked_in <= 1, "{there:?}");
        assert!(!there.is_empty());
    }
}
