//! 3CX: a telephone exchange (PBX) of one's own. It says on a socket what happens to calls, can be told what becomes of
//! them, and sends no webhooks: whoever listens to the socket does, our own relay for one.
//!
//! Three things can be had of this crate, each without the others: it takes signed webhooks about calls as seed 003
//! documents them (a secret is enough); with the Call Control API it places, ends and leads calls; and it relays what
//! happens at the PBX to those webhooks.
//!
//! ```
//! use frontdesk_threecx::{Clock, Config, ThreeCx};
//! # fn client() -> reqwest::Client {
//! #     let _ = rustls::crypto::ring::default_provider().install_default();
//! #     reqwest::Client::builder().http1_only().build().unwrap()
//! # }
//! let config = Config::new(vec!["what webhooks are signed with".into()], Clock::new(chrono::DateTime::default));
//! let threecx = ThreeCx::new(config, client());
//! ```
//!
//! # Webhooks
//!
//! `POST /webhooks/threecx/3cx` (also `/webhook/3cx`), with `X-Signature: t=SECONDS,v0=HEX`: HMAC-SHA256 with the secret
//! over the time, a full stop and the raw body. Parts come in any order, several `v0` are allowed while a secret is being
//! changed; a signature is good for half an hour, and for a minute before its time. `IncomingCall` begins a call,
//! `CallStateChanged` is noted, `CallEnded` ends it; the same event comes to the same, however often. A caller who hides
//! their number is nobody that anybody knows. `recording_url` is not kept: recordings hold both parties, and stay at the
//! PBX. Nobody hears an answer: what a caller is to hear is told by [`CallCommand::Steer`].
//!
//! # What a live call can be told
//!
//! | in a reply | at our route point | at an extension |
//! |---|---|---|
//! | `Say`, `Play` | the greeting of [`Control::greeting`], whatever the words: nothing here speaks; then music, or the end where `Hangup` follows | not supported |
//! | `Transfer` | led there, our own part ends | transferred; diverted while it rings |
//! | `Stream` | speaks with our own agent, where they are ([`ThreeCx::put_through_by`]); or led to [`Control::agent_destination`], with its parameters as attached data, and our own part ends. The address is of no use to a PBX | not supported |
//! | `Hangup` | ended | ended |
//! | `Ask`, `Record` | not supported | not supported |
//!
//! Whoever speaks with our own agent hears music until its first word. No more than 200 ms are sent ahead, which is what is
//! still heard after an interruption. Keys come by the relay. What they hear after the conversation is decided by its end,
//! and told like everything else: a PBX does not ask.
//!
//! What stands before a `Transfer` or `Stream` is not waited for. Once a caller is led to where nobody watches, the call
//! counts as over.
//!
//! # Traps, and what became of them
//!
//! | trap of the vendor's | here |
//! |---|---|
//! | no webhooks, and nothing is signed | the relay |
//! | one token of a client at a time | asked for by one at a time, renewed once on 401; never share a client id |
//! | an upsert says nothing of what it is about | asked for; gone already is an end |
//! | gaps in the sequence, a socket that broke | everything is read again and held against what is known |
//! | calls are small numbers that come again | names hold the PBX and when a call was first seen |
//! | what was under way before the gateway began | not told of again; a watch asks for its end |
//! | device ids are SIP addresses | encoded |
//! | `finalstatus` is a word or a number | either; a part in the call is the best proof |
//! | `answer` is refused by most telephones (422) | never needed: route points are connected from the first moment |
//! | national and hidden numbers, an empty DID | read in [`Config::region`]; the business's number stands in |
//! | whatever is sent is played | never more than half a second ahead |
//! | the sound of a caller ends without a word why | asked whether they are there: gone is gone, else the way broke |
//! | port 5001, certificates of a private authority | `base_url` takes both; the authority has to be among the system's |
//! | the licence, groups that cannot be watched | [`ThreeCx::check`] says what is missing |

#![warn(missing_docs)]

mod answer;
mod audio;
mod calls;
mod check;
mod config;
mod control;
mod names;
mod numbers;
mod receive;
mod relay;
mod sign;
mod sounds;
mod steer;
mod talk;

pub use audio::{AHEAD, BadSound, Pcm, paced};
pub use check::Checked;
pub use config::{Clock, Config, Control};
pub use control::{CallControl, Device, Dn, Participant};
pub use relay::Deliver;

use async_trait::async_trait;
use calls::Calls;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    call::Call,
    event::Event,
    id::EffectId,
    ports::{
        Abilities, CallCommand, CallProvider, Exchange, Performed, Port, PortError, PortResult, Received, Rejected,
        WebhookRequest, WebhookResponse,
    },
    reply::Reply,
};
use names::Names;
use numbers::Numbers;
use secrecy::ExposeSecret;
use std::{sync::Arc, time::Duration};

