//! Several carriers in order: who is asked, who is passed over, and that nobody is knowingly rung twice.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm, Status},
    breaker::BreakerState,
    call::Outcome,
    effect::{Action, Channel, Effect, EffectState},
    engine::{CarrierState, Engine, Ports},
    event::{Answer, Event},
    id::EffectId,
    ports::{CallCommand, EffectRunner, Happened, IvrStore, Performed, PortError, PortResult, Trouble},
    rules::Rules,
};
use frontdesk_testkit::{BUSINESS, Callee, Clock, Line, SPARE_CARRIER, Simulation, booking, moment, ready, rules};
use rstest::rstest;
use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

mod barred;
mod busy;
mod lines;
mod scripted;

use scripted::Scripted;

fn start() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

fn two_carriers() -> Rules {
    carriers(["pretend", "spare"])
}

fn carriers<const N: usize>(names: [&str; N]) -> Rules {
    let mut rules = rules();
    rules.businesses.get_mut(BUSINESS).unwrap().carriers = names.map(str::to_owned).to_vec();
    rules
}

fn simulation(
    rules: Rules,
    first: impl IntoIterator<Item = (Callee, Line)>,
    spare: impl IntoIterator<Item = (Callee, Line)>,
) -> Simulation {
    let simulation = Simulation::new(rules, start());
    simulation.carrier.plan(first);
    simulation.spare.plan(spare);
    simulation
}

fn book(simulation: &Simulation) -> Appointment {
    simulation.book(booking(start() + Duration::days(2), Confirm::Now))
}

/// Another vendor behind the first carrier's name.
fn scripted(rules: Rules, answer: impl Fn(u32) -> PortResult<Performed> + Send + Sync + 'static) -> Simulation {
    scripted_with(rules, move |command, n| match command {
        CallCommand::Place(_) => answer(n),
        _ => Ok(Performed::Missing),
    })
}

fn scripted_with(
    rules: Rules,
    answer: impl Fn(&CallCommand, u32) -> PortResult<Performed> + Send + Sync + 'static,
) -> Simulation {
    let mut simulation = Simulation::new(rules.clone(), start());
    let mut ports: Ports = simulation.engine.ports().clone();
    ports.carriers.insert("pretend".to_owned(), Arc::new(Scripted::new("pretend", answer)));
    simulation.engine =
        Engine::new(Arc::new(rules), Arc::clone(&simulation.store) as _, ports, simulation.clock.world());
    simulation
}

fn call(simulation: &Simulation, try_no: u32) -> Effect {
    simulation.effects().into_iter().find(|effect| effect.action == Action::Call { try_no }).unwrap()
}

fn tried(effect: &Effect) -> Vec<(&str, u32)> {
    effect.tried.iter().map(|tried| (tried.carrier.as_str(), tried.attempt)).collect()
}

fn carrier(simulation: &Simulation, name: &str) -> CarrierState {
    simulation.engine.carriers().into_iter().find(|carrier| carrier.name == name).unwrap()
}

#[rstest]
#[case(Trouble::Unavailable)]
#[case(Trouble::Unauthorised)]
#[case(Trouble::Barred)]
#[case(Trouble::Unsupported)]
#[case(Trouble::Broken)]
fn what_one_carrier_surely_did_not_place_the_next_one_places_at_once(#[case] trouble: Trouble) {
    let simulation =
        scripted(two_carriers(), move |_| Err(PortError::new("pretend", Happened::No, trouble, "not by us")));
    simulation.spare.plan([(Callee::presses(["1"]), Line::Good)]);
    let appointment = book(&simulation);
    simulation.pass(Duration::zero());
    let placed = call(&simulation, 1);
    assert_eq!((placed.state, placed.attempt, placed.passed_on), (EffectState::Done, 1, false));
    assert_eq!(tried(&placed), [("pretend", 1)]);
    assert_eq!(placed.tried[0].reason, "pretend: not by us");
    let row = &simulation.calls()[0];
    assert_eq!((row.provider.as_str(), row.provider_call_id.is_some()), (SPARE_CARRIER, true));
    simulation.pass(Duration::minutes(5));
    let after = simulation.appointment(appointment.id);
    assert_eq!((after.status, after.tries), (Status::Confirmed, 1));
}

#[test]
fn a_carrier_that_is_not_configured_any_more_is_passed_over() {
    let simulation = simulation(carriers(["gone", "spare"]), [], [(Callee::presses(["1"]), Line::Good)]);
    let appointment = book(&simulation);
    simulation.pass(Duration::minutes(5));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed);
    assert_eq!(tried(&call(&simulation, 1)), [("gone", 1)]);
}

