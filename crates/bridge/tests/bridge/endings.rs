//! How conversations end, and that whoever is left is told.

use crate::{
    agent::Line,
    carrier::{Carrier, Sent, frame},
    house::House,
    line::call_of,
    tools::{answer, wish},
};
use frontdesk_core::ports::{FromAgent, TalkEnd, Trouble};
use std::{sync::atomic::Ordering, time::Duration};

#[tokio::test]
async fn an_agent_is_left_at_once_when_the_stream_is_over() {
    for (way, end) in [
        ("stop", TalkEnd::CallerGone),
        ("stop twice", TalkEnd::CallerGone),
        ("close", TalkEnd::AgentLost),
        ("drop", TalkEnd::AgentLost),
    ] {
        let mut house = House::open().await;
        let (mut carrier, talker) = house.call("t").await;
        match way {
            "stop" => carrier.stop().await,
            "stop twice" => {
                carrier.stop().await;
                carrier.stop().await;
            }
            "close" => carrier.socket.close(None).await.unwrap(),
            _ => drop(carrier),
        }
        talker.until_left().await;
        assert_eq!(house.over().await.1.end, end, "{way}");
        assert_eq!(house.end().await.len(), 0, "{way}: told twice");
    }
}

#[tokio::test]
async fn what_was_agreed_is_done_though_the_stream_breaks() {
    for (tool, end) in [("transfer", TalkEnd::Transfer), ("hang_up", TalkEnd::AgentDone)] {
        let mut house = House::open().await;
        let (carrier, mut talker) = house.call("t").await;
        talker.says(wish("w1", tool));
        answer(&mut talker).await;
        drop(carrier);
        assert_eq!(house.over().await.1.end, end, "{tool}");
    }
}

#[tokio::test]
async fn a_caller_who_goes_while_the_agent_is_awaited_is_gone() {
    let mut house = House::open().await;
    house.expect("t");
    house.agent.refusals.lock().unwrap().push_back(Trouble::Unavailable);
    let mut carrier = Carrier::open(house.address).await;
    carrier.start("t").await;
    carrier.stop().await;
    assert_eq!(house.over().await.0, call_of("t"));
}

#[tokio::test]
async fn an_agent_that_breaks_off_in_the_middle_of_a_word_is_lost() {
    let mut house = House::open().await;
    let (mut carrier, talker) = house.call("t").await;
    talker.speaks(&frame(0));
    assert_eq!(carrier.hears().await, Sent::Sound(frame(0)));
    talker.does(Line::Breaks(Trouble::Unavailable));
    assert_eq!(house.over().await.1.end, TalkEnd::AgentLost);
    // Closed as usual, so that what stands after the stream is heard.
    assert_eq!(carrier.hears().await, Sent::Closed(Some(1000)));
    assert_eq!(house.end().await.len(), 0);
}

#[tokio::test]
async fn an_agent_that_is_lost_before_its_first_word_is_had_once_more() {
    let mut house = House::open().await;
    let (mut carrier, talker) = house.call("t").await;
    talker.does(Line::Breaks(Trouble::Unavailable));
    let again = house.talker().await;
    again.speaks(&frame(0));
    assert_eq!(carrier.hears().await, Sent::Sound(frame(0)));
    again.does(Line::Breaks(Trouble::Unavailable));
    assert_eq!(house.over().await.1.end, TalkEnd::AgentLost);
}

#[tokio::test]
async fn an_agent_that_cannot_be_had_twice_is_lost() {
    let mut house = House::open().await;
    house.expect("t");
    house.agent.refusals.lock().unwrap().extend([Trouble::Unavailable, Trouble::RateLimited(None)]);
    let mut carrier = Carrier::open(house.address).await;
    carrier.start("t").await;
    assert_eq!(house.over().await.1.end, TalkEnd::AgentLost);
    assert_eq!(carrier.hears().await, Sent::Closed(Some(1000)));
}

#[tokio::test]
async fn an_agent_that_refuses_is_not_asked_again() {
    let mut house = House::open().await;
    house.expect("t");
    house.agent.refusals.lock().unwrap().push_back(Trouble::Unauthorised);
    let mut carrier = Carrier::open(house.address).await;
    carrier.start("t").await;
    assert_eq!(house.over().await.1.end, TalkEnd::AgentLost);
    // Nobody came: `end` would find them.
    assert_eq!(house.end().await.len(), 0);
}

#[tokio::test]
async fn an_agent_that_ends_without_a_word_is_lost() {
    let mut house = House::open().await;
    let (_carrier, talker) = house.call("t").await;
    talker.does(Line::Ends);
    assert_eq!(house.over().await.1.end, TalkEnd::AgentLost);
}

#[tokio::test]
async fn an_agent_that_hangs_up_without_a_word_is_lost() {
    let mut house = House::open().await;
    let (_carrier, talker) = house.call("t").await;
    talker.says(FromAgent::HungUp);
    assert_eq!(house.over().await.1.end, TalkEnd::AgentLost);
}

