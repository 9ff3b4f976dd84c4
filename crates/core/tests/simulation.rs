//! Whole lives of appointments in simulated time: engine, store in memory, scripted callees, lines that lose things.

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm, Status},
    call::Outcome,
    effect::{Action, Channel, EffectState, Message},
    event::{Answer, Event},
};
use frontdesk_testkit::{CUSTOMER_PHONE, Callee, Line, Simulation, booking, moment, phone, rules};
use rstest::rstest;

fn start() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

/// An appointment two days on, asked about at once.
fn begin(plan: impl IntoIterator<Item = (Callee, Line)>) -> (Simulation, Appointment) {
    let simulation = Simulation::new(rules(), start());
    simulation.carrier.plan(plan);
    let appointment = simulation.book(booking(start() + Duration::days(2), Confirm::Now));
    (simulation, appointment)
}

fn life(plan: impl IntoIterator<Item = (Callee, Line)>) -> (Simulation, Appointment) {
    let (simulation, appointment) = begin(plan);
    simulation.pass(Duration::days(4));
    let appointment = simulation.appointment(appointment.id);
    (simulation, appointment)
}

fn asked_by(simulation: &Simulation) -> Vec<Channel> {
    let sent = simulation.notifier.sent();
    let asks = |id| {
        let effects = simulation.effects();
        effects.iter().any(|effect| {
            effect.id == id && matches!(effect.action, Action::Notify { message: Message::AskToConfirm, .. })
        })
    };
    sent.iter().filter(|(id, _)| asks(*id)).map(|(_, message)| message.channel).collect()
}

#[rstest]
#[case::one_confirms(Callee::presses(["1"]), Status::Completed, Outcome::Confirmed)]
#[case::nought_cancels(Callee::presses(["0"]), Status::Cancelled, Outcome::Cancelled)]
#[case::two_asks_for_another_time(Callee::presses(["2"]), Status::RescheduleRequested, Outcome::RescheduleRequested)]
#[case::a_wrong_key_first(Callee::presses(["5", "1"]), Status::Completed, Outcome::Confirmed)]
#[case::heard_again_first(Callee::presses(["9", "9", "9", "9", "1"]), Status::Completed, Outcome::Confirmed)]
#[case::declined(Callee::Declines, Status::Unreached, Outcome::Declined)]
#[case::refused(Callee::Refused, Status::Unreached, Outcome::Failed)]
#[case::opted_out(Callee::presses(["8"]), Status::Unreached, Outcome::Declined)]
fn one_call_settles_it(#[case] callee: Callee, #[case] status: Status, #[case] outcome: Outcome) {
    let (simulation, appointment) = life([(callee, Line::Good)]);
    assert_eq!(appointment.status, status);
    assert_eq!(simulation.carrier.placed().len(), 1);
    assert_eq!(simulation.calls()[0].outcome, Some(outcome));
    assert_eq!(simulation.notifier.sent(), []);
    assert_eq!(simulation.calendar.entries()[0].status, status);
}

#[rstest]
#[case::silent(Callee::Silent, Outcome::NoInput)]
#[case::busy(Callee::Busy, Outcome::Busy)]
#[case::no_answer(Callee::NoAnswer, Outcome::NoAnswer)]
#[case::machine(Callee::Machine, Outcome::Voicemail)]
#[case::hangs_up(Callee::HangsUp, Outcome::HungUp)]
fn who_is_not_reached_is_called_within_the_budget_then_texted_then_mailed(
    #[case] callee: Callee,
    #[case] outcome: Outcome,
) {
    let (simulation, appointment) = life(vec![(callee, Line::Good); 9]);
    assert_eq!(appointment.status, Status::Unreached);
    assert_eq!(simulation.carrier.placed().len(), 3);
    assert!(simulation.calls().iter().all(|call| call.outcome == Some(outcome)));
    assert_eq!(asked_by(&simulation), [Channel::Sms, Channel::Email]);
    let at: Vec<_> = simulation.carrier.placed().iter().map(|(_, at)| *at).collect();
    assert!(at[2] - at[1] > at[1] - at[0], "the gaps grow");
}

