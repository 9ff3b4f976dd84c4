//! Texts that a business writes itself: templates of a small language, compiled once, rendered within bounds.
//!
//! The language is what is left of minijinja's when everything is taken out that could fail or go on for long: words,
//! variables, a few filters and conditions. [`accept`] holds every template to it before it is compiled, so that rendering
//! one can only end early by its fuel, and a value is never read as syntax.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use minijinja::{Environment, UndefinedBehavior, Value};

use super::kind::{TextKind, variables_of};
use super::{Language, spoken_digits};

mod accept;

use accept::Contents;

/// The filters of templates, each with what it does.
pub const FILTERS: [(&str, &str); 4] = [
    ("default", "other words where there is no value: `{{ service | default(\"appointment\") }}`"),
    ("first_word", "the first word alone: `{{ name | first_word }}`"),
    ("spelled", "sign by sign, for the telephone: `{{ phone | spelled }}`"),
    ("upper", "in capitals: `{{ business | upper }}`"),
];

/// The longest template, in characters; no text is nearly as long.
pub const LONGEST_TEMPLATE: usize = 4_000;

/// What one rendering may use up: an instruction costs one, 64 bytes of data another. Many times what the longest template
/// needs with values of usual length, and done within milliseconds.
const FUEL: u64 = 100_000;

/// The templates of one business.
#[derive(Default)]
pub struct Templates {
    environments: BTreeMap<Language, Environment<'static>>,
    kept: BTreeMap<(Language, String), Kept>,
}

struct Kept {
    /// What stands in it, whatever is chosen.
    contents: Contents,
    /// How often it could not be rendered.
    failed: AtomicU64,
}

impl Templates {
    /// Compiles the template of one text; a second one for the same text replaces the first.
    ///
    /// # Errors
    /// The first mistake by its place: syntax, a variable that nobody fills in here, a filter or tag that does not exist.
    pub fn add(&mut self, language: Language, id: &str, source: &str) -> Result<(), TemplateError> {
        let contents = accept::accept(id, source)?;
        let environment = self.environments.entry(language).or_insert_with(|| environment(language));
        environment
            .add_template_owned(id.to_owned(), source.to_owned())
            .map_err(|error| accept::refused(source, &error))?;
        self.kept.insert((language, id.to_owned()), Kept { contents, failed: AtomicU64::new(0) });
        Ok(())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whether this text is written by the business.
    pub(super) fn has(&self, language: Language, id: &str) -> bool {
        self.environments.get(&language).is_some_and(|environment| environment.get_template(id).is_ok())
    }

    /// Languages and ids, with every word that stands in the template.
    pub(super) fn words(&self) -> impl Iterator<Item = (Language, &str, &str)> {
        self.kept.iter().map(|((language, id), kept)| (*language, id.as_str(), kept.contents.words.as_str()))
    }

    /// Whether this variable stands in a text of the business.
    pub(super) fn has_variable(&self, language: Language, id: &str, name: &str) -> bool {
        self.kept.get(&(language, id.to_owned())).is_some_and(|kept| kept.contents.variables.contains(name))
    }

    /// How often each template could not be rendered, where that happened.
    pub(super) fn failed(&self) -> impl Iterator<Item = (Language, &str, u64)> {
        let counted = self
            .kept
            .iter()
            .map(|((language, id), kept)| (*language, id.as_str(), kept.failed.load(Ordering::Relaxed)));
        counted.filter(|(_, _, failed)| *failed > 0)
    }

    /// The text; nothing where the business has none. One that has no words in the end is counted as one that failed:
    /// somebody waits for them.
    pub(super) fn say(&self, language: Language, id: &str, vars: &[(&str, &str)]) -> Option<String> {
        let text = self.say_quietly(language, id, vars);
        if text.is_none()
            && let Some(kept) = self.kept.get(&(language, id.to_owned()))
        {
            kept.failed.fetch_add(1, Ordering::Relaxed);
        }
        text
    }

    /// The same without counting.
    pub(super) fn say_quietly(&self, language: Language, id: &str, vars: &[(&str, &str)]) -> Option<String> {
        let template = self.environments.get(&language)?.get_template(id).ok()?;
        let value = |name: &str| vars.iter().find(|(given, _)| *given == name).map_or("", |(_, value)| *value);
        let given = variables_of(id).iter().map(|name| (*name, inert(value(name))));
        let text = template.render(Value::from_pairs(given)).ok().map(|text| tidy(&text, TextKind::of(id)));
        text.filter(|text| !text.is_empty())
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.kept.keys()).finish()
    }
}

/// Without what comes along elsewhere: no functions, no tests, no way to another template. Nothing is escaped here: each
/// exit escapes what it is given, templates or not.
fn environment(language: Language) -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_debug(false);
    environment.add_filter("default", |value: Value, other: Value| if value.is_true() { value } else { other });
    environment.add_filter("upper", |value: Value| value.to_string().to_uppercase());
    environment.add_filter("first_word", |value: Value| {
        value.to_string().split_whitespace().next().unwrap_or_default().to_owned()
    });
    environment.add_filter("spelled", move |value: Value| spoken_digits(&value.to_string(), language));
    environment
}

/// A value that is one line and turns nothing round, whatever was given as a name.
fn inert(value: &str) -> String {
    let line = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    value.chars().filter(|c| !turns(*c)).map(|c| if line(c) { ' ' } else { c }).collect()
}

/// Takes out the white space that conditions leave behind.
fn tidy(text: &str, kind: TextKind) -> String {
    if !kind.has_lines() {
        return text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let mut tidy = String::with_capacity(text.len());
    let mut blank = 0;
    for line in text.trim().lines() {
        let line = line.trim_end();
        blank = if line.is_empty() { blank + 1 } else { 0 };
        if blank < 2 {
            tidy.push_str(line);
            tidy.push('\n');
        }
    }
    tidy.truncate(tidy.trim_end().len());
    tidy
}

/// A mistake in a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}; {remedy}")]
pub struct TemplateError {
    /// Line in the template, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

#[cfg(test)]
mod tests;
