//! Where in a file something was written.

use toml::de::{DeTable, DeValue};

/// The line of a key, or of the deepest table on the way to it.
pub(super) fn line_of(source: &str, path: &str) -> Option<usize> {
    let document = DeTable::parse(source).ok()?;
    let mut table = document.get_ref();
    let mut found = None;
    for name in path.split('.') {
        let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == name) else { break };
        found = Some(line_at(source, key.span().start));
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            _ => break,
        }
    }
    found
}

/// The line of line `line` within a text between `"""` or `'''`; nothing for a text of one line.
pub(super) fn line_in_text(source: &str, path: &str, line: usize) -> Option<usize> {
    let document = DeTable::parse(source).ok()?;
    let mut table = document.get_ref();
    let (last, tables) = path.rsplit_once('.').map_or((path, ""), |(tables, last)| (last, tables));
    for name in tables.split('.').filter(|name| !name.is_empty()) {
        let DeValue::Table(inner) = table.get(name)?.get_ref() else { return None };
        table = inner;
    }
    let begin = table.get(last)?.span().start;
    let written = source.get(begin..)?;
    let text = written.strip_prefix("\"\"\"").or_else(|| written.strip_prefix("'''"))?;
    // A line end right behind the quotes is no part of the text.
    let first = usize::from(text.starts_with('\n') || text.starts_with("\r\n"));
    Some(line_at(source, begin) + first + line - 1)
}

/// The line of a place in a source, counted from 1.
pub(super) fn line_at(source: &str, offset: usize) -> usize {
    source.get(..offset).map_or(1, |before| before.matches('\n').count() + 1)
}
