//! Laws of the texts and of the mistakes in them.

use super::*;

/// What the flows, the messages, the mail and the calendar ask for by name.
const IDS: [&str; 63] = [
    "somebody",
    "call-greeting",
    "call-greeting-known",
    "menu-confirm",
    "menu-confirm-transfer",
    "menu-opt-out",
    "menu-invalid",
    "menu-silence",
    "answer-confirmed",
    "answer-cancelled",
    "answer-reschedule",
    "already-answered",
    "opt-out-done",
    "one-moment",
    "transfer-wait",
    "transfer-failed",
    "sorry-trouble",
    "agent-lost",
    "goodbye",
    "goodbye-no-input",
    "voicemail-left",
    "inbound-greeting",
    "inbound-greeting-known",
    "inbound-no-appointment",
    "inbound-next-appointment",
    "inbound-menu",
    "inbound-menu-transfer",
    "inbound-menu-no-message",
    "inbound-menu-no-message-transfer",
    "inbound-desk-menu",
    "leave-message",
    "message-taken",
    "sms-confirm-request",
    "sms-confirmed",
    "sms-booked",
    "sms-moved",
    "sms-cancelled",
    "sms-reschedule",
    "sms-not-understood",
    "sms-opted-out",
    "sms-help",
    "sms-missed-call",
    "sms-sorry-missed",
    "mail-confirm-subject",
    "mail-confirm-body",
    "mail-confirmed-subject",
    "mail-confirmed-body",
    "mail-booked-subject",
    "mail-booked-body",
    "mail-moved-subject",
    "mail-moved-body",
    "mail-cancelled-subject",
    "mail-cancelled-body",
    "mail-reschedule-subject",
    "mail-reschedule-body",
    "cal-title",
    "cal-title-plain",
    "cal-status-confirmed",
    "cal-status-unconfirmed",
    "cal-status-cancelled",
    "cal-status-reschedule",
    "cal-status-unreached",
    "cal-status-no-show",
];

/// What links and the page behind them ask for by name.
const LINKED: [&str; 47] = [
    "sms-short-link",
    "link-answer",
    "link-change",
    "link-stop",
    "page-title",
    "page-status-open",
    "page-status-confirmed",
    "page-status-cancelled",
    "page-status-reschedule",
    "page-answered-voice",
    "page-answered-sms",
    "page-answered-whatsapp",
    "page-answered-email",
    "page-answered-link",
    "page-answered-desk",
    "page-confirm",
    "page-cancel",
    "page-cancel-ask",
    "page-cancel-do",
    "page-move",
    "page-calendar",
    "page-calendar-file",
    "page-calendar-google",
    "page-call",
    "page-changed",
    "page-moved",
    "page-refused",
    "page-times-now",
    "page-times-gone",
    "page-times-none",
    "page-times-later",
    "page-times-earlier",
    "page-times-away",
    "page-hold-title",
    "page-held",
    "page-hold-do",
    "page-back",
    "page-stop-title",
    "page-stop-ask",
    "page-stop-do",
    "page-stopped",
    "page-over-title",
    "page-over",
    "page-unknown-title",
    "page-unknown",
    "page-busy-title",
    "page-busy",
];

/// What the scripted agent of the sandbox asks for by name.
const AGENT: [&str; 13] = [
    "agent-heard-yes",
    "agent-move",
    "agent-cancel",
    "agent-offer",
    "agent-offer-next",
    "agent-book",
    "agent-move-there",
    "agent-booked",
    "agent-moved",
    "agent-taken",
    "agent-no-more",
    "agent-no-times",
    "agent-enough",
];

fn overridden(source: &str) -> Result<Texts, TextError> {
    Texts::builtin().with_overrides(Language::En, source)
}

#[test]
fn every_text_that_is_asked_for_exists_in_every_language() {
    for id in IDS.into_iter().chain(LINKED).chain(AGENT) {
        assert!(Texts::builtin().has(id), "{id}");
        for language in Language::ALL {
            assert_ne!(Texts::builtin().say(language, id, &[]), id, "{language}");
        }
    }
    assert_eq!(Texts::builtin().ids().len(), IDS.len() + LINKED.len() + AGENT.len());
}

#[test]
fn variables_are_filled_in_without_invisible_marks() {
    let vars = [("business", "Bright Smile"), ("when", "tomorrow"), ("phone", "not asked for")];
    assert_eq!(
        Texts::builtin().say(Language::En, "call-greeting", &vars),
        "Hello, this is Bright Smile. We are calling about your appointment. It is tomorrow."
    );
    for language in Language::ALL {
        for id in Texts::builtin().ids() {
            let text = Texts::builtin().say(language, id, &vars);
            let invisible = text.chars().find(|sign| ('\u{2066}'..='\u{2069}').contains(sign));
            assert_eq!(invisible, None, "{id} in {language}");
            assert!(!text.contains(['{', '}', '$']), "{text}");
        }
    }
}

