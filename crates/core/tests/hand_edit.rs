//! What the desk changes by hand in the calendar: the appointment follows, once, and the calendar is left as the desk made it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm, Status},
    engine::HandEdited,
    event::Event,
    id::AppointmentId,
    ports::{HandEdit, HandEditKind},
};
use frontdesk_testkit::{Callee, Simulation, booking, moment, ready, rules};
use rstest::rstest;

fn start() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

/// Three days ahead, half an hour, in the calendar as it is in the book.
fn booked(confirm: Confirm) -> (Simulation, Appointment) {
    let simulation = Simulation::new(rules(), start());
    let appointment = simulation.book(booking(start() + Duration::days(3), confirm));
    simulation.pass(Duration::minutes(1));
    assert_eq!(simulation.calendar.entries()[0].revision, appointment.revision);
    (simulation, appointment)
}

fn moved(of: &Appointment, by: Duration, minutes: i64) -> HandEdit {
    let starts_at = of.starts_at + by;
    let what = HandEditKind::Moved { starts_at, ends_at: starts_at + Duration::minutes(minutes) };
    HandEdit { appointment_id: of.id, revision: of.revision, what }
}

fn deleted(of: &Appointment) -> HandEdit {
    HandEdit { appointment_id: of.id, revision: of.revision, what: HandEditKind::Deleted }
}

fn tell(simulation: &Simulation, edit: HandEdit) -> HandEdited {
    ready(simulation.engine.hand_edit(edit)).unwrap()
}

fn followed(simulation: &Simulation, edit: HandEdit) -> Appointment {
    match tell(simulation, edit) {
        HandEdited::Followed(appointment, effects) => {
            assert!(!effects.is_empty());
            assert_eq!(*appointment, simulation.appointment(appointment.id));
            *appointment
        }
        other => panic!("not followed: {other:?}"),
    }
}

/// Its beginning and end in the calendar.
fn shown(simulation: &Simulation, of: AppointmentId) -> (DateTime<Utc>, DateTime<Utc>) {
    let entries = simulation.calendar.entries();
    entries.iter().find(|entry| entry.appointment_id == of).map(|entry| (entry.starts_at, entry.ends_at)).unwrap()
}

#[test]
fn an_appointment_moved_in_the_calendar_follows_and_the_person_is_asked_about_the_new_time() {
    let (simulation, appointment) = booked(Confirm::Policy);
    simulation.carrier.otherwise(Callee::presses(["1"]));
    simulation.pass(Duration::days(2));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed);
    let appointment = simulation.appointment(appointment.id);
    let now = followed(&simulation, moved(&appointment, Duration::days(4), 30));
    assert_eq!((now.starts_at, now.status), (appointment.starts_at + Duration::days(4), Status::Scheduled));
    simulation.pass(Duration::days(4));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed);
    assert_eq!(simulation.carrier.placed().len(), 2);
}

#[rstest]
#[case::moved(Duration::hours(2), 30)]
#[case::longer(Duration::zero(), 45)]
#[case::shorter(Duration::zero(), 15)]
#[case::moved_and_longer(Duration::hours(-3), 90)]
fn what_is_written_back_states_what_the_desk_did(#[case] by: Duration, #[case] minutes: i64) {
    let (simulation, appointment) = booked(Confirm::None);
    let edit = moved(&appointment, by, minutes);
    let now = followed(&simulation, edit);
    simulation.pass(Duration::minutes(1));
    assert!(now.revision > appointment.revision);
    assert_eq!(simulation.calendar.entries()[0].revision, now.revision);
    let HandEditKind::Moved { starts_at, ends_at } = edit.what else { unreachable!() };
    assert_eq!(shown(&simulation, appointment.id), (starts_at, ends_at));
}

#[test]
fn nobody_is_asked_anew_about_an_appointment_that_takes_longer() {
    let (simulation, appointment) = booked(Confirm::Policy);
    simulation.carrier.otherwise(Callee::presses(["1"]));
    simulation.pass(Duration::days(2));
    let appointment = simulation.appointment(appointment.id);
    let now = followed(&simulation, moved(&appointment, Duration::zero(), 60));
    assert_eq!((now.status, now.round), (Status::Confirmed, appointment.round));
    simulation.run_until(appointment.ends_at() + Duration::minutes(1));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed, "it is not over at its old end");
    simulation.run_until(now.ends_at() + Duration::minutes(1));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Completed);
    assert_eq!(simulation.carrier.placed().len(), 1);
}

