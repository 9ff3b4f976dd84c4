//! Whoever rings and is not served is texted about it, once a day.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod any;
mod elsewhere;
mod never;

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::Confirm,
    call::{Call, CallRef},
    effect::{Action, Effect, EffectState, Message},
    event::{EndCause, Event},
    personal::Phone,
    ports::{IvrStore, Talk, TalkEnd},
    rules::Rules,
    speech::Language,
};
use frontdesk_testkit::{BUSINESS, BUSINESS_PHONE, CUSTOMER_PHONE, Simulation, booking, moment, phone, ready, rules};
use rstest::rstest;
use std::cell::Cell;

const STRANGER: &str = "+15005550177";
const WAIT: Duration = Duration::minutes(2);

/// Ten in the morning where the business is.
fn start() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

fn texting() -> Rules {
    let mut rules = rules();
    rules.businesses.get_mut(BUSINESS).unwrap().policy.missed_call_text = Some(WAIT);
    // Strangers hear the menu, too, instead of being put through at once.
    rules.flows.get_mut("inbound").unwrap().start_unknown = None;
    rules
}

/// A business, and whoever rings it.
struct House {
    world: Simulation,
    told: Cell<u32>,
}

impl House {
    fn new(rules: Rules) -> Self {
        Self { world: Simulation::new(rules, start()), told: Cell::new(0) }
    }

    fn ring(&self, from: &str) -> Call {
        self.ring_by(&phone(from))
    }

    fn ring_by(&self, from: &Phone) -> Call {
        self.told.set(self.told.get() + 1);
        self.world.ring(from, &format!("IN-{}", self.told.get())).call.unwrap()
    }

    fn tell(&self, call: &Call, event: Event) {
        self.told.set(self.told.get() + 1);
        self.world.tell(CallRef::Ours(call.id), &format!("told/{}", self.told.get()), event).unwrap();
    }

    fn press(&self, call: &Call, digits: &str) {
        let walk = self.call(call).walk;
        self.tell(call, Event::Digits { step: walk.step, turn: walk.turn, digits: digits.to_owned() });
    }

    fn hang_up(&self, call: &Call) {
        self.tell(call, Event::Ended { cause: EndCause::Completed, seconds: Some(9) });
    }

    /// Rings and hangs up.
    fn miss(&self, from: &str) -> Call {
        let call = self.ring(from);
        self.hang_up(&call);
        call
    }

    fn call(&self, call: &Call) -> Call {
        ready(self.world.store.call(call.id)).unwrap().unwrap()
    }

    fn planned(&self) -> Vec<Effect> {
        let tells = |it: &Effect| matches!(it.action, Action::Notify { message: Message::MissedCall, .. });
        self.world.effects().into_iter().filter(tells).collect()
    }

    /// What was sent about missed calls.
    fn texts(&self) -> Vec<String> {
        let sent = self.world.notifier.sent().into_iter().map(|(_, message)| message);
        sent.filter(|message| message.text == "sms-sorry-missed").map(|message| message.body).collect()
    }

    fn notes(&self, call: &Call) -> String {
        let lines = ready(self.world.store.timeline(None, Some(call.id))).unwrap();
        lines.into_iter().map(|line| format!("{}: {}\n", line.recorded.kind, line.recorded.note)).collect()
    }
}

fn person(number: &str) -> Phone {
    phone(number)
}

#[rstest]
#[case(STRANGER)]
#[case(CUSTOMER_PHONE)]
fn who_hangs_up_before_choosing_is_texted_in_time(#[case] from: &str) {
    let house = House::new(texting());
    house.world.book(booking(start() + Duration::days(3), Confirm::None));
    let call = house.miss(from);
    house.world.pass(WAIT - Duration::seconds(1));
    assert_eq!(house.texts(), Vec::<String>::new());
    house.world.pass(Duration::seconds(1));
    let words =
        format!("Harbour Clinic: sorry, we could not take your call. Please call us again at {BUSINESS_PHONE}.");
    assert_eq!(house.texts(), [words]);
    let notes = house.notes(&call);
    for line in ["missed: nobody served them; they are texted, once a day", "begun: sms begins", "done: sms done"] {
        assert!(notes.contains(line), "{notes}");
    }
    assert_eq!(house.planned()[0].action.intent(), "sms: missed call");
}

#[test]
fn who_is_to_be_put_through_and_reaches_nobody_is_texted() {
    for told_late in [false, true] {
        let house = House::new(texting());
        let call = house.ring(STRANGER);
        house.press(&call, "*");
        if told_late {
            house.tell(&call, Event::Ended { cause: EndCause::NotHandedOver, seconds: Some(40) });
        } else {
            house.tell(&call, Event::Transferred { reached: false });
            house.hang_up(&call);
        }
        house.world.pass(WAIT);
        assert_eq!(house.texts().len(), 1, "{}", house.notes(&call));
    }
}

