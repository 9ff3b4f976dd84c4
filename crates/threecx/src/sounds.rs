//! What callers at the route point hear from us, and who speaks with them. All of it ends with the adapter.

use frontdesk_core::ports::FromLine;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinSet},
};

/// By the name of the call.
#[derive(Default)]
pub(crate) struct Sounds(Mutex<Known>);

#[derive(Default)]
struct Known {
    tasks: JoinSet<()>,
    calls: HashMap<String, Heard>,
}

#[derive(Default)]
struct Heard {
    /// The greeting, and the music after it.
    music: Option<AbortHandle>,
    talk: Option<Talk>,
}

/// A conversation with the voice agent.
struct Talk {
    /// Our part in the call: the extension, and its name there.
    part: (String, u64),
    /// What is told to the conversation.
    told: mpsc::Sender<FromLine>,
    speaking: AbortHandle,
}

impl Sounds {
    /// Lets a caller hear this.
    pub(crate) fn play(&self, call: &str, task: impl Future<Output = ()> + Send + 'static) {
        let mut known = self.known();
        known.sweep();
        let music = known.tasks.spawn(task);
        known.calls.entry(call.to_owned()).or_default().music = Some(music);
    }

    /// A caller is spoken with. The task is given what they hear until the first word.
    pub(crate) fn talk<T: Future<Output = ()> + Send + 'static>(
        &self,
        call: &str,
        part: (String, u64),
        told: mpsc::Sender<FromLine>,
        task: impl FnOnce(Option<AbortHandle>) -> T,
    ) {
        let mut known = self.known();
        known.sweep();
        let music = known.calls.get(call).and_then(|heard| heard.music.clone());
        let speaking = known.tasks.spawn(task(music));
        known.calls.entry(call.to_owned()).or_default().talk = Some(Talk { part, told, speaking });
    }

    /// Ends what a caller hears from us; who speaks with them is told that they are elsewhere.
    pub(crate) fn silence(&self, call: &str) {
        let Some(heard) = self.known().calls.remove(call) else { return };
        if let Some(music) = heard.music {
            music.abort();
        }
        if let Some(talk) = heard.talk {
            // A conversation that takes nothing any more is over by what is aborted.
            let _ = talk.told.try_send(FromLine::Ended);
            talk.speaking.abort();
        }
    }

    /// Tells the conversation that this part of ours is in, where there is one.
    pub(crate) fn tell(&self, dn: &str, id: u64, told: FromLine) {
        let known = self.known();
        let theirs = |talk: &&Talk| talk.part.1 == id && talk.part.0 == dn;
        if let Some(talk) = known.calls.values().filter_map(|heard| heard.talk.as_ref()).find(theirs) {
            // Whoever presses keys faster than they are taken is not heard; that a caller is gone shows in their sound too.
            let _ = talk.told.try_send(told);
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn sweep(&mut self) {
        while self.tasks.try_join_next().is_some() {}
        self.calls.retain(|_, heard| {
            heard.music.as_ref().is_some_and(|music| !music.is_finished())
                || heard.talk.as_ref().is_some_and(|talk| !talk.speaking.is_finished())
        });
    }
}
