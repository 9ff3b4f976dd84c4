//! Flows of ours, walked by Exotel's applets.

use crate::common::{APP, Desk, SECRET, alone, now, request};
use chrono::Duration;
use frontdesk_core::{
    appointment::{Confirm, Status},
    call::{CallState, Outcome},
    effect::EffectState,
    event::{EndCause, Event},
    ports::{CallProvider, WebhookRequest},
};
use frontdesk_testkit::{
    BUSINESS_PHONE, DESK_PHONE,
    carriers::{Fault, Pickup, Script, exotel::Flow},
    phone,
};
use rstest::rstest;

#[rstest]
#[case("+15005550101", Status::Confirmed, Outcome::Confirmed)]
#[case("+15005550100", Status::Cancelled, Outcome::Cancelled)]
#[case("+15005550102", Status::RescheduleRequested, Outcome::RescheduleRequested)]
#[case("+15005550105", Status::Confirmed, Outcome::Confirmed)]
#[case("+15005550106", Status::Confirming, Outcome::NoInput)]
#[case("+15005550107", Status::Confirming, Outcome::Busy)]
#[case("+15005550108", Status::Confirming, Outcome::NoAnswer)]
#[case("+15005550112", Status::Confirmed, Outcome::Confirmed)]
#[case("+15005550113", Status::Confirming, Outcome::HungUp)]
#[case("+15005550114", Status::Confirmed, Outcome::Confirmed)]
#[tokio::test]
async fn each_scripted_callee_comes_out_as_scripted(
    #[case] number: &str,
    #[case] status: Status,
    #[case] outcome: Outcome,
) {
    let desk = Desk::open().await;
    let (appointment, call) = desk.call(number).await;
    assert_eq!((appointment.status, call.outcome), (status, Some(outcome)), "{:?}", desk.vendor.calls());
    assert_eq!(call.state, CallState::Ended);
    assert_eq!(desk.vendor.complaints(), Vec::<String>::new());
    assert_eq!(desk.vendor.ledger().rung(number), 1);
}

#[tokio::test]
async fn what_is_said_at_last_is_heard_and_then_the_call_ends() {
    let desk = Desk::open().await;
    desk.call("+15005550105").await;
    let heard = &desk.vendor.calls()[0].heard;
    assert_eq!(heard.len(), 3, "{heard:?}");
    assert!(heard[0].contains("Hello Ana Lim") && heard[0].contains("press 1"), "{heard:?}");
    assert!(heard[1].contains("press 1"), "{heard:?}");
    assert!(heard[2].contains("confirmed"), "{heard:?}");
}

