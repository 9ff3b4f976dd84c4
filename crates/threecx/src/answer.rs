//! What webhooks are answered, in seed 003's words. Nobody hears it.

use frontdesk_core::{
    call::Call,
    event::Event,
    id::CallId,
    ports::{Rejected, WebhookResponse},
};
use serde::Serialize;

/// Somebody rings.
#[derive(Serialize)]
struct Success<'a> {
    status: &'static str,
    call_id: String,
    cloned_voice_id: &'static str,
    #[serde(rename = "3cx_call_id")]
    theirs: &'a str,
    message: &'static str,
}

#[derive(Serialize)]
struct Acknowledged {
    status: &'static str,
    message: &'static str,
}

#[derive(Serialize)]
struct Ignored<'a> {
    status: &'static str,
    #[serde(rename = "3cx_call_id")]
    theirs: &'a str,
    message: &'static str,
}

pub(crate) fn acknowledge(event: &Event, call: Option<&Call>) -> WebhookResponse {
    match (event, call) {
        (Event::Incoming, Some(call)) => ok(&Success {
            status: "success",
            // The seed's is the call that greets; where that one is greeted who rang, it is that very call.
            call_id: greets(call).to_string(),
            cloned_voice_id: "pending",
            theirs: call.provider_call_id.as_deref().unwrap_or_default(),
            message: "Greeting call initiated successfully",
        }),
        (Event::Incoming, None) => acknowledged("No business takes this call"),
        (Event::Ended { .. }, _) => acknowledged("Call end logged"),
        _ => acknowledged("Call state change logged"),
    }
}

/// The call in which somebody is greeted.
fn greets(call: &Call) -> CallId {
    let greeting = call.walk.greeting.as_deref();
    greeting.and_then(|greeting| greeting.greeting_call.or(greeting.agent_call)).unwrap_or(call.id)
}

/// A call that goes out is none that anybody is greeted in.
pub(crate) fn ignored(call_id: &str) -> WebhookResponse {
    ok(&Ignored { status: "ignored", theirs: call_id, message: "Outgoing calls are not greeted" })
}

/// What whoever sent a webhook that is not taken is told of it.
pub(crate) fn refusal(rejected: &Rejected) -> String {
    match rejected {
        Rejected::Unauthentic(_) => {
            "Invalid signature: X-Signature has to be t=SECONDS,v0=HEX, HMAC-SHA256 with the webhook secret over the time, \
             a full stop and the raw body"
                .to_owned()
        }
        Rejected::Stale => {
            "Timestamp expired: the signature is too old, or from the future; sign again, and check the clocks of both sides"
                .to_owned()
        }
        other => other.to_string(),
    }
}

fn acknowledged(message: &'static str) -> WebhookResponse {
    ok(&Acknowledged { status: "acknowledged", message })
}

fn ok(body: &impl Serialize) -> WebhookResponse {
    // Texts are always written.
    WebhookResponse::json(200, serde_json::to_string(body).unwrap_or_default())
}
