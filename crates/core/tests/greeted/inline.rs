//! The same within the call that came in: it is told what it hears next.

use super::{HELLO, call, caller, greeting, hang_up, permit, start, turn};
use chrono::Duration;
use frontdesk_core::{
    appointment::Confirm,
    call::{Call, CallRef, Outcome},
    effect::Channel,
    engine::Answered,
    event::{AnsweredBy, EndCause, Event},
    greeting::Strategy,
    links::Links,
    machine::greeting::Turn,
    ports::IvrStore,
    reply::{Reply, Verb},
};
use frontdesk_testkit::{BUSINESS_PHONE, CARRIER, Making, Simulation, booking, phone, ready};
use secrecy::SecretString;
use std::collections::BTreeMap;
use url::Url;

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

/// A house whose agent is at the other end of our own media socket.
fn streaming() -> Simulation {
    let mut rules = greeting();
    rules.greeting.strategy = Strategy::Inline;
    rules.media = BTreeMap::from([(CARRIER.to_owned(), "wss://desk.example/media".to_owned())]);
    let base = Url::parse("https://desk.example").unwrap();
    rules.links = Links::new(base, vec![SecretString::from("stream-key")]);
    Simulation::new(rules, start())
}

fn tell(simulation: &Simulation, once: &str, event: Event) -> Answered {
    let call = CallRef::Theirs { provider: CARRIER.to_owned(), id: "IN-1".to_owned() };
    simulation.tell(call, once, event).unwrap()
}

/// The question a reply asks.
fn question(reply: &Reply) -> Option<(String, u32)> {
    reply.0.iter().find_map(|verb| match verb {
        Verb::Ask { step, turn, .. } => Some((step.clone(), *turn)),
        _ => None,
    })
}

#[test]
fn whoever_loses_the_agent_goes_on_by_keys_and_each_key_is_heard() {
    let answered = Event::Answered { by: AnsweredBy::Human };
    let ways: [(Simulation, Event); 3] = [
        (streaming(), Event::Streamed),
        // A carrier that does not say that a stream is over asks what is heard next.
        (streaming(), answered),
        (house(), Event::Transferred { reached: false }),
    ];
    for (simulation, event) in ways {
        simulation.book(booking(start() + Duration::days(3), Confirm::None));
        simulation.ring(&caller(), "IN-1");
        let lost = tell(&simulation, "lost", event.clone());
        let (step, turn) = question(&lost.reply).unwrap_or_else(|| panic!("{event:?}: {:?}", lost.reply));
        assert_eq!(lost.call.unwrap().flow, "inbound", "{event:?}");
        let digits = "9".to_owned();
        let next = tell(&simulation, "pressed", Event::Digits { step, turn, digits });
        assert!(!next.reply.is_empty(), "{event:?}: the key is answered");
        assert_eq!(next.call.unwrap().walk.path.len(), 1, "{event:?}");
    }
}

#[test]
fn whoever_has_spoken_with_the_agent_hears_nothing_more() {
    let simulation = house();
    simulation.ring(&caller(), "IN-1");
    let after = tell(&simulation, "back", Event::Transferred { reached: true });
    assert_eq!(after.reply.0, [Verb::Hangup]);
}

#[test]
fn a_caller_at_our_own_agent_is_not_counted_as_handed_to_a_person() {
    let simulation = streaming();
    let answered = simulation.ring(&caller(), "IN-1");
    assert!(matches!(answered.reply.0.last(), Some(Verb::Stream { .. })), "{:?}", answered.reply);
    let Call { walk, .. } = call(&simulation, "IN-1");
    assert!(walk.streamed && !walk.transferred, "{walk:?}");
    hang_up(&simulation, "IN-1");
    assert_eq!(call(&simulation, "IN-1").outcome, Some(Outcome::Captured));
}

#[test]
fn whoever_refuses_as_a_greeted_call_ends_is_reached_no_more() {
    let simulation = house();
    simulation.ring(&caller(), "IN-1");
    tell(&simulation, "ended", Event::Ended { cause: EndCause::OptedOut, seconds: None });
    let known = ready(simulation.store.contact(&caller())).unwrap().unwrap();
    assert_eq!(known.opted_out, Channel::REACHING);
}
