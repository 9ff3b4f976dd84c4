//! The simpler webhooks of seeds 001 and 003.

use crate::{
    NAME,
    config::Config,
    initiation::CALL,
    platform::{known, named_by},
    receive::{Dialect, LONGEST_SUMMARY, booked, ignored, mail, malformed},
    value::{number_at, optional, text_at},
    wish::wish,
};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    booking::{Booking, Wish},
    personal::{Email, PersonName, RawNumber, Said},
    ports::{HandOver, Received, Rejected, WebhookResponse},
    speech::When,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// What an appointment is for where nobody says, in seed 001's words.
const NO_SUMMARY: &str = "Appointment scheduled via phone";

/// Seed 001: an agent collected an appointment. It names no conversation, so that what it tells is its name.
pub(crate) fn appointment(config: &Config, payload: &Map<String, Value>) -> Result<Received, Rejected> {
    let caller = optional(payload, "caller")?.ok_or_else(|| malformed("`caller` is missing"))?;
    if caller.bytes().filter(u8::is_ascii_digit).count() < 7 {
        return Err(malformed("`caller` is no telephone number; write it with country code, like +14155550123"));
    }
    let email = optional(payload, "email")?;
    let email = email.map(Email::parse).transpose().map_err(|error| malformed(&format!("`email` {error}")))?;
    let time = optional(payload, "callback_time")?;
    let summary = optional(payload, "summary")?;
    let name = optional(payload, "customer_name")?;
    let intent = optional(payload, "intent")?;
    // A transcript only tells one conversation from another: what was said stays with whoever runs the agent.
    let transcript = optional(payload, "transcript")?;
    let mut hash = Sha256::new();
    for part in [Some(caller), time, email.as_ref().map(Email::reveal), summary, name, intent, transcript] {
        let part = part.unwrap_or_default();
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let conversation = hex::encode(hash.finalize());
    let booking = Booking {
        key: format!("{NAME}:{conversation}"),
        // With a time, the words say which appointment is meant.
        by_words: time.is_none(),
        conversation,
        call: None,
        called: None,
        business: config.business.clone(),
        phone: RawNumber::new(caller),
        name: name.and_then(|name| PersonName::parse(&name.chars().take(200).collect::<String>()).ok()),
        email,
        when: When::read(time.unwrap_or_default()),
        told: time.and_then(|time| Said::new(time, 160)),
        wish: intent.and_then(wish).filter(|wish| *wish != Wish::Nothing).unwrap_or(Wish::Book),
        service: None,
        summary: Said::new(summary.unwrap_or(NO_SUMMARY), LONGEST_SUMMARY),
        language: None,
        at: None,
        seconds: None,
    };
    Ok(booked(booking, Dialect::Seed001))
}

/// Seed 001's own answer to a call that comes in. Carriers drop the query of the address, and the other end speaks another
/// language: no conversation comes of it.
pub(crate) fn stream(agent: &str, call: &HandOver) -> WebhookResponse {
    let escaped = |text: &str| -> String {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
    };
    let agent = utf8_percent_encode(agent, NON_ALPHANUMERIC).to_string().replace("%5F", "_").replace("%2D", "-");
    let sid = escaped(call.provider_call_id.as_deref().unwrap_or_default());
    let from = escaped(call.from.reveal());
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>\n    <Connect>\n        <Stream \
         url=\"wss://api.elevenlabs.io/v1/convai/conversation?agent_id={agent}\">\n            <Parameter name=\"call_sid\" \
         value=\"{sid}\" />\n            <Parameter name=\"from\" value=\"{from}\" />\n        </Stream>\n    \
         </Connect>\n</Response>\n"
    );
    WebhookResponse { status: 200, content_type: "application/xml", body }
}

/// Seed 003: a call is over. Its variables may hold what an appointment needs.
pub(crate) fn post_call(config: &Config, payload: &Value, body: &[u8]) -> Result<Received, Rejected> {
    if !known(config, text_at(payload, &["agent_id"]).as_deref()) {
        return Ok(ignored("a conversation of another agent", body));
    }
    let conversation =
        text_at(payload, &["call_id"]).map_or_else(|| named_by(body), |id| id.chars().take(128).collect());
    let variable = |name: &str| text_at(payload, &["custom_variables", name]);
    let first = |names: &[String]| names.iter().find_map(|name| variable(name));
    let time = first(&config.fields.time).unwrap_or_default();
    let when = When::read(&time);
    let intent = first(&config.fields.intent).and_then(|intent| wish(&intent));
    let (email, summary) = mail(first(&config.fields.email), text_at(payload, &["summary"]));
    let seconds = number_at(payload, &["duration_seconds"]).and_then(|seconds| u32::try_from(seconds).ok());
    let ended = text_at(payload, &["timestamp"]).and_then(|at| at.parse::<DateTime<Utc>>().ok());
    let phone = variable("caller_id").or_else(|| first(&config.fields.phone));
    let booking = Booking {
        key: format!("{NAME}:{conversation}"),
        by_words: false,
        conversation,
        call: variable(CALL).and_then(|id| id.parse().ok()),
        called: None,
        business: config.business.clone(),
        phone: phone.and_then(|number| RawNumber::new(&number)),
        name: first(&config.fields.name).and_then(|name| PersonName::parse(&name).ok()),
        email,
        wish: intent.unwrap_or(if when == When::Missing { Wish::Nothing } else { Wish::Book }),
        when,
        told: Said::new(&time, 160),
        service: first(&config.fields.service).and_then(|service| Said::new(&service, 200)),
        summary: summary.and_then(|summary| Said::new(&summary, LONGEST_SUMMARY)),
        language: None,
        at: ended.map(|ended| ended - Duration::seconds(i64::from(seconds.unwrap_or(0)))),
        seconds,
    };
    Ok(booked(booking, Dialect::Seed003))
}
