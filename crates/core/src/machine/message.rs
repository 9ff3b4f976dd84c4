//! What comes back when the menu is left: a message that was taken, and a transfer that is over.

use super::{outcome::outcome, speak::bounded, walk::Walker};
use crate::{
    call::{CallState, Outcome},
    event::EndCause,
    flow::{Record, Step},
    personal::{RecordingLink, Said},
    reply::{Reply, Verb},
};

/// More characters of a message are not kept.
const MOST_WORDS: usize = 4_000;

impl Walker<'_> {
    /// Enters a step that takes a message.
    pub(super) fn record(&mut self, step: &str, record: &Record, mut said: Vec<Verb>) {
        self.out.call.walk.turn += 1;
        said.push(self.request(step, record));
        self.out.reply = Reply(said);
    }

    /// Whether a message is what was asked for last, by this step and turn.
    fn awaits_message(&self, step: &str, turn: u32) -> Option<Record> {
        let walk = &self.out.call.walk;
        match self.flow.steps.get(step) {
            Some(Step::Record(record)) if walk.step == step && walk.turn == turn && !walk.finished => {
                Some(record.clone())
            }
            _ => None,
        }
    }

    /// A message was taken: its link is kept. A caller who hangs up while speaking has left one as well.
    pub(super) fn recorded(&mut self, step: &str, turn: u32, url: &str, seconds: Option<u32>) {
        let Some(record) = self.awaits_message(step, turn) else {
            self.note(format!("a message for question {turn} ({}), which is not asked; ignored", bounded(step)));
            if self.out.call.state != CallState::Ended {
                self.say_again();
            }
            return;
        };
        let over = self.out.call.state == CallState::Ended;
        let Ok(link) = RecordingLink::parse(url) else {
            self.note("a message was taken, but the carrier gave no link to it");
            if !over {
                self.go_on(record.otherwise);
            }
            return;
        };
        if over && self.out.call.recording.as_ref() == Some(&link) {
            return self.note("the message was told again; ignored");
        }
        let call = &mut self.out.call;
        if call.recording.replace(link) != call.recording {
            call.transcript = None;
        }
        self.count(format!("step:{step}:recorded"));
        let length = seconds.map_or(String::new(), |seconds| format!(" of {seconds} seconds"));
        let call = &mut self.out.call;
        if over {
            if call.outcome == Some(Outcome::HungUp) {
                call.outcome = Some(outcome(call, EndCause::Completed));
            }
            return self.note(format!("left a message{length}; told after the end, and kept"));
        }
        if call.state < CallState::InProgress {
            // The message overtook the news that somebody picked up.
            call.state = CallState::InProgress;
            call.started_at = call.started_at.or(Some(self.now));
        }
        self.note(format!("left a message{length}"));
        self.go_on(record.then);
    }

    /// The carrier has written down what a message says; numbers of cards are left out. Words of another message than the
    /// one that is kept are not kept: that one was replaced, or its person forgotten.
    pub(super) fn transcribed(&mut self, url: &str, words: &Said) {
        let call = &mut self.out.call;
        if call.recording.as_ref().is_none_or(|kept| !kept.is_of(url)) {
            return self.note("words of a message that is not kept; ignored");
        }
        call.transcript = words.redacted(MOST_WORDS);
        self.note("the carrier wrote down what the message says");
    }

    /// Nothing was said where a message was asked for; `false` when it was not.
    pub(super) fn unspoken(&mut self, step: &str, turn: u32) -> bool {
        let Some(record) = self.awaits_message(step, turn) else {
            return false;
        };
        self.count(format!("step:{step}:silent"));
        self.note("left no message");
        if self.out.call.state != CallState::Ended {
            self.go_on(record.otherwise);
        }
        true
    }

    /// The other telephone of a transfer is done with, and the caller is still there.
    pub(super) fn came_back(&mut self, reached: bool) {
        let walk = &self.out.call.walk;
        if self.out.call.state == CallState::Ended {
            return self.note("the transfer was over, told after the end; ignored");
        }
        if !walk.transferred || walk.finished {
            self.note("a transfer is over that nobody waits for; ignored");
            return self.say_again();
        }
        if reached {
            self.note("the desk has spoken with them");
            return self.finish(Vec::new());
        }
        let step = walk.step.clone();
        (self.out.call.walk.transferred, self.out.call.walk.unreached) = (false, true);
        if step.is_empty() {
            // They were led to a voice agent's number before any flow began.
            self.note("the voice agent did not pick up; the flow goes on instead");
            self.count("agent_unreached".to_owned());
            return self.in_place_of_agent();
        }
        self.count(format!("step:{step}:unreached"));
        self.note("nobody picked up at the desk");
        match self.flow.steps.get(&step) {
            Some(Step::Transfer { otherwise: Some(next), .. }) => {
                let next = next.clone();
                self.enter(&next, Vec::new());
            }
            _ => {
                let said = vec![self.say(&["transfer-failed".to_owned()])];
                self.finish(said);
            }
        }
    }

    fn go_on(&mut self, next: Option<String>) {
        match next {
            Some(next) => self.enter(&next, Vec::new()),
            None => self.finish(Vec::new()),
        }
    }
}
