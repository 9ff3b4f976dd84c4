//! The live call: tables of events and what is made of them.

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    call::{Call, CallState, Direction, Outcome, Walk},
    event::{Answer, AnsweredBy, EndCause, Event},
    id::{AppointmentId, CallId, EffectId},
    machine::{Scene, Walked, step},
    reply::Verb,
    rules::Rules,
    speech::Language,
};
use frontdesk_testkit::{BUSINESS, BUSINESS_PHONE, CUSTOMER_PHONE, DESK_PHONE, moment, phone, rules};
use rstest::rstest;
use std::sync::LazyLock;

mod parting;

static RULES: LazyLock<Rules> = LazyLock::new(rules);

fn start() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

/// A call on its way through a flow, an event a second.
struct Line {
    call: Call,
    scene: Scene<'static>,
    now: DateTime<Utc>,
    last: Option<Walked>,
}

fn line() -> Line {
    let id = CallId::derive(start(), &["call"]);
    let call = Call {
        id,
        appointment_id: Some(AppointmentId::derive(start(), &["appointment"])),
        effect_id: Some(EffectId(id.0)),
        round: 1,
        business: BUSINESS.to_owned(),
        provider: "pretend".to_owned(),
        provider_call_id: None,
        direction: Direction::Outbound,
        from: phone(BUSINESS_PHONE),
        to: phone(CUSTOMER_PHONE),
        flow: "confirm".to_owned(),
        language: Language::En,
        state: CallState::Dialing,
        outcome: None,
        answered_by: None,
        walk: Walk::default(),
        recording: None,
        transcript: None,
        collected: None,
        talk: None,
        created_at: start(),
        started_at: None,
        ended_at: None,
        seconds: None,
        updated_at: start(),
    };
    let vars =
        vec![("name", "Ana".to_owned()), ("business", "Clinic".to_owned()), ("when", "today at 3 PM".to_owned())];
    let scene = Scene {
        texts: &RULES.texts,
        vars,
        desk: Some(phone(DESK_PHONE)),
        business: Some(phone(BUSINESS_PHONE)),
        known: true,
        named: true,
        moot: false,
        leave_message: true,
        takes_messages: true,
        asks: true,
        stream: None,
    };
    Line { call, scene, now: start(), last: None }
}

impl Line {
    #[expect(clippy::needless_pass_by_value, reason = "reads better in a table")]
    fn tell(mut self, event: Event) -> Self {
        self.now += Duration::seconds(1);
        let walked = step(&RULES.flows[&self.call.flow], &self.scene, self.call, &event, self.now);
        self.call = walked.call.clone();
        self.last = Some(walked);
        self
    }

    fn answered(self) -> Self {
        self.tell(Event::Answered { by: AnsweredBy::Human })
    }

    fn press(self, turn: u32, digits: &str) -> Self {
        self.tell(Event::Digits { step: "menu".to_owned(), turn, digits: digits.to_owned() })
    }

    fn silence(self, turn: u32) -> Self {
        self.tell(Event::Silence { step: "menu".to_owned(), turn })
    }

    fn ended(self, cause: EndCause) -> Self {
        self.tell(Event::Ended { cause, seconds: None })
    }

    fn last(&self) -> &Walked {
        self.last.as_ref().expect("something was told")
    }

    /// What is heard, in short: words, `ask N`, `transfer`, `hang up`.
    fn heard(&self) -> Vec<String> {
        let verb = |verb: &Verb| match verb {
            Verb::Say { text, .. } => text.clone(),
            Verb::Ask { turn, .. } => format!("ask {turn}"),
            Verb::Record { turn, .. } => format!("record {turn}"),
            Verb::Transfer { to, .. } => format!("transfer {}", to.reveal()),
            Verb::Hangup => "hang up".to_owned(),
            other => format!("{other:?}"),
        };
        self.last().reply.0.iter().map(verb).collect()
    }

    fn prompt(&self) -> &str {
        match self.last().reply.0.as_slice() {
            [Verb::Ask { prompt, .. }] => prompt,
            other => panic!("not a question: {other:?}"),
        }
    }
}

