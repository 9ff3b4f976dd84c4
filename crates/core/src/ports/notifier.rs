use super::{Port, PortResult};
use crate::{
    effect::{Address, Channel},
    id::EffectId,
    speech::Language,
};
use async_trait::async_trait;

/// A message, its words written.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// An iCalendar object to attach, for mail.
    pub invitation: Option<String>,
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
}
