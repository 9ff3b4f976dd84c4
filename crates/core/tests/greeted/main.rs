//! Callers who are greeted at once while their voice is made ready, in simulated time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod inline;
mod rung_back;
mod voices;

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    call::{Call, CallRef},
    effect::{Action, AgentCall, Effect},
    engine::Answered,
    event::{EndCause, Event},
    greeting::GreetingPolicy,
    machine::greeting::{Greeting, Turn},
    personal::{PersonName, Phone},
    ports::{AgentBrief, Consent, VoiceConsent, VoiceId, VoiceStore},
    rules::{Inbound, Rules},
};
use frontdesk_testkit::{BUSINESS, CARRIER, CUSTOMER_PHONE, SPARE_CARRIER, Simulation, moment, phone, ready, rules};

pub(crate) const GREETER: &str = "voice-of-the-house";
pub(crate) const HELLO: &str = "Hello, thanks for calling. Please hold.";

pub(crate) fn start() -> DateTime<Utc> {
    moment("2026-11-20T03:00:00Z")
}

pub(crate) fn caller() -> Phone {
    phone(CUSTOMER_PHONE)
}

/// A house that greets whoever rings; the agent's vendor rings them back.
pub(crate) fn greeting() -> Rules {
    let mut rules = rules();
    rules.businesses.get_mut(BUSINESS).unwrap().inbound = Inbound::Greet;
    rules.greeting = GreetingPolicy {
        provider: SPARE_CARRIER.to_owned(),
        voice: Some(VoiceId(GREETER.to_owned())),
        message: Some(HELLO.to_owned()),
        music: Some("https://desk.example/wait.mp3".to_owned()),
        ..GreetingPolicy::default()
    };
    rules
}

pub(crate) fn house() -> Simulation {
    Simulation::new(greeting(), start())
}

pub(crate) fn permit(simulation: &Simulation, expires_at: DateTime<Utc>) {
    let consent = Consent {
        by: PersonName::parse("Ana Lim").unwrap(),
        purpose: "to be spoken with in her own voice".to_owned(),
        given_at: start() - Duration::days(1),
        expires_at,
    };
    let given = VoiceConsent { phone: caller(), consent, samples: vec!["ana/hello.mp3".to_owned()] };
    ready(simulation.store.permit(given, simulation.clock.now())).unwrap();
}

/// A house in which the caller's voice may be made.
pub(crate) fn permitted() -> Simulation {
    let simulation = house();
    permit(&simulation, start() + Duration::days(30));
    simulation
}

pub(crate) fn hang_up(simulation: &Simulation, theirs: &str) -> Answered {
    let call = CallRef::Theirs { provider: CARRIER.to_owned(), id: theirs.to_owned() };
    let ended = Event::Ended { cause: EndCause::Completed, seconds: Some(9) };
    simulation.tell(call, &format!("{theirs}/ended"), ended).unwrap()
}

/// The call by this name, as it is now.
pub(crate) fn call(simulation: &Simulation, theirs: &str) -> Call {
    let calls = simulation.calls();
    calls.into_iter().find(|call| call.provider_call_id.as_deref() == Some(theirs)).unwrap()
}

pub(crate) fn greeted(simulation: &Simulation, theirs: &str) -> Greeting {
    *call(simulation, theirs).walk.greeting.unwrap()
}

pub(crate) fn turn(simulation: &Simulation, theirs: &str) -> Option<Turn> {
    greeted(simulation, theirs).turn
}

/// What the agent's vendor was asked for, in order.
pub(crate) fn briefs(simulation: &Simulation) -> Vec<AgentBrief> {
    simulation.spare.briefs().into_iter().map(|(_, brief)| brief).collect()
}

pub(crate) fn variable<'a>(brief: &'a AgentBrief, name: &str) -> Option<&'a str> {
    brief.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

pub(crate) fn voice(name: &str) -> Option<VoiceId> {
    Some(VoiceId(name.to_owned()))
}

pub(crate) fn agent_calls(simulation: &Simulation) -> Vec<(Effect, AgentCall)> {
    let effects = simulation.effects().into_iter();
    effects
        .filter_map(|effect| match effect.action.clone() {
            Action::AgentCall(wanted) => Some((effect, *wanted)),
            _ => None,
        })
        .collect()
}
