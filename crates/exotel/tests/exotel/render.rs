//! What each applet reads of a reply.

use crate::common::{SECRET, alone, config, http, nobody};
use frontdesk_core::{
    event::Event,
    ports::{CallProvider, MediaLine, WebhookRequest, WebhookResponse},
    reply::{Reply, Verb},
    speech::Language,
};
use frontdesk_exotel::Exotel;
use frontdesk_testkit::{BUSINESS_PHONE, DESK_PHONE, phone};
use rstest::rstest;
use serde_json::{Value, json};

fn say(text: &str) -> Verb {
    Verb::Say { text: text.to_owned(), language: Language::En }
}

fn ask(digits: u8) -> Verb {
    let (step, prompt) = ("menu".to_owned(), "Press 1.".to_owned());
    Verb::Ask { step, turn: 1, prompt, language: Language::En, digits, timeout_seconds: 6, speech: false }
}

fn transfer() -> Verb {
    Verb::Transfer { to: phone(DESK_PHONE), from: phone(BUSINESS_PHONE) }
}

fn play(url: &str) -> Verb {
    Verb::Play { url: url.to_owned() }
}

fn resume() -> Verb {
    Verb::Resume { event: Box::new(Event::Incoming), hold: 1, call: None }
}

fn answer(hook: &str, verbs: &[Verb]) -> WebhookResponse {
    alone().answer(hook, &Reply(verbs.to_vec()), None)
}

fn body(response: &WebhookResponse) -> Value {
    assert_eq!((response.status, response.content_type), (200, "application/json"));
    serde_json::from_str(&response.body).unwrap()
}

#[test]
fn a_question_is_a_gather_with_everything_that_is_said_before_it() {
    let gather = body(&answer("gather", &[say("Hello\nAna."), ask(1)]));
    assert_eq!(
        gather,
        json!({
            "gather_prompt": {"text": "Hello Ana. Press 1."}, "max_input_digits": 1, "finish_on_key": "",
            "input_timeout": 6, "repeat_menu": 0,
        })
    );
    let longer = body(&answer("gather/2", &[ask(6)]));
    assert_eq!((&longer["max_input_digits"], &longer["finish_on_key"]), (&json!(6), &json!("#")));
}

#[test]
fn a_gather_without_a_question_speaks_and_listens_no_longer_than_it_must() {
    let last = body(&answer("gather/1", &[say("Goodbye."), Verb::Hangup]));
    assert_eq!((&last["gather_prompt"], &last["input_timeout"]), (&json!({"text": "Goodbye."}), &json!(1)));
    let sound = body(&answer("gather/1", &[play("https://desk.example/bye.wav"), Verb::Hangup]));
    assert_eq!(sound["gather_prompt"], json!({"audio_url": "https://desk.example/bye.wav"}));
    let silent = body(&answer("gather/1", &[Verb::Hangup]));
    assert_eq!(silent["gather_prompt"], json!({"text": "."}));
}

#[test]
fn a_greeting_is_bare_text_in_one_line_or_one_sound_a_line() {
    let plain = |verbs: &[Verb], text: &str| {
        let response = answer("greeting/1", verbs);
        assert_eq!((response.status, response.content_type, response.body.as_str()), (200, "text/plain", text));
    };
    plain(&[say("See you\r\ntomorrow."), say("Goodbye."), Verb::Hangup], "See you tomorrow. Goodbye.");
    plain(
        &[play("https://a.example/1.wav"), play("https://a.example/2.wav")],
        "https://a.example/1.wav\nhttps://a.example/2.wav",
    );
    plain(&[], ".");
}

#[test]
fn a_connect_rings_the_desk_and_without_a_transfer_nobody() {
    let connect = body(&answer("connect/1", &[say("One moment."), transfer()]));
    assert_eq!(
        connect,
        json!({
            "destination": {"numbers": [DESK_PHONE]}, "outgoing_phone_number": BUSINESS_PHONE,
            "max_ringing_duration": 30, "fetch_after_attempt": false,
        })
    );
    assert_eq!(body(&answer("connect/1", &[Verb::Hangup]))["destination"]["numbers"], json!([]));
}

#[rstest]
#[case(&[say("Hello."), ask(1)], "ask")]
#[case(&[say("One moment."), transfer()], "connect")]
#[case(&[say("Goodbye."), Verb::Hangup], "say")]
#[case(&[Verb::Hangup], "end")]
#[case(&[], "end")]
#[case(&[say("One moment."), resume()], "again")]
fn a_switch_says_which_way_to_go(#[case] verbs: &[Verb], #[case] case: &str) {
    let response = answer("switch/1", verbs);
    assert_eq!((response.status, response.content_type), (200, "text/plain"));
    assert_eq!(response.body, format!("{{\"select\":\"{case}\"}}"));
}

#[rstest]
#[case("gather")]
#[case("greeting/1")]
#[case("connect/1")]
fn what_is_not_decided_in_time_is_left_to_the_fallback(#[case] hook: &str) {
    assert_eq!(answer(hook, &[say("One moment."), resume()]).status, 503);
}

#[test]
fn news_are_only_acknowledged() {
    for hook in ["status", "sms"] {
        assert_eq!(body(&answer(hook, &[])), json!({}));
    }
}

#[test]
fn a_voicebot_is_told_the_socket_the_call_and_its_token_and_nothing_of_the_caller() {
    let told = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let parameters =
        vec![told("From", "+15005550101"), told("call_id", "c1"), told("token", "t1"), told("name", "Ana")];
    let stream = Verb::Stream { url: "wss://desk.example/api/v1/voice/exotel-stream".to_owned(), parameters };
    let voicebot = body(&answer("voicebot", std::slice::from_ref(&stream)));
    let url = "wss://frontdesk:secret-of-the-test@desk.example/api/v1/voice/exotel-stream?call_id=c1&token=t1";
    assert_eq!(voicebot, json!({ "url": url }));
    assert!(answer("switch", &[stream]).body.contains("stream"));
    assert_eq!(answer("voicebot", &[ask(1)]).status, 404);
    assert_eq!(answer("voicebot", &[resume()]).status, 503);
}

#[test]
fn where_webhooks_are_let_in_without_proof_no_answer_tells_the_secret() {
    let mut open = config(&nobody(), &nobody());
    open.insecure_webhooks = true;
    let adapter = Exotel::new(open, http());
    let url = "wss://desk.example/api/v1/voice/exotel-stream";
    let stream = Verb::Stream { url: url.to_owned(), parameters: vec![("token".to_owned(), "t1".to_owned())] };
    for hook in ["voicebot", "switch", "gather", "greeting", "connect", "status", "sms"] {
        let told = adapter.answer(hook, &Reply(vec![stream.clone()]), None).body;
        assert!(!told.contains(SECRET), "{hook}: {told}");
    }
    let voicebot = body(&adapter.answer("voicebot", &Reply(vec![stream]), None));
    assert_eq!(voicebot, json!({ "url": format!("{url}?token=t1") }));
    let upgrade = WebhookRequest {
        method: "GET".to_owned(),
        hook: "exotel-stream".to_owned(),
        url: url.replace("wss:", "https:"),
        headers: Vec::new(),
        body: Vec::new(),
        peer: None,
    };
    assert_eq!(adapter.line().admit(&upgrade, chrono::DateTime::UNIX_EPOCH), Ok(()), "the socket is open as well");
}
