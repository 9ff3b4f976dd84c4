//! Callers of a 3CX who go on in the same call: a whole gateway between a pretended PBX with its sound and a pretended
//! ElevenLabs that speaks its own protocol.

use crate::{common::House, vendors::SECRET};
use frontdesk_gateway::clock;
use frontdesk_testkit::{
    carriers::threecx::{Settings, ThreeCx},
    elevenlabs::{AgentSettings, ElevenLabs, Talk},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

const CALLER: &str = "+31612345678";
const CLIENT_SECRET: &str = "client-secret-of-the-test";
const KEY: &str = "xi-key-of-the-test";
const AGENT: &str = "agent_front_desk";
/// The one that the pretended PBX can lead to.
const DESK: &str = "+31207654321";

const GREETED: &str = "inbound = \"greet\"\n[voices]\nstrategy = \"inline\"\n";
const STREAMED: &str = "inbound = \"stream\"\n";

struct Bench {
    house: House,
    pbx: ThreeCx,
    agent: ElevenLabs,
    _sounds: tempfile::TempDir,
}

/// What comes before anybody would lose patience.
async fn within<T>(coming: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(40), coming).await.expect("it never came")
}

impl Bench {
    async fn open(inbound: &str, desk: &str) -> Self {
        let settings = Settings { client_id: "ivrapp".to_owned(), client_secret: CLIENT_SECRET.to_owned() };
        let pbx = ThreeCx::start(settings).await.unwrap();
        let agent = ElevenLabs::start(KEY, AgentSettings::telephone(AGENT)).await.unwrap();
        agent.set_agent(|agent| {
            agent.overrides.extend(["tts.voice_id", "agent.first_message"].map(str::to_owned));
        });
        let sounds = tempfile::tempdir().unwrap();
        let sound = |name: &str, byte: u8| {
            let file = sounds.path().join(name);
            std::fs::write(&file, vec![byte; 3_200]).unwrap();
            file.display().to_string()
        };
        let (greeting, music, goodbye) = (sound("greeting", 1), sound("music", 2), sound("goodbye", 3));
        let toml = format!(
            "{inbound}[businesses.clinic]\nname = \"Lakeside Clinic\"\nphone = \"+31201234567\"\ndesk = \"{desk}\"\n\
             time_zone = \"Europe/Amsterdam\"\n[threecx]\ngreeting_audio = \"{greeting}\"\nmusic = \"{music}\"\n\
             goodbye_audio = \"{goodbye}\"\n[limits]\nconversations = 1\n\
             [elevenlabs]\nallow_overrides = [\"voice\", \"first_message\"]\n"
        );
        let (api, switch) = (agent.url(), pbx.url());
        // No address of ours is needed: nobody opens a socket here.
        let env = move |_: &str| {
            format!(
                "GREETING_VOICE_ID=voice_of_the_desk\nGREETING_MESSAGE=\"Please hold...\"\n\
                 LOCAL_VOICE_SAMPLES_PATH=samples\nELEVENLABS_API_KEY={KEY}\nELEVENLABS_AGENT_ID={AGENT}\n\
                 ELEVENLABS_BASE_URL={api}\nTHREECX_WEBHOOK_SECRET={SECRET}\nTHREECX_BASE_URL={switch}\n\
                 THREECX_CLIENT_ID=ivrapp\nTHREECX_CLIENT_SECRET={CLIENT_SECRET}\n"
            )
        };
        let house = House::with_env(&toml, &[], env).await;
        let read = |pbx: &ThreeCx| pbx.asked().iter().any(|line| line == "GET /callcontrol");
        within(pbx.until(|pbx| pbx.opened() == 1 && read(pbx))).await;
        Self { house, pbx, agent, _sounds: sounds }
    }

    fn samples(&self) -> PathBuf {
        self.house.folder.path().join("samples")
    }