#[test]
fn the_timeline_tells_who_was_asked_and_why_the_next_one_was() {
    let simulation = simulation(two_carriers(), [(Callee::Busy, Line::Away)], [(Callee::Busy, Line::Good)]);
    let appointment = book(&simulation);
    simulation.pass(Duration::zero());
    let lines = simulation.timeline(appointment.id);
    let notes: Vec<_> = lines.iter().map(|line| line.recorded.note.as_str()).collect();
    let order = [
        "call begins, by pretend",
        "pretend: nobody there; surely not placed, spare is asked",
        "call begins, by spare",
        "call done",
    ];
    let places: Vec<_> = order.iter().map(|note| notes.iter().position(|it| it == note).unwrap()).collect();
    assert!(places.is_sorted(), "{notes:#?}");
}

#[test]
fn a_number_that_is_refused_is_refused_whoever_is_asked() {
    let simulation =
        simulation(two_carriers(), [(Callee::Busy, Line::Refuses)], [(Callee::presses(["1"]), Line::Good)]);
    let appointment = book(&simulation);
    simulation.pass(Duration::days(1));
    assert_eq!((simulation.carrier.placed().len(), simulation.spare.placed().len()), (0, 0));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Unreached);
    assert_eq!(carrier(&simulation, "pretend").failures, 0, "a carrier that refuses a number is well");
}

#[rstest]
#[case(Line::LosesAnswer)]
#[case(Line::LosesAnswerForGood)]
#[case(Line::LosesRequest)]
#[case(Line::LosesRequestForGood)]
fn a_call_whose_fate_is_unknown_is_never_passed_on(#[case] line: Line) {
    let simulation = simulation(two_carriers(), [(Callee::NoAnswer, line)], []);
    simulation.carrier.otherwise(Callee::NoAnswer);
    book(&simulation);
    simulation.pass(Duration::days(1));
    assert_eq!(simulation.spare.placed(), []);
    assert!(call(&simulation, 1).tried.is_empty());
}

#[test]
fn a_call_whose_fate_is_unknown_with_the_second_carrier_goes_to_no_third_one() {
    let simulation = simulation(
        carriers(["pretend", "spare", "pretend-2"]),
        [(Callee::Busy, Line::Away)],
        [(Callee::NoAnswer, Line::LosesRequest)],
    );
    book(&simulation);
    simulation.pass(Duration::minutes(1));
    let effect = call(&simulation, 1);
    assert_eq!((effect.state, tried(&effect)), (EffectState::Failed, vec![("pretend", 1)]));
    assert_eq!(simulation.calls()[0].outcome, Some(Outcome::Failed));
}

#[test]
fn an_answer_that_comes_when_the_fate_was_unknown_already_passes_nothing_on() {
    let stage: Arc<OnceLock<(Engine, Clock)>> = Arc::default();
    let inside = Arc::clone(&stage);
    let simulation = scripted_with(two_carriers(), move |command, n| {
        let nobody = |what| Err(PortError::new("pretend", Happened::No, Trouble::Unavailable, what));
        let (engine, clock) = inside.get().unwrap();
        let (CallCommand::Place(place), 0) = (command, n) else {
            return nobody("the look-up got no answer");
        };
        // The answer takes longer than the lease: somebody else has begun to look it up.
        clock.pass(engine.rules().lease);
        ready(engine.run(EffectId(place.call_id.0))).unwrap();
        nobody("nobody there")
    });
    assert!(stage.set((simulation.engine.clone(), simulation.clock.clone())).is_ok());
    book(&simulation);
    simulation.pass(Duration::zero());
    let effect = call(&simulation, 1);
    assert_eq!((effect.state, effect.passed_on, tried(&effect)), (EffectState::Waiting, false, vec![("pretend", 1)]));
    assert_eq!(simulation.spare.placed(), []);
}

#[test]
fn an_effect_stored_before_there_were_several_carriers_is_still_read() {
    let simulation = simulation(two_carriers(), [], []);
    book(&simulation);
    let effect = call(&simulation, 1);
    let stored = serde_json::to_value(&effect).unwrap();
    assert!(stored.get("tried").is_none() && stored.get("passed_on").is_none(), "{stored}");
    assert_eq!(serde_json::from_value::<Effect>(stored).unwrap(), effect);
}

