//! Whole calls: booked, placed over HTTP, walked by webhooks, ended.

use crate::common::Desk;
use chrono::Duration;
use frontdesk_core::{
    appointment::Status,
    call::{Direction, Outcome},
    effect::EffectState,
};
use frontdesk_testkit::{
    BUSINESS_PHONE, DESK_PHONE,
    carriers::{Delivery, Fault, Pickup, Script},
    phone,
};
use rstest::rstest;
use serde_json::Value;

#[rstest]
#[case::one_confirms("+15005550101", Status::Confirmed, Outcome::Confirmed)]
#[case::nought_cancels("+15005550100", Status::Cancelled, Outcome::Cancelled)]
#[case::two_asks_for_another_time("+15005550102", Status::RescheduleRequested, Outcome::RescheduleRequested)]
#[case::a_wrong_key_first("+15005550105", Status::Confirmed, Outcome::Confirmed)]
#[case::silence("+15005550106", Status::Confirming, Outcome::NoInput)]
#[case::busy("+15005550107", Status::Confirming, Outcome::Busy)]
#[case::nobody_picks_up("+15005550108", Status::Confirming, Outcome::NoAnswer)]
#[case::a_machine_is_somebody_who_says_nothing("+15005550109", Status::Confirming, Outcome::NoInput)]
#[case::a_declined_call_is_a_busy_line("+15005550110", Status::Confirming, Outcome::Busy)]
#[case::the_answer_to_our_request_was_lost("+15005550112", Status::Confirmed, Outcome::Confirmed)]
#[case::hung_up_in_the_menu("+15005550113", Status::Confirming, Outcome::HungUp)]
#[case::every_callback_twice_and_out_of_order("+15005550114", Status::Confirmed, Outcome::Confirmed)]
#[tokio::test]
async fn a_call_comes_to(#[case] number: &str, #[case] status: Status, #[case] outcome: Outcome) {
    let desk = Desk::open().await;
    let (appointment, call) = desk.call(number).await;
    assert_eq!((appointment.status, call.outcome), (status, Some(outcome)));
    assert_eq!(desk.vendor.ledger().placed().len(), 1);
    assert_eq!(desk.effect().state, EffectState::Done);
}

#[tokio::test]
async fn a_number_the_carrier_refuses_is_not_called_again() {
    let desk = Desk::open().await;
    let (_, call) = desk.call("+15005550111").await;
    assert_eq!(call.outcome, Some(Outcome::Failed));
    desk.pass(Duration::days(1)).await;
    assert_eq!(desk.store.all_calls().len(), 1);
    assert_eq!(desk.vendor.ledger().placed().len(), 0);
}

#[rstest]
#[case::lost(Fault::LosesAnswer)]
#[case::an_error_that_is_none(Fault::Lies(502))]
#[case::overtaken_by_every_callback(Fault::AnswersLast)]
#[tokio::test]
async fn a_call_whose_answer_goes_astray_is_proved_by_its_callbacks(#[case] fault: Fault) {
    let desk = Desk::open().await;
    desk.vendor.ledger().disturb([fault]);
    let (appointment, call) = desk.call("+15005550101").await;
    assert_eq!((appointment.status, call.outcome), (Status::Confirmed, Some(Outcome::Confirmed)));
    desk.pass(Duration::days(1)).await;
    assert_eq!(desk.effect().state, EffectState::Done);
    assert_eq!(desk.vendor.ledger().placed().len(), 1);
}

#[rstest]
#[case::the_answer_was_lost(Some(Fault::LosesAnswer))]
#[case::the_answer_came(None)]
#[tokio::test]
async fn a_call_that_was_placed_before_a_restart_is_held_by_whoever_is_there_after_it(#[case] fault: Option<Fault>) {
    let mut desk = Desk::open().await;
    desk.vendor.ledger().disturb(fault);
    desk.open_door(false);
    let appointment = desk.book("+15005550101").await;
    desk.run_due().await;
    desk.restart();
    desk.open_door(true);
    desk.run().await;
    let call = desk.store.all_calls().remove(0);
    assert_eq!((call.outcome, desk.effect().state), (Some(Outcome::Confirmed), EffectState::Done));
    assert_eq!(desk.appointment(appointment.id).await.status, Status::Confirmed);
    let asked = |delivery: &Delivery| delivery.answer.contains("press 1");
    assert!(desk.vendor.ledger().deliveries().iter().any(asked), "the person hears the question");
    let placed = desk.vendor.ledger().placed();
    assert_eq!(placed.len(), 1);
    assert_eq!(call.provider_call_id.as_deref(), Some(placed[0].id.as_str()));
}

#[tokio::test]
async fn a_call_that_may_have_been_placed_is_never_placed_again() {
    let desk = Desk::open().await;
    desk.vendor.ledger().disturb([Fault::Status(503)]);
    desk.book("+15005550101").await;
    desk.run().await;
    assert_eq!(desk.effect().state, EffectState::Uncertain);
    let first = desk.effect().id;
    desk.pass(Duration::days(1)).await;
    let again = desk.store.all_effects().into_iter().find(|effect| effect.id == first).unwrap();
    assert_eq!((again.state, again.attempt), (EffectState::Uncertain, 1));
}