#[test]
fn who_presses_only_what_means_nothing_is_texted() {
    let house = House::new(texting());
    let call = house.ring(STRANGER);
    house.press(&call, "8");
    house.hang_up(&call);
    house.world.pass(WAIT);
    assert_eq!(house.texts().len(), 1);
}

#[test]
fn a_missed_call_is_texted_once_a_day() {
    let house = House::new(texting());
    for _ in 0..4 {
        house.miss(STRANGER);
        house.world.pass(Duration::minutes(90));
    }
    assert_eq!((house.texts().len(), house.planned().len()), (1, 1));
    house.world.pass(Duration::days(1));
    house.miss(STRANGER);
    house.world.pass(WAIT);
    assert_eq!(house.texts().len(), 2);
}

#[test]
fn who_was_served_between_two_missed_calls_is_texted_about_the_second() {
    let house = House::new(texting());
    let first = house.miss(STRANGER);
    let served = house.ring(STRANGER);
    house.press(&served, "*");
    house.hang_up(&served);
    house.world.pass(Duration::hours(1));
    assert!(house.notes(&first).contains("they were served in a later call"), "{}", house.notes(&first));
    let second = house.miss(STRANGER);
    house.world.pass(WAIT);
    assert_eq!(house.texts().len(), 1, "{}", house.notes(&second));
    // So is whoever is missed twice before the first text is due: by the first.
    house.world.pass(Duration::days(1));
    let (_, other) = (house.miss(STRANGER), house.miss(STRANGER));
    house.world.pass(Duration::hours(1));
    assert_eq!(house.texts().len(), 2);
    let why = "skipped: they were texted about a missed call on that day already";
    assert!(house.notes(&other).contains(why), "{}", house.notes(&other));
}

#[test]
fn a_text_that_surely_did_not_go_out_is_tried_again() {
    let house = House::new(texting());
    house.world.notifier.plan([frontdesk_testkit::Line::Away]);
    house.miss(STRANGER);
    house.world.pass(Duration::hours(1));
    assert_eq!(house.texts().len(), 1, "{:?}", house.planned());
}

#[test]
fn a_text_is_named_by_nothing_of_the_persons() {
    let names = |from: &str| {
        let house = House::new(texting());
        house.miss(from);
        house.planned().into_iter().map(|effect| effect.id).collect::<Vec<_>>()
    };
    // The simulation names its calls the same each time.
    assert_eq!(names(STRANGER), names("+15005550178"));
}

#[test]
fn what_quiet_hours_put_off_is_the_text_of_the_next_day() {
    let mut rules = texting();
    let contact = &mut rules.businesses.get_mut(BUSINESS).unwrap().contact;
    contact.hours = frontdesk_core::contact::ContactPolicy::default().hours;
    let house = House::new(rules);
    house.world.pass(Duration::hours(12));
    house.miss(STRANGER);
    house.world.pass(Duration::hours(10));
    assert_eq!(house.texts().len(), 0, "at eight in the morning nobody is written to");
    house.miss(STRANGER);
    house.world.pass(Duration::hours(1));
    assert_eq!(house.texts().len(), 1);
    house.miss(STRANGER);
    house.world.pass(Duration::hours(3));
    assert_eq!(house.texts().len(), 1);
}

#[test]
fn a_text_is_in_the_language_of_whoever_rang() {
    let house = House::new(texting());
    let speaks = |contact: &mut frontdesk_core::ports::Contact| contact.language = Some(Language::Nl);
    ready(house.world.engine.know(person(STRANGER), speaks)).unwrap();
    house.miss(STRANGER);
    house.world.pass(WAIT);
    assert!(house.texts()[0].contains("wij konden uw oproep niet aannemen"), "{:?}", house.texts());
}

#[test]
fn a_text_counts_as_a_contact() {
    let mut rules = texting();
    rules.businesses.get_mut(BUSINESS).unwrap().contact.per_day = 1;
    let house = House::new(rules);
    house.miss(STRANGER);
    house.world.pass(WAIT);
    let effects = house.world.effects();
    let counted = effects.iter().filter(|effect| effect.reaches == Some(person(STRANGER))).count();
    assert_eq!((house.texts().len(), counted), (1, 1));
}

#[test]
fn a_text_whose_fate_is_unknown_is_not_sent_again() {
    let house = House::new(texting());
    house.world.notifier.plan([frontdesk_testkit::Line::LosesAnswerForGood]);
    house.miss(STRANGER);
    house.world.pass(Duration::hours(4));
    house.miss(STRANGER);
    house.world.pass(Duration::hours(2));
    assert_eq!(house.texts().len(), 1);
    assert!(!matches!(house.planned()[0].state, EffectState::Waiting | EffectState::Started), "{:?}", house.planned());
}

/// What an agent had with a caller.
fn talk(end: TalkEnd) -> Talk {
    Talk {
        conversation: None,
        end,
        lines: Vec::new(),
        first_word_ms: None,
        turns_ms: Vec::new(),
        interruptions: 0,
        dropped: 0,
    }
}
