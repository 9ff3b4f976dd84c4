//! Twilio Programmable Voice as a carrier of the gateway: it places calls over a REST API, asks by signed webhooks what
//! its callers hear next, and is answered in TwiML.
//!
//! # How to use it
//!
//! Make a [`Config`] of the account's SID, its auth token, the gateway's public URL and a [`Clock`], and a [`Twilio`] of
//! that. It is a [`CallProvider`] like any other: [`receive`](CallProvider::receive) verifies and reads a webhook,
//! [`render`](CallProvider::render) answers it, [`perform`](CallProvider::perform) places, finds and ends calls.
//!
//! ```
//! use frontdesk_twilio::{Clock, Config, Twilio};
//! # fn client() -> reqwest::Client {
//! #     let _ = rustls::crypto::ring::default_provider().install_default();
//! #     reqwest::Client::builder().build().unwrap()
//! # }
//! # fn now() -> chrono::DateTime<chrono::Utc> { chrono::DateTime::UNIX_EPOCH }
//! let account = "AC0123456789abcdef0123456789abcdef";
//! let config = Config::new(account, "the auth token".into(), "https://desk.example.com", Clock::new(now));
//! let twilio = Twilio::new(config, client())?;
//! # Ok::<(), frontdesk_twilio::BadConfig>(())
//! ```
//!
//! The HTTP client brings user agent and connection time-outs, and must not follow redirects of its own. The whole of it,
//! with a web server around it, is the example `answer`.
//!
//! # The hooks
//!
//! They lie under `/webhooks/twilio/`; everything but `incoming` and `message` is told to Twilio with each call.
//!
//! | hook | told when | event |
//! |---|---|---|
//! | `voice` | a call was picked up, keys were pressed, words spoken, nothing said, a message recorded | `Answered`, `Digits`, `Speech`, `Silence`, `Recorded` |
//! | `incoming`, `incoming-call`, `voice/incoming` | somebody rings a number; also `voice` may be used | `Incoming` |
//! | `status`, `call-status`, `twilio/status` | a call goes on or ends | `Ringing`, `Ended`, `Noted` |
//! | `amd` | a machine was heard beside the call | `Answered` by a machine, `Noted` |
//! | `recording` | a recording is ready | `Recorded`, `Silence`, `Noted` |
//! | `transcription` | what a message says was written down ([`Config::transcribe`]) | `Transcribed`, `Noted` |
//! | `transfer` | the other telephone of a transfer is done with | `Transferred` |
//! | `fallback` | Twilio could not read the answer of another hook | what that hook would have told |
//! | `stream` | a media stream begins, ends or fails | `Noted` |
//! | `message` | somebody wrote a text message | a message |
//! | `message-status` | a message of ours was delivered, read, or not delivered | what became of it |
//!
//! Twilio does not listen to what it is answered at `status`, `amd`, `recording`, `transcription`, `stream` and `message-status`. What a call is to hear because
//! of one of them is told by a request of ours.
//!
//! A number is pointed at `incoming` (voice), `status` (call status changes) and `message` (messaging), all of them with
//! POST: in the console, or by [`Twilio::point`].
//!
//! # Uncertain calls
//!
//! Twilio knows no idempotency key for calls, so that a request whose answer was lost is never made again. Our id stands
//! in the URL of every webhook, so that the first callback tells which call it was; where none arrives, a look-up finds
//! the call among those between the two numbers by what Twilio has on record of it, and says that it is missing only
//! when that is certain.
//!
//! # Messages
//!
//! It is a [`Notifier`] for the channels that [`Messaging`] names a sender for. By WhatsApp words go as they are within a day
//! of the person's last message, and else as the template that is registered for their text; without one nothing is sent.
//! A request whose answer was lost is never made again: the first status callback proves it, or a look-up finds words like
//! these among what was sent to the person; that there was no message is said only when nothing was sent to them at all.
//!
//! # What goes wrong with Twilio, and what becomes of it here
//!
//! | trap | here |
//! |---|---|
//! | the signature is over the URL that Twilio was given, not over the one that a proxy passes on | the URL is made of the public base and the raw path; [`Twilio::why`] names the URL that would match |
//! | ports, credentials and apostrophes are signed in one way or another | every documented form is tried, in constant time |
//! | the host is signed in the letters that Twilio was given, capitals included | [`Config::webhook_base`] keeps them |
//! | repeated form fields, empty ones, white space at the ends, names in any case | pairs are kept as they came; sorted by name, equal ones once |
//! | GET puts everything into the URL | nothing is signed twice |
//! | JSON bodies are covered by a hash in the URL only | the hash is compared; a body that nothing covers is refused |
//! | a WebSocket is signed under `wss`, with or without a slash at its end | [`Twilio::upgrade_is_authentic`] |
//! | a signature carries no time, so that it can be sent again | the same happening has the same key, and acts once |
//! | two tokens while one is being changed; subaccounts sign with their own | all that the account may use are tried |
//! | status callbacks in any order, twice, or never | named by status and number; the end by the call alone; a watch asks |
//! | `Duration` is in minutes, `CallDuration` in seconds; numbers come as texts, or empty | read as what they are |
//! | a second request for a call rings twice | never made |
//! | new accounts dial one call a second, and more wait in a queue, into the night if need be | [`Config::calls_per_minute`]: what is too fast is not asked for; a look-up sees those that wait all the same |
//! | lists and records of calls come late | nothing is ruled out before Twilio's own clock says that they are complete |
//! | a closed country, a trial account, a blocked number are errors like any other | [`Trouble::Barred`](frontdesk_core::ports::Trouble::Barred): neither the number nor Twilio is to blame, and the next carrier is asked |
//! | only 429 surely did nothing | it is the one answer that says: later, again |
//! | error texts hold telephone numbers | only codes are repeated |
//! | `Gather` without keys goes on with the next verb, or loops on its own document | `action` is always there, as are `actionOnEmptyResult` and a verb after it |
//! | `#` ends one-key answers unheard | it is a key there |
//! | machines are told late when they are told beside the call, and the answer is not heard | the call is told by request what it hears next, once |
//! | `SendDigits` switches off machine detection; inline TwiML has 4000 characters and needs full URLs | `SendDigits` is not used; a live call is told no longer document; all URLs are full |
//! | a voice that does not speak the language fails the verb | those that are built in do; whoever names others names fitting ones |
//! | links to recordings open somebody's voice | no URL of ours holds more than a recording's name |
//! | documents over 64 kB, speech over 3000 characters, control characters | cut, split, left out |
//! | a query on a stream's URL vanishes; parameters are cut at 500 characters | queries are not written; a longer parameter is left out |
//! | one way streams (`Start`) cannot speak | only `Connect` is used |
//! | after a 5xx or a time-out Twilio does not ask again by itself | connection overrides, and a fallback URL; rules of the account's own go before them |
//! | JSON is no TwiML, and TwiML says nothing to whoever watches the news of a call | news are answered in JSON, all else in TwiML |
//! | a trunk or an application goes before a number's own URLs | [`Twilio::number`] says so, and nothing is set |
//! | a number in a Messaging Service follows the service's URL, which the number does not show | not seen here; point the service at `message` |
//! | a number's own status callback tells the end only | that is what is counted; whatever else is told is taken as well |
//! | a redirect (301) loses the form | not applicable here: nothing here redirects; let nothing in front do it |
//! | hosts with underscores, bases with a slash at the end | refused at the start |
//! | callers who hide their number | heard, under the number that spells "anonymous" |
//! | opt-out keywords of the account's own | taken for STOP and START |
//! | a standard API key may not read the account | [`Twilio::check`] lists a call instead |
//! | an answer may take 15 seconds, all repetitions included | not applicable here: the door has its own deadline, far below |
//! | a call that nobody ends lasts four hours (`TimeLimit`) | left to Twilio: every step of a flow ends by itself, and a watch asks what became of the call |
//! | tokens by OAuth, the debugger's webhook, answers to partial speech, cookies, Basic credentials in URLs, test credentials | not applicable here: not used |
//! | counters of media streams are texts, or numbers; members that are not documented are errors (31951) | read as either; written exactly as documented ([`Line`]) |
//! | `clear` brings every mark back as if it had been heard | marks are numbered by who holds the stream |
//! | whoever answers STOP, CANCEL, END or QUIT is cut off by Twilio itself | no text asks for such a word; error 21610 closes the channel in the contact |
//! | a message that waits in a queue arrives at night | sent no faster than [`Messaging::per_minute`], and given up after an hour |
//! | free words by WhatsApp fail a day after the person wrote, and only later (63016) | the template goes instead, or nothing |
//! | a template's places take no empty value and no line break | refused before anything is sent; white space is one space |
//! | a text that is a character too long costs another message, one of 1600 is refused | counted before it is sent |
//! | Twilio answers HELP itself where its Advanced Opt-Out is on | not answered twice |
//! | schedules, pictures | not applicable here: not used |

