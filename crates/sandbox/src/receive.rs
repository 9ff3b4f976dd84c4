use crate::{
    NAME, sign,
    wire::{Hook, What, json_fault},
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    call::CallRef,
    event::{AnsweredBy, Event},
    ports::{Received, ReceivedAbout, Rejected, WebhookRequest},
};
use secrecy::SecretString;

const MAX_DIGITS: usize = 32;

/// Verifies a callback and says what happened.
pub(crate) fn receive(
    request: &WebhookRequest,
    secret: &SecretString,
    now: DateTime<Utc>,
) -> Result<Received, Rejected> {
    if !matches!(request.hook.as_str(), "voice" | "message") {
        return Err(Rejected::UnknownHook(request.hook.clone()));
    }
    sign::verify(secret, request, &request.body, now)?;
    let hook: Hook = serde_json::from_slice(&request.body).map_err(|error| Rejected::Malformed(json_fault(&error)))?;
    understand(hook, &request.hook)
}

fn understand(hook: Hook, door: &str) -> Result<Received, Rejected> {
    let (hold, at) = (hook.hold, Some(hook.at));
    if let What::Message { channel, body } = hook.what {
        if door != "message" {
            return Err(Rejected::Malformed("a message came in at the door for calls".to_owned()));
        }
        let once = format!("{NAME}:message:{}", hook.id);
        let about = ReceivedAbout::Message { from: hook.from, to: hook.to, channel, body };
        let event = Event::Noted { what: "a message came in".to_owned() };
        return Ok(Received { hold, heard: false, at, ..Received::new(about, once, event) });
    }
    if door != "voice" {
        return Err(Rejected::Malformed("a call came in at the door for messages".to_owned()));
    }
    let id = hook.call.ok_or_else(|| Rejected::Malformed("the member `call` is missing".to_owned()))?;
    // The signature covers the body and not the query, so only the body says which call is meant.
    let call = match hook.reference {
        Some(reference) => {
            CallRef::Ours(reference.parse().map_err(|_| Rejected::Malformed("`reference` is no call id".to_owned()))?)
        }
        None => CallRef::Theirs { provider: NAME.to_owned(), id: id.clone() },
    };
    // One Ask is answered once, and everything else happens once in a call: a repeat has the same name, a second press
    // answers another Ask and so has another turn.
    let once = format!("{NAME}:{id}:{}:{}", hook.what.name(), hook.what.turn());
    let event = event(hook.what)?;
    let about = ReceivedAbout::Call { call, provider_call_id: Some(id), parties: Some((hook.from, hook.to)) };
    // These are told, and not asked about.
    let heard = !matches!(event, Event::Ringing | Event::Ended { .. });
    Ok(Received { hold, heard, at, ..Received::new(about, once, event) })
}

fn event(what: What) -> Result<Event, Rejected> {
    Ok(match what {
        What::Ringing => Event::Ringing,
        What::Answered { by } => Event::Answered { by: by.unwrap_or(AnsweredBy::Human) },
        What::Digits { step, turn, digits } if keys(&digits) => Event::Digits { step, turn, digits },
        What::Digits { .. } => {
            return Err(Rejected::Malformed("`digits` must be 1 to 32 of 0-9, * and #".to_owned()));
        }
        What::Silence { step, turn } => Event::Silence { step, turn },
        What::Recorded { step, turn, url, seconds } => Event::Recorded { step, turn, url, seconds },
        What::Streamed { .. } => Event::Streamed,
        What::Ended { cause, seconds } => Event::Ended { cause, seconds },
        What::Incoming => Event::Incoming,
        What::Message { .. } => Event::Noted { what: "a message came in".to_owned() },
    })
}

/// Whether these are keys of a telephone, at least one and not absurdly many.
pub(crate) fn keys(digits: &str) -> bool {
    (1..=MAX_DIGITS).contains(&digits.len())
        && digits.bytes().all(|key| key.is_ascii_digit() || key == b'*' || key == b'#')
}
