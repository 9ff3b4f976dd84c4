//! Live calls are told what comes next.

use crate::{
    common::soon,
    house::{House, say},
};
use frontdesk_core::{
    ports::{Happened, Performed, Trouble},
    reply::Verb,
};
use frontdesk_testkit::{BUSINESS_PHONE, phone};
use frontdesk_threecx::{CallControl, Clock, Control};
use futures_util::StreamExt;
use serde_json::json;

/// Somebody at the route point, and the name of their call.
async fn caller(house: &mut House, dn: &str) -> (u64, String) {
    house.relay().await;
    let callid = house.pbx.ring("0612345678", "", dn);
    (callid, house.name().await)
}

fn stream() -> Verb {
    let parameters = vec![("voice_id".to_owned(), "voice_789xyz".to_owned())];
    Verb::Stream { url: "wss://desk.example/media".to_owned(), parameters }
}

fn transfer(to: &str) -> Verb {
    Verb::Transfer { to: phone(to), from: phone(BUSINESS_PHONE) }
}

/// Waits until the caller has heard so much.
async fn heard(house: &House, callid: u64, milliseconds: usize) -> Vec<u8> {
    soon(house.pbx.until(|pbx| pbx.heard(callid).len() >= milliseconds * 16)).await;
    house.pbx.heard(callid)
}

#[tokio::test]
async fn a_caller_hears_the_greeting_and_then_music_until_an_agent_takes_over() {
    let mut house = House::open().await;
    let (callid, name) = caller(&mut house, "ivrapp").await;
    assert_eq!(house.steer(&name, vec![say()]).await.unwrap(), Performed::Done);
    let sound = heard(&house, callid, 900).await;
    assert!(sound[..400 * 16].iter().all(|byte| *byte == 1), "the greeting first");
    assert!(sound[400 * 16..900 * 16].iter().all(|byte| *byte == 2), "then music, over and over");

    assert_eq!(house.steer(&name, vec![stream()]).await.unwrap(), Performed::Done);
    let led = house.pbx.led();
    assert_eq!((led.len(), led[0].how.as_str(), led[0].to.as_str()), (1, "routeto", "8000"));
    assert_eq!(led[0].data, json!({ "voice_id": "voice_789xyz" }));
    assert_eq!(house.pbx.parts("ivrapp"), [], "our own part ended");
    let told = house.told(2).await;
    assert_eq!(told[1]["event_type"], "CallEnded");
}

#[tokio::test]
async fn a_caller_goes_on_hearing_music_where_the_agent_cannot_be_reached() {
    let mut house = House::with(|config| {
        config.control.as_mut().unwrap().agent_destination = Some("9999".to_owned());
    })
    .await;
    let (callid, name) = caller(&mut house, "ivrapp").await;
    house.steer(&name, vec![say()]).await.unwrap();
    let error = house.steer(&name, vec![stream()]).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Barred), "{error}");
    let before = house.pbx.heard(callid).len();
    soon(house.pbx.until(|pbx| pbx.heard(callid).len() > before)).await;
    assert_eq!(house.pbx.parts("ivrapp").len(), 1);
}

#[tokio::test]
async fn the_last_words_are_heard_before_the_call_ends() {
    let mut house = House::open().await;
    let (callid, name) = caller(&mut house, "ivrapp").await;
    assert_eq!(house.steer(&name, vec![say(), Verb::Hangup]).await.unwrap(), Performed::Done);
    soon(house.pbx.until(|pbx| pbx.parts("ivrapp").is_empty())).await;
    assert_eq!(house.pbx.heard(callid), vec![1; 400 * 16]);
}

#[tokio::test]
async fn a_caller_is_put_through_as_the_state_of_the_call_allows() {
    for (dn, state, how) in
        [("ivrapp", "Connected", "routeto"), ("150", "Ringing", "divert"), ("150", "Connected", "transferto")]
    {
        let mut house = House::open().await;
        let (callid, name) = caller(&mut house, dn).await;
        if dn == "150" && state == "Connected" {
            house.pbx.becomes(callid, state);
        }
        assert_eq!(house.steer(&name, vec![transfer("+31207654321")]).await.unwrap(), Performed::Done);
        let led = house.pbx.led();
        assert_eq!((led[0].how.as_str(), led[0].to.as_str()), (how, "+31207654321"), "{dn} {state}");
        assert_eq!(house.pbx.parts(dn), []);
    }
}

#[tokio::test]
async fn what_an_extension_cannot_do_is_unsupported_and_nothing_is_done() {
    let mut house = House::open().await;
    let (_, name) = caller(&mut house, "150").await;
    for verbs in [vec![say()], vec![stream()]] {
        let error = house.steer(&name, verbs).await.unwrap_err();
        assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unsupported), "{error}");
    }
    assert_eq!((house.pbx.parts("150").len(), house.pbx.led()), (1, Vec::new()));
}

#[tokio::test]
async fn who_has_hung_up_hears_nothing_and_nobody_is_rung_for_them() {
    let mut house = House::open().await;
    let (callid, name) = caller(&mut house, "ivrapp").await;
    house.steer(&name, vec![say()]).await.unwrap();
    house.pbx.hang_up(callid);
    for verbs in [vec![say()], vec![stream()], vec![transfer("+31207654321")]] {
        assert_eq!(house.steer(&name, verbs).await.unwrap(), Performed::Over);
    }
    assert_eq!(house.pbx.led(), []);
    assert_eq!(house.hang_up(&name).await.unwrap(), Performed::Done);
}

#[tokio::test]
async fn a_live_call_is_ended() {
    let mut house = House::open().await;
    let (_, name) = caller(&mut house, "ivrapp").await;
    assert_eq!(house.steer(&name, vec![Verb::Hangup]).await.unwrap(), Performed::Done);
    assert_eq!(house.pbx.parts("ivrapp"), []);
}

#[tokio::test]
async fn what_a_caller_says_is_heard_until_they_go() {
    let house = House::open().await;
    let callid = house.pbx.ring("0612345678", "", "ivrapp");
    let control = Control::new(house.pbx.url(), crate::common::CLIENT, crate::common::KEY.into());
    let clock = house.clock.clone();
    let control = CallControl::new(control, crate::common::http(), Clock::new(move || clock.now()));
    let part = control.participants("ivrapp").await.unwrap().remove(0);
    let mut said = Box::pin(control.listen("ivrapp", part.id).await.unwrap());
    let mut bytes = 0;
    while bytes < 16_000 {
        bytes += soon(said.next()).await.unwrap().unwrap().len();
    }
    assert!(control.attach("ivrapp", part.id, &[("a".to_owned(), "1".to_owned())]).await.unwrap());
    house.pbx.hang_up(callid);
    while let Some(piece) = soon(said.next()).await {
        bytes += piece.unwrap().len();
    }
    assert_eq!(bytes, 16_000);
    assert_eq!(control.extension("nobody").await.unwrap().map(|dn| dn.dn), None);
}
