//! A live call: rings, asks the gateway what the callee hears, plays it, and tells what was pressed.

use super::{
    Shared, disorder,
    record::{Direction, Facts, Inbox, Signal},
    script::{self, Pace, Pickup, Script},
};
use crate::wire::{Hook, State, What, WireVerb};
use frontdesk_core::event::{AnsweredBy, EndCause};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;

/// What the callee hears when the gateway cannot be asked.
const TROUBLE: &str = "We are having trouble. Please try again later.";
/// What the callee hears when a recording begins.
const BEEP: &str = "(beep)";
/// Callbacks in one call; a flow that never ends is cut off.
const MAX_TURNS: u32 = 200;
/// No pause, wait or talk is longer, in seconds.
const MAX_SECONDS: u32 = 600;

/// What comes after the verbs of one answer.
pub(super) enum Next {
    /// Something to tell the gateway, and how often it has asked to be told again.
    Tell(What, u8),
    /// Nothing: the call ends this way.
    End(EndCause),
}

/// How long to ring, and whether to listen for machines.
#[derive(Clone, Copy)]
pub(super) struct Ring {
    pub(super) seconds: u32,
    pub(super) detect_machine: bool,
}

/// Keys the gateway waits for.
struct Question {
    prompt: String,
    digits: usize,
    timeout_seconds: u32,
}

pub(super) struct Line {
    pub(super) shared: Arc<Shared>,
    pub(super) facts: Facts,
    ring: Ring,
    pub(super) script: Option<Script>,
    keys: std::slice::Iter<'static, &'static str>,
    pub(super) pace: Pace,
    pub(super) signals: mpsc::Receiver<Signal>,
    moves: mpsc::Receiver<Vec<WireVerb>>,
    pub(super) over: CancellationToken,
    /// When the callee will have heard everything that was said so far, at natural speed.
    pub(super) spoken_until: Instant,
    /// How many media streams the call was connected with.
    pub(super) streams: u32,
}

impl Line {
    pub(super) fn new(shared: Arc<Shared>, facts: Facts, ring: Ring, inbox: Inbox, over: CancellationToken) -> Self {
        let Inbox { signals, moves } = inbox;
        let script = (facts.direction == Direction::Outbound).then(|| script::of(&facts.to)).flatten();
        let keys = script.map_or(&[][..], |script| script.keys).iter();
        let (pace, spoken_until) = (Pace::of(&shared.config), Instant::now());
        Self { shared, facts, ring, script, keys, pace, signals, moves, over, spoken_until, streams: 0 }
    }

    /// Lives the call from its first ring to the callback that reports its end.
    pub(super) async fn run(mut self) {
        let cause = match (self.facts.direction, self.script) {
            (Direction::Inbound, _) => self.converse(What::Incoming).await,
            (Direction::Outbound, Some(script)) if script.disorderly => disorder::live(&mut self).await,
            (Direction::Outbound, _) => {
                self.tell(&What::Ringing).await;
                match self.ring().await {
                    Ok(by) => self.converse(What::Answered { by }).await,
                    Err(cause) => cause,
                }
            }
        };
        if self.shared.stop.is_cancelled() {
            return;
        }
        self.end(cause);
        self.report_end().await;
    }

    /// Rings until somebody or something picks up.
    pub(super) async fn ring(&mut self) -> Result<Option<AnsweredBy>, EndCause> {
        let Some(script) = self.script else {
            return self.ring_browser().await.map(|()| self.heard_by(AnsweredBy::Human));
        };
        self.wait(self.pace.seconds(script::RING_SECONDS)).await?;
        let by = match script.pickup {
            Pickup::Busy => return Err(EndCause::Busy),
            Pickup::Declines => return Err(EndCause::Declined),
            Pickup::NoAnswer => {
                let rest = f64::from(self.ring.seconds) - script::RING_SECONDS;
                self.wait(self.pace.seconds(rest)).await?;
                return Err(EndCause::NoAnswer);
            }
            Pickup::Person => AnsweredBy::Human,
            Pickup::Machine => AnsweredBy::Machine,
        };
        self.shared.connect(&self.facts.id);
        if by == AnsweredBy::Machine {
            // It speaks its greeting and beeps before anything can be left on it.
            self.wait(self.pace.seconds(script::TALK_SECONDS)).await?;
        }
        Ok(self.heard_by(by))
    }