#[test]
fn a_value_is_never_read_as_syntax() {
    let vars = [("business", "{ goodbye } $name { $name }"), ("name", "x")];
    assert_eq!(
        Texts::builtin().say(Language::En, "inbound-greeting", &vars),
        "Hello, this is { goodbye } $name { $name }."
    );
}

#[test]
fn a_missing_text_is_its_id_and_a_missing_variable_is_empty() {
    let texts = Texts::builtin();
    assert_eq!(texts.say(Language::Hi, "no-such-text", &[]), "no-such-text");
    assert!(!texts.has("no-such-text"));
    assert!(texts.variables("no-such-text").is_empty());
    assert_eq!(texts.say(Language::En, "cal-title-plain", &[]), "Appointment: ");
}

#[test]
fn a_text_missing_in_a_language_is_said_in_english() {
    let texts = overridden("parking = Park behind the house.\n").expect("valid");
    assert_eq!(texts.say(Language::Nl, "parking", &[]), "Park behind the house.");
}

#[test]
fn an_override_replaces_one_text_and_leaves_the_rest() {
    let texts = overridden("goodbye = Bye { $name }!\n").expect("valid");
    assert_eq!(texts.say(Language::En, "goodbye", &[("name", "Al")]), "Bye Al!");
    assert_eq!(texts.variables("goodbye"), BTreeSet::from(["name".to_owned()]));
    let builtin = Texts::builtin();
    assert_eq!(texts.say(Language::Es, "goodbye", &[]), builtin.say(Language::Es, "goodbye", &[]));
    assert_eq!(texts.say(Language::En, "one-moment", &[]), builtin.say(Language::En, "one-moment", &[]));
    assert_eq!(builtin.say(Language::En, "goodbye", &[]), "Thank you. Goodbye.");
}

#[test]
fn a_text_may_use_another_and_asks_for_its_variables() {
    let texts = overridden("goodbye = { inbound-greeting } Bye.\n").expect("valid");
    assert_eq!(texts.variables("goodbye"), BTreeSet::from(["business".to_owned()]));
    assert_eq!(texts.say(Language::En, "goodbye", &[("business", "Us")]), "Hello, this is Us. Bye.");
}

#[test]
fn numbers_choose_the_plural() {
    let source = "in-minutes = { $minutes ->\n    [one] in one minute\n   *[other] in { $minutes } minutes\n}\n";
    let texts = overridden(source).expect("valid");
    let said = |minutes| texts.say(Language::En, "in-minutes", &[("minutes", minutes)]);
    assert_eq!(said("1"), "in one minute");
    assert_eq!(said("45"), "in 45 minutes");
}

#[test]
fn a_mistake_is_told_by_line_with_its_remedy() {
    for (source, line, message) in [
        ("goodbye = Bye\none-moment Wait\n", 2, "expected a token"),
        ("# note\n\ngoodbye = Bye { $name\none-moment = Wait\n", 3, "expected a token"),
        ("goodbye = Bye\n\n?? = x\n", 3, "expected one of"),
        ("goodbye = Bye { name $ }\n", 1, "expected a token"),
        ("goodbye =\none-moment = Wait\n", 1, "expected a message field"),
        ("goodbye = Bye }\n", 1, "unbalanced closing brace"),
        ("one-moment = a\ngoodbye = b\none-moment = c\n", 3, "second time"),
        ("goodbye = Bye\none-moment = { $nmae }\n", 2, "unknown variable $nmae"),
        ("goodbye = Bye\none-moment = { good-by }\n", 2, "the text good-by does not exist"),
        ("goodbye = Bye\none-moment = { -brand }\n", 2, "the term -brand does not exist"),
        ("goodbye = { one-moment }\none-moment = { goodbye }\n", 1, "refers to itself"),
        ("goodbye = { NUMBER($minutes) }\n", 1, "the function NUMBER"),
        ("goodbye = { one-moment.title }\n", 1, "an attribute of one-moment"),
        ("goodbye =\n    .title = Bye\n", 1, "a text without words"),
    ] {
        let error = overridden(source).expect_err(source);
        assert_eq!(error.line, line, "{error}");
        assert!(error.message.contains(message), "{error}");
        assert!(!error.remedy.is_empty(), "{error}");
        assert!(error.to_string().starts_with(&format!("en texts, line {line}: ")));
    }
}

#[test]
fn texts_are_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>(_: &T) {}
    shared(Texts::builtin());
}
