//! Reading Fluent: what a source defines, uses and gets wrong, by line.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fluent_bundle::FluentResource;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Message, Pattern, PatternElement};
use fluent_syntax::parser::{ErrorKind, ParserError};

use super::TextError;
use crate::speech::{KNOWN_VARIABLES, Language};

/// Parses a source; what is wrong with it is told beside what could be read.
pub(super) fn parse(language: Language, source: &str) -> (FluentResource, Vec<TextError>) {
    let (resource, syntax) = match FluentResource::try_new(source.to_owned()) {
        Ok(resource) => (resource, Vec::new()),
        Err((resource, errors)) => (resource, errors),
    };
    let mut errors: Vec<_> = syntax
        .iter()
        .map(|error| TextError {
            language,
            line: line_of_syntax_error(source, error),
            message: uncapitalised(&error.kind.to_string()),
            remedy: syntax_remedy(&error.kind).to_owned(),
        })
        .collect();
    let mut seen = BTreeMap::new();
    for message in messages(&resource) {
        let id = message.id.name;
        let nth = *seen.entry(id).and_modify(|nth| *nth += 1).or_insert(0);
        let line = line_of_definition(source, id, nth);
        let mut mistake = |message, remedy| {
            errors.push(TextError { language, line, message, remedy });
        };
        if nth > 0 {
            let message = format!("the text {id} is here a second time");
            mistake(message, "keep one of them".to_owned());
        }
        let uses = uses(message);
        for name in &uses.variables {
            if !KNOWN_VARIABLES.contains(name) {
                let remedy = format!("use one of {}", KNOWN_VARIABLES.join(", "));
                mistake(format!("unknown variable ${name}"), remedy);
            }
        }
        for name in &uses.unsupported {
            let remedy = "write the words themselves, or a variable".to_owned();
            mistake(format!("{name} cannot be used here"), remedy);
        }
    }
    (resource, errors)
}

/// Whether a source has the text `id`.
pub(super) fn defines(resource: &FluentResource, id: &str) -> bool {
    messages(resource).any(|message| message.id.name == id)
}

/// References of a source's texts that lead nowhere, or back to where they started.
pub(super) fn unresolved(
    language: Language,
    resource: &FluentResource,
    sources: &[Arc<FluentResource>],
) -> Vec<TextError> {
    let defined = definitions(sources);
    let terms: BTreeSet<_> = sources.iter().flat_map(|source| terms(source)).collect();
    let mut errors = Vec::new();
    for message in messages(resource) {
        let id = message.id.name;
        let mut mistake = |message, remedy: &str| {
            errors.push(TextError {
                language,
                line: line_of_definition(resource.source(), id, 0),
                message,
                remedy: remedy.to_owned(),
            });
        };
        let reached = reach(id, &defined);
        if reached.contains(id) {
            let message = format!("the text {id} refers to itself");
            mistake(message, "write the words themselves");
        }
        for missing in reached.iter().filter(|text| !defined.contains_key(*text)) {
            let message = format!("the text {missing} does not exist");
            mistake(message, "correct its name, or add it");
        }
        for missing in uses(message).terms.difference(&terms) {
            let message = format!("the term -{missing} does not exist");
            mistake(message, "correct its name, or add it");
        }
    }
    errors
}

/// The variables of every text, those of the texts it refers to included.
pub(super) fn variables(sources: &[Arc<FluentResource>]) -> BTreeMap<String, BTreeSet<String>> {
    let defined = definitions(sources);
    defined
        .keys()
        .map(|id| {
            let mut variables = BTreeSet::new();
            for text in reach(id, &defined).iter().chain([id]) {
                if let Some(message) = defined.get(text) {
                    variables.extend(uses(message).variables.into_iter().map(str::to_owned));
                }
            }
            ((*id).to_owned(), variables)
        })
        .collect()
}

type Definitions<'s> = BTreeMap<&'s str, &'s Message<&'s str>>;

/// The texts that are in force, later sources before earlier ones.
fn definitions(sources: &[Arc<FluentResource>]) -> Definitions<'_> {
    sources.iter().flat_map(|source| messages(source)).map(|message| (message.id.name, message)).collect()
}

