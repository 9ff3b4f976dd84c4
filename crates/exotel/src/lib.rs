//! Exotel: an IVR that the customer draws in Exotel's dashboard, out of applets. Exotel runs it, and asks or tells us at
//! the applets that have an address of ours.
//!
//! Three things can be had of this crate, each without the others: it takes what people press in a flow of the
//! customer's own (a webhook secret is enough); it walks a flow of ours, for calls that come in and for calls that are
//! placed through the API (API credentials and an app); and it sends text messages.
//!
//! # Key presses in somebody's own flow
//!
//! ```
//! use frontdesk_exotel::{Config, Exotel};
//! # fn client() -> reqwest::Client {
//! #     let _ = rustls::crypto::ring::default_provider().install_default();
//! #     reqwest::Client::builder().build().unwrap()
//! # }
//! let mut config = Config::new(vec!["what the webhooks bring along".into()]);
//! config.trees.insert("ivr".to_owned(), vec!["language".to_owned(), "state".to_owned()]);
//! let exotel = Exotel::new(config, client());
//! ```
//!
//! Behind each Gather stands a Passthru applet, with "Make Passthru Async" ticked, and the address
//! `https://desk.example/webhooks/exotel/ivr/language?secret=…`: the step is in the path, for nothing else tells which
//! question was answered. With several IVRs it is `…/ivr/TREE/STEP`. [`receive`](CallProvider::receive) gives
//! [`ReceivedAbout::Capture`], with the answer that Exotel gets: JSON that it does not read; with `&answer=select`, for a
//! Switch Case applet behind it, the keys or `none`; with `&answer=branch`, for a Passthru that is waited for, 200 where
//! keys were pressed and 302 where none were.
//!
//! # A flow of ours
//!
//! An applet cannot choose its successor, and does not say which question its keys answer. So each place in the flow has
//! an address with the moment in it: none where the call begins, `/1` once question 1 was answered or not, `/2`, …, and
//! `/transfer/1` once the telephone that was rung after question 1 is done with. At a moment the first applet that asks
//! decides, and every other one is told the same.
//!
//! | applet | hook | reads |
//! |---|---|---|
//! | Gather | `gather[/MOMENT]` | the question, or what is said at last |
//! | Greeting | `greeting[/MOMENT]` | what is said |
//! | Connect | `connect[/MOMENT]` | who is rung for the caller |
//! | Passthru, and a Switch Case behind it | `switch[/MOMENT]` | which way to go: `stream`, `ask`, `say`, `connect`, `end`, `again` |
//! | Voicebot | `voicebot` | where our media socket is |
//!
//! ```text
//! Gather gather ── keys, nothing ──► Passthru switch/1 ► Switch Case
//!   ask     ► Gather gather/1 ── keys, nothing ──► Passthru switch/2 ► …
//!   connect ► Greeting greeting/1 ► Connect connect/1 ── nobody ──► Passthru switch/transfer/1 ► Switch Case
//!                                                                     ask ► Gather gather/transfer/1 ► switch/2
//!                                                                     say ► Greeting greeting/transfer/1 ► Hangup
//!   say     ► Greeting greeting/1 ► Hangup
//!   end     ► Hangup
//!   again   ► Passthru switch/1
//! ```
//!
//! Three rounds do for the built-in flows. Without Switch Cases a chain `gather`, `gather/1`, `gather/2`, Hangup does,
//! but for transfers. The fallback URL of each applet is its own address once more: it is asked where the store was slow.
//! Whoever is to be reminded is called into the flow by [`CallCommand::Place`], whose end comes to the hook `status`; news
//! of messages come to `sms`. Both addresses are told to Exotel with each request, the secret included.
//!
//! # Live audio
//!
//! The Voicebot applet opens a WebSocket to its address; a secret stands in its query or, as the vendor documents it, in
//! front of its host (`wss://any:SECRET@desk.example/…`, which comes as Basic). [`Line`] is its language: signed 16-bit
//! samples in pieces of 3,200 bytes and more, no faster than they are heard. Once the socket is closed the flow goes on with
//! the applet behind it.
//!
//! Callers are joined with a voice agent (`inbound = "stream"`) by a flow that begins with a Switch Case and is told by
//! [`Config::streams`]; its moment behind the Voicebot is `/streamed`. A socket that cannot be had counts as a conversation
//! that failed: the caller goes on with keys.
//!
//! ```text
//! Passthru switch ► Switch Case
//!   stream  ► Voicebot voicebot ► Passthru switch/streamed ► Switch Case
//!               ask     ► Gather gather/streamed ► switch/1 ► …
//!               connect ► Greeting greeting/streamed ► Connect connect/streamed ── nobody ──► switch/transfer/1 ► …
//!               say     ► Greeting greeting/streamed ► Hangup
//!               end     ► Hangup
//!               again   ► Passthru switch/streamed
//!   ask     ► Gather gather ► switch/1 ► …
//!   connect ► Greeting greeting ► Connect connect ── nobody ──► switch/transfer/1 ► …
//!   say     ► Greeting greeting ► Hangup
//!   end     ► Hangup
//!   again   ► Passthru switch
//! ```
//!
//! The address of the Voicebot is that of the hook, which answers with the socket's: the call and its token are two of the
//! three parameters that the applet takes.
//!
//! # Whether it happened
//!
//! Exotel knows no idempotency key. A request whose answer was lost leaves a call in doubt ([`Happened::Maybe`]): it is
//! never placed again, and its first webhook, which brings our id back as `CustomField`, proves it. Where none comes, the
//! calls since are listed; that there was none is said only when that is certain.
//!
//! # Traps, and what became of them
//!
//! | trap of the vendor's | here |
//! |---|---|
//! | keys in double quotes | freed of quotes and blanks; what is no key is kept as it came, and counts for none |
//! | `EndTime` is a constant; times without a zone | `EndTime` is never read; times are the account's ([`Config::time_zone`]) |
//! | a plus that was not encoded is a space; numbers with `0`, `91`, `+91` or nothing before them | kept as written, and as dialled |
//! | `incoming` at applets, `inbound` in the API | either |
//! | `CallType` means one thing in the API and another at applets | sent as `trans`, never read |
//! | GET, POST, form, JSON or multipart, depending on the page | all of them, and HEAD; the body counts where the query says nothing |
//! | callbacks are multipart by default, and best effort | JSON is asked for, both are read; a watch asks |
//! | the answer to a request says `in-progress` before anybody picked up | only the call's name is read of it |
//! | price and duration are null, then texts | durations are read as either; prices are not needed |
//! | XML without `.json` | always there; XML in spite of it is an error that names `base_url` |
//! | pages of 100 at the most, cursors | followed |
//! | TwiML is ignored by Gather and Passthru, the caller hears silence | each applet gets its own language |
//! | Greeting is asked by HEAD before, and wants bare `text/plain` | the same answer, for it is the same moment |
//! | audio is cached by its URL | not applicable here: nothing is made; whoever makes a sound gives it a new URL |
//! | redirects are not followed reliably | none is sent; the 302 of a branch has no `Location` |
//! | the flow must be published and wired | told above; [`Exotel::check`] cannot see it |
//! | Switch Case compares letter by letter | its words are few and fixed; keys are only keys |
//! | an async Passthru comes after the end, out of order, twice | a press is named by call, step, keys and the time it was told for |
//! | whether `digits` persist into a later applet is unknown | only the first applet of a moment is believed |
//! | one Gather never loops on its address | moments are numbered; the flow asks again in its own words, `repeat_menu` is 0 |
//! | `fetch_after_attempt` asks again after each failure | always false |
//! | a non-200 sends the caller to an error path | only who is not let in, is malformed or cannot be decided in time gets one |
//! | wordings without a registered template (DLT) are taken, and delivered to nobody | refused here, naming the template |
//! | two tables of message codes that disagree | codes are not read, words are |
//! | a host of another region | the error asks for it ([`Region`]) |
//! | credentials in URLs end up in logs | in a header, always; errors have no URL |
//! | `RestException` codes are words or numbers | either; its texts are never repeated |
//! | nothing is signed | a shared secret (`?secret=`, `X-Webhook-Secret`, Bearer, the password of Basic), and if wanted a list of addresses |
//! | machines are told after the end | `detects_machines` is false |
//! | Devanagari needs a Hindi voice | the voice is chosen in the applet |
//! | status words of agents' pop-ups (`free`, …) | of no consequence |
//!
//! Not applicable, for this crate does nothing of the kind: `WaitUrl`, recordings and voicemail (a link comes only with
//! a later Passthru), prices, number metadata, bulk messages, text messages that people write (the vendor's pages show no
//! webhook for them), campaigns, exports.
//!
//! What Exotel cannot do: end a call, tell it unasked what it hears, be silent for a while, listen to words.
//!
//! [`Happened::Maybe`]: frontdesk_core::ports::Happened::Maybe
//! [`ReceivedAbout::Capture`]: frontdesk_core::ports::ReceivedAbout::Capture

