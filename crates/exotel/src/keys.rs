//! Keys, as Gather hands them over: in double quotes.

/// What was pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    /// Without the quotes; empty when there was nothing.
    pub(crate) raw: String,
    /// The keys; `None` when there were none, or something that is no key.
    pub(crate) digits: Option<String>,
}

/// Reads the parameter `digits`. That it is missing and that nothing is in it are the same.
pub(crate) fn read(text: Option<&str>) -> Keys {
    let blank = |c: char| c.is_ascii_whitespace();
    let quotes = ['"', '\'', '\u{201c}', '\u{201d}'];
    let raw = text.unwrap_or_default().trim_matches(blank).trim_matches(quotes).trim_matches(blank).to_owned();
    let valid = (1..=32).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_digit() || b == b'*' || b == b'#');
    Keys { digits: valid.then(|| raw.clone()), raw }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_freed_of_their_quotes() {
        for (text, digits) in [
            ("\"1\"", "1"),
            ("1", "1"),
            (" \" 302012 \" ", "302012"),
            ("'*'", "*"),
            ("\u{201c}0#\u{201d}", "0#"),
            ("\"\"9\"\"", "9"),
        ] {
            assert_eq!(read(Some(text)), Keys { raw: digits.to_owned(), digits: Some(digits.to_owned()) }, "{text}");
        }
    }

    #[test]
    fn nothing_is_nothing_however_it_is_told() {
        for text in [None, Some(""), Some("\"\""), Some("  "), Some("\" \"")] {
            assert_eq!(read(text), Keys { raw: String::new(), digits: None }, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_key_is_kept_as_it_came_and_counts_for_none() {
        let long = "1".repeat(33);
        for text in ["A", "1 2", "1\"2", "१", "-1", long.as_str()] {
            assert_eq!(read(Some(text)), Keys { raw: text.to_owned(), digits: None }, "{text}");
        }
    }
}