/// Every text that `id` refers to, directly or through others; `id` itself only in a circle.
fn reach<'s>(id: &'s str, defined: &Definitions<'s>) -> BTreeSet<&'s str> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![id];
    while let Some(message) = waiting.pop().map(|id| defined.get(id)) {
        for text in message.map(|message| uses(message).texts).unwrap_or_default() {
            if reached.insert(text) {
                waiting.push(text);
            }
        }
    }
    reached
}

/// What a text needs from outside.
#[derive(Default)]
struct Uses<'s> {
    variables: BTreeSet<&'s str>,
    texts: BTreeSet<&'s str>,
    terms: BTreeSet<&'s str>,
    /// Constructs that would leave braces in what is said.
    unsupported: BTreeSet<String>,
}

fn uses<'s>(message: &Message<&'s str>) -> Uses<'s> {
    let mut uses = Uses::default();
    match &message.value {
        Some(value) => uses.pattern(value),
        None => {
            uses.unsupported.insert("a text without words".to_owned());
        }
    }
    uses
}

impl<'s> Uses<'s> {
    fn pattern(&mut self, pattern: &Pattern<&'s str>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.expression(expression);
            }
        }
    }

    fn expression(&mut self, expression: &Expression<&'s str>) {
        match expression {
            Expression::Inline(inline) => self.inline(inline),
            Expression::Select { selector, variants } => {
                self.inline(selector);
                for variant in variants {
                    self.pattern(&variant.value);
                }
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&'s str>) {
        match inline {
            InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
            InlineExpression::VariableReference { id } => {
                self.variables.insert(id.name);
            }
            InlineExpression::MessageReference { id, attribute: None } => {
                self.texts.insert(id.name);
            }
            // Terms take their variables from the reference, never from outside.
            InlineExpression::TermReference { id, attribute: None, .. } => {
                self.terms.insert(id.name);
            }
            InlineExpression::MessageReference { id, .. } | InlineExpression::TermReference { id, .. } => {
                self.unsupported.insert(format!("an attribute of {}", id.name));
            }
            InlineExpression::FunctionReference { id, .. } => {
                self.unsupported.insert(format!("the function {}", id.name));
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
        }
    }
}

fn messages(resource: &FluentResource) -> impl Iterator<Item = &Message<&str>> {
    resource.entries().filter_map(|entry| match entry {
        Entry::Message(message) => Some(message),
        _ => None,
    })
}

fn terms(resource: &FluentResource) -> impl Iterator<Item = &str> {
    resource.entries().filter_map(|entry| match entry {
        Entry::Term(term) => Some(term.id.name),
        _ => None,
    })
}

/// The parser often notices a mistake only at the beginning of the next line.
fn line_of_syntax_error(source: &str, error: &ParserError) -> usize {
    let noticed = source.get(..error.pos.start).unwrap_or(source).trim_end();
    let entry = error.slice.as_ref().map_or(0, |slice| slice.start);
    line_at(source, noticed.len().max(entry))
}

fn line_at(source: &str, position: usize) -> usize {
    let before = source.as_bytes().iter().take(position);
    1 + before.filter(|byte| **byte == b'\n').count()
}

/// Line of the `nth` definition of `id`; a definition always begins at the margin.
fn line_of_definition(source: &str, id: &str, nth: usize) -> usize {
    let begins = |line: &str| {
        let rest = line.strip_prefix(id).map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with('='))
    };
    let lines = source.lines().enumerate();
    lines.filter(|(_, line)| begins(line)).nth(nth).map_or(1, |(at, _)| at + 1)
}

fn syntax_remedy(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ExpectedToken('=') => "write it as `id = text`",
        ErrorKind::ExpectedToken('}') | ErrorKind::UnbalancedClosingBrace => {
            "write variables as `{ $name }`, with one brace on each side"
        }
        ErrorKind::ExpectedMessageField { .. } | ErrorKind::ExpectedTermField { .. } | ErrorKind::MissingValue => {
            "write the text after `=`"
        }
        ErrorKind::ExpectedInlineExpression => "write `$` before the name of a variable",
        ErrorKind::ExpectedCharRange { .. } => {
            "begin with an id of letters, digits and `-`, and indent the lines that follow"
        }
        ErrorKind::MissingDefaultVariant | ErrorKind::MultipleDefaultVariants => "mark exactly one variant with `*`",
        ErrorKind::UnterminatedStringLiteral => "close the quotation marks",
        _ => "compare it with the syntax guide at projectfluent.org",
    }
}

fn uncapitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
