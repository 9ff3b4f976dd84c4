//! Both halves of a conversation whose other end lives in this process. Here stands what the port promises of them,
//! whoever plays the other end: the script, or a test.

use crate::NAME;
use async_trait::async_trait;
use frontdesk_core::ports::{
    AgentEar, AgentMouth, FromAgent, Happened, PortError, PortResult, ToAgent, ToolCall, Trouble,
};
use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, OwnedSemaphorePermit};

/// Who is at the other end. It is dropped once the conversation is over.
pub(super) trait Part: Send {
    /// Hears something; what comes of it is said by its [`Lips`].
    fn hear(&mut self, told: ToAgent);
}

/// Where the other end speaks.
#[derive(Default)]
pub(super) struct Lips {
    said: Mutex<Waiting>,
    news: Notify,
}

/// What was said and not told yet. A script has an end, so this is bounded by it.
#[derive(Default)]
struct Waiting {
    told: VecDeque<PortResult<FromAgent>>,
    /// The names of everything that was wanted.
    wishes: BTreeSet<String>,
    /// Whether the last of it was said.
    last: bool,
    over: bool,
}

impl Lips {
    /// Says something. Of what was said before an interruption no sound is told any more; a wish of the same name is the
    /// same wish; and nothing comes after the end.
    pub(super) fn say(&self, told: FromAgent) {
        let mut said = self.said();
        if said.last {
            return;
        }
        match &told {
            FromAgent::Interrupted => said.told.retain(|told| !matches!(told, Ok(FromAgent::Sound(_)))),
            FromAgent::Wants(ToolCall { id, .. }) if !said.wishes.insert(id.clone()) => return,
            FromAgent::HungUp => said.last = true,
            _ => {}
        }
        said.told.push_back(Ok(told));
        self.news.notify_one();
    }

    /// Breaks off, in the middle of a word if need be.
    pub(super) fn break_off(&self) {
        let mut said = self.said();
        if !std::mem::replace(&mut said.last, true) {
            let what = "the agent broke off; begin another conversation";
            said.told.push_back(Err(PortError::new(NAME, Happened::No, Trouble::Unavailable, what)));
            self.news.notify_one();
        }
    }

    fn end(&self) {
        self.said().over = true;
        self.news.notify_one();
    }

    fn said(&self) -> MutexGuard<'_, Waiting> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Joins the two halves with the other end, which keeps its place until the conversation is over.
pub(super) fn join(
    part: Box<dyn Part>,
    lips: Arc<Lips>,
    place: OwnedSemaphorePermit,
) -> (Box<dyn AgentEar>, Box<dyn AgentMouth>) {
    (Box::new(Listening { part: Some((part, place)), lips: Arc::clone(&lips) }), Box::new(Speaking(lips)))
}

struct Listening {
    part: Option<(Box<dyn Part>, OwnedSemaphorePermit)>,
    lips: Arc<Lips>,
}

/// Hearing is the clock of whoever is at the other end: without it nothing comes any more.
impl Drop for Listening {
    fn drop(&mut self) {
        self.lips.end();
    }
}

#[async_trait]
impl AgentEar for Listening {
    async fn tell(&mut self, told: ToAgent) -> PortResult<()> {
        if self.lips.said().over {
            self.part = None;
        }
        match &mut self.part {
            Some((part, _)) => {
                part.hear(told);
                Ok(())
            }
            None => Err(PortError::new(NAME, Happened::No, Trouble::Broken, "the conversation is over")),
        }
    }

    async fn hang_up(&mut self) {
        self.part = None;
        self.lips.end();
    }
}

struct Speaking(Arc<Lips>);

#[async_trait]
impl AgentMouth for Speaking {
    async fn next(&mut self) -> PortResult<Option<FromAgent>> {
        loop {
            {
                let mut said = self.0.said();
                if said.over {
                    return Ok(None);
                }
                if let Some(told) = said.told.pop_front() {
                    said.over = said.last && said.told.is_empty();
                    return told.map(Some);
                }
            }
            // Told while nobody waited, it is known all the same.
            self.0.news.notified().await;
        }
    }
}
