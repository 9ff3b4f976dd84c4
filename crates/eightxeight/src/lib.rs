//! 8x8 Voice and SMS. A call is steered by *callflows*: lists of actions, one given when the call is placed and one in
//! the answer to every webhook; once a list has come to its end, 8x8 asks for the next.
//!
//! # Begin
//!
//! ```no_run
//! use frontdesk_eightxeight::{Config, EightXEight};
//! use std::sync::Arc;
//! # fn clock() -> chrono::DateTime<chrono::Utc> { chrono::DateTime::UNIX_EPOCH }
//! # fn make(client: reqwest::Client) -> Result<EightXEight, url::ParseError> {
//! let config = Config::new(
//!     "the API key of connect.8x8.com".into(),
//!     "acme_voice_01",
//!     "https://desk.example".parse()?,
//!     vec!["what 8x8 has to bring along".into()],
//!     Arc::new(clock),
//! );
//! Ok(EightXEight::new(config, client))
//! # }
//! ```
//!
//! Then point the subaccount's two webhooks here, by [`EightXEight::register_webhooks`] or by hand in the portal:
//!
//! | webhook | URL | value of its HTTP authorization |
//! |---|---|---|
//! | VCA (Voice Call Action) | `https://desk.example/webhooks/eightxeight/vca` | `Basic base64(admin:secret)` |
//! | VSS (Voice Session Summary) | `https://desk.example/webhooks/eightxeight/vss` | the same |
//!
//! There is one webhook of each kind a subaccount, so test and production need a subaccount each. The other kinds (VCS,
//! VRU, VNU) are not needed; where they are pointed here they are taken. Text messages that people write come in at
//! `/webhooks/eightxeight/sms`, once that is the SMS subaccount's webhook for inbound messages.
//!
//! `examples/ring.rs` is a whole program around this crate: it places a call and answers its webhooks.
//!
//! # One call
//!
//! 1. `perform(Place)` posts `makeCall`, a sound if one is configured, and a `sayAndCapture` with the
//!    [`Greeting`]. Listening, if only for a second, is what makes 8x8 come back for certain: whether it does after a
//!    mere `say` it does not document. The flow's question is not in this first callflow, because it is decided when
//!    somebody has picked up.
//! 2. The first VCA of the session brings no `clientActionId`. It means [`Event::Answered`]; the answer to it is the
//!    flow's first question, a callflow that ends with `sayAndCapture` and has a `clientActionId`.
//! 3. The next VCA brings that id back, and the keys or none. The id says which call, step and turn they answer, so it
//!    becomes [`Event::Digits`] or [`Event::Silence`] of exactly that question.
//! 4. The VSS is [`Event::Ended`]. It never says what was answered, and a captured answer outranks it.
//!
//! A `clientActionId` is `<call>.<what>`: the call's id as 32 hex digits (`0` where it is not known yet), then
//! `q.<turn>.<step>` for a question, `b` for a call connected with the desk, or `h<hold>.…` for an event that is to be
//! brought again because the store was slow. A session that has no id is looked up by `sessionId`; where the answer to
//! our request is not stored yet, or was lost, by who is rung, which the store knows after a
//! restart and on another replica as well.
//!
//! # Whether it happened
//!
//! 8x8 has neither an idempotency key nor a look-up. A time-out or a 5xx leaves a call in doubt ([`Happened::Maybe`]);
//! it is never placed again, and the first webhook of its session proves it. Only what surely did nothing (connection
//! refused, 4xx, `NOT_CREATED`) may be tried again. Two limits of our own answer [`Happened::No`] with
//! [`Trouble::RateLimited`]: one call at a time to a number, and [`Config::calls_per_minute`].
//!
//! # Traps, and what became of them
//!
//! | trap of the vendor's | here |
//! |---|---|
//! | a webhook overtakes the answer to our request | the call is stored before; the session is recognised by who is rung |
//! | the same webhook twice; VSS before the last VCA | `once` names call, step and turn; the core keeps first replies and late keys |
//! | no `clientActionId` in the first VCA | it is the news that somebody picked up |
//! | keys in four shapes, as text, number, `"1#"`, `" "`, null or absent | one reader for all of them |
//! | key `0` | keys are text |
//! | `COMPLETED` looks like success, `ERROR` like failure | neither touches an answer |
//! | answering machines | 8x8 cannot tell them: `detects_machines` is false, and a machine says nothing |
//! | `CANCELED`, `CANCELLED`; `NOT CREATED`; `CallA`; `"null"` | read in any case and spelling |
//! | unknown statuses, events and members | of no consequence, or judged by whether anybody was connected |
//! | numbers as text | read as either |
//! | any webhook on any URL | told apart by `eventType` |
//! | an empty or unusable callflow ends the call | a reply to a VCA always ends with `hangup`, `sayAndCapture` or `makeCall` |
//! | `hangup` right after `sayAndCapture` drops the keys | nothing is rendered after a question |
//! | `successMessage` is said for any key | never sent; nor is `failureMessage`: the flow asks again in its own words |
//! | defaults differ from page to page | every number is sent, `digitTimeout` below `overallTimeout` |
//! | characters that are refused (-1016) | left out, and `&` is spoken |
//! | a queued call rings at night | `validUntil` is at most [`Config::valid_for`] away |
//! | no idempotency key | a doubt is never repeated |
//! | two appointments of one person | the core rings nobody who is on the telephone with us; and one call at a time to a number, in this process |
//! | a bridged leg turns the session's status | the person is judged by `callA`, and a `callB` that was not completed says that the desk was not reached |
//! | success is 1 for calls and 0 for webhooks | two checks |
//! | 200 with `NOT_CREATED`, 200 with a `REJECTED` message | failures |
//! | the registered credential is changed in the portal only | its webhooks answer 401; [`EightXEight::check`] can only see that there is one |
//! | another system on the same subaccount, or another subaccount | its sessions are unknown here: hung up, of no consequence |
//! | `playFile` is kept for an hour by URL | whoever makes a sound gives it a new URL |
//! | statuses of the vendor's opt-out feature | the person has opted out, of everything |
//! | voice webhooks are not signed | a shared secret (`Authorization` as it is, as `Bearer` or as the password of `Basic`; `X-Webhook-Secret`; `?secret=`), and if wanted a list of addresses |
//!
//! Not applicable, for this crate does nothing of the kind: scenarios (-1018 to -1020), recording, number pools,
//! conferences, the log export (it could only tell long after the fact), prompts that name a time in another zone.
//!
//! What 8x8 cannot do: find a call, hang up a call or tell it what it hears from outside, tell machines from people, be silent for a while
//! ([`Verb::Pause`] is left out), limit how long it rings, tell a declined call from a busy line.
//!
//! [`Event::Answered`]: frontdesk_core::event::Event::Answered
//! [`Event::Digits`]: frontdesk_core::event::Event::Digits
//! [`Event::Silence`]: frontdesk_core::event::Event::Silence
//! [`Event::Ended`]: frontdesk_core::event::Event::Ended
//! [`Happened::Maybe`]: frontdesk_core::ports::Happened::Maybe
//! [`Happened::No`]: frontdesk_core::ports::Happened::No
//! [`Trouble::RateLimited`]: frontdesk_core::ports::Trouble::RateLimited
//! [`Verb::Pause`]: frontdesk_core::reply::Verb::Pause

