//! What a voice agent and a caller said, as the desk finds it with the call.

use crate::common::{House, noon};
use frontdesk_core::{
    call::CallRef,
    personal::Said,
    ports::{Decision, IvrStore, Subject},
    talk::{Speaker, Talk, TalkEnd},
};
use serde_json::json;

async fn talked(house: &House, words: &str) -> String {
    let body = json!({ "event": "incoming", "call": "IN-1", "from": "+6591234567", "to": "+6561234567" });
    house.ask(crate::common::webhook("voice", &body.to_string())).await;
    let calls = house.get("/api/v1/calls").await.json();
    let id = calls["items"][0]["id"].as_str().expect("somebody rang").to_owned();
    let said = |text| Said::new(text, 200).expect("words");
    let talk = Talk {
        conversation: Some("conv_1".to_owned()),
        end: TalkEnd::AgentDone,
        lines: vec![(400, Speaker::Agent, said("Good morning.")), (62_000, Speaker::Caller, said(words))],
        first_word_ms: Some(400),
        turns_ms: vec![900],
        interruptions: 2,
        dropped: 0,
    };
    let call = CallRef::Ours(id.parse().expect("an id"));
    let keep = Box::new(move |loaded: frontdesk_core::ports::Loaded| {
        let call = loaded.call.map(|mut call| {
            call.talk = Some(Box::new(talk));
            call
        });
        Decision { call, ..Decision::default() }
    });
    house.store.advance(Subject::Call(call), None, noon(), keep).await.expect("the store answers");
    id
}

#[tokio::test]
async fn the_desk_reads_what_was_said_and_how_quick_the_answers_were() {
    let house = House::default();
    let id = talked(&house, "On <b>Tuesday</b>, please.").await;
    let shown = house.get(&format!("/api/v1/calls/{id}")).await.json();
    let talk = &shown["conversation"];
    assert_eq!((&talk["end"], &talk["usual_turn_ms"]), (&json!("agent_done"), &json!(900)), "{shown}");
    assert_eq!(talk["lines"][1], json!({ "at_ms": 62_000, "who": "caller", "said": "On <b>Tuesday</b>, please." }));
    let page = house.get(&format!("/calls/{id}")).await.body;
    assert!(page.contains("The conversation") && page.contains("1:02") && page.contains("0.4 s"), "{page}");
    assert!(page.contains("&#60;b&#62;Tuesday") && !page.contains("<b>Tuesday"), "{page}");
}
