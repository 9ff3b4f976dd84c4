//! What must not happen, however late, lost or repeated things come: whole lives in simulated time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm, Status},
    call::{CallRef, CallState},
    effect::{Action, Channel, Effect, EffectState, Message},
    event::{Answer, Event},
    ports::{CountFilter, IvrStore},
};
use frontdesk_testkit::{CUSTOMER_PHONE, Callee, Line, Simulation, booking, moment, phone, ready, rules};

mod doubt;
mod parting;

fn start() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

/// An appointment so far ahead, asked about at once.
fn begin(ahead: Duration, plan: impl IntoIterator<Item = (Callee, Line)>) -> (Simulation, Appointment) {
    let simulation = Simulation::new(rules(), start());
    simulation.carrier.plan(plan);
    let appointment = simulation.book(booking(start() + ahead, Confirm::Now));
    (simulation, appointment)
}

fn first_call(simulation: &Simulation) -> Effect {
    simulation.effects().into_iter().find(|effect| effect.action == Action::Call { try_no: 1 }).unwrap()
}

fn said(simulation: &Simulation, message: Message) -> usize {
    let of = |effect: &&Effect| matches!(effect.action, Action::Notify { message: it, .. } if it == message);
    simulation.effects().iter().filter(of).filter(|effect| effect.state == EffectState::Done).count()
}

fn count(simulation: &Simulation, name: &str) -> i64 {
    let rows = ready(simulation.store.counts(CountFilter::default())).unwrap();
    rows.iter().filter(|row| row.count.name == name).map(|row| row.n).sum()
}

#[test]
fn whatever_slept_past_the_deadline_asks_nobody_any_more() {
    let simulation = Simulation::new(rules(), start());
    let appointment = simulation.book(booking(start() + Duration::days(2), Confirm::Policy));
    // The gateway was down from before the first call until half an hour after the deadline.
    simulation.clock.turn_to(appointment.starts_at - Duration::minutes(30));
    simulation.pass(Duration::minutes(5));
    assert_eq!((simulation.carrier.placed().len(), simulation.notifier.sent().len()), (0, 0));
    let call = first_call(&simulation);
    assert_eq!((call.state, call.reason.as_deref()), (EffectState::Skipped, Some("the time for asking has passed")));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Unreached);
}

#[test]
fn a_request_that_fails_until_the_deadline_is_not_put_off_past_it() {
    let (simulation, appointment) = begin(Duration::minutes(1), vec![(Callee::Busy, Line::Away); 20]);
    simulation.pass(Duration::minutes(2));
    let call = first_call(&simulation);
    assert_eq!(call.state, EffectState::Failed);
    assert!(call.reason.as_deref().unwrap().contains("there is no time left to try it again"), "{:?}", call.reason);
    assert!(simulation.effects().iter().all(|effect| {
        effect.action.delivery() == frontdesk_core::effect::Delivery::AtLeastOnce
            || effect.due_at <= appointment.starts_at
    }));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Unreached);
}

#[test]
fn a_call_asked_for_about_a_time_that_is_past_is_placed_even_at_the_second_attempt() {
    let plan = [(Callee::Busy, Line::Away), (Callee::presses(["1"]), Line::Good)];
    let (simulation, appointment) = begin(Duration::days(-1), plan);
    simulation.pass(Duration::minutes(10));
    assert_eq!(simulation.carrier.placed().len(), 1);
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed);
}

#[test]
fn a_program_that_answers_every_text_is_answered_once_a_day_and_channel() {
    let (simulation, _) = begin(Duration::days(5), [(Callee::Busy, Line::Good)]);
    for _ in 0..6 {
        simulation.write(&phone(CUSTOMER_PHONE), Channel::Sms, "I am on holiday until the 3rd");
        simulation.pass(Duration::minutes(1));
    }
    assert_eq!(said(&simulation, Message::NotUnderstood), 1);
    simulation.write(&phone(CUSTOMER_PHONE), Channel::Whatsapp, "I am on holiday until the 3rd");
    simulation.pass(Duration::days(1));
    assert_eq!(said(&simulation, Message::NotUnderstood), 2);
    simulation.write(&phone(CUSTOMER_PHONE), Channel::Sms, "I am on holiday until the 3rd");
    simulation.pass(Duration::minutes(1));
    assert_eq!(said(&simulation, Message::NotUnderstood), 3);
}

#[test]
fn a_caller_is_told_nothing_of_an_appointment_that_is_cancelled_or_over() {
    let heard = |simulation: &Simulation, theirs: &str| {
        let answered = simulation.ring(&phone(CUSTOMER_PHONE), theirs);
        format!("{:?}", answered.reply).contains("Your next appointment is")
    };
    let (simulation, appointment) = begin(Duration::days(2), []);
    assert!(heard(&simulation, "IN-1"));
    simulation.happen(appointment.id, Event::Replied { channel: Channel::Desk, meaning: Answer::Cancelled });
    assert!(!heard(&simulation, "IN-2"), "cancelled");
    simulation.happen(appointment.id, Event::Replied { channel: Channel::Desk, meaning: Answer::OtherTime });
    assert!(heard(&simulation, "IN-3"));
    simulation.clock.turn_to(appointment.ends_at());
    assert!(!heard(&simulation, "IN-4"), "over");
}

