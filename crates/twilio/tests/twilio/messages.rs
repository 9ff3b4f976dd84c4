//! Messages by SMS and WhatsApp: what is sent, what is refused, and what became of one whose answer was lost.

use crate::common::{http, nobody, now, pair, soon};
use chrono::Duration;
use frontdesk_core::{
    effect::{Address, Channel},
    id::EffectId,
    ports::{Happened, Notification, Notifier, PortError, Sought, Trouble},
    speech::Language,
};
use frontdesk_testkit::{
    carriers::{Fault, twilio::Twilio as Vendor},
    phone,
};
use frontdesk_twilio::{Config, Messaging, Sender, Template, Twilio};
use rstest::rstest;
use std::num::NonZeroU32;

const ANA: &str = "+15005550101";
const FROM: &str = "+15005550009";
const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";
const CONTENT: &str = "HX0123456789abcdef0123456789abcdef";

fn both(config: &mut Config) {
    let template = Template {
        content_sid: CONTENT.to_owned(),
        variables: vec!["business".to_owned(), "when".to_owned(), "service".to_owned()],
    };
    config.messaging = Messaging {
        sms: Some(Sender::From(FROM.to_owned())),
        whatsapp: Some(Sender::From(FROM.to_owned())),
        templates: [("sms-confirm-request.en".to_owned(), template)].into(),
        per_minute: None,
        ..Messaging::default()
    };
}

async fn desk() -> (Vendor, Twilio, frontdesk_testkit::Clock) {
    let (vendor, adapter, clock) = pair(both).await;
    vendor.approve(CONTENT, "{{1}}: your {{3}} is {{2}}. Will you come?");
    (vendor, adapter, clock)
}

fn message(channel: Channel, body: &str) -> Notification {
    let to = Address::Phone(phone(ANA));
    let vars = [("business", "Harbour Clinic"), ("when", "Mon 5 Jan,\n 10:00"), ("service", "Check-up")];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Notification { vars, ..Notification::plain(channel, to, "sms-confirm-request", body.to_owned(), Language::En) }
}

fn effect(name: &str) -> EffectId {
    EffectId::derive(now(), &["messages", name])
}

fn sought(message: &Notification) -> Sought {
    Sought { channel: message.channel, message: Some(message.clone()), since: now(), asked: now() }
}

async fn refused(adapter: &Twilio, message: &Notification) -> PortError {
    let error = adapter.notify(message, &effect("refused")).await.unwrap_err();
    assert_eq!(error.happened, Happened::No, "{error}");
    error
}

#[tokio::test]
async fn a_text_message_goes_from_our_number_with_its_words() {
    let (vendor, adapter, _) = desk().await;
    let sid = adapter.notify(&message(Channel::Sms, "See you tomorrow, ¿sí? 👍"), &effect("one")).await.unwrap();
    let sent = vendor.ledger().sent();
    assert_eq!((sent.len(), &sent[0].id, sent[0].to.reveal()), (1, &sid, ANA));
    assert_eq!((sent[0].from.as_str(), sent[0].body.as_str()), (FROM, "See you tomorrow, ¿sí? 👍"));
}

#[tokio::test]
async fn a_messaging_service_chooses_who_sends() {
    let (vendor, adapter, _) = pair(|config| {
        both(config);
        config.messaging.sms = Some(Sender::Service(SERVICE.to_owned()));
    })
    .await;
    let message = message(Channel::Sms, "Hello");
    let sid = adapter.notify(&message, &effect("service")).await.unwrap();
    assert_eq!(vendor.ledger().sent()[0].from, "");
    assert_eq!(adapter.look_up(&sought(&message), &effect("service")).await.unwrap(), Some(sid));
}

#[tokio::test]
async fn by_whatsapp_the_template_goes_where_nobody_wrote_within_a_day() {
    let (vendor, adapter, _) = desk().await;
    adapter.notify(&message(Channel::Whatsapp, "not said"), &effect("template")).await.unwrap();
    let sent = vendor.ledger().sent();
    assert_eq!(sent[0].from, format!("whatsapp:{FROM}"));
    assert_eq!(sent[0].body, "Harbour Clinic: your Check-up is Mon 5 Jan, 10:00. Will you come?");
}

#[tokio::test]
async fn by_whatsapp_words_go_as_they_are_within_a_day() {
    let (vendor, adapter, _) = desk().await;
    let answer = Notification { conversing: true, ..message(Channel::Whatsapp, "Thank you!") };
    adapter.notify(&answer, &effect("free")).await.unwrap();
    assert_eq!(vendor.ledger().sent()[0].body, "Thank you!");
}