#![warn(missing_docs)]

mod calls;
mod config;
mod fate;
mod find;
mod form;
mod links;
mod media;
mod message;
mod messaging;
mod numbers;
mod proof;
mod receive;
mod recordings;
mod render;
mod rest;
mod seek;
mod send;
mod sign;
mod status;
mod stream;
mod twiml;
mod why;

pub use config::{Amd, ApiKey, BadConfig, Config, Upgrades};
pub use frontdesk_core::ports::Clock;
pub use media::media_url;
pub use messaging::{Messaging, Sender, Template};
pub use numbers::{Number, Scope};
pub use stream::Line;
pub use why::Why;

use async_trait::async_trait;
use calls::Calls;
use chrono::{DateTime, Utc};
use find::Sought;
use frontdesk_core::{
    call::Call,
    effect::Channel,
    event::Event,
    id::EffectId,
    personal::Phone,
    ports::{
        self, Abilities, CallCommand, CallProvider, Notification, Notifier, Performed, Port, PortError, PortResult,
        Received, Rejected, WebhookRequest, WebhookResponse,
    },
    reply::Reply,
};
use links::Links;
use proof::Keyring;
use receive::Hook;
use recordings::Recordings;
use render::Renderer;
use send::Messages;
use std::sync::Arc;

/// The adapter's name in configuration, in rows and in paths.
pub const NAME: &str = "twilio";

