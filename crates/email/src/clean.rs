//! Texts of people, made fit for mail. What is in them stays readable, and ends up in no header and no markup of its own.

/// The longest name in front of an address, in characters.
const LONGEST_NAME: usize = 78;
/// The longest subject, in characters.
const LONGEST_SUBJECT: usize = 200;

/// A name in front of an address; empty when nothing of it can stand there.
pub(crate) fn name(text: &str) -> String {
    line(text, LONGEST_NAME)
}

/// A subject; empty when nothing of it can stand there.
pub(crate) fn subject(text: &str) -> String {
    line(text, LONGEST_SUBJECT)
}

/// One line without control characters, and without those that turn the direction of what follows. What would be read as
/// a word in another encoding (RFC 2047) is told apart by a space: some of them stand for line ends.
fn line(text: &str, longest: usize) -> String {
    let plain: String = text.chars().map(|c| if ends_line(c) || c.is_control() { ' ' } else { c }).collect();
    let mut line = String::new();
    for word in plain.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|c| !turns(*c)));
    }
    let line = line.trim_end().replace("=?", "= ?");
    if line.chars().count() <= longest {
        return line;
    }
    let short: String = line.chars().take(longest - 1).collect();
    format!("{}…", short.trim_end())
}

/// Lines that end with `\n`, without any other control character.
pub(crate) fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let of = |c: char| match c {
        c if ends_line(c) => Some('\n'),
        '\t' => Some(' '),
        c if c.is_control() => None,
        c => Some(c),
    };
    text.chars().filter_map(of).collect::<String>().trim_matches('\n').to_owned()
}

fn ends_line(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Marks of direction (Unicode's explicit embeddings, overrides and isolates), by which a name can look like another.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_of_bounded_length() {
        assert_eq!(name(" Harbour\r\nBcc: eve@example.com\u{2028}\t Clinic\0"), "Harbour Bcc: eve@example.com Clinic");
        assert_eq!(name("moc.\u{202e}elpmaxe"), "moc.elpmaxe");
        assert_eq!(subject("=?utf-8?q?=0D=0ABcc:_eve@example.com?="), "= ?utf-8?q?=0D=0ABcc:_eve@example.com?=");
        assert_eq!(name("=\u{202e}?x?q?y?="), "= ?x?q?y?=");
        assert_eq!(name("\r\n\u{7f}\u{202e}"), "");
        let long = name(&"ä b".repeat(60));
        assert!(long.chars().count() <= LONGEST_NAME && long.ends_with('…'), "{long}");
    }

    #[test]
    fn lines_end_in_one_way_only() {
        assert_eq!(lines("\r\na\rb\u{85}c\u{2029}d\u{8}\te\r\n\r\n"), "a\nb\nc\nd e");
    }
}
