//! The whole engine in simulated time: callees of every kind, lines that lose things, a database that comes and goes.

use crate::{RULES, answer, confirm, keys, policy, start};
use chrono::Duration;
use frontdesk_core::{
    appointment::{Confirm, Status},
    call::{CallRef, CallState, Direction},
    effect::{Channel, EffectState},
    event::{Answer, EndCause, Event},
    id::AppointmentId,
};
use frontdesk_testkit::{CUSTOMER_PHONE, Callee, Line, Simulation, booking, phone, ready};
use proptest::{collection::vec, prelude::*, sample::select};

fn callee() -> impl Strategy<Value = Callee> {
    prop_oneof![
        3 => vec(keys(), 0..4).prop_map(Callee::Presses),
        7 => select(vec![
            Callee::Silent,
            Callee::Busy,
            Callee::NoAnswer,
            Callee::Declines,
            Callee::Machine,
            Callee::HangsUp,
            Callee::Refused,
        ]),
    ]
}

fn line() -> impl Strategy<Value = Line> {
    // Against a carrier that acts, denies it and whose callback is lost as well there is no help.
    let honest = Line::ALL.into_iter().filter(|line| *line != Line::Lies).collect::<Vec<_>>();
    prop_oneof![2 => Just(Line::Good), 3 => select(honest)]
}

/// What the front desk and the customer do meanwhile.
#[derive(Debug, Clone)]
enum Deed {
    Writes(&'static str),
    Rings,
    Moves(i64),
    AsksForCall,
    Says(Answer),
    RetriesAll,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => select(vec!["yes", "no", "another time", "STOP", "START", "who are you?"]).prop_map(Deed::Writes),
        1 => Just(Deed::Rings),
        1 => (-24..96_i64).prop_map(Deed::Moves),
        1 => Just(Deed::AsksForCall),
        1 => answer().prop_map(Deed::Says),
        1 => Just(Deed::RetriesAll),
    ]
}

fn act(simulation: &Simulation, id: AppointmentId, n: usize, deed: &Deed) {
    let customer = phone(CUSTOMER_PHONE);
    match deed {
        Deed::Writes(words) => drop(simulation.write(&customer, Channel::Sms, words)),
        Deed::Rings => {
            let call = simulation.ring(&customer, &format!("IN-{n}")).call.expect("the business answers");
            let gone = Event::Ended { cause: EndCause::Completed, seconds: None };
            let ours = CallRef::Ours(call.id);
            drop(simulation.tell(ours, &format!("IN-{n}/ended"), gone).expect("the store answers"));
        }
        Deed::Moves(hours) => {
            let starts_at = simulation.clock.now() + Duration::hours(*hours);
            simulation.happen(id, Event::Moved { starts_at, channel: Channel::Desk });
        }
        Deed::AsksForCall => drop(simulation.happen(id, Event::CallAsked)),
        Deed::Says(meaning) => {
            simulation.happen(id, Event::Replied { channel: Channel::Desk, meaning: *meaning });
        }
        Deed::RetriesAll => {
            for effect in simulation.effects() {
                drop(ready(simulation.engine.retry(effect.id)).expect("the store answers"));
            }
        }
    }
}

