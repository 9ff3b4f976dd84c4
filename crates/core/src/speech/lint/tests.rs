//! The lints pass on what is built in, and fail on what they exist for.

use super::*;

fn problems(language: Language, source: &str) -> Vec<(Language, ProblemKind)> {
    Texts::builtin()
        .with_overrides(language, source)
        .expect("a source without mistakes")
        .lint()
        .into_iter()
        .map(|problem| (problem.language, problem.kind))
        .collect()
}

#[test]
fn the_builtin_texts_have_no_problem() {
    let problems = Texts::builtin().lint();
    let lines: Vec<_> = problems.iter().map(Problem::to_string).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn a_text_has_to_be_there_in_every_language() {
    assert_eq!(
        problems(Language::En, "parking = Park behind the house.\n"),
        [
            (Language::Es, ProblemKind::Missing),
            (Language::Hi, ProblemKind::Missing),
            (Language::Nl, ProblemKind::Missing),
        ]
    );
}

#[test]
fn a_text_uses_the_same_variables_in_every_language() {
    assert_eq!(
        problems(Language::Nl, "answer-confirmed = Dank u wel.\n"),
        [(Language::Nl, ProblemKind::VariableLeftOut)]
    );
}

#[test]
fn an_sms_of_three_parts_is_too_long() {
    let wordy = format!("sms-opted-out = {{ $business }}: {}\n", "palabra ".repeat(40));
    assert_eq!(problems(Language::Es, &wordy), [(Language::Es, ProblemKind::TooLong)]);
}

#[test]
fn one_accented_weekday_counts_for_the_whole_year() {
    // Plain letters fit 306 to two messages; "sábado" leaves 134.
    let text = format!("sms-confirmed = {{ $business }}: {{ $when }} {}\n", "si ".repeat(35));
    let texts = Texts::builtin().with_overrides(Language::Es, &text).expect("a source without mistakes");
    let said = |when| texts.say(Language::Es, "sms-confirmed", &[("when", when)]);
    assert_eq!(sms_segments(&said("lunes")).segments, 1);
    assert_eq!(sms_segments(&said("sábado")).segments, 2);
    assert_eq!(problems(Language::Es, &text), [(Language::Es, ProblemKind::TooLong)]);
}

#[test]
fn an_sms_never_asks_for_a_stop_word() {
    for text in [
        "Please reply CANCEL if you cannot come.",
        "Reply cancel to cancel.",
        "Type \"end\" when done.",
        "Yes or QUIT?",
    ] {
        let found = problems(Language::En, &format!("sms-reschedule = {{ $business }}: {text}\n"));
        assert_eq!(found, [(Language::En, ProblemKind::StopWord)], "{text}");
    }
    for text in ["Your appointment was cancelled.", "To cancel, reply 0.", "See you at the end of May."] {
        assert_eq!(suggested_stop_word(text), None, "{text}");
    }
}

#[test]
fn no_built_in_text_in_any_language_asks_for_a_stop_word() {
    let texts = Texts::builtin();
    for language in Language::ALL {
        for id in texts.ids() {
            let text = texts.say(language, id, &[]);
            assert_eq!(suggested_stop_word(&text), None, "{id} in {language}: {text}");
        }
    }
    for text in ["Antwoord met stop.", "Responda CANCEL.", "STOPALL भेजें।", "Reply optout."] {
        assert!(suggested_stop_word(text).is_some(), "{text}");
    }
}

#[test]
fn a_problem_is_told_in_one_line_with_language_and_id() {
    let problem = Problem {
        language: Language::Hi,
        id: "goodbye".to_owned(),
        kind: ProblemKind::Missing,
        message: "missing here".to_owned(),
    };
    assert_eq!(problem.to_string(), "hi text goodbye: missing here");
}
