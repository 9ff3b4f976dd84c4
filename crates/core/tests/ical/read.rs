//! Reads content lines by the letter of RFC 5545, and takes nothing that it forbids.

/// A content line, unfolded.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) value: String,
}

/// The lines of an object (section 3.1).
pub(crate) fn lines(object: &str) -> Vec<Line> {
    let object = object.strip_suffix("\r\n").expect("the last line is ended as well");
    for line in object.split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line:?}", line.len());
        assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
    }
    let lines: Vec<_> = object.replace("\r\n ", "").split("\r\n").map(line).collect();
    assert_eq!((lines[0].name.as_str(), lines[0].value.as_str()), ("BEGIN", "VCALENDAR"));
    let last = lines.last().unwrap();
    assert_eq!((last.name.as_str(), last.value.as_str()), ("END", "VCALENDAR"));
    lines
}

fn line(text: &str) -> Line {
    let end = text.find([';', ':']).unwrap_or_else(|| panic!("{text:?} has no value"));
    let (name, mut rest) = text.split_at(end);
    assert!(!name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'-'), "{text:?}");
    let mut parameters = Vec::new();
    while let Some(parameter) = rest.strip_prefix(';') {
        let (name, after) = parameter.split_once('=').expect("a parameter has a value");
        let value = match after.strip_prefix('"') {
            Some(quoted) => &quoted[..quoted.find('"').expect("a quote ends")],
            None => &after[..after.find([';', ':', ',']).expect("a parameter ends")],
        };
        rest = &after[value.len() + if after.starts_with('"') { 2 } else { 0 }..];
        assert!(rest.starts_with([';', ':']), "{text:?}");
        parameters.push((name.to_owned(), value.to_owned()));
    }
    let value = rest.strip_prefix(':').expect("a line has a value").to_owned();
    Line { name: name.to_owned(), parameters, value }
}

/// The text that a value stands for (section 3.3.11).
pub(crate) fn unescape(value: &str) -> String {
    let mut text = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => text.push('\n'),
                Some(c @ ('\\' | ';' | ',')) => text.push(c),
                other => panic!("no escape: {other:?}"),
            },
            ';' | ',' => panic!("not escaped in {value:?}"),
            c => text.push(c),
        }
    }
    text
}
