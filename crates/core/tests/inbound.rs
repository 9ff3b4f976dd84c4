//! Somebody rings the business: the menu, the desk, and the message that is left when nobody is there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm, Status},
    call::{Call, CallRef, CallState, Outcome},
    engine::Answered,
    event::{EndCause, Event},
    personal::Said,
    ports::IvrStore,
    reply::Verb,
    rules::Rules,
};
use frontdesk_testkit::{
    BUSINESS, BUSINESS_PHONE, CUSTOMER_PHONE, DESK_PHONE, Simulation, booking, moment, phone, ready, rules,
};
use rstest::rstest;

const LINK: &str = "https://carrier.example/recordings/RE1";
const STRANGER: &str = "+15005550177";

fn start() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

fn without_desk() -> Rules {
    let mut rules = rules();
    rules.businesses.get_mut(BUSINESS).unwrap().desk = None;
    rules
}

/// A call that came in.
struct Inbound {
    simulation: Simulation,
    appointment: Appointment,
    last: Answered,
    told: u32,
}

fn ring(rules: Rules, from: &str) -> Inbound {
    let simulation = Simulation::new(rules, start());
    let appointment = simulation.book(booking(start() + Duration::days(3), Confirm::None));
    let last = simulation.ring(&phone(from), "IN-1");
    Inbound { simulation, appointment, last, told: 0 }
}

impl Inbound {
    fn tell(mut self, event: Event) -> Self {
        let call = CallRef::Ours(self.call().id);
        self.told += 1;
        let once = format!("IN-1/{}", self.told);
        self.last = self.simulation.tell(call, &once, event).unwrap();
        self
    }

    fn press(self, digits: &str) -> Self {
        let (step, turn) = (self.call().walk.step, self.call().walk.turn);
        self.tell(Event::Digits { step, turn, digits: digits.to_owned() })
    }

    fn speak(self, url: &str) -> Self {
        let (step, turn) = (self.call().walk.step, self.call().walk.turn);
        self.tell(Event::Recorded { step, turn, url: url.to_owned(), seconds: Some(14) })
    }

    fn wrote_down(self, url: &str, text: &str) -> Self {
        self.tell(Event::Transcribed { url: url.to_owned(), words: Said::new(text, 100).unwrap() })
    }

    fn words(&self) -> Option<String> {
        self.call().transcript.map(|words| words.reveal().to_owned())
    }

    fn hang_up(self) -> Self {
        self.tell(Event::Ended { cause: EndCause::Completed, seconds: Some(30) })
    }

    fn call(&self) -> Call {
        let id = self.last.call.as_ref().unwrap().id;
        ready(self.simulation.store.call(id)).unwrap().unwrap()
    }

    fn link(&self) -> Option<String> {
        self.call().recording.map(|link| link.reveal().to_owned())
    }

    /// Everything that is said, asked and done, in one line.
    fn heard(&self) -> String {
        let verb = |verb: &Verb| match verb {
            Verb::Say { text, .. } => text.clone(),
            Verb::Ask { prompt, .. } => format!("{prompt} <ask>"),
            Verb::Record { prompt, .. } => format!("{prompt} <record>"),
            Verb::Transfer { to, .. } => format!("<transfer {}>", to.reveal()),
            Verb::Hangup => "<hang up>".to_owned(),
            other => format!("{other:?}"),
        };
        self.last.reply.0.iter().map(verb).collect::<Vec<_>>().join(" ")
    }

    fn status(&self) -> Status {
        self.simulation.appointment(self.appointment.id).status
    }
}

#[test]
fn a_known_caller_is_greeted_by_name_and_told_the_next_appointment() {
    let heard = ring(rules(), CUSTOMER_PHONE).heard();
    assert!(heard.starts_with("Hello Ana Lim, this is Harbour Clinic. Your next appointment is "), "{heard}");
    for choice in
        ["press 1", "press 0", "press 2", "leave a message, press 3", "hear this again, press 9", "press star"]
    {
        assert!(heard.contains(choice), "{heard} lacks {choice}");
    }
}

