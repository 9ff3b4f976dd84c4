//! Laws of templates: what they may hold, what values can do in them, and that they always end.

use proptest::prelude::*;

use super::*;
use crate::speech::{Fallback, TextSource, Texts};

fn texts(id: &str, source: &str) -> Texts {
    let mut templates = Templates::default();
    templates.add(Language::En, id, source).unwrap_or_else(|error| panic!("{source}: {error}"));
    Texts::builtin().clone().with_templates("clinic", templates)
}

fn said(id: &str, source: &str, vars: &[(&str, &str)]) -> String {
    texts(id, source).for_business("clinic").say(Language::En, id, vars)
}

fn mistake(id: &str, source: &str) -> TemplateError {
    Templates::default().add(Language::En, id, source).expect_err(source)
}

#[test]
fn a_business_words_one_text_in_one_language_and_leaves_the_rest() {
    let vars = [("business", "Us"), ("when", "today")];
    let texts = texts("goodbye", "Bye from {{ business }}.");
    let (own, all) = (texts.for_business("clinic"), Texts::builtin());
    assert_eq!(own.say(Language::En, "goodbye", &vars), "Bye from Us.");
    for language in Language::ALL {
        for id in all.ids().into_iter().filter(|id| *id != "goodbye" || language != Language::En) {
            assert_eq!(own.say(language, id, &vars), all.say(language, id, &vars), "{id} in {language}");
        }
    }
    assert_eq!(texts.say(Language::En, "goodbye", &vars), all.say(Language::En, "goodbye", &vars));
    assert_eq!(texts.for_business("salon").say(Language::En, "goodbye", &vars), "Thank you. Goodbye.");
}

#[test]
fn a_business_comes_before_the_configuration_and_that_before_what_is_built_in() {
    let texts = texts("goodbye", "Bye!").with_overrides(Language::En, "goodbye = Farewell.\none-moment = Wait.\n");
    let texts = texts.expect("valid");
    let own = texts.for_business("clinic");
    let said = |id| (own.say(Language::En, id, &[]), own.source(Language::En, id));
    assert_eq!(said("goodbye"), ("Bye!".to_owned(), Some(TextSource::Business)));
    assert_eq!(said("one-moment"), ("Wait.".to_owned(), Some(TextSource::Configured)));
    assert_eq!(said("transfer-wait").1, Some(TextSource::BuiltIn));
    assert_eq!(own.source(Language::En, "no-such-text"), None);
    assert_eq!(texts.say(Language::En, "goodbye", &[]), "Farewell.");
}

#[test]
fn conditions_and_filters_word_what_is_known() {
    let source =
        "Hello {{ name | first_word }}{% if service %}, about your {{ service | upper }}{% else %}!{% endif %}";
    assert_eq!(said("goodbye", source, &[("name", "Ana Lim"), ("service", "visit")]), "Hello Ana, about your VISIT");
    assert_eq!(said("goodbye", source, &[("name", "Ana Lim")]), "Hello Ana!");
    assert_eq!(said("goodbye", "{{ service | default(\"It\") }} is over.", &[]), "It is over.");
    assert_eq!(said("goodbye", "Call {{ phone | spelled }}.", &[("phone", "+15")]), "Call plus, one, five.");
    assert_eq!(said("goodbye", "{{ \"a\" if name == \"Al\" else \"b\" }}", &[("name", "Al")]), "a");
}

#[test]
fn lines_stay_in_messages_and_become_spaces_in_speech() {
    let source = "Hello.\n{% if service %}\nService.\n{% endif %}\n\n\nBye.\n";
    assert_eq!(said("goodbye", source, &[]), "Hello. Bye.");
    assert_eq!(said("mail-booked-subject", source, &[]), "Hello. Bye.");
    assert_eq!(said("mail-booked-body", source, &[]), "Hello.\n\nBye.");
    assert_eq!(said("sms-booked", "a\r\nb\n", &[]), "a\nb");
}

