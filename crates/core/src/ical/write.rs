//! Content lines: escaped, folded, and ended as RFC 5545 wants them.

use crate::personal::Email;
use chrono::{DateTime, Utc};

/// The longest line in octets, its end not counted.
const LONGEST: usize = 75;

/// Writes content lines.
#[derive(Default)]
pub(super) struct Writer(String);

impl Writer {
    /// A value of ours, in which there is nothing to escape.
    pub(super) fn plain(&mut self, name: &str, value: &str) {
        self.line(&format!("{name}:{value}"));
    }

    /// A moment, in UTC and to the second.
    pub(super) fn time(&mut self, name: &str, at: DateTime<Utc>) {
        self.plain(name, &at.format("%Y%m%dT%H%M%SZ").to_string());
    }

    /// A text of anybody's.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        let mut line = format!("{name}:");
        for c in clean(text) {
            match c {
                '\n' => line.push_str("\\n"),
                '\\' | ';' | ',' => line.extend(['\\', c]),
                _ => line.push(c),
            }
        }
        self.line(&line);
    }

    /// Somebody's address; an empty name is left out.
    pub(super) fn person(&mut self, name: &str, called: &str, email: &Email) {
        let mut line = name.to_owned();
        let called = quoted(called);
        if !called.is_empty() {
            line.push_str(&format!(";CN=\"{called}\""));
        }
        line.push_str(&format!(":mailto:{}", address(email)));
        self.line(&line);
    }

    /// Ends the object, and gives what was written.
    pub(super) fn end(mut self, component: &str) -> String {
        self.plain("END", component);
        self.0
    }

    /// Writes a line, folded where it is too long, and never inside a character.
    fn line(&mut self, line: &str) {
        let mut room = LONGEST;
        for c in line.chars() {
            if c.len_utf8() > room {
                self.0.push_str("\r\n ");
                // The blank that marks the rest counts as well.
                room = LONGEST - 1;
            }
            self.0.push(c);
            room -= c.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// A text with one kind of line end and no other control character. Whatever any reader may take for the end of a line is
/// one, as it could otherwise begin a property there.
fn clean(text: &str) -> impl Iterator<Item = char> {
    let mut after_return = false;
    text.chars().filter_map(move |c| {
        let pair = std::mem::replace(&mut after_return, c == '\r') && c == '\n';
        match c {
            '\n' if pair => None,
            '\r' | '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\t' => Some(' '),
            c if c.is_control() => None,
            c => Some(c),
        }
    })
}

/// What may stand between double quotes as the value of a parameter. There is no way to write a double quote there that
/// every program reads, so that a single one takes its place; `^` begins an escape (RFC 6868) and is doubled.
fn quoted(text: &str) -> String {
    let mut value = String::new();
    for c in clean(text.trim()) {
        match c {
            '"' => value.push('\''),
            '\n' => value.push(' '),
            '^' => value.push_str("^^"),
            _ => value.push(c),
        }
    }
    value
}

/// An address as a `mailto` link holds it (RFC 6068).
fn address(email: &Email) -> String {
    let mut address = String::new();
    for byte in email.reveal().bytes() {
        if byte.is_ascii_alphanumeric() || b"!$'*+-._~@".contains(&byte) {
            address.push(char::from(byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    address
}
