//! What changes the book.

use super::{ana, at, bens, house, later, monday, with};
use chrono::Duration;
use frontdesk_core::{
    appointment::{Confirm, Status},
    call::Outcome,
    effect::{Action, Channel, EffectState, Message},
    ports::AfterTool,
};
use frontdesk_testkit::{CUSTOMER_PHONE, booking, moment, phone, ready};
use serde_json::json;

#[test]
fn a_caller_books_during_the_call_and_that_is_what_came_of_it() {
    let house = house();
    let talk = ana(&house);
    let told = talk.does("book", json!({ "starts_at": "2026-11-23T10:00", "name": "Ana Lim", "service": "Check-up" }));
    assert_eq!(
        (&told["starts_at"], &told["spoken"]),
        (&json!("2026-11-23T10:00:00+01:00"), &json!("Monday, November 23rd at 10 AM"))
    );
    let booked = house.store.all_appointments().remove(0);
    assert_eq!((booked.starts_at, booked.customer.phone.clone()), (monday(), phone(CUSTOMER_PHONE)));
    assert_eq!((booked.customer.name.reveal(), booked.service.as_deref()), ("Ana Lim", Some("Check-up")));
    assert_eq!(told["appointment_id"], booked.id.to_string());
    assert_eq!(talk.call().appointment_id, Some(booked.id));
    assert!(talk.notes().contains(&"booked by a voice agent during the call".to_owned()), "{:?}", talk.notes());
    assert_eq!(talk.ends(), Outcome::Booked);
    house.pass(later());
    assert_eq!(house.calendar.entries().len(), 1);
}

#[test]
fn the_same_wish_told_again_is_done_once_and_answered_alike() {
    let house = house();
    let talk = ana(&house);
    let first = talk.wish("one", "book", at("10:00"));
    for _ in 0..3 {
        assert_eq!(talk.wish("one", "book", at("10:00")), first);
    }
    // Even when it would be done otherwise by now, and when the call is over.
    talk.does("cancel", json!({}));
    assert_eq!(talk.wish("one", "book", at("10:00")), first);
    talk.ends();
    assert_eq!(talk.wish("one", "book", at("10:00")), first);
    assert_eq!(house.store.all_appointments().len(), 1);
    let refused = talk.wish("two", "book", at("11:00"));
    assert!(refused.failed && refused.result["reason"].as_str().unwrap().contains("the call is over"));
    assert_eq!(talk.wish("two", "book", at("11:00")), refused);
}

#[test]
fn another_wish_for_the_same_time_is_told_that_it_is_booked_already() {
    let house = house();
    let talk = ana(&house);
    let first = talk.does("book", at("10:00"));
    let again = talk.does("book", at("10:00"));
    assert_eq!((&again["already"], &again["appointment_id"]), (&json!(true), &first["appointment_id"]));
    assert_eq!(house.store.all_appointments().len(), 1);
}

#[test]
fn a_name_that_was_used_for_another_wish_does_nothing() {
    let house = house();
    let talk = ana(&house);
    talk.wish("one", "book", at("10:00"));
    let other = talk.wish("one", "cancel", json!({}));
    assert!(other.failed && other.result["reason"].as_str().unwrap().contains("an id of its own"));
    assert_eq!(house.store.all_appointments()[0].status, Status::Scheduled);
}

#[test]
fn a_time_that_is_taken_is_not_booked_and_the_desk_looks_unless_another_one_is() {
    let house = house();
    bens(&house, monday());
    // Whoever is not expected is put through to the desk at once, where nobody streams.
    house.book(booking(monday() + Duration::days(1), Confirm::None));
    let talk = ana(&house);
    for clock in ["10:00", "10:15", "09:45"] {
        assert!(talk.is_refused("book", at(clock)).contains("is taken"), "{clock}");
    }
    let other = ana(&house);
    assert_eq!(talk.ends(), Outcome::Unbooked);
    let collected = talk.call().collected.unwrap();
    assert_eq!(collected.refused.as_deref(), Some("the time is taken; ask for another"));
    assert!(other.is_refused("book", at("10:00")).contains("is taken"));
    other.does("book", at("10:30"));
    assert_eq!((other.ends(), other.call().collected), (Outcome::Booked, None));
}

#[test]
fn hours_that_are_said_hold_and_a_time_that_is_no_time_is_refused_with_what_to_ask() {
    let house = with(|business| business.opening.hours_said = true);
    let talk = ana(&house);
    assert!(talk.is_refused("book", at("20:00")).contains("outside the opening hours"));
    for (told, says) in [
        ("2026-11-01T10:00", "lies in the past"),
        ("2028-11-01T10:00", "more than a year ahead"),
        ("tomorrow at 3", "morning or in the afternoon"),
        ("soonish", "tell me the date as 2026-12-01T10:00"),
    ] {
        let why = talk.is_refused("book", json!({ "starts_at": told }));
        assert!(why.contains(says), "{told}: {why}");
    }
    talk.does("book", json!({ "starts_at": "monday at 3 pm" }));
    assert_eq!(house.store.all_appointments()[0].starts_at, moment("2026-11-23T14:00:00Z"));
}