#[test]
fn when_every_carrier_is_down_the_next_attempt_begins_with_the_first() {
    let simulation = simulation(
        two_carriers(),
        [(Callee::Busy, Line::Away), (Callee::presses(["1"]), Line::Good)],
        [(Callee::Busy, Line::Away)],
    );
    let appointment = book(&simulation);
    simulation.pass(Duration::seconds(1));
    let effect = call(&simulation, 1);
    assert_eq!(
        (effect.state, effect.attempt, effect.due_at),
        (EffectState::Waiting, 1, start() + Duration::seconds(2))
    );
    assert_eq!(effect.reason.as_deref(), Some("pretend: nobody there; spare: nobody there"));
    assert_eq!(simulation.appointment(appointment.id).live_call, None);
    simulation.pass(Duration::minutes(5));
    let effect = call(&simulation, 1);
    assert_eq!((effect.state, effect.attempt), (EffectState::Done, 2));
    assert_eq!(tried(&effect), [("pretend", 1), ("spare", 1)]);
    let after = simulation.appointment(appointment.id);
    assert_eq!((after.status, after.tries), (Status::Confirmed, 1), "all of it is one try");
}

#[test]
fn passing_on_uses_up_no_attempt() {
    let mut rules = two_carriers();
    rules.breaker.opens_after = 100;
    let simulation = simulation(rules, vec![(Callee::Busy, Line::Away); 8], vec![(Callee::Busy, Line::Away); 8]);
    book(&simulation);
    simulation.pass(Duration::minutes(15));
    let effect = call(&simulation, 1);
    assert_eq!((effect.state, effect.attempt, effect.tried.len()), (EffectState::Failed, 8, 16));
}

#[test]
fn one_carrier_with_hope_is_enough_to_try_again_later() {
    let simulation = scripted(two_carriers(), |_| {
        Err(PortError::new("pretend", Happened::No, Trouble::Unauthorised, "the account is suspended"))
    });
    simulation.spare.plan([(Callee::Busy, Line::Away), (Callee::presses(["1"]), Line::Good)]);
    let appointment = book(&simulation);
    simulation.pass(Duration::minutes(5));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed);
}

#[test]
fn whoever_answers_between_two_carriers_is_not_rung_by_the_second() {
    let simulation = simulation(two_carriers(), [(Callee::Busy, Line::Away)], []);
    let appointment = book(&simulation);
    // Begun and passed on, and then the process ends.
    simulation.store.disturb([false, false, true]);
    assert!(ready(simulation.engine.run(call(&simulation, 1).id)).is_err());
    assert!(call(&simulation, 1).passed_on);
    simulation.happen(appointment.id, Event::Replied { channel: Channel::Desk, meaning: Answer::Confirmed });
    simulation.pass(Duration::days(1));
    assert_eq!((simulation.carrier.placed().len(), simulation.spare.placed().len()), (0, 0));
}

/// So many appointments, one after the other, each of somebody else and asked about at once.
fn many(simulation: &Simulation, n: usize) -> Vec<Effect> {
    let before = simulation.effects().len();
    for n in 0..n {
        let mut new = booking(start() + Duration::days(2), Confirm::Now);
        new.customer.phone = frontdesk_testkit::phone(&format!("+1500556{:04}", before + n));
        simulation.book(new);
        simulation.pass(Duration::milliseconds(1));
    }
    let calls = simulation.effects().into_iter().filter(|effect| effect.action == Action::Call { try_no: 1 });
    assert!(before < simulation.effects().len());
    calls.collect()
}

#[test]
fn a_carrier_that_fails_again_and_again_is_left_alone_and_probed_after_a_while() {
    let simulation = simulation(two_carriers(), vec![(Callee::Busy, Line::Away); 5], []);
    many(&simulation, 5);
    let first = carrier(&simulation, "pretend");
    assert_eq!((first.breaker, first.failures), (BreakerState::Open, 5));
    assert_eq!(first.reason.as_deref(), Some("pretend: nobody there"));
    let sixth = many(&simulation, 1).pop().unwrap();
    assert_eq!((sixth.state, sixth.tried.len()), (EffectState::Done, 0), "the first one was not asked");
    let notes = simulation.timeline(sixth.appointment_id.unwrap());
    assert!(notes.iter().any(|line| line.recorded.kind == "passed_over"), "{notes:#?}");
    assert_eq!(simulation.engine.voiceless(), [""; 0]);
    simulation.pass(Duration::seconds(31));
    assert_eq!(carrier(&simulation, "pretend").breaker, BreakerState::HalfOpen);
    many(&simulation, 1);
    assert_eq!(carrier(&simulation, "pretend").breaker, BreakerState::Closed);
    assert_eq!(simulation.carrier.placed().len(), 1);
}