#[test]
fn an_appointment_taken_out_of_the_calendar_is_cancelled_and_nobody_is_rung_about_it() {
    let (simulation, appointment) = booked(Confirm::Policy);
    let now = followed(&simulation, deleted(&appointment));
    assert_eq!(now.status, Status::Cancelled);
    simulation.pass(Duration::days(4));
    assert_eq!(simulation.carrier.placed(), []);
    assert_eq!(simulation.notifier.sent(), []);
}

#[rstest]
#[case::moved(moved as fn(&Appointment, Duration, i64) -> HandEdit)]
#[case::deleted(|of: &Appointment, _, _| deleted(of))]
fn the_same_change_told_again_changes_nothing(#[case] edit: fn(&Appointment, Duration, i64) -> HandEdit) {
    let (simulation, appointment) = booked(Confirm::None);
    let edit = edit(&appointment, Duration::hours(2), 30);
    let now = followed(&simulation, edit);
    assert_eq!(tell(&simulation, edit), HandEdited::Again);
    assert_eq!(simulation.appointment(appointment.id), now);
}

#[test]
fn a_change_of_an_entry_that_we_are_about_to_replace_waits_until_it_is_told_after_it() {
    let (simulation, appointment) = booked(Confirm::None);
    simulation.happen(
        appointment.id,
        Event::Replied {
            channel: frontdesk_core::effect::Channel::Desk,
            meaning: frontdesk_core::event::Answer::Confirmed,
        },
    );
    let newer = simulation.appointment(appointment.id);
    for edit in [moved(&appointment, Duration::hours(2), 30), deleted(&appointment)] {
        assert!(matches!(tell(&simulation, edit), HandEdited::Left(_)));
        assert_eq!(simulation.appointment(appointment.id), newer);
    }
    let now = followed(&simulation, moved(&newer, Duration::hours(2), 30));
    assert_eq!(now.starts_at, newer.starts_at + Duration::hours(2));
}

#[rstest]
#[case::as_it_is(|of: &Appointment| moved(of, Duration::zero(), 30))]
#[case::within_the_second(|of: &Appointment| moved(of, Duration::milliseconds(400), 30))]
#[case::without_an_end(|of: &Appointment| moved(of, Duration::zero(), 0))]
#[case::into_the_past(|of: &Appointment| moved(of, Duration::days(-4), 30))]
fn what_is_no_change_or_lies_behind_is_left(#[case] edit: fn(&Appointment) -> HandEdit) {
    let (simulation, appointment) = booked(Confirm::None);
    let edit = edit(&appointment);
    assert!(matches!(tell(&simulation, edit), HandEdited::Left(_)));
    assert_eq!(simulation.appointment(appointment.id), appointment);
}

#[test]
fn a_move_into_the_past_is_told_to_the_desk() {
    let (simulation, appointment) = booked(Confirm::None);
    tell(&simulation, moved(&appointment, Duration::days(-4), 30));
    let timeline = simulation.timeline(appointment.id);
    let note = &timeline.last().unwrap().recorded.note;
    assert!(note.contains("not followed"), "{note}");
}

#[test]
fn a_visit_that_is_over_is_left_and_so_is_what_was_cancelled_before() {
    let (simulation, appointment) = booked(Confirm::None);
    followed(&simulation, deleted(&appointment));
    let cancelled = simulation.appointment(appointment.id);
    assert!(matches!(tell(&simulation, deleted(&cancelled)), HandEdited::Left(_)));
    let (simulation, appointment) = booked(Confirm::None);
    simulation.happen(appointment.id, Event::Visited { came: true });
    let over = simulation.appointment(appointment.id);
    for edit in [deleted(&over), moved(&over, Duration::days(1), 30)] {
        assert!(matches!(tell(&simulation, edit), HandEdited::Left(_)));
    }
    assert_eq!(simulation.appointment(appointment.id), over);
}

#[test]
fn an_entry_of_another_gateway_in_the_same_calendar_is_unknown() {
    let (simulation, mut appointment) = booked(Confirm::None);
    appointment.id = AppointmentId::derive(start(), &["another gateway"]);
    assert_eq!(tell(&simulation, deleted(&appointment)), HandEdited::Unknown);
}