#[test]
fn a_voicemail_is_left_once() {
    let (simulation, _) = life(vec![(Callee::Machine, Line::Good); 3]);
    let heard = simulation.calls().iter().filter(|call| call.walk.step == "voicemail").count();
    assert_eq!(heard, 1);
}

#[test]
fn one_budget_counts_every_reason() {
    let good = |callee| (callee, Line::Good);
    let (simulation, appointment) =
        life([good(Callee::Busy), good(Callee::NoAnswer), good(Callee::Machine), good(Callee::presses(["1"]))]);
    assert_eq!(appointment.status, Status::Unreached);
    assert_eq!(simulation.carrier.placed().len(), 3);
}

#[rstest]
#[case::answer_lost(Line::LosesAnswer, Status::Completed, 1)]
#[case::answer_lost_and_no_look_up(Line::LosesAnswerForGood, Status::Completed, 1)]
#[case::carrier_lies(Line::Lies, Status::Completed, 1)]
#[case::twice_and_out_of_order(Line::Disorder, Status::Completed, 1)]
#[case::request_lost(Line::LosesRequest, Status::Completed, 1)]
#[case::away_for_a_moment(Line::Away, Status::Completed, 1)]
#[case::nobody_can_tell(Line::LosesRequestForGood, Status::Unreached, 0)]
fn bad_luck_on_the_line_never_places_a_call_twice(#[case] line: Line, #[case] status: Status, #[case] rung: usize) {
    let (simulation, appointment) = begin([(Callee::presses(["1"]), line), (Callee::presses(["1"]), Line::Good)]);
    simulation.pass(Duration::days(4));
    let appointment = simulation.appointment(appointment.id);
    assert_eq!(appointment.status, status, "{:#?}", simulation.timeline(appointment.id));
    assert_eq!(simulation.carrier.placed().len(), rung);
}

#[test]
fn a_call_of_unknown_fate_closes_the_telephone_and_asking_goes_on_by_message() {
    let (simulation, appointment) = life([(Callee::NoAnswer, Line::LosesRequestForGood)]);
    assert_eq!(simulation.calls()[0].outcome, Some(Outcome::Uncertain));
    assert_eq!(simulation.calls().len(), 1);
    assert_eq!(asked_by(&simulation), [Channel::Sms, Channel::Email]);
    assert_eq!(appointment.status, Status::Unreached);
}

#[test]
fn a_call_whose_callbacks_are_lost_is_asked_about_and_the_ladder_goes_on() {
    let (simulation, appointment) =
        life([(Callee::presses(["1"]), Line::LosesCallbacks), (Callee::presses(["1"]), Line::Good)]);
    assert_eq!(simulation.calls()[0].outcome, Some(Outcome::HungUp));
    assert_eq!(simulation.calls()[1].outcome, Some(Outcome::Confirmed));
    assert_eq!(appointment.status, Status::Completed);
}

#[rstest]
#[case::answer_lost(Line::LosesAnswer, 1)]
#[case::answer_lost_for_good(Line::LosesAnswerForGood, 1)]
#[case::request_lost_for_good(Line::LosesRequestForGood, 0)]
#[case::away_for_a_moment(Line::Away, 1)]
#[case::refused(Line::Refuses, 0)]
fn bad_luck_with_a_message_never_sends_it_twice(#[case] line: Line, #[case] texts: usize) {
    let (simulation, appointment) = begin(vec![(Callee::Busy, Line::Good); 3]);
    simulation.notifier.plan([line]);
    simulation.pass(Duration::days(4));
    let asked = asked_by(&simulation);
    assert_eq!(asked.iter().filter(|channel| **channel == Channel::Sms).count(), texts);
    assert_eq!(asked.iter().filter(|channel| **channel == Channel::Email).count(), 1);
    assert_eq!(simulation.appointment(appointment.id).status, Status::Unreached);
}

