//! The port's own laws, as every agent keeps them. The other end of the conversation is in the hands of the law here, in
//! place of the script; everything between it and the caller is the scripted agent's own.

use super::{Lips, Part, ScriptedAgent};
use async_trait::async_trait;
use frontdesk_core::{
    ports::{FromAgent, ToAgent, ToolCall, VoiceAgent},
    sound::Sound,
};
use frontdesk_testkit::{
    CUSTOMER_PHONE,
    suite::voice_agent::{self, Answered, Bench, OtherEnd, start},
};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::{
    Mutex,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// Nothing that the agent is told of a caller belongs into an error.
const SECRETS: [&str; 2] = ["Ana Lim", CUSTOMER_PHONE];

/// Passes on what it hears.
struct Puppet(UnboundedSender<ToAgent>);

impl Part for Puppet {
    fn hear(&mut self, told: ToAgent) {
        self.0.send(told).unwrap();
    }
}

/// Whoever has the strings. Nothing is under way between it and the agent, so it cannot speak late.
struct Hand {
    lips: Arc<Lips>,
    heard: UnboundedReceiver<ToAgent>,
}

#[async_trait]
impl OtherEnd for Hand {
    async fn speak(&mut self, raw: &[u8]) {
        self.lips.say(FromAgent::Sound(Sound::encode(raw)));
    }

    async fn interrupt(&mut self) {
        self.lips.say(FromAgent::Interrupted);
    }

    async fn want(&mut self, id: &str, tool: &str, parameters: Value) {
        self.lips.say(FromAgent::Wants(ToolCall { id: id.to_owned(), tool: tool.to_owned(), parameters }));
    }

    async fn hang_up(&mut self) {
        self.lips.say(FromAgent::HungUp);
    }

    async fn break_off(&mut self) {
        self.lips.break_off();
    }

    async fn hears(&mut self) -> Vec<u8> {
        loop {
            if let ToAgent::Sound(sound) = self.heard.recv().await.unwrap() {
                return sound.decode().unwrap();
            }
        }
    }

    async fn answered(&mut self) -> Answered {
        loop {
            if let ToAgent::Tool { id, answer } = self.heard.recv().await.unwrap() {
                return Answered { id, text: answer.result.to_string(), failed: answer.failed };
            }
        }
    }

    async fn gone(&mut self) {
        while self.heard.recv().await.is_some() {}
    }
}

struct Strings {
    agent: ScriptedAgent,
    begun: Mutex<UnboundedReceiver<Hand>>,
}

#[async_trait]
impl Bench for Strings {
    fn agent(&self) -> &dyn VoiceAgent {
        &self.agent
    }

    async fn other_end(&self) -> Box<dyn OtherEnd> {
        Box::new(self.begun.lock().await.recv().await.unwrap())
    }

    fn secrets(&self) -> Vec<String> {
        SECRETS.map(str::to_owned).into()
    }
}

/// With room for one conversation: whatever a law leaves behind keeps the next one from beginning.
fn bench() -> Strings {
    let (begins, begun) = unbounded_channel();
    let cast = move |_: &_, lips: Arc<Lips>| {
        let (hears, heard) = unbounded_channel();
        begins.send(Hand { lips, heard }).unwrap();
        Box::new(Puppet(hears)) as Box<dyn Part>
    };
    Strings { agent: ScriptedAgent::played_by(Box::new(cast), 1), begun: Mutex::new(begun) }
}

macro_rules! conversations {
    ($($law:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $law() {
            let bench = bench();
            voice_agent::$law(&bench).await;
            assert!(bench.agent.converse(&start()).await.is_ok(), "something was left behind");
        })*
    };
}

conversations! {
    sound_passes_both_ways_as_it_is,
    stale_sound_is_never_told_after_an_interruption,
    a_wish_is_told_once_however_often_repeated,
    a_tool_answer_reaches_the_vendor_as_text,
    a_wait_that_is_given_up_loses_nothing,
    dropping_both_halves_ends_the_conversation_at_the_vendor,
    hanging_up_twice_is_fine_and_ends_it,
    an_agent_that_hangs_up_is_heard_out_and_then_it_is_over,
    a_broken_conversation_is_an_error_and_says_nothing_secret,
}

/// It has no address: it cannot be had where it has no place left.
#[tokio::test]
async fn an_unreachable_vendor_is_unavailable_and_says_nothing_secret() {
    let full = ScriptedAgent::played_by(Box::new(|_, _| unreachable!("nobody is let in")), 0);
    voice_agent::an_unreachable_vendor_is_unavailable_and_says_nothing_secret(&full, &SECRETS).await;
}