/// A carrier that speaks Twilio's language.
pub struct Twilio {
    keyring: Arc<Keyring>,
    upgrades: Upgrades,
    recordings: Recordings,
    renderer: Renderer,
    calls: Calls,
    messages: Messages,
    amd: Amd,
}

/// What Twilio says of an account that our credentials open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Whether it is on trial, which reaches verified numbers only; `None` where the credentials may not know.
    pub trial: Option<bool>,
}

impl Twilio {
    /// Makes the adapter; `http` brings user agent and time-outs, and must not follow redirects.
    ///
    /// # Errors
    /// [`BadConfig`] names what could never work.
    pub fn new(config: Config, http: reqwest::Client) -> Result<Self, BadConfig> {
        config.check()?;
        let links = Links::new(&config.webhook_base, config.overrides.as_deref());
        Ok(Self {
            keyring: Arc::new(Keyring::new(&config)),
            upgrades: config.upgrades,
            recordings: Recordings::new(&config),
            renderer: Renderer::new(&config, links.clone()),
            amd: config.amd,
            messages: Messages::new(config.messaging.clone(), config.clock.clone()),
            calls: Calls::new(config, links, http),
        })
    }

    /// Asks whether the credentials open the account. Changes nothing.
    ///
    /// # Errors
    /// [`PortError`] when they do not, when the account is suspended or closed, or when
    /// Twilio is away.
    pub async fn check(&self) -> PortResult<Account> {
        self.calls.check().await
    }

    /// Asks how a number is pointed. Changes nothing.
    ///
    /// # Errors
    /// [`PortError`] when the credentials may not see it, or when Twilio is away.
    pub async fn number(&self, number: &Phone, scope: Scope) -> PortResult<Number> {
        self.calls.number(number, scope).await
    }

