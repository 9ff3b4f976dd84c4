//! A business that streams: whoever rings is connected with our media socket, where the carrier can do that.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::Confirm,
    call::{Call, CallRef, CallState, Outcome},
    engine::{Answered, Engine, Ports},
    event::{EndCause, Event},
    id::EffectId,
    links::Links,
    personal::PersonName,
    ports::{
        Abilities, CallCommand, CallProvider, IvrStore, Performed, Port, PortError, PortResult, Received, Rejected,
        WebhookRequest, WebhookResponse,
    },
    reply::{Reply, Verb},
    rules::{Inbound, Rules},
};
use frontdesk_testkit::{BUSINESS, BUSINESS_PHONE, CUSTOMER_PHONE, Simulation, booking, moment, phone, ready, rules};
use secrecy::SecretString;
use std::{collections::BTreeMap, sync::Arc};
use url::Url;

const CARRIER: &str = "pretend";
const SOCKET: &str = "wss://desk.example/api/v1/voice/media-stream";
const STRANGER: &str = "+15005550177";

fn start() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

fn streaming() -> Rules {
    let base = Url::parse("https://desk.example").unwrap();
    let mut rules = Rules {
        media: BTreeMap::from([(CARRIER.to_owned(), SOCKET.to_owned())]),
        links: Links::new(base, vec![SecretString::from("stream-key")]),
        ..rules()
    };
    rules.businesses.get_mut(BUSINESS).unwrap().inbound = Inbound::Stream;
    rules
}

fn house(rules: Rules) -> Simulation {
    let simulation = Simulation::new(rules, start());
    simulation.book(booking(start() + Duration::days(3), Confirm::None));
    simulation
}

fn stream(answered: &Answered) -> BTreeMap<String, String> {
    let [Verb::Stream { url, parameters }] = answered.reply.0.as_slice() else { panic!("{:?}", answered.reply) };
    assert_eq!(url, SOCKET);
    parameters.iter().cloned().collect()
}

#[test]
fn a_known_caller_is_streamed_with_name_and_next_appointment() {
    let simulation = house(streaming());
    let answered = simulation.ring(&phone(CUSTOMER_PHONE), "IN-1");
    let told = stream(&answered);
    let call = answered.call.unwrap();
    for (name, value) in [
        ("From", CUSTOMER_PHONE),
        ("To", BUSINESS_PHONE),
        ("CallSid", "IN-1"),
        ("call_id", call.id.to_string().as_str()),
        ("business", BUSINESS),
        ("business_name", "Harbour Clinic"),
        ("language", "en"),
        ("caller_name", "Ana Lim"),
        ("next_appointment", "2026-11-23T09:00:00Z"),
    ] {
        assert_eq!(told.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(told["next_appointment_spoken"].contains("10 AM"), "in the business's zone: {told:?}");
    assert_eq!(call.state, CallState::InProgress);
}

#[test]
fn a_stranger_is_streamed_without_a_name() {
    let told = stream(&house(streaming()).ring(&phone(STRANGER), "IN-1"));
    assert!(!told.contains_key("caller_name") && !told.contains_key("next_appointment"), "{told:?}");
}

#[test]
fn nobody_is_told_of_by_a_name_they_never_gave() {
    let simulation = Simulation::new(streaming(), start());
    let mut nameless = booking(start() + Duration::days(3), Confirm::None);
    nameless.customer.name = PersonName::unknown();
    simulation.book(nameless);
    let told = stream(&simulation.ring(&phone(CUSTOMER_PHONE), "IN-1"));
    assert!(!told.contains_key("caller_name") && told.contains_key("next_appointment"), "{told:?}");
    let caller = ready(simulation.engine.caller(Some(&phone(CUSTOMER_PHONE)), None)).unwrap().unwrap();
    assert!(caller.name.is_none() && caller.next.is_some());
}

#[test]
fn a_streamed_call_is_kept_to_its_end() {
    let simulation = house(streaming());
    let call = simulation.ring(&phone(CUSTOMER_PHONE), "IN-1").call.unwrap();
    let ended = Event::Ended { cause: EndCause::Completed, seconds: Some(30) };
    simulation.tell(CallRef::Ours(call.id), "IN-1/1", ended).unwrap();
    let call = ready(simulation.store.call(call.id)).unwrap().unwrap();
    assert_eq!((call.state, call.outcome, call.seconds), (CallState::Ended, Some(Outcome::Captured), Some(30)));
}

#[test]
fn a_business_that_streams_needs_an_address_to_stream_to() {
    let rules = Rules { media: BTreeMap::new(), ..streaming() };
    assert!(rules.problems()[0].starts_with("businesses.clinic.inbound: is \"stream\""), "{:?}", rules.problems());
}

/// A carrier that steers calls by keys, and can do nothing more.
struct Plain;

impl Port for Plain {
    fn name(&self) -> &str {
        "pretend"
    }
}

#[async_trait]
impl CallProvider for Plain {
    fn abilities(&self) -> Abilities {
        Abilities { steers: true, ..Abilities::default() }
    }

    fn receive(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<Received, Rejected> {
        Err(Rejected::UnknownHook(request.hook.clone()))
    }

    fn render(&self, _reply: &Reply, _call: Option<&Call>) -> WebhookResponse {
        WebhookResponse::json(200, "{}".to_owned())
    }

    async fn perform(&self, _command: &CallCommand, _effect: &EffectId) -> PortResult<Performed> {
        Err(PortError::unsupported("pretend", "do anything"))
    }
}

fn on_a_plain_carrier(rules: Rules) -> Simulation {
    let mut simulation = house(rules.clone());
    let mut ports: Ports = simulation.engine.ports().clone();
    ports.carriers.insert("pretend".to_owned(), Arc::new(Plain));
    simulation.engine =
        Engine::new(Arc::new(rules), Arc::clone(&simulation.store) as _, ports, simulation.clock.world());
    simulation
}

#[test]
fn where_the_carrier_has_no_streams_the_menu_answers() {
    let answered = on_a_plain_carrier(streaming()).ring(&phone(CUSTOMER_PHONE), "IN-1");
    assert!(matches!(answered.reply.0.as_slice(), [Verb::Ask { .. }]), "{:?}", answered.reply);
}

#[test]
fn nobody_is_asked_for_a_message_that_the_carrier_cannot_take() {
    let mut rules = rules();
    rules.businesses.get_mut(BUSINESS).unwrap().desk = None;
    let heard = on_a_plain_carrier(rules).ring(&phone(STRANGER), "IN-1").reply;
    assert!(!heard.0.iter().any(|verb| matches!(verb, Verb::Record { .. })), "{heard:?}");
    assert_eq!(heard.0.last(), Some(&Verb::Hangup));
}