    fn heard_by(&self, by: AnsweredBy) -> Option<AnsweredBy> {
        self.ring.detect_machine.then_some(by)
    }

    /// A person at the browser phone takes as long as they take: the pace is for scripts.
    async fn ring_browser(&mut self) -> Result<(), EndCause> {
        let patience = Duration::from_secs(u64::from(self.ring.seconds));
        tokio::select! {
            () = self.over.cancelled() => return Err(EndCause::Completed),
            () = self.shared.stop.cancelled() => return Err(EndCause::Failed),
            Some(Signal::PickedUp) = self.signals.recv() => return Ok(()),
            () = sleep(patience) => {}
        }
        // Somebody may have picked up in the very last moment.
        if self.shared.book().call(&self.facts.id).is_some_and(|call| call.state == State::InProgress) {
            Ok(())
        } else {
            Err(EndCause::NoAnswer)
        }
    }

    async fn converse(&mut self, first: What) -> EndCause {
        let (mut what, mut hold) = (first, 0);
        for _ in 0..MAX_TURNS {
            let Ok(verbs) = self.steer(&what, hold).await else {
                self.shared.hear(&self.facts.id, TROUBLE, Some("en-US"), false);
                return EndCause::Failed;
            };
            if what == What::Incoming {
                self.shared.connect(&self.facts.id);
            }
            match self.obey(verbs, what).await {
                Ok(Next::Tell(next, held)) => (what, hold) = (next, held),
                Ok(Next::End(cause)) | Err(cause) => return cause,
            }
        }
        EndCause::Completed
    }

    /// Tells the gateway, and gives back what it wants done; tries again when that fails.
    pub(super) async fn steer(&self, what: &What, hold: u8) -> Result<Vec<WireVerb>, ()> {
        let hook = self.hook(what.clone(), hold);
        match self.shared.call_back_surely(&self.facts.webhook_url, &hook).await {
            Ok(answer) => Ok(answer.verbs),
            Err(error) => {
                tracing::warn!(%error, call = self.facts.id, kind = what.name(), "a sandbox call ends, as the gateway does not steer it");
                Err(())
            }
        }
    }

    /// Tells the gateway once, without caring for the answer.
    pub(super) async fn tell(&self, what: &What) {
        let hook = self.hook(what.clone(), 0);
        if let Err(error) = self.shared.call_back(&self.facts.webhook_url, &hook).await {
            tracing::debug!(%error, call = self.facts.id, kind = what.name(), "a sandbox callback was lost");
        }
    }

    pub(super) fn end(&self, cause: EndCause) {
        self.shared.end(&self.facts.id, cause);
    }

    pub(super) async fn report_end(&self) {
        self.shared.report_end(&self.facts).await;
    }

    fn hook(&self, what: What, hold: u8) -> Hook {
        self.shared.hook(&self.facts, what, hold)
    }

    /// Does what the gateway wants; when it comes to want something else meanwhile, that instead.
    pub(super) async fn obey(&mut self, mut verbs: Vec<WireVerb>, told: What) -> Result<Next, EndCause> {
        // Listened to while the rest of the line is busy performing.
        let mut moves = std::mem::replace(&mut self.moves, mpsc::channel(1).1);
        let done = loop {
            tokio::select! {
                biased;
                Some(other) = moves.recv() => {
                    self.shared.stop_asking(&self.facts.id);
                    self.spoken_until = Instant::now();
                    verbs = other;
                }
                done = self.perform(std::mem::take(&mut verbs), told.clone()) => break done,
            }
        };
        self.moves = moves;
        done
    }