/// The adapter's name in configuration, in rows and in paths.
pub const NAME: &str = "threecx";

/// How long is waited before a webhook is delivered once more.
const PATIENCE: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

/// A 3CX as a teller of calls and, with Call Control, as a carrier.
pub struct ThreeCx {
    config: Config,
    numbers: Numbers,
    calls: Option<Calls>,
    patience: [Duration; 2],
}

impl ThreeCx {
    /// Makes the adapter. `http` brings user agent and connect time-out; it must speak HTTP/1.1 only, for it opens the
    /// socket as well, and must not follow redirects.
    #[must_use]
    pub fn new(config: Config, http: reqwest::Client) -> Self {
        let numbers = Numbers { region: config.region.clone(), own: config.number.clone() };
        let calls = config.control.clone().map(|control| {
            let names = Arc::new(Names::new(&control.pbx));
            let control = Arc::new(CallControl::new(control, http, config.clock.clone()));
            Calls::new(control, names, numbers.clone(), config.clock.clone())
        });
        Self { config, numbers, calls, patience: PATIENCE }
    }

    /// Waits so long before a webhook of the relay's is delivered a second and a third time.
    #[must_use]
    pub fn with_patience(self, patience: [Duration; 2]) -> Self {
        Self { patience, ..self }
    }

    /// Puts callers who are to speak with a voice agent through by this, where no `agent_destination` says where they are
    /// led. Said once; without Call Control it does nothing.
    pub fn put_through_by(&self, exchange: Arc<dyn Exchange>) {
        if let Some(calls) = &self.calls {
            // Whoever was first stays.
            let _ = calls.exchange.set(exchange);
        }
    }

    /// Listens to the PBX and delivers what happens there as signed webhooks, in order for each call, until it is dropped.
    /// Whatever breaks is mended. Without Call Control or a secret to sign with it does nothing.
    pub async fn relay(&self, deliver: Deliver) {
        let secret = self.config.webhook_secrets.iter().find(|secret| !secret.expose_secret().is_empty());
        let (Some(calls), Some(secret)) = (&self.calls, secret) else { return };
        let relay = relay::Relay {
            control: Arc::clone(&calls.control),
            names: Arc::clone(&calls.names),
            sounds: Arc::clone(&calls.sounds),
            numbers: self.numbers.clone(),
            secret: secret.clone(),
            clock: self.config.clock.clone(),
            patience: self.patience,
        };
        relay.run(deliver).await;
    }

    /// Asks whether the PBX lets us in, and whether route point and device are there. Changes nothing.
    ///
    /// # Errors
    /// [`PortError`] when it does not, when Call Control is not configured, or when the PBX is away.
    pub async fn check(&self) -> PortResult<Checked> {
        check::check(&self.calls("look at the PBX")?.control).await
    }

    fn calls(&self, what: &str) -> PortResult<&Calls> {
        let what = || format!("{what} without Call Control; set threecx.base_url, client_id and client_secret");
        self.calls.as_ref().ok_or_else(|| PortError::unsupported(NAME, &what()))
    }
}

impl Port for ThreeCx {
    fn name(&self) -> &str {
        NAME
    }
}

#[async_trait]
impl CallProvider for ThreeCx {
    fn abilities(&self) -> Abilities {
        let able = self.calls.is_some();
        Abilities { dials: able, finds: able, hangs_up: able, moves: able, streams: able, ..Abilities::default() }
    }

    fn receive(&self, request: &WebhookRequest, now: DateTime<Utc>) -> Result<Received, Rejected> {
        receive::receive(&self.config, &self.numbers, request, now)
    }

    /// Nobody hears it.
    fn render(&self, _reply: &Reply, call: Option<&Call>) -> WebhookResponse {
        answer::acknowledge(&Event::Ringing, call)
    }

    fn acknowledge(&self, _hook: &str, event: &Event, call: Option<&Call>) -> WebhookResponse {
        answer::acknowledge(event, call)
    }

    fn refusal(&self, _hook: &str, rejected: &Rejected) -> String {
        answer::refusal(rejected)
    }

    async fn perform(&self, command: &CallCommand, _effect: &EffectId) -> PortResult<Performed> {
        match command {
            CallCommand::Place(place) => self.calls("place calls")?.place(place).await,
            CallCommand::Find { provider_call_id, to, .. } => {
                self.calls("look up what became of a call")?.find(provider_call_id.as_deref(), to).await
            }
            CallCommand::Hangup { provider_call_id, .. } => self.calls("end a call")?.hang_up(provider_call_id).await,
            CallCommand::Steer { provider_call_id, reply, .. } => {
                self.calls("tell a call what it hears")?.steer(provider_call_id, reply).await
            }
        }
    }
}
