//! From webhooks to events.

use crate::{
    Config, NAME,
    called::Called,
    capture,
    config::CaptureAnswer,
    hook::{Hook, Moment},
    keys,
    params::{Params, malformed},
    status,
};
use chrono_tz::Tz;
use frontdesk_core::{
    call::CallRef,
    event::{AnsweredBy, Event},
    id::CallId,
    ports::{Gatekeeper, Network, Received, ReceivedAbout, Rejected, WebhookRequest},
};
use std::collections::BTreeMap;

/// Lets requests in: by secret and, where wanted, by address.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    gatekeeper: Gatekeeper,
    networks: Vec<Network>,
}

impl Guard {
    pub(crate) fn admit(&self, request: &WebhookRequest) -> Result<(), Rejected> {
        Network::admit(&self.networks, request)?;
        self.gatekeeper.admit(request)
    }
}

/// Understands webhooks.
pub(crate) struct Receiver {
    pub(crate) guard: Guard,
    trees: BTreeMap<String, Vec<String>>,
    default_tree: String,
    answer: CaptureAnswer,
    pub(crate) time_zone: Tz,
    pub(crate) country: String,
    pub(crate) called: Called,
}

impl Receiver {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            guard: Guard {
                gatekeeper: Gatekeeper::new(config.webhook_secrets.clone(), config.insecure_webhooks),
                networks: config.allowed_networks.clone(),
            },
            trees: config.trees.clone(),
            default_tree: config.default_tree.clone(),
            answer: config.answer,
            time_zone: config.time_zone,
            country: config.country.clone(),
            called: Called::default(),
        }
    }

    /// Verifies a webhook and says what happened.
    pub(crate) fn receive(&self, request: &WebhookRequest) -> Result<Received, Rejected> {
        // Strangers learn nothing of which hooks there are.
        self.guard.admit(request)?;
        let hook = Hook::parse(&request.hook, &self.trees, &self.default_tree)
            .ok_or_else(|| Rejected::UnknownHook(request.hook.clone()))?;
        let params = Params::read(request)?;
        match hook {
            Hook::Capture { tree, step } => capture::read(self, &params, tree, step),
            Hook::Applet(_, moment) => self.applet(&params, moment),
            Hook::Status => status::of_call(&params),
            Hook::Sms => status::of_message(&params),
        }
    }

    /// How a key press is answered.
    pub(crate) fn answer_to(&self, params: &Params<'_>) -> CaptureAnswer {
        params.get("answer").and_then(CaptureAnswer::parse).unwrap_or(self.answer)
    }

    /// An applet of our own flow asks what is heard next. Which question its keys answer is not echoed: they answer the one
    /// that stands. A second delivery is known by the moment, of which there is one each in a call.
    fn applet(&self, params: &Params<'_>, moment: Moment) -> Result<Received, Rejected> {
        let sid = params.call_sid()?;
        let (_, from) = params.from(&self.country);
        let (_, to) = params.to(&self.country, None);
        let parties = from.zip(to);
        // API and applets have words of their own for it.
        let incoming = matches!(params.get("Direction"), Some("incoming" | "inbound"));
        let event = match (moment, &parties) {
            (Moment::Begun, Some(_)) if incoming => Event::Incoming,
            (Moment::Begun, None) if incoming => {
                Event::Noted { what: "a call came in from a withheld number".to_owned() }
            }
            (Moment::Begun, _) => Event::Answered { by: AnsweredBy::Human },
            (Moment::Asked(_), _) => {
                let (step, turn) = (String::new(), 0);
                match keys::read(params.raw("digits")).digits {
                    Some(digits) => Event::Digits { step, turn, digits },
                    None => Event::Silence { step, turn },
                }
            }
            (Moment::Streamed, _) => Event::Streamed,
            (Moment::Transferred(_), _) => {
                Event::Transferred { reached: params.get("DialCallStatus") == Some("completed") }
            }
        };
        let about = ReceivedAbout::Call {
            call: call(params, &sid),
            provider_call_id: Some(sid.clone()),
            parties: parties.filter(|_| event == Event::Incoming),
        };
        let at = params.time("CurrentTime", self.time_zone);
        Ok(Received { at, ..Received::new(about, format!("{NAME}:{sid}:{moment}"), event) })
    }
}

/// Which call this is: ours by the name we gave it, which every applet and callback of it brings back.
pub(crate) fn call(params: &Params<'_>, sid: &str) -> CallRef {
    let ours = params.get("CustomField").and_then(|name| name.parse::<CallId>().ok());
    ours.map_or_else(|| CallRef::Theirs { provider: NAME.to_owned(), id: sid.to_owned() }, CallRef::Ours)
}

/// A word of the vendor's as it may stand in a key.
pub(crate) fn plain(word: &str) -> String {
    let kept = |c: &char| c.is_ascii_alphanumeric() || *c == '-' || *c == '_';
    word.chars().filter(kept).take(40).collect::<String>().to_ascii_lowercase()
}

pub(crate) fn missing(name: &str) -> Rejected {
    malformed(&format!("`{name}` is missing"))
}
