//! iCalendar objects line by line: what we know is changed, every other line stays as it is.
//! <https://www.rfc-editor.org/rfc/rfc5545#section-3.1>

/// The longest line in octets, its end not counted.
const LONGEST: usize = 75;
/// No component lies deeper.
const DEEPEST: usize = 8;

/// A line without its folds: `NAME;PARAMETER=VALUE:value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line(String);

impl Line {
    /// A line of ours; `value` must be written as its kind wants it. It cannot become two lines.
    pub(crate) fn new(name: &str, value: &str) -> Self {
        Self(format!("{name}:{}", value.replace(['\r', '\n'], " ")))
    }

    /// What stands before the first parameter and the value.
    pub(crate) fn name(&self) -> &str {
        self.0.split([';', ':']).next().unwrap_or_default()
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// The value, still escaped.
    pub(crate) fn value(&self) -> &str {
        self.0.get(self.colon() + 1..).unwrap_or_default()
    }

    /// A parameter's value, without the quotes around it.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let mut rest = self.0.get(self.name().len()..self.colon())?;
        while let Some(parameter) = rest.strip_prefix(';') {
            let end = unquoted(parameter, ';').unwrap_or(parameter.len());
            if let Some((key, value)) = parameter[..end].split_once('=')
                && key.eq_ignore_ascii_case(name)
            {
                return Some(value.trim_matches('"'));
            }
            rest = &parameter[end..];
        }
        None
    }

    /// Where the value begins; the end of the line where it has none.
    fn colon(&self) -> usize {
        unquoted(&self.0, ':').unwrap_or(self.0.len())
    }
}

/// The first place of such a character outside of double quotes.
fn unquoted(text: &str, wanted: char) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (!quoted && c == wanted).then_some(at)
    })
}

/// What lies in a component, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Line(Line),
    Component(Component),
}

/// What stands between `BEGIN` and `END`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Component {
    name: String,
    pub(crate) parts: Vec<Part>,
}

impl Component {
    /// Reads one calendar object; `None` where the text is none.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let mut open: Vec<Self> = Vec::new();
        let mut whole = None;
        for line in unfolded(text)? {
            let line = Line(line);
            if whole.is_some() {
                return None;
            } else if line.is("BEGIN") {
                open.push(Self { name: line.value().trim().to_ascii_uppercase(), parts: Vec::new() });
                if open.len() > DEEPEST {
                    return None;
                }
            } else if line.is("END") {
                let done = open.pop().filter(|done| line.value().trim().eq_ignore_ascii_case(&done.name))?;
                match open.last_mut() {
                    Some(outer) => outer.parts.push(Part::Component(done)),
                    None => whole = Some(done),
                }
            } else {
                open.last_mut()?.parts.push(Part::Line(line));
            }
        }
        whole.filter(|whole: &Self| whole.name == "VCALENDAR")
    }

    /// The text, folded and ended as it must be.
    pub(crate) fn write(&self) -> String {
        let mut out = String::new();
        self.write_to(&mut out);
        out
    }

    fn write_to(&self, out: &mut String) {
        fold(&format!("BEGIN:{}", self.name), out);
        for part in &self.parts {
            match part {
                Part::Line(line) => fold(&line.0, out),
                Part::Component(component) => component.write_to(out),
            }
        }
        fold(&format!("END:{}", self.name), out);
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.parts.iter().filter_map(|part| match part {
            Part::Line(line) => Some(line),
            Part::Component(_) => None,
        })
    }

    pub(crate) fn components<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.parts.iter().filter_map(move |part| match part {
            Part::Component(component) if component.name == name => Some(component),
            _ => None,
        })
    }

    /// The first line of that name.
    pub(crate) fn line(&self, name: &str) -> Option<&Line> {
        self.lines().find(|line| line.is(name))
    }

    /// The value of the first line of that name, still escaped.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.line(name).map(Line::value)
    }

    /// The text in the first line of that name.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.value(name).map(unescaped)
    }
}

/// Lines without their folds. A fold may go through a character, so that they are taken out before text is read.
fn unfolded(text: &[u8]) -> Option<Vec<String>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (line, lines.last_mut()) {
            ([b' ' | b'\t', rest @ ..], Some(last)) => last.extend_from_slice(rest),
            ([], _) => {}
            _ => lines.push(line.to_owned()),
        }
    }
    lines.into_iter().map(|line| String::from_utf8(line).ok()).collect()
}

