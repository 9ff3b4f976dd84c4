//! Texts that a business words itself, and what is said of those that cannot be used.

use super::Case;
use frontdesk_core::speech::{Language, TextSource};

const CLINIC: &str = "[businesses.clinic]\nname = \"Harbour Clinic\"\n";

impl Case {
    fn folder(self, name: &str) -> Self {
        std::fs::create_dir_all(self.folder.path().join(name)).unwrap();
        self
    }
}

fn inline(language: &str, text: &str) -> Case {
    Case::new().file("frontdesk.toml", &format!("{CLINIC}[businesses.clinic.texts.{language}]\n{text}\n"))
}

#[test]
fn a_business_words_a_text_in_the_configuration_or_in_a_file() {
    let own = inline("en", "goodbye = \"Bye from {{ business }}.\"").config();
    let file = Case::new()
        .folder("texts/clinic/en")
        .file("texts/clinic/en/goodbye.txt", "Bye from {{ business }}.\n")
        .file("texts/clinic/.note", "not ours")
        .file("frontdesk.toml", &format!("{CLINIC}texts = \"texts/clinic\"\n"))
        .config();
    for config in [own, file] {
        let texts = config.rules.texts.for_business("clinic");
        assert_eq!(texts.say(Language::En, "goodbye", &[("business", "Us")]), "Bye from Us.");
        assert_eq!(texts.source(Language::En, "goodbye"), Some(TextSource::Business));
        assert_eq!(texts.source(Language::Nl, "goodbye"), Some(TextSource::BuiltIn));
        assert!(super::show(&config).contains("# businesses.clinic.texts.en.goodbye: in its own words"));
    }
}

#[test]
fn a_mistake_in_the_configuration_is_told_by_its_line_and_key() {
    for (text, line, told) in [
        ("goodbye = \"Bye {{ nmae }}\"", 4, "texts.en.goodbye: unknown variable nmae; use one of business, name"),
        ("one-moment = \"a\"\ngoodbye = \"Bye {{ name | shout }}\"", 5, "unknown filter shout; use one of default"),
        ("goodbye = \"\"\"\nBye\n{% include 'x' %}\n\"\"\"", 6, "the tag include cannot be used here"),
        ("goodbye = '''Bye\n{{ nmae }}'''", 5, "unknown variable nmae"),
        ("godbye = \"Bye\"", 4, "\"godbye\" is the name of no text; did you mean `goodbye`?"),
        ("sms-confirmed = \"Reply STOP now\"", 4, "texts.en.sms-confirmed: asks for the answer STOP"),
        ("goodbye = \"Hi <break/>\"", 4, "would be read aloud"),
        ("goodbye = \"{{ service }}\"", 4, "nothing is left of it where there is no service"),
    ] {
        let problems = inline("en", text).problems();
        assert!(
            problems.starts_with(&format!("frontdesk.toml, line {line}: businesses.clinic.texts.en.")),
            "{problems}"
        );
        assert!(problems.contains(told), "{problems}");
        assert_eq!(problems.lines().count(), 1, "{problems}");
    }
    let long = format!("sms-confirmed = \"{}\"", "word ".repeat(70));
    assert!(inline("en", &long).problems().contains("takes 3 messages"));
    assert!(inline("fr", "goodbye = \"Adieu\"").problems().contains("unknown language \"fr\""));
}

#[test]
fn a_mistake_in_a_file_is_told_by_its_own_line() {
    let case = || Case::new().folder("own/en").file("frontdesk.toml", &format!("{CLINIC}texts = \"own\"\n"));
    for (name, text, told) in [
        ("en/goodbye.txt", "Bye\n{{ nmae }}\n", "own/en/goodbye.txt, line 2: unknown variable nmae"),
        ("en/godbye.txt", "Bye\n", "own/en/godbye.txt, line 1: \"godbye\" is the name of no text; did you mean"),
        ("en/goodbye.md", "Bye\n", "own/en/goodbye.md, line 1: the file is no text"),
        ("english", "", "businesses.clinic.texts names own, in which english is no language"),
    ] {
        let problems = case().file(&format!("own/{name}"), text).problems();
        assert!(problems.contains(told), "{problems}");
    }
    let absent = Case::new().file("frontdesk.toml", &format!("{CLINIC}texts = \"nowhere\"\n")).problems();
    assert!(absent.contains("line 3: businesses.clinic.texts names nowhere, which cannot be read"), "{absent}");
    let number = Case::new().file("frontdesk.toml", &format!("{CLINIC}texts = 5\n")).problems();
    assert!(number.contains("a folder like \"texts/clinic\""), "{number}");
}

#[test]
fn what_is_only_advice_does_not_stop_the_start() {
    inline("en", &format!("goodbye = \"{}\"", "And more. ".repeat(60))).config();
}
