//! The laws of [`Notifier`].

use crate::{CUSTOMER_PHONE, moment, phone};
use frontdesk_core::{
    effect::{Address, Channel},
    id::EffectId,
    personal::Email,
    ports::{Happened, Notification, Notifier, Trouble},
    speech::Language,
};

const CHANNELS: [Channel; 6] =
    [Channel::Voice, Channel::Sms, Channel::Whatsapp, Channel::Email, Channel::Link, Channel::Desk];

fn effect(name: &str) -> EffectId {
    EffectId::derive(moment("2026-11-20T09:00:00Z"), &["notifier suite", name])
}

/// A message such as the engine writes.
///
/// # Panics
/// Never: its parts are well formed.
#[must_use]
pub fn message(channel: Channel) -> Notification {
    let mail = channel == Channel::Email;
    let to = if mail {
        Address::Email(Email::parse("ana@example.com").expect("an address"))
    } else {
        Address::Phone(phone(CUSTOMER_PHONE))
    };
    let body = "Harbour Clinic: see you tomorrow? ¿Vendrá? आप आएँगे? <b>&amp;</b>\r\n.\r\nBcc: nobody@example.com";
    Notification {
        subject: mail.then(|| "Your visit <tomorrow> & after".to_owned()),
        sender: "Harbour Clinic \"East\"\r\nBcc: nobody@example.com".to_owned(),
        ..Notification::plain(channel, to, "sms-confirm-request", body.to_owned(), Language::En)
    }
}

/// A channel outside `channels` answers `Unsupported` and sends nothing.
///
/// # Panics
/// When the law does not hold.
pub async fn a_channel_it_does_not_serve_is_unsupported(notifier: &dyn Notifier) {
    assert!(!notifier.channels().is_empty(), "it serves no channel at all");
    for channel in CHANNELS.into_iter().filter(|channel| !notifier.channels().contains(channel)) {
        let effect = effect(channel.as_str());
        let answer = notifier.notify(&message(channel), &effect).await;
        let error = answer.expect_err("a channel that is not served sends nothing");
        assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unsupported), "{channel:?}: {error}");
    }
}

/// Every channel it names is served, under an id of the vendor's; where the vendor can be asked, the id is found again.
///
/// # Panics
/// When the law does not hold.
pub async fn a_channel_it_serves_takes_a_message_and_finds_it_again(notifier: &dyn Notifier) {
    for channel in notifier.channels() {
        let effect = effect(&format!("served {}", channel.as_str()));
        let sent = notifier.notify(&message(*channel), &effect).await;
        let id = sent.unwrap_or_else(|error| panic!("{channel:?}: {error}"));
        assert!(!id.is_empty(), "{channel:?}: the vendor's id is empty");
        match notifier.find(&effect).await {
            Ok(found) => assert_eq!(found, Some(id), "{channel:?}"),
            Err(error) => assert_eq!(error.trouble, Trouble::Unsupported, "{channel:?}: {error}"),
        }
    }
}

/// A message that was never sent is surely not there, or the vendor cannot be asked.
///
/// # Panics
/// When the law does not hold.
pub async fn a_message_never_sent_is_not_found(notifier: &dyn Notifier) {
    match notifier.find(&effect("never sent")).await {
        Ok(found) => assert_eq!(found, None),
        Err(error) => assert_eq!(error.trouble, Trouble::Unsupported, "{error}"),
    }
}

/// `dead` speaks to an address where nobody listens: surely nothing went out, later may be better, and the error tells
/// neither whom it was for nor any of these secrets.
///
/// # Panics
/// When the law does not hold.
pub async fn nobody_listening_means_surely_nothing_was_sent(dead: &dyn Notifier, secrets: &[&str]) {
    for channel in dead.channels() {
        let answer = dead.notify(&message(*channel), &effect("dead")).await;
        let error = answer.expect_err("nobody listens there");
        assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unavailable), "{channel:?}: {error}");
        super::call_provider::tells_nothing(&error, secrets);
    }
}