#[test]
fn whoever_moves_it_has_said_that_they_come_and_is_asked_no_more() {
    let house = house();
    let hers = house.book(booking(monday(), Confirm::Policy));
    let talk = ana(&house);
    let told = talk.does("move", at("12:00"));
    assert_eq!(told["starts_at"], "2026-11-23T12:00:00+01:00");
    let after = house.appointment(hers.id);
    assert_eq!((after.status, after.starts_at), (Status::Confirmed, moment("2026-11-23T11:00:00Z")));
    assert_eq!(after.answer.unwrap().channel, Channel::Voice);
    assert_eq!(talk.ends(), Outcome::Booked);
    house.run_until(monday() + Duration::hours(1));
    let rung = house.effects().iter().filter(|it| matches!(it.action, Action::Call { .. }) && it.attempt > 0).count();
    assert_eq!(rung, 0, "nobody is rung who has answered");
    assert!(talk.notes().iter().any(|note| note == "moved by a voice agent during the call"));
}

#[test]
fn a_move_onto_somebody_elses_time_moves_nothing() {
    let house = house();
    let hers = house.book(booking(monday(), Confirm::None));
    bens(&house, monday() + Duration::hours(2));
    let talk = ana(&house);
    assert!(talk.is_refused("move", at("12:15")).contains("is taken"));
    assert_eq!(house.appointment(hers.id), hers);
    assert_eq!(talk.does("move", at("10:00"))["already"], true);
    // A part of one's own time is no obstacle.
    talk.does("move", at("10:15"));
}

#[test]
fn who_confirms_or_cancels_has_answered_and_the_last_answer_is_what_came_of_the_call() {
    let house = house();
    let hers = house.book(booking(monday(), Confirm::None));
    let talk = ana(&house);
    talk.does("confirm", json!({}));
    assert_eq!(house.appointment(hers.id).status, Status::Confirmed);
    talk.does("cancel", json!({ "appointment_id": hers.id }));
    assert_eq!(house.appointment(hers.id).status, Status::Cancelled);
    // Said again it is said; to be brought back it is the desk's.
    talk.does("cancel", json!({ "appointment_id": hers.id }));
    assert!(talk.is_refused("confirm", json!({ "appointment_id": hers.id })).contains("the desk can help"));
    assert!(talk.is_refused("confirm", json!({})).contains("no appointment ahead"));
    assert_eq!(talk.ends(), Outcome::Cancelled);
}

#[test]
fn with_several_appointments_ahead_nobody_guesses_which_one_is_meant() {
    let house = house();
    let first = house.book(booking(monday(), Confirm::None));
    let second = house.book(booking(monday() + Duration::hours(3), Confirm::None));
    let talk = ana(&house);
    for (tool, parameters) in [("cancel", json!({})), ("confirm", json!({})), ("move", at("16:00"))] {
        assert!(talk.is_refused(tool, parameters).contains("several appointments"), "{tool}");
    }
    talk.does("cancel", json!({ "appointment_id": second.id }));
    assert_eq!(
        (house.appointment(first.id).status, house.appointment(second.id).status),
        (Status::Scheduled, Status::Cancelled)
    );
}

fn texts(house: &frontdesk_testkit::Simulation) -> Vec<String> {
    let sent = house.notifier.sent().into_iter().map(|(_, notification)| notification);
    sent.filter(|it| it.channel == Channel::Sms).map(|it| it.text).collect()
}

#[test]
fn a_text_is_sent_once_a_call_in_words_of_ours() {
    let house = house();
    house.book(booking(monday(), Confirm::None));
    house.pass(later());
    let talk = ana(&house);
    for _ in 0..3 {
        talk.does("send_text", json!({}));
    }
    house.pass(later());
    assert_eq!(texts(&house), ["sms-booked"]);
    assert!(talk.is_refused("send_text", json!({ "text": "You owe us money" })).contains("no such parameter"));
}

#[test]
fn who_has_just_booked_is_written_to_once() {
    let house = house();
    let talk = ana(&house);
    talk.does("book", at("10:00"));
    assert_eq!(talk.does("send_text", json!({}))["already"], true);
    house.pass(later());
    assert_eq!(texts(&house), ["sms-booked"]);
}

#[test]
fn who_wants_no_texts_gets_none() {
    let house = house();
    house.book(booking(monday(), Confirm::None));
    let opted = |contact: &mut frontdesk_core::ports::Contact| contact.opted_out = vec![Channel::Sms];
    ready(house.engine.know(phone(CUSTOMER_PHONE), opted)).unwrap();
    let talk = ana(&house);
    talk.is_refused("send_text", json!({}));
    let told = |it: &frontdesk_core::effect::Effect| {
        let text = Action::Notify { channel: Channel::Sms, message: Message::Booked };
        it.action == text && it.state != EffectState::Skipped
    };
    assert!(!house.effects().iter().any(told));
}

#[test]
fn a_caller_is_handed_over_where_somebody_can_be_reached() {
    let house = house();
    let talk = ana(&house);
    let answer = talk.wants("transfer", json!({ "reason": "wants to talk about a bill" }));
    assert_eq!((answer.failed, answer.then), (false, Some(AfterTool::Transfer)));
    let nobody = with(|business| business.desk = None);
    let talk = ana(&nobody);
    assert!(talk.is_refused("transfer", json!({})).contains("nobody at the desk"));
    let fenced = with(|business| business.contact.only = Some(phone(CUSTOMER_PHONE)));
    let talk = ana(&fenced);
    assert!(talk.is_refused("transfer", json!({})).contains("nobody at the desk"));
}

#[test]
fn an_agent_that_has_said_goodbye_ends_the_call() {
    let house = house();
    let talk = ana(&house);
    talk.does("book", at("10:00"));
    assert_eq!(talk.wants("end_call", json!({})).then, Some(AfterTool::HangUp));
    assert_eq!(talk.ends(), Outcome::Booked);
}
