//! Text messages.

use crate::common::{KEY, alone, now, pair};
use frontdesk_core::{
    effect::{Address, Channel},
    id::EffectId,
    ports::{Happened, Notifier, Trouble},
};
use frontdesk_testkit::{CUSTOMER_PHONE, carriers::Fault, phone, suite::notifier};

fn effect() -> EffectId {
    EffectId::derive(now(), &["message"])
}

#[tokio::test]
async fn a_message_is_sent_as_it_was_written() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    let message = notifier::message(Channel::Sms);
    let id = adapter.notify(&message, &effect()).await.unwrap();
    let sent = vendor.ledger().sent();
    assert_eq!((&sent[0].id, &sent[0].body, sent[0].from.as_str()), (&id, &message.body, "HarbourClin"));
    assert_eq!(sent[0].to, phone(CUSTOMER_PHONE));
}

#[tokio::test]
async fn a_message_that_is_rejected_with_a_200_is_refused() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    let mut message = notifier::message(Channel::Sms);
    message.to = Address::Phone(phone("+15005550111"));
    let error = adapter.notify(&message, &effect()).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Refused), "{error}");
    assert_eq!(vendor.ledger().sent(), []);
}

#[tokio::test]
async fn a_doubt_about_a_message_is_a_doubt() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    for fault in [Fault::LosesAnswer, Fault::Lies(500)] {
        vendor.ledger().disturb([fault]);
        let error = adapter.notify(&notifier::message(Channel::Sms), &effect()).await.unwrap_err();
        assert_eq!((error.happened, error.trouble), (Happened::Maybe, Trouble::Unavailable), "{error}");
        frontdesk_testkit::suite::call_provider::tells_nothing(&error, &[KEY]);
    }
    vendor.ledger().disturb([Fault::Status(426)]);
    let error = adapter.notify(&notifier::message(Channel::Sms), &effect()).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Broken), "{error}");
}

#[tokio::test]
async fn without_an_sms_subaccount_no_channel_is_served() {
    let (_, adapter, _) = pair(|config| config.sms = None).await;
    assert_eq!(adapter.channels(), []);
    let error = adapter.notify(&notifier::message(Channel::Sms), &effect()).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Unsupported);
    assert_eq!(alone().channels(), [Channel::Sms]);
}
