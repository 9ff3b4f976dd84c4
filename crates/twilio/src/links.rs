//! The URLs that Twilio is given, and what comes back in their queries.
//!
//! A query is signed along with the rest of the URL, so what stands in it is our own word: which call, which question,
//! and, where a caller was asked to wait, which event.

use crate::{
    form::Pairs,
    recordings::{self, OfCall},
};
use frontdesk_core::{
    call::CallRef,
    event::{AnsweredBy, Event},
    id::CallId,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What may stand in a query as it is. An apostrophe may not: Twilio signs it in two ways.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// No value is longer, so that two long ones and the rest stay within the 4000 characters that Twilio takes of a URL.
/// <https://www.twilio.com/docs/api/errors/21609>
const MAX_VALUE: usize = 1_500;

/// Where the hooks are.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    base: String,
    overrides: String,
}

/// A hook's URL under construction.
pub(crate) struct Link<'a> {
    links: &'a Links,
    url: String,
    separator: char,
}

impl Links {
    pub(crate) fn new(webhook_base: &str, overrides: Option<&str>) -> Self {
        let base = format!("{webhook_base}/webhooks/{}", crate::NAME);
        Self { base, overrides: overrides.map(|overrides| format!("#{overrides}")).unwrap_or_default() }
    }

    pub(crate) fn hook(&self, hook: &str) -> Link<'_> {
        Link { links: self, url: format!("{}/{hook}", self.base), separator: '?' }
    }

    /// A hook for a call, named by our id where there is one; without it the carrier's own name has to do.
    pub(crate) fn of_call(&self, hook: &str, call: Option<CallId>) -> Link<'_> {
        let link = self.hook(hook);
        match call {
            Some(call) => link.with("call", &call.to_string()),
            None => link,
        }
    }
}

impl Link<'_> {
    /// Adds a member to the query, cut to what a URL can carry.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.url.push(self.separator);
        self.url.push_str(name);
        self.url.push('=');
        self.url.extend(utf8_percent_encode(fitting(value), QUERY));
        self.separator = '&';
        self
    }

    /// Carries a question: its step and turn.
    pub(crate) fn asking(self, step: &str, turn: u32) -> Self {
        self.with("step", step).with("turn", &turn.to_string())
    }

    /// Carries an event that could not be decided in time.
    pub(crate) fn carrying(self, event: &Event, hold: u8) -> Self {
        let link = match event {
            Event::Incoming => self.with("resume", "incoming"),
            Event::Digits { step, turn, digits } => {
                self.with("resume", "digits").asking(step, *turn).with("digits", digits)
            }
            Event::Speech { step, turn, text } => self.with("resume", "speech").asking(step, *turn).with("text", text),
            Event::Silence { step, turn } => self.with("resume", "silence").asking(step, *turn),
            Event::Recorded { step, turn, url, seconds } => {
                let mut link = self.with("resume", "recorded").asking(step, *turn);
                if let Some(name) = recordings::name(url) {
                    link = link.with("recording", name);
                }
                match seconds {
                    Some(seconds) => link.with("seconds", &seconds.to_string()),
                    None => link,
                }
            }
            Event::Answered { by } => self.with("resume", "answered").with("by", name_of(*by)),
            Event::Transferred { reached } => {
                self.with("resume", "transferred").with("reached", if *reached { "yes" } else { "no" })
            }
            Event::Streamed => self.with("resume", "streamed"),
            // Nobody waits on the line for anything else.
            _ => self,
        };
        link.with("hold", &hold.to_string())
    }

    pub(crate) fn done(self) -> String {
        format!("{}{}", self.url, self.links.overrides)
    }
}

/// As much of a value as does not become too long when it is encoded.
fn fitting(value: &str) -> &str {
    // Nothing becomes more than three times as long.
    if value.len() <= MAX_VALUE / 3 {
        return value;
    }
    let mut length = 0;
    let long =
        |character: char| utf8_percent_encode(character.encode_utf8(&mut [0; 4]), QUERY).map(str::len).sum::<usize>();
    let cut = value.char_indices().find_map(|(at, character)| {
        length += long(character);
        (length > MAX_VALUE).then_some(at)
    });
    &value[..cut.unwrap_or(value.len())]
}

fn name_of(by: AnsweredBy) -> &'static str {
    match by {
        AnsweredBy::Human => "human",
        AnsweredBy::Machine => "machine",
        AnsweredBy::Unknown => "unknown",
    }
}

/// What a query of ours says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Carried {
    /// The call it is about, by our id.
    pub(crate) call: Option<CallId>,
    /// The question it answers.
    pub(crate) question: Option<(String, u32)>,
    /// The event that was put off.
    pub(crate) event: Option<Event>,
    /// How often it was put off.
    pub(crate) hold: u8,
}

impl Carried {
    /// Reads a query about a call with these recordings; the error says what is wrong with it.
    pub(crate) fn read(query: &Pairs, recordings: OfCall<'_>) -> Result<Self, String> {
        let unreadable = |what: &str| format!("the URL's `{what}` cannot be read");
        let call = query.get("call").map(|id| id.parse().map_err(|_| unreadable("call"))).transpose()?;
        let hold = query.get("hold").map(|hold| hold.parse().map_err(|_| unreadable("hold"))).transpose()?;
        let question = match (query.get("step"), query.get("turn")) {
            (Some(step), Some(turn)) => Some((step.to_owned(), turn.parse().map_err(|_| unreadable("turn"))?)),
            _ => None,
        };
        let asked = || question.clone().ok_or_else(|| unreadable("step"));
        let text = |name: &str| query.get(name).unwrap_or_default().to_owned();
        let event = match query.get("resume") {
            None => None,
            Some("incoming") => Some(Event::Incoming),
            Some("streamed") => Some(Event::Streamed),
            Some("transferred") => Some(Event::Transferred { reached: query.get("reached") == Some("yes") }),
            Some("answered") => Some(Event::Answered {
                by: match query.get("by") {
                    Some("machine") => AnsweredBy::Machine,
                    Some("unknown") => AnsweredBy::Unknown,
                    _ => AnsweredBy::Human,
                },
            }),
            Some(kind) => {
                let (step, turn) = asked()?;
                Some(match kind {
                    "digits" => Event::Digits { step, turn, digits: text("digits") },
                    "speech" => Event::Speech { step, turn, text: text("text") },
                    "silence" => Event::Silence { step, turn },
                    "recorded" => {
                        let url = recordings.link(query.filled("recording"));
                        Event::Recorded { step, turn, url, seconds: query.number("seconds") }
                    }
                    _ => return Err(unreadable("resume")),
                })
            }
        };
        Ok(Self { call, question, event, hold: hold.unwrap_or(0) })
    }

    /// How the call is named: by our id where the URL holds it, else by the carrier's.
    pub(crate) fn call_ref(&self, sid: &str) -> CallRef {
        match self.call {
            Some(call) => CallRef::Ours(call),
            None => CallRef::Theirs { provider: crate::NAME.to_owned(), id: sid.to_owned() },
        }
    }
}