    /// The caller permits that a voice is made of this sample.
    async fn permits(&self, sample: &str) {
        std::fs::create_dir_all(self.samples()).unwrap();
        std::fs::write(self.samples().join(sample), vec![7_u8; 4_096]).unwrap();
        let body = json!({
            "by": "Ana Lim", "purpose": "so that the assistant speaks to me in my own voice",
            "expires_at": (clock::now() + chrono::Duration::days(30)).to_rfc3339(), "samples": [sample],
        });
        let path = format!("/api/v1/contacts/{CALLER}/voice");
        let answer = self.house.ask(Method::PUT, &path).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    fn ring(&self) -> u64 {
        self.pbx.ring(CALLER, "+31201234567", "ivrapp")
    }

    async fn connect(&self) -> (u64, Talk) {
        (self.ring(), within(self.agent.talk()).await)
    }

    /// Waits until the caller hears this.
    async fn hears(&self, callid: u64, byte: u8) {
        within(self.pbx.until(|pbx| how_much(&pbx.heard(callid), byte) > 0)).await;
    }

    async fn led(&self) -> String {
        within(self.pbx.until(|pbx| !pbx.led().is_empty())).await;
        self.pbx.led()[0].to.clone()
    }

    /// The newest call, once it is over and what was said in it is kept: the PBX may tell of its end before our line to
    /// it has noticed.
    async fn kept(&self) -> Value {
        within(async {
            loop {
                let listed = self.house.get("/api/v1/calls").await;
                if let Some(id) = listed["items"][0]["id"].as_str() {
                    let call = self.house.get(&format!("/api/v1/calls/{id}")).await;
                    if call["state"] == "ended" && call["conversation"].is_object() {
                        return call;
                    }
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await
    }
}

/// How many samples of it are this byte of mu-law.
fn how_much(heard: &[u8], byte: u8) -> usize {
    let bits = !byte;
    let magnitude = (((i32::from(bits & 0x0f) << 3) + 132) << ((bits & 0x70) >> 4)) - 132;
    let sample = i16::try_from(if bits & 0x80 == 0 { magnitude } else { -magnitude }).unwrap();
    heard.chunks_exact(2).filter(|pair| **pair == sample.to_le_bytes()).count()
}

fn voice(talk: &Talk) -> &Value {
    &talk.initiation["conversation_config_override"]["tts"]["voice_id"]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_greeted_caller_goes_on_in_the_same_call_with_the_voice_they_permitted() {
    let bench = Bench::open(GREETED, DESK).await;
    bench.permits("ana.mp3").await;
    let callid = bench.ring();
    within(bench.pbx.until(|pbx| pbx.heard(callid).ends_with(&[2; 64]))).await;
    let mut talk = within(bench.agent.talk()).await;
    assert_eq!(voice(&talk), bench.agent.voices()[0].id.as_str());
    talk.send(json!({ "type": "agent_response", "agent_response_event": { "agent_response": "Good morning." } }));
    talk.says(1, &[0x11; 1_600]);
    bench.hears(callid, 0x11).await;
    let heard = within(talk.next()).await.unwrap();
    assert!(heard["user_audio_chunk"].is_string(), "{heard}");
    talk.ends_call();
    within(bench.pbx.until(|pbx| pbx.parts("ivrapp").is_empty())).await;
    let kept = bench.kept().await;
    let conversation = &kept["conversation"];
    assert_eq!(
        (&conversation["end"], &conversation["lines"][0]["said"]),
        (&json!("agent_done"), &json!("Good morning."))
    );
    assert_eq!(
        (bench.agent.outbound().len(), bench.pbx.led()),
        (0, Vec::new()),
        "nobody is rung, nobody led elsewhere"
    );
    bench.house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_whose_voice_cannot_be_made_goes_on_with_the_voice_that_greets() {
    let bench = Bench::open(GREETED, DESK).await;
    bench.permits("gone.mp3").await;
    std::fs::remove_file(bench.samples().join("gone.mp3")).unwrap();
    let (callid, talk) = bench.connect().await;
    assert_eq!(voice(&talk), "voice_of_the_desk");
    talk.says(1, &[0x11; 1_600]);
    bench.hears(callid, 0x11).await;
    bench.house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_hangs_up_at_the_route_point_leaves_no_agent_talking() {
    let bench = Bench::open(STREAMED, DESK).await;
    let (callid, mut talk) = bench.connect().await;
    talk.says(1, &[0x11; 1_600]);
    bench.hears(callid, 0x11).await;
    bench.pbx.hang_up(callid);
    within(async { while talk.next().await.is_some() {} }).await;
    let kept = bench.kept().await;
    assert_eq!(kept["conversation"]["end"], "caller_gone", "{kept}");
    assert_eq!(bench.pbx.led(), []);
    bench.house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_whose_agent_breaks_off_is_led_to_the_desk() {
    let bench = Bench::open(STREAMED, DESK).await;
    let (callid, talk) = bench.connect().await;
    talk.says(1, &[0x11; 1_600]);
    bench.hears(callid, 0x11).await;
    talk.dies();
    assert_eq!(bench.led().await, DESK);
    assert_eq!(bench.kept().await["conversation"]["end"], "agent_lost");
    bench.house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_whose_conversation_ends_while_the_gateway_stops_is_led_to_the_desk() {
    let bench = Bench::open(STREAMED, DESK).await;
    let (callid, talk) = bench.connect().await;
    talk.says(1, &[0x11; 1_600]);
    bench.hears(callid, 0x11).await;
    let Bench { house, pbx, .. } = bench;
    let stopping = house.running.gateway.stopping.clone();
    let stopped = tokio::spawn(house.running.stop());
    stopping.cancelled().await;
    talk.dies();
    within(stopped).await.unwrap().unwrap();
    assert_eq!(pbx.led().iter().map(|led| led.to.as_str()).collect::<Vec<_>>(), [DESK]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_neither_agent_nor_desk_can_be_had_the_caller_hears_goodbye() {
    // The PBX cannot lead anybody there.
    let bench = Bench::open(STREAMED, "+31209999999").await;
    let (callid, talk) = bench.connect().await;
    talk.says(1, &[0x11; 1_600]);
    bench.hears(callid, 0x11).await;
    talk.dies();
    within(bench.pbx.until(|pbx| pbx.parts("ivrapp").is_empty())).await;
    assert!(bench.pbx.heard(callid).ends_with(&[3; 3_200]), "the last words are heard to their end");
    bench.house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_the_agent_for_a_person_is_led_to_the_desk() {
    let bench = Bench::open(STREAMED, DESK).await;
    let (_, talk) = bench.connect().await;
    talk.wants("t1", "transfer", &json!({}));
    assert_eq!(bench.led().await, DESK);
    assert_eq!(bench.kept().await["conversation"]["end"], "transfer");
    bench.house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn above_the_limit_of_conversations_a_caller_is_led_to_the_desk() {
    let bench = Bench::open(STREAMED, DESK).await;
    let (first, talk) = bench.connect().await;
    bench.pbx.ring("+31687654321", "+31201234567", "ivrapp");
    assert_eq!(bench.led().await, DESK);
    assert_ne!(bench.pbx.led()[0].callid, first);
    talk.says(1, &[0x11; 1_600]);
    bench.hears(first, 0x11).await;
    bench.house.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_interrupts_hears_no_more_than_what_was_on_its_way() {
    let bench = Bench::open(STREAMED, DESK).await;
    let (callid, talk) = bench.connect().await;
    talk.says(1, &[0x11; 80_000]);
    bench.hears(callid, 0x11).await;
    let began = Instant::now();
    talk.interrupts(1);
    talk.says(1, &[0x22; 8_000]);
    talk.says(2, &[0x33; 1_600]);
    bench.hears(callid, 0x33).await;
    let passed = began.elapsed();
    let heard = bench.pbx.heard(callid);
    let milliseconds = |byte: u8| how_much(&heard, byte) / 8;
    // 200 ms are ahead when it begins, a piece more may be on its way, and the machine may be busy.
    let most = usize::try_from(passed.as_millis()).unwrap() + 300;
    assert!(milliseconds(0x11) <= most, "{} ms of old words, and {most} may be", milliseconds(0x11));
    assert_eq!(milliseconds(0x22), 0, "stale words are heard");
    bench.house.running.stop().await.unwrap();
}
