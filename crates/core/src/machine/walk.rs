//! A live call walks its flow.

use super::{
    outcome::outcome,
    speak::{bounded, typed},
};
use crate::{
    call::{Call, CallState, Outcome},
    event::{Answer, AnsweredBy, EndCause, Event},
    flow::{Flow, Menu, Step},
    personal::Phone,
    reply::{Reply, Verb},
    speech::Texts,
};
use chrono::{DateTime, Utc};

/// What a call is about, as far as it is spoken.
#[derive(Debug, Clone)]
pub struct Scene<'a> {
    /// The texts.
    pub texts: &'a Texts,
    /// The variables of the texts: name, business, when, and so on.
    pub vars: Vec<(&'static str, String)>,
    /// A person at the desk, for transfers.
    pub desk: Option<Phone>,
    /// The business's own number, shown in transfers.
    pub business: Option<Phone>,
    /// Whether there is an appointment to speak about.
    pub known: bool,
    /// Whether there is a name to greet the person by; else a text `…-known` is said as the one without that suffix.
    pub named: bool,
    /// Whether the question has been answered elsewhere meanwhile, or is moot.
    pub moot: bool,
    /// Whether a message may be left on a machine.
    pub leave_message: bool,
    /// Whether the carrier takes spoken messages.
    pub takes_messages: bool,
    /// Whether the carrier brings back what the caller answers. Where it does not, nothing is asked in an agent's place.
    pub asks: bool,
    /// The media stream that answers instead of the flow, where one does.
    pub stream: Option<Verb>,
}

/// What the walk came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Walked {
    /// The call as it is now.
    pub call: Call,
    /// What is heard next.
    pub reply: Reply,
    /// The answer given with this event, if it is the first.
    pub answer: Option<Answer>,
    /// The person asked with this event never to be contacted again.
    pub opted_out: bool,
    /// Set when the call ended with this event: what came of it, and how.
    pub ended: Option<(Outcome, EndCause)>,
    /// What to count.
    pub counts: Vec<String>,
    /// What happened, for the timeline.
    pub note: String,
}

/// Moves a call by one event.
#[must_use]
pub fn step(flow: &Flow, scene: &Scene<'_>, call: Call, event: &Event, now: DateTime<Utc>) -> Walked {
    let event = &*event.answering(&call.walk.step, call.walk.turn);
    let mut walker = Walker { flow, scene, now, out: Walked::quiet(call) };
    walker.out.call.updated_at = now;
    match event {
        Event::Ringing => walker.ringing(),
        Event::Incoming | Event::Answered { .. } => {
            let by = if let Event::Answered { by } = event { *by } else { AnsweredBy::Human };
            walker.answered(by);
        }
        // Some carriers tell silence as no keys at all.
        Event::Digits { step, turn, digits } if digits.is_empty() => walker.silent(step, *turn),
        Event::Digits { step, turn, digits } => walker.pressed(step, *turn, digits),
        Event::Silence { step, turn } => walker.silent(step, *turn),
        // Without a language model behind it, speech in a key menu is a miss like any other.
        Event::Speech { step, turn, .. } => walker.silent(step, *turn),
        Event::Recorded { step, turn, url, seconds } => walker.recorded(step, *turn, url, *seconds),
        Event::Transcribed { url, words } => walker.transcribed(url, words),
        Event::Transferred { reached } => walker.came_back(*reached),
        Event::Streamed => walker.unstreamed(),
        Event::Ended { cause, seconds } => walker.ended(*cause, *seconds),
        other => walker.note(format!("{} does not move a call", other.name())),
    }
    walker.out
}

impl Walked {
    fn quiet(call: Call) -> Self {
        Self {
            call,
            reply: Reply::default(),
            answer: None,
            opted_out: false,
            ended: None,
            counts: Vec::new(),
            note: String::new(),
        }
    }
}

pub(super) struct Walker<'a> {
    pub(super) flow: &'a Flow,
    pub(super) scene: &'a Scene<'a>,
    pub(super) now: DateTime<Utc>,
    pub(super) out: Walked,
}