#![warn(missing_docs)]

mod action;
mod book;
mod calls;
mod codes;
mod config;
mod credential;
mod http;
mod messages;
mod receive;
mod render;
mod setup;
mod summary;
mod text;
mod wire;

pub use config::{
    Clock, Config, Greeting, HookPaths, SMS_API, Sms, VOICE_API, VOICE_WEBHOOK_ADDRESSES, default_voices,
};
pub use setup::{Hook, Registration, Setup};

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

/// The adapter's name in configuration, in rows and in paths.
pub const NAME: &str = "eightxeight";

/// 8x8 as a carrier and, where [`Config::sms`] is set, as a sender of text messages.
pub struct EightXEight {
    receiver: receive::Receiver,
    renderer: render::Renderer,
    calls: calls::Calls,
    messages: Option<messages::Messages>,
    account: setup::Account,
    book: book::Book,
}

impl EightXEight {
    /// Makes the adapter; `http` brings connect time-out and user agent. It should speak TLS 1.3: the SMS API insists on it for some destinations.
    #[must_use]
    pub fn new(config: Config, http: reqwest::Client) -> Self {
        let gatekeeper = credential::gatekeeper(&config);
        let renderer = render::Renderer::new(&config);
        let calls = calls::Calls::new(&config, http.clone());
        let messages = config.sms.as_ref().map(|sms| messages::Messages::new(sms, http.clone(), config.answer_within));
        let account = setup::Account::new(&config, http);
        let messages_from = config.sms.as_ref().map(|sms| sms.allowed_addresses.clone()).unwrap_or_default();
        let receiver = receive::Receiver {
            gatekeeper,
            voice: config.allowed_addresses.iter().copied().map(Into::into).collect(),
            messages: messages_from.into_iter().map(Into::into).collect(),
            subaccount_id: config.subaccount_id,
            sms_subaccount_id: config.sms.map(|sms| sms.subaccount_id),
        };
        Self { receiver, renderer, calls, messages, account, book: book::Book::default() }
    }

