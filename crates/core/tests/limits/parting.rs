//! Calls that end in a way only the carrier knows of.

use crate::{begin, first_call};
use chrono::Duration;
use frontdesk_core::{
    appointment::{Appointment, Status},
    call::{CallRef, CallState, Outcome},
    effect::{Action, Channel, EffectState},
    event::{AnsweredBy, EndCause, Event},
    ports::{EffectRunner, IvrStore},
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

/// An appointment whose call rings, and goes on ringing unless it is ended.
fn ringing() -> (Simulation, Appointment) {
    let (simulation, appointment) = begin(Duration::days(2), [(Callee::NoAnswer, Line::Good)]);
    simulation.pass(Duration::seconds(5));
    assert_eq!(simulation.calls()[0].state, CallState::Ringing);
    (simulation, appointment)
}

fn ends(simulation: &Simulation) -> Vec<(EffectState, Option<String>)> {
    let ends = simulation.effects().into_iter().filter(|effect| effect.action == Action::HangUp { line: None });
    ends.map(|effect| (effect.state, effect.reason)).collect()
}

#[test]
fn the_telephone_of_whoever_answers_in_writing_stops_ringing() {
    let (simulation, appointment) = ringing();
    simulation.write(&phone(CUSTOMER_PHONE), Channel::Sms, "yes");
    simulation.pass(Duration::seconds(1));
    let call = simulation.calls()[0].clone();
    assert_eq!(simulation.carrier.hung_up(), [call.id]);
    assert_eq!((call.state, ends(&simulation)), (CallState::Ended, vec![(EffectState::Done, None)]));
    simulation.pass(Duration::days(1));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed);
    assert_eq!(simulation.carrier.placed().len(), 1);
}

#[test]
fn a_call_that_is_talking_goes_on() {
    let (simulation, _) = ringing();
    let call = CallRef::Ours(simulation.calls()[0].id);
    simulation.tell(call, "answered", Event::Answered { by: AnsweredBy::Human }).unwrap();
    simulation.write(&phone(CUSTOMER_PHONE), Channel::Sms, "yes");
    simulation.pass(Duration::seconds(1));
    assert_eq!(simulation.carrier.hung_up(), []);
    let reason = Some("the call was picked up, or is over".to_owned());
    assert_eq!(ends(&simulation), [(EffectState::Skipped, reason)]);
}

#[test]
fn a_call_that_the_carrier_has_not_named_yet_is_ended_as_soon_as_it_is() {
    let (simulation, _) = begin(Duration::days(2), [(Callee::NoAnswer, Line::LosesCallbacks)]);
    // The answer to the request is lost with whoever waited for it; the look-up will tell the name.
    simulation.store.disturb([false, true]);
    assert!(ready(simulation.engine.run(first_call(&simulation).id)).is_err());
    assert_eq!(simulation.calls()[0].provider_call_id, None);
    simulation.write(&phone(CUSTOMER_PHONE), Channel::Sms, "no");
    simulation.pass(Duration::seconds(1));
    assert_eq!(ends(&simulation), [(EffectState::Waiting, None)]);
    simulation.pass(simulation.engine.rules().lease + Duration::minutes(1));
    assert!(ends(&simulation).iter().all(|(state, _)| *state != EffectState::Waiting), "{:?}", ends(&simulation));
}

#[test]
fn an_end_of_a_second_line_that_was_stored_before_is_still_read() {
    let stored = serde_json::json!({ "kind": "hang_up", "provider": "pretend", "provider_call_id": "P-1" });
    let read: Action = serde_json::from_value(stored.clone()).unwrap();
    assert!(matches!(&read, Action::HangUp { line: Some(line) } if line.provider_call_id == "P-1"), "{read:?}");
    assert_eq!(serde_json::to_value(&read).unwrap(), stored);
    let ringing = Action::HangUp { line: None };
    assert_eq!(serde_json::to_value(&ringing).unwrap(), serde_json::json!({ "kind": "hang_up" }));
    assert_eq!(serde_json::from_value::<Action>(serde_json::json!({ "kind": "hang_up" })).unwrap(), ringing);
}
