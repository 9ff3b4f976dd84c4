//! Carriers that say strange things, configurations with holes, processes that end.

use crate::{begin, first_call, start};
use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Confirm, Status},
    call::{Call, CallRef, CallState, Outcome},
    effect::{Action, Channel, Effect, EffectState, Message},
    engine::{Engine, Ports},
    event::{Answer, AnsweredBy, Event, Wake},
    id::EffectId,
    ports::{
        Abilities, CallCommand, CallProvider, EffectRunner, Happened, Notification, Notifier, Performed, Port,
        PortError, PortResult, Ran, Received, Rejected, Trouble, WebhookRequest, WebhookResponse,
    },
    reply::{Reply, Verb},
    rules::Rules,
};
use frontdesk_testkit::{BUSINESS, Callee, Line, Simulation, booking, ready, rules};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// A carrier that answers each request by its number.
struct Scripted {
    asked: AtomicU32,
    finds: bool,
    answer: fn(&CallCommand, u32) -> PortResult<Performed>,
}

impl Port for Scripted {
    fn name(&self) -> &str {
        "pretend"
    }
}

#[async_trait]
impl CallProvider for Scripted {
    fn abilities(&self) -> Abilities {
        Abilities {
            steers: true,
            dials: true,
            finds: self.finds,
            hangs_up: false,
            moves: false,
            detects_machines: true,
            records: true,
            streams: true,
        }
    }

    fn receive(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<Received, Rejected> {
        Err(Rejected::UnknownHook(request.hook.clone()))
    }

    fn render(&self, _reply: &Reply, _call: Option<&Call>) -> WebhookResponse {
        WebhookResponse::json(200, "{}".to_owned())
    }

    async fn perform(&self, command: &CallCommand, _effect: &EffectId) -> PortResult<Performed> {
        (self.answer)(command, self.asked.fetch_add(1, Ordering::Relaxed))
    }
}

fn scripted(finds: bool, answer: fn(&CallCommand, u32) -> PortResult<Performed>) -> Simulation {
    let mut simulation = Simulation::new(rules(), start());
    let carrier: Arc<dyn CallProvider> = Arc::new(Scripted { asked: AtomicU32::new(0), finds, answer });
    let ports =
        Ports { carriers: BTreeMap::from([("pretend".to_owned(), carrier)]), ..simulation.engine.ports().clone() };
    simulation.engine = with(&simulation, rules(), ports);
    simulation
}

fn with(simulation: &Simulation, rules: Rules, ports: Ports) -> Engine {
    Engine::new(Arc::new(rules), Arc::clone(&simulation.store) as _, ports, simulation.clock.world())
}

fn watch(simulation: &Simulation) -> Effect {
    let watches = |effect: &Effect| effect.action == Action::Wake { reason: Wake::CallWatch };
    simulation.effects().into_iter().find(watches).unwrap()
}

#[test]
fn a_call_that_simply_goes_on_does_not_use_up_the_patience_of_its_watch() {
    let simulation = scripted(true, |command, n| match command {
        CallCommand::Place(_) => Ok(Performed::Placed { provider_call_id: "P-1".to_owned() }),
        // Once in a while the carrier does not answer.
        _ if n % 20 == 19 => Err(PortError::new("pretend", Happened::No, Trouble::Unavailable, "nobody there")),
        _ => Ok(Performed::Found { provider_call_id: "P-1".to_owned(), ended: None }),
    });
    simulation.book(booking(start() + Duration::days(2), Confirm::Now));
    simulation.pass(Duration::hours(2));
    assert_eq!(watch(&simulation).state, EffectState::Waiting);
    assert_eq!(simulation.calls()[0].state, CallState::Dialing);
}

#[test]
fn a_call_whose_carrier_cannot_be_asked_is_over_when_its_end_was_not_told_in_the_time_of_three() {
    let simulation = scripted(false, |command, _| match command {
        CallCommand::Place(_) => Ok(Performed::Placed { provider_call_id: "P-1".to_owned() }),
        _ => Err(PortError::unsupported("pretend", "look up what became of a call")),
    });
    let appointment = simulation.book(booking(start() + Duration::days(2), Confirm::Now));
    let policy = rules().businesses[BUSINESS].policy.clone();
    let three = (Duration::seconds(i64::from(policy.ring_seconds)) + policy.call_limit) * 3;
    simulation.pass(three - Duration::seconds(1));
    let calls = simulation.calls();
    assert_eq!((calls.len(), calls[0].state), (1, CallState::Dialing));
    // Perhaps they were rung, so they are not rung again: they are asked in writing.
    simulation.pass(Duration::hours(1));
    let calls = simulation.calls();
    assert_eq!((calls.len(), calls[0].outcome), (1, Some(Outcome::Uncertain)));
    assert_eq!((simulation.carrier.placed().len(), simulation.notifier.sent().len()), (0, 1));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirming);
}

