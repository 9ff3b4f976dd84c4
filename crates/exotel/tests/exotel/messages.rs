//! Text messages.

use crate::common::{alone, now, pair, request};
use frontdesk_core::{
    effect::{Address, Channel},
    event::Event,
    id::EffectId,
    ports::{CallProvider, Happened, Notification, Notifier, Trouble},
    speech::Language,
};
use frontdesk_testkit::{phone, suite::notifier};

fn message(to: &str, text: &str, language: Language) -> Notification {
    Notification {
        to: Address::Phone(phone(to)),
        text: text.to_owned(),
        body: "See you tomorrow.".to_owned(),
        language,
        ..notifier::message(Channel::Sms)
    }
}

fn effect() -> EffectId {
    EffectId::derive(now(), &["message"])
}

#[tokio::test]
async fn each_text_goes_out_with_its_own_registered_template() {
    let (vendor, adapter, _) = pair(|config| {
        let sms = config.sms.as_mut().unwrap();
        sms.entity_id = Some("1101".to_owned());
        sms.templates =
            [("sms-confirmed", "1"), ("sms-confirmed.hi", "2")].map(|(a, b)| (a.to_owned(), b.to_owned())).into();
    })
    .await;
    for language in [Language::En, Language::Hi] {
        adapter.notify(&message("+919876543210", "sms-confirmed", language), &effect()).await.unwrap();
    }
    let templates: Vec<_> = vendor.ledger().sent().into_iter().map(|sent| sent.reference.unwrap()).collect();
    assert_eq!(templates, ["1", "2"]);
    // It would be taken, and reach nobody.
    let unregistered = message("+919876543210", "sms-cancelled", Language::En);
    let error = adapter.notify(&unregistered, &effect()).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Broken));
    assert!(error.to_string().contains("sms-cancelled"), "{error}");
    // Elsewhere nobody registers anything.
    adapter.notify(&message("+6591234567", "sms-cancelled", Language::En), &effect()).await.unwrap();
    assert_eq!(vendor.ledger().sent().len(), 3);
}

#[tokio::test]
async fn a_message_that_is_too_long_is_not_sent() {
    let (vendor, adapter, _) = pair(|_| {}).await;
    let long = Notification { body: "x".repeat(2_001), ..message("+6591234567", "sms-confirmed", Language::En) };
    let error = adapter.notify(&long, &effect()).await.unwrap_err();
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Broken));
    assert_eq!(vendor.ledger().sent(), []);
}

#[test]
fn news_of_a_message_is_of_no_consequence_for_any_call() {
    let told = alone().receive(&request("sms", "SmsSid=s-1&Status=DELIVERED_TO_HANDSET&ExoStatusCode=20005"), now());
    let told = told.unwrap();
    assert_eq!(told.event, Event::Noted { what: "news about a message: delivered".to_owned() });
    assert!(!told.heard);
}
