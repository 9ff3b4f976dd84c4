//! ElevenLabs: voice agents that speak with callers. What they collect becomes an appointment, they are told who rings, calls
//! that come in by Twilio can be handed to them, live conversations go through us, they place calls, and voices are cloned.
//!
//! ```
//! use frontdesk_elevenlabs::{Config, ElevenLabs};
//! # fn client() -> reqwest::Client {
//! #     let _ = rustls::crypto::ring::default_provider().install_default();
//! #     reqwest::Client::builder().build().unwrap()
//! # }
//! let config = Config { signing_secrets: vec!["wsec_…".into()], ..Config::default() };
//! let elevenlabs = ElevenLabs::new(config, client());
//! ```
//!
//! # Webhooks
//!
//! | hook | who calls it | proof |
//! |---|---|---|
//! | `postcall` | ElevenLabs after each call (Settings, Webhooks); seed 003 | `ElevenLabs-Signature` |
//! | `webhook` | the same, and seed 001 | the signature, or `X-Webhook-Secret` or `?secret=` |
//! | `initiation` | ElevenLabs before a call that comes in by a number of its own, where the agent asks for it | `X-Webhook-Secret` |
//!
//! What a body is shows in the body: the platform's own (`type`, `data`), seed 003's (`call_id`, `agent_id`) or seed 001's
//! (`caller`). A webhook of the workspace tells of all its agents: [`Config::agents`] says whose conversations are taken.
//! A call that an agent was to place and that reached nobody ends as such; the sound of a conversation, and whatever else
//! comes, is acknowledged and not kept.
//!
//! # What an agent has to collect
//!
//! Data collection items by the names of [`Fields`]: the time as `2025-12-08T15:00:00Z`, as a time of the business's own
//! zone, or in words; name, e-mail, service; and, where callers may also move or cancel what they have, `intent` as `book`,
//! `reschedule`, `cancel` or `confirm`. What can mean two things is never guessed: it is put before the front desk.
//!
//! # Live conversations
//!
//! As a [`VoiceAgent`] its agent speaks with a caller whose sound goes through us: each conversation is a WebSocket, opened by a
//! signed address where there is a key. What the agent wants is done by its *client tools*. In the agent's settings, add each
//! under Tools as a client tool, by the name and with the parameters that the attendant knows it by, with *Wait for response*
//! ([`tools`] writes them all); and enable `audio`, `interruption`, `client_tool_call` and `agent_tool_response` under Advanced, Client events. A tool's
//! answer is JSON in a string. [`ElevenLabs::check`] says what is missing. Sound is written as the agent is set up; µ-law
//! 8000 Hz passes to telephones untouched.
//!
//! As a [`CallProvider`] it places calls by itself where it has a number ([`Config::outbound`]); as a [`VoiceCloner`] it makes
//! voices, each under a name that holds its label and the effect that made it.
//!
//! # Traps, and what became of them
//!
//! | trap of the vendor's | here |
//! |---|---|
//! | deliveries are repeated, each with the same body | named by the conversation, taken once |
//! | anything but 200 counts against the webhook, which is switched off in the end | what cannot be done is answered by 200 and said in the body; only who is not let in, or cannot be understood, gets another |
//! | a signature's time may be of the first delivery, and the last comes 40 minutes later | [`Config::tolerance`] |
//! | their SDK takes times from the future, and compares in plain | neither |
//! | a missing secret | nothing is let in |
//! | `conversation_id` missing (February 2026) | the body names it |
//! | `transcript_format = opentelemetry` | refused, with what to set |
//! | transcripts are megabytes, sounds tens of them | up to [`Config::longest_body`]; switch the sound off |
//! | values are a model's words: "tomorrow at 3", "none", "ana at example dot com" | resolved where they can mean one thing, else told to the desk |
//! | numbers as text, times as text | either |
//! | µ-law not set: silence on the telephone | [`ElevenLabs::check`] says so |
//! | an override that the agent does not allow ends the call | none is sent but those of which [`Config::overrides`] says so |
//! | sound of before an interruption comes after it | dropped by its event |
//! | a result of a client tool that is no string is an error | it is one, whatever it is |
//! | a socket that broke cannot be resumed | another conversation, or somebody else; the error says which may help |
//! | requests for calls and voices are not idempotent | each is sent once; where the answer is lost it is sought, by our name |
//! | `success: false`, and names that are null, with status 200 | told apart: not placed, placed, in doubt |
//! | a voice that has to be verified cannot be used | it is deleted, and the error says so |
//! | a variable that is missing ends the call | all of them are always sent |
//! | numbers imported natively bypass our webhook | use either `inbound = "agent"` or the import |
//! | `<Stream url="wss://api.elevenlabs.io/…?agent_id=…">` (seed 001) carries no conversation | register-call; the seed's own answer with `inbound = "seed"` |
//! | 401 for a quota that is used up | told apart by its code |
//! | errors as list, object or text | only words of theirs are repeated |

