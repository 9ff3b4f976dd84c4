//! What the scripted agent says and does: a machine without clock, sound or waiting.
//!
//! It greets, finds the caller's next appointment and offers to move it, or else offers one free time after the other.
//! A yes, said or pressed (1), takes what is offered; a no (0) or silence goes on; 9 leads to a person. The star makes it
//! break off, so that anybody can hear what becomes of the caller then.

use super::answers::{self, Known, Slot};
use frontdesk_core::{
    ports::{Caller, ToolAnswer, ToolCall},
    speech::Texts,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// How long a silence is an answer, in milliseconds after the last word.
const SILENCE_MS: u64 = 4_000;
/// How often a time may turn out to be taken before a person is asked.
const FAILURES: u32 = 3;
/// How often it is looked for free times before a person is asked: nobody listens to more.
const LOOKS: u32 = 2;

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Input {
    /// The call is put through.
    Begins,
    /// Time passes.
    Passes,
    /// The caller speaks.
    Speaks,
    /// The caller has finished speaking.
    Spoke,
    /// The caller pressed this.
    Key(char),
    /// What came of a wish.
    Told { id: String, answer: ToolAnswer },
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Output {
    /// These words are said after all others. Whoever says them tells by [`Script::said_until`] how long they take.
    Say(String),
    /// What was not heard yet is void.
    Interrupted,
    /// The caller was understood like this.
    Heard(String),
    /// Something is to be done.
    Wants(ToolCall),
    /// Everything was said.
    HangUp,
    /// The conversation breaks off.
    BreakOff,
}

/// A question that was put to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Question {
    /// Whether to move this one.
    Move(Known),
    /// Whether to cancel it.
    Cancel(Known),
    /// Whether to take the time that is offered.
    Take,
}

/// What is being waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// An answer of the caller.
    Asked(Question),
    /// What comes of a wish.
    Wishing(Wish),
    /// Nothing more.
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Find,
    Slots,
    /// The free times after the ones that were offered.
    More,
    Take,
    Cancel,
    Transfer,
    End,
}

/// The agent's side of a conversation.
pub(crate) struct Script {
    texts: Arc<Texts>,
    caller: Caller,
    state: State,
    slots: Vec<Slot>,
    /// Whether there are others beside them.
    more: bool,
    looks: u32,
    offered: usize,
    moving: Option<Known>,
    failures: u32,
    wishes: u32,
    /// When the last word will have been said.
    until: u64,
    /// Whether the caller speaks, and began to once the question was put.
    answering: bool,
}

impl Script {
    pub(crate) fn new(texts: Arc<Texts>, caller: Caller) -> Self {
        Self {
            texts,
            caller,
            state: State::Wishing(Wish::Find),
            slots: Vec::new(),
            more: false,
            looks: 0,
            offered: 0,
            moving: None,
            failures: 0,
            wishes: 0,
            until: 0,
            answering: false,
        }
    }

    /// Says when the words that were given last will have been said, in milliseconds of the conversation.
    pub(crate) fn said_until(&mut self, at: u64) {
        self.until = at;
    }

    /// When the last word will have been said.
    pub(crate) fn until(&self) -> u64 {
        self.until
    }