#[test]
fn an_answer_by_text_withdraws_the_calls_and_is_acknowledged() {
    let (simulation, appointment) = begin([(Callee::Busy, Line::Good), (Callee::presses(["0"]), Line::Good)]);
    simulation.pass(Duration::minutes(5));
    simulation.write(&phone(CUSTOMER_PHONE), Channel::Sms, "yes");
    simulation.pass(Duration::days(1));
    let appointment = simulation.appointment(appointment.id);
    assert_eq!(appointment.status, Status::Confirmed);
    assert_eq!(simulation.carrier.placed().len(), 1);
    let sent = simulation.notifier.sent();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].1.body.contains("confirmed"), "{}", sent[0].1.body);
    let skipped = simulation.effects().into_iter().find(|effect| effect.action == Action::Call { try_no: 2 }).unwrap();
    assert_eq!((skipped.state, skipped.reason.as_deref()), (EffectState::Skipped, Some("confirmed by SMS")));
}

#[test]
fn stop_ends_all_contact_for_good() {
    let (simulation, appointment) = begin(vec![(Callee::Busy, Line::Good); 9]);
    simulation.pass(Duration::minutes(5));
    simulation.write(&phone(CUSTOMER_PHONE), Channel::Sms, "STOP");
    simulation.pass(Duration::hours(6));
    simulation.happen(appointment.id, Event::CallAsked);
    simulation.pass(Duration::days(3));
    assert_eq!(simulation.carrier.placed().len(), 1);
    assert_eq!(simulation.notifier.sent(), []);
    assert_eq!(simulation.appointment(appointment.id).status, Status::Unreached);
}

#[test]
fn an_unanswered_call_to_the_business_neither_hastens_nor_doubles_the_ladder() {
    let simulation = Simulation::new(rules(), start());
    let appointment = simulation.book(booking(start() + Duration::days(5), Confirm::Policy));
    let rung = simulation.ring(&phone(CUSTOMER_PHONE), "IN-1").call.unwrap();
    let gone = Event::Ended { cause: frontdesk_core::event::EndCause::Completed, seconds: Some(3) };
    simulation.tell(frontdesk_core::call::CallRef::Ours(rung.id), "IN-1/ended", gone).unwrap();
    simulation.pass(Duration::days(3));
    assert_eq!(simulation.carrier.placed(), [], "not before a day ahead");
    simulation.pass(Duration::days(3));
    assert_eq!(simulation.carrier.placed().len(), 3);
    assert_eq!(asked_by(&simulation), [Channel::Sms, Channel::Email]);
    assert_eq!(simulation.appointment(appointment.id).status, Status::Unreached);
}

#[test]
fn moving_it_while_the_old_time_is_spoken_about_asks_again_about_the_new_one() {
    let (simulation, appointment) = begin([(Callee::presses(["1"]), Line::Good), (Callee::presses(["0"]), Line::Good)]);
    // Picked up, the question is being heard.
    simulation.pass(Duration::seconds(7));
    let event = Event::Moved { starts_at: start() + Duration::days(3), channel: Channel::Desk };
    simulation.happen(appointment.id, event);
    simulation.pass(Duration::hours(1));
    let appointment = simulation.appointment(appointment.id);
    assert_eq!(simulation.carrier.placed().len(), 2, "{:#?}", simulation.timeline(appointment.id));
    assert_eq!(appointment.answer.unwrap().meaning, Answer::Cancelled);
}

#[test]
fn a_message_about_the_old_time_that_comes_back_late_does_not_hurry_the_new_round() {
    let (simulation, appointment) = begin(vec![(Callee::Busy, Line::Good); 9]);
    simulation.notifier.plan([Line::LosesAnswer]);
    // Three calls, and the text whose answer is lost.
    simulation.pass(Duration::minutes(151));
    assert_eq!(asked_by(&simulation), [Channel::Sms]);
    let event = Event::Moved { starts_at: start() + Duration::days(3), channel: Channel::Desk };
    simulation.happen(appointment.id, event);
    simulation.pass(Duration::minutes(20));
    assert_eq!(asked_by(&simulation), [Channel::Sms], "the mail's turn comes after the calls and the text");
    simulation.pass(Duration::days(5));
    assert_eq!(simulation.carrier.placed().len(), 6);
    assert_eq!(asked_by(&simulation), [Channel::Sms, Channel::Sms, Channel::Email]);
}

