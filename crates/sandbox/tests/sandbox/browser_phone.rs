//! The browser phone: what its page asks for, and what a person at it may do when.

use crate::common::{BUSINESS, Bench, digits, names, say, soon};
use frontdesk_core::{
    event::{EndCause, Event},
    ports::{CallCommand, Performed, ReceivedAbout},
    reply::{Reply, Verb},
};
use rstest::rstest;
use serde_json::{Value, json};

const ME: &str = "+15005550199";

#[tokio::test]
async fn a_person_picks_up_presses_a_key_and_hears_the_answer() {
    let bench = Bench::start().await;
    let (call_id, placed) = bench.place(ME).await;
    placed.unwrap();
    let calls: Value = bench.get("/sandbox/api/calls?active=true").await.json().await.unwrap();
    let call = &calls[0];
    assert_eq!((&call["state"], &call["scripted"], &call["asking"]), (&json!("ringing"), &json!(false), &json!(false)));
    assert_eq!((&call["call_id"], &call["from"], &call["to"]), (&json!(call_id), &json!(BUSINESS), &json!(ME)));
    let path = format!("/sandbox/api/calls/{}", call["id"].as_str().unwrap());
    let (status, answered) = bench.post(&format!("{path}/answer"), json!({})).await;
    assert_eq!((status, &answered["state"]), (200, &json!("in_progress")));
    bench.call(|call| call.asking).await;
    assert_eq!(bench.post(&format!("{path}/digits"), json!({"digits": "1"})).await.0, 200);
    let seen = bench.ended().await;
    assert_eq!(names(&seen), ["ringing", "answered", "digits", "ended"]);
    let calls: Value = bench.get("/sandbox/api/calls").await.json().await.unwrap();
    assert_eq!(calls[0]["heard"], json!(["Hello.", "Press a key.", "Thank you."]));
    assert_eq!((&calls[0]["state"], &calls[0]["language"]), (&json!("ended"), &json!("en-US")));
    let active: Value = bench.get("/sandbox/api/calls?active=true").await.json().await.unwrap();
    assert_eq!(active, json!([]));
}

#[rstest]
#[case(&["1234"], "1234")]
#[case(&["1", "2", "3", "4"], "1234")]
#[case(&["1", "2", "#"], "12")]
#[tokio::test]
async fn longer_answers_are_gathered_key_by_key(#[case] pressed: &[&str], #[case] want: &str) {
    let bench = Bench::start().await;
    bench.place(ME).await.1.unwrap();
    let id = bench.call(|call| call.state == "ringing").await.id;
    bench.carrier.answer(&id).unwrap();
    bench.call(|call| call.asking).await;
    bench.carrier.press(&id, "9").unwrap();
    bench.call(|call| call.asking && call.heard.len() == 3).await;
    for keys in pressed {
        bench.carrier.press(&id, keys).unwrap();
    }
    let seen = bench.ended().await;
    assert_eq!(digits(&seen), [(1, "9".to_owned()), (2, want.to_owned())]);
}

#[tokio::test]
async fn a_key_stands_for_the_message_that_nobody_can_speak_here() {
    let bench = Bench::start().await;
    bench.place(ME).await.1.unwrap();
    let id = bench.call(|call| call.state == "ringing").await.id;
    bench.carrier.answer(&id).unwrap();
    bench.call(|call| call.asking).await;
    bench.carrier.press(&id, "0").unwrap();
    bench.call(|call| call.asking && call.heard.last().is_some_and(|heard| heard == "(beep)")).await;
    bench.carrier.press(&id, "#").unwrap();
    bench.call(|call| call.heard.last().is_some_and(|heard| heard == "Thank you.")).await;
    assert_eq!(names(&bench.ended().await), ["ringing", "answered", "digits", "recorded", "ended"]);
}

#[tokio::test]
async fn whoever_is_told_something_else_stops_to_hear_what_they_heard() {
    let bench = Bench::start().await;
    let (call_id, placed) = bench.place(ME).await;
    placed.unwrap();
    let id = bench.call(|call| call.state == "ringing").await.id;
    let reply = Reply(vec![say("Please call us back."), Verb::Hangup]);
    let steer = CallCommand::Steer { call_id, provider_call_id: id.clone(), reply };
    assert_eq!(bench.perform(&steer).await.unwrap(), Performed::Over, "nobody is on the line yet");
    bench.carrier.answer(&id).unwrap();
    bench.call(|call| call.asking).await;
    assert_eq!(bench.perform(&steer).await.unwrap(), Performed::Done);
    assert_eq!(names(&bench.ended().await), ["ringing", "answered", "ended"]);
    let heard = bench.call(|call| call.state == "ended").await.heard;
    assert_eq!(heard, ["Hello.", "Press a key.", "Please call us back."]);
    assert_eq!(bench.perform(&steer).await.unwrap(), Performed::Over);
}