    /// What comes of what happens at this time, in milliseconds from the beginning.
    pub(crate) fn step(&mut self, now: u64, input: Input) -> Vec<Output> {
        match (input, self.state.clone()) {
            (Input::Begins, _) => {
                let greeting = if self.caller.name.is_some() { "inbound-greeting-known" } else { "inbound-greeting" };
                let mut outputs = vec![self.say(&[(greeting, "")])];
                outputs.extend(self.wish(Wish::Find, "find_appointments", json!({})));
                outputs
            }
            (Input::Key('*'), State::Asked(_) | State::Wishing(_)) => {
                self.state = State::Over;
                vec![Output::BreakOff]
            }
            (Input::Told { id, answer }, State::Wishing(wish)) if id == self.wish_id() => self.told(wish, &answer),
            (Input::Speaks, State::Asked(_)) => {
                self.answering = true;
                self.interrupted(now)
            }
            (Input::Spoke, State::Asked(question)) if self.answering => {
                let heard = self.texts.say(self.caller.language, "agent-heard-yes", &[]);
                let mut outputs = vec![Output::Heard(heard)];
                outputs.extend(self.yes(question));
                outputs
            }
            (Input::Key(key @ ('0' | '1' | '9')), State::Asked(question)) => {
                let mut outputs = self.interrupted(now);
                outputs.extend(match key {
                    '1' => self.yes(question),
                    '0' => self.no(question),
                    _ => self.transfer(&[]),
                });
                outputs
            }
            (Input::Passes, State::Asked(question)) if !self.answering && now >= self.until + SILENCE_MS => {
                self.silence(&question)
            }
            _ => Vec::new(),
        }
    }

    fn interrupted(&mut self, now: u64) -> Vec<Output> {
        let speaking = now < self.until;
        self.until = self.until.min(now);
        if speaking { vec![Output::Interrupted] } else { Vec::new() }
    }

    fn yes(&mut self, question: Question) -> Vec<Output> {
        match question {
            Question::Move(known) => {
                self.moving = Some(known);
                self.wish(Wish::Slots, "free_slots", json!({}))
            }
            Question::Cancel(known) => self.wish(Wish::Cancel, "cancel", json!({ "appointment_id": known.id })),
            Question::Take => {
                let starts_at = self.slots.get(self.offered).map_or(Value::Null, |slot| slot.starts_at.clone());
                match &self.moving {
                    Some(known) => {
                        let parameters = json!({ "appointment_id": known.id, "starts_at": starts_at });
                        self.wish(Wish::Take, "move", parameters)
                    }
                    None => self.wish(Wish::Take, "book", json!({ "starts_at": starts_at })),
                }
            }
        }
    }

    fn no(&mut self, question: Question) -> Vec<Output> {
        match question {
            Question::Move(known) => self.ask(&[("agent-cancel", "")], Question::Cancel(known)),
            other => self.silence(&other),
        }
    }

    fn silence(&mut self, question: &Question) -> Vec<Output> {
        match question {
            Question::Take => {
                self.offered += 1;
                self.offer()
            }
            Question::Move(_) | Question::Cancel(_) => self.end(&[("goodbye", "")]),
        }
    }

    /// Offers the next free time.
    fn offer(&mut self) -> Vec<Output> {
        let Some(when) = self.slots.get(self.offered).map(|slot| slot.spoken.clone()) else {
            return self.run_out();
        };
        let first = self.looks == 1 && self.offered == 0;
        let offer = if first { "agent-offer" } else { "agent-offer-next" };
        let question = if self.moving.is_some() { "agent-move-there" } else { "agent-book" };
        self.ask(&[(offer, &when), (question, "")], Question::Take)
    }

    /// Every time that is known was offered.
    fn run_out(&mut self) -> Vec<Output> {
        let last = self.slots.last().filter(|_| self.more).map(|slot| slot.starts_at.clone());
        match last {
            Some(last) if self.looks < LOOKS => self.wish(Wish::More, "free_slots", json!({ "from": last })),
            Some(_) => self.transfer(&["agent-enough"]),
            None if self.looks == 1 && self.slots.is_empty() => self.transfer(&["agent-no-times"]),
            None => self.transfer(&["agent-no-more"]),
        }
    }

    /// Takes in what is free, but for what was offered just now: times are looked for from the last one on.
    fn learn(&mut self, free: &Value) -> Vec<Output> {
        let mut slots = answers::slots(free);
        slots.retain(|slot| self.slots.iter().all(|offered| offered.starts_at != slot.starts_at));
        (self.slots, self.more, self.offered) = (slots, answers::more(free), 0);
        self.looks += 1;
        self.offer()
    }

