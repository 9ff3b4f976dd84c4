//! Mail over SMTP, through a server of the user's: words, a button, and an invitation for the person's own calendar.
//!
//! ```
//! use frontdesk_core::personal::Email;
//! use frontdesk_email::{Config, Login, Smtp};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Port 587 means STARTTLS, port 465 TLS from the first byte; `tls` says otherwise.
//! let mut config = Config::new("smtp.example.com", 587, Email::parse("desk@example.com")?);
//! config.login = Some(Login { username: "desk@example.com".to_owned(), password: "app password".into() });
//! let smtp = Smtp::new(&config)?;
//! # let _ = smtp;
//! # Ok(())
//! # }
//! ```
//!
//! [`Smtp`] is a [`Notifier`] for [`Channel::Email`], and [`Smtp::check`] asks the server whether it would take mail.
//!
//! # What goes out
//!
//! The words as text and as a page, which fetches nothing, reads in light and dark and fits a telephone; the link to answer
//! as a button, the one to stop in the footer and as `List-Unsubscribe`. With an invitation, a `text/calendar` part besides
//! them (`REQUEST` or `CANCEL`), and `invite.ics` attached where [`Config::attach_invitation`] says so. Everything of
//! people's is escaped where it stands, and one line where a header is.
//!
//! The address of `stop` must take a POST with `List-Unsubscribe=One-Click` from anybody who has it, without asking back
//! (RFC 8058): mail programs do that when their own button is pressed.
//!
//! # Whether it happened
//!
//! SMTP knows no idempotency key, and a server cannot be asked what it took. It takes nothing before the whole mail was
//! said: whatever goes wrong before that means [`Happened::No`], and so does a no to the mail itself. A line that is lost
//! in between, or a server that does not answer in time, leaves a doubt ([`Happened::Maybe`]). The Message-ID is made of
//! the effect, so that a mail which a person decides to send again is known for the same.
//!
//! # Traps, and what became of them
//!
//! | trap | here |
//! |---|---|
//! | TLS that is used only where it is offered can be taken away by anybody on the way | never; what is wanted is required |
//! | the library's time-out ends with the connection | everything has an end ([`Config::connect_within`], [`Config::send_within`]) |
//! | the library's pool takes a line back that was broken off in the middle of a mail | lines of our own, used again only after a yes |
//! | the library panics at a line end in a name | names are made one line first |
//! | the library's log holds passwords and mails | it is not compiled in |
//! | 550 means "no such mailbox", "not from you" and "not for you" | only the enhanced codes for mailbox and domain are final |
//! | the server's words quote addresses | only its codes are repeated |

#![warn(missing_docs)]

mod clean;
mod compose;
mod config;
mod html;
mod judge;
mod line;
mod link;
mod send;

pub use config::{BadConfig, Config, Login, Tls};

use async_trait::async_trait;
use compose::{Composer, Mail};
use frontdesk_core::{
    effect::Channel,
    id::EffectId,
    ports::{Happened, Notification, Notifier, Port, PortError, PortResult, Trouble},
};
use judge::{Fault, Stage};
use lettre::transport::smtp::commands::Noop;
use line::{Lines, Progress, reach};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::timeout;

/// The adapter's name in configuration, rows and metrics.
pub const NAME: &str = "smtp";

/// Sends mail through one server.
pub struct Smtp {
    composer: Composer,
    lines: Lines,
    send_within: Duration,
}

impl Smtp {
    /// Reads the configuration; nothing is connected yet.
    ///
    /// # Errors
    /// [`BadConfig`] when no mail could ever be sent like that.
    pub fn new(config: &Config) -> Result<Self, BadConfig> {
        let composer = Composer::new(config)?;
        let lines = Lines::new(config, composer.domain())?;
        Ok(Self { composer, lines, send_within: config.send_within })
    }

    /// Asks the server whether it is there and accepts us: connects, with TLS and login, and sends nothing.
    ///
    /// # Errors
    /// [`PortError`], with what to do about it.
    pub async fn check(&self) -> PortResult<()> {
        self.bounded(async |progress| {
            let mut held = self.lines.take(progress).await?;
            reach(progress, Stage::Check);
            held.line.command(Noop).await.map_err(|error| Fault::of(Stage::Check, &error))?;
            self.lines.keep(held);
            Ok(())
        })
        .await
    }

    async fn send(&self, mail: &Mail) -> PortResult<()> {
        self.bounded(async |progress| {
            let mut held = self.lines.take(progress).await?;
            send::send(&mut held.line, mail, progress).await?;
            self.lines.keep(held);
            Ok(())
        })
        .await
    }

    /// Does something that has an end, and knows how far it came by then.
    async fn bounded(&self, work: impl AsyncFnOnce(&Progress) -> Result<(), Fault>) -> PortResult<()> {
        let progress = Mutex::new(Stage::Wait);
        let done = timeout(self.send_within, work(&progress)).await;
        let reached = *progress.lock().unwrap_or_else(PoisonError::into_inner);
        done.unwrap_or(Err(Fault::TimedOut(reached))).map_err(Fault::told)
    }
}

impl Port for Smtp {
    fn name(&self) -> &str {
        NAME
    }
}

#[async_trait]
impl Notifier for Smtp {
    fn channels(&self) -> &[Channel] {
        &[Channel::Email]
    }

    /// Answers with the mail's Message-ID.
    async fn notify(&self, notification: &Notification, effect: &EffectId) -> PortResult<String> {
        if notification.channel != Channel::Email {
            return Err(PortError::unsupported(NAME, "send anything but mail"));
        }
        let mail = self.composer.compose(notification, effect)?;
        self.send(&mail).await?;
        Ok(mail.id)
    }

    async fn find(&self, _effect: &EffectId) -> PortResult<Option<String>> {
        Err(PortError::unsupported(NAME, "ask a mail server what it took"))
    }
}

pub(crate) fn failed(happened: Happened, trouble: Trouble, what: impl Into<String>) -> PortError {
    PortError::new(NAME, happened, trouble, what)
}
