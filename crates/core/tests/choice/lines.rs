//! A carrier that denied a call and rings all the same, in every order in which that can be told.

use crate::{book, call, simulation, start, tried, two_carriers};
use chrono::Duration;
use frontdesk_core::{
    appointment::Status,
    call::{CallRef, CallState, Outcome},
    effect::{Action, EffectState},
    engine::{Answered, Engine},
    event::{AnsweredBy, EndCause, Event},
    ports::{CallCommand, EffectRunner, Performed, Received, ReceivedAbout},
    reply::Verb,
};
use frontdesk_testkit::{BUSINESS, BUSINESS_PHONE, CARRIER, Callee, Line, SPARE_CARRIER, Simulation, phone, ready};
use proptest::{collection::vec, prelude::*, sample::select};
use std::sync::{Arc, OnceLock};

const PICKED_UP: Event = Event::Answered { by: AnsweredBy::Human };
const NOBODY: Event = Event::Ended { cause: EndCause::NoAnswer, seconds: None };

fn tell(simulation: &Simulation, carrier: &str, event: Event) -> Answered {
    let call = simulation.calls()[0].id;
    let once = format!("{}/{}", event.name(), simulation.clock.now());
    simulation.clock.pass(Duration::milliseconds(10));
    simulation.tell_by(carrier, CallRef::Ours(call), Some(&format!("{carrier}-1")), &once, event).unwrap()
}

/// The first carrier has denied the call, and its process ended before the next one was asked.
fn denied() -> Simulation {
    let simulation = simulation(two_carriers(), [(Callee::Busy, Line::Away)], [(Callee::Busy, Line::Good)]);
    book(&simulation);
    simulation.store.disturb([false, false, true]);
    assert!(ready(simulation.engine.run(call(&simulation, 1).id)).is_err());
    assert_eq!((call(&simulation, 1).state, call(&simulation, 1).passed_on), (EffectState::Waiting, true));
    simulation
}

/// The first carrier has denied the call, and the second one has taken it; nothing has been told yet.
fn taken() -> Simulation {
    let simulation =
        simulation(two_carriers(), [(Callee::Busy, Line::Away)], [(Callee::NoAnswer, Line::LosesCallbacks)]);
    book(&simulation);
    simulation.pass(Duration::zero());
    assert_eq!(call(&simulation, 1).state, EffectState::Done);
    simulation
}

fn ended_lines(simulation: &Simulation) -> Vec<String> {
    let ended = simulation.effects().into_iter().filter_map(|effect| match effect.action {
        Action::HangUp { line } => line.map(|line| line.provider),
        _ => None,
    });
    ended.collect()
}

fn hangs_up(answered: &Answered) -> bool {
    answered.reply.0 == [Verb::Hangup]
}

fn asks(answered: &Answered) -> bool {
    matches!(answered.reply.0.last(), Some(Verb::Ask { .. }))
}

#[test]
fn a_call_that_goes_back_to_the_first_carrier_is_from_the_number_that_one_shows() {
    let mut rules = two_carriers();
    let spares = phone("+15005550002");
    rules.businesses.get_mut(BUSINESS).unwrap().numbers = [(SPARE_CARRIER.to_owned(), spares.clone())].into();
    let simulation = simulation(rules, [(Callee::Busy, Line::Away)], [(Callee::NoAnswer, Line::LosesCallbacks)]);
    book(&simulation);
    simulation.pass(Duration::zero());
    assert_eq!(simulation.calls()[0].from, spares);
    tell(&simulation, CARRIER, PICKED_UP);
    let row = simulation.calls().remove(0);
    assert_eq!((row.provider.as_str(), row.from.reveal()), (CARRIER, BUSINESS_PHONE));
}

