//! Whole calls: booked, placed over HTTP, walked by webhooks, ended.

use crate::common::{Desk, TOKEN, http};
use chrono::Duration;
use frontdesk_core::{
    appointment::Status,
    call::{CallState, Direction, Outcome},
    contact::Hours,
    effect::EffectState,
    ports::IvrStore,
    rules::Business,
};
use frontdesk_testkit::{
    DESK_PHONE,
    carriers::{Fault, Pickup, Script, twilio::sign},
};
use frontdesk_twilio::{Amd, Config};
use rstest::rstest;
use std::num::NonZeroU32;

#[rstest]
#[case::one_confirms("+15005550101", Status::Confirmed, Outcome::Confirmed)]
#[case::nought_cancels("+15005550100", Status::Cancelled, Outcome::Cancelled)]
#[case::two_asks_for_another_time("+15005550102", Status::RescheduleRequested, Outcome::RescheduleRequested)]
#[case::a_wrong_key_first("+15005550105", Status::Confirmed, Outcome::Confirmed)]
#[case::silence("+15005550106", Status::Confirming, Outcome::NoInput)]
#[case::busy("+15005550107", Status::Confirming, Outcome::Busy)]
#[case::nobody_picks_up("+15005550108", Status::Confirming, Outcome::NoAnswer)]
#[case::a_machine("+15005550109", Status::Confirming, Outcome::Voicemail)]
#[case::the_red_button("+15005550110", Status::Unreached, Outcome::Declined)]
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
    assert_eq!(call.provider_call_id.as_deref(), Some(desk.vendor.calls()[0].sid.as_str()));
    assert_eq!(desk.vendor.complaints(), []);
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

#[tokio::test]
async fn a_call_that_never_reached_the_carrier_is_found_missing_and_not_placed_unseen() {
    let desk = Desk::open().await;
    desk.vendor.ledger().disturb([Fault::Status(503)]);
    desk.book("+15005550101").await;
    desk.run().await;
    assert_eq!(desk.effect().state, EffectState::Uncertain);
    desk.pass(Duration::minutes(3)).await;
    assert_eq!(desk.effect().state, EffectState::Uncertain, "too early to say");
    desk.pass(Duration::minutes(10)).await;
    assert_eq!((desk.effect().state, desk.effect().attempt), (EffectState::Failed, 1));
}

#[tokio::test]
async fn a_call_that_was_not_taken_is_placed_when_the_carrier_said_to_come_back() {
    let desk = Desk::open().await;
    desk.vendor.ledger().disturb([Fault::TooMany(Some(7))]);
    let appointment = desk.book("+15005550101").await;
    desk.run().await;
    desk.pass(Duration::seconds(6)).await;
    assert_eq!(desk.vendor.ledger().placed().len(), 0);
    desk.pass(Duration::seconds(1)).await;
    assert_eq!(desk.vendor.ledger().placed().len(), 1);
    assert_eq!(desk.appointment(appointment.id).await.status, Status::Confirmed);
}

#[tokio::test]
async fn a_burst_at_the_end_of_calling_hours_rings_nobody_after_them() {
    // It is ten in the morning; the hours end a minute later, and two calls fit into them.
    let slow = |config: &mut Config| config.calls_per_minute = NonZeroU32::new(2);
    let early = |business: &mut Business| {
        business.contact.hours = std::array::from_fn(|_| vec![Hours::parse("09:00-10:01").unwrap()]);
    };
    let desk = Desk::among(slow, early).await;
    for number in ["+15005550101", "+15005550100", "+15005550102", "+15005550105"] {
        desk.book(number).await;
    }
    desk.pass(Duration::hours(12)).await;
    assert_eq!(desk.vendor.ledger().placed().len(), 2);
    desk.pass(Duration::hours(12)).await;
    assert_eq!(desk.vendor.ledger().placed().len(), 4, "the others the next morning");
}

#[rstest]
#[case::beside_the_call(Amd::Beside)]
#[case::before_it(Amd::First)]
#[case::to_the_end_of_its_greeting(Amd::FirstToEnd)]
#[tokio::test]
async fn a_machine_is_told_from_a_person(#[case] amd: Amd) {
    let desk = Desk::with(|config| config.amd = amd).await;
    let (_, call) = desk.call("+15005550109").await;
    assert_eq!(call.outcome, Some(Outcome::Voicemail));
    let asked = desk.vendor.calls()[0].heard.iter().filter(|heard| heard.contains("press 1")).count();
    assert_eq!(asked, 0, "nobody asks a machine to press keys");
}

#[rstest]
#[case::at_once(Amd::Beside)]
#[case::to_the_end_of_its_greeting(Amd::BesideToEnd)]
#[tokio::test]
async fn a_machine_that_is_heard_beside_the_call_gets_its_message_and_is_hung_up_on(#[case] amd: Amd) {
    let desk = Desk::with(|config| config.amd = amd).await;
    let (_, call) = desk.call("+15005550109").await;
    assert_eq!(call.outcome, Some(Outcome::Voicemail));
    let heard = &desk.vendor.calls()[0].heard;
    assert!(matches!(heard.as_slice(), [message] if message.contains("call us back")), "{heard:?}");
    let steers: Vec<_> = desk.store.all_effects().into_iter().filter(|it| it.action.kind() == "steer").collect();
    assert!(matches!(steers.as_slice(), [steer] if steer.state == EffectState::Done), "{steers:?}");
    assert_eq!(desk.vendor.complaints(), []);
}

#[tokio::test]
async fn a_person_is_asked_all_the_same_when_machines_are_listened_for() {
    let desk = Desk::with(|config| config.amd = Amd::BesideToEnd).await;
    assert_eq!(desk.call("+15005550101").await.1.outcome, Some(Outcome::Confirmed));
    assert!(desk.vendor.calls()[0].heard.iter().any(|heard| heard.contains("press 1")));
}