    /// Does what the gateway wants, in order; `told` is what it was told before.
    async fn perform(&mut self, verbs: Vec<WireVerb>, told: What) -> Result<Next, EndCause> {
        let mut verbs = verbs.into_iter();
        while let Some(verb) = verbs.next() {
            if self.over.is_cancelled() {
                return Err(EndCause::Completed);
            }
            match verb {
                WireVerb::Say { text, language } => {
                    self.speak(&text, &language, false);
                    self.wait(self.pace.speech(&text)).await?;
                }
                WireVerb::Play { .. } => {
                    self.shared.hear(&self.facts.id, "♪", None, false);
                    self.wait(self.pace.seconds(1.0)).await?;
                }
                WireVerb::Ask { step, turn, prompt, language, digits, timeout_seconds, speech: _ } => {
                    self.drop_early_keys();
                    self.speak(&prompt, &language, true);
                    let question = Question { prompt, digits: usize::from(digits.max(1)), timeout_seconds };
                    let pressed = self.listen(&question).await;
                    self.shared.stop_asking(&self.facts.id);
                    let what = match pressed? {
                        Some(digits) => What::Digits { step, turn, digits },
                        None => What::Silence { step, turn },
                    };
                    return Ok(Next::Tell(what, 0));
                }
                WireVerb::Record { step, turn, prompt, language, beep, max_seconds, silence_seconds } => {
                    self.drop_early_keys();
                    self.speak(&prompt, &language, true);
                    if beep {
                        self.shared.hear(&self.facts.id, BEEP, None, true);
                    }
                    let message = self.take_message(&prompt, max_seconds, silence_seconds).await;
                    self.shared.stop_asking(&self.facts.id);
                    let url = format!("sandbox:recording/{}/{turn}", self.facts.id);
                    let what = match message? {
                        Some(seconds) => What::Recorded { step, turn, url, seconds: Some(seconds) },
                        None => What::Silence { step, turn },
                    };
                    return Ok(Next::Tell(what, 0));
                }
                WireVerb::Stream { url, parameters } => {
                    self.stream(&url, &parameters).await?;
                    if verbs.len() == 0 {
                        return Ok(Next::Tell(What::Streamed { stream: self.streams }, 0));
                    }
                }
                WireVerb::Transfer { .. } => {
                    self.shared.hear(&self.facts.id, "(connected to another telephone)", None, false);
                    self.wait(self.talk()).await?;
                    return Ok(Next::End(EndCause::Completed));
                }
                WireVerb::Pause { seconds } => {
                    self.wait(self.pace.seconds(f64::from(seconds.min(MAX_SECONDS)))).await?
                }
                WireVerb::Resume { hold } => {
                    // Never at once: whoever asks for patience is busy.
                    self.wait(self.pace.seconds(1.0).max(Duration::from_millis(20))).await?;
                    return Ok(Next::Tell(told, hold));
                }
                WireVerb::Hangup => return Ok(Next::End(EndCause::Completed)),
            }
        }
        Ok(Next::End(EndCause::Completed))
    }

    /// How long the callee talks with somebody else; a person at the browser phone hangs up when they have talked enough.
    fn talk(&self) -> Duration {
        match self.script {
            Some(_) => self.pace.seconds(script::TALK_SECONDS),
            None => Duration::from_secs(u64::from(MAX_SECONDS)),
        }
    }