#[tokio::test]
async fn what_could_not_be_sent_is_refused_with_the_remedy_before_anything_is_sent() {
    let (vendor, adapter, _) = desk().await;
    let spanish = Notification { language: Language::Es, ..message(Channel::Whatsapp, "Hola") };
    let error = refused(&adapter, &spanish).await.to_string();
    assert!(error.contains("twilio.whatsapp.templates") && error.contains("sms-confirm-request.es"), "{error}");
    let mut empty = message(Channel::Whatsapp, "Hello");
    empty.vars.retain(|(name, _)| name != "service");
    let error = refused(&adapter, &empty).await.to_string();
    assert!(error.contains("wants service"), "{error}");
    let long = refused(&adapter, &message(Channel::Sms, &"a".repeat(1_601))).await.to_string();
    assert!(long.contains("1601 characters"), "{long}");
    let costly = refused(&adapter, &message(Channel::Sms, &"ह".repeat(700))).await.to_string();
    assert!(costly.contains("11 text messages") && costly.contains("max_segments"), "{costly}");
    assert_eq!(vendor.ledger().sent(), []);
}

#[rstest]
#[case::opted_out(21_610, Trouble::Refused, true)]
#[case::no_number(21_211, Trouble::Refused, false)]
#[case::no_mobile(21_614, Trouble::Refused, false)]
#[case::a_closed_region(21_408, Trouble::Barred, false)]
#[case::no_way_there(21_612, Trouble::Barred, false)]
#[case::a_sender_that_cannot(21_606, Trouble::Unauthorised, false)]
#[case::a_full_queue(21_611, Trouble::RateLimited(None), false)]
#[case::outside_the_window(63_016, Trouble::Barred, false)]
#[case::no_whatsapp_there(63_003, Trouble::Refused, false)]
#[case::blocked_on_whatsapp(63_014, Trouble::Refused, true)]
#[tokio::test]
async fn an_error_says_what_is_wrong_and_who_opted_out(
    #[case] code: u32,
    #[case] trouble: Trouble,
    #[case] opted_out: bool,
) {
    let (vendor, adapter, _) = desk().await;
    vendor.refuse_messages(ANA, code);
    let error = refused(&adapter, &message(Channel::Sms, "Hello")).await;
    assert_eq!((error.trouble, error.opted_out), (trouble, opted_out), "{error}");
    assert!(error.to_string().contains(&code.to_string()) && !error.to_string().contains("0101"), "{error}");
}

#[tokio::test]
async fn too_many_requests_surely_sent_nothing_and_a_broken_answer_may_have() {
    let (vendor, adapter, _) = desk().await;
    vendor.ledger().disturb([Fault::TooMany(Some(7))]);
    let error = refused(&adapter, &message(Channel::Sms, "Hello")).await;
    assert_eq!(error.trouble, Trouble::RateLimited(Some(7)));
    assert_eq!(vendor.ledger().sent(), []);
    for fault in [Fault::LosesAnswer, Fault::Lies(503)] {
        vendor.ledger().disturb([fault]);
        let error = adapter.notify(&message(Channel::Sms, "Hello"), &effect("doubt")).await.unwrap_err();
        assert_eq!((error.happened, error.trouble), (Happened::Maybe, Trouble::Unavailable), "{fault:?}");
    }
    assert_eq!(vendor.ledger().sent().len(), 2);
}

#[tokio::test]
async fn a_message_without_an_answer_is_found_by_its_words() {
    let (vendor, adapter, clock) = desk().await;
    vendor.ledger().disturb([Fault::LosesAnswer]);
    let lost = message(Channel::Sms, "Your appointment is tomorrow. Reply 1.");
    adapter.notify(&lost, &effect("lost")).await.unwrap_err();
    clock.pass(Duration::minutes(1));
    let found = adapter.look_up(&sought(&lost), &effect("lost")).await.unwrap();
    assert_eq!(found, Some(vendor.ledger().sent()[0].id.clone()));
}

#[tokio::test]
async fn a_message_is_missing_only_when_nothing_at_all_was_sent_and_time_has_passed() {
    let (vendor, adapter, clock) = desk().await;
    let never = message(Channel::Sms, "Never sent");
    let early = adapter.look_up(&sought(&never), &effect("never")).await.unwrap_err();
    assert_eq!(early.trouble, Trouble::Unavailable);
    clock.pass(Duration::minutes(10));
    assert_eq!(adapter.look_up(&sought(&never), &effect("never")).await.unwrap(), None);
    // Other words may be the same message, written anew.
    adapter.notify(&message(Channel::Sms, "Something else"), &effect("else")).await.unwrap();
    clock.pass(Duration::hours(2));
    let unsure = adapter.look_up(&sought(&never), &effect("never")).await.unwrap_err();
    assert_eq!(unsure.trouble, Trouble::Unavailable);
    assert_eq!(vendor.ledger().sent().len(), 1);
}

#[tokio::test]
async fn a_message_that_was_asked_for_late_is_not_ruled_out_early() {
    let (_vendor, adapter, clock) = desk().await;
    let late = message(Channel::Sms, "Late");
    clock.pass(Duration::minutes(30));
    let sought = Sought { asked: clock.now(), ..sought(&late) };
    assert!(adapter.look_up(&sought, &effect("late")).await.is_err());
}

