//! From webhooks to events. The kind of an event is told by its own `eventType`; the URL it came to says nothing, for
//! any of the vendor's webhooks may be pointed at any of ours.
//! <https://developer.8x8.com/connect/docs/voice/webhook-guides/webhooks-overview>

use crate::{
    NAME,
    action::{ActionId, Question, What},
    book::Book,
    codes::session_error,
    summary,
    wire::{Node, digits},
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    call::CallRef,
    effect::Channel,
    event::{AnsweredBy, Event},
    personal::Phone,
    ports::{Gatekeeper, Network, Received, ReceivedAbout, Rejected, WebhookRequest},
};
use serde_json::Value;

/// The hooks there are, by the vendor's names for its webhooks.
const HOOKS: [&str; 6] = ["vca", "vss", "vcs", "vru", "vnu", "sms"];

/// Understands webhooks.
pub(crate) struct Receiver {
    pub(crate) gatekeeper: Gatekeeper,
    /// Where voice webhooks may come from, and where messages may.
    pub(crate) voice: Vec<Network>,
    pub(crate) messages: Vec<Network>,
    pub(crate) subaccount_id: String,
    pub(crate) sms_subaccount_id: Option<String>,
}

impl Receiver {
    /// Verifies a webhook and says what happened.
    pub(crate) fn receive(&self, request: &WebhookRequest, book: &Book) -> Result<Received, Rejected> {
        if !HOOKS.contains(&request.hook.as_str()) {
            return Err(Rejected::UnknownHook(request.hook.clone()));
        }
        self.gatekeeper.admit(request)?;
        let body: Value = serde_json::from_slice(&request.body).map_err(|error| {
            // The parser's own words quote nothing of the document.
            Rejected::Malformed(format!("not JSON: line {}, column {}", error.line(), error.column()))
        })?;
        let root = Node::new(&body);
        if !root.is_object() {
            return Err(Rejected::Malformed("the body is no JSON object".to_owned()));
        }
        let kind = root.get("eventType").word();
        let message = root.get("namespace").word() == "SMS" || kind == "INBOUND_MESSAGE_RECEIVED";
        Network::admit(if message { &self.messages } else { &self.voice }, request)?;
        let payload = root.get("payload");
        // The first version of the API told keys in a document without an envelope.
        let payload = if payload.is_object() { payload } else { root };
        if message {
            return self.message(payload, &kind);
        }
        let session = payload.get("sessionId").text().or_else(|| payload.get("uid").text());
        let session = match (session, kind.as_str()) {
            (Some(session), _) => session,
            // News about the account's numbers belongs to no call.
            (None, "VIRTUAL_NUMBER_UPDATE") => "numbers".to_owned(),
            (None, _) => return Err(Rejected::Malformed("the member `payload.sessionId` is missing".to_owned())),
        };
        let told = Story { payload, session, kind };
        if payload.get("subAccountId").text().is_some_and(|theirs| theirs != self.subaccount_id) {
            let other = told.noted("an event of another subaccount");
            return Ok(told.received(None, "other", other, 0, None));
        }
        Ok(told.tell(book))
    }

    fn message(&self, payload: Node<'_>, kind: &str) -> Result<Received, Rejected> {
        let umid = payload.get("umid").text();
        let umid = umid.ok_or_else(|| Rejected::Malformed("the member `payload.umid` is missing".to_owned()))?;
        let ours = payload.get("subAccountId").text().is_none_or(|theirs| self.sms_subaccount_id == Some(theirs));
        let said = (payload.get("source").phone(), payload.get("destination").phone(), payload.get("body").text());
        if let ("INBOUND_MESSAGE_RECEIVED", true, (Some(from), Some(to), Some(body))) = (kind, ours, said) {
            let about = ReceivedAbout::Message { from, to, channel: Channel::Sms, body };
            let event = Event::Noted { what: "a message came in".to_owned() };
            return Ok(Received { heard: false, ..Received::new(about, format!("{NAME}:{umid}:message"), event) });
        }
        // A report about a message we sent, or something that nobody can be answered to.
        let state = payload.get("status").get("state").word().to_ascii_lowercase();
        let about = ReceivedAbout::Call {
            call: CallRef::Theirs { provider: NAME.to_owned(), id: umid.clone() },
            provider_call_id: None,
            parties: None,
        };
        let state = known(&state, &MESSAGE_STATES);
        let event = Event::Noted { what: format!("news about a message: {state}") };
        Ok(Received { heard: false, ..Received::new(about, format!("{NAME}:{umid}:{state}"), event) })
    }
}

const MESSAGE_STATES: [&str; 6] = ["queued", "rejected", "sent", "delivered", "undelivered", "read"];
const CALL_STATES: [&str; 7] = [
    "call_initiated",
    "call_received",
    "call_connected",
    "call_disconnected",
    "call_updated",
    "dtmf_received",
    "action_completed",
];

/// A word as it is known, so that no text of a stranger gets into the timeline.
fn known<'a>(word: &'a str, all: &[&'a str]) -> &'a str {
    all.iter().copied().find(|known| *known == word).unwrap_or("of a kind not known here")
}

/// One webhook about a call.
struct Story<'a> {
    payload: Node<'a>,
    session: String,
    kind: String,
}

