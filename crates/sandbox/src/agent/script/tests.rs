use super::*;
use chrono_tz::Tz;
use frontdesk_core::{personal::PersonName, speech::Language};

/// A conversation in which every sentence takes a second.
struct Talk {
    script: Script,
    now: u64,
    said: Vec<String>,
    wishes: Vec<ToolCall>,
    interrupted: u32,
    hung_up: bool,
    broke_off: bool,
}

fn caller(name: Option<&str>) -> Caller {
    Caller {
        business: "clinic".to_owned(),
        business_name: "Harbour Clinic".to_owned(),
        time_zone: Tz::UTC,
        language: Language::En,
        name: name.and_then(|name| PersonName::parse(name).ok()),
        next: None,
    }
}

impl Talk {
    fn begin(name: Option<&str>) -> Self {
        let script = Script::new(Arc::new(Texts::builtin().clone()), caller(name));
        let mut talk =
            Self { script, now: 0, said: vec![], wishes: vec![], interrupted: 0, hung_up: false, broke_off: false };
        talk.step(Input::Begins);
        talk
    }

    /// One that has come to the first free time.
    fn offering() -> Self {
        let mut talk = Self::begin(Some("Ana Lim"));
        talk.answer(json!({ "appointments": [] }));
        talk.answer(slots());
        talk
    }

    fn step(&mut self, input: Input) {
        for output in self.script.step(self.now, input) {
            match output {
                Output::Say(text) => {
                    self.said.push(text);
                    self.script.said_until(self.script.until().max(self.now) + 1_000);
                }
                Output::Interrupted => self.interrupted += 1,
                Output::Heard(_) => {}
                Output::Wants(wish) => self.wishes.push(wish),
                Output::HangUp => self.hung_up = true,
                Output::BreakOff => self.broke_off = true,
            }
        }
    }

    fn answer(&mut self, result: Value) {
        self.told(result, false);
    }

    fn told(&mut self, result: Value, failed: bool) {
        let id = self.wishes.last().unwrap().id.clone();
        self.step(Input::Told { id, answer: ToolAnswer { result, failed, then: None } });
    }

    fn pass(&mut self, ms: u64) {
        for _ in 0..ms / 20 {
            self.now += 20;
            self.step(Input::Passes);
        }
    }

    fn yes(&mut self) {
        self.step(Input::Speaks);
        self.pass(1_000);
        self.step(Input::Spoke);
    }

    fn wish(&self) -> (&str, &Value) {
        let last = self.wishes.last().unwrap();
        (&last.tool, &last.parameters)
    }

    fn last_said(&self) -> &str {
        self.said.last().unwrap()
    }
}

fn slots() -> Value {
    json!({ "slots": [
        { "starts_at": "2026-12-01T09:00:00Z", "spoken": "Tuesday at 9 AM" },
        { "starts_at": "2026-12-01T10:00:00Z", "spoken": "Tuesday at 10 AM" },
    ] })
}

fn expected() -> Value {
    json!({ "appointments": [{ "id": "A1", "starts_at": "2026-11-30T09:00:00Z", "spoken": "Monday at 9 AM", "status": "confirmed" }] })
}

#[test]
fn who_is_known_is_greeted_by_name_and_told_of_the_next_appointment() {
    let mut talk = Talk::begin(Some("Ana Lim"));
    assert_eq!(
        (talk.said.as_slice(), talk.wish()),
        (&["Hello Ana Lim, this is Harbour Clinic.".to_owned()][..], ("find_appointments", &json!({})))
    );
    talk.answer(expected());
    assert!(talk.last_said().starts_with("Your next appointment is Monday at 9 AM."), "{}", talk.last_said());
    assert_eq!(Talk::begin(None).said, ["Hello, this is Harbour Clinic."]);
}

#[test]
fn who_has_no_appointment_is_offered_the_first_free_time() {
    let talk = Talk::offering();
    assert_eq!(talk.wish().0, "free_slots");
    assert!(
        talk.last_said().contains("Tuesday at 9 AM") && talk.last_said().contains("press 1"),
        "{}",
        talk.last_said()
    );
}

#[test]
fn whoever_has_an_appointment_is_asked_whether_to_move_it_and_nobody_else_is() {
    let booking = Talk::offering();
    assert!(booking.last_said().contains("book it") && !booking.last_said().contains("move"));
    let mut moving = Talk::begin(Some("Ana Lim"));
    moving.answer(expected());
    moving.yes();
    moving.answer(slots());
    for _ in 0..2 {
        assert!(moving.last_said().contains("move your appointment"), "{}", moving.last_said());
        assert!(!moving.last_said().contains("book"), "{}", moving.last_said());
        moving.step(Input::Key('0'));
    }
}