fn text(id: &str) -> String {
    RULES.texts.say(Language::En, id, &[("name", "Ana"), ("business", "Clinic"), ("when", "today at 3 PM")])
}

#[rstest]
#[case::one("1", Some(Answer::Confirmed), "answer-confirmed", Outcome::Confirmed)]
#[case::nought("0", Some(Answer::Cancelled), "answer-cancelled", Outcome::Cancelled)]
#[case::two("2", Some(Answer::OtherTime), "answer-reschedule", Outcome::RescheduleRequested)]
#[case::eight("8", None, "opt-out-done", Outcome::Declined)]
fn each_key_says_its_words_hangs_up_and_counts(
    #[case] key: &str,
    #[case] answer: Option<Answer>,
    #[case] words: &str,
    #[case] outcome: Outcome,
) {
    let line = line().answered().press(1, key);
    assert_eq!(line.last().answer, answer);
    assert_eq!(line.last().opted_out, key == "8");
    assert_eq!(line.heard(), [text(words), "hang up".to_owned()]);
    let line = line.ended(EndCause::Completed);
    assert_eq!(line.last().ended, Some((outcome, EndCause::Completed)));
    assert_eq!((line.call.state, line.call.outcome), (CallState::Ended, Some(outcome)));
}

#[test]
fn a_person_hears_who_calls_and_is_asked() {
    let line = line().tell(Event::Ringing).answered();
    assert_eq!(line.heard(), ["ask 1"]);
    assert_eq!(line.prompt(), format!("{} {}", text("call-greeting-known"), text("menu-confirm-transfer")));
    assert_eq!((line.call.state, line.call.started_at), (CallState::InProgress, Some(line.now)));
}

#[test]
fn a_wrong_key_is_told_and_the_right_one_counts() {
    let line = line().answered().press(1, "5");
    assert_eq!(line.heard(), ["ask 2"]);
    assert_eq!(line.prompt(), format!("{} {}", text("menu-invalid"), text("menu-confirm-transfer")));
    assert_eq!(line.press(2, "1").last().answer, Some(Answer::Confirmed));
}

#[test]
fn who_stays_silent_is_asked_three_times_and_then_said_goodbye() {
    let line = line().answered().silence(1);
    assert_eq!(line.prompt(), format!("{} {}", text("menu-silence"), text("menu-confirm-transfer")));
    let line = line.silence(2);
    assert_eq!(line.heard(), ["ask 3"]);
    let line = line.silence(3);
    assert_eq!(line.heard(), [text("goodbye-no-input"), "hang up".to_owned()]);
    assert_eq!(line.ended(EndCause::Completed).call.outcome, Some(Outcome::NoInput));
}

#[rstest]
#[case::silence_then_wrong([Some(""), Some("5"), None])]
#[case::wrong_keys([Some("5"), Some("7"), Some("77")])]
fn silence_and_wrong_keys_share_the_tries(#[case] misses: [Option<&str>; 3]) {
    let mut line = line().answered();
    for (turn, miss) in (1..).zip(misses) {
        assert_eq!(line.heard(), [format!("ask {turn}")]);
        line = match miss {
            Some(keys) => line.press(turn, keys),
            None => line.silence(turn),
        };
    }
    assert_eq!(line.heard().last().unwrap(), "hang up");
    assert!(line.call.walk.gave_up);
}

#[test]
fn hearing_it_again_costs_no_try() {
    let mut line = line().answered();
    for turn in 1..=20 {
        line = line.press(turn, "9");
        assert_eq!(line.prompt(), text("menu-confirm-transfer"));
        assert_eq!(line.call.walk.misses, 0);
    }
    assert_eq!(line.press(21, "1").last().answer, Some(Answer::Confirmed));
}

#[test]
fn star_hands_over_to_the_desk() {
    let line = line().answered().press(1, "*");
    assert_eq!(line.heard(), [text("transfer-wait"), format!("transfer {DESK_PHONE}")]);
    assert_eq!(line.ended(EndCause::Completed).call.outcome, Some(Outcome::Transferred));
}

#[test]
fn without_a_desk_star_says_so_and_asks_again() {
    let mut line = line();
    line.scene.desk = None;
    let line = line.answered().press(1, "*");
    assert_eq!(line.heard(), [text("transfer-failed"), "ask 2".to_owned()]);
    assert_eq!(line.press(2, "1").last().answer, Some(Answer::Confirmed));
}

