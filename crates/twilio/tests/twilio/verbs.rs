//! Verbs that no built-in flow uses yet, walked by the pretended carrier.

use crate::common::{captured, config, http, now, perform, place, soon, vendor, write};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, Method, Uri},
    response::Response,
    routing::any,
};
use frontdesk_core::{
    event::Event,
    ports::{CallCommand, CallProvider},
    reply::{Reply, Verb},
    speech::Language,
};
use frontdesk_testkit::{Clock, carriers::Script};
use frontdesk_twilio::Twilio;
use std::sync::{Arc, Mutex};

#[derive(Clone)]
struct Door {
    base: String,
    adapter: Arc<Twilio>,
    seen: Arc<Mutex<Vec<Event>>>,
}

fn reply(event: &Event) -> Reply {
    let language = Language::En;
    let say = |text: &str| Verb::Say { text: text.to_owned(), language };
    let (step, prompt) = ("menu".to_owned(), "Press 1 or say yes.".to_owned());
    Reply(match event {
        Event::Answered { .. } => {
            vec![Verb::Ask { step, turn: 1, prompt, language, digits: 1, timeout_seconds: 6, speech: true }]
        }
        Event::Speech { turn, .. } => vec![Verb::Record {
            step: "message".to_owned(),
            turn: turn + 1,
            prompt: "Leave a message.".to_owned(),
            language,
            beep: true,
            max_seconds: 60,
            silence_seconds: 5,
        }],
        Event::Recorded { .. } | Event::Silence { .. } => {
            let parameters = vec![("token".to_owned(), "once & only".to_owned())];
            let url = "https://desk.example/media".to_owned();
            vec![Verb::Stream { url, parameters }, say("Goodbye."), Verb::Hangup]
        }
        _ => Vec::new(),
    })
}

async fn receive(
    State(door): State<Door>,
    Path(hook): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = captured(&method, hook, format!("{}{uri}", door.base), &headers, &body);
    let received = door.adapter.receive(&request, now()).unwrap();
    let reply = reply(&received.event);
    if !matches!(received.event, Event::Noted { .. }) {
        door.seen.lock().unwrap().push(received.event);
    }
    write(door.adapter.render(&reply, None))
}

async fn call(script: Script) -> (Vec<Event>, frontdesk_testkit::carriers::twilio::CallView) {
    let vendor = vendor(&Clock::at(now())).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let mut config = config(&vendor.url(), &base, &Clock::at(now()));
    config.transcribe = true;
    let adapter = Arc::new(Twilio::new(config, http()).unwrap());
    let door = Door { base, adapter, seen: Arc::default() };
    let router = Router::new().route("/webhooks/twilio/{hook}", any(receive)).with_state(door.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    vendor.ledger().script("+15005550199", script);
    perform(&door.adapter, CallCommand::Place(place("verbs", "+15005550199"))).await.unwrap();
    soon(vendor.ledger().settled()).await;
    assert_eq!(vendor.complaints(), []);
    let seen = door.seen.lock().unwrap().clone();
    (seen, vendor.calls().remove(0))
}

#[tokio::test]
async fn words_a_message_and_a_stream_go_there_and_back() {
    let (seen, call) = call(Script::presses(["say yes please", "more to say"])).await;
    let names: Vec<_> = seen.iter().map(Event::name).collect();
    // The recording is told by its own callback, and by the request for what comes next.
    assert_eq!(names, ["ringing", "answered", "speech", "recorded", "transcribed", "recorded", "ended"]);
    assert_eq!(seen[2], Event::Speech { step: "menu".to_owned(), turn: 1, text: "yes please".to_owned() });
    assert_eq!(seen[3], seen[5]);
    let Event::Recorded { step, turn: 2, url, seconds: Some(4) } = &seen[3] else { panic!("{:?}", seen[3]) };
    assert!(step == "message" && url.contains("/Recordings/RE"), "{url}");
    let Event::Transcribed { url: of, words } = &seen[4] else { panic!("{:?}", seen[4]) };
    assert_eq!((of, words.reveal()), (url, "Please ring me back about Thursday."));
    let parameters = vec![("token".to_owned(), "once & only".to_owned())];
    assert_eq!(call.streams, [("wss://desk.example/media".to_owned(), parameters)]);
    assert_eq!(call.heard, ["Press 1 or say yes.", "Leave a message.", "Goodbye."]);
}

#[tokio::test]
async fn a_message_of_nothing_is_silence() {
    let (seen, call) = call(Script::presses(["say yes"])).await;
    let silence = Event::Silence { step: "message".to_owned(), turn: 2 };
    assert_eq!(seen[3..5], [silence.clone(), silence], "told as absent, and by the verb that follows");
    assert_eq!(call.heard.last().unwrap(), "Goodbye.");
}