#[test]
fn while_nobody_else_is_at_it_the_call_is_the_first_carriers_and_nobody_else_is_asked() {
    for proof in [Event::Ringing, PICKED_UP, NOBODY] {
        let simulation = denied();
        tell(&simulation, CARRIER, proof);
        let effect = call(&simulation, 1);
        assert_eq!((effect.state, effect.passed_on), (EffectState::Done, false));
        let row = &simulation.calls()[0];
        assert_eq!((row.provider.as_str(), row.provider_call_id.as_deref()), (CARRIER, Some("pretend-1")));
        simulation.pass(Duration::minutes(1));
        assert_eq!(simulation.spare.placed(), []);
    }
}

#[test]
fn while_another_one_is_being_asked_the_call_goes_to_the_one_that_is_proven_and_the_other_line_is_ended() {
    let engine: Arc<OnceLock<(Engine, CallRef)>> = Arc::default();
    let inside = Arc::clone(&engine);
    let mut simulation = simulation(two_carriers(), [(Callee::Busy, Line::Away)], []);
    let mut ports = simulation.engine.ports().clone();
    // Between the request and the answer of the second carrier the first one makes itself heard.
    let answer = move |command: &CallCommand, _| {
        if !matches!(command, CallCommand::Place(_)) {
            return Ok(Performed::Done);
        }
        let (engine, call) = inside.get().unwrap();
        let about = ReceivedAbout::Call { call: call.clone(), provider_call_id: Some("P-1".to_owned()), parties: None };
        let received = Received::new(about, "P-1/ringing".to_owned(), Event::Ringing);
        ready(engine.receive(CARRIER, received)).unwrap();
        Ok(Performed::Placed { provider_call_id: "S-1".to_owned() })
    };
    ports.carriers.insert(SPARE_CARRIER.to_owned(), Arc::new(crate::Scripted::new(SPARE_CARRIER, answer)));
    simulation.engine =
        Engine::new(Arc::new(two_carriers()), Arc::clone(&simulation.store) as _, ports, simulation.clock.world());
    book(&simulation);
    let effect = call(&simulation, 1);
    assert!(engine.set((simulation.engine.clone(), CallRef::Ours(effect.call_id.unwrap()))).is_ok());
    simulation.pass(Duration::zero());
    let row = &simulation.calls()[0];
    assert_eq!((row.provider.as_str(), row.provider_call_id.as_deref()), (CARRIER, Some("P-1")));
    assert_eq!(call(&simulation, 1).state, EffectState::Done);
    assert_eq!(ended_lines(&simulation), [SPARE_CARRIER]);
    assert!(simulation.effects().iter().all(|it| it.action.kind() != "hang_up" || it.state == EffectState::Done));
}

#[test]
fn a_second_line_that_rings_is_ended_and_the_call_stays_where_it_is() {
    let simulation = taken();
    tell(&simulation, CARRIER, Event::Ringing);
    tell(&simulation, CARRIER, Event::Ringing);
    simulation.pass(Duration::zero());
    assert_eq!(ended_lines(&simulation), [CARRIER], "once");
    assert_eq!(simulation.carrier.hung_up().len(), 1);
    assert_eq!(simulation.calls()[0].provider, SPARE_CARRIER);
}

#[test]
fn the_line_that_is_picked_up_first_is_the_call_and_the_other_one_is_ended() {
    let simulation = taken();
    assert!(asks(&tell(&simulation, CARRIER, PICKED_UP)));
    simulation.pass(Duration::zero());
    assert_eq!(ended_lines(&simulation), [SPARE_CARRIER]);
    assert_eq!(simulation.calls()[0].provider, CARRIER);
    assert_eq!(tried(&call(&simulation, 1)), [("pretend", 1), ("spare", 1)]);
    assert!(hangs_up(&tell(&simulation, SPARE_CARRIER, PICKED_UP)));
    tell(&simulation, SPARE_CARRIER, NOBODY);
    assert_eq!(simulation.calls()[0].state, CallState::InProgress, "its end is not the call's");
}