#[rstest]
#[case("1", Status::Confirmed, Outcome::Confirmed)]
#[case("0", Status::Cancelled, Outcome::Cancelled)]
#[case("2", Status::RescheduleRequested, Outcome::RescheduleRequested)]
fn a_caller_confirms_cancels_or_moves_by_key(#[case] key: &str, #[case] status: Status, #[case] outcome: Outcome) {
    let call = ring(rules(), CUSTOMER_PHONE).press(key);
    assert_eq!(call.status(), status);
    assert_eq!(call.hang_up().call().outcome, Some(outcome));
}

#[test]
fn a_caller_hears_it_again_as_often_as_they_like() {
    let call = ring(rules(), CUSTOMER_PHONE).press("9").press("9").press("9").press("9");
    assert!(call.heard().ends_with("<ask>"), "{}", call.heard());
}

#[test]
fn the_business_is_the_one_whose_number_was_called() {
    let mut rules = rules();
    let mut other = rules.businesses[BUSINESS].clone();
    (other.id, other.name, other.phone) = ("another".to_owned(), "Another".to_owned(), Some(phone("+15005550055")));
    rules.businesses.insert(other.id.clone(), other);
    let call = ring(rules, STRANGER);
    assert_eq!((call.call().business.as_str(), call.call().to.reveal()), (BUSINESS, BUSINESS_PHONE));
    assert!(call.heard().contains("Harbour Clinic"), "{}", call.heard());
}

#[test]
fn a_message_is_taken_its_link_kept_and_the_caller_thanked() {
    let call = ring(rules(), CUSTOMER_PHONE).press("3");
    assert!(call.heard().ends_with("Please leave a message after the tone. Press any key when you are done. <record>"));
    let call = call.speak(LINK);
    assert_eq!(call.link().as_deref(), Some(LINK));
    assert_eq!(call.heard(), "Thank you. We have your message. Thank you. Goodbye. <hang up>");
    assert_eq!(call.hang_up().call().outcome, Some(Outcome::Captured));
}

#[test]
fn a_message_is_kept_out_of_the_timeline_and_of_whatever_is_printed() {
    let call = ring(rules(), CUSTOMER_PHONE).press("3").speak(LINK);
    let lines = call.simulation.timeline(call.appointment.id);
    let kept = format!("{lines:?} {:?}", call.call());
    assert!(!kept.contains("carrier.example"), "{kept}");
    assert!(lines.iter().any(|line| line.recorded.note == "left a message of 14 seconds"), "{lines:#?}");
}

#[test]
fn what_a_message_says_is_kept_with_it_and_out_of_the_timeline() {
    let call = ring(rules(), CUSTOMER_PHONE).press("3").speak(LINK).hang_up();
    let outcome = call.call().outcome;
    let call = call.wrote_down(LINK, "It hurts again.");
    assert_eq!((call.words().as_deref(), call.call().outcome), (Some("It hurts again."), outcome));
    let kept = format!("{:?} {:?}", call.simulation.timeline(call.appointment.id), call.call());
    assert!(!kept.contains("hurts"), "{kept}");
    assert_eq!(
        call.wrote_down(LINK, "My card is 4111 1111 1111 1111.").words().as_deref(),
        Some("My card is [card number].")
    );
    let call = ring(rules(), CUSTOMER_PHONE).press("3").speak(LINK);
    // The same recording, named at another host of the carrier.
    let call = call.wrote_down(&LINK.replace("carrier.", "dublin.carrier."), "It still hurts.");
    assert_eq!(call.words().as_deref(), Some("It still hurts."));
}

#[test]
fn words_of_a_message_that_is_not_kept_are_not_kept() {
    let call = ring(rules(), CUSTOMER_PHONE).press("3").wrote_down(LINK, "Too early.");
    assert_eq!(call.words(), None);
    let call = call.speak(LINK).wrote_down("https://carrier.example/recordings/RE2", "Of another.");
    assert_eq!((call.words(), call.link().as_deref()), (None, Some(LINK)));
}

#[test]
fn the_same_message_told_twice_acts_once() {
    let asked = ring(rules(), CUSTOMER_PHONE).press("3");
    let (step, turn) = (asked.call().walk.step, asked.call().walk.turn);
    let call = asked.speak(LINK);
    let before = call.call();
    let again = Event::Recorded { step, turn, url: "https://carrier.example/recordings/RE2".to_owned(), seconds: None };
    let call = call.tell(again);
    assert_eq!((call.link().as_deref(), &call.call().walk), (Some(LINK), &before.walk));
}