/// It rings somebody already, or has a pace of its own: another carrier would ring them a second time, or spill a burst.
#[test]
fn a_carrier_that_asks_for_patience_is_waited_for_and_nobody_else_is_asked() {
    let simulation = scripted(two_carriers(), |n| match n {
        0 => Err(PortError::new("pretend", Happened::No, Trouble::RateLimited(Some(5)), "one call at a time")),
        _ => Ok(Performed::Placed { provider_call_id: "theirs".to_owned() }),
    });
    book(&simulation);
    simulation.pass(Duration::seconds(1));
    let waiting = call(&simulation, 1);
    assert_eq!((waiting.state, tried(&waiting)), (EffectState::Waiting, Vec::new()));
    assert_eq!(waiting.reason.as_deref(), Some("pretend: one call at a time"));
    simulation.pass(Duration::seconds(5));
    let placed = call(&simulation, 1);
    assert_eq!((placed.state, placed.result.as_deref()), (EffectState::Done, Some("theirs")));
    assert_eq!(simulation.spare.placed().len(), 0);
    assert_eq!(carrier(&simulation, "pretend").breaker, BreakerState::Closed);
}

/// A list at the vendor lags: how long to wait before it counts begins with the request that is in doubt.
#[test]
fn a_look_up_is_told_when_the_last_request_left_however_long_ago_the_first_was() {
    let asked = Arc::new(OnceLock::new());
    let told = Arc::clone(&asked);
    let simulation = scripted_with(carriers(["pretend"]), move |command, n| match command {
        CallCommand::Place(_) if n < 3 => {
            Err(PortError::new("pretend", Happened::No, Trouble::Unavailable, "nobody listens"))
        }
        CallCommand::Place(_) => Err(PortError::new("pretend", Happened::Maybe, Trouble::Unavailable, "no answer")),
        CallCommand::Find { since, asked, .. } => {
            told.get_or_init(|| (*since, *asked));
            Ok(Performed::Missing)
        }
        _ => Ok(Performed::Done),
    });
    book(&simulation);
    simulation.pass(Duration::minutes(2));
    let (since, asked) = *asked.get().expect("it was looked up");
    // Attempts one to three waited 2, 4 and 8 seconds.
    assert_eq!((since, asked), (start(), start() + Duration::seconds(14)));
}

#[test]
fn when_the_only_carrier_rests_a_call_waits_for_it_and_says_why_and_no_attempt_is_lost() {
    let simulation = simulation(rules(), vec![(Callee::Busy, Line::Away); 5], []);
    many(&simulation, 5);
    let rests_until = carrier(&simulation, "pretend").rests_until.unwrap();
    let sixth = many(&simulation, 1).pop().unwrap();
    assert_eq!((sixth.state, sixth.attempt, sixth.due_at), (EffectState::Waiting, 0, rests_until));
    assert_eq!(sixth.reason.as_deref(), Some("pretend is left alone for now, after failing again and again"));
    assert_eq!(simulation.engine.voiceless(), [BUSINESS]);
    simulation.pass(Duration::minutes(2));
    assert_eq!(carrier(&simulation, "pretend").breaker, BreakerState::Closed);
    assert_eq!(simulation.carrier.placed().len(), 6, "each of them, once");
}

#[test]
fn a_carrier_that_rests_until_the_question_is_moot_is_not_waited_for() {
    let mut rules = rules();
    (rules.breaker.pause, rules.breaker.longest_pause) = (Duration::days(3), Duration::days(3));
    let simulation = simulation(rules, vec![(Callee::Busy, Line::Away); 5], []);
    let calls = many(&simulation, 6);
    let sixth = calls.last().unwrap();
    assert_eq!(sixth.state, EffectState::Skipped);
    let appointment = ready(simulation.store.appointment(sixth.appointment_id.unwrap())).unwrap().unwrap();
    assert!(appointment.voice_closed, "it goes on by message");
}

#[test]
fn carriers_nobody_heard_trouble_of_are_well() {
    let simulation = simulation(two_carriers(), [], []);
    let states: BTreeMap<_, _> = simulation.engine.carriers().into_iter().map(|it| (it.name.clone(), it)).collect();
    assert_eq!(states.len(), 2);
    assert!(states.values().all(|it| it.breaker == BreakerState::Closed && it.rests_until.is_none()));
}

#[test]
fn each_carrier_shows_the_number_it_knows_the_business_by() {
    let mut rules = two_carriers();
    let spares = frontdesk_testkit::phone("+15005550002");
    rules.businesses.get_mut(BUSINESS).unwrap().numbers = [(SPARE_CARRIER.to_owned(), spares.clone())].into();
    assert_eq!(rules.business_at(&spares).unwrap().id, BUSINESS);
    let simulation = simulation(rules, [(Callee::Busy, Line::Away)], [(Callee::presses(["1"]), Line::Good)]);
    book(&simulation);
    simulation.pass(Duration::minutes(5));
    let call = simulation.calls().remove(0);
    assert_eq!((call.provider.as_str(), call.from), (SPARE_CARRIER, spares));
}