#[test]
fn whoever_picks_up_the_second_line_while_the_first_one_is_held_is_hung_up() {
    let simulation = taken();
    assert!(asks(&tell(&simulation, SPARE_CARRIER, PICKED_UP)));
    assert!(hangs_up(&tell(&simulation, CARRIER, PICKED_UP)));
    assert_eq!(simulation.calls()[0].provider, SPARE_CARRIER);
}

#[test]
fn a_line_that_ends_elsewhere_does_not_end_the_call() {
    let simulation = taken();
    tell(&simulation, CARRIER, NOBODY);
    assert_ne!(simulation.calls()[0].state, CallState::Ended);
    assert_eq!(ended_lines(&simulation), [""; 0]);
}

#[test]
fn a_call_that_is_over_is_not_taken_up_again_by_a_carrier_that_had_denied_it() {
    let simulation = taken();
    tell(&simulation, SPARE_CARRIER, NOBODY);
    assert!(hangs_up(&tell(&simulation, CARRIER, PICKED_UP)));
    assert_eq!(simulation.calls()[0].outcome, Some(Outcome::NoAnswer));
}

#[test]
fn somebody_who_was_never_asked_to_place_a_call_does_not_name_it() {
    let simulation = taken();
    tell(&simulation, "an-agent", Event::Ringing);
    let row = &simulation.calls()[0];
    assert_eq!((row.provider.as_str(), row.state), (SPARE_CARRIER, CallState::Ringing));
    assert_ne!(row.provider_call_id.as_deref(), Some("an-agent-1"));
}

#[test]
fn a_carrier_that_lies_and_is_picked_up_first_is_heard_to_the_end() {
    let plan = [(Callee::presses(["1"]), Line::Lies)];
    let simulation = simulation(two_carriers(), plan, [(Callee::NoAnswer, Line::LosesCallbacks)]);
    let appointment = book(&simulation);
    simulation.pass(Duration::zero());
    // Its ringing is told late: by then it is picked up.
    let call = simulation.calls()[0].id;
    assert!(asks(&tell(&simulation, CARRIER, PICKED_UP)));
    let keys = Event::Digits { step: "menu".to_owned(), turn: 1, digits: "1".to_owned() };
    simulation.tell_by(CARRIER, CallRef::Ours(call), None, "keys", keys).unwrap();
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed);
}

fn told() -> impl Strategy<Value = (&'static str, Event)> {
    let events = vec![
        Event::Ringing,
        PICKED_UP,
        Event::Answered { by: AnsweredBy::Machine },
        NOBODY,
        Event::Ended { cause: EndCause::Completed, seconds: Some(3) },
        Event::Noted { what: "billed".to_owned() },
    ];
    (select(vec![CARRIER, SPARE_CARRIER]), select(events))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn whatever_two_carriers_tell_in_any_order_one_conversation_is_held(
        both in any::<bool>(),
        events in vec(told(), 0..12),
    ) {
        let simulation = if both { taken() } else { denied() };
        let mut spoken_to = None;
        for (carrier, event) in events {
            let asked = simulation.spare.placed().len();
            if carrier == SPARE_CARRIER && asked == 0 {
                // It was never asked: nothing comes from it.
                continue;
            }
            let proof = !matches!(event, Event::Noted { .. });
            let before = simulation.calls()[0].clone();
            let answered = tell(&simulation, carrier, event);
            let after = simulation.calls()[0].clone();
            prop_assert!(after.state >= before.state);
            if before.state >= CallState::InProgress {
                prop_assert_eq!(&after.provider, &before.provider, "a call that is held stays where it is");
            }
            if before.state == CallState::Ended {
                prop_assert_eq!(after.outcome, before.outcome);
            }
            if asks(&answered) {
                prop_assert_eq!(*spoken_to.get_or_insert(carrier), carrier, "two conversations");
            }
            simulation.run_until(start() + Duration::seconds(1));
            prop_assert!(!proof || simulation.spare.placed().len() == asked, "somebody else is asked while one rings");
        }
    }
}
