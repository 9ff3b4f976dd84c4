//! From replies to callflows.

use crate::common::alone;
use frontdesk_core::{
    event::Event,
    ports::CallProvider,
    reply::{Reply, Verb},
    speech::Language,
};
use frontdesk_testkit::{BUSINESS_PHONE, DESK_PHONE, phone, suite::call_provider::live_call};
use serde_json::{Value, json};

const CALL: &str = "call";

fn say(text: &str) -> Verb {
    Verb::Say { text: text.to_owned(), language: Language::En }
}

fn ask(digits: u8) -> Verb {
    let (step, prompt) = ("menu".to_owned(), "Press 1.".to_owned());
    Verb::Ask { step, turn: 2, prompt, language: Language::Es, digits, timeout_seconds: 6, speech: false }
}

/// The callflow, with our name for the call replaced in the id.
fn rendered(verbs: Vec<Verb>) -> Value {
    let call = live_call("eightxeight");
    let response = alone().render(&Reply(verbs), Some(&call));
    assert_eq!((response.status, response.content_type), (200, "application/json"));
    serde_json::from_str(&response.body.replace(&call.id.0.simple().to_string(), CALL)).unwrap()
}

fn actions(verbs: Vec<Verb>) -> Vec<String> {
    let flow = rendered(verbs)["callflow"].as_array().unwrap().clone();
    flow.iter().map(|action| action["action"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_question_is_the_last_action_and_names_call_step_and_turn() {
    assert_eq!(
        rendered(vec![say("Sorry."), ask(1), say("never heard"), Verb::Hangup]),
        json!({
            "clientActionId": "call.q.2.menu",
            "callflow": [
                {"action": "say", "params": {
                    "text": "Sorry.", "voiceProfile": "en-US-BenjaminRUS", "repetition": 1, "speed": 1,
                }},
                {"action": "sayAndCapture", "params": {
                    "promptMessage": "Press 1.", "voiceProfile": "es-ES-ElviraNeural", "speed": 1, "minDigits": 1,
                    "maxDigits": 1, "digitTimeout": 6000, "overallTimeout": 7000, "completeOnHash": false, "noOfTries": 1,
                }},
            ],
        })
    );
}

#[test]
fn a_longer_entry_may_be_ended_by_the_hash_and_has_time_for_every_key() {
    let flow = rendered(vec![ask(4)]);
    let params = &flow["callflow"][0]["params"];
    assert_eq!(params["maxDigits"], 4);
    assert_eq!(params["completeOnHash"], true);
    assert_eq!((&params["digitTimeout"], &params["overallTimeout"]), (&json!(6_000), &json!(25_000)));
}

#[test]
fn whatever_does_not_go_on_hangs_up() {
    assert_eq!(actions(vec![say("Goodbye."), Verb::Hangup]), ["say", "hangup"]);
    assert_eq!(actions(vec![say("Goodbye.")]), ["say", "hangup"]);
    assert_eq!(actions(vec![Verb::Pause { seconds: 1 }]), ["hangup"]);
    assert_eq!(actions(vec![say("")]), ["hangup"]);
    assert_eq!(actions(vec![Verb::Play { url: "https://desk.example/a.mp3".to_owned() }]), ["playFile", "hangup"]);
}

#[test]
fn a_transfer_dials_the_desk_from_the_business() {
    let transfer = Verb::Transfer { to: phone(DESK_PHONE), from: phone(BUSINESS_PHONE) };
    let flow = rendered(vec![transfer, Verb::Hangup]);
    let dial = json!({"action": "makeCall", "params": {"source": BUSINESS_PHONE, "destination": DESK_PHONE}});
    assert_eq!(flow, json!({"clientActionId": "call.b", "callflow": [dial]}));
}

#[test]
fn a_caller_who_waits_hears_so_and_comes_back_with_what_they_pressed() {
    let event = Event::Digits { step: "menu".to_owned(), turn: 2, digits: "*".to_owned() };
    let resume = Verb::Resume { event: Box::new(event), hold: 1, call: None };
    let flow = rendered(vec![say("One moment, please."), Verb::Pause { seconds: 1 }, resume]);
    assert_eq!(flow["clientActionId"], "call.h1.d.s.2.menu");
    assert_eq!(flow["callflow"].as_array().unwrap().len(), 1);
    assert_eq!(flow["callflow"][0]["action"], "sayAndCapture");
    assert_eq!(flow["callflow"][0]["params"]["promptMessage"], "One moment, please.");
}

#[test]
fn news_that_needs_no_answer_does_not_touch_a_live_call() {
    let mut call = live_call("eightxeight");
    assert_eq!(alone().render(&Reply::default(), Some(&call)).body, "{}");
    call.walk.finished = true;
    let hung_up = r#"{"callflow":[{"action":"hangup"}]}"#;
    assert_eq!(alone().render(&Reply::default(), Some(&call)).body, hung_up);
    assert_eq!(alone().render(&Reply::default(), None).body, hung_up);
}