#[tokio::test]
async fn a_message_from_before_is_not_taken_for_ours() {
    let (_vendor, adapter, clock) = desk().await;
    let same = message(Channel::Sms, "The same words");
    adapter.notify(&same, &effect("before")).await.unwrap();
    clock.pass(Duration::hours(1));
    let (since, asked) = (clock.now(), clock.now());
    clock.pass(Duration::minutes(10));
    let sought = Sought { since, asked, ..sought(&same) };
    assert_eq!(adapter.look_up(&sought, &effect("after")).await.unwrap(), None);
}

#[tokio::test]
async fn a_template_without_an_answer_is_never_said_to_be_missing() {
    let (vendor, adapter, clock) = desk().await;
    vendor.ledger().disturb([Fault::LosesAnswer]);
    let lost = message(Channel::Whatsapp, "not what the template says");
    adapter.notify(&lost, &effect("template")).await.unwrap_err();
    clock.pass(Duration::hours(1));
    assert!(adapter.look_up(&sought(&lost), &effect("template")).await.is_err());
}

#[tokio::test]
async fn a_message_to_somebody_forgotten_is_never_said_to_be_missing() {
    let (_vendor, adapter, clock) = desk().await;
    clock.pass(Duration::hours(1));
    let nobody = Sought { message: None, ..sought(&message(Channel::Sms, "x")) };
    assert!(adapter.look_up(&nobody, &effect("forgotten")).await.is_err());
}

#[tokio::test]
async fn messages_are_spread_over_time() {
    let (vendor, adapter, clock) = pair(|config| {
        both(config);
        config.messaging.per_minute = NonZeroU32::new(60);
    })
    .await;
    adapter.notify(&message(Channel::Sms, "one"), &effect("one")).await.unwrap();
    let early = adapter.notify(&message(Channel::Sms, "two"), &effect("two")).await.unwrap_err();
    assert_eq!((early.happened, early.trouble), (Happened::No, Trouble::RateLimited(Some(1))));
    clock.pass(Duration::seconds(1));
    adapter.notify(&message(Channel::Sms, "two"), &effect("two")).await.unwrap();
    assert_eq!(vendor.ledger().sent().len(), 2);
}

#[tokio::test]
async fn only_channels_with_a_sender_are_served() {
    for (sms, whatsapp, channels) in [
        (true, true, &[Channel::Sms, Channel::Whatsapp][..]),
        (true, false, &[Channel::Sms]),
        (false, true, &[Channel::Whatsapp]),
        (false, false, &[]),
    ] {
        let (_, adapter, _) = pair(|config| {
            both(config);
            config.messaging.sms.take_if(|_| !sms);
            config.messaging.whatsapp.take_if(|_| !whatsapp);
        })
        .await;
        assert_eq!(adapter.channels(), channels);
        let unserved =
            [Channel::Sms, Channel::Whatsapp, Channel::Email].into_iter().filter(|it| !channels.contains(it));
        for channel in unserved {
            let error = refused(&adapter, &message(channel, "Hello")).await;
            assert_eq!(error.trouble, Trouble::Unsupported, "{channel:?}");
        }
    }
}

#[tokio::test]
async fn where_nobody_could_be_told_no_callback_is_asked_for() {
    let (vendor, adapter, _) = pair(|config| {
        both(config);
        config.messaging.callbacks = false;
    })
    .await;
    adapter.notify(&message(Channel::Sms, "Hello"), &effect("quiet")).await.unwrap();
    soon(vendor.ledger().settled()).await;
    assert_eq!(vendor.ledger().deliveries(), []);
}

#[rstest]
#[case::a_service(|it: &mut Messaging| it.sms = Some(Sender::Service("AC1".into())), "messaging.sms")]
#[case::a_sender(|it: &mut Messaging| it.whatsapp = Some(Sender::From(String::new())), "messaging.whatsapp")]
#[case::a_template(
    |it: &mut Messaging| { it.templates.insert("x".into(), Template { content_sid: "HX1".into(), variables: vec![] }); },
    "messaging.templates"
)]
fn what_could_never_work_is_refused_at_the_start(#[case] change: fn(&mut Messaging), #[case] field: &str) {
    let mut config = crate::common::unmet("https://desk.example");
    both(&mut config);
    change(&mut config.messaging);
    assert_eq!(Twilio::new(config, http()).err().map(|wrong| wrong.field), Some(field));
}

#[tokio::test]
async fn nobody_at_the_api_means_surely_nothing_was_sent() {
    let (_, adapter, _) = pair(|config| {
        both(config);
        config.base_url = Some(nobody());
    })
    .await;
    let error = refused(&adapter, &message(Channel::Sms, "Hello")).await;
    assert_eq!(error.trouble, Trouble::Unavailable);
}