#[test]
fn no_time_is_denied_while_there_are_more() {
    let slot = |hour: u32| json!({ "starts_at": format!("2026-12-01T{hour}:00:00Z"), "spoken": format!("at {hour}") });
    let free = |hours: &[u32], more: bool| json!({ "slots": hours.iter().map(|hour| slot(*hour)).collect::<Vec<_>>(), "more": more });
    let offered_out = |then: Value| {
        let mut talk = Talk::begin(None);
        talk.answer(json!({ "appointments": [] }));
        talk.answer(free(&[10, 11], true));
        talk.step(Input::Key('0'));
        talk.step(Input::Key('0'));
        assert_eq!(talk.wish(), ("free_slots", &json!({ "from": "2026-12-01T11:00:00Z" })));
        talk.answer(then);
        talk
    };
    // What was offered is not offered again.
    let mut some = offered_out(free(&[11, 12], false));
    assert!(some.last_said().contains("Another free time is at 12"), "{}", some.last_said());
    some.step(Input::Key('0'));
    assert!(some.last_said().starts_with("I have no other free times"), "{}", some.last_said());
    let mut many = offered_out(free(&[11, 12, 13], true));
    many.step(Input::Key('0'));
    many.step(Input::Key('0'));
    assert!(many.last_said().starts_with("There are more free times"), "{}", many.last_said());
    let none = offered_out(free(&[11], true));
    for talk in [some, many] {
        assert_eq!(talk.wish().0, "transfer");
    }
    assert_eq!(none.wish().0, "transfer");
    let mut away = offered_out(json!({}));
    assert!(away.last_said().starts_with("I have no other free times"), "{}", away.last_said());
    away = Talk::begin(None);
    away.answer(json!({ "appointments": [] }));
    away.told(json!({ "reason": "the calendar does not answer" }), true);
    assert!(!away.last_said().contains("free times"), "nobody knows: {}", away.last_said());
}

#[test]
fn silence_is_offered_the_next_time() {
    let mut talk = Talk::offering();
    let told = talk.said.len();
    talk.pass(1_000 + SILENCE_MS);
    assert_eq!(talk.said.len(), told, "the greeting and the question take their time first");
    talk.pass(1_000);
    assert!(talk.last_said().contains("Tuesday at 10 AM"), "{}", talk.last_said());
    talk.yes();
    assert_eq!(talk.wish(), ("book", &json!({ "starts_at": "2026-12-01T10:00:00Z" })));
}

#[test]
fn a_no_goes_on_at_once() {
    let mut talk = Talk::offering();
    talk.step(Input::Key('0'));
    assert!(talk.last_said().contains("Tuesday at 10 AM"));
}

#[test]
fn a_yes_books_and_says_so_and_hangs_up() {
    for pressed in [true, false] {
        let mut talk = Talk::offering();
        if pressed {
            talk.step(Input::Key('1'))
        } else {
            talk.yes()
        }
        assert_eq!(talk.wish(), ("book", &json!({ "starts_at": "2026-12-01T09:00:00Z" })));
        talk.answer(json!({ "appointment_id": "A2", "spoken": "Tuesday, December 1st at 9 AM" }));
        assert!(talk.last_said().contains("Tuesday, December 1st at 9 AM"), "{}", talk.last_said());
        assert_eq!(talk.wish().0, "end_call");
        assert!(!talk.hung_up);
        talk.answer(json!({}));
        assert!(talk.hung_up);
    }
}

#[test]
fn a_time_that_was_taken_meanwhile_leads_to_others_and_at_last_to_a_person() {
    let mut talk = Talk::offering();
    for failure in 1..=FAILURES {
        talk.step(Input::Key('1'));
        talk.told(json!({ "reason": "taken" }), true);
        if failure < FAILURES {
            assert_eq!(talk.wish().0, "free_slots");
            talk.answer(slots());
        }
    }
    assert_eq!(talk.wish().0, "transfer");
}