/// A carrier that never answers whether it took a call, and cannot be asked.
fn silent() -> Simulation {
    scripted(false, |command, _| match command {
        CallCommand::Place(_) => {
            Err(PortError::new("pretend", Happened::Maybe, Trouble::Unavailable, "no answer came"))
        }
        _ => Err(PortError::unsupported("pretend", "look up what became of a call")),
    })
}

#[test]
fn a_call_that_cannot_be_looked_up_is_shown_at_once_and_ends_like_any_other_of_its_carrier() {
    let simulation = silent();
    simulation.book(booking(start() + Duration::days(2), Confirm::Now));
    simulation.pass(rules().lookup_after);
    let effect = first_call(&simulation);
    assert_eq!((effect.state, effect.wants_job()), (EffectState::Uncertain, false));
    assert_eq!(simulation.calls()[0].state, CallState::Dialing, "it may be ringing");
    simulation.pass(Duration::minutes(32));
    let calls = simulation.calls();
    assert_eq!((calls.len(), calls[0].outcome), (1, Some(Outcome::Uncertain)));
    simulation.pass(Duration::minutes(30));
    assert_eq!(simulation.notifier.sent().len(), 1, "asked in writing");
}

#[test]
fn who_picks_up_a_call_that_could_not_be_looked_up_is_asked_the_question() {
    let simulation = silent();
    simulation.book(booking(start() + Duration::days(2), Confirm::Now));
    simulation.pass(Duration::minutes(2));
    let call = CallRef::Ours(simulation.calls()[0].id);
    let answered = simulation.tell(call, "by hand", Event::Answered { by: AnsweredBy::Human }).unwrap();
    assert!(matches!(answered.reply.0.as_slice(), [Verb::Ask { .. }]), "{:?}", answered.reply);
    assert_eq!(first_call(&simulation).state, EffectState::Done);
}

#[test]
fn a_call_that_its_carrier_cannot_end_rings_on_and_the_row_says_why() {
    let simulation = scripted(false, |command, _| match command {
        CallCommand::Place(_) => Ok(Performed::Placed { provider_call_id: "P-1".to_owned() }),
        _ => Err(PortError::unsupported("pretend", "do that")),
    });
    let appointment = simulation.book(booking(start() + Duration::days(2), Confirm::Now));
    simulation.pass(Duration::seconds(1));
    simulation.happen(appointment.id, Event::Replied { channel: Channel::Link, meaning: Answer::Confirmed });
    simulation.pass(Duration::seconds(1));
    let end = simulation.effects().into_iter().find(|effect| effect.action == Action::HangUp { line: None }).unwrap();
    let reason = Some("pretend cannot end a call that rings");
    assert_eq!((end.state, end.reason.as_deref()), (EffectState::Skipped, reason));
}

/// Sends, loses every answer, and cannot be asked.
struct Deaf;

impl Port for Deaf {
    fn name(&self) -> &str {
        "deaf"
    }
}

#[async_trait]
impl Notifier for Deaf {
    fn channels(&self) -> &[Channel] {
        &[Channel::Sms]
    }