#![warn(missing_docs)]

mod answer;
mod check;
mod clone;
mod config;
mod converse;
mod initiation;
mod outbound;
mod platform;
mod proof;
mod receive;
mod rest;
mod seeds;
mod sign;
mod tools;
mod value;
mod wish;

pub use check::Checked;
pub use config::{Api, Config, Fields, Outbound, Overrides, Route};
pub use tools::{tool_requests, tools};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    booking::Booking,
    call::Call,
    id::EffectId,
    ports::{
        Abilities, AgentLine, AgentSession, AgentStart, BookingReport, CallCommand, CallProvider, Caller, CloneRequest,
        HandOver, Performed, Port, PortError, PortResult, Received, Rejected, Trouble, VoiceAgent, VoiceCloner,
        VoiceId, WebhookRequest, WebhookResponse,
    },
    reply::Reply,
};
use serde_json::json;

/// The adapter's name in configuration, in rows and in paths.
pub const NAME: &str = "elevenlabs";
/// The carrier whose calls its agents take.
const CARRIER: &str = "twilio";

/// ElevenLabs as a teller of conversations and, with API key and agent, as whoever takes calls.
pub struct ElevenLabs {
    receiver: receive::Receiver,
    rest: Option<rest::Rest>,
}

impl ElevenLabs {
    /// Makes the adapter; `http` brings user agent and connect time-out, and must not follow redirects.
    #[must_use]
    pub fn new(config: Config, http: reqwest::Client) -> Self {
        let rest = config.api.clone().map(|api| rest::Rest::new(api, http));
        Self { receiver: receive::Receiver::new(config), rest }
    }

    fn dialler(&self) -> Option<outbound::Dialler<'_>> {
        let config = &self.receiver.config;
        let (rest, agent, outbound) = (self.rest.as_ref()?, config.agent.as_deref()?, config.outbound.as_ref()?);
        Some(outbound::Dialler { rest, agent, outbound, overrides: config.overrides })
    }

    /// Whether calls can be handed to an agent.
    #[must_use]
    pub fn takes_calls(&self) -> bool {
        self.rest.is_some() && self.receiver.config.agent.is_some()
    }

    /// Whether its agent holds live conversations.
    #[must_use]
    pub fn converses(&self) -> bool {
        self.receiver.config.agent.is_some()
    }

    /// Whether it clones voices.
    #[must_use]
    pub fn clones(&self) -> bool {
        self.rest.is_some()
    }

    /// Asks whether the key is good, and whether the agent is set up for the telephone. Changes nothing.
    ///
    /// # Errors
    /// [`PortError`] when the key is not accepted, when there is none, or when ElevenLabs is away.
    pub async fn check(&self) -> PortResult<Checked> {
        let rest =
            self.rest.as_ref().ok_or_else(|| PortError::unsupported(NAME, "look at the account without an API key"))?;
        let config = &self.receiver.config;
        check::check(rest, config).await
    }
}

impl Port for ElevenLabs {
    fn name(&self) -> &str {
        NAME
    }
}

/// It walks no flows: it tells of conversations and, where it has a number, its agent places calls of its own.
#[async_trait]
impl CallProvider for ElevenLabs {
    fn abilities(&self) -> Abilities {
        let dials = self.dialler().is_some();
        Abilities { dials, finds: dials, ..Abilities::default() }
    }

    fn receive(&self, request: &WebhookRequest, now: DateTime<Utc>) -> Result<Received, Rejected> {
        self.receiver.receive(request, now)
    }

