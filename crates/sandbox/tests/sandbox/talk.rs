//! Calls that are connected with a media stream: the carrier's side of the socket.

use crate::{
    common::{Bench, Seen, names, now, phone, say, soon},
    peer::{Peer, stream_to, then_goodbye},
};
use chrono::Duration;
use frontdesk_core::{
    event::{EndCause, Event},
    id::CallId,
    ports::{CallCommand, FromLine, MediaLine, Rejected, ToLine, WebhookRequest},
    reply::{Reply, Verb},
    sound::{AudioFormat, Sound},
};

/// A caller whose calls are lived at the carrier's fastest.
const AGREEABLE: &str = "+15005550115";
const ME: &str = "+15005550199";

#[tokio::test]
async fn the_carrier_says_who_it_is_and_what_it_was_told_of_the_call() {
    let bench = Bench::start().await;
    let mut peer = Peer::open(&bench).await;
    bench.streams(&[stream_to(&peer.url)]);
    let call = bench.carrier.ring(phone(ME), None).unwrap();
    let start = peer.started().await;
    assert_eq!((start.provider_call_id.as_str(), start.format), (call.id.as_str(), AudioFormat::Mulaw8k));
    assert_eq!(start.parameters.get("token").map(String::as_str), Some("once"));
    assert!(bench.call(|call| call.streaming).await.heard.is_empty());
}

