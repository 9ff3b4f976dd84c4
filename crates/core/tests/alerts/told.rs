//! Telling the staff: the whole way from a counter to a message.

use super::{drop_off, no_calls, rule, start};
use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    alert::{AlertRule, Condition},
    effect::{Action, Channel, Effect, EffectState},
    engine::Engine,
    event::Event,
    id::EffectId,
    ivr::Capture,
    ports::{Happened, Port, PortError, PortResult, Received, ReceivedAbout, Trouble, WebhookResponse, WebhookSender},
    rules::Rules,
};
use frontdesk_testkit::{CARRIER, Line, Simulation, phone, ready, rules};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

/// A receiver that answers as planned, and then takes everything.
#[derive(Default)]
struct Receiver {
    plan: Mutex<VecDeque<(Happened, Trouble)>>,
    always: Option<(Happened, Trouble)>,
    got: Mutex<Vec<(EffectId, DateTime<Utc>, String)>>,
}

impl Port for Receiver {
    fn name(&self) -> &str {
        "erp"
    }
}

#[async_trait]
impl WebhookSender for Receiver {
    async fn send(&self, body: &str, effect: &EffectId, now: DateTime<Utc>) -> PortResult<()> {
        self.got.lock().unwrap().push((*effect, now, body.to_owned()));
        match self.plan.lock().unwrap().pop_front().or(self.always) {
            Some((happened, trouble)) => Err(PortError::new("erp", happened, trouble, "did not take it")),
            None => Ok(()),
        }
    }
}

struct Desk {
    simulation: Simulation,
    receiver: Arc<Receiver>,
    pressed: std::cell::Cell<u32>,
}

impl Desk {
    fn open(alert: AlertRule, receiver: Receiver, change: impl FnOnce(&mut Rules)) -> Self {
        let mut rules = rules();
        rules.alerts = vec![alert];
        change(&mut rules);
        let mut simulation = Simulation::new(rules.clone(), start());
        let receiver = Arc::new(receiver);
        let mut ports = simulation.engine.ports().clone();
        ports.webhooks.insert("erp".to_owned(), Arc::clone(&receiver) as _);
        let store = Arc::clone(&simulation.store) as _;
        simulation.engine = Engine::new(Arc::new(rules), store, ports, simulation.clock.world());
        Self { simulation, receiver, pressed: 0.into() }
    }

    /// A caller answers these questions, and is gone.
    fn caller(&self, steps: &[&str]) {
        let n = self.pressed.get();
        self.pressed.set(n + 1);
        for step in steps {
            let capture = Capture {
                sid: format!("C{n}"),
                flow: None,
                step: (*step).to_owned(),
                raw: "1".to_owned(),
                digits: Some("1".to_owned()),
                told_at: None,
                started_at: None,
                from: None,
                phone: None,
                to: None,
                called: None,
                circle: None,
            };
            let answer = WebhookResponse::json(200, "{}".to_owned());
            let about = ReceivedAbout::Capture { capture: Box::new(capture), answer };
            let received = Received::new(about, format!("{n}/{step}"), Event::Noted { what: "keys".to_owned() });
            ready(self.simulation.engine.receive(CARRIER, received)).unwrap();
        }
    }

    /// Looks every half minute for so long; everything that is due runs.
    fn look_for(&self, span: Duration) {
        let end = self.simulation.clock.now() + span;
        while self.simulation.clock.now() < end {
            ready(self.simulation.engine.look_at_alerts(self.simulation.store.as_ref())).unwrap();
            self.simulation.pass(Duration::seconds(30));
        }
    }

    fn alerts(&self) -> Vec<Effect> {
        self.simulation.effects().into_iter().filter(|effect| effect.action.kind() == "alert").collect()
    }

    fn by(&self, way: &str) -> Effect {
        let by = |effect: &Effect| matches!(&effect.action, Action::Alert(alert) if alert.to.to_string() == way);
        self.alerts().into_iter().find(by).unwrap()
    }
}