#![warn(missing_docs)]

mod called;
mod calls;
mod capture;
mod config;
mod find;
mod hook;
mod keys;
mod message;
mod multipart;
mod params;
mod receive;
mod render;
mod rest;
mod status;
mod stream;
mod time;

pub use config::{Api, App, CaptureAnswer, Config, Region, Sms};
pub use stream::Line;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    call::Call,
    effect::Channel,
    id::EffectId,
    ports::{
        Abilities, CallCommand, CallProvider, Gatekeeper, Notification, Notifier, Performed, Port, PortError,
        PortResult, Received, Rejected, WebhookRequest, WebhookResponse,
    },
    reply::Reply,
};
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

/// The adapter's name in configuration, in rows and in paths.
pub const NAME: &str = "exotel";

/// Exotel as a teller of key presses and, as far as it is configured, as a carrier and a sender of text messages.
pub struct Exotel {
    receiver: receive::Receiver,
    calls: Option<calls::Calls>,
    messages: Option<message::Messages>,
    /// Whether the flow leads to our media socket.
    streams: bool,
    /// What opens it; `None` where it is open to everybody.
    secret: Option<SecretString>,
}

impl Exotel {
    /// Makes the adapter; `http` brings user agent and connect time-out, and must not follow redirects.
    #[must_use]
    pub fn new(config: Config, http: reqwest::Client) -> Self {
        let receiver = receive::Receiver::new(&config);
        // Whoever may ask without proof is told no secret; the socket wants none either.
        let secret = secret(&config).filter(|_| !config.insecure_webhooks).cloned();
        let streams = config.streams;
        let placing = config.app.clone().zip(callback(&config, "status"));
        let messages = config.sms.clone().filter(|_| config.api.is_some());
        let messages = messages.map(|sms| message::Messages { sms, status_callback: callback(&config, "sms") });
        let calls = config.api.map(|api| calls::Calls {
            rest: rest::Rest::new(api, http),
            time_zone: config.time_zone,
            country: config.country,
            placing: placing.map(|(app, status_callback)| calls::Placing { app, status_callback }),
        });
        Self { receiver, calls, messages, streams, secret }
    }

