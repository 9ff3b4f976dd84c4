//! What a caller hears once their media stream is over.

use super::walk::Walker;
use crate::{call::CallState, flow::Step, reply::Verb, talk::TalkEnd};

impl Walker<'_> {
    /// The stream is over. Whoever had the conversation has said how it ended, if there was one.
    pub(super) fn unstreamed(&mut self) {
        let call = &mut self.out.call;
        if call.state == CallState::Ended {
            return self.note("the media stream was over, told after the end; ignored");
        }
        if !call.walk.streamed {
            self.note("a media stream is over that nobody waits for; ignored");
            return self.say_again();
        }
        call.walk.streamed = false;
        match call.talk.as_ref().map(|talk| talk.end) {
            Some(TalkEnd::AgentDone | TalkEnd::CallerGone) => {
                self.note("the voice agent has spoken with them");
                self.finish(Vec::new());
            }
            Some(TalkEnd::Transfer) => self.put_through(),
            Some(TalkEnd::AgentLost | TalkEnd::Stopped) | None => {
                self.note("the voice agent could not be had; the flow goes on instead");
                self.count("stream_failed".to_owned());
                self.in_place_of_agent();
            }
        }
    }

    /// Whoever cannot have the agent is heard all the same: by keys, or by a person where the carrier brings no keys.
    pub(super) fn in_place_of_agent(&mut self) {
        self.out.call.walk.finished = false;
        let said = vec![self.say(&["agent-lost".to_owned()])];
        if self.scene.asks { self.begin(said) } else { self.give_desk(said) }
    }

    fn put_through(&mut self) {
        self.note("the voice agent puts them through");
        self.give_desk(Vec::new());
    }

    /// The flow knows how somebody is put through, and what is heard where nobody picks up.
    fn give_desk(&mut self, mut said: Vec<Verb>) {
        let desk = self.flow.steps.iter().find(|(_, step)| matches!(step, Step::Transfer { .. }));
        let Some(step) = desk.map(|(name, _)| name.clone()) else {
            said.push(self.say(&["transfer-failed".to_owned()]));
            return self.finish(said);
        };
        self.out.call.walk.finished = false;
        self.enter(&step, said);
    }
}