    /// Nobody hears it.
    fn render(&self, _reply: &Reply, _call: Option<&Call>) -> WebhookResponse {
        WebhookResponse::json(200, r#"{"status":"received"}"#.to_owned())
    }

    /// In seed 001's words where it is its secret that is wrong.
    fn refusal(&self, _hook: &str, rejected: &Rejected) -> String {
        match rejected {
            Rejected::Unauthentic(403) => "Invalid webhook secret".to_owned(),
            other => other.to_string(),
        }
    }

    fn report(&self, dialect: &str, booking: &Booking, report: &BookingReport) -> WebhookResponse {
        answer::report(dialect, booking, report)
    }

    fn introduce(&self, caller: Option<&Caller>) -> WebhookResponse {
        let data = initiation::message(initiation::asked(caller, self.receiver.config.overrides));
        WebhookResponse::json(200, serde_json::Value::Object(data).to_string())
    }

    fn longest_body(&self, _hook: &str) -> Option<usize> {
        Some(self.receiver.config.longest_body)
    }

    async fn perform(&self, command: &CallCommand, _effect: &EffectId) -> PortResult<Performed> {
        let what = match (command, self.dialler()) {
            (CallCommand::Place(call), Some(dialler)) => return dialler.place(call).await,
            (CallCommand::Find { call_id, provider_call_id, .. }, Some(dialler)) => {
                return dialler.find(*call_id, provider_call_id.as_deref()).await;
            }
            (CallCommand::Place(_), None) => "place calls without an API key, an agent and ELEVENLABS_PHONE_NUMBER_ID",
            (CallCommand::Find { .. }, None) => "look up what became of a call",
            (CallCommand::Hangup { .. }, _) => "end a call",
            (CallCommand::Steer { .. }, _) => "tell a call what it hears",
        };
        Err(PortError::unsupported(NAME, what))
    }
}

#[async_trait]
impl AgentLine for ElevenLabs {
    fn takes(&self, carrier: &str) -> bool {
        carrier == CARRIER && self.receiver.config.agent.is_some()
    }

    /// <https://elevenlabs.io/docs/eleven-agents/phone-numbers/twilio-integration/register-call>
    async fn hand_over(&self, call: &HandOver) -> PortResult<WebhookResponse> {
        let agent = self.receiver.config.agent.as_ref();
        let agent = agent.ok_or_else(|| PortError::unsupported(NAME, "take calls without an agent"))?;
        if call.as_seed {
            return Ok(seeds::stream(agent, call));
        }
        let rest = self.rest.as_ref().ok_or_else(|| PortError::unsupported(NAME, "take calls without an API key"))?;
        let data = initiation::handed(&call.caller, &call.from, call.call_id, self.receiver.config.overrides);
        let request = json!({
            "agent_id": agent,
            "from_number": call.from.reveal(),
            "to_number": call.to.reveal(),
            "direction": "inbound",
            "conversation_initiation_client_data": data,
        });
        let twiml = rest.post(&["v1", "convai", "twilio", "register-call"], &request).await?;
        if !twiml.trim_start().starts_with('<') {
            return Err(rest::failed(
                Trouble::Broken,
                "ElevenLabs' answer is no TwiML; does base_url lead to its API?",
            ));
        }
        Ok(WebhookResponse { status: 200, content_type: "application/xml", body: twiml })
    }
}

#[async_trait]
impl VoiceAgent for ElevenLabs {
    /// Sound is written as the agent's settings say, whatever the line writes: nothing of it can be set for one call.
    async fn converse(&self, start: &AgentStart) -> PortResult<AgentSession> {
        let config = &self.receiver.config;
        let agent = config.agent.as_ref();
        let agent = agent.ok_or_else(|| PortError::unsupported(NAME, "hold conversations without an agent"))?;
        let data = initiation::message(initiation::live(start, config.overrides));
        converse::converse(config, self.rest.as_ref(), agent, data).await
    }
}

impl ElevenLabs {
    fn cloning(&self) -> PortResult<&rest::Rest> {
        self.rest.as_ref().ok_or_else(|| PortError::unsupported(NAME, "clone voices without an API key"))
    }
}

#[async_trait]
impl VoiceCloner for ElevenLabs {
    async fn clone_voice(&self, request: &CloneRequest, effect: &EffectId) -> PortResult<VoiceId> {
        clone::clone_voice(self.cloning()?, request, effect).await
    }

    async fn find(&self, effect: &EffectId) -> PortResult<Option<VoiceId>> {
        clone::find(self.cloning()?, effect).await
    }

    async fn delete(&self, voice: &VoiceId) -> PortResult<()> {
        clone::delete(self.cloning()?, voice).await
    }
}