    async fn notify(&self, _: &Notification, _: &EffectId) -> PortResult<String> {
        Err(PortError::new("deaf", Happened::Maybe, Trouble::Unavailable, "no answer came"))
    }

    async fn find(&self, _: &EffectId) -> PortResult<Option<String>> {
        Err(PortError::unsupported("deaf", "look up what became of a message"))
    }
}

#[test]
fn a_message_that_cannot_be_looked_up_holds_up_the_next_rung_no_longer_than_one_that_went_out() {
    let mut rules = rules();
    let policy = &mut rules.businesses.get_mut(BUSINESS).unwrap().policy;
    policy.tries = 0;
    let gap = policy.message_gap;
    let mut simulation = Simulation::new(rules.clone(), start());
    let mut ports = simulation.engine.ports().clone();
    ports.notifiers.insert(Channel::Sms, Arc::new(Deaf));
    let lookup_after = rules.lookup_after;
    simulation.engine = with(&simulation, rules, ports);
    let appointment = simulation.book(booking(start() + Duration::days(2), Confirm::Now));
    simulation.pass(lookup_after);
    let of = |channel| {
        let action = Action::Notify { channel, message: Message::AskToConfirm };
        simulation.effects().into_iter().find(|effect| effect.action == action)
    };
    let sms = of(Channel::Sms).unwrap();
    assert_eq!((sms.state, sms.wants_job()), (EffectState::Uncertain, false));
    let notes = simulation.timeline(appointment.id);
    assert!(notes.iter().any(|line| line.recorded.note == "the provider cannot be asked; a person has to look"));
    let mail = of(Channel::Email).expect("the next rung is planned");
    assert_eq!(mail.due_at, start() + lookup_after + gap);
}

#[test]
fn a_message_that_surely_never_went_out_is_sent_again_and_no_rung_is_skipped_for_it() {
    let mut rules = rules();
    rules.businesses.get_mut(BUSINESS).unwrap().policy.tries = 0;
    let lookup_after = rules.lookup_after;
    let simulation = Simulation::new(rules, start());
    simulation.notifier.plan([Line::LosesRequest]);
    let appointment = simulation.book(booking(start() + Duration::days(2), Confirm::Now));
    simulation.pass(lookup_after + Duration::minutes(1));
    let effects = simulation.effects();
    let action = Action::Notify { channel: Channel::Sms, message: Message::AskToConfirm };
    let asked: Vec<_> = effects.iter().filter(|effect| effect.action == action).collect();
    assert_eq!((asked.len(), asked[0].state, asked[0].attempt), (1, EffectState::Done, 2), "{asked:?}");
    let sent = simulation.notifier.sent();
    assert_eq!((sent.len(), sent[0].1.channel), (1, Channel::Sms));
    let notes = simulation.timeline(appointment.id);
    assert!(notes.iter().any(|line| line.recorded.note == "the provider never had it: it did not go out"));
}

#[test]
fn a_vendor_that_wants_us_to_wait_for_days_is_asked_again_within_the_hour() {
    let simulation = scripted(true, |_, _| {
        Err(PortError::new("pretend", Happened::No, Trouble::RateLimited(Some(999_999)), "too many requests"))
    });
    simulation.book(booking(start() + Duration::days(20), Confirm::Now));
    simulation.pass(Duration::seconds(1));
    assert_eq!(first_call(&simulation).due_at, start() + Duration::hours(1));
}

#[test]
fn a_business_missing_from_the_configuration_destroys_nothing() {
    let (simulation, appointment) = begin(Duration::days(2), [(Callee::presses(["1"]), Line::Good)]);
    let mut hole = rules();
    hole.businesses.clear();
    let engine = with(&simulation, hole, simulation.engine.ports().clone());
    let before = simulation.effects();
    for effect in &before {
        let ran = ready(engine.run(effect.id)).unwrap();
        assert_eq!(ran, Ran::Again(start() + Duration::minutes(10)));
    }
    assert_eq!(simulation.effects(), before);
    simulation.pass(Duration::minutes(5));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed);
}

