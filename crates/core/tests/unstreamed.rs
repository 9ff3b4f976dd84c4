//! A caller's media stream: who may open it, and what is heard once it is over.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::Confirm,
    call::{Call, CallRef},
    event::Event,
    links::Links,
    ports::{AgentStart, IvrStore, LineStart, Speaker, Talk, TalkEnd},
    reply::{Reply, Verb},
    rules::{Inbound, Rules},
    sound::AudioFormat,
};
use frontdesk_testkit::{BUSINESS, CUSTOMER_PHONE, Simulation, booking, moment, phone, ready, rules};
use secrecy::SecretString;
use std::collections::BTreeMap;
use url::Url;

const CARRIER: &str = "pretend";

fn start() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

fn house() -> Simulation {
    let base = Url::parse("https://desk.example").unwrap();
    let mut rules = Rules {
        media: BTreeMap::from([(CARRIER.to_owned(), "wss://desk.example/media".to_owned())]),
        links: Links::new(base, vec![SecretString::from("stream-key")]),
        ..rules()
    };
    rules.businesses.get_mut(BUSINESS).unwrap().inbound = Inbound::Stream;
    let simulation = Simulation::new(rules, start());
    simulation.book(booking(start() + Duration::days(3), Confirm::None));
    simulation
}

/// Somebody rings and is streamed: the call, and what their carrier tells when it opens the stream.
fn streamed(simulation: &Simulation) -> (Call, LineStart) {
    let answered = simulation.ring(&phone(CUSTOMER_PHONE), "IN-1");
    let [Verb::Stream { parameters, .. }] = answered.reply.0.as_slice() else { panic!("{:?}", answered.reply) };
    let line = LineStart {
        stream: "MZ-1".to_owned(),
        provider_call_id: "IN-1".to_owned(),
        parameters: parameters.iter().cloned().collect(),
        format: AudioFormat::Mulaw8k,
    };
    (answered.call.unwrap(), line)
}

fn admit(simulation: &Simulation, carrier: &str, line: &LineStart) -> Option<AgentStart> {
    ready(simulation.engine.admit_stream(carrier, line)).unwrap()
}

fn talk(end: TalkEnd) -> Talk {
    let said = frontdesk_core::personal::Said::new("Good morning.", 100).unwrap();
    Talk {
        conversation: Some("conv_1".to_owned()),
        end,
        lines: vec![(300, Speaker::Agent, said)],
        first_word_ms: Some(300),
        turns_ms: vec![700, 500, 900],
        interruptions: 1,
        dropped: 0,
    }
}

/// What the caller hears when their stream is over and ended so.
fn after(end: Option<TalkEnd>) -> (Reply, Call) {
    let simulation = house();
    let (call, line) = streamed(&simulation);
    if let Some(end) = end {
        admit(&simulation, CARRIER, &line).unwrap();
        ready(simulation.engine.talked(call.id, &talk(end))).unwrap();
    }
    let answered = simulation.tell(CallRef::Ours(call.id), "IN-1/streamed", Event::Streamed).unwrap();
    (answered.reply, answered.call.unwrap())
}

#[test]
fn a_stream_is_let_in_by_its_token_and_the_agent_is_told_who_rings() {
    let simulation = house();
    let (call, line) = streamed(&simulation);
    let told = admit(&simulation, CARRIER, &line).unwrap();
    assert_eq!((told.call_id, told.from), (call.id, phone(CUSTOMER_PHONE)));
    assert_eq!(told.caller.name.unwrap().reveal(), "Ana Lim");
    assert!(told.caller.next.is_some());
}

#[test]
fn a_token_opens_one_stream() {
    let simulation = house();
    let (_, line) = streamed(&simulation);
    assert!(admit(&simulation, CARRIER, &line).is_some());
    assert!(admit(&simulation, CARRIER, &line).is_none());
}

#[test]
fn nobody_elses_stream_is_let_in() {
    let wrong = |change: fn(&mut LineStart)| {
        let simulation = house();
        let (_, mut line) = streamed(&simulation);
        change(&mut line);
        admit(&simulation, CARRIER, &line).is_none()
    };
    assert!(wrong(|line| drop(line.parameters.remove("token"))), "no token");
    assert!(wrong(|line| drop(line.parameters.insert("token".to_owned(), "A".repeat(27)))), "forged");
    assert!(wrong(|line| drop(line.parameters.insert("call_id".to_owned(), uuid::Uuid::nil().to_string()))), "call");
    assert!(wrong(|line| line.provider_call_id = "IN-2".to_owned()), "another call of the carrier's");
    let simulation = house();
    let (_, line) = streamed(&simulation);
    assert!(admit(&simulation, "another", &line).is_none(), "another carrier");
}

#[test]
fn a_token_that_nobody_used_for_a_minute_opens_nothing() {
    let simulation = house();
    let (_, line) = streamed(&simulation);
    simulation.clock.pass(Duration::minutes(1));
    assert!(admit(&simulation, CARRIER, &line).is_none());
}

#[test]
fn once_the_agent_is_done_the_call_is_over() {
    for end in [TalkEnd::AgentDone, TalkEnd::CallerGone] {
        let (reply, call) = after(Some(end));
        assert_eq!(reply, Reply(vec![Verb::Hangup]));
        assert!(call.walk.finished);
    }
}

#[test]
fn whoever_asks_for_a_person_is_put_through() {
    let (reply, call) = after(Some(TalkEnd::Transfer));
    assert!(matches!(reply.0.last(), Some(Verb::Transfer { .. })), "{reply:?}");
    assert!(call.walk.transferred && !call.walk.finished);
}

#[test]
fn where_the_agent_is_lost_or_never_came_the_flow_goes_on() {
    for end in [None, Some(TalkEnd::AgentLost), Some(TalkEnd::Stopped)] {
        let (reply, _) = after(end);
        let [Verb::Say { text, .. }, Verb::Ask { .. }] = reply.0.as_slice() else { panic!("{reply:?}") };
        assert!(text.contains("assistant"), "{text}");
    }
}

#[test]
fn a_conversation_is_kept_with_its_call_once() {
    let simulation = house();
    let (call, line) = streamed(&simulation);
    admit(&simulation, CARRIER, &line).unwrap();
    ready(simulation.engine.talked(call.id, &talk(TalkEnd::AgentDone))).unwrap();
    ready(simulation.engine.talked(call.id, &talk(TalkEnd::AgentLost))).unwrap();
    let kept = ready(simulation.store.call(call.id)).unwrap().unwrap().talk.unwrap();
    assert_eq!((kept.end, kept.usual_turn_ms()), (TalkEnd::AgentDone, Some(700)));
}