    /// Asks whether the credentials open the account, by looking at its newest call. Changes nothing.
    ///
    /// # Errors
    /// [`PortError`] when they do not, when there are none, or when Exotel is away.
    pub async fn check(&self) -> PortResult<()> {
        self.calls("look at the account without API credentials")?.check().await
    }

    /// The language of its media streams, for whoever has their sockets.
    #[must_use]
    pub fn line(&self) -> Line {
        Line::new(self.receiver.guard.clone())
    }

    fn calls(&self, what: &str) -> PortResult<&calls::Calls> {
        self.calls.as_ref().ok_or_else(|| PortError::unsupported(NAME, what))
    }
}

/// A hook of ours as Exotel is to call it.
fn callback(config: &Config, hook: &str) -> Option<String> {
    let base = config.webhook_base.as_ref()?.as_str().trim_end_matches('/');
    let url = format!("{base}/webhooks/{NAME}/{hook}");
    Some(match secret(config) {
        Some(secret) => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            format!("{url}?{}", query.append_pair("secret", secret.expose_secret()).finish())
        }
        None => url,
    })
}

/// What webhooks and streams that we ask for bring along.
fn secret(config: &Config) -> Option<&SecretString> {
    config.webhook_secrets.iter().find(|secret| !secret.expose_secret().is_empty())
}

impl Port for Exotel {
    fn name(&self) -> &str {
        NAME
    }
}

#[async_trait]
impl CallProvider for Exotel {
    fn abilities(&self) -> Abilities {
        Abilities {
            steers: true,
            dials: self.calls.as_ref().is_some_and(|calls| calls.placing.is_some()),
            finds: self.calls.is_some(),
            hangs_up: false,
            moves: false,
            detects_machines: false,
            records: false,
            streams: self.streams,
        }
    }

    /// The time is of no use here: nothing in these webhooks proves one.
    fn receive(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<Received, Rejected> {
        self.receiver.receive(request)
    }

    /// As a Gather reads it, which is the applet that says most.
    fn render(&self, reply: &Reply, _call: Option<&Call>) -> WebhookResponse {
        render::gather(reply)
    }

    fn answer(&self, hook: &str, reply: &Reply, _call: Option<&Call>) -> WebhookResponse {
        match hook::Applet::of(hook) {
            Some(applet) => render::answer(applet, reply, self.secret.as_ref()),
            // News, whose answers are not read.
            None => WebhookResponse::json(200, "{}".to_owned()),
        }
    }

    fn refusal(&self, _hook: &str, rejected: &Rejected) -> String {
        Gatekeeper::refusal(rejected)
    }

    async fn perform(&self, command: &CallCommand, _effect: &EffectId) -> PortResult<Performed> {
        match command {
            CallCommand::Place(place) => self.calls("place calls without API credentials")?.place(place).await,
            CallCommand::Find { call_id, provider_call_id, to, since, asked, from: _ } => {
                let calls = self.calls("look up what became of a call without API credentials")?;
                match provider_call_id {
                    Some(sid) => calls.find_by_name(sid).await,
                    None => calls.find(&find::Sought { call_id: *call_id, to, since: *since, asked: *asked }).await,
                }
            }
            CallCommand::Hangup { .. } => Err(PortError::unsupported(NAME, "end a call from outside of it")),
            CallCommand::Steer { .. } => Err(PortError::unsupported(NAME, "tell a call from outside what it hears")),
        }
    }
}

#[async_trait]
impl Notifier for Exotel {
    fn channels(&self) -> &[Channel] {
        if self.messages.is_some() { &[Channel::Sms] } else { &[] }
    }

    async fn notify(&self, notification: &Notification, effect: &EffectId) -> PortResult<String> {
        match (&self.messages, &self.calls) {
            (Some(messages), Some(calls)) if notification.channel == Channel::Sms => {
                messages.send(&calls.rest, notification, effect).await
            }
            _ => Err(PortError::unsupported(NAME, &format!("send by {}", notification.channel.as_str()))),
        }
    }

    async fn find(&self, _effect: &EffectId) -> PortResult<Option<String>> {
        Err(PortError::unsupported(NAME, "look up what became of a message"))
    }
}
