//! What strangers and broken carriers send.

use crate::{
    carrier::{Carrier, Sent, frame, media},
    house::House,
};
use frontdesk_core::{ports::TalkEnd, sound::Sound};
use futures_util::SinkExt;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::{Error, Message};

#[tokio::test]
async fn a_stranger_is_not_let_in() {
    let house = House::open().await;
    let refused = Carrier::ask(house.address, false).await;
    assert!(matches!(refused, Err(Error::Http(answer)) if answer.status() == 403));
    assert_eq!(house.bridge.live(), 0);
}

#[tokio::test]
async fn what_is_no_websocket_is_refused() {
    let house = House::open().await;
    let mut tcp = TcpStream::connect(house.address).await.unwrap();
    let request = "GET /api/v1/voice/pretended-stream HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                   x-signature: https://desk.example.com/api/v1/voice/pretended-stream\r\n\r\n";
    tcp.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!(house.bridge.live(), 0);
}

#[tokio::test]
async fn a_forged_token_opens_nothing() {
    let house = House::open().await;
    house.expect("t");
    let mut carrier = Carrier::open(house.address).await;
    carrier.start("forged").await;
    assert_eq!(carrier.hears().await, Sent::Closed(Some(1008)));
    assert_eq!(house.end().await.len(), 0);
}

#[tokio::test]
async fn a_used_token_opens_nothing() {
    let mut house = House::open().await;
    let (mut carrier, talker) = house.call("t").await;
    let mut again = Carrier::open(house.address).await;
    again.start("t").await;
    assert_eq!(again.hears().await, Sent::Closed(Some(1008)));
    carrier.stop().await;
    talker.until_left().await;
    assert_eq!(house.end().await.len(), 1);
}

#[tokio::test]
async fn a_stream_that_does_not_begin_is_closed() {
    let house = House::set(|settings| settings.start_within = Duration::from_millis(100)).await;
    let mut carrier = Carrier::open(house.address).await;
    // Whatever else is said is no beginning.
    carrier.says(&frame(0)).await;
    carrier.send("{}".to_owned()).await;
    assert_eq!(carrier.hears().await, Sent::Closed(Some(1008)));
    assert_eq!(house.end().await.len(), 0);
}

#[tokio::test]
async fn there_are_no_more_streams_than_there_may_be() {
    let mut house = House::set(|settings| settings.streams = 1).await;
    let (mut carrier, talker) = house.call("t").await;
    let refused = Carrier::ask(house.address, true).await;
    assert!(matches!(refused, Err(Error::Http(answer)) if answer.status() == 503));
    carrier.stop().await;
    carrier.until_closed().await;
    talker.until_left().await;
    // There is room again once the first one is gone.
    let mut room = false;
    for _ in 0..200 {
        room = Carrier::ask(house.address, true).await.is_ok();
        if room {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(room);
}

#[tokio::test]
async fn a_tenth_that_cannot_be_read_costs_nothing_else() {
    let mut house = House::open().await;
    let (mut carrier, mut talker) = house.call("t").await;
    for n in 0..200 {
        if n % 10 == 5 {
            let good = media(&frame(n));
            match n % 4 {
                0 => carrier.send(good[..good.len() / 2].to_owned()).await,
                1 => carrier.send(good.replace("payload", "pay load")).await,
                2 => carrier.send("[]".to_owned()).await,
                _ => carrier.socket.send(Message::binary(vec![0; 160])).await.unwrap(),
            }
        }
        carrier.says(&frame(n)).await;
        assert_eq!(talker.hears_sound().await, Sound::encode(&frame(n)));
    }
    carrier.stop().await;
    assert_eq!(house.over().await.1.dropped, 0);
}

#[tokio::test]
async fn sound_that_is_none_is_not_passed_on() {
    let mut house = House::open().await;
    let (mut carrier, mut talker) = house.call("t").await;
    for payload in [r#"//8=\"},\"x\":{\"y\":\"z"#, "not base64!", r"\u0000"] {
        carrier.send(format!(r#"{{"event":"media","media":{{"payload":"{payload}"}},"streamSid":"MZ1"}}"#)).await;
    }
    carrier.says(&frame(1)).await;
    assert_eq!(talker.hears_sound().await, Sound::encode(&frame(1)));
}

#[tokio::test]
async fn a_message_longer_than_any_ends_the_stream() {
    let mut house = House::open().await;
    let (mut carrier, talker) = house.call("t").await;
    let _ = carrier.socket.send(Message::text(media(&[0; 100_000]))).await;
    assert_eq!(house.over().await.1.end, TalkEnd::AgentLost);
    talker.until_left().await;
    assert_eq!(house.end().await.len(), 0);
}
