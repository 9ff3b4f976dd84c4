//! Whoever is on the telephone with us is not rung meanwhile, whichever appointment it is about.

use super::*;
use frontdesk_core::{call::CallState, event::EndCause};
use frontdesk_testkit::{CUSTOMER_PHONE, phone};

const BUSY: &str = "the person is on the telephone with us about something else";

/// The call that is placed for an appointment.
fn call_of(simulation: &Simulation, appointment: &Appointment) -> Effect {
    let of = |effect: &Effect| {
        effect.appointment_id == Some(appointment.id) && effect.action == (Action::Call { try_no: 1 })
    };
    simulation.effects().into_iter().find(of).unwrap()
}

#[test]
fn two_appointments_of_one_person_due_at_the_same_moment_ring_one_after_the_other() {
    let simulation =
        simulation(rules(), [(Callee::presses(["1"]), Line::Good), (Callee::presses(["1"]), Line::Good)], []);
    let booked = [book(&simulation), book(&simulation)];
    simulation.pass(Duration::seconds(10));
    let (mut first, mut second) = (&booked[0], &booked[1]);
    if call_of(&simulation, first).state == EffectState::Waiting {
        (first, second) = (second, first);
    }
    let (talks, waits) = (call_of(&simulation, first), call_of(&simulation, second));
    assert_eq!(talks.state, EffectState::Done);
    assert_eq!((waits.state, waits.attempt, waits.due_at), (EffectState::Waiting, 0, start() + Duration::minutes(1)));
    assert_eq!((waits.reason.as_deref(), waits.reaches), (Some(BUSY), None));
    assert_eq!(simulation.appointment(second.id).live_call, None);
    simulation.pass(Duration::minutes(3));
    for appointment in [first, second] {
        let after = simulation.appointment(appointment.id);
        assert_eq!((after.status, after.tries), (Status::Confirmed, 1));
    }
    let calls = simulation.calls();
    assert!(calls[0].ended_at.unwrap() <= calls[1].created_at, "{calls:#?}");
}

#[test]
fn who_rings_us_is_not_rung_meanwhile() {
    let simulation = simulation(rules(), [(Callee::presses(["1"]), Line::Good)], []);
    let rung = simulation.ring(&phone(CUSTOMER_PHONE), "IN-1").call.unwrap();
    let appointment = book(&simulation);
    simulation.pass(Duration::seconds(90));
    assert_eq!(call_of(&simulation, &appointment).reason.as_deref(), Some(BUSY));
    let ended = Event::Ended { cause: EndCause::Completed, seconds: Some(90) };
    simulation.tell(frontdesk_core::call::CallRef::Ours(rung.id), "ended", ended).unwrap();
    simulation.pass(Duration::minutes(2));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed);
}

#[test]
fn a_call_that_waits_for_its_carrier_keeps_nobody_else_from_ringing() {
    let simulation = simulation(rules(), vec![(Callee::Busy, Line::Away), (Callee::presses(["1"]), Line::Good)], []);
    let first = book(&simulation);
    simulation.pass(Duration::milliseconds(1));
    assert_eq!(call_of(&simulation, &first).state, EffectState::Waiting);
    let second = book(&simulation);
    simulation.pass(Duration::milliseconds(1));
    assert_eq!(call_of(&simulation, &second).state, EffectState::Done);
}

#[test]
fn a_call_that_never_ends_keeps_the_person_from_being_rung_no_longer_than_a_call_may_take() {
    let policy = frontdesk_core::rules::Policy::default();
    let longest = Duration::seconds(i64::from(policy.ring_seconds)) + policy.call_limit;
    let simulation = scripted_with(rules(), |command, n| match command {
        CallCommand::Place(_) => Ok(Performed::Placed { provider_call_id: format!("P-{n}") }),
        _ => Ok(Performed::Found { provider_call_id: "P-0".to_owned(), ended: None }),
    });
    let first = book(&simulation);
    simulation.pass(Duration::milliseconds(1));
    let second = book(&simulation);
    simulation.pass(longest - Duration::minutes(1));
    assert_eq!(call_of(&simulation, &second).reason.as_deref(), Some(BUSY));
    simulation.pass(Duration::minutes(3));
    assert_eq!(call_of(&simulation, &second).state, EffectState::Done);
    let row = |appointment: &Appointment| {
        simulation.calls().into_iter().find(|call| call.appointment_id == Some(appointment.id)).unwrap()
    };
    assert_eq!(row(&first).state, CallState::Dialing, "nobody ever told the end of it");
    let since = row(&second).created_at - row(&first).updated_at;
    assert!(since >= longest && since <= longest + Duration::minutes(1), "{since}");
}
