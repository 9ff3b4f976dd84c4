//! What agents want done.

use crate::{
    agent::Line,
    carrier::{Sent, frame},
    house::House,
};
use frontdesk_core::ports::{FromAgent, TalkEnd, ToAgent, ToolAnswer, ToolCall, Trouble};
use serde_json::json;
use std::{sync::atomic::Ordering, time::Duration};
use tokio::sync::Semaphore;

pub(crate) fn wish(id: &str, tool: &str) -> FromAgent {
    FromAgent::Wants(ToolCall { id: id.to_owned(), tool: tool.to_owned(), parameters: json!({}) })
}

pub(crate) async fn answer(talker: &mut crate::agent::Talker) -> (String, ToolAnswer) {
    loop {
        match talker.hears().await {
            Some(ToAgent::Tool { id, answer }) => return (id, answer),
            Some(_) => {}
            None => panic!("no answer came"),
        }
    }
}

#[tokio::test]
async fn a_wish_is_answered_under_its_name() {
    let mut house = House::open().await;
    let (_carrier, mut talker) = house.call("t").await;
    talker.says(wish("w1", "book"));
    let (id, answer) = answer(&mut talker).await;
    assert_eq!((id.as_str(), answer.result, answer.failed), ("w1", json!({"done": "book"}), false));
}

#[tokio::test]
async fn sound_goes_on_while_a_wish_is_worked_on() {
    let mut house = House::open().await;
    let (mut carrier, mut talker) = house.call("t").await;
    talker.says(wish("w1", "never"));
    for n in 0..20 {
        carrier.says(&frame(n)).await;
        talker.hears_sound().await;
        talker.speaks(&frame(n));
        assert_eq!(carrier.hears().await, Sent::Sound(frame(n)));
    }
}

#[tokio::test]
async fn a_wish_that_takes_too_long_is_answered_in_words() {
    let mut house = House::set(|settings| settings.tool_within = Duration::from_millis(50)).await;
    let (_carrier, mut talker) = house.call("t").await;
    talker.says(wish("w1", "never"));
    let (_, answer) = answer(&mut talker).await;
    assert!(answer.failed && answer.result["error"].as_str().unwrap().contains("took too long"));
}

#[tokio::test]
async fn more_wishes_than_may_be_are_answered_in_words_at_once() {
    let mut house = House::set(|settings| settings.tools = 2).await;
    let (_carrier, mut talker) = house.call("t").await;
    for id in ["w1", "w2", "w3"] {
        talker.says(wish(id, "never"));
    }
    let (id, answer) = answer(&mut talker).await;
    assert_eq!((id.as_str(), answer.failed), ("w3", true));
}

#[tokio::test]
async fn a_wish_that_breaks_the_desk_breaks_no_call() {
    let mut house = House::open().await;
    let (mut carrier, mut talker) = house.call("t").await;
    talker.says(wish("w1", "panic"));
    assert!(answer(&mut talker).await.1.failed);
    carrier.says(&frame(0)).await;
    talker.hears_sound().await;
}

#[tokio::test]
async fn a_wish_is_told_again_while_the_store_is_away() {
    let mut house = House::open().await;
    let (_carrier, mut talker) = house.call("t").await;
    talker.says(wish("w1", "again"));
    assert!(!answer(&mut talker).await.1.failed);
    assert_eq!(house.desk.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_call_goes_elsewhere_once_the_agent_has_said_so() {
    for (tool, end) in [("transfer", TalkEnd::Transfer), ("hang_up", TalkEnd::AgentDone)] {
        let mut house = House::set(|settings| settings.farewell_pause = Duration::from_millis(200)).await;
        let (mut carrier, mut talker) = house.call("t").await;
        talker.says(wish("w1", tool));
        answer(&mut talker).await;
        let said: Vec<u8> = (0..10).flat_map(frame).collect();
        talker.speaks(&said);
        assert_eq!(carrier.until_closed().await, (said, Some(1000)), "{tool}");
        assert_eq!(house.over().await.1.end, end, "{tool}");
        assert_eq!(house.end().await.len(), 0, "{tool}");
    }
}

#[tokio::test]
async fn a_call_goes_elsewhere_though_the_agent_says_nothing_about_it() {
    let mut house = House::set(|settings| settings.farewell_within = Duration::from_millis(100)).await;
    let (mut carrier, talker) = house.call("t").await;
    talker.says(wish("w1", "transfer"));
    assert_eq!(carrier.until_closed().await, (Vec::new(), Some(1000)));
    assert_eq!(house.over().await.1.end, TalkEnd::Transfer);
}

#[tokio::test]
async fn an_agent_is_not_told_what_one_before_it_wanted() {
    let mut house = House::open().await;
    let (mut carrier, talker) = house.call("t").await;
    // Its ear takes nothing, so that answers wait.
    talker.patience.forget_permits(Semaphore::MAX_PERMITS);
    for (id, tool) in [("w1", "book"), ("w2", "book"), ("w3", "late")] {
        talker.says(wish(id, tool));
    }
    for _ in 0..1_000 {
        if house.desk.asked.load(Ordering::SeqCst) == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    talker.does(Line::Breaks(Trouble::Unavailable));
    let mut again = house.talker().await;
    house.desk.gate.add_permits(1);
    again.says(wish("w4", "book"));
    assert_eq!(answer(&mut again).await.0, "w4");
    // Nor is the caller put through, whom the one before wanted to.
    carrier.says(&frame(0)).await;
    again.hears_sound().await;
    carrier.stop().await;
    assert_eq!(house.over().await.1.end, TalkEnd::CallerGone);
}
