//! Flows as data: the built-in ones work, and a broken one is told by line and remedy.

use frontdesk_core::{
    flow::{Flow, FlowError, Step},
    speech::Texts,
};
use frontdesk_testkit::flow_sources;
use rstest::rstest;

/// Line by line, so that a case may say which line it breaks.
const GOOD: [&str; 27] = [
    "name = \"visit\"",
    "version = 3",
    "start = \"menu\"",
    "voicemail = \"machine\"",
    "",
    "[steps.menu]",
    "kind = \"menu\"",
    "say = [\"call-greeting\", \"menu-confirm\"]",
    "tries = 2",
    "timeout_seconds = 5",
    "otherwise = \"bye\"",
    "",
    "[steps.menu.keys]",
    "1 = { answer = \"confirmed\", goto = \"bye\" }",
    "9 = { repeat = true }",
    "\"*\" = { goto = \"desk\" }",
    "",
    "[steps.desk]",
    "kind = \"transfer\"",
    "say = [\"transfer-wait\"]",
    "otherwise = \"bye\"",
    "",
    "[steps.bye]",
    "kind = \"say\"",
    "say = [\"goodbye\"]",
    "",
    "steps.machine = { kind = \"say\", say = [\"voicemail-left\"] }",
];

fn source(change: Option<(usize, &str)>) -> String {
    let mut lines: Vec<_> = GOOD.to_vec();
    // An inline table of the same parent has to come before the tables below it.
    let machine = lines.pop().expect("the flow has lines");
    lines[4] = machine;
    if let Some((line, text)) = change {
        lines[line - 1] = text;
    }
    lines.join("\n")
}

fn broken(line: usize, text: &str) -> FlowError {
    Flow::parse("visit.toml", &source(Some((line, text))), Texts::builtin()).expect_err("the flow is broken")
}

#[test]
fn the_built_in_flows_work() {
    for (file, source) in flow_sources() {
        let flow = Flow::parse(file, source, Texts::builtin()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(format!("{}.toml", flow.name), file);
        assert!(matches!(flow.steps[&flow.start], Step::Menu(_)));
    }
}

#[test]
fn what_is_left_out_has_a_sensible_value() {
    let flow = Flow::parse("visit.toml", &source(None), Texts::builtin()).unwrap();
    let Step::Menu(menu) = &flow.steps["menu"] else {
        panic!("the menu is a menu");
    };
    assert_eq!(menu.again, menu.say);
    assert_eq!((menu.digits, menu.tries, menu.timeout_seconds), (1, 2, 5));
    assert_eq!((menu.invalid.as_str(), menu.silence.as_str()), ("menu-invalid", "menu-silence"));
    assert_eq!(flow.version, 3);
}

#[rstest]
#[case::not_toml(2, "version = ", 2, "")]
#[case::unknown_key(10, "timeout = 5", 6, "timeout")]
#[case::unknown_key_at_the_top(2, "version = 3\nlanguage = \"en\"", 3, "language")]
#[case::wrong_type(2, "version = \"three\"", 2, "")]
#[case::unknown_kind(24, "kind = \"shout\"", 24, "shout")]
#[case::start_leads_nowhere(3, "start = \"hello\"", 3, "there is no step named \"hello\"")]
#[case::voicemail_leads_nowhere(4, "voicemail = \"tape\"", 4, "there is no step named \"tape\"")]
#[case::otherwise_leads_nowhere(11, "otherwise = \"bored\"", 11, "there is no step named \"bored\"")]
#[case::key_leads_nowhere(
    14,
    "1 = { answer = \"confirmed\", goto = \"thanks\" }",
    14,
    "there is no step named \"thanks\""
)]
#[case::transfer_leads_nowhere(21, "otherwise = \"nobody\"", 21, "there is no step named \"nobody\"")]
#[case::missing_text(8, "say = [\"call-greeting\", \"menu-tango\"]", 8, "there is no text named \"menu-tango\"")]
#[case::missing_text_of_a_say(25, "say = [\"farewell\"]", 25, "there is no text named \"farewell\"")]
#[case::missing_text_for_silence(9, "silence = \"hush\"", 9, "there is no text named \"hush\"")]
#[case::nobody_gets_there(
    26,
    "[steps.island]\nkind = \"say\"\nsay = [\"goodbye\"]",
    26,
    "no way leads to step \"island\""
)]
#[case::key_that_cannot_be_pressed(14, "yes = { goto = \"bye\" }", 14, "\"yes\" cannot be pressed here")]
#[case::more_keys_than_are_taken(14, "12 = { goto = \"bye\" }", 14, "\"12\" cannot be pressed here")]
#[case::key_without_a_way(14, "1 = { answer = \"confirmed\" }", 14, "key 1 needs exactly one of `repeat` and `goto`")]
#[case::key_with_both(
    14,
    "1 = { repeat = true, goto = \"bye\" }",
    14,
    "key 1 needs exactly one of `repeat` and `goto`"
)]
#[case::answer_that_repeats(
    15,
    "9 = { repeat = true, answer = \"confirmed\" }",
    15,
    "key 9 answers and repeats the question"
)]
#[case::opt_out_that_repeats(15, "9 = { repeat = true, opt_out = true }", 15, "key 9 answers and repeats the question")]
#[case::too_many_tries(9, "tries = 11", 9, "tries of step \"menu\" is 11")]
#[case::no_tries(9, "tries = 0", 9, "tries of step \"menu\" is 0")]
#[case::too_patient(10, "timeout_seconds = 61", 10, "timeout_seconds of step \"menu\" is 61")]
#[case::too_many_digits(9, "digits = 21", 9, "digits of step \"menu\" is 21")]
#[case::circle(25, "say = [\"goodbye\"]\nthen = \"bye\"", 26, "goes round in a circle")]
fn a_broken_flow_is_told_by_line_and_remedy(
    #[case] line: usize,
    #[case] text: &str,
    #[case] told_at: usize,
    #[case] what: &str,
) {
    let error = broken(line, text);
    assert!(error.what.contains(what), "{error}");
    assert_eq!(error.line, told_at, "{error}");
    assert!(!error.remedy.is_empty(), "{error}");
    assert!(error.to_string().starts_with(&format!("visit.toml, line {told_at}: ")), "{error}");
}