#[test]
fn a_name_is_never_read_as_syntax_markup_or_a_line_end() {
    for name in ["{{ 7*7 }}", "{% for x in y %}", "{# gone #}", "<b>Al</b> & <script>alert(1)</script>", "%s {0} $name"]
    {
        for id in ["goodbye", "sms-booked", "mail-booked-subject", "mail-booked-body", "cal-title"] {
            let text = said(id, "Hello {{ name }}, {{ name | default(\"you\") }}.", &[("name", name)]);
            assert_eq!(text, format!("Hello {name}, {name}."), "{id}");
        }
    }
    let evil = "Al\r\nBcc: eve@example.com\u{2028}x\u{85}y\0\u{202e}z";
    for id in ["mail-booked-subject", "mail-booked-body", "sms-booked"] {
        let text = said(id, "Hello {{ name }}.", &[("name", evil)]);
        assert!(!text.contains(|c: char| c.is_control() || "\u{2028}\u{202e}".contains(c)), "{text:?}");
        assert!(text.contains("Bcc: eve@example.com"), "it stays readable: {text:?}");
    }
}

#[test]
fn no_template_reaches_another_one_repeats_itself_or_keeps_anything() {
    for (source, tag) in [
        ("{% include \"goodbye\" %}", "include"),
        ("{% import \"goodbye\" as g %}", "import"),
        ("{% from \"goodbye\" import x %}", "from"),
        ("{% extends \"goodbye\" %}", "extends"),
        ("{% block a %}{% endblock %}", "block"),
        ("{% macro a() %}{% endmacro %}", "macro"),
        ("{% call a() %}{% endcall %}", "call"),
        ("{% for c in name %}x{% endfor %}", "for"),
        ("{% set x = name %}{{ x }}", "set"),
        ("{% set x %}y{% endset %}", "set"),
        ("{% with x = name %}{% endwith %}", "with"),
        ("{% filter upper %}x{% endfilter %}", "filter"),
        ("{% autoescape false %}x{% endautoescape %}", "autoescape"),
        ("{% do upper(name) %}", "do"),
    ] {
        let error = mistake("goodbye", &format!("Hello.\n{source}"));
        assert_eq!((error.line, error.message), (2, format!("the tag {tag} cannot be used here")), "{source}");
    }
}

#[test]
fn nothing_that_could_fail_or_grow_is_accepted() {
    for source in [
        "{{ \"x\" * 1000000000 }}",
        "{{ name * 9 }}",
        "{{ name ~ name }}",
        "{{ 1 / 0 }}",
        "{{ 2 ** 63 }}",
        "{{ range(1000000000) }}",
        "{{ name.upper() }}",
        "{{ name[0] }}",
        "{{ name[0:1] }}",
        "{{ [name, name] }}",
        "{{ {\"a\": name} }}",
        "{{ -1 }}",
        "{{ name if service }}",
        "{{ name in service }}",
        "{{ name < service }}",
        "{{ name is defined }}",
        "{{ phone | spelled | spelled }}",
        "{{ name | upper(1) }}",
        "{{ name | default }}",
        "{{ super() }}",
        "{{ loop }}",
    ] {
        mistake("goodbye", source);
    }
}

#[test]
fn a_mistake_is_told_by_line_with_its_remedy() {
    for (id, source, line, message) in [
        ("goodbye", "Bye\n{{ nmae }}", 2, "unknown variable nmae"),
        ("goodbye", "Bye\n\n{{ name | shout }}", 3, "unknown filter shout"),
        ("goodbye", "Bye {% if name %}", 1, "unexpected end of input"),
        ("goodbye", "Bye {{ name", 1, "unexpected end of"),
        ("goodbye", "Bye\n{{ $name }}", 2, "unexpected character"),
        ("goodbye", "Bye\nand { $name }", 2, "a single brace"),
        ("goodbye", "", 1, "no words"),
        ("sms-confirmed", "{{ link }}", 1, "unknown variable link"),
        ("link-stop", "Stop {{ business }}", 1, "unknown variable business"),
        ("page-over", "Call {{ name }}", 1, "unknown variable name"),
    ] {
        let error = mistake(id, source);
        assert_eq!(error.line, line, "{source}: {error}");
        assert!(error.message.contains(message), "{source}: {error}");
        assert!(!error.remedy.is_empty(), "{error}");
    }
    assert!(mistake("goodbye", &"x".repeat(LONGEST_TEMPLATE + 1)).message.contains("longer than"));
    assert_eq!(said("sms-short-link", "{{ link }}", &[("link", "https://x")]), "https://x");
}