#[test]
fn a_yes_after_the_time_has_passed_unconfirmed_changes_nothing() {
    let (simulation, appointment) = begin(Duration::days(2), []);
    simulation.pass(Duration::days(3));
    simulation.write(&phone(CUSTOMER_PHONE), Channel::Sms, "yes");
    let after = simulation.appointment(appointment.id);
    assert_eq!((after.status, after.answer), (Status::Unreached, None));
    simulation.happen(appointment.id, Event::Replied { channel: Channel::Desk, meaning: Answer::Confirmed });
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed, "the desk may");
}

#[test]
fn in_the_race_the_first_written_answer_stands_and_later_on_the_newer_word_does() {
    let (simulation, appointment) = begin(Duration::days(2), [(Callee::Busy, Line::Good)]);
    let write = |words: &str, after: i64| {
        simulation.pass(Duration::minutes(after));
        simulation.write(&phone(CUSTOMER_PHONE), Channel::Sms, words);
        simulation.appointment(appointment.id).status
    };
    assert_eq!(write("yes", 2), Status::Confirmed);
    assert_eq!(write("no", 10), Status::Confirmed, "within the race");
    assert_eq!(write("no", 1), Status::Cancelled, "they changed their mind");
    assert_eq!(write("yes", 60), Status::Cancelled, "only the desk brings it back");
}

#[test]
fn keys_that_mean_nothing_are_neither_kept_nor_given_counters_of_their_own() {
    let card = "4111111111111111";
    let (simulation, appointment) = begin(Duration::days(2), [(Callee::presses([card, "5", "1"]), Line::Good)]);
    simulation.pass(Duration::minutes(5));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed);
    assert_eq!(count(&simulation, "step:menu:invalid"), 2);
    assert_eq!(count(&simulation, "step:menu:digit:5"), 0);
    assert_eq!(count(&simulation, "step:menu:digit:1"), 1);
    let kept = format!("{:?} {:?}", simulation.calls(), simulation.timeline(appointment.id));
    assert!(!kept.contains("4111"), "{kept}");
}

#[test]
fn who_is_asked_at_once_is_counted_as_being_asked() {
    let (simulation, _) = begin(Duration::days(2), []);
    assert_eq!(count(&simulation, "status:confirming"), 1);
}

#[test]
fn calls_and_questions_count_against_the_caps_and_acknowledgements_do_not() {
    let (simulation, _) = begin(Duration::days(2), [(Callee::Busy, Line::Good)]);
    simulation.pass(Duration::minutes(5));
    simulation.write(&phone(CUSTOMER_PHONE), Channel::Sms, "yes");
    simulation.pass(Duration::minutes(5));
    assert_eq!(said(&simulation, Message::Confirmed), 1);
    for effect in simulation.effects().into_iter().filter(|effect| effect.state == EffectState::Done) {
        assert_eq!(effect.reaches.is_some(), effect.withdrawable(), "{effect:?}");
    }
}

#[test]
fn who_was_rung_by_a_carrier_that_denied_it_was_reached_all_the_same() {
    let (simulation, appointment) = begin(Duration::days(2), [(Callee::presses(["1"]), Line::Lies)]);
    simulation.pass(Duration::minutes(5));
    let call = first_call(&simulation);
    assert_eq!((call.state, call.reaches), (EffectState::Done, Some(phone(CUSTOMER_PHONE))));
    assert_eq!(simulation.appointment(appointment.id).live_call, None);
}

#[test]
fn a_call_that_came_in_and_whose_end_is_never_told_is_asked_about() {
    let (simulation, _) = begin(Duration::days(2), [(Callee::presses(["1"]), Line::Good)]);
    for (n, caller) in [CUSTOMER_PHONE, "+15005550177"].into_iter().enumerate() {
        let rung = simulation.ring(&phone(caller), &format!("IN-{n}")).call.unwrap();
        assert_ne!(rung.state, CallState::Ended);
        simulation.pass(Duration::minutes(15));
        let call = ready(simulation.store.call(rung.id)).unwrap().unwrap();
        assert_eq!(call.state, CallState::Ended);
    }
}

#[test]
fn a_call_that_is_put_off_is_not_under_way_and_leaves_the_desk_free_to_call() {
    let (simulation, appointment) = begin(Duration::days(2), [(Callee::Busy, Line::Away)]);
    simulation.carrier.otherwise(Callee::presses(["1"]));
    simulation.pass(Duration::seconds(1));
    assert_eq!(simulation.appointment(appointment.id).live_call, None);
    assert_eq!(simulation.happen(appointment.id, Event::CallAsked), "the desk wants a call now");
    simulation.pass(Duration::hours(1));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed);
    assert_eq!(simulation.carrier.placed().len(), 1);
}

#[test]
fn a_call_that_was_put_off_is_under_way_when_it_is_tried_again() {
    let plan = [(Callee::Busy, Line::Away), (Callee::presses(["1"]), Line::Good)];
    let (simulation, appointment) = begin(Duration::days(2), plan);
    simulation.pass(Duration::seconds(4));
    let call = simulation.calls()[0].id;
    assert_eq!(simulation.appointment(appointment.id).live_call, Some(call));
    assert_eq!(simulation.appointment(appointment.id).tries, 1, "the same try");
    let ended = Event::Ended { cause: frontdesk_core::event::EndCause::NoAnswer, seconds: None };
    simulation.tell(CallRef::Ours(call), "by hand", ended).unwrap();
    assert_eq!(simulation.appointment(appointment.id).live_call, None);
}
