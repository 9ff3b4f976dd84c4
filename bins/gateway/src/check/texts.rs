//! Texts that a business words itself. What is wrong with them has stopped the start already; this is what they cost.

use super::{Finding, Grade, finding};
use crate::config::Config;
use frontdesk_core::speech::{Example, TextKind, sms_segments};

/// What is worded, what each text message takes with an example person, and what would be better.
pub(super) fn own(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, business) in &config.rules.businesses {
        let texts = config.rules.texts.for_business(id);
        let own: Vec<_> = texts.own_texts().collect();
        if own.is_empty() {
            continue;
        }
        let mut said = Vec::new();
        for (language, text) in &own {
            let example = Example::of(*language);
            let when = example.written(*language);
            let mut vars = example.variables(&when);
            vars[0].1 = &business.name;
            let mut told = format!("{text} ({language}");
            if TextKind::of(text) == TextKind::Sms {
                let counted = sms_segments(&texts.say(*language, text, &vars));
                told.push_str(&format!(", {} SMS in {}", counted.segments, counted.encoding));
            }
            said.push(told + ")");
        }
        findings.push(finding(Grade::Ok, "texts", format!("{id} words its own: {}", said.join(", "))));
        let advice = texts.lint_own(&business.name).into_iter().filter(|problem| problem.kind.is_advice());
        findings.extend(advice.map(|problem| {
            let (language, text, message) = (problem.language, problem.id, problem.message);
            finding(Grade::Warn, "texts", format!("businesses.{id}.texts.{language}.{text}: {message}"))
        }));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Inputs, load};

    fn found(texts: &str) -> Vec<(Grade, String)> {
        let folder = tempfile::tempdir().unwrap();
        let toml = format!("[businesses.clinic]\nname = \"Harbour Clinic\"\n{texts}");
        std::fs::write(folder.path().join("frontdesk.toml"), toml).unwrap();
        let inputs = Inputs { folder: folder.path().to_owned(), ..Inputs::default() };
        let config = load(&inputs).unwrap_or_else(|problems| panic!("{problems}"));
        own(&config).into_iter().map(|finding| (finding.grade, finding.text)).collect()
    }

    #[test]
    fn check_tells_what_a_business_words_and_in_which_alphabet_it_is_sent() {
        let texts =
            "[businesses.clinic.texts.en]\nsms-confirmed = \"{{ business }}: see you {{ when }}\"\ngoodbye = \"Bye\"\n";
        let told = "clinic words its own: goodbye (en), sms-confirmed (en, 1 SMS in GSM-7)".to_owned();
        assert_eq!(found(texts), [(Grade::Ok, told)]);
        assert_eq!(found(""), []);
    }

    #[test]
    fn check_warns_of_what_works_and_could_be_better() {
        let long = "And another thing. ".repeat(30);
        let wide = format!("{{{{ business }}}}, {{{{ when }}}}: {}", "see you, it’s done. ".repeat(3));
        let texts = format!("[businesses.clinic.texts.en]\ngoodbye = \"{long}\"\nsms-confirmed = \"{wide}\"\n");
        let found = found(&texts);
        let warned: Vec<_> = found.iter().filter(|(grade, _)| *grade == Grade::Warn).map(|(_, text)| text).collect();
        assert_eq!(warned.len(), 2, "{found:?}");
        assert!(warned[0].starts_with("businesses.clinic.texts.en.goodbye: takes some 38 seconds to say"), "{found:?}");
        assert!(warned[1].contains("is sent as UCS-2 because of '’'"), "{found:?}");
    }

    #[test]
    fn check_warns_by_key_of_what_a_text_leaves_out() {
        let found = found("[businesses.clinic.texts.en]\nsms-confirmed = \"Harbour Clinic: see you.\"\n");
        let warned =
            "businesses.clinic.texts.en.sms-confirmed: leaves out {{ when }}, which the usual text has: say it as well";
        assert!(found.contains(&(Grade::Warn, warned.to_owned())), "{found:?}");
    }
}
