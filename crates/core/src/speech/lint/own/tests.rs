//! The lints of a business's texts pass on what is fine, and fail on what they exist for.

use super::*;
use crate::speech::Templates;

fn texts(language: Language, id: &str, source: &str) -> Texts {
    let mut templates = Templates::default();
    templates.add(language, id, source).unwrap_or_else(|error| panic!("{error}"));
    Texts::builtin().clone().with_templates("clinic", templates)
}

fn found(language: Language, id: &str, source: &str) -> Vec<ProblemKind> {
    texts(language, id, source)
        .for_business("clinic")
        .lint_own("Bright Smile Dental")
        .into_iter()
        .map(|problem| problem.kind)
        // The sources here are as short as can be.
        .filter(|kind| *kind != ProblemKind::Unsaid)
        .collect()
}

#[test]
fn what_reads_well_has_no_problem() {
    for (id, source) in [
        ("goodbye", "Thanks, bye."),
        ("sms-confirmed", "{{ business }}: see you {{ when }}{% if service %} for {{ service }}{% endif %}."),
        ("mail-booked-body", "Dear {{ name | first_word }},\n\nUntil {{ when }}.\n\n{{ business }}"),
        ("sms-confirmed", "5 < 7 & Tom; until {{ when }} *"),
    ] {
        assert_eq!(found(Language::En, id, source), [], "{source}");
    }
    assert_eq!(Texts::builtin().lint_own("Bright Smile Dental"), []);
}

#[test]
fn a_text_message_of_three_parts_is_too_long_and_says_in_which_alphabet() {
    let wordy = format!("{{{{ business }}}} {{{{ when }}}}: {}", "слово ".repeat(18));
    let texts = texts(Language::En, "sms-confirmed", &wordy);
    let problems = texts.for_business("clinic").lint_own("Bright Smile Dental");
    assert_eq!(problems.iter().map(|it| it.kind).collect::<Vec<_>>(), [ProblemKind::TooLong, ProblemKind::Costly]);
    assert!(problems[0].message.contains("takes 3 messages") && problems[0].message.contains("UCS-2"), "{problems:?}");
}

#[test]
fn one_sign_that_doubles_the_price_is_advised_against() {
    let source = format!("{{{{ business }}}}: we’ll see you {{{{ when }}}} {}", "then ".repeat(8));
    let texts = texts(Language::En, "sms-confirmed", &source);
    let [advice] = texts.for_business("clinic").lint_own("Bright Smile Dental").try_into().expect("one");
    assert!(advice.kind == ProblemKind::Costly && advice.kind.is_advice());
    assert!(advice.message.contains("'’'") && advice.message.contains("GSM-7"), "{advice}");
    // The names of this language need it anyway.
    let spanish = format!("{{{{ name }}}}: así {}", "que ".repeat(12));
    assert_eq!(found(Language::Es, "sms-confirmed", &spanish), []);
}

#[test]
fn a_stop_word_is_found_in_a_branch_that_no_example_takes() {
    let source = "{{ business }}{% if service == \"none\" %}: reply CANCEL{% endif %}";
    assert_eq!(found(Language::En, "sms-confirmed", source), [ProblemKind::StopWord]);
    assert_eq!(found(Language::En, "mail-confirmed-body", source), [], "nobody answers a mail to a carrier");
}

#[test]
fn markup_is_never_spoken_or_sent() {
    for source in ["Hello <break time=\"1s\"/> there.", "<speak>Hi</speak>", "It is **now**.", "Tom &amp; Co"] {
        for id in ["goodbye", "sms-confirmed", "mail-booked-body"] {
            assert_eq!(found(Language::En, id, source), [ProblemKind::Markup], "{id}: {source}");
        }
    }
    assert_eq!(found(Language::En, "goodbye", "See https://clinic.example now."), [ProblemKind::Markup]);
    assert_eq!(found(Language::En, "sms-confirmed", "See https://clinic.example now."), []);
}

#[test]
fn a_text_says_something_whatever_is_not_known() {
    let source = "{% if service %}Your {{ service }} is over.{% endif %}";
    assert_eq!(found(Language::En, "goodbye", source), [ProblemKind::Empty]);
    assert_eq!(found(Language::En, "goodbye", "{{ phone | spelled }}"), [ProblemKind::Empty]);
}

#[test]
fn a_speech_of_half_a_minute_is_advised_against() {
    let kind = found(Language::En, "goodbye", &"And another thing. ".repeat(24));
    assert_eq!(kind, [ProblemKind::LongSpeech]);
    for language in Language::ALL {
        let texts = Texts::builtin();
        for id in texts.ids().into_iter().filter(|id| TextKind::of(id) == TextKind::Speech) {
            let text = texts.say(language, id, &Example::of(language).variables("Monday, March 2nd at 2:30 PM"));
            assert!(spoken_seconds(&text, language) <= MOST_SECONDS, "{id} in {language}: {text}");
        }
    }
}

#[test]
fn a_menu_is_replaced_with_its_editions() {
    assert_eq!(found(Language::En, "menu-confirm", "Press 1 to confirm, 0 to cancel."), [ProblemKind::Edition]);
}

#[test]
fn a_greeting_by_name_is_replaced_with_the_one_for_whoever_told_no_name() {
    assert_eq!(found(Language::En, "call-greeting-known", "Hi {{ name }}."), [ProblemKind::Edition]);
    assert_eq!(found(Language::En, "call-greeting-known", "Hi, it is us."), []);
}

#[test]
fn a_text_message_is_measured_with_the_name_of_the_business() {
    let texts = texts(Language::En, "sms-confirmed", &format!("{{{{ business }}}} {{{{ when }}}} {}", "x".repeat(250)));
    let problems = |name| texts.for_business("clinic").lint_own(name).len();
    assert_eq!((problems("Us"), problems("The Harbour Clinic of Saint Michael")), (0, 1));
}

#[test]
fn what_the_usual_text_fills_in_is_said_as_well() {
    let unsaid = |language, id: &str, source: &str| -> Vec<String> {
        let problems = texts(language, id, source).for_business("clinic").lint_own("Bright Smile Dental");
        assert!(problems.iter().all(|it| it.kind == ProblemKind::Unsaid && it.kind.is_advice()), "{problems:?}");
        problems.into_iter().map(|it| it.message).collect()
    };
    let left_out = |names: &str| vec![format!("leaves out {names}, which the usual text has: say it as well")];
    assert_eq!(unsaid(Language::En, "sms-confirmed", "{{ business }}: see you."), left_out("{{ when }}"));
    assert_eq!(unsaid(Language::Nl, "sms-confirmed", "Tot ziens."), left_out("{{ business }} and {{ when }}"));
    for good in [
        "Bright Smile Dental: see you {{ when }}.",
        "{% if service %}{{ business }}{% endif %} until {{ when | upper }}",
        "{{ business | default(\"us\") }} {{ when }} {{ name }}",
    ] {
        assert_eq!(unsaid(Language::En, "sms-confirmed", good), Vec::<String>::new(), "{good}");
    }
}
