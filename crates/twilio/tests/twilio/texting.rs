//! A whole walk by text message: asked, delivered, answered; and what STOP does on both sides.

use crate::common::{Desk, soon};
use chrono::Duration;
use frontdesk_core::{
    appointment::Status,
    effect::{Channel, Effect, EffectState},
    ports::{IvrStore, OptOutFilter, OptOutWay},
};
use frontdesk_testkit::{BUSINESS_PHONE, phone};
use frontdesk_twilio::{Config, Messaging, Sender, Template};

const ANA: &str = "+15005550101";
const CONTENT: &str = "HX0123456789abcdef0123456789abcdef";

fn sends(config: &mut Config) {
    let variables = vec!["business".to_owned(), "when".to_owned()];
    config.messaging = Messaging {
        sms: Some(Sender::From(BUSINESS_PHONE.to_owned())),
        whatsapp: Some(Sender::From(BUSINESS_PHONE.to_owned())),
        templates: [("sms-confirm-request".to_owned(), Template { content_sid: CONTENT.to_owned(), variables })].into(),
        ..Messaging::default()
    };
}

async fn desk(channel: Channel) -> Desk {
    let desk = Desk::among(sends, |business| {
        business.policy.tries = 0;
        business.policy.messages = vec![channel];
    })
    .await;
    desk.vendor.approve(CONTENT, "{{1}}: your appointment is {{2}}. Reply 1 to confirm.");
    desk
}

fn messages(desk: &Desk) -> Vec<Effect> {
    let sent = |it: &Effect| matches!(it.action.kind(), "sms" | "whatsapp") && it.attempt > 0;
    desk.store.all_effects().into_iter().filter(sent).collect()
}

impl Desk {
    async fn hears(&self, channel: Channel, body: &str) {
        let prefix = if channel == Channel::Whatsapp { "whatsapp:" } else { "" };
        let (from, to) = (format!("{prefix}{ANA}"), format!("{prefix}{BUSINESS_PHONE}"));
        let url = format!("{}/webhooks/twilio/message", self.base);
        assert_eq!(soon(self.vendor.write(&from, &to, body, &url)).await, Some(200));
        // The vendor takes one message a second.
        self.pass(Duration::seconds(5)).await;
    }
}

#[tokio::test]
async fn somebody_is_asked_by_text_and_confirms_with_a_digit() {
    let desk = desk(Channel::Sms).await;
    let appointment = desk.book(ANA).await;
    desk.run().await;
    let asked = messages(&desk).remove(0);
    assert_eq!((asked.state, asked.reason.as_deref()), (EffectState::Done, Some("delivered")));
    desk.hears(Channel::Sms, "1").await;
    assert_eq!(desk.appointment(appointment.id).await.status, Status::Confirmed);
    let sent = desk.vendor.ledger().sent();
    assert_eq!(sent.len(), 2, "the question, and one thank-you");
    assert!(sent[1].body.contains("thank you"), "{}", sent[1].body);
}

#[tokio::test]
async fn stop_closes_every_channel_here_and_nothing_more_is_sent() {
    let desk = desk(Channel::Sms).await;
    let appointment = desk.book(ANA).await;
    desk.run().await;
    desk.hears(Channel::Sms, "STOP").await;
    desk.pass(Duration::days(3)).await;
    assert_eq!(desk.vendor.ledger().sent().len(), 1);
    assert_eq!(desk.appointment(appointment.id).await.status, Status::Unreached);
    let lines = desk.store.opt_outs(OptOutFilter::default()).await.unwrap().items;
    assert_eq!((lines.len(), lines[0].way, lines[0].out), (1, OptOutWay::Keyword, true));
    assert!(lines[0].evidence.as_ref().unwrap().starts_with("twilio:message:SM"));
}

#[tokio::test]
async fn whoever_stopped_at_the_carrier_before_is_remembered_when_it_refuses() {
    let desk = desk(Channel::Sms).await;
    // Said before anybody here listened.
    let nowhere = crate::common::nobody();
    assert_eq!(desk.vendor.write(ANA, BUSINESS_PHONE, "stop", nowhere.as_str()).await, None);
    desk.book(ANA).await;
    desk.run().await;
    assert_eq!(desk.vendor.ledger().sent(), []);
    let known = desk.store.contact(&phone(ANA)).await.unwrap().unwrap();
    assert_eq!(known.opted_out, [Channel::Sms]);
    let failed = messages(&desk).remove(0);
    assert_eq!(failed.state, EffectState::Failed);
    assert!(failed.reason.unwrap().contains("opted out"));
    assert_eq!(desk.store.opt_outs(OptOutFilter::default()).await.unwrap().items[0].way, OptOutWay::Carrier);
}

#[tokio::test]
async fn what_was_not_delivered_is_a_trouble_with_its_reason() {
    let desk = desk(Channel::Sms).await;
    desk.vendor.messages_end(ANA, "undelivered", Some(30_003));
    desk.book(ANA).await;
    desk.run().await;
    let failed = messages(&desk).remove(0);
    assert_eq!(failed.state, EffectState::Failed);
    assert!(failed.reason.unwrap().contains("30003"));
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_the_first_callback_and_nobody_is_asked_twice() {
    let desk = desk(Channel::Sms).await;
    desk.vendor.ledger().disturb([frontdesk_testkit::carriers::Fault::LosesAnswer]);
    let appointment = desk.book(ANA).await;
    desk.run().await;
    let asked = messages(&desk).remove(0);
    assert_eq!((asked.state, asked.reason.as_deref()), (EffectState::Done, Some("delivered")));
    assert_eq!(asked.result, Some(desk.vendor.ledger().sent()[0].id.clone()));
    assert_eq!(desk.appointment(appointment.id).await.status, Status::Confirming);
    desk.pass(Duration::hours(1)).await;
    assert_eq!(desk.vendor.ledger().sent().len(), 1);
}

#[tokio::test]
async fn by_whatsapp_the_template_asks_and_free_words_answer() {
    let desk = desk(Channel::Whatsapp).await;
    let appointment = desk.book(ANA).await;
    desk.run().await;
    desk.hears(Channel::Whatsapp, "can we do Tuesday?").await;
    let after = desk.appointment(appointment.id).await;
    assert_eq!(after.status, Status::RescheduleRequested);
    assert_eq!(after.wrote.unwrap().words.reveal(), "can we do Tuesday?");
    let sent = desk.vendor.ledger().sent();
    assert!(sent[0].body.contains("Reply 1 to confirm"), "{}", sent[0].body);
    assert!(sent[1].body.contains("another time"), "{}", sent[1].body);
    let fates: Vec<_> = messages(&desk).into_iter().map(|it| (it.state, it.reason)).collect();
    assert!(fates.iter().all(|it| *it == (EffectState::Done, Some("delivered".to_owned()))), "{fates:?}");
}
