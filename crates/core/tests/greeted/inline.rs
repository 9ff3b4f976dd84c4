//! The same within the call that came in: it is told what it hears next.

use super::{HELLO, call, caller, greeting, hang_up, permit, start, turn};
use chrono::Duration;
use frontdesk_core::{
    call::Outcome,
    greeting::Strategy,
    machine::greeting::Turn,
    reply::{Reply, Verb},
};
use frontdesk_testkit::{BUSINESS_PHONE, Making, Simulation, phone};

const AGENT: &str = "+15005550055";

fn house() -> Simulation {
    let mut rules = greeting();
    rules.greeting.strategy = Strategy::Inline;
    rules.greeting.agent = Some(phone(AGENT));
    Simulation::new(rules, start())
}

fn handed(reply: &Reply) -> bool {
    let agent = Verb::Transfer { to: phone(AGENT), from: phone(BUSINESS_PHONE) };
    reply.0.last() == Some(&agent)
}

fn says_hello(reply: &Reply) -> bool {
    matches!(reply.0.first(), Some(Verb::Say { text, .. }) if text == HELLO)
}

#[test]
fn a_caller_hears_the_greeting_at_once_and_is_handed_over_when_the_voice_is_ready() {
    let simulation = house();
    permit(&simulation, start() + Duration::days(30));
    let answered = simulation.ring(&caller(), "IN-1");
    assert!(says_hello(&answered.reply) && !handed(&answered.reply), "{:?}", answered.reply);
    assert!(matches!(answered.reply.0.last(), Some(Verb::Pause { .. })), "the line is kept: {:?}", answered.reply);
    simulation.pass(Duration::seconds(5));
    let id = call(&simulation, "IN-1").id;
    assert_eq!(turn(&simulation, "IN-1"), Some(Turn::CloneReady));
    let steers: Vec<_> = simulation.effects().into_iter().filter(|it| it.action.kind() == "steer").collect();
    let [steer] = &steers[..] else { panic!("{steers:?}") };
    assert_eq!(steer.call_id, Some(id));
    assert!(matches!(&steer.action, frontdesk_core::effect::Action::Steer { reply } if handed(reply)));
    assert_eq!(simulation.spare.placed(), [], "nobody is rung back");
}

#[test]
fn where_nothing_is_waited_for_the_greeting_goes_on_to_the_agent() {
    let simulation = house();
    let answered = simulation.ring(&caller(), "IN-1");
    assert!(says_hello(&answered.reply) && handed(&answered.reply), "{:?}", answered.reply);
    hang_up(&simulation, "IN-1");
    assert_eq!(call(&simulation, "IN-1").outcome, Some(Outcome::Transferred));
}

#[test]
fn nobody_is_handed_over_after_they_hung_up() {
    for second in 0..45 {
        let simulation = house();
        permit(&simulation, start() + Duration::days(30));
        simulation.cloner.plan([Making::Busy(30), Making::Good]);
        simulation.ring(&caller(), "IN-1");
        simulation.pass(Duration::milliseconds(second * 1_000 + 500));
        let ended = simulation.clock.now();
        hang_up(&simulation, "IN-1");
        simulation.pass(Duration::minutes(5));
        let effects = simulation.effects().into_iter().filter(|it| it.action.kind() == "steer");
        let late: Vec<_> = effects.filter(|it| it.started_at.is_some_and(|at| at > ended)).collect();
        assert!(late.is_empty(), "{second} s: {late:?}");
    }
}
