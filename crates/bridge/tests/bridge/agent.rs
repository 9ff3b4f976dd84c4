//! An agent whose words are put into its mouth.

use async_trait::async_trait;
use frontdesk_core::{
    ports::{
        AgentEar, AgentMouth, AgentSession, AgentStart, FromAgent, Happened, Port, PortError, PortResult, ToAgent,
        Trouble, VoiceAgent,
    },
    sound::{AudioFormat, Sound},
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, mpsc},
    time::timeout,
};

/// What the agent does next.
pub(crate) enum Line {
    Says(FromAgent),
    Ends,
    Breaks(Trouble),
    Panics,
}

pub(crate) struct Scripted {
    pub(crate) hears: AudioFormat,
    pub(crate) speaks: AudioFormat,
    /// How the next attempts to have it fail.
    pub(crate) refusals: Mutex<VecDeque<Trouble>>,
    talkers: mpsc::UnboundedSender<Talker>,
    /// Lent to every half of every conversation.
    halves: Arc<()>,
}

/// A conversation, from the test's side.
pub(crate) struct Talker {
    pub(crate) start: AgentStart,
    heard: mpsc::UnboundedReceiver<ToAgent>,
    says: mpsc::UnboundedSender<Line>,
    /// What its ear may still take.
    pub(crate) patience: Arc<Semaphore>,
}

impl Scripted {
    pub(crate) fn new(hears: AudioFormat, speaks: AudioFormat) -> (Self, mpsc::UnboundedReceiver<Talker>) {
        let (talkers, come) = mpsc::unbounded_channel();
        (Self { hears, speaks, refusals: Mutex::default(), talkers, halves: Arc::new(()) }, come)
    }

    /// How many halves of conversations there are.
    pub(crate) fn halves(&self) -> usize {
        Arc::strong_count(&self.halves) - 1
    }
}

impl Talker {
    pub(crate) fn says(&self, said: FromAgent) {
        self.does(Line::Says(said));
    }

    pub(crate) fn does(&self, line: Line) {
        // A bridge that has hung up already hears it no more.
        let _ = self.says.send(line);
    }

    pub(crate) fn speaks(&self, raw: &[u8]) {
        self.says(FromAgent::Sound(Sound::encode(raw)));
    }

    /// What it is told next; `None` once nobody talks to it any more.
    pub(crate) async fn hears(&mut self) -> Option<ToAgent> {
        timeout(Duration::from_secs(20), self.heard.recv()).await.expect("it is told something, or left")
    }

    pub(crate) async fn hears_sound(&mut self) -> Sound {
        match self.hears().await {
            Some(ToAgent::Sound(sound)) => sound,
            other => panic!("no sound, but {other:?}"),
        }
    }

    /// Until nobody talks to it any more.
    pub(crate) async fn until_left(mut self) {
        while self.hears().await.is_some() {}
    }
}

struct Ear {
    heard: mpsc::UnboundedSender<ToAgent>,
    patience: Arc<Semaphore>,
    _half: Arc<()>,
}

struct Mouth {
    says: mpsc::UnboundedReceiver<Line>,
    _half: Arc<()>,
}

impl Port for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }
}

fn trouble(trouble: Trouble) -> PortError {
    PortError::new("scripted", Happened::Maybe, trouble, "as the test said")
}

#[async_trait]
impl VoiceAgent for Scripted {
    async fn converse(&self, start: &AgentStart) -> PortResult<AgentSession> {
        let refusal = self.refusals.lock().unwrap().pop_front();
        if let Some(refusal) = refusal {
            return Err(trouble(refusal));
        }
        let (heard, hears) = mpsc::unbounded_channel();
        let (says, said) = mpsc::unbounded_channel();
        let patience = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
        let talker = Talker { start: start.clone(), heard: hears, says, patience: Arc::clone(&patience) };
        self.talkers.send(talker).map_err(|_| trouble(Trouble::Broken))?;
        Ok(AgentSession {
            conversation: Some("conv_1".to_owned()),
            hears: self.hears,
            speaks: self.speaks,
            ear: Box::new(Ear { heard, patience, _half: Arc::clone(&self.halves) }),
            mouth: Box::new(Mouth { says: said, _half: Arc::clone(&self.halves) }),
        })
    }
}

#[async_trait]
impl AgentEar for Ear {
    async fn tell(&mut self, told: ToAgent) -> PortResult<()> {
        self.patience.acquire().await.unwrap().forget();
        self.heard.send(told).map_err(|_| trouble(Trouble::Unavailable))
    }

    async fn hang_up(&mut self) {}
}

#[async_trait]
impl AgentMouth for Mouth {
    async fn next(&mut self) -> PortResult<Option<FromAgent>> {
        match self.says.recv().await {
            Some(Line::Says(said)) => Ok(Some(said)),
            Some(Line::Ends) | None => Ok(None),
            Some(Line::Breaks(kind)) => Err(trouble(kind)),
            Some(Line::Panics) => panic!("as the test said"),
        }
    }
}