    /// Points a number at the hooks `incoming`, `status` and `message`, or at `message` alone, where it does not lead to
    /// them yet. Whatever a trunk
    /// or an application decides in its place is left alone. Says how the number is afterwards.
    ///
    /// # Errors
    /// As for [`Self::number`]; after an answer that was lost it may be pointed all the same.
    pub async fn point(&self, number: &Phone, scope: Scope) -> PortResult<Number> {
        self.calls.point(number, scope).await
    }

    /// Says why a captured request is not taken for Twilio's. `bases` are public URLs to think of besides the configured
    /// one; what proxies say in `Host` and `X-Forwarded-…` is thought of as well. For advice only: nothing is ever
    /// accepted because of it.
    #[must_use]
    pub fn why(&self, request: &WebhookRequest, bases: &[String]) -> Why {
        why::why(&self.keyring, request, bases)
    }

    /// Whether the request that opens a WebSocket is Twilio's. Its `url` is that of the request, with `https` or `wss`.
    /// What proves the call itself is a token among the stream's parameters.
    /// <https://www.twilio.com/docs/usage/security>
    #[must_use]
    pub fn upgrade_is_authentic(&self, request: &WebhookRequest) -> bool {
        self.keyring.proves_upgrade(request)
    }

    /// The language of its media streams, for whoever has their sockets.
    #[must_use]
    pub fn line(&self) -> Line {
        Line::new(Arc::clone(&self.keyring), self.upgrades)
    }
}

impl Port for Twilio {
    fn name(&self) -> &str {
        NAME
    }
}

#[async_trait]
impl CallProvider for Twilio {
    fn abilities(&self) -> Abilities {
        Abilities {
            steers: true,
            dials: true,
            finds: true,
            hangs_up: true,
            moves: true,
            detects_machines: self.amd != Amd::Off,
            records: true,
            streams: true,
        }
    }

    /// The time is of no use here: Twilio's signatures carry none.
    fn receive(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<Received, Rejected> {
        receive::receive(&self.keyring, &self.recordings, request)
    }

    fn render(&self, reply: &Reply, call: Option<&Call>) -> WebhookResponse {
        self.renderer.render(reply, call)
    }

    /// News of a call are answered in JSON, as whoever watches a webhook by hand likes to see that they came; Twilio only
    /// looks at the status. Whoever wrote a text message would be answered with what is not TwiML.
    fn acknowledge(&self, hook: &str, _event: &Event, _call: Option<&Call>) -> WebhookResponse {
        match Hook::of(hook) {
            Some(hook) if hook.is_news() => WebhookResponse::json(200, r#"{"status":"received"}"#.to_owned()),
            _ => self.render(&Reply::default(), None),
        }
    }

    async fn perform(&self, command: &CallCommand, effect: &EffectId) -> PortResult<Performed> {
        match command {
            CallCommand::Place(place) => self.calls.place(place, *effect).await,
            CallCommand::Find { provider_call_id: Some(sid), .. } => self.calls.find_by_name(sid).await,
            CallCommand::Find { call_id, provider_call_id: None, from, to, since, asked } => {
                self.calls.find(&Sought { call_id: *call_id, from, to, since: *since, asked: *asked }).await
            }
            CallCommand::Hangup { provider_call_id, .. } => self.calls.hang_up(provider_call_id).await,
            CallCommand::Steer { call_id, provider_call_id, reply } => {
                self.calls.steer(provider_call_id, self.renderer.document(reply, Some(*call_id))).await
            }
        }
    }
}

#[async_trait]
impl Notifier for Twilio {
    fn channels(&self) -> &[Channel] {
        self.messages.channels()
    }

    async fn notify(&self, notification: &Notification, effect: &EffectId) -> PortResult<String> {
        self.messages.send(&self.calls.rest, &self.calls.links, notification, effect).await
    }

    /// Our own name for a message is none that Twilio knows.
    async fn find(&self, _effect: &EffectId) -> PortResult<Option<String>> {
        Err(PortError::unsupported(NAME, "find a message without knowing what it said and to whom"))
    }

    async fn look_up(&self, sought: &ports::Sought, _effect: &EffectId) -> PortResult<Option<String>> {
        self.messages.seek(&self.calls.rest, sought).await
    }
}
