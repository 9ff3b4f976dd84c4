//! Holds a template to the small language: what cannot fail, cannot go on for long, and reaches nothing.

use std::collections::BTreeSet;

use minijinja::Error;
use minijinja::machinery::ast::{BinOpKind, CallArg, CompareOpKind, Expr, Filter, Stmt, UnaryOpKind};
use minijinja::machinery::{Span, parse};
use minijinja::syntax::SyntaxConfig;

use super::{FILTERS, LONGEST_TEMPLATE, TemplateError};
use crate::speech::kind::variables_of;

const TAGS: &str = "a text may hold {{ variables }}, filters and {% if .. %} .. {% else %} .. {% endif %}";

/// What stands in a template, in whichever branch.
pub(super) struct Contents {
    pub(super) words: String,
    pub(super) variables: BTreeSet<&'static str>,
}

/// What stands in the template; or the first thing in it that is not allowed.
pub(super) fn accept(id: &str, source: &str) -> Result<Contents, TemplateError> {
    if source.chars().count() > LONGEST_TEMPLATE {
        let message = format!("it is longer than {LONGEST_TEMPLATE} characters");
        return Err(TemplateError { line: 1, message, remedy: "shorten it".to_owned() });
    }
    let tree = parse(source, id, SyntaxConfig::default()).map_err(|error| refused(source, &error))?;
    let mut walk = Walk { known: variables_of(id), words: String::new(), variables: BTreeSet::new() };
    walk.statement(&tree)?;
    if walk.words.trim().is_empty() && !source.contains("{{") {
        let remedy = "write it, or take it out and the built-in text is used".to_owned();
        return Err(TemplateError { line: 1, message: "it has no words".to_owned(), remedy });
    }
    Ok(Contents { words: walk.words, variables: walk.variables })
}

/// What the parser says, without the name of its file.
pub(super) fn refused(source: &str, error: &Error) -> TemplateError {
    let line = error.line().unwrap_or(1).clamp(1, source.lines().count().max(1));
    let detail = error.detail().unwrap_or("it cannot be read");
    let (message, remedy) = match detail.strip_prefix("unknown statement ") {
        Some(tag) => (format!("the tag {tag} cannot be used here"), TAGS),
        None => (detail.to_owned(), "write variables as `{{ name }}`, conditions as `{% if name %} .. {% endif %}`"),
    };
    TemplateError { line, message, remedy: remedy.to_owned() }
}

type Accepted = Result<(), TemplateError>;

struct Walk {
    known: &'static [&'static str],
    words: String,
    variables: BTreeSet<&'static str>,
}

