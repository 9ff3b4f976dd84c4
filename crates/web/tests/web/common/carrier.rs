use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    call::{Call, CallRef},
    effect::Channel,
    event::{AnsweredBy, EndCause, Event},
    id::EffectId,
    ivr::Capture,
    personal::{Phone, Said},
    ports::{
        Abilities, CallCommand, CallProvider, Happened, Performed, Port, PortError, PortResult, Received,
        ReceivedAbout, Rejected, Trouble, WebhookRequest, WebhookResponse,
    },
    reply::Reply,
};
use serde_json::Value;
use std::sync::Mutex;

/// How the carrier answers when it is asked to place a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mood {
    #[default]
    Takes,
    Refuses,
    Away,
    Lost,
    /// Never answers.
    Hangs,
}

/// Believes whoever sends `x-proof: genuine`; speaks JSON.
#[derive(Default)]
pub(crate) struct Carrier {
    pub(crate) mood: Mutex<Mood>,
    /// Calls it was asked to place.
    pub(crate) placed: Mutex<Vec<String>>,
    /// The last request it was shown.
    pub(crate) seen: Mutex<Option<WebhookRequest>>,
}

impl Port for Carrier {
    fn name(&self) -> &str {
        "fake"
    }
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_default().to_owned()
}

/// A key press in the carrier's own IVR.
fn captured(body: &Value) -> Received {
    let capture = Capture {
        sid: text(body, "call"),
        flow: None,
        step: text(body, "step"),
        raw: text(body, "digits"),
        digits: Some(text(body, "digits")),
        told_at: None,
        started_at: None,
        from: None,
        phone: None,
        to: None,
        called: None,
        circle: None,
    };
    let once = format!("fake:{}:{}:{}", capture.sid, capture.step, capture.raw);
    let answer = WebhookResponse::json(200, "{\"thanks\":true}".to_owned());
    let about = ReceivedAbout::Capture { capture: Box::new(capture), answer };
    Received::new(about, once, Event::Noted { what: "keys were captured".to_owned() })
}

#[async_trait]
impl CallProvider for Carrier {
    fn abilities(&self) -> Abilities {
        Abilities {
            steers: true,
            dials: true,
            finds: true,
            hangs_up: true,
            moves: true,
            detects_machines: true,
            records: true,
            streams: true,
        }
    }

    fn receive(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<Received, Rejected> {
        *self.seen.lock().unwrap() = Some(request.clone());
        if request.hook == "panic" {
            panic!("the carrier trips over +6591234567");
        }
        if !["voice", "steps/1"].contains(&request.hook.as_str()) {
            return Err(Rejected::UnknownHook(request.hook.clone()));
        }
        if request.header("x-proof") != Some("genuine") {
            return Err(Rejected::Unauthentic(401));
        }
        let body: Value =
            serde_json::from_slice(&request.body).map_err(|_| Rejected::Malformed("it is not JSON".to_owned()))?;
        if text(&body, "event") == "message" {
            let number = |name| Phone::parse(&text(&body, name), None).unwrap();
            let (from, to, body) = (number("from"), number("to"), text(&body, "body"));
            let once = format!("fake:message:{body}");
            let about = ReceivedAbout::Message { from, to, channel: Channel::Sms, body };
            let event = Event::Noted { what: "a message came in".to_owned() };
            return Ok(Received { heard: false, ..Received::new(about, once, event) });
        }
        if text(&body, "event") == "capture" {
            return Ok(captured(&body));
        }
        let turn = body["turn"].as_u64().and_then(|n| n.try_into().ok()).unwrap_or(1);
        let step = "menu".to_owned();
        let event = match text(&body, "event").as_str() {
            "incoming" => Event::Incoming,
            "ringing" => Event::Ringing,
            "answered" => Event::Answered { by: AnsweredBy::Human },
            "digits" => Event::Digits { step, turn, digits: text(&body, "digits") },
            "recorded" => {
                Event::Recorded { step: "message".to_owned(), turn, url: text(&body, "url"), seconds: Some(9) }
            }
            "transcribed" => {
                Event::Transcribed { url: text(&body, "url"), words: Said::new(&text(&body, "words"), 500).unwrap() }
            }
            "ended" => Event::Ended { cause: EndCause::Completed, seconds: Some(20) },
            _ => Event::Noted { what: "nothing".to_owned() },
        };
        let call = match text(&body, "call").parse() {
            Ok(id) => CallRef::Ours(id),
            Err(_) => CallRef::Theirs { provider: "fake".to_owned(), id: text(&body, "call") },
        };
        let parties = Phone::parse("+6591234567", None).ok().zip(Phone::parse("+6560000000", None).ok());
        Ok(Received {
            about: ReceivedAbout::Call { call, provider_call_id: None, parties },
            once: format!("fake:{}:{}:{turn}", text(&body, "call"), event.name()),
            event,
            heard: body["heard"].as_bool().unwrap_or(true),
            at: None,
            hold: body["hold"].as_u64().and_then(|n| n.try_into().ok()).unwrap_or(0),
        })
    }

    fn render(&self, reply: &Reply, _call: Option<&Call>) -> WebhookResponse {
        WebhookResponse::json(200, serde_json::to_string(reply).unwrap())
    }

    async fn perform(&self, command: &CallCommand, _effect: &EffectId) -> PortResult<Performed> {
        let CallCommand::Place(call) = command else {
            return Ok(Performed::Done);
        };
        self.placed.lock().unwrap().push(call.call_id.to_string());
        let mood = *self.mood.lock().unwrap();
        let error = |happened, trouble, message: &str| Err(PortError::new("fake", happened, trouble, message));
        match mood {
            Mood::Takes => Ok(Performed::Placed { provider_call_id: format!("session-{}", call.call_id) }),
            Mood::Refuses => error(Happened::No, Trouble::Refused, "this number is not in service"),
            Mood::Away => error(Happened::No, Trouble::Unavailable, "connection refused"),
            Mood::Lost => error(Happened::Maybe, Trouble::Unavailable, "the answer was lost"),
            Mood::Hangs => std::future::pending().await,
        }
    }
}
