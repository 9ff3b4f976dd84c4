//! What stands in the description of an event: our words, and below them what the desk has added.
//!
//! Google keeps one text for both, as HTML, and its editor writes it anew. With the event lie marks of the lines that are
//! ours, so that everything else stays when ours change. A mark is a piece of a hash: a note of the event holds 1,024
//! characters (<https://developers.google.com/workspace/calendar/api/guides/extended-properties>), and is no place for
//! words about people.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// The longest description, in characters; the vendor's own limit is larger or unwritten.
const LONGEST: usize = 8_000;
/// More lines of ours are not marked: everything counts as ours then.
const MOST_LINES: usize = 100;
/// How many characters a mark has.
const MARK: usize = 10;
/// How marks begin: a note that is empty may not be kept.
const MARKS: &str = "1:";
/// Tags that end a line, as Google's editor writes them.
const BREAKS: [&str; 3] = ["br", "p", "div"];

/// A description as Google has it. It speaks of people, and is not shown in logs.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Html(String);

impl std::fmt::Debug for Html {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(a description)")
    }
}

/// What is to be written.
pub(crate) struct Said {
    /// The description, as HTML.
    pub(crate) html: String,
    /// The marks of what is ours in it; none where there would be too many.
    pub(crate) marks: Option<String>,
}

impl Said {
    /// These words of ours over what is there, of which these marks say what is ours. Without marks all of it is.
    pub(crate) fn over(ours: &str, there: &Html, marks: Option<&str>) -> Self {
        let ours: String = ours.chars().take(LONGEST).collect();
        let known: Vec<String> = ours.lines().filter(|line| !words(line).is_empty()).map(mark).collect();
        let marks = marks.and_then(|marks| marks.strip_prefix(MARKS));
        let old: Option<BTreeSet<&[u8]>> = marks.map(|marks| marks.as_bytes().chunks(MARK).collect());
        let is_ours = |line: &&str| old.as_ref().is_none_or(|old| old.contains(mark(&plain(line)).as_bytes()));
        let added = lines(&there.0).into_iter().filter(|line| !words(&plain(line)).is_empty() && !is_ours(line));
        let (mut html, mut kept, mut theirs) = (escaped(&ours), Vec::new(), BTreeSet::new());
        for line in added {
            let mark = mark(&plain(line));
            // What we say now anyway is not said twice.
            if !known.contains(&mark) {
                kept.push(line.trim());
            }
            theirs.insert(mark);
        }
        if !kept.is_empty() {
            let gap = if html.is_empty() { "" } else { "\n\n" };
            html = format!("{html}{gap}{}", kept.join("\n"));
        }
        // What we happen to say as well stays theirs: it does not go when we say something else.
        let marks: Vec<_> = known.iter().filter(|mark| !theirs.contains(*mark)).map(String::as_str).collect();
        Self { html, marks: (marks.len() <= MOST_LINES).then(|| format!("{MARKS}{}", marks.concat())) }
    }
}

/// The lines of a text in HTML, each with the tags in it.
fn lines(html: &str) -> Vec<&str> {
    let (mut lines, mut from, mut at) = (Vec::new(), 0, 0);
    while let Some(found) = html[at..].find(['\n', '<']) {
        let begin = at + found;
        let end = if html[begin..].starts_with('\n') { begin + 1 } else { tag_end(html, begin) };
        let name = html[begin..end].trim_start_matches(['<', '/']);
        let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if html[begin..].starts_with('\n') || BREAKS.iter().any(|tag| tag.eq_ignore_ascii_case(name)) {
            lines.push(&html[from..begin]);
            from = end;
        }
        at = end;
    }
    lines.push(&html[from..]);
    lines
}

/// Where the tag that begins there is over; a sign that begins none is one character.
fn tag_end(html: &str, begin: usize) -> usize {
    let tag = html[begin + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
    html[begin..].find('>').filter(|_| tag).map_or(begin + 1, |end| begin + end + 1)
}

/// What a line of HTML says.
fn plain(line: &str) -> String {
    let (mut text, mut rest) = (String::with_capacity(line.len()), line);
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        if rest[at..].starts_with('<') {
            let end = tag_end(rest, at);
            if end == at + 1 {
                text.push('<');
            }
            rest = &rest[end..];
            continue;
        }
        let name = rest[at + 1..].split_once(';').map(|(name, _)| name).filter(|name| name.len() <= 8);
        match name.and_then(|name| Some((name, entity(name)?))) {
            Some((name, sign)) => {
                text.push(sign);
                rest = &rest[at + name.len() + 2..];
            }
            None => {
                text.push('&');
                rest = &rest[at + 1..];
            }
        }
    }
    text + rest
}

