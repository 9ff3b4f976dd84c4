//! A conversation as it should be.

use crate::{
    carrier::{Sent, frame},
    house::House,
    line::call_of,
};
use frontdesk_core::{
    personal::Said,
    ports::{FromAgent, Speaker, TalkEnd, ToAgent},
    sound::{AudioFormat, Sound},
};
use std::time::Duration;

fn said(text: &str) -> Said {
    Said::new(text, 100).unwrap()
}

#[tokio::test]
async fn the_agent_is_told_who_is_on_the_line_and_how_it_writes() {
    let mut house = House::open().await;
    let (_carrier, talker) = house.call("t").await;
    assert_eq!(talker.start.call_id, call_of("t"));
    assert_eq!(talker.start.provider_call_id.as_deref(), Some("CA1"));
    assert_eq!(talker.start.line, AudioFormat::Mulaw8k);
}

#[tokio::test]
async fn nothing_is_lost_or_out_of_order_when_nobody_is_slow() {
    const FRAMES: usize = 500;
    let mut house = House::open().await;
    let (mut carrier, mut talker) = house.call("t").await;
    for n in 0..FRAMES {
        carrier.says(&frame(n)).await;
        assert_eq!(talker.hears_sound().await, Sound::encode(&frame(n)));
        talker.speaks(&frame(n + 1));
        assert_eq!(carrier.hears().await, Sent::Sound(frame(n + 1)));
    }
    carrier.stop().await;
    let (call, talk) = house.over().await;
    assert_eq!((call, talk.end, talk.dropped), (call_of("t"), TalkEnd::CallerGone, 0));
    assert_eq!(talk.conversation.as_deref(), Some("conv_1"));
}

#[tokio::test]
async fn what_the_caller_says_before_the_agent_is_there_is_heard_by_it() {
    let mut house = House::open().await;
    house.expect("t");
    let mut carrier = crate::carrier::Carrier::open(house.address).await;
    carrier.start("t").await;
    for n in 0..10 {
        carrier.says(&frame(n)).await;
    }
    let mut talker = house.talker().await;
    for n in 0..10 {
        assert_eq!(talker.hears_sound().await, Sound::encode(&frame(n)));
    }
}

#[tokio::test]
async fn keys_reach_the_agent() {
    let mut house = House::open().await;
    let (mut carrier, mut talker) = house.call("t").await;
    for key in ['1', '#', '*'] {
        carrier.send(format!(r#"{{"event":"dtmf","dtmf":{{"digit":"{key}"}},"streamSid":"MZ1"}}"#)).await;
        assert_eq!(talker.hears().await, Some(ToAgent::Digit(key)));
    }
}

#[tokio::test]
async fn what_was_voided_is_never_sent_and_the_carrier_drops_it_first() {
    // Nothing goes ahead of what is heard, so that most of it waits here.
    let mut house = House::set(|settings| settings.ahead = Duration::from_millis(100)).await;
    let (mut carrier, talker) = house.call("t").await;
    for n in 0..100 {
        talker.speaks(&frame(n));
    }
    assert_eq!(carrier.hears().await, Sent::Sound(frame(0)));
    talker.says(FromAgent::Interrupted);
    for n in 1_000..1_005 {
        talker.speaks(&frame(n));
    }
    let mut before = 0;
    loop {
        match carrier.hears().await {
            Sent::Sound(raw) => before += usize::from(raw.len() == 160),
            Sent::Clear => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(before < 99, "all of it was sent");
    for n in 1_000..1_005 {
        assert_eq!(carrier.hears().await, Sent::Sound(frame(n)));
    }
    carrier.stop().await;
    assert_eq!(house.over().await.1.interruptions, 1);
}

#[tokio::test]
async fn the_last_words_are_heard_before_the_socket_is_closed() {
    let mut house = House::open().await;
    let (mut carrier, talker) = house.call("t").await;
    for n in 0..50 {
        talker.speaks(&frame(n));
    }
    talker.says(FromAgent::HungUp);
    for n in 0..50 {
        assert_eq!(carrier.hears().await, Sent::Sound(frame(n)));
    }
    let Sent::Mark(mark) = carrier.hears().await else { panic!("no mark") };
    // One of an older generation proves nothing.
    carrier.heard("7:7").await;
    carrier.heard(&mark).await;
    assert_eq!(house.over().await.1.end, TalkEnd::AgentDone);
    assert_eq!(carrier.hears().await, Sent::Closed(Some(1000)));
}

#[tokio::test]
async fn a_carrier_that_brings_no_mark_back_is_waited_for_in_vain_and_not_for_ever() {
    let mut house = House::open().await;
    let (mut carrier, talker) = house.call("t").await;
    talker.speaks(&frame(0));
    talker.says(FromAgent::HungUp);
    assert_eq!(house.over().await.1.end, TalkEnd::AgentDone);
    assert_eq!(carrier.hears().await, Sent::Sound(frame(0)));
    assert!(matches!(carrier.hears().await, Sent::Mark(_)));
    assert_eq!(carrier.hears().await, Sent::Closed(Some(1000)));
}

#[tokio::test]
async fn an_agent_that_ends_without_a_word_about_it_after_it_spoke_is_done() {
    let mut house = House::open().await;
    let (mut carrier, talker) = house.call("t").await;
    talker.speaks(&frame(0));
    talker.does(crate::agent::Line::Ends);
    assert_eq!(carrier.until_closed().await, (frame(0), Some(1000)));
    assert_eq!(house.over().await.1.end, TalkEnd::AgentDone);
}

#[tokio::test]
async fn what_was_said_is_kept_and_no_card() {
    let mut house = House::open().await;
    let (mut carrier, talker) = house.call("t").await;
    talker.says(FromAgent::Says(said("Good morning.")));
    talker.speaks(&frame(0));
    talker.says(FromAgent::Heard(said("My card is 4111 1111 1111 1111.")));
    talker.speaks(&frame(1));
    talker.says(FromAgent::Says(said("I do not need that, tell me")));
    talker.says(FromAgent::Corrected(said("I do not")));
    talker.says(FromAgent::HungUp);
    carrier.until_closed().await;
    let (_, talk) = house.over().await;
    let lines: Vec<_> = talk.lines.iter().map(|(_, who, said)| (*who, said.reveal())).collect();
    assert_eq!(
        lines,
        [
            (Speaker::Agent, "Good morning."),
            (Speaker::Caller, "My card is [card number]."),
            (Speaker::Agent, "I do not"),
        ]
    );
    assert!(talk.first_word_ms.is_some());
    assert_eq!(talk.turns_ms.len(), 1);
    assert!(!format!("{talk:?}").contains("morning"), "words in a log");
}