#[tokio::test]
async fn a_declined_call_ends_as_declined() {
    let bench = Bench::start().await;
    bench.place(ME).await.1.unwrap();
    let id = bench.call(|call| call.state == "ringing").await.id;
    assert_eq!(bench.post(&format!("/sandbox/api/calls/{id}/decline"), json!({})).await.0, 200);
    let seen = bench.ended().await;
    assert_eq!(seen.last().unwrap().received.event, Event::Ended { cause: EndCause::Declined, seconds: None });
}

#[tokio::test]
async fn hanging_up_ends_the_call_for_the_gateway_too() {
    let bench = Bench::start().await;
    bench.place(ME).await.1.unwrap();
    let id = bench.call(|call| call.state == "ringing").await.id;
    bench.carrier.answer(&id).unwrap();
    bench.call(|call| call.asking).await;
    assert_eq!(bench.post(&format!("/sandbox/api/calls/{id}/hangup"), json!({})).await.0, 200);
    assert_eq!(names(&bench.ended().await), ["ringing", "answered", "ended"]);
}

#[tokio::test]
async fn a_telephone_that_nobody_answers_stops_ringing() {
    let bench = Bench::start().await;
    let (_, command) = crate::common::place("short", ME);
    let frontdesk_core::ports::CallCommand::Place(mut place) = command else { panic!("not a placement") };
    place.ring_seconds = 0;
    bench.perform(&frontdesk_core::ports::CallCommand::Place(place)).await.unwrap();
    let seen = bench.ended().await;
    assert_eq!(seen.last().unwrap().received.event, Event::Ended { cause: EndCause::NoAnswer, seconds: None });
}

#[tokio::test]
async fn somebody_rings_the_business_and_walks_the_flow() {
    let bench = Bench::start().await;
    let (status, call) = bench.post("/sandbox/api/calls", json!({"from": ME})).await;
    assert_eq!((status, &call["to"], &call["call_id"]), (201, &json!(BUSINESS), &Value::Null));
    let id = call["id"].as_str().unwrap().to_owned();
    bench.call(|call| call.asking).await;
    bench.carrier.press(&id, "1").unwrap();
    let seen = bench.ended().await;
    assert_eq!(names(&seen), ["incoming", "digits", "ended"]);
    let ReceivedAbout::Call { call, provider_call_id, parties } = &seen[0].received.about else {
        panic!("not about a call")
    };
    assert_eq!(*call, frontdesk_core::call::CallRef::Theirs { provider: "sandbox".to_owned(), id: id.clone() });
    assert_eq!(provider_call_id.as_ref(), Some(&id));
    assert_eq!(*parties, Some((crate::common::phone(ME), crate::common::phone(BUSINESS))));
}

#[tokio::test]
async fn a_call_that_came_in_is_found_by_the_carriers_name() {
    use frontdesk_core::ports::Performed;
    let bench = Bench::start().await;
    let (_, call) = bench.post("/sandbox/api/calls", json!({"from": ME})).await;
    let theirs = call["id"].as_str().unwrap().to_owned();
    bench.call(|call| call.asking).await;
    let (ours, _) = crate::common::place("never placed", ME);
    let find = crate::common::find(ours, Some(theirs.clone()));
    let found = bench.perform(&find).await.unwrap();
    assert_eq!(found, Performed::Found { provider_call_id: theirs, ended: None });
}

#[tokio::test]
async fn a_customers_message_reaches_the_gateway_once() {
    let bench = Bench::start().await;
    bench.fail(1);
    let (status, message) =
        bench.post("/sandbox/api/messages", json!({"from": ME, "to": BUSINESS, "body": "Yes"})).await;
    assert_eq!((status, &message["channel"]), (201, &json!("sms")));
    let seen = bench.until(|seen| seen.len() == 2).await;
    assert_eq!(seen[0].received.once, seen[1].received.once);
    let ReceivedAbout::Message { from, body, .. } = &seen[1].received.about else { panic!("not a message") };
    assert_eq!((from.reveal(), body.as_str()), (ME, "Yes"));
    let listed: Value =
        bench.get(&format!("/sandbox/api/messages?to={}", BUSINESS.replace('+', "%2B"))).await.json().await.unwrap();
    assert_eq!(listed[0]["body"], "Yes");
}

