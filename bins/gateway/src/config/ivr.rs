//! The IVRs that carriers run: their questions, what keys mean, and where a call has said everything.

use super::{sections, settings::Checker};
use frontdesk_core::ivr::{Label, Pattern, Tree};
use std::{collections::BTreeMap, sync::Arc};

/// The IVR that is known when none is configured, and meant where a webhook names none.
const USUAL: &str = "ivr";
/// Its questions, and where it ends: users of the capture know it under these names.
const BUILT_IN: &str = include_str!("../../../../fixtures/ivr/ivr.toml");

/// The trees, the one that is meant where none is named first.
pub(super) fn trees(checker: &mut Checker<'_>, sections: &BTreeMap<String, sections::Ivr>) -> Vec<Arc<Tree>> {
    let usual: BTreeMap<String, sections::Ivr> = match toml::from_str(BUILT_IN) {
        Ok(section) if sections.is_empty() => BTreeMap::from([(USUAL.to_owned(), section)]),
        Ok(_) => BTreeMap::new(),
        Err(error) => {
            checker.problem("ivr", format!("the built-in IVR cannot be read: {error}"));
            BTreeMap::new()
        }
    };
    let all = sections.iter().chain(&usual);
    let mut trees: Vec<_> = all.map(|(name, section)| Arc::new(tree(checker, name, section))).collect();
    trees.sort_by_key(|tree| tree.name != USUAL);
    trees
}

fn tree(checker: &mut Checker<'_>, name: &str, section: &sections::Ivr) -> Tree {
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        checker.problem(&format!("ivr.{name}"), "is no name; use letters, digits, - and _");
    }
    let mut complete = Vec::new();
    for text in &section.complete {
        complete.extend(checker.keep(&format!("ivr.{name}.complete"), Pattern::parse(text)));
    }
    let mut labels = Vec::new();
    for (text, meaning) in &section.labels {
        let pattern = checker.keep(&format!("ivr.{name}.labels"), Pattern::parse(text));
        labels.extend(pattern.map(|pattern| Label { pattern, text: meaning.clone() }));
    }
    Tree {
        name: name.to_owned(),
        version: section.version.unwrap_or(1),
        business: section.business.clone(),
        steps: section.steps.clone(),
        labels,
        complete,
        open: section.open.iter().cloned().collect(),
        secret: section.secret.iter().cloned().collect(),
    }
}
