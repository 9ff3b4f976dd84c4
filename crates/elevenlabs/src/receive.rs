//! From webhooks to what they mean. Three ways of telling come by the same paths: the platform's own, seed 001's and seed
//! 003's. What a body is shows in the body alone.

use crate::{
    NAME,
    config::Config,
    platform,
    proof::{Hook, Proofs},
    seeds,
    value::text_at,
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    booking::Booking,
    event::Event,
    personal::{Email, Phone},
    ports::{Received, ReceivedAbout, Rejected, WebhookRequest, WebhookResponse},
};
use serde_json::Value;

/// The longest summary that is kept, in characters.
pub(crate) const LONGEST_SUMMARY: usize = 1_000;

/// In which way a conversation was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Platform,
    Seed001,
    Seed003,
}

impl Dialect {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Seed001 => "seed-001",
            Self::Seed003 => "seed-003",
        }
    }
}

/// Understands webhooks.
pub(crate) struct Receiver {
    pub(crate) config: Config,
    proofs: Proofs,
}

impl Receiver {
    pub(crate) fn new(config: Config) -> Self {
        Self { proofs: Proofs::new(&config), config }
    }

    /// Verifies a webhook and says what happened.
    pub(crate) fn receive(&self, request: &WebhookRequest, now: DateTime<Utc>) -> Result<Received, Rejected> {
        let hook = Hook::parse(&request.hook).ok_or_else(|| Rejected::UnknownHook(request.hook.clone()))?;
        self.proofs.admit(hook, request, now)?;
        if request.method != "POST" {
            return Err(malformed("it has to come by POST"));
        }
        let payload: Value = serde_json::from_slice(&request.body).map_err(|error| {
            // Its words are not repeated: they quote the body.
            malformed(&format!("it is no JSON, at line {} column {}", error.line(), error.column()))
        })?;
        let object = payload.as_object().ok_or_else(|| malformed("it is no JSON object"))?;
        if hook == Hook::Initiation {
            return Ok(self.initiation(&payload, &request.body));
        }
        let is_text = |name: &str| object.get(name).is_some_and(Value::is_string);
        let has_data = object.get("data").is_some_and(Value::is_object);
        match object.get("type").and_then(Value::as_str) {
            Some(kind) if has_data => platform::read(&self.config, kind, &payload, &request.body),
            _ if is_text("call_id") && is_text("agent_id") && !object.contains_key("data") => {
                seeds::post_call(&self.config, &payload, &request.body)
            }
            _ if is_text("caller") => seeds::appointment(&self.config, object),
            _ if is_text("event_type") => Err(malformed("an event of 3CX goes to /webhook/3cx")),
            _ => Err(malformed(
                "it is none that ElevenLabs sends: `type` with `data`, `call_id` with `agent_id`, or `caller`",
            )),
        }
    }

    /// An agent asks who rings.
    /// <https://elevenlabs.io/docs/eleven-agents/customization/personalization/twilio-personalization>
    fn initiation(&self, payload: &Value, body: &[u8]) -> Received {
        if !platform::known(&self.config, text_at(payload, &["agent_id"]).as_deref()) {
            return ignored("a call to another agent", body);
        }
        let number = |name: &str| text_at(payload, &[name]).and_then(|number| Phone::parse(&number, None).ok());
        let about = ReceivedAbout::Caller { from: number("caller_id"), to: number("called_number") };
        let named = text_at(payload, &["call_sid"]).unwrap_or_else(|| platform::named_by(body));
        let event = Event::Noted { what: "an agent asks who rings".to_owned() };
        Received { heard: false, ..Received::new(about, format!("{NAME}:{named}:who"), event) }
    }
}

pub(crate) fn malformed(what: &str) -> Rejected {
    Rejected::Malformed(what.to_owned())
}

/// A conversation, told.
pub(crate) fn booked(booking: Booking, dialect: Dialect) -> Received {
    let once = booking.key.clone();
    let about = ReceivedAbout::Booking { booking: Box::new(booking), dialect: dialect.name() };
    let event = Event::Noted { what: "a conversation with an agent".to_owned() };
    Received { heard: false, ..Received::new(about, once, event) }
}

/// Authentic, and nothing to us.
pub(crate) fn ignored(what: &str, body: &[u8]) -> Received {
    let answer = WebhookResponse::json(200, r#"{"status":"ignored"}"#.to_owned());
    let once = format!("{NAME}:{}", platform::named_by(body));
    let event = Event::Noted { what: what.to_owned() };
    Received { heard: false, ..Received::new(ReceivedAbout::Nothing { answer }, once, event) }
}

/// An address as a model understood it. One that nobody can write to goes to the desk with the summary.
pub(crate) fn mail(told: Option<String>, summary: Option<String>) -> (Option<Email>, Option<String>) {
    let Some(told) = told else {
        return (None, summary);
    };
    match Email::parse(&told) {
        Ok(email) => (Some(email), summary),
        Err(_) => {
            let told: String = told.chars().take(200).collect();
            let summary = summary.map_or_else(String::new, |summary| format!("\n{summary}"));
            (None, Some(format!("(e-mail as understood: {told}){summary}")))
        }
    }
}
