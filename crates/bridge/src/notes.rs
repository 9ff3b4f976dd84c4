//! What is kept of a conversation.

use frontdesk_core::{
    personal::Said,
    ports::{Speaker, Talk, TalkEnd},
};
use tokio::time::Instant;

/// The most lines and turns of a conversation that are kept.
const MOST: usize = 2_000;
/// The most characters of a line that are kept.
const LONGEST: usize = 4_000;

/// Written while it goes on.
pub(crate) struct Notes {
    began: Instant,
    talk: Talk,
    /// When the agent understood something that it has not answered yet.
    asked: Option<Instant>,
}

impl Notes {
    pub(crate) fn new(began: Instant) -> Self {
        let talk = Talk {
            conversation: None,
            end: TalkEnd::AgentLost,
            lines: Vec::new(),
            first_word_ms: None,
            turns_ms: Vec::new(),
            interruptions: 0,
            dropped: 0,
        };
        Self { began, talk, asked: None }
    }

    /// Another conversation is had; its name is the one to keep.
    pub(crate) fn conversation(&mut self, name: Option<String>) {
        self.talk.conversation = name;
        self.asked = None;
    }

    pub(crate) fn heard(&mut self, said: &Said, now: Instant) {
        self.line(Speaker::Caller, said, now);
        self.asked = Some(now);
    }

    pub(crate) fn says(&mut self, said: &Said, now: Instant) {
        self.line(Speaker::Agent, said, now);
    }

    /// In place of the last thing the agent said.
    pub(crate) fn corrected(&mut self, said: &Said, now: Instant) {
        let last = self.talk.lines.iter_mut().rfind(|(_, speaker, _)| *speaker == Speaker::Agent);
        match (last, said.redacted(LONGEST)) {
            (Some((_, _, line)), Some(said)) => *line = said,
            (Some(_), None) => {}
            (None, _) => self.says(said, now),
        }
    }

    fn line(&mut self, speaker: Speaker, said: &Said, now: Instant) {
        if let Some(said) = said.redacted(LONGEST)
            && self.talk.lines.len() < MOST
        {
            self.talk.lines.push((self.since_began(now), speaker, said));
        }
    }

    /// The agent gave sound; tells how long its turn took, where it answers something, in milliseconds.
    pub(crate) fn sound(&mut self, now: Instant) -> Option<u64> {
        let turn = millis(now.saturating_duration_since(self.asked.take()?));
        if self.talk.turns_ms.len() < MOST {
            self.talk.turns_ms.push(turn);
        }
        Some(turn)
    }

    /// Sound was sent to the carrier; tells after how long, where it is the first.
    pub(crate) fn sent(&mut self, now: Instant) -> Option<u64> {
        if self.talk.first_word_ms.is_some() {
            return None;
        }
        self.talk.first_word_ms = Some(self.since_began(now));
        self.talk.first_word_ms
    }

    pub(crate) fn interrupted(&mut self) {
        self.talk.interruptions = self.talk.interruptions.saturating_add(1);
    }

    pub(crate) fn close(mut self, end: TalkEnd, dropped: u64) -> Talk {
        self.talk.end = end;
        self.talk.dropped = dropped;
        self.talk
    }

    fn since_began(&self, now: Instant) -> u64 {
        millis(now.saturating_duration_since(self.began))
    }
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn said(text: &str) -> Said {
        Said::new(text, 100).unwrap()
    }

    #[test]
    fn what_was_really_said_stands_in_place_of_what_was_meant_to_be() {
        let now = Instant::now();
        let mut notes = Notes::new(now);
        notes.says(&said("Good morning, this is the clinic."), now + Duration::from_millis(5));
        notes.heard(&said("Hello?"), now + Duration::from_millis(20));
        notes.corrected(&said("Good mor"), now + Duration::from_millis(30));
        let talk = notes.close(TalkEnd::CallerGone, 0);
        let lines: Vec<_> = talk.lines.iter().map(|(at, who, said)| (*at, *who, said.reveal())).collect();
        assert_eq!(lines, [(5, Speaker::Agent, "Good mor"), (20, Speaker::Caller, "Hello?")]);
    }

    #[test]
    fn a_turn_is_from_what_was_understood_to_the_first_sound_after_it() {
        let now = Instant::now();
        let mut notes = Notes::new(now);
        assert_eq!(notes.sound(now), None);
        notes.heard(&said("Yes."), now);
        assert_eq!(notes.sound(now + Duration::from_millis(700)), Some(700));
        assert_eq!(notes.sound(now + Duration::from_millis(720)), None);
        assert_eq!(notes.close(TalkEnd::AgentDone, 0).turns_ms, [700]);
    }

    #[test]
    fn card_numbers_are_not_kept() {
        let now = Instant::now();
        let mut notes = Notes::new(now);
        notes.heard(&said("It is 4111 1111 1111 1111, thanks"), now);
        assert_eq!(notes.close(TalkEnd::AgentDone, 0).lines[0].2.reveal(), "It is [card number], thanks");
    }
}
