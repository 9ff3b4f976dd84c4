//! While a conversation goes on.

use super::bench::{Answered, Bench, begun, soon, sound, told};
use frontdesk_core::{
    ports::{FromAgent, ToAgent, ToolAnswer, ToolCall},
    sound::Sound,
};
use serde_json::{Value, json};
use std::{future::Future, pin::pin, task::Poll};

/// Each a piece of sound of its own, of an odd length and holding every byte there is.
fn piece(number: u8) -> Vec<u8> {
    (0..=255_u8).chain([number]).collect()
}

/// What is spoken on either side arrives on the other, byte by byte and in order.
///
/// # Panics
/// When the law does not hold; so for every law here.
pub async fn sound_passes_both_ways_as_it_is(bench: &dyn Bench) {
    let (mut session, mut other) = begun(bench).await;
    for number in 0..8 {
        soon("room for sound", session.ear.tell(ToAgent::Sound(Sound::encode(&piece(number)))))
            .await
            .expect("it hears");
        other.speak(&piece(100 + number)).await;
    }
    for number in 0..8 {
        assert_eq!(soon("what the caller says", other.hears()).await, piece(number), "what it hears");
        assert_eq!(sound(&mut session).await, piece(100 + number), "what it speaks");
    }
}

/// Nothing that was spoken before an interruption is told after [`FromAgent::Interrupted`], whenever it arrives; what is
/// spoken afterwards is.
///
/// # Panics
/// See [`sound_passes_both_ways_as_it_is`].
pub async fn stale_sound_is_never_told_after_an_interruption(bench: &dyn Bench) {
    let (mut session, mut other) = begun(bench).await;
    for round in 0..3_u8 {
        let (stale, fresh) = (piece(round * 2), piece(round * 2 + 1));
        for _ in 0..4 {
            other.speak(&stale).await;
        }
        other.interrupt().await;
        other.straggle(&stale).await;
        other.speak(&fresh).await;
        let mut interrupted = false;
        loop {
            match told(&mut session).await {
                FromAgent::Interrupted => interrupted = true,
                FromAgent::Sound(heard) => {
                    let heard = heard.decode().expect("sound is base64");
                    assert!(!(interrupted && heard == stale), "stale sound after an interruption, round {round}");
                    if heard == fresh {
                        assert!(interrupted, "fresh sound came before the interruption was told, round {round}");
                        break;
                    }
                }
                _ => {}
            }
        }
    }
}

/// A wish of the same id is one wish; another id is another, though it wants the same.
///
/// # Panics
/// See [`sound_passes_both_ways_as_it_is`].
pub async fn a_wish_is_told_once_however_often_repeated(bench: &dyn Bench) {
    let (mut session, mut other) = begun(bench).await;
    let parameters = json!({ "day": "2026-11-24", "quote": "a \"quoted\" word, ñ" });
    for _ in 0..3 {
        other.want("wish-1", "find_slot", parameters.clone()).await;
    }
    other.want("wish-2", "find_slot", parameters.clone()).await;
    for id in ["wish-1", "wish-2"] {
        let wish = ToolCall { id: id.to_owned(), tool: "find_slot".to_owned(), parameters: parameters.clone() };
        assert_eq!(told(&mut session).await, FromAgent::Wants(wish));
    }
    other.want("wish-1", "find_slot", parameters).await;
    other.speak(&piece(1)).await;
    // Panics where the wish is told once more.
    assert_eq!(sound(&mut session).await, piece(1));
}

/// What came of a wish arrives as text that holds the JSON, under the wish's id, and says whether it was done.
///
/// # Panics
/// See [`sound_passes_both_ways_as_it_is`].
pub async fn a_tool_answer_reaches_the_vendor_as_text(bench: &dyn Bench) {
    let (mut session, mut other) = begun(bench).await;
    for (id, result, failed) in [
        ("wish-1", json!({ "slots": ["tomorrow at ten"], "count": 1, "more": null }), false),
        ("wish-2", json!({ "problem": "that time is \"gone\"" }), true),
        ("wish-3", json!("done"), false),
        ("wish-4", json!(null), false),
    ] {
        other.want(id, "find_slot", json!({})).await;
        assert!(matches!(told(&mut session).await, FromAgent::Wants(wish) if wish.id == id));
        let answer = ToolAnswer { result: result.clone(), failed, then: None };
        session.ear.tell(ToAgent::Tool { id: id.to_owned(), answer }).await.expect("it takes answers");
        let Answered { id: of, text, failed: not_done } = soon("the answer", other.answered()).await;
        assert_eq!((of.as_str(), not_done), (id, failed));
        let told: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        assert_eq!(told, result, "{id}");
    }
}

/// A wait for what comes next may be given up at any moment, as a `select!` does; whatever comes is told by a later wait.
///
/// # Panics
/// See [`sound_passes_both_ways_as_it_is`].
pub async fn a_wait_that_is_given_up_loses_nothing(bench: &dyn Bench) {
    const PIECES: u8 = 60;
    let (mut session, mut other) = begun(bench).await;
    let speaks = async {
        for number in 0..PIECES {
            other.speak(&piece(number)).await;
            tokio::task::yield_now().await;
        }
    };
    let mut speaks = pin!(speaks);
    let mut spoken = false;
    let mut heard = Vec::new();
    let hears = async {
        while heard.len() < usize::from(PIECES) {
            // One look, and the wait is given up; every third time it is waited for.
            let answer = if heard.len() % 3 == 2 && spoken {
                Some(session.mouth.next().await)
            } else {
                let mut next = session.mouth.next();
                std::future::poll_fn(|context| match next.as_mut().poll(context) {
                    Poll::Ready(answer) => Poll::Ready(Some(answer)),
                    Poll::Pending => Poll::Ready(None),
                })
                .await
            };
            match answer {
                Some(Ok(Some(FromAgent::Sound(sound)))) => heard.push(sound.decode().expect("sound is base64")),
                Some(other) => panic!("there should be sound, not {other:?}"),
                None => tokio::task::yield_now().await,
            }
            if !spoken {
                spoken = std::future::poll_fn(|context| Poll::Ready(speaks.as_mut().poll(context).is_ready())).await;
            }
        }
    };
    soon("all that was spoken", hears).await;
    let want: Vec<_> = (0..PIECES).map(piece).collect();
    assert!(heard == want, "sound was lost, doubled or out of order");
}
