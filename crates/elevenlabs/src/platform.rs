//! The platform's own webhooks after a call.
//! <https://elevenlabs.io/docs/eleven-agents/workflows/post-call-webhooks>

use crate::{
    NAME,
    config::{Config, Fields},
    initiation::CALL,
    receive::{Dialect, LONGEST_SUMMARY, booked, ignored, mail, malformed},
    value::{at, number_at, text, text_at},
    wish::wish,
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    booking::{Booking, Wish},
    call::CallRef,
    event::{EndCause, Event},
    personal::{PersonName, Phone, RawNumber, Said},
    ports::{Received, ReceivedAbout, Rejected},
    speech::{Language, When},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Reads a webhook that says its type and brings data along.
pub(crate) fn read(config: &Config, kind: &str, payload: &Value, body: &[u8]) -> Result<Received, Rejected> {
    let data = &payload["data"];
    if ["resourceSpans", "resource_spans"].iter().any(|name| data.get(name).is_some()) {
        return Err(malformed("this webhook is in the OpenTelemetry format; set its transcript format to json"));
    }
    let agent = text_at(data, &["agent_id"]);
    if !known(config, agent.as_deref()) {
        return Ok(ignored("a conversation of another agent", body));
    }
    // It was missing once, by a fault of theirs: the body is as good a name.
    let conversation =
        text_at(data, &["conversation_id"]).map_or_else(|| named_by(body), |id| id.chars().take(128).collect());
    match kind {
        "post_call_transcription" => transcription(config, payload, data, conversation),
        "call_initiation_failure" => Ok(failure(data, &conversation)),
        "post_call_audio" => Ok(ignored("the sound of a conversation", body)),
        _ => Ok(ignored("a webhook of no consequence", body)),
    }
}

/// Whether conversations of this agent are taken.
pub(crate) fn known(config: &Config, agent: Option<&str>) -> bool {
    config.agents.is_empty() || agent.is_some_and(|agent| config.agents.iter().any(|known| known == agent))
}

/// A name for what has none, of which two are alike only where all is.
pub(crate) fn named_by(body: &[u8]) -> String {
    hex::encode(Sha256::digest(body))
}

fn transcription(config: &Config, payload: &Value, data: &Value, conversation: String) -> Result<Received, Rejected> {
    let told = Told { data, fields: &config.fields };
    let (when, as_told) = told.time();
    let wish = match told.collected(&config.fields.intent) {
        Some(intent) if let Some(wish) = wish(&intent) => wish,
        _ if when == When::Missing => Wish::Nothing,
        // Something was wanted, and a guess would be a second appointment.
        Some(_) => Wish::Unclear,
        None => Wish::Book,
    };
    let summary = text_at(data, &["analysis", "transcript_summary"]);
    let (email, summary) = mail(told.collected(&config.fields.email).or_else(|| told.variable("email")), summary);
    let name = told.collected(&config.fields.name);
    let name = name.or_else(|| told.variable("customer_name")).or_else(|| told.variable("user_name"));
    let began = number_at(data, &["metadata", "start_time_unix_secs"]);
    let began = began.or_else(|| number_at(payload, &["event_timestamp"]));
    let language = text_at(data, &["metadata", "main_language"]);
    let called =
        text_at(data, &["metadata", "phone_call", "agent_number"]).or_else(|| told.variable("system__called_number"));
    let booking = Booking {
        key: format!("{NAME}:{conversation}"),
        by_words: false,
        conversation,
        call: told.variable(CALL).and_then(|id| id.parse().ok()),
        called: called.and_then(|number| Phone::parse(&number, None).ok()),
        business: config.business.clone(),
        phone: told.phone().and_then(|number| RawNumber::new(&number)),
        name: name.and_then(|name| PersonName::parse(&name.chars().take(200).collect::<String>()).ok()),
        email,
        when,
        told: as_told,
        wish,
        service: told.collected(&config.fields.service).and_then(|service| Said::new(&service, 200)),
        summary: summary.and_then(|summary| Said::new(&summary, LONGEST_SUMMARY)),
        language: language.and_then(|language| Language::parse(&language).ok()),
        at: began.and_then(|seconds| DateTime::<Utc>::from_timestamp(seconds, 0)),
        seconds: number_at(data, &["metadata", "call_duration_secs"]).and_then(|seconds| u32::try_from(seconds).ok()),
    };
    Ok(booked(booking, Dialect::Platform))
}

/// A call that an agent was to place, and nobody was reached by. One that is not ours is put on record.
fn failure(data: &Value, conversation: &str) -> Received {
    let cause = match text_at(data, &["failure_reason"]).as_deref() {
        Some("busy") => EndCause::Busy,
        Some("no-answer") => EndCause::NoAnswer,
        _ => EndCause::Failed,
    };
    let about = ReceivedAbout::Call {
        call: CallRef::Theirs { provider: NAME.to_owned(), id: conversation.to_owned() },
        provider_call_id: None,
        parties: None,
    };
    let event = Event::Ended { cause, seconds: None };
    Received { heard: false, ..Received::new(about, format!("{NAME}:{conversation}:failure"), event) }
}

/// What a conversation told, and how it is found in it.
struct Told<'a> {
    data: &'a Value,
    fields: &'a Fields,
}

impl Told<'_> {
    /// The first of these data that was collected.
    fn collected(&self, names: &[String]) -> Option<String> {
        let analysis = at(self.data, &["analysis"])?;
        let map = at(analysis, &["data_collection_results"]);
        let list = at(analysis, &["data_collection_results_list"]).and_then(Value::as_array);
        let of = |name: &String| {
            let mapped = map.and_then(|map| map.get(name));
            let listed = || {
                list.and_then(|all| {
                    all.iter().find(|it| it.get("data_collection_id") == Some(&Value::from(name.as_str())))
                })
            };
            mapped.or_else(listed).and_then(|it| it.get("value")).and_then(text)
        };
        // What a model writes where nothing was said.
        let said = |text: &String| !matches!(text.to_lowercase().as_str(), "none" | "null" | "n/a" | "unknown");
        names.iter().find_map(|name| of(name).filter(said))
    }

    /// A variable that was given when the conversation began.
    fn variable(&self, name: &str) -> Option<String> {
        text_at(self.data, &["conversation_initiation_client_data", "dynamic_variables", name])
    }

    /// The caller's number: as the carrier shows it, before anything that was said.
    fn phone(&self) -> Option<String> {
        // Who hides their number may have said it.
        let shown = |number: &String| !Phone::known(number.clone()).is_ok_and(|phone| phone.nobodys());
        text_at(self.data, &["metadata", "phone_call", "external_number"])
            .or_else(|| self.variable("system__caller_id"))
            .or_else(|| self.variable("caller_id"))
            .filter(shown)
            .or_else(|| self.collected(&self.fields.phone))
    }

    fn time(&self) -> (When, Option<Said>) {
        let time = self.collected(&self.fields.time).unwrap_or_default();
        let date = self.collected(&self.fields.date).unwrap_or_default();
        // A day of its own belongs to a time that has none.
        let told = match When::read(&time) {
            When::Words(_) | When::Missing if !date.is_empty() => format!("{date} {time}"),
            _ => time,
        };
        (When::read(&told), Said::new(&told, 160))
    }
}
