//! Seed 004's four scenarios, and what else becomes of a caller who talks with a voice agent: a whole gateway between a
//! pretended Twilio that streams and a pretended ElevenLabs that speaks its own protocol.

use crate::{
    common::House,
    vendors::{env_of_twilio, twilio},
};
use frontdesk_testkit::{
    carriers::{
        Script,
        twilio::{CallView, Heard, OnStream, Twilio},
    },
    elevenlabs::{AgentSettings, ElevenLabs, Talk},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{sync::mpsc::UnboundedReceiver, task::JoinHandle};

const CALLER: &str = "+15551234567";
const NUMBER: &str = "+15005550009";
const DESK: &str = "+15005550055";
const AGENT: &str = "agent_front_desk";
const KEY: &str = "xi-key-of-the-test";

/// Open at any hour, for the tests run at any hour.
const WORKSHOP: &str = r#"
inbound = "stream"
[businesses.workshop]
name = "Bart's Automotive"
phone = "+15005550009"
desk = "+15005550055"
time_zone = "America/New_York"
hours = "00:00-24:00"
[businesses.workshop.opening]
hours = "00:00-24:00"
[businesses.workshop.policy]
messages = []
"#;

struct Bench {
    house: House,
    carrier: Twilio,
    agent: ElevenLabs,
    streams: UnboundedReceiver<OnStream>,
}

/// A call that is connected: who is on the line, the agent's end, and the call once it is over.
struct Connected {
    line: OnStream,
    talk: Talk,
    over: JoinHandle<CallView>,
}

/// What comes before anybody would lose patience.
async fn within<T>(coming: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(Duration::from_secs(20), coming).await.ok()
}

impl Bench {
    async fn open() -> Self {
        let carrier = twilio().await;
        let agent = ElevenLabs::start(KEY, AgentSettings::telephone(AGENT)).await.unwrap();
        let (api, talks) = (carrier.url(), agent.url());
        let env = move |url: &str| {
            let agent = format!("ELEVENLABS_API_KEY={KEY}\nELEVENLABS_AGENT_ID={AGENT}\nELEVENLABS_BASE_URL={talks}\n");
            format!("BASE_URL={url}\n{}{agent}", env_of_twilio(api.as_str()))
        };
        let house = House::with_env(WORKSHOP, &[], env).await;
        let streams = carrier.opens_streams(house.running.url.parse().unwrap());
        Self { house, carrier, agent, streams }
    }

    /// An appointment of the caller's, two days from now.
    async fn known(&self) -> String {
        let starts_at = (frontdesk_gateway::clock::now() + chrono::Duration::days(2)).to_rfc3339();
        let body = json!({
            "customer": { "name": "Ana Lim", "phone": CALLER }, "starts_at": starts_at, "service": "Brakes",
            "confirm": "none",
        });
        let answer = self.house.ask(Method::POST, "/api/v1/appointments").json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        let booked: Value = answer.json().await.unwrap();
        booked["id"].as_str().unwrap().to_owned()
    }

    fn ring(&self, script: Script) -> JoinHandle<CallView> {
        let hook = |name: &str| format!("{}/api/v1/webhooks/{name}", self.house.running.url);
        let (voice, status, carrier) = (hook("incoming-call"), hook("call-status"), self.carrier.clone());
        tokio::spawn(async move { carrier.ring(CALLER, NUMBER, &voice, &status, script).await })
    }

    async fn connect(&mut self) -> Connected {
        let over = self.ring(Script::presses([]));
        let line = within(self.streams.recv()).await.unwrap_or_else(|| panic!("{:?}", self.carrier.complaints()));
        let line = line.expect("the carrier is there");
        let talk = within(self.agent.talk()).await.unwrap_or_else(|| panic!("{:?}", self.agent.requests()));
        Connected { line, talk, over }
    }

    /// The only call, once it is over and what was said in it is kept: the carrier may tell of its end before the stream has
    /// noticed.
    async fn call(&self) -> Value {
        let listed = self.house.get("/api/v1/calls").await;
        let path = format!("/api/v1/calls/{}", listed["items"][0]["id"].as_str().unwrap());
        within(async {
            loop {
                let call = self.house.get(&path).await;
                if call["state"] == "ended" && call["conversation"].is_object() {
                    return call;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await
        .expect("what was said is never kept")
    }

    async fn close(self) {
        assert_eq!(self.carrier.complaints(), []);
        self.house.running.stop().await.unwrap();
    }
}

impl Connected {
    /// The agent's next sound as the caller hears it.
    async fn sound(&mut self) -> Vec<u8> {
        loop {
            match self.line.heard().await {
                Some(Heard::Sound(sound)) => return sound,
                Some(_) => {}
                None => panic!("the stream was closed"),
            }
        }
    }

    /// What comes of a wish of the agent's.
    async fn tool(&mut self, id: &str, tool: &str, parameters: Value) -> (Value, bool) {
        self.talk.wants(id, tool, &parameters);
        let result = self.talk.next_of("client_tool_result").await;
        assert_eq!(result["tool_call_id"], id, "{result}");
        let told = serde_json::from_str(result["result"].as_str().unwrap()).unwrap();
        (told, result["is_error"] == true)
    }

    /// The agent says goodbye, and the call comes to its end.
    async fn goodbye(self) -> CallView {
        let Self { line, talk, over } = self;
        talk.ends_call();
        let over = over.await.unwrap();
        drop((line, talk));
        over
    }
}

fn variable<'a>(talk: &'a Talk, name: &str) -> &'a Value {
    &talk.initiation["dynamic_variables"][name]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_caller_books_and_the_calendar_shows_it() {
    let mut bench = Bench::open().await;
    let mut call = bench.connect().await;
    assert_eq!(variable(&call.talk, "next_appointment"), "", "nobody knows them");
    call.talk.says(1, b"Good morning.");
    assert_eq!(call.sound().await, b"Good morning.");
    call.line.say(&[0x55; 320]);
    let heard = call.talk.next().await.unwrap();
    assert!(heard["user_audio_chunk"].is_string(), "{heard}");

    let (slots, failed) = call.tool("t1", "free_slots", json!({})).await;
    assert!(!failed, "{slots}");
    let starts_at = slots["slots"][0]["starts_at"].clone();
    let wish = json!({ "starts_at": starts_at, "name": "Bo Chen", "service": "Oil change" });
    let (booked, failed) = call.tool("t2", "book", wish.clone()).await;
    assert!(!failed && booked["appointment_id"].is_string(), "{booked}");
    // An agent that wants the same once more is told that it is booked.
    assert_eq!(call.tool("t3", "book", wish).await.0["appointment_id"], booked["appointment_id"]);
    call.goodbye().await;

    let listed = bench.house.get("/api/v1/appointments").await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
    let appointment = &listed["items"][0];
    assert_eq!((&appointment["id"], &appointment["customer"]["phone"]), (&booked["appointment_id"], &json!(CALLER)));
    assert_eq!(bench.call().await["outcome"], "booked");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_caller_is_greeted_by_name_and_moves_their_appointment() {
    let mut bench = Bench::open().await;
    let id = bench.known().await;
    let mut call = bench.connect().await;
    assert_eq!(variable(&call.talk, "customer_name"), "Ana Lim");
    assert_ne!(variable(&call.talk, "next_appointment"), "");
    call.talk.says(1, b"Good morning, Ana.");
    call.sound().await;
    let (found, _) = call.tool("t1", "find_appointments", json!({})).await;
    assert_eq!(found["appointments"][0]["appointment_id"], *id, "{found}");
    let (slots, _) = call.tool("t2", "free_slots", json!({})).await;
    let starts_at = slots["slots"][0]["starts_at"].clone();
    let (moved, failed) = call.tool("t3", "move", json!({ "appointment_id": id, "starts_at": starts_at })).await;
    assert!(!failed, "{moved}");
    call.goodbye().await;
    let appointment = bench.house.get(&format!("/api/v1/appointments/{id}")).await;
    let at = |value: &Value| chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap();
    assert_eq!(at(&appointment["starts_at"]), at(&starts_at));
    assert_eq!(appointment["status"], "confirmed", "who chose the time comes");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_speaks_into_the_agents_words_is_not_talked_over() {
    let mut bench = Bench::open().await;
    let mut call = bench.connect().await;
    call.talk.says(1, &[0x11; 8_000]);
    assert_eq!(call.sound().await[0], 0x11);
    call.talk.interrupts(1);
    // What was on its way at the vendor when it was interrupted.
    call.talk.says(1, &[0x22; 8_000]);
    call.talk.says(2, &[0x33; 160]);
    let mut cleared = false;
    loop {
        match call.line.heard().await.unwrap() {
            Heard::Clear => cleared = true,
            Heard::Sound(sound) if sound[0] == 0x33 => break,
            Heard::Sound(sound) => assert_ne!(sound[0], 0x22, "stale words are heard"),
            Heard::Mark(_) => {}
        }
    }
    assert!(cleared, "what was sent and not heard is dropped before the new words");
    call.goodbye().await;
    assert_eq!(bench.call().await["conversation"]["interruptions"], 1);
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_the_call_goes_and_what_was_said_is_kept() {
    let mut bench = Bench::open().await;
    let mut call = bench.connect().await;
    let live = bench.house.get("/api/v1/calls?state=in_progress").await;
    assert_eq!(live["items"][0]["state"], "in_progress", "{live}");
    call.talk.send(json!({ "type": "agent_response", "agent_response_event": { "agent_response": "Hello." } }));
    call.talk.says(1, b"Hello.");
    call.sound().await;
    call.talk.send(
        json!({ "type": "user_transcript", "user_transcription_event": { "user_transcript": "My card is 4111 1111 1111 1111." } }),
    );
    call.talk.says(2, b"Thank you.");
    call.sound().await;
    let heard = call.goodbye().await;
    assert_eq!(heard.status, "completed");
    let kept = bench.call().await;
    assert_eq!(kept["state"], "ended", "{kept}");
    let talk = &kept["conversation"];
    assert_eq!((&talk["end"], &talk["lines"][0]["said"]), (&json!("agent_done"), &json!("Hello.")), "{talk}");
    assert!(talk["first_word_ms"].is_number() && !talk["lines"].to_string().contains("4111"), "{talk}");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_person_is_put_through_by_the_carrier() {
    let mut bench = Bench::open().await;
    let call = bench.connect().await;
    call.talk.wants("t1", "transfer", &json!({}));
    let over = call.over.await.unwrap();
    assert!(over.heard.contains(&format!("(connected to {DESK})")), "{:?}", over.heard);
    call.line.press('1');
    assert_eq!(bench.call().await["outcome"], "transferred");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_whose_agent_breaks_off_hears_the_menu() {
    let mut bench = Bench::open().await;
    bench.known().await;
    let mut call = bench.connect().await;
    call.talk.says(1, b"Good mor");
    call.sound().await;
    call.talk.dies();
    let heard = call.over.await.unwrap().heard;
    assert!(heard.iter().any(|said| said.contains("assistant is not available")), "{heard:?}");
    assert!(heard.iter().any(|said| said.contains("press 1")), "{heard:?}");
    assert_eq!(bench.call().await["conversation"]["end"], "agent_lost");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_agent_cannot_be_had_at_all_the_menu_answers() {
    let bench = Bench::open().await;
    bench.known().await;
    bench.agent.set_agent(|agent| agent.mute = true);
    bench.agent.answer_next(401, json!({ "detail": { "status": "invalid_api_key", "message": "no" } }));
    let over = bench.ring(Script::presses(["1"]));
    let mut streams = bench.streams;
    let line = streams.recv().await.unwrap();
    let heard = over.await.unwrap().heard;
    drop(line);
    assert!(heard.iter().any(|said| said.contains("assistant is not available")), "{heard:?}");
    let listed = bench.house.get("/api/v1/appointments").await;
    assert_eq!(listed["items"][0]["status"], "confirmed", "and keys still count");
    bench.house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_hangs_up_leaves_no_agent_talking() {
    let mut bench = Bench::open().await;
    let mut call = bench.connect().await;
    call.talk.says(1, b"Good morning.");
    call.sound().await;
    let Connected { line, mut talk, over } = call;
    drop(line);
    while talk.next().await.is_some() {}
    over.await.unwrap();
    let kept = bench.call().await;
    assert_eq!((&kept["state"], &kept["conversation"]["end"]), (&json!("ended"), &json!("caller_gone")), "{kept}");
    bench.close().await;
}
