//! Live conversations, against a vendor over HTTP and WebSocket.

use crate::common::{AGENT, KEY, adapter, config};
use frontdesk_core::{
    ports::{AgentSession, FromAgent, PortError, ToAgent, Trouble, VoiceAgent, VoiceId},
    sound::AudioFormat,
};
use frontdesk_elevenlabs::{Config, Overrides};
use frontdesk_testkit::{
    elevenlabs::{AgentSettings, ElevenLabs as Vendor, Talk},
    suite::{call_provider::tells_nothing, voice_agent::start},
};
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;

async fn vendor() -> Vendor {
    Vendor::start(KEY, AgentSettings::telephone(AGENT)).await.unwrap()
}

async fn begun(vendor: &Vendor, config: Config) -> (AgentSession, Talk) {
    let agent = adapter(config);
    let start = start();
    let (session, talk) = tokio::join!(agent.converse(&start), vendor.talk());
    (session.unwrap(), talk)
}

async fn talking() -> (AgentSession, Talk) {
    let vendor = vendor().await;
    begun(&vendor, config(vendor.url())).await
}

async fn told(session: &mut AgentSession) -> FromAgent {
    tokio::time::timeout(Duration::from_secs(60), session.mouth.next()).await.unwrap().unwrap().unwrap()
}

/// The conversation breaks, whatever is told before.
async fn broken(mut session: AgentSession) -> PortError {
    loop {
        match tokio::time::timeout(Duration::from_secs(60), session.mouth.next()).await.unwrap() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it ended in good order"),
            Err(error) => return error,
        }
    }
}

#[tokio::test]
async fn the_agent_is_told_who_is_on_the_line_and_brings_our_name_for_the_call_back() {
    let (session, talk) = talking().await;
    assert_eq!(session.conversation.as_ref(), Some(&talk.conversation));
    assert_eq!((session.hears, session.speaks), (AudioFormat::Mulaw8k, AudioFormat::Mulaw8k));
    let variables = &talk.initiation["dynamic_variables"];
    assert_eq!(variables["gateway_call_id"], start().call_id.to_string());
    assert_eq!(variables["customer_name"], "Ana Lim");
    assert_eq!(variables["next_appointment"], "tomorrow at ten in the morning");
    assert_eq!((&variables["business_name"], &variables["language"]), (&json!("Harbour Clinic"), &json!("en")));
    assert!(talk.initiation.get("conversation_config_override").is_none(), "{}", talk.initiation);
}

#[tokio::test]
async fn only_what_the_agent_allows_is_set_for_a_call() {
    let vendor = vendor().await;
    vendor.set_agent(|agent| agent.overrides.extend(["tts.voice_id".to_owned(), "agent.language".to_owned()]));
    let mut config = config(vendor.url());
    config.overrides = Overrides { voice: true, language: true, first_message: true };
    let agent = adapter(config);
    for (voice, want) in [(Some("voice_1"), json!("voice_1")), (Some(" "), Value::Null), (None, Value::Null)] {
        let mut start = start();
        start.voice = voice.map(|voice| VoiceId(voice.to_owned()));
        let (session, talk) = tokio::join!(agent.converse(&start), vendor.talk());
        session.unwrap();
        let set = &talk.initiation["conversation_config_override"];
        assert_eq!((&set["tts"]["voice_id"], &set["agent"]), (&want, &json!({ "language": "en" })), "{voice:?}");
    }
}

#[tokio::test]
async fn an_override_that_is_not_enabled_is_told_with_its_remedy_and_is_in_vain() {
    let vendor = vendor().await;
    let mut config = config(vendor.url());
    config.overrides.language = true;
    let error = broken(adapter(config).converse(&start()).await.unwrap()).await;
    assert_eq!(error.trouble, Trouble::Broken, "{error}");
    assert!(error.message.contains("`language`") && error.message.contains("Security"), "{error}");
    tells_nothing(&error, &[KEY]);
}

#[tokio::test]
async fn a_variable_that_the_agent_misses_is_named() {
    let vendor = vendor().await;
    vendor.set_agent(|agent| agent.variables = vec!["customer_name".to_owned(), "plan".to_owned()]);
    let error = broken(adapter(config(vendor.url())).converse(&start()).await.unwrap()).await;
    assert_eq!(error.trouble, Trouble::Broken, "{error}");
    assert!(error.message.contains("`plan`"), "{error}");
}

#[tokio::test]
async fn a_signed_address_is_good_for_one_conversation_and_every_one_has_its_own() {
    let vendor = vendor().await;
    for _ in 0..2 {
        let _talking = begun(&vendor, config(vendor.url())).await;
    }
    let signed = |request: &String| request == "GET /v1/convai/conversation/get-signed-url";
    assert_eq!(vendor.requests().iter().filter(|it| signed(it)).count(), 2);
}

#[tokio::test]
async fn an_agent_that_is_open_to_everybody_needs_no_key() {
    let vendor = vendor().await;
    let mut config = config(vendor.url());
    config.api = None;
    let mut address = vendor.url();
    address.set_scheme("ws").unwrap();
    config.ws_url = Some(address);
    let (session, talk) = begun(&vendor, config).await;
    assert_eq!(session.conversation, Some(talk.conversation));
    assert!(vendor.requests().is_empty());
}

