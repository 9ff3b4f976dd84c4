//! What happens at the PBX is told through the door.

use crate::{
    common::soon,
    house::{House, place},
};
use chrono::Duration;
use frontdesk_core::ports::Performed;
use serde_json::{Value, json};

fn kinds(told: &[Value]) -> Vec<&str> {
    told.iter().map(|told| told["event_type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_call_is_told_from_its_first_ring_to_its_end() {
    let mut house = House::open().await;
    house.relay().await;
    let callid = house.pbx.ring("0612345678", "0201234567", "150");
    let told = house.told(1).await;
    let want = json!({
        "event_type": "IncomingCall", "call_id": format!("pbx:{callid}:{}", house.clock.now().timestamp()),
        "caller_id": "+31612345678", "called_number": "+31201234567", "timestamp": "2026-11-20T09:00:00.000Z",
        "direction": "In", "duration": null, "recording_url": null,
    });
    assert_eq!(told[0], want);
    house.clock.pass(Duration::seconds(4));
    house.pbx.becomes(callid, "Connected");
    house.told(2).await;
    house.clock.pass(Duration::seconds(181));
    house.pbx.hang_up(callid);
    let told = house.told(3).await;
    assert_eq!(kinds(&told), ["IncomingCall", "CallStateChanged", "CallEnded"]);
    assert_eq!((&told[2]["duration"], &told[2]["call_id"]), (&json!(181), &want["call_id"]));
}

#[tokio::test]
async fn a_hidden_number_is_told_as_such_and_an_empty_did_as_the_business() {
    let mut house = House::open().await;
    house.relay().await;
    house.pbx.ring("anonymous", "", "ivrapp");
    let told = house.told(1).await;
    assert_eq!((&told[0]["caller_id"], &told[0]["called_number"]), (&json!("anonymous"), &json!("+15005550000")));
}

#[tokio::test]
async fn what_is_gone_before_it_can_be_asked_about_is_nothing() {
    let mut house = House::open().await;
    house.relay().await;
    house.pbx.flash("150");
    house.pbx.ring("0612345678", "", "150");
    assert_eq!(kinds(&house.told(1).await), ["IncomingCall"]);
}

#[tokio::test]
async fn a_gap_in_the_sequence_is_read_over() {
    let mut house = House::open().await;
    house.relay().await;
    let first = house.pbx.ring("0612345678", "", "150");
    house.told(1).await;
    house.pbx.swallow(|pbx| {
        pbx.hang_up(first);
        pbx.ring("0612345679", "", "150");
    });
    // The next message shows the gap.
    house.pbx.ring("0612345670", "", "ivrapp");
    // Calls are told of side by side.
    let told = house.told(4).await;
    let mut kinds = kinds(&told);
    kinds.sort_unstable();
    assert_eq!(kinds, ["CallEnded", "IncomingCall", "IncomingCall", "IncomingCall"]);
}

#[tokio::test]
async fn after_a_broken_connection_nothing_is_told_twice_and_what_is_gone_is_closed() {
    let mut house = House::open().await;
    house.relay().await;
    let (stays, goes) = (house.pbx.ring("0612345678", "", "150"), house.pbx.ring("0612345679", "", "ivrapp"));
    house.told(2).await;
    house.pbx.go_deaf();
    house.pbx.hang_up(goes);
    house.pbx.listen_again();
    house.heard_again(2).await;
    let told = house.told(3).await;
    assert_eq!(told[2]["event_type"], "CallEnded");
    assert!(told[2]["call_id"].as_str().unwrap().starts_with(&format!("pbx:{goes}:")));
    house.pbx.becomes(stays, "Connected");
    assert_eq!(house.told(4).await[3]["event_type"], "CallStateChanged");
}

#[tokio::test]
async fn a_token_that_became_worthless_meanwhile_ends_nothing() {
    let mut house = House::open().await;
    house.relay().await;
    house.pbx.void_token();
    house.pbx.ring("0612345678", "", "150");
    assert_eq!(kinds(&house.told(1).await), ["IncomingCall"]);
    assert_eq!(house.pbx.opened(), 1);
}

#[tokio::test]
async fn news_that_the_door_cannot_take_now_are_brought_again_and_those_it_refuses_are_not() {
    let mut house = House::open().await;
    house.relay().await;
    house.answers(&[503, 429]);
    let callid = house.pbx.ring("0612345678", "", "150");
    assert_eq!(kinds(&house.told(1).await), ["IncomingCall"]);
    house.answers(&[400]);
    house.pbx.becomes(callid, "Connected");
    house.answered().await;
    house.pbx.hang_up(callid);
    assert_eq!(kinds(&house.told(2).await), ["IncomingCall", "CallEnded"]);
}

#[tokio::test]
async fn a_call_that_we_placed_is_told_of_under_the_name_it_was_given() {
    let mut house = House::open().await;
    house.relay().await;
    let Performed::Placed { provider_call_id } = house.perform(place()).await.unwrap() else { panic!() };
    let part = house.pbx.parts("ivrapp").remove(0);
    // Its first news may come before or after the answer to our request.
    let looked = format!("GET /callcontrol/ivrapp/participants/{}", part.id);
    soon(house.pbx.until(|pbx| pbx.asked().contains(&looked))).await;
    house.pbx.becomes(part.callid, "Connected");
    house.pbx.hang_up(part.callid);
    let ended = |told: &[Value]| told.iter().any(|told| told["event_type"] == "CallEnded");
    let told = house.told_until(ended).await;
    assert!(
        told.iter().all(|told| told["call_id"] == json!(provider_call_id) && told["direction"] == "Out"),
        "{told:?}"
    );
    assert!(!kinds(&told).contains(&"IncomingCall"));
}