#[tokio::test]
async fn a_call_that_was_not_taken_is_placed_when_the_carrier_said_to_come_back() {
    let desk = Desk::open().await;
    desk.vendor.ledger().disturb([Fault::TooMany(Some(7))]);
    let appointment = desk.book("+15005550101").await;
    desk.run().await;
    assert_eq!(desk.vendor.ledger().placed().len(), 0);
    desk.pass(Duration::seconds(6)).await;
    assert_eq!(desk.vendor.ledger().placed().len(), 0);
    desk.pass(Duration::seconds(1)).await;
    assert_eq!(desk.vendor.ledger().placed().len(), 1);
    assert_eq!(desk.appointment(appointment.id).await.status, Status::Confirmed);
}

#[tokio::test]
async fn two_appointments_of_one_person_are_two_calls_one_after_the_other() {
    let desk = Desk::open().await;
    let (first, second) = (desk.book("+15005550101").await, desk.book("+15005550101").await);
    desk.pass(Duration::hours(1)).await;
    for id in [first.id, second.id] {
        assert_eq!(desk.appointment(id).await.status, Status::Confirmed);
    }
    assert_eq!(desk.vendor.ledger().placed().len(), 2);
}

#[tokio::test]
async fn every_question_of_the_carrier_is_answered_with_a_callflow_that_leads_somewhere() {
    for number in ["+15005550101", "+15005550105", "+15005550106", "+15005550114"] {
        let desk = Desk::open().await;
        desk.call(number).await;
        let deliveries = desk.vendor.ledger().deliveries();
        for delivery in deliveries.iter().filter(|delivery| delivery.hook == "VCA") {
            let answer: Value = serde_json::from_str(&delivery.answer).unwrap();
            let last = answer["callflow"].as_array().unwrap().last().unwrap()["action"].clone();
            assert!(last == "hangup" || last == "sayAndCapture", "{number}: {answer}");
        }
        for delivery in deliveries.iter().filter(|delivery| delivery.hook == "VSS") {
            assert_eq!((delivery.body["payload"].get("errorDetails"), delivery.status), (None, Some(200)), "{number}");
        }
    }
}

#[tokio::test]
async fn a_repeated_callback_gets_the_first_answer_again() {
    let desk = Desk::open().await;
    desk.call("+15005550114").await;
    let deliveries = desk.vendor.ledger().deliveries();
    let actions: Vec<_> = deliveries.iter().filter(|delivery| delivery.hook == "VCA").collect();
    assert_eq!(actions.len(), 4);
    for action in &actions {
        let event = &action.body["payload"]["eventId"];
        let first = actions.iter().find(|other| other.body["payload"]["eventId"] == *event).unwrap();
        assert_eq!(action.answer, first.answer);
    }
}

#[tokio::test]
async fn a_caller_who_asks_for_the_desk_is_connected_and_judged_by_their_own_leg() {
    let desk = Desk::open().await;
    desk.vendor.ledger().script("+15005550101", Script::presses(["*"]));
    desk.vendor.ledger().script(DESK_PHONE, Script::unanswered(Pickup::Busy));
    let (appointment, call) = desk.call("+15005550101").await;
    assert_eq!((call.outcome, call.walk.transferred), (Some(Outcome::HungUp), false), "nobody picked up there");
    assert!(appointment.reason.is_some_and(|reason| reason.contains("the desk should ring back")));
    let deliveries = desk.vendor.ledger().deliveries();
    let summary = deliveries.iter().find(|delivery| delivery.hook == "VSS").unwrap();
    assert_eq!(summary.body["payload"]["sessionStatus"], "BUSY");
}

#[tokio::test]
async fn a_key_that_is_told_after_the_end_still_counts() {
    let desk = Desk::open().await;
    let (appointment, _) = desk.call("+15005550113").await;
    let deliveries = desk.vendor.ledger().deliveries();
    let asked = deliveries.iter().rfind(|delivery| delivery.hook == "VCA").unwrap();
    let question: Value = serde_json::from_str(&asked.answer).unwrap();
    let mut late = asked.body.clone();
    late["payload"]["clientActionId"] = question["clientActionId"].clone();
    late["payload"]["eventData"] = serde_json::json!({"dtmf": "1"});
    let webhook = desk.vendor.webhook("VCA").unwrap();
    let request = crate::common::http().post(webhook.url).json(&late);
    let answer = request.header("authorization", webhook.authorization.unwrap()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(desk.appointment(appointment.id).await.status, Status::Confirmed);
}

#[tokio::test]
async fn somebody_who_rings_is_answered_with_the_question_that_is_open() {
    let desk = Desk::open().await;
    let (appointment, _) = desk.call("+15005550107").await;
    assert_eq!(appointment.status, Status::Confirming);
    let caller = &appointment.customer.phone;
    desk.vendor.ledger().script(caller.reveal(), Script::presses(["1"]));
    let session = desk.vendor.ring(caller, &phone(BUSINESS_PHONE));
    desk.run().await;
    assert_eq!(desk.appointment(appointment.id).await.status, Status::Confirmed);
    let calls = desk.store.all_calls();
    let inbound = calls.iter().find(|call| call.provider_call_id.as_deref() == Some(session.as_str())).unwrap();
    assert_eq!((inbound.direction, inbound.outcome), (Direction::Inbound, Some(Outcome::Confirmed)));
}

#[tokio::test]
async fn who_is_never_reached_is_written_to() {
    let desk = Desk::open().await;
    let (appointment, _) = desk.call("+15005550107").await;
    desk.pass(Duration::days(2)).await;
    let sent = desk.vendor.ledger().sent();
    assert!(!sent.is_empty() && sent.iter().all(|message| message.to == appointment.customer.phone), "{sent:?}");
}
