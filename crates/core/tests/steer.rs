//! A live call is told by us what it hears, where nobody hears the answer to the webhook that decided it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::Confirm,
    call::{Call, CallRef, Outcome},
    effect::{Effect, EffectState},
    engine::{Answered, Engine, Retried},
    event::{AnsweredBy, EndCause, Event},
    id::EffectId,
    ports::{
        Abilities, CallCommand, CallProvider, EffectRunner, Happened, Performed, Port, PortError, PortResult, Received,
        ReceivedAbout, Rejected, Trouble, WebhookRequest, WebhookResponse,
    },
    reply::{Reply, Verb},
};
use frontdesk_testkit::{CARRIER, Callee, Line, Simulation, booking, moment, ready, rules};
use rstest::rstest;
use std::sync::{Arc, Mutex};

const MACHINE: Event = Event::Answered { by: AnsweredBy::Machine };
const HUMAN: Event = Event::Answered { by: AnsweredBy::Human };

type Steered = PortResult<Performed>;

/// A carrier that takes every call, and answers this when it is to tell one something.
struct Carrier {
    moves: bool,
    answer: fn() -> Steered,
    steered: Mutex<Vec<Reply>>,
}

impl Port for Carrier {
    fn name(&self) -> &str {
        CARRIER
    }
}

#[async_trait]
impl CallProvider for Carrier {
    fn abilities(&self) -> Abilities {
        Abilities { steers: true, dials: true, moves: self.moves, ..Abilities::default() }
    }

    fn receive(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<Received, Rejected> {
        Err(Rejected::UnknownHook(request.hook.clone()))
    }

    fn render(&self, _reply: &Reply, _call: Option<&Call>) -> WebhookResponse {
        WebhookResponse::json(200, "{}".to_owned())
    }

    async fn perform(&self, command: &CallCommand, _effect: &EffectId) -> PortResult<Performed> {
        match command {
            CallCommand::Place(_) => Ok(Performed::Placed { provider_call_id: "P-1".to_owned() }),
            CallCommand::Steer { provider_call_id, reply, .. } => {
                assert_eq!(provider_call_id, "P-1");
                self.steered.lock().unwrap().push(reply.clone());
                (self.answer)()
            }
            // The call goes on, whoever watches it.
            _ => Ok(Performed::Found { provider_call_id: "P-1".to_owned(), ended: None }),
        }
    }
}

fn done() -> Steered {
    Ok(Performed::Done)
}

fn error(happened: Happened) -> Steered {
    Err(PortError::new(CARRIER, happened, Trouble::Unavailable, "no answer came"))
}

/// A gateway with one call, picked up and asked the question.
struct Desk {
    simulation: Simulation,
    carrier: Arc<Carrier>,
}

impl Desk {
    fn with(moves: bool, answer: fn() -> Steered) -> Self {
        let mut simulation = Simulation::new(rules(), moment("2026-11-20T09:00:00Z"));
        let carrier = Arc::new(Carrier { moves, answer, steered: Mutex::default() });
        let mut ports = simulation.engine.ports().clone();
        ports.carriers.insert(CARRIER.to_owned(), Arc::clone(&carrier) as _);
        let store = Arc::clone(&simulation.store) as _;
        simulation.engine = Engine::new(Arc::new(rules()), store, ports, simulation.clock.world());
        simulation.book(booking(simulation.clock.now() + Duration::days(2), Confirm::Now));
        simulation.pass(Duration::zero());
        let desk = Self { simulation, carrier };
        assert!(matches!(desk.tell("human", HUMAN, true).reply.0.as_slice(), [Verb::Ask { turn: 1, .. }]));
        desk
    }

    fn open() -> Self {
        Self::with(true, done)
    }

    fn tell(&self, once: &str, event: Event, heard: bool) -> Answered {
        let call = CallRef::Ours(self.call().id);
        let about = ReceivedAbout::Call { call, provider_call_id: Some("P-1".to_owned()), parties: None };
        let received = Received { heard, ..Received::new(about, once.to_owned(), event) };
        ready(self.simulation.engine.receive(CARRIER, received)).unwrap()
    }

