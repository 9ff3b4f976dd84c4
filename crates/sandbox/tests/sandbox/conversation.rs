//! Scripted callers and the scripted agent, joined by nothing but a media stream.

use crate::{
    common::{Bench, now, phone},
    peer::{Peer, then_goodbye},
};
use chrono_tz::Tz;
use frontdesk_core::{
    id::CallId,
    ports::{AgentSession, AgentStart, Caller, FromAgent, FromLine, ToAgent, ToLine, ToolAnswer, ToolCall, VoiceAgent},
    sound::AudioFormat,
    speech::{Language, Texts},
};
use frontdesk_sandbox::ScriptedAgent;
use serde_json::{Value, json};
use std::sync::Arc;

const AGREEABLE: &str = "+15005550115";
const SILENT: &str = "+15005550106";

async fn agent(from: &str, language: Language) -> AgentSession {
    let caller = Caller {
        business: "clinic".to_owned(),
        business_name: "Harbour Clinic".to_owned(),
        time_zone: Tz::UTC,
        language,
        name: None,
        next: None,
    };
    let start = AgentStart {
        call_id: CallId::derive(now(), &["talk"]),
        provider_call_id: None,
        from: phone(from),
        to: phone(crate::common::BUSINESS),
        caller,
        voice: None,
        line: AudioFormat::Mulaw8k,
    };
    ScriptedAgent::new(Arc::new(Texts::builtin().clone())).converse(&start).await.unwrap()
}

fn result(wish: &ToolCall) -> Value {
    let slot =
        |hour: u32| json!({ "starts_at": format!("2026-12-01T{hour}:00:00Z"), "spoken": format!("Tuesday at {hour}") });
    match wish.tool.as_str() {
        "free_slots" => json!({ "slots": [slot(10), slot(11), slot(12)] }),
        "book" => json!({ "appointment_id": "A1", "spoken": "Tuesday at 10" }),
        _ => json!({}),
    }
}

/// Carries everything between the two until the agent has said all, and gives what it wanted.
async fn bridge(peer: &mut Peer, agent: &mut AgentSession) -> Vec<ToolCall> {
    let mut wishes = Vec::new();
    loop {
        tokio::select! {
            told = peer.next() => match told {
                FromLine::Sound(sound) => agent.ear.tell(ToAgent::Sound(sound)).await.unwrap_or_default(),
                FromLine::Marked(_) => return wishes,
                _ => {}
            },
            told = agent.mouth.next() => match told.unwrap() {
                Some(FromAgent::Sound(sound)) => peer.say(ToLine::Sound(&sound)).await,
                Some(FromAgent::Interrupted) => peer.say(ToLine::Clear).await,
                Some(FromAgent::HungUp) => peer.say(ToLine::Mark("last")).await,
                Some(FromAgent::Wants(wish)) => {
                    let answer = ToolAnswer { result: result(&wish), failed: false, then: None };
                    agent.ear.tell(ToAgent::Tool { id: wish.id.clone(), answer }).await.unwrap();
                    wishes.push(wish);
                }
                Some(_) => {}
                // The mark that was asked for is still to come.
                None => {
                    peer.marks(1).await;
                    return wishes;
                }
            },
        }
    }
}

#[tokio::test]
async fn a_caller_who_says_yes_is_booked_and_what_was_said_is_read() {
    for language in [Language::En, Language::Hi] {
        let bench = Bench::start().await;
        let mut peer = Peer::open(&bench).await;
        bench.answer_callers(then_goodbye(&peer.url));
        bench.carrier.ring(phone(AGREEABLE), None).unwrap();
        peer.started().await;
        let mut agent = agent(AGREEABLE, language).await;
        let wishes = bridge(&mut peer, &mut agent).await;
        let book = wishes.iter().find(|wish| wish.tool == "book").unwrap();
        assert!(book.parameters["starts_at"].as_str().unwrap().starts_with("2026-12-01T1"), "{book:?}");
        assert_eq!(wishes.last().unwrap().tool, "end_call");
        peer.close().await;
        bench.ended().await;
        let call = bench.carrier.calls(false).remove(0);
        let texts = Texts::builtin();
        let greeting = texts.say(language, "inbound-greeting", &[("business", "Harbour Clinic")]);
        assert_eq!(call.heard[0], greeting);
        let booked = texts.say(language, "agent-booked", &[("when", "Tuesday at 10")]);
        assert!(call.heard.iter().any(|heard| heard.starts_with(&booked)), "{:?}", call.heard);
        assert_eq!((call.heard.last().unwrap().as_str(), call.language.as_str()), ("Goodbye.", "en-US"));
    }
}

#[tokio::test]
async fn whoever_stays_silent_hears_one_time_after_the_other_and_then_gets_a_person() {
    let bench = Bench::start().await;
    let mut peer = Peer::open(&bench).await;
    bench.answer_callers(then_goodbye(&peer.url));
    bench.place(SILENT).await.1.unwrap();
    peer.started().await;
    let mut agent = agent(SILENT, Language::En).await;
    let wishes = bridge(&mut peer, &mut agent).await;
    let tools: Vec<_> = wishes.iter().map(|wish| wish.tool.as_str()).collect();
    assert_eq!(tools, ["find_appointments", "free_slots", "transfer"]);
    peer.close().await;
    bench.ended().await;
    let heard = bench.carrier.calls(false).remove(0).heard.join(" ");
    for time in ["Tuesday at 10", "Tuesday at 11", "Tuesday at 12"] {
        assert!(heard.contains(time), "{heard}");
    }
}
