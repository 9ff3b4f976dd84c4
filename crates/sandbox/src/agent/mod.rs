//! A voice agent that needs no account: it follows a script, speaks in melodies whose words the browser phone shows, and
//! takes any sound of the caller for a yes.
//!
//! Nothing here waits or sleeps: what the agent hears is its clock, 20 ms after 20 ms, so that a conversation takes as long
//! as its line lets it. A line that falls silent must go on sending silence, as carriers do.

mod answers;
mod ear;
mod line;
mod script;
mod voice;

use crate::NAME;
use async_trait::async_trait;
use ear::{Ear, Noticed};
use frontdesk_core::{
    personal::Said,
    ports::{AgentSession, AgentStart, FromAgent, Happened, Port, PortError, PortResult, ToAgent, Trouble, VoiceAgent},
    sound::{AudioFormat, Sound},
    speech::{Language, Texts},
};
use line::{Lips, Part};
use script::{Input, Output, Script};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Bytes of sound that are told at once: 400 ms.
const PIECE: usize = 3_200;
/// No sentence is longer, in characters.
const LONGEST: usize = 1_000;
/// Conversations that there may be at once.
const PLACES: usize = 10_000;

/// Makes whoever has the next conversation, and speaks by these lips.
type Cast = Box<dyn Fn(&AgentStart, Arc<Lips>) -> Box<dyn Part> + Send + Sync>;

/// The scripted agent.
pub struct ScriptedAgent {
    cast: Cast,
    places: Arc<Semaphore>,
}

impl ScriptedAgent {
    /// An agent that speaks these texts.
    #[must_use]
    pub fn new(texts: Arc<Texts>) -> Self {
        let clerk = move |start: &AgentStart, lips: Arc<Lips>| -> Box<dyn Part> {
            Box::new(Clerk::begin(Arc::clone(&texts), start, lips))
        };
        Self::played_by(Box::new(clerk), PLACES)
    }

    fn played_by(cast: Cast, places: usize) -> Self {
        Self { cast, places: Arc::new(Semaphore::new(places)) }
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
        let full = |_| {
            let what = "the scripted agent has as many conversations as it can; try again when one is over";
            PortError::new(NAME, Happened::No, Trouble::Unavailable, what)
        };
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(full)?;
        let lips = Arc::<Lips>::default();
        let (ear, mouth) = line::join((self.cast)(start, Arc::clone(&lips)), lips, place);
        Ok(AgentSession {
            conversation: Some(format!("{NAME}-{}", start.call_id)),
            hears: AudioFormat::Mulaw8k,
            speaks: AudioFormat::Mulaw8k,
            ear,
            mouth,
        })
    }
}

/// Who follows the script.
struct Clerk {
    language: Language,
    script: Script,
    ear: Ear,
    /// What was said last, and from when until when.
    last: Option<(String, u64, u64)>,
    lips: Arc<Lips>,
}

impl Part for Clerk {
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
}

impl Clerk {
    fn begin(texts: Arc<Texts>, start: &AgentStart, lips: Arc<Lips>) -> Self {
        let script = Script::new(texts, start.caller.clone());
        let mut clerk = Self { language: start.caller.language, script, ear: Ear::default(), last: None, lips };
        clerk.step(0, Input::Begins);
        clerk
    }

    fn step(&mut self, now: u64, input: Input) {
        for output in self.script.step(now, input) {
            match output {
                Output::Say(text) => self.say(now, text),
                Output::Interrupted => self.fall_silent(now),
                Output::Heard(text) => {
                    self.sound(&voice::quote(self.language, &text));
                    self.words(&text, FromAgent::Heard);
                }
                Output::Wants(wish) => self.lips.say(FromAgent::Wants(wish)),
                Output::HangUp => self.lips.say(FromAgent::HungUp),
                Output::BreakOff => self.lips.break_off(),
            }
        }
    }

    fn say(&mut self, now: u64, text: String) {
        let sound = voice::speak(self.language, &text);
        let begins = self.script.until().max(now);
        let ends = begins + voice::lasts(&sound);
        self.script.said_until(ends);
        self.words(&text, FromAgent::Says);
        self.sound(&sound);
        self.last = Some((text, begins, ends));
    }

    fn words(&self, text: &str, told: fn(Said) -> FromAgent) {
        if let Some(said) = Said::new(text, LONGEST) {
            self.lips.say(told(said));
        }
    }

    fn sound(&self, sound: &[u8]) {
        for piece in sound.chunks(PIECE) {
            self.lips.say(FromAgent::Sound(Sound::encode(piece)));
        }
    }

    /// What was told last was heard in part only.
    fn fall_silent(&mut self, now: u64) {
        self.lips.say(FromAgent::Interrupted);
        let Some((text, begins, ends)) = self.last.take() else { return };
        let letters = u64::try_from(text.chars().count()).unwrap_or(0);
        let heard = letters * now.saturating_sub(begins) / ends.saturating_sub(begins).max(1);
        let heard: String = text.chars().take(usize::try_from(heard).unwrap_or(0)).collect();
        self.words(&format!("{heard} …"), FromAgent::Corrected);
    }
}

#[cfg(test)]
mod suite;
#[cfg(test)]
mod tests;
