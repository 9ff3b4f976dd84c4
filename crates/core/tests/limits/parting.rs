//! Calls that end in a way only the carrier knows of.

use crate::{begin, first_call};
use chrono::Duration;
use frontdesk_core::{
    appointment::{Appointment, Status},
    call::{CallRef, Outcome},
    effect::{Channel, EffectState},
    event::{AnsweredBy, EndCause, Event},
    ports::IvrStore,
};
use frontdesk_testkit::{CUSTOMER_PHONE, Callee, Line, Simulation, phone, ready};

/// A call that is picked up, leads to what is done in it, and ends so.
fn call(keys: &[&str], cause: EndCause) -> (Simulation, Appointment) {
    let (simulation, appointment) = begin(Duration::days(2), [(Callee::NoAnswer, Line::LosesCallbacks)]);
    simulation.pass(Duration::seconds(1));
    let call = simulation.calls()[0].id;
    let tell = |once: &str, event| simulation.tell(CallRef::Ours(call), once, event).unwrap();
    tell("answered", Event::Answered { by: AnsweredBy::Human });
    for (n, digits) in keys.iter().enumerate() {
        let walk = simulation.calls()[0].walk.clone();
        let digits = (*digits).to_owned();
        tell(&format!("key {n}"), Event::Digits { step: walk.step, turn: walk.turn, digits });
    }
    tell("ended", Event::Ended { cause, seconds: Some(20) });
    (simulation, appointment)
}

#[test]
fn who_opts_out_at_the_carrier_is_contacted_by_nobody_any_more() {
    let (simulation, appointment) = call(&[], EndCause::OptedOut);
    assert_eq!(simulation.calls()[0].outcome, Some(Outcome::Declined));
    let contact = ready(simulation.store.contact(&phone(CUSTOMER_PHONE))).unwrap().unwrap();
    assert!([Channel::Voice, Channel::Sms].iter().all(|channel| contact.opted_out.contains(channel)));
    simulation.pass(Duration::days(1));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Unreached);
    assert_eq!((simulation.carrier.placed().len(), simulation.notifier.sent().len()), (1, 0));
    assert_eq!(first_call(&simulation).state, EffectState::Done);
}

#[test]
fn whoever_wanted_the_desk_and_did_not_reach_it_is_asked_again_and_the_desk_is_told() {
    let (simulation, appointment) = call(&["*"], EndCause::NotHandedOver);
    let after = simulation.appointment(appointment.id);
    assert_eq!(after.status, Status::Confirming);
    assert!(after.reason.unwrap().contains("the desk should ring back"));
    simulation.pass(Duration::hours(1));
    assert_eq!(simulation.carrier.placed().len(), 2);
}
