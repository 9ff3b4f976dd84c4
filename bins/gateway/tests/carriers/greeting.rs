//! Seed 003 from end to end: a caller of a 3CX switchboard is greeted at once while a consented voice is made ready, between
//! a relay that signs and a pretended ElevenLabs.

use crate::{common::House, seed_003::signed, vendors::SECRET};
use frontdesk_gateway::clock;
use frontdesk_testkit::elevenlabs::{AgentSettings, ElevenLabs, Outbound};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

const CALLER: &str = "+31612345678";
const KEY: &str = "xi-key-of-the-test";
const AGENT: &str = "agent_front_desk";

/// As quick as it may be.
const CLINIC: &str = r#"
[businesses.clinic]
name = "Lakeside Clinic"
phone = "+31201234567"
time_zone = "Europe/Amsterdam"
inbound = "greet"
"#;

struct Bench {
    house: House,
    agent: ElevenLabs,
}

impl Bench {
    async fn open() -> Self {
        let agent = ElevenLabs::start(KEY, AgentSettings::telephone(AGENT)).await.unwrap();
        agent.set_agent(|agent| {
            agent.overrides.extend(["tts.voice_id", "agent.first_message"].map(str::to_owned));
        });
        let api = agent.url();
        let env = move |_: &str| {
            format!(
                "GREETING_VOICE_ID=voice_of_the_desk\nGREETING_MESSAGE=\"Hello thanks for calling. Please hold...\"\n\
                 GREETING_MUSIC_ENABLED=true\nGREETING_MUSIC_URL=https://clinic.example/hold-music.mp3\n\
                 CLONE_MAX_WAIT_SECONDS=35\nAUTO_TRANSITION_ENABLED=true\nVOICE_SAMPLE_STORAGE=local\n\
                 LOCAL_VOICE_SAMPLES_PATH=samples\nELEVENLABS_API_KEY={KEY}\nELEVENLABS_AGENT_ID={AGENT}\n\
                 ELEVENLABS_PHONE_NUMBER_ID=phnum_1\nELEVENLABS_BASE_URL={api}\nTHREECX_WEBHOOK_SECRET={SECRET}\n"
            )
        };
        let more = "[elevenlabs]\nallow_overrides = [\"voice\", \"first_message\"]\n";
        let house = House::with_env(&format!("{CLINIC}{more}"), &[], env).await;
        let samples = house.folder.path().join("samples");
        std::fs::create_dir(&samples).unwrap();
        std::fs::write(samples.join("ana.mp3"), vec![7_u8; 4_096]).unwrap();
        Self { house, agent }
    }

    async fn permits(&self) {
        let body = json!({
            "by": "Ana Lim", "purpose": "so that the assistant speaks to me in my own voice",
            "expires_at": (clock::now() + chrono::Duration::days(30)).to_rfc3339(), "samples": ["ana.mp3"],
        });
        let path = format!("/api/v1/contacts/{CALLER}/voice");
        let answer = self.house.ask(Method::PUT, &path).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    async fn tells(&self, kind: &str) -> Value {
        let body = json!({
            "event_type": kind, "call_id": "abc123-def456-ghi789", "caller_id": CALLER,
            "called_number": "+31201234567", "timestamp": "2025-12-10T12:00:00Z", "direction": "In",
            "duration": if kind == "CallEnded" { Some(12) } else { None }, "recording_url": null,
        })
        .to_string();
        let proof = signed(SECRET, clock::now().timestamp(), &body);
        let request = self.house.http.post(format!("{}/webhook/3cx", self.house.running.url));
        let answer = request.header("X-Signature", proof).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    /// Waits until the vendor was asked for this many calls.
    async fn placed(&self, calls: usize) -> Vec<Outbound> {
        let there = async {
            loop {
                let placed = self.agent.outbound();
                if placed.len() >= calls {
                    return placed;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(40), there).await.expect("the vendor was never asked")
    }
}

fn data(call: &Outbound) -> &Value {
    &call.request["conversation_initiation_client_data"]
}

fn voice(call: &Outbound) -> &Value {
    &data(call)["conversation_config_override"]["tts"]["voice_id"]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_greeted_at_once_and_goes_on_with_the_voice_they_permitted() {
    let bench = Bench::open().await;
    bench.permits().await;
    let answer = bench.tells("IncomingCall").await;
    assert_eq!((&answer["cloned_voice_id"], &answer["status"]), (&json!("pending"), &json!("success")));
    let greeting = bench.placed(1).await.remove(0);
    assert_eq!((voice(&greeting), &greeting.request["to_number"]), (&json!("voice_of_the_desk"), &json!(CALLER)));
    let told = &data(&greeting)["dynamic_variables"];
    assert_eq!((&told["caller_id"], &told["threecx_call_id"]), (&json!(CALLER), &json!("abc123-def456-ghi789")));
    assert_eq!(told["message"], "Hello thanks for calling. Please hold...");
    assert_eq!(told["gateway_call_id"], answer["call_id"], "the seed's greeting call");

    let agent = bench.placed(2).await.remove(1);
    let voices = bench.agent.voices();
    assert_eq!(voices.len(), 1, "one voice is made");
    assert_eq!(voice(&agent), voices[0].id.as_str());
    assert_eq!(data(&agent)["dynamic_variables"]["cloned_voice_id"], voices[0].id.as_str());
    bench.house.running.stop().await.unwrap();
    assert_eq!(bench.agent.outbound().len(), 2, "nobody is dialled twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_webhook_greets_once() {
    let bench = Bench::open().await;
    bench.permits().await;
    let first = bench.tells("IncomingCall").await;
    for _ in 0..3 {
        assert_eq!(bench.tells("IncomingCall").await, first);
    }
    bench.placed(2).await;
    bench.house.running.stop().await.unwrap();
    assert_eq!(bench.agent.outbound().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_hangs_up_is_not_rung_by_the_agent() {
    let bench = Bench::open().await;
    bench.permits().await;
    bench.tells("IncomingCall").await;
    bench.placed(1).await;
    bench.tells("CallEnded").await;
    // The voice is ready at once, and the agent would be due five seconds after the call came in.
    let due = async {
        loop {
            let effects = bench.house.get("/api/v1/effects?limit=100").await;
            let items = effects["items"].as_array().unwrap().clone();
            let open = |it: &&Value| ["waiting", "started"].contains(&it["state"].as_str().unwrap());
            // The watch over a call comes long after it.
            if !items.iter().filter(open).any(|it| it["kind"] != "wake") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(55), due).await.expect("something waits for ever");
    bench.house.running.stop().await.unwrap();
    assert_eq!(bench.agent.outbound().len(), 1, "only the greeting");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_greeting_that_nobody_can_place_is_told_by_check() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("frontdesk.toml"), CLINIC).unwrap();
    std::fs::write(folder.path().join(".env"), format!("THREECX_WEBHOOK_SECRET={SECRET}\n")).unwrap();
    let (code, said) = crate::live_check::check(folder.path(), &[]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("clinic: nobody can place the call that greets; set ELEVENLABS_API_KEY"), "{said}");
}