#[tokio::test]
async fn a_caller_who_is_asked_to_wait_loses_no_key() {
    let desk = Desk::open().await;
    desk.hold(2);
    let (appointment, _) = desk.call("+15005550101").await;
    assert_eq!(appointment.status, Status::Confirmed);
    let heard = &desk.vendor.calls()[0].heard;
    assert_eq!(heard.iter().filter(|heard| *heard == "One moment.").count(), 2);
}

#[tokio::test]
async fn a_gateway_that_fails_once_is_asked_again_by_the_fallback() {
    let desk = Desk::open().await;
    // The three news of a beginning call, and the first request for what is heard.
    desk.fail(4);
    let (appointment, call) = desk.call("+15005550101").await;
    assert_eq!((appointment.status, call.outcome), (Status::Confirmed, Some(Outcome::Confirmed)));
    assert_eq!(desk.vendor.complaints()[0].code, 11_200);
}

#[tokio::test]
async fn somebody_who_rings_is_heard_and_their_call_ends() {
    let desk = Desk::open().await;
    let hook = |name: &str| format!("{}/webhooks/twilio/{name}", desk.base);
    let (voice, status) = (hook("incoming-call"), hook("call-status"));
    let script = Script::presses(["1"]);
    let heard = desk.vendor.ring("+15005550199", "+15005550000", &voice, &status, script).await.heard;
    assert!(!heard.is_empty());
    let call = desk.store.all_calls().remove(0);
    assert_eq!(call.direction, Direction::Inbound);
    assert!(call.outcome.is_some() && call.ended_at.is_some());
    assert_eq!(desk.vendor.complaints(), []);
}

#[rstest]
#[case::nobody_there(Pickup::NoAnswer, Outcome::Captured)]
#[case::somebody_there(Pickup::Person, Outcome::Transferred)]
#[tokio::test]
async fn a_caller_handed_to_the_desk_leaves_a_message_where_nobody_picks_up(
    #[case] pickup: Pickup,
    #[case] outcome: Outcome,
) {
    let desk = Desk::open().await;
    desk.vendor.ledger().script(DESK_PHONE, Script::unanswered(pickup));
    let hook = |name: &str| format!("{}/webhooks/twilio/{name}", desk.base);
    let (voice, status) = (hook("incoming"), hook("status"));
    desk.vendor.ring("+15005550199", "+15005550000", &voice, &status, Script::presses(["1"])).await;
    let call = desk.store.all_calls().remove(0);
    assert_eq!((call.outcome, call.recording.is_some()), (Some(outcome), outcome == Outcome::Captured));
    assert_eq!(desk.vendor.complaints(), []);
}

#[tokio::test]
async fn a_caller_without_a_number_is_heard() {
    let desk = Desk::open().await;
    let voice = format!("{}/webhooks/twilio/incoming", desk.base);
    let heard = desk.vendor.ring("anonymous", "+15005550000", &voice, "", Script::presses([])).await.heard;
    assert!(!heard.is_empty());
}

#[tokio::test]
async fn a_text_message_is_taken() {
    let desk = Desk::open().await;
    desk.call("+15005550106").await;
    let url = format!("{}/webhooks/twilio/message", desk.base);
    assert_eq!(desk.vendor.write("+15005550106", "+15005550000", "YES", &url).await, Some(200));
    let id = desk.store.all_appointments()[0].id;
    assert_eq!(desk.appointment(id).await.status, Status::Confirmed);
}

#[rstest]
#[case::in_order(&[0, 1, 2, 3])]
#[case::the_end_first(&[3, 1, 0, 2])]
#[case::the_end_twice(&[3, 3])]
#[case::everything_backwards_and_again(&[3, 2, 1, 0, 0, 1, 2, 3])]
#[tokio::test]
async fn news_in_any_order_end_a_call_once_and_never_begin_it_again(#[case] order: &[usize]) {
    let desk = Desk::open().await;
    // The carrier's own news are all lost; the same are told by hand.
    desk.fail(u32::MAX);
    desk.call("+15005550107").await;
    desk.fail(0);
    let told: Vec<_> = desk.vendor.ledger().deliveries().into_iter().map(|delivery| delivery.body).collect();
    let url = desk.vendor.ledger().placed()[0].request["StatusCallback"].as_str().unwrap().to_owned();
    let url = url.split('#').next().unwrap();
    let mut news: Vec<Vec<(String, String)>> = ["initiated", "ringing", "in-progress"]
        .iter()
        .enumerate()
        .map(|(number, status)| {
            let known = |name: &str| told[0][name].as_str().unwrap().to_owned();
            let (status, number) = ((*status).to_owned(), number.to_string());
            [
                ("AccountSid", known("AccountSid")),
                ("CallSid", known("CallSid")),
                ("CallStatus", status),
                ("SequenceNumber", number),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec()
        })
        .collect();
    let mut end = news[0].clone();
    end[2].1 = "busy".to_owned();
    end[3].1 = "3".to_owned();
    news.push(end);
    for number in order {
        let signature = sign(TOKEN, url, &news[*number]);
        let request = http().post(url).header("x-twilio-signature", signature).form(&news[*number]);
        assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    }
    let call = desk.store.all_calls().remove(0);
    assert_eq!((call.state, call.outcome), (CallState::Ended, Some(Outcome::Busy)));
    let timeline = desk.store.timeline(None, Some(call.id)).await.unwrap();
    assert_eq!(timeline.iter().filter(|event| event.recorded.kind == "ended").count(), 1);
}
