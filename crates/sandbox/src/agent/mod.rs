//! A voice agent that needs no account: it follows a script, speaks in melodies whose words the browser phone shows, and
//! takes any sound of the caller for a yes.
//!
//! Nothing here waits or sleeps: what the agent hears is its clock, 20 ms after 20 ms, so that a conversation takes as long
//! as its line lets it. A line that falls silent must go on sending silence, as carriers do.

mod answers;
mod ear;
mod script;
mod voice;

use crate::NAME;
use async_trait::async_trait;
use ear::{Ear, Noticed};
use frontdesk_core::{
    personal::Said,
    ports::{
        AgentEar, AgentMouth, AgentSession, AgentStart, FromAgent, Happened, Port, PortError, PortResult, ToAgent,
        Trouble, VoiceAgent,
    },
    sound::{AudioFormat, Sound},
    speech::{Language, Texts},
};
use script::{Input, Output, Script};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// Bytes of sound that are told at once: 400 ms.
const PIECE: usize = 3_200;
/// No sentence is longer, in characters.
const LONGEST: usize = 1_000;

/// The scripted agent.
pub struct ScriptedAgent {
    texts: Arc<Texts>,
}

impl ScriptedAgent {
    /// An agent that speaks these texts.
    #[must_use]
    pub fn new(texts: Arc<Texts>) -> Self {
        Self { texts }
    }
}

impl Port for ScriptedAgent {
    fn name(&self) -> &str {
        NAME
    }
}

#[async_trait]
impl VoiceAgent for ScriptedAgent {
    async fn converse(&self, start: &AgentStart) -> PortResult<AgentSession> {
        let mut mind = Mind {
            language: start.caller.language,
            script: Script::new(Arc::clone(&self.texts), start.caller.clone()),
            ear: Ear::default(),
            last: None,
            told: VecDeque::new(),
            over: false,
        };
        mind.step(0, Input::Begins);
        let conversation = Arc::new(Conversation { mind: Mutex::new(mind), news: Notify::new() });
        Ok(AgentSession {
            conversation: Some(format!("{NAME}-{}", start.call_id)),
            hears: AudioFormat::Mulaw8k,
            speaks: AudioFormat::Mulaw8k,
            ear: Box::new(Listening(Arc::clone(&conversation))),
            mouth: Box::new(Speaking(conversation)),
        })
    }
}

/// What both halves share. The script has an end, so what waits to be told is bounded by it.
struct Conversation {
    mind: Mutex<Mind>,
    news: Notify,
}

struct Mind {
    language: Language,
    script: Script,
    ear: Ear,
    /// What was said last, and from when until when.
    last: Option<(String, u64, u64)>,
    told: VecDeque<FromAgent>,
    over: bool,
}

impl Conversation {
    fn mind(&self) -> MutexGuard<'_, Mind> {
        self.mind.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        self.mind().over = true;
        self.news.notify_one();
    }
}

impl Mind {
    fn hear(&mut self, told: ToAgent) {
        match told {
            ToAgent::Sound(sound) => {
                for (now, noticed) in self.ear.listen(&sound.decode().unwrap_or_default()) {
                    match noticed {
                        Noticed::Nothing => {}
                        Noticed::Speaks => self.step(now, Input::Speaks),
                        Noticed::Spoke => self.step(now, Input::Spoke),
                    }
                    self.step(now, Input::Passes);
                }
            }
            ToAgent::Digit(key) => self.step(self.ear.now(), Input::Key(key)),
            ToAgent::Tool { id, answer } => self.step(self.ear.now(), Input::Told { id, answer }),
        }
    }

    fn step(&mut self, now: u64, input: Input) {
        for output in self.script.step(now, input) {
            match output {
                Output::Say(text) => self.say(now, text),
                Output::Interrupted => self.fall_silent(now),
                Output::Heard(text) => {
                    self.sound(&voice::quote(self.language, &text));
                    self.told.extend(Said::new(&text, LONGEST).map(FromAgent::Heard));
                }
                Output::Wants(wish) => self.told.push_back(FromAgent::Wants(wish)),
                Output::HangUp => self.told.push_back(FromAgent::HungUp),
            }
        }
    }

    fn say(&mut self, now: u64, text: String) {
        let sound = voice::speak(self.language, &text);
        let begins = self.script.until().max(now);
        let ends = begins + voice::lasts(&sound);
        self.script.said_until(ends);
        self.told.extend(Said::new(&text, LONGEST).map(FromAgent::Says));
        self.sound(&sound);
        self.last = Some((text, begins, ends));
    }

    fn sound(&mut self, sound: &[u8]) {
        self.told.extend(sound.chunks(PIECE).map(|piece| FromAgent::Sound(Sound::encode(piece))));
    }

    /// What waits to be told is void, and what was told was heard in part only.
    fn fall_silent(&mut self, now: u64) {
        self.told.retain(|told| !matches!(told, FromAgent::Sound(_)));
        self.told.push_back(FromAgent::Interrupted);
        let Some((text, begins, ends)) = self.last.take() else { return };
        let letters = u64::try_from(text.chars().count()).unwrap_or(0);
        let heard = letters * now.saturating_sub(begins) / ends.saturating_sub(begins).max(1);
        let heard: String = text.chars().take(usize::try_from(heard).unwrap_or(0)).collect();
        self.told.extend(Said::new(&format!("{heard} …"), LONGEST).map(FromAgent::Corrected));
    }
}

struct Listening(Arc<Conversation>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[async_trait]
impl AgentEar for Listening {
    async fn tell(&mut self, told: ToAgent) -> PortResult<()> {
        {
            let mut mind = self.0.mind();
            if mind.over {
                return Err(PortError::new(NAME, Happened::No, Trouble::Broken, "the conversation is over"));
            }
            mind.hear(told);
        }
        self.0.news.notify_one();
        Ok(())
    }

    async fn hang_up(&mut self) {
        self.0.end();
    }
}

struct Speaking(Arc<Conversation>);

#[async_trait]
impl AgentMouth for Speaking {
    async fn next(&mut self) -> PortResult<Option<FromAgent>> {
        loop {
            {
                let mut mind = self.0.mind();
                if mind.over {
                    return Ok(None);
                }
                if let Some(told) = mind.told.pop_front() {
                    mind.over = told == FromAgent::HungUp;
                    return Ok(Some(told));
                }
            }
            // Told while nobody waited, it is known all the same.
            self.0.news.notified().await;
        }
    }
}

#[cfg(test)]
mod tests;
