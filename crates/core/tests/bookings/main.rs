//! What voice agents collect: taken, moved, answered or put before the desk, and told to the person.

#![expect(clippy::unwrap_used, reason = "what helpers of tests cannot do fails the test")]

mod places;
mod told;
mod wishes;

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::Appointment,
    booking::{Booking, Wish},
    call::Call,
    effect::{Channel, Message},
    engine::{Engine, Ports, Taken},
    personal::{Email, PersonName, RawNumber, Said},
    ports::{EffectRunner, IvrStore, Notification},
    rules::Rules,
    speech::When,
};
use frontdesk_testkit::{
    BUSINESS, CUSTOMER_PHONE, Clock, MemoryStore, PretendCalendar, PretendNotifier, moment, ready, rules,
};
use std::{collections::BTreeMap, sync::Arc};

const AGENT: &str = "elevenlabs";

/// A gateway without carriers, its store and its outbox.
struct Desk {
    engine: Engine,
    store: Arc<MemoryStore>,
    outbox: Arc<PretendNotifier>,
    calendar: Arc<PretendCalendar>,
    clock: Clock,
}

fn now() -> DateTime<Utc> {
    // A Friday.
    moment("2026-11-20T09:00:00Z")
}

impl Desk {
    fn open() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Rules)) -> Self {
        let (clock, store) = (Clock::at(now()), Arc::new(MemoryStore::new()));
        let (outbox, calendar) = (Arc::new(PretendNotifier::default()), Arc::new(PretendCalendar::default()));
        let sms = [Channel::Sms, Channel::Email].map(|channel| (channel, Arc::clone(&outbox) as _));
        let ports =
            Ports { notifiers: BTreeMap::from(sms), calendar: Some(Arc::clone(&calendar) as _), ..Ports::default() };
        let mut rules = rules();
        change(&mut rules);
        let engine = Engine::new(Arc::new(rules), Arc::clone(&store) as _, ports, clock.world());
        Self { engine, store, outbox, calendar, clock }
    }

    fn take(&self, booking: Booking) -> Taken {
        ready(self.engine.take(AGENT, booking)).unwrap()
    }

    /// Runs what is due by now.
    fn run(&self) {
        while let Some((at, effect)) = self.store.next_due(Duration::minutes(2)) {
            if at > self.clock.now() {
                break;
            }
            ready(self.engine.run(effect)).unwrap();
        }
    }

    fn appointments(&self) -> Vec<Appointment> {
        self.store.all_appointments()
    }

    /// The row of the only conversation.
    fn conversation(&self) -> Call {
        let mut calls = self.store.all_calls();
        assert_eq!(calls.len(), 1);
        calls.remove(0)
    }

    fn notes(&self, call: &Call) -> Vec<String> {
        let lines = ready(self.store.timeline(call.appointment_id, Some(call.id))).unwrap();
        lines.into_iter().map(|line| line.recorded.note).collect()
    }

    fn sent(&self) -> Vec<Notification> {
        self.outbox.sent().into_iter().map(|(_, notification)| notification).collect()
    }

    /// What went out on this channel.
    fn by(&self, channel: Channel) -> Vec<Notification> {
        self.sent().into_iter().filter(|it| it.channel == channel).collect()
    }

    /// The texts that were sent: by SMS, and by mail.
    fn texts(&self) -> (Vec<String>, Vec<String>) {
        let texts = |channel| self.by(channel).into_iter().map(|it| it.text).collect();
        (texts(Channel::Sms), texts(Channel::Email))
    }
}

/// Ana asks for Monday at three in the afternoon.
fn ana(key: &str) -> Booking {
    Booking {
        key: format!("{AGENT}:{key}"),
        by_words: false,
        conversation: key.to_owned(),
        call: None,
        called: None,
        business: Some(BUSINESS.to_owned()),
        phone: RawNumber::new(CUSTOMER_PHONE),
        name: Some(PersonName::parse("Ana Lim").unwrap()),
        email: Some(Email::parse("ana@example.com").unwrap()),
        when: When::read("2026-11-23T15:00:00"),
        told: Said::new("2026-11-23T15:00:00", 160),
        wish: Wish::Book,
        service: Said::new("Check-up", 200),
        summary: Said::new("Has a toothache.", 1_000),
        language: None,
        at: Some(now() - Duration::minutes(3)),
        seconds: Some(95),
    }
}

fn notify(channel: Channel, message: Message) -> frontdesk_core::effect::Action {
    frontdesk_core::effect::Action::Notify { channel, message }
}
