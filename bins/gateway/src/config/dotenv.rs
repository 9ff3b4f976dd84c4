//! Reads `.env` files: `NAME=value` lines, as the seeds write them.

/// A line of a `.env` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) value: String,
    /// Counted from 1.
    pub(super) line: usize,
}

/// Reads the lines; one that is no assignment comes back as its number.
///
/// Values may stand in single or double quotes. Without quotes a `#` after white space begins a comment. Nothing is
/// substituted: a `$` in a password stays one.
pub(super) fn parse(source: &str) -> (Vec<Entry>, Vec<usize>) {
    let mut entries = Vec::new();
    let mut odd = Vec::new();
    for (index, line) in source.trim_start_matches('\u{feff}').lines().enumerate() {
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let text = text.strip_prefix("export ").unwrap_or(text);
        match text.split_once('=') {
            Some((name, value)) if is_name(name.trim()) => {
                entries.push(Entry { name: name.trim().to_owned(), value: unquote(value.trim()), line: index + 1 })
            }
            _ => odd.push(index + 1),
        }
    }
    (entries, odd)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn unquote(value: &str) -> String {
    for quote in ['"', '\''] {
        if let Some((inner, rest)) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote))
            && (rest.trim().is_empty() || rest.trim_start().starts_with('#'))
        {
            return inner.to_owned();
        }
    }
    let comment =
        value.char_indices().find(|(at, c)| *c == '#' && (*at == 0 || value[..*at].ends_with(char::is_whitespace)));
    match comment {
        Some((at, _)) => value[..at].trim_end().to_owned(),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_the_seeds_write_them() {
        let source = "# comment\n\nPLAIN=a b\n  COMMENTED=value  # said so\nQUOTED=\"Hello # there\"\nexport OUT='x'\nHASH=a#b\nEMPTY=\n";
        let (entries, odd) = parse(source);
        let found: Vec<_> =
            entries.iter().map(|entry| (entry.name.as_str(), entry.value.as_str(), entry.line)).collect();
        assert_eq!(
            found,
            [
                ("PLAIN", "a b", 3),
                ("COMMENTED", "value", 4),
                ("QUOTED", "Hello # there", 5),
                ("OUT", "x", 6),
                ("HASH", "a#b", 7),
                ("EMPTY", "", 8)
            ]
        );
        assert!(odd.is_empty());
    }

    #[test]
    fn a_line_that_assigns_nothing_is_named() {
        assert_eq!(parse("A=1\nnonsense\n1B=2\n").1, [2, 3]);
    }
}
