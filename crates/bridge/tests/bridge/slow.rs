//! What happens when a side is slow.

use crate::{
    carrier::{Sent, frame},
    house::House,
};
use frontdesk_core::{
    ports::{FromAgent, TalkEnd, ToAgent},
    sound::Sound,
};
use std::time::Duration;
use tokio::sync::Semaphore;

#[tokio::test]
async fn a_slow_agent_hears_the_newest_and_every_key() {
    let mut house = House::open().await;
    let (mut carrier, mut talker) = house.call("t").await;
    let most = talker.patience.forget_permits(Semaphore::MAX_PERMITS);
    // Six seconds, of which two may wait.
    for n in 0..300 {
        carrier.says(&frame(n)).await;
        if n == 10 {
            carrier.send(r#"{"event":"dtmf","dtmf":{"digit":"5"},"streamSid":"MZ1"}"#.to_owned()).await;
        }
    }
    carrier.send(r#"{"event":"dtmf","dtmf":{"digit":"6"},"streamSid":"MZ1"}"#.to_owned()).await;
    // One thing after the other, until the last key tells that everything before it was read.
    let (mut keys, mut heard) = (Vec::new(), 0);
    while keys != ['5', '6'] {
        talker.patience.add_permits(1);
        match talker.hears().await {
            Some(ToAgent::Digit(key)) => keys.push(key),
            Some(ToAgent::Sound(_)) => heard += 1,
            other => panic!("{other:?}"),
        }
    }
    talker.patience.add_permits(most / 2);
    let mut newest = Vec::new();
    while newest.last() != Some(&Sound::encode(&frame(299))) {
        newest.push(talker.hears_sound().await);
    }
    assert!(newest.len() <= 101, "{} waited", newest.len());
    carrier.stop().await;
    let (_, talk) = house.over().await;
    assert_eq!(talk.dropped, 300 - heard - newest.len() as u64);
    assert!(talk.dropped > 0);
}

#[tokio::test]
async fn an_agent_that_takes_nothing_any_more_is_lost() {
    let mut house = House::set(|settings| settings.stalled = Duration::from_millis(100)).await;
    let (mut carrier, talker) = house.call("t").await;
    talker.speaks(&frame(0));
    carrier.hears().await;
    talker.patience.forget_permits(Semaphore::MAX_PERMITS);
    carrier.says(&frame(0)).await;
    assert_eq!(house.over().await.1.end, TalkEnd::AgentLost);
    assert_eq!(carrier.hears().await, Sent::Closed(Some(1000)));
}

#[tokio::test]
async fn a_carrier_that_takes_nothing_any_more_has_a_broken_stream() {
    let mut house = House::set(|settings| {
        settings.stalled = Duration::from_millis(200);
        settings.ahead = Duration::from_secs(1_000_000);
        settings.unsaid = Duration::from_secs(1_000_000);
    })
    .await;
    let (carrier, talker) = house.call("t").await;
    // More than the kernel keeps for a socket that nobody reads.
    let long = vec![0xff; 100_000];
    for _ in 0..300 {
        talker.speaks(&long);
    }
    let (_, talk) = house.over().await;
    assert_eq!(talk.end, TalkEnd::AgentLost);
    talker.until_left().await;
    drop(carrier);
}

#[tokio::test]
async fn what_an_agent_says_far_ahead_is_dropped_newest_first_and_counted() {
    let mut house = House::set(|settings| {
        settings.ahead = Duration::from_millis(40);
        settings.unsaid = Duration::from_millis(200);
    })
    .await;
    let (mut carrier, talker) = house.call("t").await;
    for n in 0..100 {
        talker.speaks(&frame(n));
    }
    talker.says(FromAgent::HungUp);
    let (heard, code) = carrier.until_closed().await;
    assert_eq!(code, Some(1000));
    let heard: Vec<_> = heard.chunks(160).collect();
    assert!((10..100).contains(&heard.len()), "{}", heard.len());
    // What waited is in order, and from the beginning.
    assert!((0..10).all(|n| heard[n] == frame(n)));
    assert_eq!(house.over().await.1.dropped, 100 - heard.len() as u64);
}

#[tokio::test]
async fn a_clear_reaches_a_carrier_that_is_far_behind_before_anything_new() {
    let mut house = House::set(|settings| {
        settings.ahead = Duration::from_secs(1_000_000);
        settings.unsaid = Duration::from_secs(1_000_000);
    })
    .await;
    let (mut carrier, talker) = house.call("t").await;
    let stale = vec![1; 100_000];
    for _ in 0..200 {
        talker.speaks(&stale);
    }
    talker.says(FromAgent::Interrupted);
    talker.speaks(&[2; 160]);
    // Reads only now.
    let mut cleared = false;
    loop {
        match carrier.hears().await {
            Sent::Clear => cleared = true,
            Sent::Sound(raw) if raw[0] == 2 => break,
            Sent::Sound(_) => assert!(!cleared, "stale sound after the clear"),
            other => panic!("{other:?}"),
        }
    }
    assert!(cleared);
}