#[test]
fn what_the_desk_tries_again_does_not_make_a_second_ladder() {
    let (simulation, appointment) = begin(vec![(Callee::Busy, Line::Good); 3]);
    simulation.notifier.plan([Line::Refuses]);
    simulation.pass(Duration::minutes(170));
    let text = simulation.effects().into_iter().find(|effect| effect.state == EffectState::Failed).unwrap();
    drop(frontdesk_testkit::ready(simulation.engine.retry(text.id)).unwrap());
    simulation.pass(Duration::days(3));
    assert_eq!(asked_by(&simulation), [Channel::Sms, Channel::Email]);
    assert_eq!(simulation.appointment(appointment.id).status, Status::Unreached);
}

#[test]
fn a_call_put_off_over_night_after_a_failed_request_does_not_ring_for_a_call_that_is_over() {
    let mut rules = rules();
    let business = rules.businesses.values_mut().next().unwrap();
    business.contact.hours = frontdesk_core::contact::ContactPolicy::default().hours;
    // Two seconds before people may not be contacted any more in Madrid (20:00, an hour ahead of UTC).
    let now = moment("2026-11-20T18:59:58Z");
    let simulation = Simulation::new(rules, now);
    simulation.carrier.plan([(Callee::presses(["1"]), Line::Away)]);
    simulation.carrier.otherwise(Callee::presses(["1"]));
    let appointment = simulation.book(booking(now + Duration::days(2), Confirm::Now));
    simulation.pass(Duration::days(1));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed);
    assert_eq!(simulation.carrier.placed().len(), 1);
    let answered = simulation.calls().into_iter().filter(|call| call.started_at.is_some()).count();
    assert_eq!(answered, 1);
}

#[test]
fn asking_ends_at_the_deadline_although_the_appointment_is_yet_to_come() {
    let mut rules = rules();
    let policy = &mut rules.businesses.values_mut().next().unwrap().policy;
    policy.lead = Duration::hours(4);
    policy.deadline = Duration::hours(3);
    let simulation = Simulation::new(rules, start());
    simulation.carrier.otherwise(Callee::Busy);
    let appointment = simulation.book(booking(start() + Duration::days(1), Confirm::Policy));
    let deadline = appointment.starts_at - Duration::hours(3);
    simulation.run_until(deadline + Duration::minutes(1));
    let asked = simulation.carrier.placed().len() + simulation.notifier.sent().len();
    assert_eq!(simulation.appointment(appointment.id).status, Status::Unreached);
    simulation.pass(Duration::days(2));
    assert_eq!(simulation.carrier.placed().len() + simulation.notifier.sent().len(), asked);
}

#[test]
fn a_calendar_that_is_away_for_hours_shows_everything_in_the_end() {
    let (simulation, appointment) = begin([(Callee::presses(["1"]), Line::Good)]);
    simulation.calendar.away_for(40);
    simulation.pass(Duration::days(1));
    let entries = simulation.calendar.entries();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].revision, simulation.appointment(appointment.id).revision);
}

#[test]
fn a_request_that_surely_failed_does_not_count_against_the_caps() {
    let mut rules = rules();
    rules.businesses.values_mut().next().unwrap().contact.per_day = 1;
    let simulation = Simulation::new(rules, start());
    simulation.carrier.plan([(Callee::Busy, Line::Away), (Callee::presses(["1"]), Line::Good)]);
    let appointment = simulation.book(booking(start() + Duration::days(2), Confirm::Now));
    simulation.pass(Duration::hours(1));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed);
}

#[test]
fn a_database_that_is_away_loses_nothing_and_doubles_nothing() {
    for n in 0..12 {
        let (simulation, appointment) = begin([(Callee::presses(["5", "1"]), Line::Good)]);
        simulation.store.disturb((0..12).map(|at| at == n));
        simulation.carrier.otherwise(Callee::presses(["1"]));
        simulation.pass(Duration::days(1));
        assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed, "away at decision {n}");
        assert_eq!(simulation.carrier.placed().len(), 1, "away at decision {n}");
    }
}

#[test]
fn a_call_the_desk_asks_for_replaces_the_one_that_waits() {
    let (simulation, appointment) = begin([(Callee::Busy, Line::Good), (Callee::presses(["1"]), Line::Good)]);
    simulation.pass(Duration::minutes(5));
    simulation.happen(appointment.id, Event::CallAsked);
    simulation.happen(appointment.id, Event::CallAsked);
    simulation.pass(Duration::hours(12));
    assert_eq!(simulation.carrier.placed().len(), 2);
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed);
}