#[test]
fn a_drop_off_in_a_carriers_ivr_is_told_to_everybody_once_and_once_more_when_it_is_over() {
    let desk = Desk::open(rule(drop_off()), Receiver::default(), |_| {});
    desk.look_for(Duration::minutes(31));
    assert_eq!(desk.alerts().len(), 0);
    for _ in 0..10 {
        desk.caller(&["language", "state"]);
    }
    desk.look_for(Duration::minutes(10));
    assert_eq!(desk.alerts().len(), 3);
    for _ in 0..30 {
        desk.caller(&["language", "state", "service"]);
    }
    desk.look_for(Duration::minutes(90));
    assert_eq!(desk.alerts().len(), 6);
    assert!(desk.alerts().iter().all(|effect| effect.state == EffectState::Done));

    let sent = desk.simulation.notifier.sent();
    let texts: Vec<_> =
        sent.iter().filter(|(_, it)| it.channel == Channel::Sms).map(|(_, it)| it.body.as_str()).collect();
    assert_eq!(
        texts,
        [
            "Alert: watched. 100% of 10 callers left ivr at state within 30 minutes; the limit is 40%.",
            "Over again: watched. 25% of 40 callers left ivr at state within 30 minutes; the limit is 40%.",
        ]
    );
    let subjects: Vec<_> = sent.iter().filter_map(|(_, it)| it.subject.as_deref()).collect();
    assert_eq!(subjects, ["Alert: watched", "Over again: watched"]);
    let got = desk.receiver.got.lock().unwrap();
    let bodies: Vec<serde_json::Value> = got.iter().map(|(.., body)| serde_json::from_str(body).unwrap()).collect();
    assert_eq!((&bodies[0]["type"], &bodies[0]["data"]["value"]), (&"alert.firing".into(), &100.0.into()));
    assert_eq!((&bodies[1]["type"], &bodies[1]["data"]["value"]), (&"alert.resolved".into(), &25.0.into()));
    assert_eq!(bodies[0]["data"]["since"], bodies[1]["data"]["since"]);
    // Whom it went to is in no row.
    let rows = serde_json::to_string(&desk.alerts()).unwrap();
    assert!(!rows.contains("+1500") && !rows.contains("example.com"), "{rows}");
}

#[test]
fn silence_is_told_and_the_next_call_ends_it() {
    let desk = Desk::open(rule(no_calls(None)), Receiver::default(), |_| {});
    desk.look_for(Duration::minutes(60));
    desk.caller(&["language"]);
    desk.look_for(Duration::minutes(10));
    let words: Vec<_> =
        desk.simulation.notifier.sent().into_iter().filter(|(_, it)| it.channel == Channel::Sms).collect();
    assert_eq!(words[0].1.body, "Alert: watched. There was no call for 30 minutes.");
    assert_eq!(words[1].1.body, "Over again: watched. Calls are coming in again.");
    assert_eq!(words.len(), 2);
}

/// An alert that has just begun to fire: nobody called for half a minute.
fn fired(receiver: Receiver, change: impl FnOnce(&mut Rules)) -> Desk {
    let desk =
        Desk::open(rule(Condition::NoCalls { flow: None, over: Duration::seconds(30), hours: None }), receiver, change);
    ready(desk.simulation.engine.look_at_alerts(desk.simulation.store.as_ref())).unwrap();
    desk.simulation.clock.pass(Duration::seconds(30));
    ready(desk.simulation.engine.look_at_alerts(desk.simulation.store.as_ref())).unwrap();
    assert_eq!(desk.alerts().len(), 3);
    desk
}

#[test]
fn a_webhook_is_tried_again_under_one_id_until_it_is_taken() {
    use Happened::{Maybe, No};
    let plan = [(No, Trouble::Unavailable), (Maybe, Trouble::Unavailable), (Maybe, Trouble::RateLimited(Some(90)))];
    let desk = fired(Receiver { plan: Mutex::new(plan.into()), ..Receiver::default() }, |_| {});
    desk.simulation.pass(Duration::hours(1));
    let got = desk.receiver.got.lock().unwrap();
    assert_eq!(got.len(), 4);
    assert!(got.iter().all(|(id, _, body)| (id, body) == (&got[0].0, &got[0].2)));
    assert!(got[3].1 - got[2].1 >= Duration::seconds(90));
    assert_eq!(desk.by("webhook erp").state, EffectState::Done);
}

