//! The pretended vendor: a telephone company and message centre.
//!
//! It lives in the gateway's process or in its own. Either way it is asked through its API ([`Carrier::router`], with
//! the account token) and answers by signed callbacks; nothing else joins it to the gateway. With a journal it remembers
//! across restarts what it accepted, as a real vendor would; calls that were live when it died end as failed.

mod api;
mod book;
mod callback;
mod disorder;
mod journal;
mod line;
mod phone;
mod record;
mod script;
mod stream;
mod voices;

pub use phone::Wrong;
pub use record::{CallView, MessageView};
pub(crate) use stream::{Handset, Heard};

use crate::wire::{Hook, PlaceRequest, SendRequest, State, What, WireVerb, address};
use book::{Book, Declined};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    event::EndCause,
    id,
    personal::{Email, Phone},
};
use journal::Journal;
use line::{Line, Ring};
use record::{Direction, Facts};
use secrecy::SecretString;
use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{Semaphore, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;
use voices::Voices;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Callbacks about customers' messages that may be under way at once.
const MAX_DELIVERIES: usize = 1_024;
/// How often it is looked whether all is at rest.
const SECOND_LOOK: Duration = Duration::from_millis(50);
const MAX_TEXT: usize = 16 * 1024;
const MAX_REFERENCE: usize = 200;
const MAX_RING_SECONDS: u32 = 600;

/// What the carrier must know.
#[derive(Debug, Clone)]
pub struct Config {
    /// Opens its API.
    pub account_token: SecretString,
    /// Signs its callbacks.
    pub webhook_secret: SecretString,
    /// Where the gateway is, for calls and messages that come in; without `/webhooks/…`.
    pub gateway: Url,
    /// The number of the business, for callers and writers who name none.
    pub business_number: Phone,
    /// How fast scripted people are: 1.0 takes natural seconds, 0.0 no time at all.
    pub pace: f64,
    /// Where accepted calls and messages are kept; `None` forgets them with the process.
    pub journal: Option<PathBuf>,
    /// The wait before a failed callback is made again; it doubles each time.
    pub retry_gap: Duration,
    /// Calls that may be live at once; more are told to come later.
    pub max_live_calls: usize,
}

impl Config {
    /// A carrier of natural pace, without a journal.
    #[must_use]
    pub fn new(
        account_token: SecretString,
        webhook_secret: SecretString,
        gateway: Url,
        business_number: Phone,
    ) -> Self {
        Self {
            account_token,
            webhook_secret,
            gateway,
            business_number,
            pace: 1.0,
            journal: None,
            retry_gap: Duration::from_millis(500),
            max_live_calls: 10_000,
        }
    }
}

/// The carrier; clones are the same one.
#[derive(Clone)]
pub struct Carrier(Arc<Shared>);

struct Shared {
    config: Config,
    clock: Clock,
    http: reqwest::Client,
    book: Mutex<Book>,
    voices: Voices,
    changes: watch::Sender<u64>,
    tasks: TaskTracker,
    stop: CancellationToken,
    deliveries: Arc<Semaphore>,
}

/// Why the carrier does not place a call or send a message.
enum Refusal {
    Duplicate,
    Full,
    /// This number is never dialled.
    Number,
    Invalid(&'static str),
    Broken,
}

impl From<Declined> for Refusal {
    fn from(declined: Declined) -> Self {
        match declined {
            Declined::Duplicate => Self::Duplicate,
            Declined::Full => Self::Full,
            Declined::Journal(error) => {
                tracing::error!(%error, "the sandbox's journal cannot be written; check the disk");
                Self::Broken
            }
        }
    }
}

impl Carrier {
    /// Reads the journal, ends and reports the calls that were live when the last process died, and begins to work.
    ///
    /// Must be called within a Tokio runtime. The gateway should listen soon: the reports are given up after four tries.
    ///
    /// # Errors
    /// When the journal cannot be opened or holds something else than the carrier's entries.
    pub fn open(config: Config, clock: Clock, http: reqwest::Client) -> io::Result<Self> {
        let (journal, entries) = match &config.journal {
            Some(path) => Journal::open(path)?,
            None => (Journal::forgetful(), Vec::new()),
        };
        let (book, interrupted) = Book::replay(journal, entries, config.max_live_calls);
        let shared = Arc::new(Shared {
            config,
            clock,
            http,
            book: Mutex::new(book),
            voices: Voices::default(),
            changes: watch::Sender::new(0),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            deliveries: Arc::new(Semaphore::new(MAX_DELIVERIES)),
        });
        for id in interrupted {
            let facts = shared.book().call(&id).map(|call| call.facts.clone());
            shared.end(&id, EndCause::Failed);
            if let Some(facts) = facts {
                let reporter = Arc::clone(&shared);
                shared.tasks.spawn(async move { reporter.report_end(&facts).await });
            }
        }
        Ok(Self(shared))
    }

    /// The vendor's API, under `/sandbox/carrier/v1/`; it asks for the account token itself.
    pub fn router(&self) -> axum::Router {
        api::router(self.clone())
    }

    /// Counts up whenever a call or a message changes.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Forgets a person, by number and addresses: their messages and finished calls are dropped, and their lines of the
    /// journal hold nothing of them any more. What was placed or sent can still be looked up by its reference.
    ///
    /// # Errors
    /// When the journal cannot be rewritten; nothing was forgotten then.
    pub async fn forget(&self, phone: Phone, addresses: Vec<Email>) -> io::Result<()> {
        let shared = Arc::clone(&self.0);
        let forgotten = tokio::task::spawn_blocking(move || shared.book().forget(&phone, &addresses)).await;
        self.0.changed();
        forgotten.map_err(io::Error::other)?
    }

    /// Resolves once no call is live and every callback was made. Nothing keeps new ones from coming.
    pub async fn at_rest(&self) {
        let mut changes = self.changes();
        while !self.0.tasks.is_empty() {
            // The last callback of a call changes nothing that is shown, hence the second look.
            tokio::select! {
                _ = changes.changed() => {}
                () = tokio::time::sleep(SECOND_LOOK) => {}
            }
        }
    }

    /// Stops: live calls fall silent (the journal remembers them as live), streams of events end.
    pub async fn shutdown(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// Resolves once [`Self::shutdown`] was asked for.
    pub(crate) async fn stopped(self) {
        self.0.stop.cancelled().await;
    }

    fn place(&self, request: PlaceRequest) -> Result<String, Refusal> {
        if request.reference.is_empty() || request.reference.len() > MAX_REFERENCE {
            return Err(Refusal::Invalid("`reference` must have 1 to 200 bytes"));
        }
        if !Url::parse(&request.webhook_url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            return Err(Refusal::Invalid("`webhook_url` must be an http or https URL"));
        }
        if script::refused(&request.to) {
            self.0.book().refused += 1;
            return Err(Refusal::Number);
        }
        let id = format!("SC{}", id::derive((self.0.clock)(), &["call", &request.reference]).simple());
        let facts = Facts {
            id: id.clone(),
            reference: Some(request.reference),
            direction: Direction::Outbound,
            from: request.from,
            to: request.to,
            webhook_url: request.webhook_url,
        };
        let ring = Ring { seconds: request.ring_seconds.min(MAX_RING_SECONDS), detect_machine: request.detect_machine };
        self.0.begin(facts, ring)?;
        Ok(id)
    }

    fn send(&self, request: SendRequest) -> Result<String, Refusal> {
        if request.reference.is_empty() || request.reference.len() > MAX_REFERENCE {
            return Err(Refusal::Invalid("`reference` must have 1 to 200 bytes"));
        }
        if request.body.len() > MAX_TEXT {
            return Err(Refusal::Invalid("`body` must not be longer than 16 KiB"));
        }
        let Some(to) = address(request.channel, &request.to) else {
            return Err(Refusal::Number);
        };
        let at = (self.0.clock)();
        let id = format!("SM{}", id::derive(at, &["message", &request.reference]).simple());
        let message = MessageView {
            inbound: false,
            id: id.clone(),
            channel: request.channel,
            to,
            from: request.from,
            subject: request.subject,
            body: request.body,
            at,
        };
        self.0.book().post(Some(request.reference), message)?;
        self.0.changed();
        Ok(id)
    }
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn begin(self: &Arc<Self>, facts: Facts, ring: Ring) -> Result<(), Refusal> {
        if self.stop.is_cancelled() {
            return Err(Refusal::Full);
        }
        let (inbox, over) = {
            let mut book = self.book();
            let inbox = book.take(facts.clone(), (self.clock)())?;
            let over = book.call(&facts.id).map(|call| call.over.clone());
            (inbox, over.unwrap_or_default())
        };
        self.changed();
        self.tasks.spawn(Line::new(Arc::clone(self), facts, ring, inbox, over).run());
        Ok(())
    }

    fn connect(&self, id: &str) -> bool {
        let connected = self.book().connect(id, (self.clock)());
        self.changed();
        connected
    }

    fn end(&self, id: &str, cause: EndCause) -> bool {
        let first = self.book().end(id, cause, (self.clock)());
        self.changed();
        first
    }

    /// Hangs up for either side: what rings was never answered, what is connected is completed.
    fn hang_up(&self, id: &str) -> bool {
        let first = {
            let mut book = self.book();
            let connected = book.call(id).is_some_and(|call| call.state == State::InProgress);
            let cause = if connected { EndCause::Completed } else { EndCause::NoAnswer };
            book.end(id, cause, (self.clock)())
        };
        self.changed();
        first
    }

    /// Lets a live call hear this from now on; `false` when nobody is on the line.
    fn steer(&self, id: &str, verbs: Vec<WireVerb>) -> Result<bool, Refusal> {
        if verbs.len() > callback::MAX_VERBS {
            return Err(Refusal::Invalid("`verbs` must not be more than 64"));
        }
        let book = self.book();
        match book.call(id).filter(|call| call.state == State::InProgress) {
            Some(call) => call.moves.try_send(verbs).map(|()| true).map_err(|_| Refusal::Full),
            None => Ok(false),
        }
    }

    fn hear(&self, id: &str, text: &str, language: Option<&str>, asking: bool) {
        self.book().hear(id, text, language, asking);
        self.changed();
    }

    fn stop_asking(&self, id: &str) {
        self.book().stop_asking(id);
        self.changed();
    }

    fn hook(&self, facts: &Facts, what: What, hold: u8) -> Hook {
        Hook {
            id: format!("{}:{}:{}", facts.id, what.name(), what.turn()),
            call: Some(facts.id.clone()),
            reference: facts.reference.clone(),
            from: facts.from.clone(),
            to: facts.to.clone(),
            what,
            hold,
            at: (self.clock)(),
        }
    }

    /// Reports the end of a call; given up after four tries, as the gateway can look it up.
    async fn report_end(&self, facts: &Facts) {
        let Some((cause, seconds)) = self.book().ended(facts) else {
            return;
        };
        let hook = self.hook(facts, What::Ended { cause, seconds }, 0);
        if let Err(error) = self.call_back_surely(&facts.webhook_url, &hook).await {
            tracing::warn!(%error, call = facts.id, "the end of a sandbox call could not be reported; it can be looked up");
        }
    }
}