    fn told(&mut self, wish: Wish, answer: &ToolAnswer) -> Vec<Output> {
        let result = &answer.result;
        match (wish, answer.failed) {
            (Wish::Find, _) => {
                let next = self.caller.next.as_ref();
                let expected = next.map(|next| Known { id: next.id.to_string(), spoken: next.spoken.clone() });
                match answers::appointment(result).or(expected.filter(|_| answer.failed)) {
                    Some(known) => {
                        let when = known.spoken.clone();
                        self.ask(&[("inbound-next-appointment", &when), ("agent-move", "")], Question::Move(known))
                    }
                    None => self.wish(Wish::Slots, "free_slots", json!({})),
                }
            }
            (Wish::Slots, false) => {
                self.slots.clear();
                self.looks = 0;
                self.learn(result)
            }
            (Wish::More, false) => self.learn(result),
            // Nobody knows what is free, so nothing is said of it.
            (Wish::Slots | Wish::More, true) => self.transfer(&[]),
            (Wish::Take, false) => {
                let offered = self.slots.get(self.offered).map(|slot| slot.spoken.clone());
                let when = answers::spoken(result).or(offered).unwrap_or_default();
                let text = if self.moving.is_some() { "agent-moved" } else { "agent-booked" };
                self.end(&[(text, &when), ("goodbye", "")])
            }
            (Wish::Take, true) => {
                self.failures += 1;
                if self.failures >= FAILURES {
                    return self.transfer(&["agent-taken"]);
                }
                let mut outputs = vec![self.say(&[("agent-taken", "")])];
                outputs.extend(self.wish(Wish::Slots, "free_slots", json!({})));
                outputs
            }
            (Wish::Cancel, false) => self.end(&[("answer-cancelled", ""), ("goodbye", "")]),
            (Wish::Cancel, true) => self.transfer(&[]),
            (Wish::Transfer, true) => self.end(&[("transfer-failed", ""), ("goodbye", "")]),
            // Who was told so puts the caller through, or ends the call, once the last word was heard.
            (Wish::Transfer, false) | (Wish::End, _) => {
                self.state = State::Over;
                vec![Output::HangUp]
            }
        }
    }

    fn transfer(&mut self, before: &[&str]) -> Vec<Output> {
        let texts: Vec<_> = before.iter().copied().chain(["transfer-wait"]).map(|id| (id, "")).collect();
        let mut outputs = vec![self.say(&texts)];
        outputs.extend(self.wish(Wish::Transfer, "transfer", json!({})));
        outputs
    }

    fn end(&mut self, texts: &[(&str, &str)]) -> Vec<Output> {
        let mut outputs = vec![self.say(texts)];
        outputs.extend(self.wish(Wish::End, "end_call", json!({})));
        outputs
    }

    fn ask(&mut self, texts: &[(&str, &str)], question: Question) -> Vec<Output> {
        self.answering = false;
        self.state = State::Asked(question);
        vec![self.say(texts)]
    }

    /// The words of texts by their ids, each with its time.
    fn say(&self, texts: &[(&str, &str)]) -> Output {
        let name = self.caller.name.as_ref().map(|name| name.reveal()).unwrap_or_default();
        let words = texts.iter().map(|(id, when)| {
            let vars = [("business", self.caller.business_name.as_str()), ("name", name), ("when", when)];
            self.texts.say(self.caller.language, id, &vars)
        });
        Output::Say(words.collect::<Vec<_>>().join(" "))
    }

    fn wish(&mut self, wish: Wish, tool: &str, parameters: Value) -> Vec<Output> {
        self.wishes += 1;
        self.answering = false;
        self.state = State::Wishing(wish);
        vec![Output::Wants(ToolCall { id: self.wish_id(), tool: tool.to_owned(), parameters })]
    }

    fn wish_id(&self) -> String {
        format!("wish-{}", self.wishes)
    }
}

#[cfg(test)]
mod tests;
