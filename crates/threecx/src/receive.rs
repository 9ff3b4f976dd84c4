//! From webhooks to events: the contract of seed 003, which our own relay speaks as well.

use crate::{Config, NAME, numbers::Numbers, sign};
use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use frontdesk_core::{
    call::CallRef,
    event::{EndCause, Event},
    ports::{Received, ReceivedAbout, Rejected, WebhookRequest},
};
use serde::{Deserialize, Serialize};

/// The hook below `/webhooks/threecx/`.
pub(crate) const HOOK: &str = "3cx";
/// No call has a longer name, in bytes.
const LONGEST_NAME: usize = 200;

/// The body of a webhook. Unknown members are left alone.
#[derive(Serialize, Deserialize)]
pub(crate) struct Payload {
    pub(crate) event_type: String,
    pub(crate) call_id: String,
    #[serde(deserialize_with = "present")]
    pub(crate) caller_id: Option<String>,
    #[serde(deserialize_with = "present")]
    pub(crate) called_number: Option<String>,
    pub(crate) timestamp: String,
    #[serde(default)]
    pub(crate) direction: Option<String>,
    #[serde(default)]
    pub(crate) duration: Option<i64>,
    #[serde(default)]
    pub(crate) recording_url: Option<String>,
}

/// May be null, and must be there.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

/// The kinds of event that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Incoming,
    Changed,
    Ended,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Incoming => "IncomingCall",
            Self::Changed => "CallStateChanged",
            Self::Ended => "CallEnded",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Incoming, Self::Changed, Self::Ended].into_iter().find(|kind| kind.name() == text)
    }
}

/// Verifies a webhook and says what happened.
pub(crate) fn receive(
    config: &Config,
    numbers: &Numbers,
    request: &WebhookRequest,
    now: DateTime<Utc>,
) -> Result<Received, Rejected> {
    if request.hook != HOOK {
        return Err(Rejected::UnknownHook(request.hook.clone()));
    }
    let signature = request.header(sign::HEADER).ok_or(Rejected::Unauthentic(401))?;
    sign::verify(&config.webhook_secrets, signature, &request.body, now, config.tolerance)?;
    if request.method != "POST" {
        return Err(malformed("it has to come by POST"));
    }
    let payload: Payload = serde_json::from_slice(&request.body).map_err(|error| {
        // Only places are told: its words quote the body.
        let place = format!("line {} column {}", error.line(), error.column());
        let what = if error.is_data() { "a member is missing or of another kind" } else { "it is no JSON" };
        malformed(&format!("{what}, at {place}"))
    })?;
    understand(numbers, &payload)
}

fn understand(numbers: &Numbers, payload: &Payload) -> Result<Received, Rejected> {
    let kind = Kind::parse(&payload.event_type)
        .ok_or_else(|| malformed("`event_type` is none of IncomingCall, CallStateChanged and CallEnded"))?;
    let outgoing = match payload.direction.as_deref() {
        None | Some("In") => false,
        Some("Out") => true,
        Some(_) => return Err(malformed("`direction` is neither In nor Out")),
    };
    let id = payload.call_id.trim();
    if id.is_empty() || id.len() > LONGEST_NAME || id.chars().any(char::is_control) {
        return Err(malformed("`call_id` is empty, too long, or holds control characters"));
    }
    let at = time(&payload.timestamp).ok_or_else(|| malformed("`timestamp` is no time; write it in ISO 8601"))?;
    let seconds = payload.duration.map(u32::try_from).transpose();
    let seconds = seconds.map_err(|_| malformed("`duration` is no number of seconds"))?;
    let mut once = format!("{NAME}:{id}:{}", kind.name());
    if kind == Kind::Changed {
        once.push(':');
        once.push_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    }
    let event = match kind {
        Kind::Incoming if outgoing => {
            let answer = crate::answer::ignored(id);
            let event = Event::Noted { what: "a call that goes out".to_owned() };
            let about = ReceivedAbout::Nothing { answer };
            return Ok(Received { heard: false, at: Some(at), ..Received::new(about, once, event) });
        }
        Kind::Incoming => Event::Incoming,
        Kind::Changed => Event::Noted { what: "the state of the call changed".to_owned() },
        // Without a duration there is nothing against its having been connected.
        Kind::Ended if seconds == Some(0) => Event::Ended { cause: EndCause::NoAnswer, seconds: None },
        Kind::Ended => Event::Ended { cause: EndCause::Completed, seconds },
    };
    let parties = (event == Event::Incoming).then(|| {
        let (caller, called) = (payload.caller_id.as_deref(), payload.called_number.as_deref());
        (numbers.caller(caller.unwrap_or_default()), numbers.called(called.unwrap_or_default()))
    });
    let about = ReceivedAbout::Call {
        call: CallRef::Theirs { provider: NAME.to_owned(), id: id.to_owned() },
        provider_call_id: Some(id.to_owned()),
        parties,
    };
    Ok(Received { heard: false, at: Some(at), ..Received::new(about, once, event) })
}

/// A time in ISO 8601; without a zone it is UTC.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let zoned = DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    zoned.or_else(|| Some(NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?.and_utc()))
}

fn malformed(what: &str) -> Rejected {
    Rejected::Malformed(what.to_owned())
}