impl Walk {
    fn statements(&mut self, statements: &[Stmt<'_>]) -> Accepted {
        statements.iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &Stmt<'_>) -> Accepted {
        let (tag, span) = match statement {
            Stmt::Template(template) => return self.statements(&template.children),
            Stmt::EmitRaw(raw) => return self.raw(raw.raw, raw.span()),
            Stmt::EmitExpr(emitted) => return self.expression(&emitted.expr),
            Stmt::IfCond(condition) => {
                self.expression(&condition.expr)?;
                self.words.push('\n');
                self.statements(&condition.true_body)?;
                self.words.push('\n');
                return self.statements(&condition.false_body);
            }
            Stmt::ForLoop(it) => ("for", it.span()),
            Stmt::WithBlock(it) => ("with", it.span()),
            Stmt::Set(it) => ("set", it.span()),
            Stmt::SetBlock(it) => ("set", it.span()),
            Stmt::AutoEscape(it) => ("autoescape", it.span()),
            Stmt::FilterBlock(it) => ("filter", it.span()),
            Stmt::Do(it) => ("do", it.span()),
        };
        Err(at(span, format!("the tag {tag} cannot be used here"), TAGS))
    }

    /// Braces in the words themselves are a variable that was written in another way.
    fn raw(&mut self, raw: &str, span: Span) -> Accepted {
        if let Some((before, _)) = raw.split_once(['{', '}']) {
            let below = before.matches('\n').count();
            let mut mistake =
                at(span, "a single brace stands in the text", "write variables as `{{ name }}`, without $");
            mistake.line += below;
            return Err(mistake);
        }
        self.words.push_str(raw);
        Ok(())
    }

    fn expression(&mut self, expression: &Expr<'_>) -> Accepted {
        match expression {
            Expr::Var(variable) => self.variable(variable.id, variable.span()),
            Expr::Const(constant) => match constant.value.as_str() {
                Some(words) => {
                    self.words.push_str(words);
                    Ok(())
                }
                None => Err(at(constant.span(), "a value that is no text", "write words in quotes")),
            },
            Expr::UnaryOp(unary) if matches!(unary.op, UnaryOpKind::Not) => self.expression(&unary.expr),
            Expr::BinOp(binary) if logical(binary.op) => {
                self.expression(&binary.left)?;
                self.expression(&binary.right)
            }
            Expr::Compare(compare) if compare.ops.iter().all(|op| equality(op.op)) => {
                self.expression(&compare.expr)?;
                compare.ops.iter().try_for_each(|op| self.expression(&op.expr))
            }
            Expr::IfExpr(choice) => {
                self.expression(&choice.test_expr)?;
                self.expression(&choice.true_expr)?;
                match &choice.false_expr {
                    Some(other) => self.expression(other),
                    None => Err(at(choice.span(), "a choice without an else", "say what stands there otherwise")),
                }
            }
            Expr::Filter(filter) => self.filter(filter, filter.span()),
            Expr::Call(call) => Err(at(call.span(), "functions cannot be used here", TAGS)),
            Expr::Test(test) => {
                Err(at(test.span(), "tests cannot be used here", "write `{% if name %}`, or compare with == and !="))
            }
            other => Err(at(
                other.span(),
                "this cannot be worked out in a text",
                "variables may be compared with == and !=, and joined by and, or and not",
            )),
        }
    }

    fn variable(&mut self, name: &str, span: Span) -> Accepted {
        if let Some(known) = self.known.iter().find(|known| **known == name) {
            self.variables.insert(known);
            return Ok(());
        }
        let remedy = match self.known {
            [] => "this text has no variables; write the words themselves".to_owned(),
            known => format!("use one of {}", known.join(", ")),
        };
        Err(at(span, format!("unknown variable {name}"), &remedy))
    }

    fn filter(&mut self, filter: &Filter<'_>, span: Span) -> Accepted {
        let name = filter.name;
        if !FILTERS.iter().any(|(known, _)| *known == name) {
            let known: Vec<_> = FILTERS.iter().map(|(known, _)| *known).collect();
            return Err(at(span, format!("unknown filter {name}"), &format!("use one of {}", known.join(", "))));
        }
        let Some(value) = &filter.expr else {
            return Err(at(span, format!("the filter {name} has no value"), TAGS));
        };
        // Each sign becomes several, and those become several again.
        if name == "spelled" && !matches!(value, Expr::Var(_)) {
            return Err(at(span, "spelled stands behind something else", "put it right behind a variable"));
        }
        self.expression(value)?;
        match (name, filter.args.as_slice()) {
            ("default", [CallArg::Pos(other)]) => self.expression(other),
            ("default", _) => Err(at(span, "default needs other words", "write `default(\"appointment\")`")),
            (_, []) => Ok(()),
            _ => Err(at(span, format!("the filter {name} takes nothing in brackets"), "take them out")),
        }
    }
}

fn logical(op: BinOpKind) -> bool {
    matches!(op, BinOpKind::ScAnd | BinOpKind::ScOr | BinOpKind::Eq | BinOpKind::Ne)
}

fn equality(op: CompareOpKind) -> bool {
    matches!(op, CompareOpKind::Eq | CompareOpKind::Ne)
}

fn at(span: Span, message: impl Into<String>, remedy: &str) -> TemplateError {
    TemplateError { line: usize::from(span.start_line).max(1), message: message.into(), remedy: remedy.to_owned() }
}