#[rstest]
#[case::while_it_rings(false, EndCause::Busy, Outcome::Busy)]
#[case::nobody_picks_up(false, EndCause::NoAnswer, Outcome::NoAnswer)]
#[case::red_button(false, EndCause::Declined, Outcome::Declined)]
#[case::refused(false, EndCause::Refused, Outcome::Failed)]
#[case::broken(false, EndCause::Failed, Outcome::Failed)]
#[case::in_the_menu(true, EndCause::Completed, Outcome::HungUp)]
#[case::broken_in_the_menu(true, EndCause::Failed, Outcome::HungUp)]
#[case::busy_after_it_was_picked_up(true, EndCause::Busy, Outcome::HungUp)]
fn what_comes_of_a_call_without_an_answer(#[case] answered: bool, #[case] cause: EndCause, #[case] outcome: Outcome) {
    let line = line().tell(Event::Ringing);
    let line = if answered { line.answered() } else { line };
    assert_eq!(line.ended(cause).call.outcome, Some(outcome));
}

#[rstest]
#[case::completed(EndCause::Completed)]
#[case::busy(EndCause::Busy)]
#[case::no_answer(EndCause::NoAnswer)]
#[case::declined(EndCause::Declined)]
#[case::failed(EndCause::Failed)]
fn what_a_person_said_outranks_how_the_call_ended(#[case] cause: EndCause) {
    assert_eq!(line().answered().press(1, "1").ended(cause).call.outcome, Some(Outcome::Confirmed));
}

#[test]
fn a_machine_gets_the_message_and_is_hung_up_on() {
    let line = line().tell(Event::Answered { by: AnsweredBy::Machine });
    assert_eq!(line.heard(), [text("voicemail-left"), "hang up".to_owned()]);
    assert_eq!(line.ended(EndCause::Completed).call.outcome, Some(Outcome::Voicemail));
}

#[test]
fn a_machine_that_has_the_message_hears_nothing() {
    let mut line = line();
    line.scene.leave_message = false;
    let line = line.tell(Event::Answered { by: AnsweredBy::Machine });
    assert_eq!(line.heard(), ["hang up"]);
    assert_eq!(line.ended(EndCause::Completed).call.outcome, Some(Outcome::Voicemail));
}

#[test]
fn a_machine_found_out_while_the_menu_plays_gets_the_message() {
    let line = line().answered().tell(Event::Answered { by: AnsweredBy::Machine });
    assert_eq!(line.heard(), [text("voicemail-left"), "hang up".to_owned()]);
}

#[test]
fn a_machine_verdict_after_a_key_press_is_ignored() {
    let line = line().answered().press(1, "5").tell(Event::Answered { by: AnsweredBy::Machine });
    assert_eq!(line.heard(), ["ask 2"], "the standing question");
    assert_eq!(line.call.answered_by, Some(AnsweredBy::Human));
    assert_eq!(line.press(2, "1").last().answer, Some(Answer::Confirmed));
}

#[rstest]
#[case::an_answer("1", Outcome::Confirmed)]
#[case::a_wrong_key("7", Outcome::Captured)]
fn a_key_press_always_means_a_person(#[case] key: &str, #[case] outcome: Outcome) {
    let mut line = line();
    line.scene.leave_message = false;
    let line = line.answered().tell(Event::Answered { by: AnsweredBy::Machine }).ended(EndCause::Completed);
    assert_eq!(line.call.outcome, Some(Outcome::Voicemail));
    // Pressed before the verdict, told after the end.
    let line = line.press(1, key);
    assert_eq!(line.call.answered_by, Some(AnsweredBy::Human));
    assert_eq!(line.call.outcome, Some(outcome));
}

#[test]
fn ringing_told_late_moves_nothing_back() {
    let line = line().answered().tell(Event::Ringing);
    assert_eq!(line.call.state, CallState::InProgress);
    assert_eq!(line.heard(), [""; 0]);
}