    fn call(&self) -> Call {
        self.simulation.calls().remove(0)
    }

    fn end(&self) {
        self.tell("end", Event::Ended { cause: EndCause::Completed, seconds: Some(9) }, false);
    }

    /// What was planned to be told.
    fn steers(&self) -> Vec<Effect> {
        self.simulation.effects().into_iter().filter(|effect| effect.action.kind() == "steer").collect()
    }

    fn steered(&self) -> Vec<Reply> {
        self.carrier.steered.lock().unwrap().clone()
    }
}

fn is_a_message(reply: &Reply) -> bool {
    matches!(reply.0.as_slice(), [Verb::Say { text, .. }, Verb::Hangup] if text.contains("call us back"))
}

#[test]
fn what_nobody_hears_as_an_answer_is_a_row_first_and_then_told_to_the_line_once() {
    let desk = Desk::open();
    for _ in 0..3 {
        assert!(desk.tell("machine", MACHINE, false).reply.is_empty());
    }
    assert_eq!((desk.steers().len(), desk.steers()[0].state), (1, EffectState::Waiting));
    assert_eq!((desk.steers()[0].call_id, desk.steered().len()), (Some(desk.call().id), 0));
    desk.simulation.pass(Duration::minutes(10));
    assert_eq!(desk.steers()[0].state, EffectState::Done);
    assert!(matches!(desk.steered().as_slice(), [reply] if is_a_message(reply)), "{:?}", desk.steered());
    desk.end();
    assert_eq!(desk.call().outcome, Some(Outcome::Voicemail));
}

#[test]
fn what_is_heard_as_an_answer_is_not_told_a_second_time() {
    let desk = Desk::open();
    assert!(is_a_message(&desk.tell("machine", MACHINE, true).reply));
    assert_eq!(desk.steers(), []);
}

#[test]
fn what_is_being_heard_already_is_not_interrupted_to_be_said_again() {
    let desk = Desk::open();
    desk.tell("human, told again", HUMAN, false);
    assert_eq!(desk.steers(), []);
}

#[test]
fn the_answer_to_a_question_waits_for_the_webhook_that_hears_what_comes_next() {
    let desk = Desk::open();
    let pressed = Event::Digits { step: "menu".to_owned(), turn: 1, digits: "1".to_owned() };
    let unheard = desk.tell("pressed", pressed.clone(), false);
    let heard = desk.tell("pressed", pressed, true);
    assert!(heard.repeated && !heard.reply.is_empty());
    assert_eq!((heard.reply, desk.steers()), (unheard.reply, Vec::new()));
}

#[rstest]
#[case::uncertain(Happened::Maybe, EffectState::Uncertain)]
#[case::failed(Happened::No, EffectState::Failed)]
fn what_may_have_been_told_and_what_could_not_be_told_is_not_told_again(
    #[case] happened: Happened,
    #[case] state: EffectState,
) {
    let desk = Desk::with(
        true,
        match happened {
            Happened::Maybe => || error(Happened::Maybe),
            Happened::No => || error(Happened::No),
        },
    );
    desk.tell("machine", MACHINE, false);
    desk.simulation.pass(Duration::hours(6));
    let steer = desk.steers().remove(0);
    assert_eq!((steer.state, steer.attempt, desk.steered().len()), (state, 1, 1));
    assert!(steer.reason.is_some_and(|reason| reason.contains("no answer came")));
    assert_eq!(ready(desk.simulation.engine.retry(steer.id)).unwrap(), Retried::No(state));
}

#[test]
fn a_call_that_is_over_is_told_nothing_and_the_row_says_why() {
    let desk = Desk::open();
    desk.tell("machine", MACHINE, false);
    desk.end();
    desk.simulation.pass(Duration::minutes(1));
    let steer = desk.steers().remove(0);
    assert_eq!((steer.state, desk.steered().len()), (EffectState::Skipped, 0));
    assert!(steer.reason.is_some_and(|reason| reason.contains("over")));
}

#[test]
fn a_call_that_its_carrier_knows_to_be_over_was_told_nothing() {
    let desk = Desk::with(true, || Ok(Performed::Over));
    desk.tell("machine", MACHINE, false);
    desk.simulation.pass(Duration::minutes(1));
    let steer = desk.steers().remove(0);
    assert_eq!((steer.state, desk.steered().len()), (EffectState::Skipped, 1));
    assert!(steer.reason.is_some_and(|reason| reason.contains("over")));
}

#[test]
fn what_was_begun_by_a_process_that_is_gone_stays_in_doubt() {
    let desk = Desk::open();
    desk.tell("machine", MACHINE, false);
    // The answer comes when the database is away, so that nobody can write it down.
    desk.simulation.store.disturb([false, true]);
    desk.simulation.pass(Duration::hours(1));
    let steer = desk.steers().remove(0);
    assert_eq!((steer.state, desk.steered().len()), (EffectState::Uncertain, 1));
    assert!(!steer.wants_job());
}

#[test]
fn a_carrier_that_cannot_be_told_is_not_asked_and_the_timeline_says_so() {
    let desk = Desk::with(false, done);
    desk.tell("machine", MACHINE, false);
    desk.simulation.pass(Duration::minutes(1));
    assert_eq!((desk.steers(), desk.steered()), (Vec::new(), Vec::new()));
    let timeline = desk.simulation.timeline(desk.call().appointment_id.unwrap());
    assert!(timeline.iter().any(|line| line.recorded.kind == "unheard"));
}

#[test]
fn a_question_that_was_overtaken_is_not_asked_any_more() {
    let desk = Desk::open();
    let question = Reply(vec![ask(1)]);
    let call = desk.call();
    let now = desk.simulation.clock.now();
    let id = EffectId::derive(now, &["overtaken"]);
    let action = frontdesk_core::effect::Action::Steer { reply: question };
    let planned = Effect { call_id: Some(call.id), ..Effect::planned(id, call.appointment_id, action, now, now) };
    let decision = frontdesk_core::ports::Decision { effects: vec![planned], ..Default::default() };
    let subject = frontdesk_core::ports::Subject::Call(CallRef::Ours(call.id));
    let store = &desk.simulation.engine.store();
    ready(store.advance(subject, None, now, Box::new(move |_| decision))).unwrap();
    desk.tell("silence", Event::Silence { step: "menu".to_owned(), turn: 1 }, true);
    ready(desk.simulation.engine.run(id)).unwrap();
    assert_eq!((desk.steers()[0].state, desk.steered().len()), (EffectState::Skipped, 0));
}

fn ask(turn: u32) -> Verb {
    let (step, prompt) = ("menu".to_owned(), "Will you come?".to_owned());
    let language = frontdesk_core::speech::Language::En;
    Verb::Ask { step, turn, prompt, language, digits: 1, timeout_seconds: 6, speech: false }
}

#[test]
fn whoever_is_told_something_else_stops_to_hear_what_they_heard() {
    let simulation = Simulation::new(rules(), moment("2026-11-20T09:00:00Z"));
    simulation.carrier.plan([(Callee::Silent, Line::Good)]);
    simulation.book(booking(simulation.clock.now() + Duration::days(2), Confirm::Now));
    simulation.pass(Duration::seconds(5));
    let call = simulation.calls().remove(0);
    let about = ReceivedAbout::Call { call: CallRef::Ours(call.id), provider_call_id: None, parties: None };
    let received = Received { heard: false, ..Received::new(about, "machine".to_owned(), MACHINE) };
    ready(simulation.engine.receive(CARRIER, received)).unwrap();
    simulation.pass(Duration::minutes(1));
    assert!(matches!(simulation.carrier.steered().as_slice(), [(id, reply)] if *id == call.id && is_a_message(reply)));
    let call = simulation.calls().remove(0);
    assert_eq!((call.outcome, call.walk.misses), (Some(Outcome::Voicemail), 0));
}