    /// Asks the account which webhooks and voices it has, and holds them against the configuration. Changes nothing.
    /// 8x8 never shows the credential it was given, so a wrong one is only found out by its webhooks being refused.
    ///
    /// # Errors
    /// [`PortError`] when the carrier does not accept the API key or the subaccount, or is away.
    pub async fn check(&self) -> PortResult<Setup> {
        self.account.check(&self.receiver.gatekeeper).await
    }

    /// Registers the webhooks that [`Self::check`] finds amiss, in place of what is registered there. Says how things
    /// are afterwards.
    ///
    /// # Errors
    /// [`PortError`] when no webhook secret is configured, or as for [`Self::check`]; some may have been changed then.
    pub async fn register_webhooks(&self) -> PortResult<Setup> {
        self.account.register(&self.receiver.gatekeeper).await
    }
}

impl Port for EightXEight {
    fn name(&self) -> &str {
        NAME
    }
}

#[async_trait]
impl CallProvider for EightXEight {
    fn abilities(&self) -> Abilities {
        Abilities {
            steers: true,
            dials: true,
            finds: false,
            hangs_up: false,
            moves: false,
            detects_machines: false,
            records: false,
            streams: false,
        }
    }

    fn receive(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<Received, Rejected> {
        // Nothing in these webhooks proves a time, so nothing can be too old.
        self.receiver.receive(request, &self.book)
    }

    fn render(&self, reply: &Reply, call: Option<&Call>) -> WebhookResponse {
        self.renderer.reply(reply, call)
    }

    fn refusal(&self, _hook: &str, rejected: &Rejected) -> String {
        Gatekeeper::refusal(rejected)
    }

    async fn perform(&self, command: &CallCommand, effect: &EffectId) -> PortResult<Performed> {
        match command {
            CallCommand::Place(place) => self.calls.place(place, *effect, &self.renderer, &self.book).await,
            CallCommand::Find { .. } => Err(PortError::unsupported(NAME, "look up what became of a call")),
            CallCommand::Hangup { .. } => Err(PortError::unsupported(NAME, "end a call from outside of it")),
            CallCommand::Steer { .. } => Err(PortError::unsupported(NAME, "tell a call from outside what it hears")),
        }
    }
}

#[async_trait]
impl Notifier for EightXEight {
    fn channels(&self) -> &[Channel] {
        if self.messages.is_some() { &[Channel::Sms] } else { &[] }
    }

    async fn notify(&self, notification: &Notification, effect: &EffectId) -> PortResult<String> {
        match &self.messages {
            Some(messages) if notification.channel == Channel::Sms => messages.send(notification, effect).await,
            _ => Err(PortError::unsupported(NAME, &format!("send by {}", notification.channel.as_str()))),
        }
    }

    async fn find(&self, _effect: &EffectId) -> PortResult<Option<String>> {
        Err(PortError::unsupported(NAME, "look up what became of a message"))
    }
}