#[test]
fn a_call_whose_flow_was_renamed_walks_the_flow_of_its_business() {
    let (mut simulation, _) = begin(Duration::days(2), [(Callee::presses(["1"]), Line::Good)]);
    simulation.pass(Duration::seconds(2));
    let mut renamed = rules();
    let flow = renamed.flows.remove("confirm").unwrap();
    renamed.flows.insert("confirm-2".to_owned(), flow);
    renamed.businesses.get_mut(BUSINESS).unwrap().flow = "confirm-2".to_owned();
    let ports = simulation.engine.ports().clone();
    simulation.engine = with(&simulation, renamed, ports);
    let call = CallRef::Ours(simulation.calls()[0].id);
    let answered = simulation.tell(call, "by hand", Event::Answered { by: AnsweredBy::Human }).unwrap();
    assert!(matches!(answered.reply.0.as_slice(), [Verb::Ask { .. }]), "{:?}", answered.reply);
}

#[test]
fn after_a_crash_one_look_up_is_under_way_and_the_next_waits_for_its_lease() {
    let (simulation, _) = begin(Duration::days(2), [(Callee::presses(["1"]), Line::LosesCallbacks)]);
    let call = first_call(&simulation).id;
    // The answer to the request is lost with its process, and so is what the first look-up finds.
    simulation.store.disturb([false, true, false, true]);
    assert!(ready(simulation.engine.run(call)).is_err());
    assert_eq!(first_call(&simulation).state, EffectState::Started);
    let lease = simulation.engine.rules().lease;
    simulation.clock.pass(lease);
    assert!(ready(simulation.engine.run(call)).is_err());
    let next = simulation.clock.now() + lease;
    assert_eq!((first_call(&simulation).state, first_call(&simulation).due_at), (EffectState::Uncertain, next));
    assert_eq!(ready(simulation.engine.run(call)).unwrap(), Ran::Again(next));
    simulation.clock.turn_to(next);
    assert_eq!(ready(simulation.engine.run(call)).unwrap(), Ran::Settled);
    assert_eq!(first_call(&simulation).state, EffectState::Done);
    assert_eq!(simulation.carrier.placed().len(), 1);
}

#[test]
fn what_the_watch_of_a_call_was_told_is_not_asked_again_when_the_next_try_rings() {
    // What a carrier says of the first try once the second one rings would be said of the second.
    let mut simulation = scripted(true, |command, n| match (command, n) {
        (CallCommand::Place(_), 0) => {
            Err(PortError::new("pretend", Happened::Maybe, Trouble::Unavailable, "no answer"))
        }
        (CallCommand::Place(_), _) => Ok(Performed::Placed { provider_call_id: "P-2".to_owned() }),
        (_, 1) => Ok(Performed::Missing),
        _ => Ok(Performed::Found { provider_call_id: "P-2".to_owned(), ended: None }),
    });
    let rules = Rules { lease: Duration::hours(1), ..rules() };
    simulation.engine = with(&simulation, rules, simulation.engine.ports().clone());
    simulation.book(booking(start() + Duration::days(2), Confirm::Now));
    // The answer to the request is lost with its process.
    simulation.store.disturb([false, true]);
    assert!(ready(simulation.engine.run(first_call(&simulation).id)).is_err());
    simulation.pass(Duration::minutes(59));
    assert_eq!((first_call(&simulation).state, simulation.calls().len()), (EffectState::Started, 2));
    simulation.pass(Duration::minutes(2));
    let first = first_call(&simulation);
    let reason = Some("it never reached the provider");
    assert_eq!((first.state, first.reason.as_deref()), (EffectState::Failed, reason));
    let calls = simulation.calls();
    let of = |n: usize| (calls[n].provider_call_id.as_deref(), calls[n].outcome);
    assert_eq!((of(0), of(1)), ((None, Some(Outcome::Failed)), (Some("P-2"), None)));
}