#[test]
fn a_template_that_runs_dry_is_counted_and_the_built_in_text_is_said() {
    let texts = texts("goodbye", "Bye {{ name | upper }}");
    let own = texts.for_business("clinic");
    let endless = "x".repeat(32 << 20);
    assert_eq!(own.say(Language::En, "goodbye", &[("name", &endless)]), "Thank you. Goodbye.");
    let fallback =
        Fallback { business: "clinic".to_owned(), language: Language::En, id: "goodbye".to_owned(), times: 1 };
    assert_eq!(texts.fallbacks(), [fallback]);
    assert_eq!(own.say(Language::En, "goodbye", &[("name", "Al")]), "Bye AL");
    assert_eq!(texts.fallbacks()[0].times, 1);
}

#[test]
fn a_template_of_which_nothing_is_left_is_no_message() {
    let texts = texts("goodbye", "{{ service }}");
    let own = texts.for_business("clinic");
    assert_eq!(own.say(Language::En, "goodbye", &[("service", " ")]), "Thank you. Goodbye.");
    assert_eq!(own.say(Language::En, "goodbye", &[("service", "Visit over.")]), "Visit over.");
    assert_eq!(texts.fallbacks()[0].times, 1);
}

/// Templates of everything that is accepted.
fn accepted() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("name".to_owned()),
        Just("phone | spelled".to_owned()),
        Just("service | upper | first_word | upper".to_owned()),
        Just("service | default(business | upper)".to_owned()),
        Just("name or service or \"x\"".to_owned()),
        Just("not name".to_owned()),
        Just("when == name and phone != \"+1\"".to_owned()),
        Just("(phone | spelled) | upper".to_owned()),
        Just("(\"a\" if name == when else (phone | spelled))".to_owned()),
    ];
    let leaf = prop_oneof!["[a-z <>&\\n.]{1,8}", value.clone().prop_map(|value| format!("{{{{ {value} }}}}"))];
    leaf.prop_recursive(6, 120, 8, move |inner| {
        let body = prop::collection::vec(inner, 1..8).prop_map(|parts| parts.concat());
        (value.clone(), body.clone(), body)
            .prop_map(|(test, yes, no)| format!("{{% if {test} %}}{yes}{{% else %}}{no}{{% endif %}}"))
    })
    .prop_map(|template| format!("{template}."))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// What was accepted at start never fails on a message.
    #[test]
    fn an_accepted_template_is_rendered_whatever_the_values_are(
        source in accepted(), name in ".{0,200}", service in ".{0,500}", phone in "[+0-9]{0,20}",
    ) {
        prop_assume!(source.chars().count() <= LONGEST_TEMPLATE);
        let mut templates = Templates::default();
        templates.add(Language::En, "goodbye", &source).expect("accepted");
        let vars = [("name", &*name), ("service", &*service), ("phone", &*phone), ("when", "today"), ("business", "Us")];
        prop_assert!(templates.say(Language::En, "goodbye", &vars).is_some());
        prop_assert_eq!(templates.failed().count(), 0);
    }

    /// No source makes the lint panic, and what it lets pass is rendered.
    #[test]
    fn any_source_is_either_refused_or_rendered(source in "([{}%#|a-z\" .()=-]|name|service|if|else|endif|default|upper){0,40}") {
        let mut templates = Templates::default();
        if templates.add(Language::En, "goodbye", &source).is_ok() {
            let vars = [("name", "Ana"), ("service", "Visit"), ("phone", "+1"), ("when", "today"), ("business", "Us")];
            let rendered = templates.say_quietly(Language::En, "goodbye", &vars);
            prop_assert!(rendered.is_some() || templates.words().all(|(_, _, words)| words.trim().is_empty()));
        }
    }
}

/// The longest template with the longest values there are takes a part of its fuel.
#[test]
fn the_fuel_is_enough_for_the_longest_template() {
    let (name, service) = ("x".repeat(200), "9".repeat(500));
    for piece in ["{{phone|spelled}}", "{{service|upper}}", "{{name}}"] {
        let source = piece.repeat(LONGEST_TEMPLATE / piece.len());
        let vars = [("name", &*name), ("service", &*service), ("phone", "+123456789012345")];
        assert!(said("goodbye", &source, &vars).len() > 10_000);
    }
    let chain = format!("{{{{ service{} }}}}", "|upper".repeat((LONGEST_TEMPLATE - 13) / 6));
    assert_eq!(said("goodbye", &chain, &[("service", &service)]), service);
}