/// The sign that an entity stands for.
fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = name.strip_prefix('#')?;
            let hex = number.strip_prefix(['x', 'X']).map(|hex| u32::from_str_radix(hex, 16));
            char::from_u32(hex.unwrap_or_else(|| number.parse()).ok()?)
        }
    }
}

/// The words of a line, however they are spaced.
fn words(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// By which a line of ours is known again.
fn mark(text: &str) -> String {
    hex::encode(&Sha256::digest(words(text))[..MARK / 2])
}

/// A description is HTML there.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn over(ours: &str, there: &str, marks: &Option<String>) -> Said {
        Said::over(ours, &Html(there.to_owned()), marks.as_deref())
    }

    #[test]
    fn what_the_desk_added_stays_as_the_editor_has_made_it() {
        let first = over("Not confirmed yet\nCheck-up & <x-ray>", "", &None);
        // The editor has written all of it anew.
        let edited = "<p>Not confirmed&nbsp;yet<br>Check-up &amp; &lt;x-ray&gt;</p><ul><li>brings <b>x-rays</b></li></ul>\
                      <BR/>calls&#39; back";
        let next = over("Confirmed\nCheck-up & <x-ray>", edited, &first.marks);
        let below = "<ul><li>brings <b>x-rays</b></li></ul>\ncalls&#39; back";
        assert_eq!(next.html, format!("Confirmed\nCheck-up &amp; &lt;x-ray&gt;\n\n{below}"));
        assert_eq!(over("", &next.html, &next.marks).html, below);
    }

    #[test]
    fn a_line_of_ours_that_the_desk_went_on_with_is_theirs() {
        let first = over("Not confirmed yet", "", &None);
        let next = over("Confirmed", "Not confirmed yet, ring again", &first.marks);
        assert_eq!(next.html, "Confirmed\n\nNot confirmed yet, ring again");
    }

    #[test]
    fn a_sign_that_begins_no_tag_is_read_as_it_stands() {
        let first = over("1 < 2\n3 > 2", "", &None);
        assert_eq!(over("Confirmed", "1 < 2\n3 > 2\nsize < 5", &first.marks).html, "Confirmed\n\nsize < 5");
    }

    #[test]
    fn without_marks_all_of_it_was_ours() {
        let there = Html("Not confirmed yet".to_owned());
        assert_eq!(Said::over("Confirmed", &there, None).html, "Confirmed");
    }

    #[test]
    fn marks_fit_into_a_note_of_the_event() {
        let many: String = (0..MOST_LINES).map(|n| format!("{n}\n")).collect();
        let said = over(&many, "", &None);
        assert!(said.marks.unwrap().len() <= 1_024);
        assert_eq!(over(&format!("{many}more"), "", &None).marks, None);
    }

    proptest! {
        #[test]
        fn whatever_we_say_over_it_the_note_of_the_desk_stays_once(
            note in "[a-zA-Z,; ]{0,30}x",
            said in proptest::collection::vec("[^\\p{Cc}]{0,20}(\n[^\\p{Cc}]{0,20})?", 1..5),
            alike in proptest::collection::vec(any::<bool>(), 5),
        ) {
            let first = over("Not confirmed yet", "", &None);
            let (mut html, mut marks) = (format!("{}\n{note}", first.html), first.marks);
            for (said, alike) in said.into_iter().zip(alike) {
                let said = if alike { format!("{said}\n{note}") } else { said };
                let next = over(&said, &html, &marks);
                let there = lines(&next.html).iter().filter(|line| words(&plain(line)) == words(&note)).count();
                let times = said.lines().filter(|line| words(line) == words(&note)).count();
                prop_assert_eq!(there, times.max(1), "{}", next.html);
                (html, marks) = (next.html, next.marks);
            }
        }

        #[test]
        fn any_html_is_taken(html in "(<|>|&|;|#|x|br|p|/|é|\n|[a-z ]){0,40}") {
            let said = over("Confirmed", &html, &Some(MARKS.to_owned()));
            prop_assert!(said.html.starts_with("Confirmed"));
        }
    }
}