#[tokio::test]
async fn a_flow_without_switches_is_walked_by_its_questions() {
    let desk = Desk::open().await;
    desk.vendor.draw(APP, Flow::chain(&desk.hooks, SECRET, 4));
    let (appointment, call) = desk.call("+15005550105").await;
    assert_eq!((appointment.status, call.outcome), (Status::Confirmed, Some(Outcome::Confirmed)));
    let heard = &desk.vendor.calls()[0].heard;
    assert!(heard[2].contains("confirmed"), "{heard:?}");
    assert_eq!(desk.vendor.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_gather_that_gets_no_decision_asks_its_fallback() {
    let desk = Desk::open().await;
    desk.fail(1);
    let (appointment, _) = desk.call("+15005550101").await;
    assert_eq!(appointment.status, Status::Confirmed);
    assert_eq!(desk.vendor.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_caller_is_asked_about_the_next_appointment() {
    let desk = Desk::open().await;
    let appointment = desk.book("+15005550101", Confirm::None).await;
    let view = desk.vendor.ring(&phone("+15005550101"), &phone(BUSINESS_PHONE), APP, Script::presses(["1"])).await;
    assert!(view.heard[0].contains("Ana Lim"), "{view:?}");
    assert_eq!(desk.appointment(appointment.id).await.status, Status::Confirmed);
    assert_eq!(desk.vendor.complaints(), Vec::<String>::new());
}

#[rstest]
#[case(Pickup::Person, 2)]
#[case(Pickup::NoAnswer, 3)]
#[tokio::test]
async fn a_caller_is_connected_with_the_desk_and_comes_back_when_nobody_is_there(
    #[case] pickup: Pickup,
    #[case] heard: usize,
) {
    let desk = Desk::open().await;
    desk.vendor.ledger().script(DESK_PHONE, Script { pickup, ..Script::presses([]) });
    let script = Script::presses(["*"]);
    desk.book("+15005550101", Confirm::None).await;
    let view = desk.vendor.ring(&phone("+15005550101"), &phone(BUSINESS_PHONE), APP, script).await;
    assert_eq!(view.heard.len(), heard, "{view:?}");
    let connect = desk.vendor.ledger().deliveries().into_iter().find(|it| it.hook == "connect").unwrap();
    assert!(connect.answer.contains(DESK_PHONE) && connect.answer.contains(BUSINESS_PHONE), "{}", connect.answer);
    assert_eq!(desk.vendor.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_transfer_that_reaches_nobody_leads_back_to_the_question_and_again() {
    let desk = Desk::open().await;
    desk.vendor.ledger().script(DESK_PHONE, Script::unanswered(Pickup::Busy));
    desk.vendor.ledger().script("+15005550120", Script::presses(["*", "*", "1"]));
    let (appointment, call) = desk.call("+15005550120").await;
    assert_eq!((appointment.status, call.outcome), (Status::Confirmed, Some(Outcome::Confirmed)));
    assert_eq!(desk.vendor.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_call_whose_answer_was_lost_is_proven_by_its_first_webhook_and_never_placed_again() {
    let desk = Desk::open().await;
    desk.vendor.ledger().disturb([Fault::Lies(502)]);
    let (appointment, call) = desk.call("+15005550101").await;
    assert_eq!((appointment.status, call.outcome), (Status::Confirmed, Some(Outcome::Confirmed)));
    let effects = desk.store.all_effects();
    let placed = effects.iter().find(|effect| Some(effect.id) == call.effect_id).unwrap();
    assert_eq!((placed.state, placed.result.clone()), (EffectState::Done, call.provider_call_id));
    desk.clock.pass(Duration::hours(1));
    desk.run().await;
    assert_eq!(desk.vendor.ledger().rung("+15005550101"), 1);
}

#[test]
fn the_same_moment_has_one_key_whoever_asks_and_another_moment_another() {
    let once = |hook: &str| alone().receive(&request(hook, "CallSid=c-1&digits=%221%22"), now()).unwrap().once;
    assert_eq!(once("gather"), once("greeting"));
    assert_eq!(once("switch/1"), once("gather/1"));
    assert_ne!(once("gather/1"), once("gather/2"));
    assert_ne!(once("gather/1"), once("gather/transfer/1"));
}

#[rstest]
#[case("incoming", true)]
#[case("inbound", true)]
#[case("outbound-dial", false)]
fn both_vocabularies_of_directions_are_understood(#[case] direction: &str, #[case] incoming: bool) {
    let query = format!("CallSid=c-1&From=09876543210&To=08047491899&Direction={direction}");
    let event = alone().receive(&request("gather", &query), now()).unwrap().event;
    assert_eq!(event == Event::Incoming, incoming, "{event:?}");
}

#[rstest]
#[case("completed", EndCause::Completed)]
#[case("busy", EndCause::Busy)]
#[case("no-answer", EndCause::NoAnswer)]
#[case("canceled", EndCause::NoAnswer)]
#[case("failed", EndCause::Failed)]
fn the_end_is_told_by_form_or_json_alike(#[case] status: &str, #[case] cause: EndCause) {
    let query = format!("CallSid=c-1&Status={status}&EventType=terminal&Legs%5B0%5D%5BOnCallDuration%5D=42");
    let told = alone().receive(&request("status", &query), now()).unwrap();
    let seconds = (cause == EndCause::Completed).then_some(42);
    assert_eq!(told.event, Event::Ended { cause, seconds });
    let json =
        format!(r#"{{"CallSid":"c-1","Status":"{status}","ConversationDuration":0,"Legs":[{{"OnCallDuration":42}}]}}"#);
    let mut posted = WebhookRequest { method: "POST".to_owned(), ..request("status", "") };
    posted.headers.push(("content-type".to_owned(), "application/json".to_owned()));
    posted.body = json.into_bytes();
    assert_eq!(alone().receive(&posted, now()).unwrap(), told);
}

#[test]
fn news_that_somebody_picked_up_or_of_an_agent_is_of_no_consequence() {
    for query in ["EventType=answered&Status=in-progress", "Status=free", "EventType=terminal&Status=wrapped-up"] {
        let told = alone().receive(&request("status", &format!("CallSid=c-1&{query}")), now()).unwrap();
        assert!(matches!(told.event, Event::Noted { .. }) && !told.heard, "{query}");
    }
}