#[rstest]
#[case::too_long(
    "kind = \"record\"\nsay = [\"leave-message\"]\nmax_seconds = 601",
    26,
    "max_seconds of step \"bye\" is 601"
)]
#[case::no_time(
    "kind = \"record\"\nsay = [\"leave-message\"]\nmax_seconds = 0",
    26,
    "max_seconds of step \"bye\" is 0"
)]
#[case::without_a_word("kind = \"record\"\nsay = []", 25, "step \"bye\" records without a word")]
#[case::leads_nowhere(
    "kind = \"record\"\nsay = [\"leave-message\"]\nthen = \"done\"",
    26,
    "there is no step named \"done\""
)]
#[case::silence_leads_nowhere(
    "kind = \"record\"\nsay = [\"leave-message\"]\notherwise = \"done\"",
    26,
    "there is no step named \"done\""
)]
#[case::unknown_key("kind = \"record\"\nsay = [\"leave-message\"]\nseconds = 5", 23, "seconds")]
#[case::missing_text("kind = \"record\"\nsay = [\"speak-up\"]", 25, "there is no text named \"speak-up\"")]
fn a_broken_recording_is_told_by_line_and_remedy(#[case] step: &str, #[case] line: usize, #[case] what: &str) {
    let broken = source(Some((24, step))).replace("\nsay = [\"goodbye\"]", "");
    let error = Flow::parse("visit.toml", &broken, Texts::builtin()).unwrap_err();
    assert!(error.what.contains(what), "{error}");
    assert_eq!((error.line, error.remedy.is_empty()), (line, false), "{error}");
}

#[test]
fn a_recording_has_two_minutes_unless_it_says_otherwise_and_may_go_round() {
    let step = "kind = \"record\"\nsay = [\"leave-message\"]\nthen = \"bye\"\notherwise = \"menu\"";
    let source = source(Some((24, step))).replace("\nsay = [\"goodbye\"]", "");
    let flow = Flow::parse("visit.toml", &source, Texts::builtin()).unwrap();
    assert!(matches!(&flow.steps["bye"], Step::Record(record) if record.max_seconds == 120));
}

#[test]
fn a_menu_without_keys_is_told() {
    let source = source(None).replace(GOOD[13], "").replace(GOOD[14], "").replace(GOOD[15], "");
    let error = Flow::parse("visit.toml", &source, Texts::builtin()).unwrap_err();
    assert!(error.what.contains("no"), "{error}");
}

#[test]
fn a_circle_over_several_steps_is_told() {
    let ring =
        "say = [\"goodbye\"]\nthen = \"round\"\n[steps.round]\nkind = \"say\"\nsay = [\"goodbye\"]\nthen = \"bye\"";
    let error = broken(25, ring);
    assert!(error.what.contains("circle"), "{error}");
}

#[test]
fn a_circle_through_a_question_is_a_conversation() {
    let ring = "say = [\"goodbye\"]\nthen = \"menu\"";
    Flow::parse("visit.toml", &source(Some((25, ring))), Texts::builtin()).unwrap();
}

#[test]
fn a_step_named_in_quotes_or_followed_by_a_remark_is_found_too() {
    let quoted = source(Some((23, "[steps.\"bye\"] # the end"))).replace("say = [\"goodbye\"]", "say = [\"farewell\"]");
    let error = Flow::parse("visit.toml", &quoted, Texts::builtin()).unwrap_err();
    assert_eq!(error.line, 25, "{error}");
}