#[rstest]
#[case::pcm("pcm_16000", "pcm_24000", Some((AudioFormat::Pcm16(16_000), AudioFormat::Pcm16(24_000))))]
#[case::law("ulaw_8000", "pcm_8000", Some((AudioFormat::Mulaw8k, AudioFormat::Pcm16(8_000))))]
#[case::other("ulaw_8000", "opus_48000_64", None)]
#[case::odd("pcm_11025", "ulaw_8000", None)]
#[tokio::test]
async fn the_agents_formats_are_told_and_unknown_ones_refused(
    #[case] hears: &str,
    #[case] speaks: &str,
    #[case] want: Option<(AudioFormat, AudioFormat)>,
) {
    let vendor = vendor().await;
    vendor.set_agent(|agent| (agent.hears, agent.speaks) = (hears.to_owned(), speaks.to_owned()));
    match adapter(config(vendor.url())).converse(&start()).await {
        Ok(session) => assert_eq!(Some((session.hears, session.speaks)), want),
        Err(error) => {
            assert_eq!((want, error.trouble), (None, Trouble::Broken), "{error}");
            assert!(error.message.contains("8000 Hz"), "{error}");
        }
    }
}

#[tokio::test]
async fn an_agent_that_says_nothing_is_done_without() {
    let vendor = vendor().await;
    vendor.set_agent(|agent| agent.mute = true);
    let mut config = config(vendor.url());
    config.converse_within = Duration::from_millis(200);
    let error = adapter(config).converse(&start()).await.err().unwrap();
    assert_eq!(error.trouble, Trouble::Unavailable, "{error}");
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_no_bad_key() {
    let vendor = vendor().await;
    vendor.answer_next(401, json!({ "detail": { "status": "quota_exceeded", "message": "for +15005550101" } }));
    let error = adapter(config(vendor.url())).converse(&start()).await.err().unwrap();
    assert_eq!(error.trouble, Trouble::Unauthorised);
    assert!(error.message.contains("quota"), "{error}");
    tells_nothing(&error, &[KEY]);
}

#[rstest]
#[case(1002, Trouble::Unavailable)]
#[case(1011, Trouble::Unavailable)]
#[case(1008, Trouble::Broken)]
#[tokio::test]
async fn a_close_code_says_whether_another_conversation_may_go_better(#[case] code: u16, #[case] trouble: Trouble) {
    let (session, talk) = talking().await;
    talk.closes(code, "call with Ana Lim failed");
    let error = broken(session).await;
    assert_eq!(error.trouble, trouble, "{error}");
    tells_nothing(&error, &[KEY]);
}

#[tokio::test]
async fn pings_are_answered_at_once_whoever_is_slow() {
    // Nobody listens to the mouth, and much waits there.
    let (_session, mut talk) = talking().await;
    for event in 0..40 {
        talk.says(event, &[0xff; 800]);
    }
    for event in 1..4 {
        talk.ping(event);
        assert_eq!(talk.next_of("pong").await["event_id"], event);
    }
}

#[tokio::test]
async fn words_are_told_in_order_and_what_is_odd_is_passed_over() {
    let (mut session, talk) = talking().await;
    talk.send_raw("no JSON");
    talk.send_raw("{\"type\":7}");
    talk.send(json!({ "type": "vad_score", "vad_score_event": { "vad_score": 0.9 } }));
    talk.send(json!({ "type": "user_transcript", "user_transcription_event": { "user_transcript": "Tomorrow?" } }));
    talk.send(
        json!({ "type": "agent_response", "agent_response_event": { "agent_response": "At ten.", "event_id": 2 } }),
    );
    talk.send(json!({ "type": "agent_response_correction", "agent_response_correction_event": {
        "original_agent_response": "At ten.", "corrected_agent_response": "At", "event_id": 2,
    } }));
    let reveal = |told: FromAgent| match told {
        FromAgent::Heard(said) => format!("heard {}", said.reveal()),
        FromAgent::Says(said) => format!("says {}", said.reveal()),
        FromAgent::Corrected(said) => format!("corrected {}", said.reveal()),
        other => panic!("{other:?}"),
    };
    for want in ["heard Tomorrow?", "says At ten.", "corrected At"] {
        assert_eq!(reveal(told(&mut session).await), want);
    }
}

#[tokio::test]
async fn keys_are_told_together_as_something_the_caller_said() {
    let (mut session, mut talk) = talking().await;
    for key in "42#".chars() {
        session.ear.tell(ToAgent::Digit(key)).await.unwrap();
    }
    // Each but the last makes the agent wait.
    for _ in 0..2 {
        assert_eq!(talk.next().await.unwrap()["type"], "user_activity");
    }
    assert_eq!(talk.next().await.unwrap()["text"], "[The caller pressed on the telephone: 4 2 #]");
    session.ear.tell(ToAgent::Digit('1')).await.unwrap();
    assert_eq!(talk.next_of("user_message").await["text"], "[The caller pressed on the telephone: 1]");
}

#[tokio::test]
async fn an_agent_that_may_not_talk_longer_has_hung_up() {
    let (mut session, talk) = talking().await;
    talk.send(json!({ "type": "error", "error_event": { "code": 1011, "error_type": "max_duration_exceeded", "message": "" } }));
    talk.closes(1011, "");
    assert_eq!(told(&mut session).await, FromAgent::HungUp);
    assert!(session.mouth.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_message_that_is_too_long_ends_the_conversation() {
    let (session, talk) = talking().await;
    talk.send_raw(&"x".repeat(5 * 1024 * 1024));
    assert_eq!(broken(session).await.trouble, Trouble::Broken);
}