#[test]
fn who_hangs_up_while_speaking_has_left_a_message() {
    let call = ring(rules(), CUSTOMER_PHONE).press("3").hang_up();
    assert_eq!((call.call().state, call.call().outcome), (CallState::Ended, Some(Outcome::HungUp)));
    let ended_at = call.call().ended_at;
    let call = call.speak(LINK).speak(LINK);
    assert_eq!(call.link().as_deref(), Some(LINK));
    assert_eq!((call.call().ended_at, call.call().outcome), (ended_at, Some(Outcome::Captured)));
    assert!(call.last.reply.is_empty());
}

#[test]
fn who_says_nothing_leaves_no_message() {
    let asked = ring(rules(), CUSTOMER_PHONE).press("3");
    let (step, turn) = (asked.call().walk.step, asked.call().walk.turn);
    let call = asked.tell(Event::Silence { step, turn });
    assert_eq!((call.link(), call.heard().as_str()), (None, "Thank you. Goodbye. <hang up>"));
}

#[test]
fn a_message_nobody_asked_for_is_not_kept() {
    let call = ring(rules(), CUSTOMER_PHONE).speak(LINK);
    assert_eq!(call.link(), None);
    assert!(call.heard().ends_with("<ask>"), "the question stands");
}

#[test]
fn a_message_without_a_link_is_not_kept_and_the_call_goes_on() {
    let call = ring(rules(), CUSTOMER_PHONE).press("3").speak("not a link");
    assert_eq!((call.link(), call.heard().as_str()), (None, "Thank you. Goodbye. <hang up>"));
}

#[test]
fn the_desk_is_a_star_away_and_whoever_was_put_through_is_done() {
    let call = ring(rules(), CUSTOMER_PHONE).press("*");
    assert!(call.heard().ends_with(&format!("<transfer {DESK_PHONE}>")), "{}", call.heard());
    let call = call.tell(Event::Transferred { reached: true });
    assert_eq!(call.heard(), "<hang up>");
    assert_eq!(call.hang_up().call().outcome, Some(Outcome::Transferred));
}

#[test]
fn when_nobody_picks_up_at_the_desk_a_message_is_taken() {
    let call = ring(rules(), STRANGER).tell(Event::Transferred { reached: false });
    let sorry = "Sorry, nobody at the front desk can take your call right now. Please leave a message";
    assert!(call.heard().starts_with(sorry) && call.heard().ends_with("<record>"), "{}", call.heard());
    let call = call.speak(LINK).hang_up();
    assert_eq!((call.link().as_deref(), call.call().outcome), (Some(LINK), Some(Outcome::Captured)));
}

#[test]
fn where_there_is_no_desk_a_message_is_taken_at_once() {
    let call = ring(without_desk(), STRANGER);
    assert!(call.heard().contains("We found no appointment") && call.heard().ends_with("<record>"), "{}", call.heard());
    let call = ring(without_desk(), CUSTOMER_PHONE).press("*");
    assert!(call.heard().ends_with("<record>"), "{}", call.heard());
}

#[test]
fn a_transfer_that_is_told_late_or_twice_changes_nothing() {
    let call = ring(rules(), STRANGER).tell(Event::Transferred { reached: false });
    let before = call.call();
    let call = call.tell(Event::Transferred { reached: false });
    assert_eq!(call.call().walk, before.walk);
    assert!(call.heard().ends_with("<record>"), "the request stands: {}", call.heard());
    let call = ring(rules(), STRANGER).hang_up().tell(Event::Transferred { reached: false });
    assert_eq!(call.call().outcome, Some(Outcome::Transferred));
}

#[test]
fn a_test_number_fences_whom_a_caller_is_handed_to_as_well() {
    for (only, handed) in [(CUSTOMER_PHONE, false), (DESK_PHONE, true)] {
        let mut rules = rules();
        rules.businesses.get_mut(BUSINESS).unwrap().contact.only = Some(phone(only));
        let simulation = Simulation::new(rules, moment("2026-11-20T09:00:00Z"));
        let answered = simulation.ring(&phone("+14155550199"), "stranger");
        let transfers = answered.reply.0.iter().any(|verb| matches!(verb, Verb::Transfer { .. }));
        assert_eq!(transfers, handed, "{:?}", answered.reply);
    }
}