#[tokio::test]
async fn what_is_sent_is_heard_and_marks_come_back_once_it_was() {
    let bench = Bench::start().await;
    let mut peer = Peer::open(&bench).await;
    bench.streams(&[stream_to(&peer.url)]);
    bench.carrier.ring(phone(AGREEABLE), None).unwrap();
    peer.started().await;
    peer.say(ToLine::Sound(&Sound::encode(&[0x10; 4_000]))).await;
    peer.say(ToLine::Mark("said")).await;
    peer.say(ToLine::Mark("said twice")).await;
    // Half a second of it, in frames of 20 ms.
    let (mut frames, mut marks) = (0, Vec::new());
    while marks.len() < 2 {
        match peer.next().await {
            FromLine::Sound(_) => frames += 1,
            FromLine::Marked(name) => marks.push(name),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(marks, ["said", "said twice"]);
    assert!(frames >= 25, "told after {frames} frames");
}

#[tokio::test]
async fn clear_returns_every_mark_at_once() {
    let bench = Bench::start().await;
    let mut peer = Peer::open(&bench).await;
    bench.streams(&[stream_to(&peer.url)]);
    bench.carrier.ring(phone(ME), None).unwrap();
    peer.started().await;
    // A minute each: nobody waits for that.
    for name in ["one", "two"] {
        for _ in 0..60 {
            peer.say(ToLine::Sound(&Sound::encode(&[0x10; 8_000]))).await;
        }
        peer.say(ToLine::Mark(name)).await;
    }
    peer.say(ToLine::Clear).await;
    assert_eq!(peer.marks(2).await, ["one", "two"]);
}

#[tokio::test]
async fn keys_go_to_the_stream_although_nobody_asks() {
    let bench = Bench::start().await;
    let mut peer = Peer::open(&bench).await;
    bench.streams(&[stream_to(&peer.url)]);
    let call = bench.carrier.ring(phone(ME), None).unwrap();
    peer.started().await;
    bench.call(|call| call.streaming).await;
    bench.carrier.press(&call.id, "1*#").unwrap();
    let mut keys = String::new();
    while keys.len() < 3 {
        if let FromLine::Digit(key) = peer.next().await {
            keys.push(key);
        }
    }
    assert_eq!(keys, "1*#");
}

#[tokio::test]
async fn once_the_other_end_has_closed_what_stands_after_the_stream_is_done() {
    let bench = Bench::start().await;
    let mut peer = Peer::open(&bench).await;
    bench.streams(&then_goodbye(&peer.url));
    bench.carrier.ring(phone(AGREEABLE), None).unwrap();
    peer.started().await;
    peer.close().await;
    let seen = bench.ended().await;
    assert_eq!(names(&seen), ["incoming", "ended"]);
    let call = bench.carrier.calls(false).remove(0);
    assert_eq!((call.heard, call.streaming), (vec!["Goodbye.".to_owned()], false));
}

#[tokio::test]
async fn where_nothing_stands_after_the_stream_the_gateway_is_asked_once_for_each() {
    let bench = Bench::start().await;
    let mut peer = Peer::open(&bench).await;
    bench.streams(&[stream_to(&peer.url)]);
    bench.carrier.ring(phone(AGREEABLE), None).unwrap();
    peer.started().await;
    bench.hold(1);
    peer.close().await;
    let seen = bench.ended().await;
    assert_eq!(names(&seen), ["incoming", "streamed", "streamed", "ended"], "asked again, as it was told to wait");
    assert_eq!(seen[1].received.once, seen[2].received.once);
    assert_eq!(bench.carrier.calls(false)[0].heard, ["One moment, please.", "Thank you."]);
}

#[tokio::test]
async fn hanging_up_ends_the_stream_in_order() {
    let bench = Bench::start().await;
    let mut peer = Peer::open(&bench).await;
    bench.streams(&[stream_to(&peer.url)]);
    let call = bench.carrier.ring(phone(ME), None).unwrap();
    peer.started().await;
    bench.carrier.hang_up(&call.id).unwrap();
    while peer.next().await != FromLine::Ended {}
    peer.closed().await;
    let seen = bench.ended().await;
    let ended = |one: &Seen| matches!(one.received.event, Event::Ended { cause: EndCause::Completed, .. });
    assert!(seen.iter().any(ended));
}

#[tokio::test]
async fn a_call_that_is_told_something_else_meanwhile_leaves_the_stream() {
    let bench = Bench::start().await;
    let mut peer = Peer::open(&bench).await;
    bench.streams(&[stream_to(&peer.url)]);
    let call = bench.carrier.ring(phone(ME), None).unwrap();
    peer.started().await;
    let steer = CallCommand::Steer {
        call_id: CallId::derive(now(), &["steered"]),
        provider_call_id: call.id.clone(),
        reply: Reply(vec![say("Goodbye."), Verb::Hangup]),
    };
    bench.perform(&steer).await.unwrap();
    while peer.next().await != FromLine::Ended {}
    bench.ended().await;
    assert_eq!(bench.carrier.calls(false)[0].heard, ["Goodbye."]);
}

#[tokio::test]
async fn where_nobody_listens_the_call_goes_on_without_a_stream() {
    let bench = Bench::start().await;
    let nobody = Peer::open(&bench).await.url;
    bench.streams(&[stream_to(&nobody), say("Goodbye.")]);
    bench.carrier.ring(phone(ME), None).unwrap();
    bench.ended().await;
    assert_eq!(bench.carrier.calls(false)[0].heard, ["(the assistant does not answer)", "Goodbye."]);
}

#[tokio::test]
async fn sound_never_leaves_this_machine_in_the_clear() {
    let bench = Bench::start().await;
    bench.streams(&[stream_to("ws://desk.example/media")]);
    bench.carrier.ring(phone(ME), None).unwrap();
    bench.ended().await;
    assert_eq!(bench.carrier.calls(false)[0].heard, ["(the assistant does not answer)", "Thank you."]);
}

#[tokio::test]
async fn only_the_carrier_opens_a_socket() {
    let bench = Bench::start().await;
    let mut peer = Peer::open(&bench).await;
    bench.streams(&[stream_to(&peer.url)]);
    bench.carrier.ring(phone(ME), None).unwrap();
    peer.started().await;
    let authentic = peer.upgrade.clone().unwrap();
    assert_eq!(bench.adapter.admit(&authentic, now()), Ok(()));
    let refused = Err(Rejected::Unauthentic(401));
    let forged = |change: &dyn Fn(&mut WebhookRequest)| {
        let mut request = authentic.clone();
        change(&mut request);
        request
    };
    let other_path = forged(&|request| request.url = request.url.replace("/media", "/other"));
    assert_eq!(bench.adapter.admit(&other_path, now()), refused);
    let bare = forged(&|request| request.headers.clear());
    assert_eq!(bench.adapter.admit(&bare, now()), refused);
    let wrong = forged(&|request| {
        for (name, value) in &mut request.headers {
            if name == "x-sandbox-timestamp" {
                *value = "1".to_owned();
            }
        }
    });
    assert_eq!(bench.adapter.admit(&wrong, now()), refused);
}

#[tokio::test]
async fn an_upgrade_that_was_overheard_opens_no_socket_later() {
    let bench = Bench::start().await;
    let mut peer = Peer::open(&bench).await;
    bench.streams(&[stream_to(&peer.url)]);
    bench.carrier.ring(phone(ME), None).unwrap();
    peer.started().await;
    let upgrade = peer.upgrade.clone().unwrap();
    for (apart, admitted) in [
        (Duration::zero(), Ok(())),
        (Duration::minutes(5), Ok(())),
        (Duration::minutes(-5), Ok(())),
        (Duration::seconds(301), Err(Rejected::Stale)),
        (Duration::seconds(-301), Err(Rejected::Stale)),
        (Duration::days(365), Err(Rejected::Stale)),
    ] {
        assert_eq!(bench.adapter.admit(&upgrade, now() + apart), admitted, "{apart}");
    }
    // Whoever cannot sign learns nothing of the time.
    let mut forged = upgrade;
    forged.url = forged.url.replace("/media", "/other");
    assert_eq!(bench.adapter.admit(&forged, now() + Duration::days(1)), Err(Rejected::Unauthentic(401)));
}

#[tokio::test]
async fn the_telephone_of_a_stream_takes_a_microphone_and_plays_what_is_sent() {
    let bench = Bench::start().await;
    let mut peer = Peer::open(&bench).await;
    bench.streams(&[stream_to(&peer.url)]);
    let call = bench.carrier.ring(phone(ME), None).unwrap();
    peer.started().await;
    bench.call(|call| call.streaming).await;
    let mut page = bench.listen(&call.id).await.unwrap();
    page.speak(&[0x21; 160]).await;
    soon(async {
        loop {
            if let FromLine::Sound(sound) = peer.next().await
                && sound.decode().unwrap() == [0x21; 160]
            {
                break;
            }
        }
    })
    .await;
    peer.say(ToLine::Sound(&Sound::encode(&[0x42; 320]))).await;
    assert_eq!(page.heard().await, [0x42; 160]);
    peer.say(ToLine::Clear).await;
    assert_eq!(page.told().await, r#"{"event":"clear"}"#);
    peer.close().await;
    page.closed().await;
}

#[tokio::test]
async fn a_telephone_has_one_holder_and_no_stream_has_none() {
    let bench = Bench::start().await;
    let mut peer = Peer::open(&bench).await;
    bench.streams(&[stream_to(&peer.url)]);
    let call = bench.carrier.ring(phone(ME), None).unwrap();
    peer.started().await;
    bench.call(|call| call.streaming).await;
    let mut first = bench.listen(&call.id).await.unwrap();
    let second = bench.listen(&call.id).await.unwrap();
    first.closed().await;
    drop(second);
    bench.carrier.hang_up(&call.id).unwrap();
    bench.ended().await;
    assert_eq!(bench.listen(&call.id).await.err(), Some(409));
    assert_eq!(bench.listen("SCnone").await.err(), Some(404));
}