fn settled(simulation: &Simulation, id: AppointmentId) -> Result<(), TestCaseError> {
    let appointment = simulation.appointment(id);
    let timeline = || {
        let lines = simulation.timeline(id);
        lines
            .iter()
            .map(|line| format!("{} {} {}\n", line.at, line.recorded.kind, line.recorded.note))
            .collect::<String>()
    };
    let last = matches!(
        appointment.status,
        Status::Confirmed
            | Status::Cancelled
            | Status::RescheduleRequested
            | Status::Unreached
            | Status::Completed
            | Status::NoShow
    );
    prop_assert!(last, "ended as {:?}\n{}", appointment.status, timeline());
    let placed = [simulation.carrier.placed(), simulation.spare.placed()].concat();
    for (call, _) in &placed {
        prop_assert_eq!(placed.iter().filter(|(other, _)| other == call).count(), 1, "placed twice\n{}", timeline());
    }
    let sent = simulation.notifier.sent();
    for (effect, _) in &sent {
        prop_assert_eq!(sent.iter().filter(|(other, _)| other == effect).count(), 1, "sent twice\n{}", timeline());
    }
    for call in simulation.calls() {
        prop_assert!(call.state == CallState::Ended, "a call never ended: {call:#?}\n{}", timeline());
    }
    let calls = simulation.calls();
    let mut ours: Vec<_> = calls.iter().filter(|call| call.direction == Direction::Outbound).collect();
    ours.sort_by_key(|call| call.created_at);
    for pair in ours.windows(2) {
        prop_assert!(pair[0].ended_at <= Some(pair[1].created_at), "two calls at a time\n{}", timeline());
    }
    prop_assert_eq!(appointment.live_call, None);
    for effect in simulation.effects() {
        prop_assert!(!matches!(effect.state, EffectState::Waiting | EffectState::Started), "never done: {effect:#?}");
    }
    let shown = simulation.calendar.entries();
    prop_assert_eq!(shown.iter().map(|entry| entry.revision).collect::<Vec<_>>(), [appointment.revision]);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn every_appointment_comes_to_an_end_and_no_call_is_placed_twice(
        policy in policy(),
        confirm in confirm(),
        ahead in -24..96_i64,
        carriers in select(vec![vec!["pretend"], vec!["pretend", "spare"], vec!["spare", "pretend"], vec!["nobody", "spare"]]),
        calls in vec((callee(), line()), 0..12),
        spare in vec((callee(), line()), 0..12),
        messages in vec(line(), 0..6),
        trouble in vec(proptest::bool::weighted(0.1), 0..60),
        deeds in vec((deed(), 0..720_i64), 0..4),
    ) {
        let mut rules = RULES.clone();
        let business = rules.businesses.values_mut().next().unwrap();
        (business.policy, business.carriers) = (policy, carriers.into_iter().map(str::to_owned).collect());
        let simulation = Simulation::new(rules, start());
        simulation.carrier.plan(calls);
        simulation.spare.plan(spare);
        simulation.notifier.plan(messages);
        let id = simulation.book(booking(start() + Duration::hours(ahead), confirm)).id;
        for (n, (deed, minutes)) in deeds.iter().enumerate() {
            simulation.pass(Duration::minutes(*minutes));
            act(&simulation, id, n, deed);
        }
        simulation.store.disturb(trouble);
        simulation.pass(Duration::days(14));
        settled(&simulation, id)?;
    }

    #[test]
    fn left_alone_a_ladder_calls_within_the_budget_and_asks_on_each_channel_once(
        policy in policy(),
        calls in vec((select(vec![Callee::Busy, Callee::NoAnswer, Callee::Silent, Callee::Machine, Callee::HangsUp]), line()), 0..12),
        spare in vec((select(vec![Callee::Busy, Callee::NoAnswer, Callee::Silent, Callee::Machine, Callee::HangsUp]), line()), 0..12),
        messages in vec(line(), 0..4),
        trouble in vec(proptest::bool::weighted(0.1), 0..60),
    ) {
        let mut rules = RULES.clone();
        let business = rules.businesses.values_mut().next().unwrap();
        (business.policy, business.carriers) = (policy.clone(), vec!["pretend".to_owned(), "spare".to_owned()]);
        let simulation = Simulation::new(rules, start());
        simulation.carrier.plan(calls);
        simulation.spare.plan(spare);
        simulation.notifier.plan(messages);
        let id = simulation.book(booking(start() + Duration::days(7), Confirm::Policy)).id;
        simulation.store.disturb(trouble);
        simulation.pass(Duration::days(14));
        settled(&simulation, id)?;
        prop_assert_eq!(simulation.appointment(id).status, Status::Unreached);
        prop_assert!(u32::try_from(simulation.carrier.placed().len() + simulation.spare.placed().len()).unwrap() <= policy.tries);
        let mut channels: Vec<_> = simulation.notifier.sent().iter().map(|(_, message)| message.channel).collect();
        channels.sort();
        channels.dedup();
        prop_assert_eq!(channels.len(), simulation.notifier.sent().len(), "asked twice on one channel");
    }
}
