use super::*;
use crate::sound::{SILENCE, tone, whisper::Listener};
use chrono::DateTime;
use chrono_tz::Tz;
use frontdesk_core::{
    id::CallId,
    personal::Phone,
    ports::{Caller, ToolAnswer},
};
use serde_json::json;

async fn begin(language: Language) -> AgentSession {
    let agent = ScriptedAgent::new(Arc::new(Texts::builtin().clone()));
    let number = |text| Phone::parse(text, None).unwrap();
    let caller = Caller {
        business: "clinic".to_owned(),
        business_name: "Harbour Clinic".to_owned(),
        time_zone: Tz::UTC,
        language,
        name: None,
        next: None,
    };
    let start = AgentStart {
        call_id: CallId::derive(DateTime::UNIX_EPOCH, &["talk"]),
        provider_call_id: None,
        from: number("+15005550199"),
        to: number("+15005550000"),
        caller,
        voice: None,
        line: AudioFormat::Mulaw8k,
    };
    agent.converse(&start).await.unwrap()
}

async fn next(session: &mut AgentSession) -> FromAgent {
    session.mouth.next().await.unwrap().unwrap()
}

/// What is told up to the next wish, and that one.
async fn wish(session: &mut AgentSession) -> (Vec<FromAgent>, String) {
    let mut told = Vec::new();
    loop {
        match next(session).await {
            FromAgent::Wants(wish) => return (told, wish.id),
            other => told.push(other),
        }
    }
}

async fn answer(session: &mut AgentSession, id: String, result: serde_json::Value) {
    let answer = ToolAnswer { result, failed: false, then: None };
    session.ear.tell(ToAgent::Tool { id, answer }).await.unwrap();
}

/// Up to the question whether the first free time is to be booked.
async fn asked(session: &mut AgentSession) {
    let (_, id) = wish(session).await;
    answer(session, id, json!({ "appointments": [] })).await;
    let (_, id) = wish(session).await;
    let slot = json!({ "starts_at": "2026-12-01T09:00:00Z", "spoken": "Tuesday at 9 AM" });
    answer(session, id, json!({ "slots": [slot] })).await;
}

async fn hears(session: &mut AgentSession, sound: &[u8]) {
    session.ear.tell(ToAgent::Sound(Sound::encode(sound))).await.unwrap();
}

fn sound_of(told: &[FromAgent]) -> Vec<u8> {
    let pieces = told.iter().filter_map(|told| match told {
        FromAgent::Sound(sound) => sound.decode(),
        _ => None,
    });
    pieces.flatten().collect()
}

#[tokio::test]
async fn what_it_says_is_heard_and_its_sound_holds_the_words() {
    for language in Language::ALL {
        let mut session = begin(language).await;
        let (told, _) = wish(&mut session).await;
        let FromAgent::Says(said) = &told[0] else { panic!("{:?}", told[0]) };
        let heard = Listener::default().listen(&sound_of(&told));
        assert_eq!((heard[0].text.as_str(), heard[0].language.as_str()), (said.reveal(), language.tag()));
    }
}

#[tokio::test]
async fn the_agent_stops_when_spoken_to() {
    let mut session = begin(Language::En).await;
    asked(&mut session).await;
    // Nothing of the question was taken yet when somebody speaks into it.
    hears(&mut session, &[SILENCE; 800]).await;
    let yes: Vec<u8> = tone(250.0, 4_000, 8_000.0).collect();
    hears(&mut session, &yes).await;
    assert!(matches!(next(&mut session).await, FromAgent::Says(_)));
    assert_eq!(next(&mut session).await, FromAgent::Interrupted, "no sound from before it");
    let FromAgent::Corrected(said) = next(&mut session).await else { panic!("not corrected") };
    assert!(said.reveal().ends_with('…'));
    hears(&mut session, &[SILENCE; 4_800]).await;
    let (told, _) = wish(&mut session).await;
    assert!(told.iter().any(|told| matches!(told, FromAgent::Heard(said) if said.reveal() == "Yes.")));
}

#[tokio::test]
async fn it_hangs_up_once_and_then_the_conversation_is_over() {
    let mut session = begin(Language::En).await;
    asked(&mut session).await;
    session.ear.tell(ToAgent::Digit('1')).await.unwrap();
    let (_, id) = wish(&mut session).await;
    answer(&mut session, id, json!({ "spoken": "Tuesday at 9 AM" })).await;
    let (_, id) = wish(&mut session).await;
    answer(&mut session, id, json!({})).await;
    while next(&mut session).await != FromAgent::HungUp {}
    assert_eq!(session.mouth.next().await.unwrap(), None);
    assert!(session.ear.tell(ToAgent::Digit('1')).await.is_err());
}

#[tokio::test]
async fn hung_up_on_it_says_nothing_more() {
    let mut session = begin(Language::En).await;
    session.ear.hang_up().await;
    session.ear.hang_up().await;
    assert_eq!(session.mouth.next().await.unwrap(), None);
}

#[tokio::test]
async fn given_up_while_it_waits_nothing_is_lost() {
    let mut session = begin(Language::En).await;
    let (_, id) = wish(&mut session).await;
    {
        let waiting = session.mouth.next();
        tokio::select! {
            biased;
            told = waiting => panic!("{told:?}"),
            () = std::future::ready(()) => {}
        }
    }
    answer(&mut session, id, json!({})).await;
    assert!(matches!(next(&mut session).await, FromAgent::Wants(wish) if wish.tool == "free_slots"));
}