#[test]
fn an_appointment_is_moved_or_cancelled_or_left() {
    let begin = || {
        let mut talk = Talk::begin(Some("Ana Lim"));
        talk.answer(expected());
        talk
    };
    let mut moved = begin();
    moved.yes();
    moved.answer(slots());
    moved.yes();
    assert_eq!(moved.wish(), ("move", &json!({ "appointment_id": "A1", "starts_at": "2026-12-01T09:00:00Z" })));
    moved.answer(json!({ "appointment_id": "A1" }));
    assert!(moved.last_said().contains("Tuesday at 9 AM"), "{}", moved.last_said());

    let mut cancelled = begin();
    cancelled.step(Input::Key('0'));
    cancelled.step(Input::Key('1'));
    assert_eq!(cancelled.wish(), ("cancel", &json!({ "appointment_id": "A1" })));
    cancelled.answer(json!({}));
    assert!(cancelled.last_said().contains("cancelled"));

    let mut left = begin();
    left.pass(10_000);
    assert_eq!((left.wish().0, left.last_said()), ("end_call", "Thank you. Goodbye."));
}

#[test]
fn nine_leads_to_a_person() {
    let mut talk = Talk::offering();
    talk.step(Input::Key('9'));
    assert_eq!(talk.wish(), ("transfer", &json!({})));
    let mut nobody = Talk::offering();
    nobody.step(Input::Key('9'));
    nobody.told(json!({ "reason": "no desk" }), true);
    assert_eq!(nobody.wish().0, "end_call");
    talk.answer(json!({}));
    assert!(talk.hung_up, "it has nothing more to say");
}

#[test]
fn the_star_makes_it_break_off_wherever_it_is_and_once() {
    for mut talk in [Talk::begin(None), Talk::offering()] {
        talk.step(Input::Key('*'));
        assert!(std::mem::take(&mut talk.broke_off));
        let wishes = talk.wishes.len();
        for input in [Input::Key('*'), Input::Key('1'), Input::Speaks, Input::Spoke] {
            talk.step(input);
        }
        talk.answer(slots());
        talk.pass(20_000);
        assert_eq!((talk.broke_off, talk.hung_up, talk.wishes.len()), (false, false, wishes));
    }
}

#[test]
fn whoever_speaks_into_its_words_interrupts_it() {
    let mut talk = Talk::offering();
    talk.step(Input::Speaks);
    assert_eq!(talk.interrupted, 1);
    talk.pass(10_000);
    assert_eq!(talk.said.len(), 2, "it waits while somebody speaks");
    talk.step(Input::Spoke);
    assert_eq!(talk.wish().0, "book");
    let mut quiet = Talk::offering();
    quiet.pass(2_500);
    quiet.step(Input::Speaks);
    assert_eq!(quiet.interrupted, 0, "it had finished");
}

#[test]
fn what_was_said_before_a_question_is_no_answer_to_it() {
    let mut talk = Talk::begin(None);
    talk.step(Input::Speaks);
    talk.answer(json!({ "appointments": [] }));
    talk.answer(slots());
    talk.step(Input::Spoke);
    assert_eq!(talk.wish().0, "free_slots");
}

#[test]
fn an_answer_that_nobody_waits_for_changes_nothing() {
    let mut talk = Talk::offering();
    talk.step(Input::Told {
        id: "wish-1".to_owned(),
        answer: ToolAnswer { result: slots(), failed: false, then: None },
    });
    assert_eq!((talk.said.len(), talk.wishes.len()), (2, 2));
}

#[test]
fn without_a_free_time_or_an_answer_it_hands_over_to_a_person() {
    for (result, failed) in [(json!({ "slots": [] }), false), (json!({ "reason": "away" }), true)] {
        let mut talk = Talk::begin(None);
        talk.told(json!({}), failed);
        talk.told(result, failed);
        assert_eq!(talk.wish().0, "transfer");
    }
    let mut tired = Talk::offering();
    tired.pass(20_000);
    assert_eq!(tired.wish().0, "transfer");
}

#[test]
fn whatever_a_caller_does_each_wish_has_a_name_of_its_own_and_the_talk_comes_to_an_end() {
    const INPUTS: u32 = 5;
    for way in 0..INPUTS.pow(5) {
        let mut talk = Talk::begin(None);
        for place in 0..5 {
            match way / INPUTS.pow(place) % INPUTS {
                0 => talk.step(Input::Key('0')),
                1 => talk.yes(),
                2 => talk.answer(json!({ "slots": slots()["slots"], "more": true })),
                3 => talk.answer(expected()),
                _ => talk.told(json!({ "reason": "taken" }), true),
            }
        }
        for _ in 0..60 {
            talk.answer(slots());
            talk.now += 2 * SILENCE_MS;
            talk.step(Input::Passes);
        }
        assert!(talk.hung_up, "way {way}: {:?}", talk.said);
        let names: std::collections::BTreeSet<_> = talk.wishes.iter().map(|wish| &wish.id).collect();
        assert_eq!(names.len(), talk.wishes.len(), "way {way}");
    }
}
