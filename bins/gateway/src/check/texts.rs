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
        let advice = texts.lint_own().into_iter().filter(|problem| problem.kind.is_advice());
        findings.extend(advice.map(|problem| finding(Grade::Warn, "texts", format!("{id}: {problem}"))));
    }
    findings
}