impl Story<'_> {
    fn tell(&self, book: &Book) -> Received {
        let status = self.payload.get("callStatus").word();
        let inbound = self.payload.get("callDirection").word() == "INBOUND";
        match self.kind.as_str() {
            // Told as an action or as a status, as the account is set up; it is the same happening and needs the same
            // answer.
            _ if status == "CALL_RECEIVED" && inbound => match self.parties(self.payload) {
                Some(parties) => self.received(None, "incoming", Event::Incoming, 0, Some(parties)),
                None => self.received(None, "incoming", self.noted("a call came in from a withheld number"), 0, None),
            },
            "SESSION_SUMMARY" => {
                let leg = summary::first_leg(self.payload);
                let (call, parties) = (self.call(None), self.parties(leg));
                book.ended(&self.session, parties.as_ref(), self.at());
                if let Some(code) = self.payload.get("errorDetails").get("errorCode").number() {
                    tracing::warn!(code, session = self.session, "{}", session_error(code));
                }
                self.received(call, "ended", summary::ended(self.payload), 0, parties)
            }
            "CALL_STATUS" => {
                let call = self.call(None);
                let event = match status.as_str() {
                    "CALL_INITIATED" => Event::Ringing,
                    // Whoever picked up is told by the first action as well, and that one can be answered.
                    _ => self.noted(known(&status.to_ascii_lowercase(), &CALL_STATES)),
                };
                let what = self.payload.get("eventId").text().unwrap_or(status);
                self.received(call, &format!("status:{what}"), event, 0, self.parties(self.payload))
            }
            "CALL_ACTION" => self.action(inbound),
            // Keys in the oldest shape, without an envelope.
            "" if self.payload.get("actionDetails").exists() => self.action(inbound),
            "CALL_RECORDING_STATUS" => {
                let call = self.call(None);
                let what = self.payload.get("recordingId").text().unwrap_or_default();
                let event = self.noted("news about a recording");
                self.received(call, &format!("recording:{what}"), event, 0, None)
            }
            _ => {
                let what = self.payload.get("eventId").text().unwrap_or_default();
                self.received(None, &format!("noted:{what}"), self.noted("an event of a kind not known here"), 0, None)
            }
        }
    }

    /// A callflow has come to its end: what it was for says what the end means.
    fn action(&self, inbound: bool) -> Received {
        let id = self.payload.get("clientActionId").text().or_else(|| self.payload.get("clientRequestId").text());
        let id = id.and_then(|id| ActionId::parse(&id));
        let call = self.call(id.as_ref());
        let parties = self.parties(self.payload);
        let (event, hold) = match id.map(|id| id.what) {
            Some(What::Question(Question { step, turn })) => match digits(self.payload) {
                Some(digits) => (Event::Digits { step, turn, digits }, 0),
                None => (Event::Silence { step, turn }, 0),
            },
            Some(What::Later { kept, hold }) => (kept.event(), hold),
            Some(What::Bridge) => {
                return self.received(call, "bridged", self.noted("the call with the desk is over"), 0, parties);
            }
            // The first one of a call that we placed: it was picked up, greeted, and now wants its question. A key
            // pressed before anything was asked answers nothing.
            None if !inbound => (Event::Answered { by: AnsweredBy::Human }, 0),
            None => match parties {
                Some(parties) => return self.received(call, "incoming", Event::Incoming, 0, Some(parties)),
                None => (self.noted("a call came in from a withheld number"), 0),
            },
        };
        self.received(call, &happening(&event), event, hold, parties)
    }

    /// Which call this is, where it brings our name along. Else it is named by the session, or found by who is rung.
    fn call(&self, id: Option<&ActionId>) -> Option<CallRef> {
        let named = id.and_then(|id| id.call);
        let echoed = || self.payload.get("clientRequestId").text().and_then(|name| name.parse().ok());
        named.or_else(echoed).map(CallRef::Ours)
    }

    /// A time in the session: summaries tell their beginning, all else is told when it happens.
    fn at(&self) -> Option<DateTime<Utc>> {
        let begun = self.payload.get("startTime");
        if begun.exists() { begun.time() } else { self.payload.get("timestamp").time() }
    }

    fn parties(&self, leg: Node<'_>) -> Option<(Phone, Phone)> {
        Some((leg.get("source").phone()?, leg.get("destination").phone()?))
    }

    fn noted(&self, what: &str) -> Event {
        Event::Noted { what: what.to_owned() }
    }

    fn received(
        &self,
        call: Option<CallRef>,
        happening: &str,
        event: Event,
        hold: u8,
        parties: Option<(Phone, Phone)>,
    ) -> Received {
        let session = &self.session;
        let call = call.unwrap_or_else(|| CallRef::Theirs { provider: NAME.to_owned(), id: session.clone() });
        let about = ReceivedAbout::Call { call, provider_call_id: Some(session.clone()), parties };
        // Actions are asked for; everything else is only told, but for a call that comes in.
        let heard = matches!(self.kind.as_str(), "CALL_ACTION" | "") || event == Event::Incoming;
        let once = format!("{NAME}:{session}:{happening}");
        Received { hold, heard, at: self.at(), ..Received::new(about, once, event) }
    }
}

/// What of a call happens once. A question is answered once, and a held event is the same when it comes back; the
/// vendor's own `eventId` would be another one then.
fn happening(event: &Event) -> String {
    match event {
        Event::Digits { step, turn, .. } | Event::Silence { step, turn } => {
            format!("{}:{}", event.name(), Question { step: step.clone(), turn: *turn })
        }
        event => event.name().to_owned(),
    }
}