#[tokio::test]
async fn an_agent_that_panics_ends_its_own_call_only() {
    let mut house = House::open().await;
    let (mut other, mut others) = house.call("other").await;
    let (mut carrier, talker) = house.call("t").await;
    talker.does(Line::Panics);
    let (call, talk) = house.over().await;
    assert_eq!((call, talk.end), (call_of("t"), TalkEnd::AgentLost));
    assert_eq!(carrier.hears().await, Sent::Closed(Some(1000)));
    other.says(&frame(1)).await;
    others.hears_sound().await;
}

#[tokio::test]
async fn an_agent_that_gives_no_sign_is_lost() {
    let mut house = House::set(|settings| settings.agent_quiet = Duration::from_millis(100)).await;
    let (mut carrier, talker) = house.call("t").await;
    talker.speaks(&frame(0));
    carrier.hears().await;
    assert_eq!(house.over().await.1.end, TalkEnd::AgentLost);
}

#[tokio::test]
async fn a_carrier_that_gives_no_sign_says_nothing_of_the_caller() {
    let mut house = House::set(|settings| settings.line_quiet = Duration::from_millis(100)).await;
    let (mut carrier, _talker) = house.call("t").await;
    assert_eq!(house.over().await.1.end, TalkEnd::AgentLost);
    assert_eq!(carrier.hears().await, Sent::Closed(Some(1000)));
}

#[tokio::test]
async fn no_stream_lasts_longer_than_any_may() {
    let mut house = House::set(|settings| settings.longest = Duration::from_millis(100)).await;
    let (mut carrier, _talker) = house.call("t").await;
    assert_eq!(house.over().await.1.end, TalkEnd::Stopped);
    assert_eq!(carrier.hears().await, Sent::Closed(Some(1001)));
}

#[tokio::test]
async fn what_cannot_be_kept_is_told_again_until_it_is() {
    let mut house = House::open().await;
    house.desk.away.store(3, Ordering::SeqCst);
    let (mut carrier, talker) = house.call("t").await;
    talker.speaks(&frame(0));
    talker.says(FromAgent::HungUp);
    carrier.until_closed().await;
    assert_eq!(house.over().await.1.end, TalkEnd::AgentDone);
    assert_eq!(house.end().await.len(), 0);
}

/// A conversation was had, and the store stays away for longer than its carrier waits.
async fn ended_while_the_store_is_away() -> House {
    let mut house = House::set(|settings| settings.over_within = Duration::from_millis(50)).await;
    house.desk.away.store(u32::MAX, Ordering::SeqCst);
    let (mut carrier, talker) = house.call("t").await;
    talker.speaks(&frame(0));
    talker.says(FromAgent::HungUp);
    carrier.until_closed().await;
    house
}

#[tokio::test]
async fn what_cannot_be_kept_while_the_carrier_waits_is_kept_afterwards() {
    let mut house = ended_while_the_store_is_away().await;
    house.desk.away.store(0, Ordering::SeqCst);
    assert_eq!(house.over().await.1.end, TalkEnd::AgentDone);
    assert_eq!(house.end().await.len(), 0);
}

#[tokio::test]
async fn a_gateway_that_stops_does_not_wait_for_a_store_that_stays_away() {
    assert_eq!(ended_while_the_store_is_away().await.end().await.len(), 0);
}

#[tokio::test]
async fn streams_go_on_while_the_gateway_stops_and_nobody_new_is_let_in() {
    let mut house = House::open().await;
    let (mut carrier, mut talker) = house.call("t").await;
    house.stopping.cancel();
    let refused = Carrier::ask(house.address, true).await;
    assert!(matches!(refused, Err(tokio_tungstenite::tungstenite::Error::Http(answer)) if answer.status() == 503));
    carrier.says(&frame(0)).await;
    talker.hears_sound().await;
    talker.speaks(&frame(1));
    talker.says(FromAgent::HungUp);
    assert_eq!(carrier.until_closed().await, (frame(1), Some(1000)));
    assert_eq!(house.over().await.1.end, TalkEnd::AgentDone);
}

#[tokio::test]
async fn a_hundred_calls_are_told_when_the_gateway_stops() {
    let mut house = House::set(|settings| settings.drain = Duration::from_millis(100)).await;
    let mut calls = Vec::new();
    for n in 0..100 {
        calls.push(house.call(&format!("t{n}")).await);
    }
    assert_eq!(house.bridge.live(), 100);
    house.stopping.cancel();
    for (mut carrier, talker) in calls {
        assert_eq!(carrier.until_closed().await, (Vec::new(), Some(1001)));
        talker.until_left().await;
    }
    let overs = house.end().await;
    assert_eq!(overs.len(), 100);
    assert!(overs.iter().all(|(_, talk)| talk.end == TalkEnd::Stopped));
}