#[test]
fn a_webhook_that_never_takes_it_has_failed_after_a_day_and_one_that_is_gone_at_once() {
    let away = Some((Happened::Maybe, Trouble::Unavailable));
    let desk = fired(Receiver { always: away, ..Receiver::default() }, |_| {});
    desk.simulation.pass(Duration::days(3));
    let last = desk.by("webhook erp");
    assert_eq!(last.state, EffectState::Failed);
    assert!((last.updated_at - last.created_at) > Duration::hours(23));
    assert!((last.updated_at - last.created_at) <= Duration::days(1));

    let gone = Some((Happened::No, Trouble::Refused));
    let desk = fired(Receiver { always: gone, ..Receiver::default() }, |_| {});
    desk.simulation.pass(Duration::days(3));
    assert_eq!((desk.receiver.got.lock().unwrap().len(), desk.by("webhook erp").state), (1, EffectState::Failed));
}

#[test]
fn a_message_whose_fate_is_unknown_is_looked_up_and_never_sent_twice() {
    let desk = fired(Receiver::default(), |_| {});
    desk.simulation.notifier.plan([Line::LosesAnswer, Line::LosesRequest]);
    desk.simulation.pass(Duration::hours(1));
    // The first one went out, and the second one surely did not: it was sent again then.
    assert_eq!(desk.simulation.notifier.sent().len(), 2);
    assert!(["sms 1", "mail 1"].map(|way| desk.by(way)).iter().all(|effect| effect.state == EffectState::Done));
}

#[test]
fn a_gateway_that_died_while_it_told_is_followed_by_a_repeat_only_where_the_receiver_can_tell() {
    let desk = fired(Receiver::default(), |_| {});
    // Each begins, and its end is never written.
    let (sms, webhook) = (desk.by("sms 1").id, desk.by("webhook erp").id);
    for id in [sms, webhook] {
        desk.simulation.store.disturb([false, true]);
        assert!(ready(frontdesk_core::ports::EffectRunner::run(&desk.simulation.engine, id)).is_err());
    }
    desk.simulation.pass(Duration::hours(1));
    let texts = desk.simulation.notifier.sent().into_iter().filter(|(id, _)| *id == sms).count();
    let posts = desk.receiver.got.lock().unwrap().iter().filter(|(id, ..)| *id == webhook).count();
    assert_eq!((texts, posts), (1, 2));
    assert!(desk.alerts().iter().all(|effect| effect.state == EffectState::Done));
}

#[test]
fn a_test_number_fences_messages_to_the_staff() {
    let fence = |rules: &mut Rules| {
        for business in rules.businesses.values_mut() {
            business.contact.only = Some(phone("+14155550123"));
        }
    };
    let desk = fired(Receiver::default(), fence);
    desk.simulation.pass(Duration::hours(1));
    assert_eq!(desk.simulation.notifier.sent().len(), 0);
    assert_eq!(desk.by("sms 1").state, EffectState::Skipped);
    assert!(desk.by("mail 1").reason.unwrap().contains("YOUR_TEST_NUMBER"));
    assert_eq!(desk.by("webhook erp").state, EffectState::Done);
}

#[test]
fn an_alert_that_waited_for_more_than_a_day_is_told_to_nobody() {
    let desk = fired(Receiver::default(), |_| {});
    desk.simulation.clock.pass(Duration::hours(25));
    desk.simulation.pass(Duration::minutes(1));
    assert!(desk.alerts().iter().all(|effect| effect.state == EffectState::Skipped));
    assert_eq!(desk.receiver.got.lock().unwrap().len(), 0);
}

#[test]
fn nobody_who_is_asked_about_an_appointment_hears_less_for_an_alert() {
    let desk = fired(Receiver::default(), |_| {});
    desk.simulation.pass(Duration::minutes(1));
    assert!(desk.alerts().iter().all(|effect| effect.reaches.is_none() && !effect.withdrawable()));
}
