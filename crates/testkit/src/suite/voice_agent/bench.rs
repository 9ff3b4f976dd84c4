//! What the laws need of an adapter's test: an agent, and the other end of its conversations.

use crate::{BUSINESS, BUSINESS_PHONE, CUSTOMER_PHONE, moment, phone};
use async_trait::async_trait;
use frontdesk_core::{
    id::CallId,
    personal::PersonName,
    ports::{AgentSession, AgentStart, Caller, FromAgent, NextAppointment, PortResult, VoiceAgent},
    sound::AudioFormat,
    speech::Language,
};
use serde_json::Value;
use std::{future::Future, time::Duration};

/// Longer than anything takes that does not hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of a wish, as it arrived at the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Which wish it was.
    pub id: String,
    /// What came of it, in the only form that vendors take.
    pub text: String,
    /// Whether it was not done.
    pub failed: bool,
}

/// The vendor's end of one conversation. Turns are the vendor's words between two interruptions.
#[async_trait]
pub trait OtherEnd: Send {
    /// Speaks: raw bytes, in the format that it speaks in.
    async fn speak(&mut self, raw: &[u8]);

    /// The caller spoke into its words: everything it spoke so far is void.
    async fn interrupt(&mut self);

    /// Sends sound of the turn that was interrupted last, late. Whose vendor cannot do so does nothing.
    async fn straggle(&mut self, _raw: &[u8]) {}

    /// Wants something of this id; told again, it is the same wish.
    async fn want(&mut self, id: &str, tool: &str, parameters: Value);

    /// Has said all it has to say, and ends the conversation once that was sent.
    async fn hang_up(&mut self);

    /// Breaks off in the middle of a word.
    async fn break_off(&mut self);

    /// Waits for the next piece of what the caller says; raw bytes.
    async fn hears(&mut self) -> Vec<u8>;

    /// Waits for what came of the next wish.
    async fn answered(&mut self) -> Answered;

    /// Waits until our side is gone.
    async fn gone(&mut self);
}

/// An agent, and its vendor.
#[async_trait]
pub trait Bench: Send + Sync {
    /// The agent.
    fn agent(&self) -> &dyn VoiceAgent;

    /// The other end of the conversation that was begun last, taken once.
    async fn other_end(&self) -> Box<dyn OtherEnd>;

    /// What no error may hold: keys, signed addresses.
    fn secrets(&self) -> Vec<String>;
}

/// A call that is put through to an agent.
///
/// # Panics
/// Never: its parts are well formed.
#[must_use]
pub fn start() -> AgentStart {
    let at = moment("2026-11-20T09:00:00Z");
    let next = NextAppointment {
        id: frontdesk_core::id::AppointmentId::derive(at, &["voice agent suite"]),
        starts_at: moment("2026-11-21T02:00:00Z"),
        spoken: "tomorrow at ten in the morning".to_owned(),
        service: Some("Cleaning".to_owned()),
    };
    AgentStart {
        call_id: CallId::derive(at, &["voice agent suite"]),
        provider_call_id: Some("CA00000000000000000000000000000001".to_owned()),
        from: phone(CUSTOMER_PHONE),
        to: phone(BUSINESS_PHONE),
        caller: Caller {
            business: BUSINESS.to_owned(),
            business_name: "Harbour Clinic".to_owned(),
            time_zone: "Asia/Singapore".parse().expect("a zone"),
            language: Language::En,
            name: Some(PersonName::parse("Ana Lim").expect("a name")),
            next: Some(next),
        },
        voice: None,
        line: AudioFormat::Mulaw8k,
    }
}

/// A conversation, and its other end.
pub(super) async fn begun(bench: &dyn Bench) -> (AgentSession, Box<dyn OtherEnd>) {
    let begun = async {
        let start = start();
        tokio::join!(bench.agent().converse(&start), bench.other_end())
    };
    let (session, other) = soon("a conversation", begun).await;
    (session.unwrap_or_else(|error| panic!("the conversation does not begin: {error}")), other)
}

/// Waits, but not for ever.
pub(super) async fn soon<T>(what: &str, wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{what} does not come"))
}

/// What the agent tells next.
pub(super) async fn next(session: &mut AgentSession) -> PortResult<Option<FromAgent>> {
    soon("what the agent tells next", session.mouth.next()).await
}

/// What the agent tells next, which has to be something.
pub(super) async fn told(session: &mut AgentSession) -> FromAgent {
    match next(session).await {
        Ok(Some(told)) => told,
        other => panic!("the agent should go on, and tells {other:?}"),
    }
}

/// The raw bytes of the next sound; words in between do not matter.
pub(super) async fn sound(session: &mut AgentSession) -> Vec<u8> {
    loop {
        match told(session).await {
            FromAgent::Sound(sound) => return sound.decode().expect("sound is base64"),
            FromAgent::Heard(_) | FromAgent::Says(_) | FromAgent::Corrected(_) => {}
            other => panic!("there should be sound, not {other:?}"),
        }
    }
}