impl<'a> Walker<'a> {
    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.out.note = note.into();
    }

    pub(super) fn count(&mut self, name: String) {
        self.out.counts.push(name);
    }

    fn ringing(&mut self) {
        if self.out.call.state < CallState::Ringing {
            self.out.call.state = CallState::Ringing;
            self.note("ringing");
        } else {
            self.note("ringing, told late; ignored");
        }
    }

    fn answered(&mut self, by: AnsweredBy) {
        let call = &mut self.out.call;
        if call.state == CallState::Ended {
            // Too late to steer anything; but it was picked up, and the end may have been told first.
            call.answered_by = call.answered_by.or(Some(by));
            call.started_at = call.started_at.or(Some(self.now));
            return self.note("picked up, told after the end; ignored");
        }
        if call.state == CallState::InProgress && call.walk.streamed {
            // A carrier that does not say that a stream is over asks what is heard next.
            return self.unstreamed();
        }
        if call.state == CallState::InProgress {
            if by == AnsweredBy::Machine && !call.walk.pressed && call.answered_by != Some(AnsweredBy::Machine) {
                call.answered_by = Some(by);
                self.note("a machine after all");
                return self.machine();
            }
            self.note("picked up, told again; the question stands");
            return self.say_again();
        }
        call.state = CallState::InProgress;
        call.started_at = Some(self.now);
        call.answered_by = Some(by);
        self.count("answered".to_owned());
        if by == AnsweredBy::Machine {
            self.note("a machine picked up");
            return self.machine();
        }
        if let Some(stream) = self.scene.stream.clone() {
            self.note("picked up; handed to the media stream");
            self.count("streamed".to_owned());
            // Nothing is asked here any more: the other end of the stream has the conversation.
            self.out.call.walk.finished = true;
            self.out.call.walk.streamed = true;
            self.out.reply = Reply(vec![stream]);
            return;
        }
        self.note("picked up");
        if self.scene.moot {
            return self.part("already-answered");
        }
        self.begin(Vec::new());
    }

    /// Enters the flow where this caller begins.
    pub(super) fn begin(&mut self, said: Vec<Verb>) {
        let start = match &self.flow.start_unknown {
            Some(start) if !self.scene.known => start,
            _ => &self.flow.start,
        };
        self.enter(start, said);
    }

    fn machine(&mut self) {
        match &self.flow.voicemail {
            Some(step) if self.scene.leave_message && !self.scene.moot => {
                self.enter(step, Vec::new());
            }
            _ => self.finish(Vec::new()),
        }
    }

    fn pressed(&mut self, step: &str, turn: u32, digits: &str) {
        let Some((menu, ended)) = self.asked(step, turn) else {
            return;
        };
        let known = menu.keys.get(digits).filter(|key| self.offered(key));
        let call = &mut self.out.call;
        if call.state < CallState::InProgress {
            // The keys overtook the news that somebody picked up.
            call.state = CallState::InProgress;
            call.started_at = call.started_at.or(Some(self.now));
        }
        // A key press always means a person, whatever the carrier's ear made of them.
        call.walk.pressed = true;
        call.answered_by = Some(AnsweredBy::Human);
        if call.outcome == Some(Outcome::Voicemail) {
            call.outcome = Some(outcome(call, EndCause::Completed));
        }
        let Some(key) = known else {
            let typed = typed(digits, menu.digits);
            call.walk.path.push(format!("{step}={typed}"));
            self.count(format!("step:{step}:invalid"));
            self.note(format!("pressed {typed}, which means nothing here"));
            if !ended {
                self.missed(step, menu, &menu.invalid);
            }
            return;
        };
        call.walk.path.push(format!("{step}={digits}"));
        self.count(format!("step:{step}:digit:{digits}"));
        if key.repeat {
            self.note(format!("pressed {digits} to hear it again"));
            if !ended {
                self.ask(step, menu, None, &menu.again);
            }
            return;
        }
        self.out.call.walk.chosen = true;
        self.note(format!("pressed {digits}"));
        if self.scene.moot && self.out.call.walk.answer.is_none() && (key.answer.is_some()) {
            self.note(format!("pressed {digits}, but the question was settled meanwhile"));
            if !ended {
                self.part("already-answered");
            }
            return;
        }
        if let Some(answer) = key.answer
            && self.out.call.walk.answer.is_none()
        {
            self.out.call.walk.answer = Some(answer);
            self.out.answer = Some(answer);
        }
        if key.opt_out && !self.out.call.walk.opted_out {
            self.out.call.walk.opted_out = true;
            self.out.opted_out = true;
        }
        if ended {
            // The end was told before the key. What the person said counts; nobody is there to hear a reply.
            self.out.call.outcome = Some(outcome(&self.out.call, EndCause::Completed));
            self.note(format!("pressed {digits}; told after the end, and counts"));
        } else if let Some(next) = &key.goto {
            self.enter(next, Vec::new());
        }
    }

    fn silent(&mut self, step: &str, turn: u32) {
        if self.unspoken(step, turn) {
            return;
        }
        let Some((menu, ended)) = self.asked(step, turn) else {
            return;
        };
        self.count(format!("step:{step}:silent"));
        self.note("said nothing");
        if !ended {
            self.missed(step, menu, &menu.silence);
        }
    }

    /// The menu an answer belongs to, and whether the call is over; `None` when the answer is of no consequence.
    fn asked(&mut self, step: &str, turn: u32) -> Option<(&'a Menu, bool)> {
        let call = &self.out.call;
        let ended = call.state == CallState::Ended;
        let current = call.walk.step == step && call.walk.turn == turn;
        if !current || call.walk.finished && !ended {
            self.note(format!(
                "an answer to question {turn} ({}), which is not the one being asked; ignored",
                bounded(step)
            ));
            if !ended {
                self.say_again();
            }
            return None;
        }
        match self.flow.steps.get(step) {
            Some(Step::Menu(menu)) if !(ended && call.walk.answer.is_some()) => Some((menu, ended)),
            _ => {
                self.note("an answer where nothing is asked; ignored");
                None
            }
        }
    }

    fn missed(&mut self, step: &str, menu: &Menu, text: &str) {
        self.out.call.walk.misses += 1;
        if self.out.call.walk.misses < menu.tries {
            return self.ask(step, menu, Some(text), &menu.again);
        }
        self.count(format!("step:{step}:gave_up"));
        self.out.call.walk.gave_up = true;
        match &menu.otherwise {
            Some(next) => self.enter(next, Vec::new()),
            None => self.finish(Vec::new()),
        }
    }

    /// Enters a step and goes on until somebody is asked or the call is over.
    pub(super) fn enter(&mut self, name: &str, mut said: Vec<Verb>) {
        let mut name = name.to_owned();
        // A checked flow has no circle without a question; the bound keeps an unchecked one from holding a thread.
        for _ in 0..=self.flow.steps.len() {
            self.out.call.walk.step.clone_from(&name);
            self.out.call.walk.misses = 0;
            self.count(format!("step:{name}:entered"));
            match self.flow.steps.get(&name) {
                Some(Step::Menu(menu)) => return self.ask_after(&name, menu, said, &menu.say),
                Some(Step::Say { say, then }) => {
                    said.push(self.say(say));
                    match then {
                        Some(next) => name.clone_from(next),
                        None => return self.finish(said),
                    }
                }
                Some(Step::Transfer { say, otherwise }) => match (self.scene.desk.clone(), otherwise) {
                    (Some(to), _) => {
                        said.push(self.say(say));
                        let from = self.scene.business.clone().unwrap_or_else(|| self.out.call.from.clone());
                        said.push(Verb::Transfer { to, from });
                        self.out.call.walk.transferred = true;
                        self.out.reply = Reply(said);
                        return;
                    }
                    (None, Some(next)) => name.clone_from(next),
                    (None, None) => return self.finish(said),
                },
                Some(Step::Record(record)) if self.scene.takes_messages => return self.record(&name, record, said),
                // As if nothing had been said: nobody is asked for a message that cannot be kept.
                Some(Step::Record(record)) => match &record.otherwise {
                    Some(next) => name.clone_from(next),
                    None => return self.finish(said),
                },
                None => break,
            }
        }
        said.push(self.say(&["sorry-trouble"]));
        self.finish(said);
    }

    fn ask(&mut self, step: &str, menu: &Menu, before: Option<&str>, say: &[String]) {
        let ids: Vec<&str> = before.into_iter().chain(say.iter().map(String::as_str)).collect();
        self.ask_after(step, menu, Vec::new(), &ids);
    }

    fn ask_after(&mut self, step: &str, menu: &Menu, mut said: Vec<Verb>, ids: &[impl AsRef<str>]) {
        self.out.call.walk.turn += 1;
        said.push(self.question(step, menu, ids));
        self.out.reply = Reply(said);
    }

    /// Repeats the standing question, without a new turn: the caller has not moved.
    pub(super) fn say_again(&mut self) {
        let call = &self.out.call;
        if call.walk.finished || call.walk.transferred {
            return;
        }
        let verb = match self.flow.steps.get(&call.walk.step) {
            Some(Step::Menu(menu)) => self.question(&call.walk.step, menu, &menu.again),
            Some(Step::Record(record)) => self.request(&call.walk.step, record),
            _ => return,
        };
        self.out.reply = Reply(vec![verb]);
    }

    fn part(&mut self, id: &str) {
        let said = vec![self.say(&[id])];
        self.finish(said);
    }

    pub(super) fn finish(&mut self, mut said: Vec<Verb>) {
        said.push(Verb::Hangup);
        self.out.call.walk.finished = true;
        self.out.reply = Reply(said);
    }
}