#[test]
fn a_desk_that_asks_for_a_call_to_somebody_who_wants_none_changes_nothing() {
    let (simulation, appointment) = begin([(Callee::presses(["1"]), Line::Good)]);
    simulation.pass(Duration::hours(1));
    simulation.happen(appointment.id, Event::OptedOut { channel: Channel::Link });
    let before = simulation.appointment(appointment.id);
    assert_eq!(before.status, Status::Confirmed);
    let said = simulation.happen(appointment.id, Event::CallAsked);
    assert_eq!(said, "the person asked not to be contacted this way");
    assert_eq!(simulation.appointment(appointment.id), before);
    assert_eq!(simulation.carrier.placed().len(), 1);
}

#[test]
fn a_desk_that_asks_for_a_call_while_one_is_under_way_gets_no_second_one() {
    let (simulation, appointment) = begin([(Callee::presses(["1"]), Line::Good)]);
    simulation.pass(Duration::seconds(3));
    assert_eq!(simulation.happen(appointment.id, Event::CallAsked), "a call is under way already");
    simulation.pass(Duration::days(1));
    assert_eq!(simulation.carrier.placed().len(), 1);
}

#[test]
fn a_caller_hears_their_appointment_and_confirms_it_by_themselves() {
    let simulation = Simulation::new(rules(), start());
    let appointment = simulation.book(booking(start() + Duration::days(5), Confirm::Policy));
    let answered = simulation.ring(&phone(CUSTOMER_PHONE), "IN-1");
    let call = answered.call.unwrap();
    let said = format!("{:?}", answered.reply);
    assert!(said.contains("Your next appointment is"), "{said}");
    let one = Event::Digits { step: "menu".to_owned(), turn: 1, digits: "1".to_owned() };
    simulation.tell(frontdesk_core::call::CallRef::Ours(call.id), "IN-1/1", one).unwrap();
    simulation.pass(Duration::days(6));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Completed);
    assert_eq!(simulation.carrier.placed(), []);
}

#[test]
fn what_may_only_be_asked_after_the_deadline_is_not_asked() {
    let mut rules = rules();
    let business = rules.businesses.values_mut().next().unwrap();
    business.contact.hours = frontdesk_core::contact::ContactPolicy::default().hours;
    // Nine in the evening in Madrid; people are contacted from nine in the morning, and asking ends at half past eight.
    let now = moment("2026-11-20T20:00:00Z");
    let simulation = Simulation::new(rules, now);
    simulation.carrier.otherwise(Callee::presses(["1"]));
    let appointment = simulation.book(booking(moment("2026-11-21T08:30:00Z"), Confirm::Policy));
    simulation.run_until(appointment.starts_at);
    assert_eq!((simulation.carrier.placed().len(), simulation.notifier.sent().len()), (0, 0));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Unreached);
}

#[test]
fn a_person_is_called_in_their_own_morning() {
    let mut rules = rules();
    let business = rules.businesses.values_mut().next().unwrap();
    business.contact.hours = frontdesk_core::contact::ContactPolicy::default().hours;
    let simulation = Simulation::new(rules, start());
    simulation.carrier.otherwise(Callee::presses(["1"]));
    let mut new = booking(start() + Duration::days(2), Confirm::Now);
    new.customer.time_zone = Some(chrono_tz::America::New_York);
    let appointment = simulation.book(new);
    simulation.pass(Duration::days(1));
    assert_eq!(simulation.appointment(appointment.id).status, Status::Confirmed);
    let (_, at) = simulation.carrier.placed()[0];
    assert_eq!(at, moment("2026-11-20T14:00:00Z"), "nine in New York, three in the afternoon in Madrid");
    let waiting = simulation.timeline(appointment.id).into_iter().find(|line| line.recorded.kind == "waiting").unwrap();
    assert_eq!(waiting.recorded.note, "not now: 04:00 in America/New_York; people are contacted 09:00-20:00");
}