/// Writes a line, folded where it is too long, and never inside a character.
fn fold(line: &str, out: &mut String) {
    let mut room = LONGEST;
    for c in line.chars() {
        if c.len_utf8() > room {
            out.push_str("\r\n ");
            // The blank that marks the rest counts as well.
            room = LONGEST - 1;
        }
        out.push(c);
        room -= c.len_utf8();
    }
    out.push_str("\r\n");
}

/// The text that a value of the kind TEXT stands for.
pub(crate) fn unescaped(value: &str) -> String {
    let mut text = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n' | 'N') => text.push('\n'),
                Some(c) => text.push(c),
                None => text.push('\\'),
            },
            (c, false) => text.push(c),
        }
    }
    text
}

/// A text as a value of the kind TEXT.
pub(crate) fn escaped(text: &str) -> String {
    let mut value = String::new();
    for c in text.chars() {
        match c {
            '\n' => value.push_str("\\n"),
            '\\' | ';' | ',' => value.extend(['\\', c]),
            c if c.is_control() && c != '\t' => {}
            c => value.push(c),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OBJECT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nsummary;ALTREP=\"cid:a;b\";LANGUAGE=de:A\r\n  b\r\n\
                          BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nX-NOTE:c\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn lines_have_names_parameters_and_values() {
        let object = Component::read(OBJECT.as_bytes()).unwrap();
        let event = object.components("VEVENT").next().unwrap();
        let summary = event.line("SUMMARY").unwrap();
        assert_eq!((summary.value(), summary.parameter("altrep")), ("A b", Some("cid:a;b")));
        assert_eq!((summary.parameter("LANGUAGE"), summary.parameter("X")), (Some("de"), None));
        assert_eq!(event.value("X-NOTE"), Some("c"));
        assert_eq!(event.components("VALARM").count(), 1);
    }

    #[test]
    fn what_is_no_calendar_object_is_none() {
        for text in [
            "",
            "<html>",
            "BEGIN:VCALENDAR",
            "BEGIN:VCARD\nEND:VCARD",
            "BEGIN:VCALENDAR\nEND:VEVENT",
            "BEGIN:VCALENDAR\nEND:VCALENDAR\nX:1",
        ] {
            assert_eq!(Component::read(text.as_bytes()), None, "{text}");
        }
        let deep = format!("BEGIN:VCALENDAR\n{}", "BEGIN:X\n".repeat(20));
        assert_eq!(Component::read(deep.as_bytes()), None);
    }

    #[test]
    fn a_fold_inside_a_character_is_taken_out() {
        let mut text = b"BEGIN:VCALENDAR\nX:\xc3\r\n \xa9\nEND:VCALENDAR".to_vec();
        assert_eq!(Component::read(&text).unwrap().value("X"), Some("\u{e9}"));
        text.retain(|byte| *byte != 0xa9);
        assert_eq!(Component::read(&text), None, "and what is no text is not guessed at");
    }

    fn component() -> impl Strategy<Value = Component> {
        let line = "[A-Z-]{1,12}(;[A-Z]{1,5}=\"[^\\p{Cc}\"]{0,9}\"){0,2}:[^\\p{Cc}]{0,120}";
        let line =
            line.prop_filter("no part of a component", |line| !line.starts_with("BEGIN") && !line.starts_with("END"));
        let leaf = proptest::collection::vec(line.prop_map(|line| Part::Line(Line(line))), 0..6);
        let named = |parts| Component { name: "VEVENT".to_owned(), parts };
        leaf.prop_map(named).prop_recursive(3, 24, 4, move |inner| {
            proptest::collection::vec(inner.prop_map(Part::Component), 0..4).prop_map(named)
        })
    }

    proptest! {
        #[test]
        fn nothing_makes_it_stumble(text in any::<Vec<u8>>()) {
            let _ = Component::read(&text);
        }

        #[test]
        fn what_is_read_is_written_as_it_was(inner in component()) {
            let whole = Component { name: "VCALENDAR".to_owned(), parts: vec![Part::Component(inner)] };
            let text = whole.write();
            prop_assert!(text.split("\r\n").all(|line| line.len() <= LONGEST && !line.contains(['\r', '\n'])));
            prop_assert_eq!(Component::read(text.as_bytes()), Some(whole));
        }

        #[test]
        fn what_is_escaped_is_one_line_and_read_back(text in "[^\\p{Cc}]*(\n[^\\p{Cc}]*){0,3}") {
            let value = escaped(&text);
            prop_assert!(!value.contains('\n'));
            prop_assert_eq!(unescaped(&value), text);
        }
    }
}
