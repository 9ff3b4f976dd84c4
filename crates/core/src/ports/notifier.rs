use super::CalendarEntry;
use super::{Port, PortResult};
use crate::{
    effect::{Address, Channel},
    id::EffectId,
    personal::{Email, PersonName, PersonalLink},
    speech::Language,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::fmt;

/// A message, its words written. Printed it is without them: they hold names, and links by which anybody could answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Notification {
    /// By which way.
    pub channel: Channel,
    /// Where to.
    pub to: Address,
    /// The subject line, for mail.
    pub subject: Option<String>,
    /// The text it was written from, such as `sms-confirmed`: some vendors ask for the registered template of each.
    pub text: String,
    /// The words.
    pub body: String,
    /// Their language.
    pub language: Language,
    /// In whose name it is written, as people know them; empty is nobody's in particular.
    pub sender: String,
    /// What the words were made of, name and value: templates that are registered with a vendor take them one by one.
    pub vars: Vec<(String, String)>,
    /// Where the person answers by a click: a page of ours behind a signed link.
    pub answer: Option<Link>,
    /// Where the person says that they want no more of these: a page of ours behind a signed link.
    pub stop: Option<Link>,
    /// What goes along for the person's own calendar, for mail.
    pub invitation: Option<Invitation>,
    /// Whether the person wrote to us on this channel within the last 24 hours: WhatsApp takes free words only then.
    pub conversing: bool,
}

impl Notification {
    /// A message of nothing but words.
    #[must_use]
    pub fn plain(channel: Channel, to: Address, text: &str, body: String, language: Language) -> Self {
        Self {
            channel,
            to,
            subject: None,
            text: text.to_owned(),
            body,
            language,
            sender: String::new(),
            vars: Vec::new(),
            answer: None,
            stop: None,
            invitation: None,
            conversing: false,
        }
    }
}

impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("channel", &self.channel)
            .field("to", &self.to)
            .field("text", &self.text)
            .field("language", &self.language)
            .field("body_chars", &self.body.chars().count())
            .finish_non_exhaustive()
    }
}

/// A link to a page of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What stands on it, in the language of the message.
    pub label: String,
    /// Where it leads; whoever has it may answer, so that it is told to nobody else.
    pub url: PersonalLink,
}

/// An appointment for the calendar of the person who is expected (iTIP, RFC 5546).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// What stands there; it is cancelled where its status says so.
    pub entry: CalendarEntry,
    /// Who is expected.
    pub name: PersonName,
    /// Where they are written to.
    pub email: Email,
}

/// A message whose fate is unknown, as well as it is still known what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    /// By which way it was to go.
    pub channel: Channel,
    /// It, written anew: an appointment may have been changed meanwhile. `None` where nobody knows any more whom it was
    /// for.
    pub message: Option<Notification>,
    /// It was not sent before.
    pub since: DateTime<Utc>,
    /// It was not sent after.
    pub asked: DateTime<Utc>,
}

/// What became of a message, told by the vendor later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The vendor has it; nothing more is known.
    UnderWay,
    /// It reached the person's telephone.
    Delivered,
    /// The person has seen it.
    Read,
    /// It reached nobody.
    Undelivered {
        /// Why and, where possible, what to do about it; without personal data.
        reason: String,
        /// Whether the person told the vendor that they want nothing more from us there.
        opted_out: bool,
    },
}

/// Sends messages: SMS, WhatsApp, mail.
///
/// # Behaviour
/// - Answers with the vendor's id of the message.
/// - A channel outside `channels` answers [`super::Trouble::Unsupported`] and sends nothing.
/// - A time-out after sending is [`super::Happened::Maybe`].
#[async_trait]
pub trait Notifier: Port {
    /// The channels it serves.
    fn channels(&self) -> &[Channel];

    /// Sends one message; at most once per effect.
    ///
    /// # Errors
    /// [`super::PortError`]; its `happened` says whether the message may have gone out.
    async fn notify(&self, notification: &Notification, effect: &EffectId) -> PortResult<String>;

    /// Asks the vendor for the message of an effect: its id, or `None` when it surely never accepted one.
    ///
    /// # Errors
    /// [`super::Trouble::Unsupported`] where the vendor cannot be asked.
    async fn find(&self, effect: &EffectId) -> PortResult<Option<String>>;

    /// Asks the vendor for the message of an effect, where its own name for it does not suffice: what is known of the
    /// message helps to find it.
    ///
    /// # Errors
    /// As for [`Self::find`]; [`super::Trouble::Unavailable`] when nothing can be said for certain.
    async fn look_up(&self, _sought: &Sought, effect: &EffectId) -> PortResult<Option<String>> {
        self.find(effect).await
    }
}