    /// Takes a message and gives its length in seconds; `None` when nobody spoke. Scripted people who press keys speak as
    /// well; at the browser phone, which has no microphone, a key stands for the message.
    async fn take_message(&mut self, prompt: &str, longest: u32, silence: u32) -> Result<Option<u32>, EndCause> {
        let Some(script) = self.script else {
            let question = Question { prompt: prompt.to_owned(), digits: 1, timeout_seconds: longest };
            let began = Instant::now();
            let pressed = self.listen_to_person(&question).await?;
            let seconds = u32::try_from(began.elapsed().as_secs()).unwrap_or(MAX_SECONDS);
            return Ok(pressed.map(|_| seconds.clamp(1, longest.max(1))));
        };
        let prompt = self.pace.speech(prompt);
        if script.leaves_in_menu {
            self.wait(prompt / 2).await?;
            return Err(EndCause::Completed);
        }
        let speaks = script.pickup == Pickup::Person && !script.keys.is_empty();
        let seconds = if speaks { script::MESSAGE_SECONDS.min(longest) } else { silence };
        self.wait(prompt + self.pace.seconds(f64::from(seconds.min(MAX_SECONDS)))).await?;
        Ok(speaks.then_some(seconds))
    }

    fn speak(&mut self, text: &str, language: &str, asking: bool) {
        self.spoken_until = self.spoken_until.max(Instant::now()) + Pace::NATURAL.speech(text);
        self.shared.hear(&self.facts.id, text, Some(language), asking);
    }

    /// Keys pressed while nobody asked are lost, as on a real line.
    fn drop_early_keys(&mut self) {
        while self.signals.try_recv().is_ok() {}
    }

    async fn listen(&mut self, question: &Question) -> Result<Option<String>, EndCause> {
        let Some(script) = self.script else {
            return self.listen_to_person(question).await;
        };
        let prompt = self.pace.speech(&question.prompt);
        if script.leaves_in_menu {
            self.wait(prompt / 2).await?;
            return Err(EndCause::Completed);
        }
        if script.pickup == Pickup::Person
            && let Some(keys) = self.keys.next()
        {
            self.wait(prompt / 2 + self.pace.seconds(script::THINK_SECONDS)).await?;
            return Ok(Some((*keys).to_owned()));
        }
        let timeout = f64::from(question.timeout_seconds.min(MAX_SECONDS));
        self.wait(prompt + self.pace.seconds(timeout)).await?;
        Ok(None)
    }

    /// Gathers keys until there are enough, `#` ends a longer number, or nothing more comes.
    async fn listen_to_person(&mut self, question: &Question) -> Result<Option<String>, EndCause> {
        let timeout = Duration::from_secs(u64::from(question.timeout_seconds.min(MAX_SECONDS)));
        let mut until = self.spoken_until + timeout;
        let mut gathered = String::new();
        loop {
            let pressed = tokio::select! {
                () = self.over.cancelled() => return Err(EndCause::Completed),
                () = self.shared.stop.cancelled() => return Err(EndCause::Failed),
                signal = self.signals.recv() => signal,
                () = sleep_until(until) => {
                    self.shared.stop_asking(&self.facts.id);
                    // A key that was taken before the time was up still counts.
                    self.signals.try_recv().ok()
                }
            };
            match pressed {
                Some(Signal::Pressed(keys)) => {
                    // A key interrupts the prompt.
                    self.spoken_until = Instant::now();
                    until = self.spoken_until + timeout;
                    for key in keys.chars() {
                        if key == '#' && question.digits > 1 && !gathered.is_empty() {
                            return Ok(Some(gathered));
                        }
                        gathered.push(key);
                        if gathered.len() >= question.digits {
                            return Ok(Some(gathered));
                        }
                    }
                }
                Some(Signal::PickedUp) => {}
                None => return Ok(Some(gathered).filter(|keys| !keys.is_empty())),
            }
        }
    }

    /// Lets time pass, unless the call ends first.
    async fn wait(&self, time: Duration) -> Result<(), EndCause> {
        tokio::select! {
            biased;
            () = self.over.cancelled() => Err(EndCause::Completed),
            () = self.shared.stop.cancelled() => Err(EndCause::Failed),
            () = sleep(time) => Ok(()),
        }
    }
}