#[tokio::test]
async fn what_is_not_possible_now_is_a_conflict() {
    let bench = Bench::start().await;
    bench.place(ME).await.1.unwrap();
    let id = bench.call(|call| call.state == "ringing").await.id;
    let path = format!("/sandbox/api/calls/{id}");
    for (action, body) in [("digits", json!({"digits": "1"})), ("hangup", json!({}))] {
        let (status, problem) = bench.post(&format!("{path}/{action}"), body).await;
        assert_eq!(status, 409, "{action}");
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    }
    bench.carrier.answer(&id).unwrap();
    for action in ["answer", "decline"] {
        assert_eq!(bench.post(&format!("{path}/{action}"), json!({})).await.0, 409, "{action}");
    }
    assert_eq!(bench.post(&format!("{path}/digits"), json!({"digits": "x"})).await.0, 422);
    assert_eq!(bench.post("/sandbox/api/calls/SCnone/answer", json!({})).await.0, 404);
    let odd = bench.get("/sandbox/api/calls?active=perhaps").await;
    assert_eq!(
        (odd.status().as_u16(), &odd.headers()["content-type"]),
        (400, &"application/problem+json".parse().unwrap())
    );
    assert_eq!(bench.post("/sandbox/api/calls", json!({"from": "nobody"})).await.0, 422);
}

#[tokio::test]
async fn a_scripted_callee_is_left_alone() {
    let bench = Bench::start().await;
    bench.hold(u32::MAX);
    bench.place("+15005550101").await.1.unwrap();
    let call = bench.call(|call| call.state == "in_progress").await;
    assert!(call.scripted);
    let (status, problem) = bench.post(&format!("/sandbox/api/calls/{}/hangup", call.id), json!({})).await;
    assert_eq!((status, &problem["detail"]), (409, &json!("a script holds this telephone")));
}

#[tokio::test]
async fn listeners_are_greeted_and_told_of_changes_until_the_carrier_stops() {
    let bench = Bench::start().await;
    let mut stream = bench.get("/sandbox/api/events").await;
    let mut text = String::new();
    while !text.contains("event: hello") {
        text.push_str(std::str::from_utf8(&soon(stream.chunk()).await.unwrap().unwrap()).unwrap());
    }
    assert!(!text.contains("event: change"));
    bench.place(ME).await.1.unwrap();
    while !text.contains("event: change") {
        text.push_str(std::str::from_utf8(&soon(stream.chunk()).await.unwrap().unwrap()).unwrap());
    }
    soon(bench.carrier.shutdown()).await;
    while soon(stream.chunk()).await.unwrap().is_some() {}
}

#[tokio::test]
async fn the_page_and_its_parts_are_served_from_the_program_itself() {
    let bench = Bench::start().await;
    let page = bench.get("/sandbox").await;
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
    assert!(page.text().await.unwrap().contains("/sandbox/assets/phone.js"));
    let script = bench.get("/sandbox/assets/phone.js").await;
    assert_eq!(script.headers()["content-type"], "text/javascript; charset=utf-8");
    let tag = script.headers()["etag"].clone();
    let url = bench.url.join("/sandbox/assets/phone.js").unwrap();
    assert_eq!(bench.http.get(url).header("if-none-match", tag).send().await.unwrap().status(), 304);
    assert_eq!(bench.get("/sandbox/assets/../Cargo.toml").await.status(), 404);
}

#[tokio::test]
async fn messages_are_found_by_a_number_whose_plus_was_not_escaped() {
    let bench = Bench::start().await;
    let body = json!({"from": ME, "to": "+14155550123", "body": "Hello?"});
    assert_eq!(bench.post("/sandbox/api/messages", body).await.0, 201);
    for to in ["+14155550123", "%2B14155550123"] {
        let found: Value = bench.get(&format!("/sandbox/api/messages?to={to}")).await.json().await.unwrap();
        assert_eq!(found.as_array().unwrap().len(), 1, "{to}");
    }
}

#[rstest]
#[case("/sandbox/api/calls", "from")]
#[case("/sandbox/api/messages", "body")]
#[tokio::test]
async fn a_request_that_lacks_something_is_told_what_it_looks_like(#[case] path: &str, #[case] member: &str) {
    let bench = Bench::start().await;
    let (status, said) = bench.post(path, json!({})).await;
    assert_eq!(status, 422);
    assert!(said["detail"].as_str().unwrap().contains(&format!("{member:?}:")), "{said}");
}