#[test]
fn picked_up_told_twice_says_the_standing_question_without_a_new_turn() {
    let line = line().answered().press(1, "5").answered();
    assert_eq!(line.heard(), ["ask 2"]);
    assert_eq!(line.prompt(), text("menu-confirm-transfer"));
    assert_eq!(line.call.started_at, Some(start() + Duration::seconds(1)));
}

#[test]
fn picked_up_told_after_the_end_leaves_the_end_alone() {
    let ended = line().ended(EndCause::Completed);
    let (at, seconds) = (ended.call.ended_at, ended.call.seconds);
    let line = ended.answered();
    assert_eq!((line.call.state, line.call.ended_at, line.call.seconds), (CallState::Ended, at, seconds));
    assert_eq!(line.heard(), [""; 0]);
}

#[rstest]
#[case::an_old_turn("menu", 1)]
#[case::a_turn_to_come("menu", 9)]
#[case::another_step("confirmed", 2)]
#[case::no_step("nowhere", 2)]
fn keys_for_another_question_are_ignored_and_the_standing_one_is_said(#[case] at: &str, #[case] turn: u32) {
    let line =
        line().answered().press(1, "5").tell(Event::Digits { step: at.to_owned(), turn, digits: "0".to_owned() });
    assert_eq!(line.last().answer, None);
    assert_eq!(line.heard(), ["ask 2"]);
    assert_eq!(line.press(2, "1").last().answer, Some(Answer::Confirmed));
}

#[test]
fn keys_told_after_the_end_still_count_once() {
    let line = line().answered().ended(EndCause::Completed);
    assert_eq!(line.call.outcome, Some(Outcome::HungUp));
    let line = line.press(1, "1");
    assert_eq!(line.last().answer, Some(Answer::Confirmed));
    assert_eq!(line.call.outcome, Some(Outcome::Confirmed));
    assert_eq!(line.heard(), [""; 0]);
    let line = line.press(1, "0");
    assert_eq!(line.last().answer, None);
    assert_eq!(line.call.outcome, Some(Outcome::Confirmed));
}

#[test]
fn a_second_end_is_ignored() {
    let line = line().answered().ended(EndCause::Completed);
    let before = line.call.clone();
    let line = line.tell(Event::Ended { cause: EndCause::Busy, seconds: Some(99) });
    assert_eq!(line.last().ended, None);
    assert_eq!(Call { updated_at: before.updated_at, ..line.call.clone() }, before);
    assert_eq!(line.last().counts, [""; 0]);
}

#[test]
fn whose_question_was_settled_meanwhile_hears_that_we_know() {
    let mut line = line();
    line.scene.moot = true;
    let line = line.answered();
    assert_eq!(line.heard(), [text("already-answered"), "hang up".to_owned()]);
}

#[test]
fn an_answer_to_a_question_settled_while_it_was_asked_does_not_count() {
    let mut line = line().answered();
    line.scene.moot = true;
    let line = line.press(1, "0");
    assert_eq!(line.last().answer, None);
    assert_eq!(line.heard(), [text("already-answered"), "hang up".to_owned()]);
}

#[test]
fn no_keys_at_all_is_silence_in_other_words() {
    let line = line().answered().press(1, "");
    assert!(!line.call.walk.pressed);
    assert_eq!(line.prompt(), format!("{} {}", text("menu-silence"), text("menu-confirm-transfer")));
}

#[test]
fn a_caller_without_an_appointment_is_handed_to_the_desk() {
    let mut line = line();
    line.call.direction = Direction::Inbound;
    line.call.flow = "inbound".to_owned();
    line.scene.known = false;
    let line = line.tell(Event::Incoming);
    assert_eq!(line.heard().last().unwrap(), &format!("transfer {DESK_PHONE}"));
}

#[test]
fn how_long_it_lasted_is_the_carriers_word_or_our_own_count() {
    let ours = line().answered().ended(EndCause::Completed);
    assert_eq!(ours.call.seconds, Some(1));
    let theirs = line().answered().tell(Event::Ended { cause: EndCause::Completed, seconds: Some(12) });
    assert_eq!(theirs.call.seconds, Some(12));
    let never = line().ended(EndCause::NoAnswer);
    assert_eq!(never.call.seconds, None);
}
