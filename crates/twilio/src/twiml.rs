//! Writes TwiML. <https://www.twilio.com/docs/voice/twiml>

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};
use std::borrow::Cow;

/// What spoken words may fill of a document, in bytes; the rest is for verbs and URLs. Twilio takes 64 kB.
/// <https://www.twilio.com/docs/api/errors/11750>
const MAX_SPOKEN: usize = 40 * 1024;
/// One verb speaks no more characters: Polly's voices take 3000. <https://www.twilio.com/docs/api/errors/13521>
const MAX_SAY: usize = 2_900;
/// Nor more bytes once they are written as in a URL; Twilio takes 4500.
const MAX_SAY_ENCODED: usize = 4_400;

/// Most documents are shorter, in bytes.
const USUAL: usize = 1024;

/// A document under construction. Nothing that is written into it can become markup, and what XML does not allow is left
/// out.
pub(crate) struct Document {
    writer: Writer<Vec<u8>>,
    spoken: usize,
}

impl Document {
    pub(crate) fn new() -> Self {
        let mut document = Self { writer: Writer::new(Vec::with_capacity(USUAL)), spoken: 0 };
        document.write(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        document.write(Event::Start(BytesStart::new("Response")));
        document
    }

    pub(crate) fn finish(mut self) -> String {
        self.close("Response");
        let written = String::from_utf8(self.writer.into_inner());
        written.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    pub(crate) fn open(&mut self, name: &'static str, attributes: &[(&'static str, &str)]) {
        self.write(Event::Start(tag(name, attributes)));
    }

    pub(crate) fn close(&mut self, name: &'static str) {
        self.write(Event::End(BytesEnd::new(name)));
    }

    pub(crate) fn empty(&mut self, name: &'static str, attributes: &[(&'static str, &str)]) {
        self.write(Event::Empty(tag(name, attributes)));
    }

    /// An element with nothing but text in it.
    pub(crate) fn leaf(&mut self, name: &'static str, attributes: &[(&'static str, &str)], text: &str) {
        self.open(name, attributes);
        self.write(Event::Text(BytesText::new(&clean(text))));
        self.close(name);
    }

    /// Speaks, in as many verbs as it takes; what would make the document too long is left unsaid.
    pub(crate) fn say(&mut self, attributes: &[(&'static str, &str)], text: &str) {
        for piece in pieces(&clean(text)) {
            self.spoken += escaped(piece) + 128;
            if self.spoken > MAX_SPOKEN {
                return;
            }
            self.leaf("Say", attributes, piece);
        }
    }

    fn write(&mut self, event: Event<'_>) {
        self.writer.write_event(event).expect("a vector takes whatever is written to it");
    }
}

fn tag<'a>(name: &'static str, attributes: &[(&'static str, &str)]) -> BytesStart<'a> {
    let mut tag = BytesStart::new(name);
    for (name, value) in attributes {
        tag.push_attribute((*name, &*clean(value)));
    }
    tag
}

/// Leaves out what XML 1.0 does not allow.
fn clean(text: &str) -> Cow<'_, str> {
    let allowed = |c: &char| *c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}') || matches!(c, '\t' | '\n' | '\r');
    if text.chars().all(|c| allowed(&c)) { text.into() } else { text.chars().filter(allowed).collect() }
}

/// How long a text may become once its markup is escaped.
fn escaped(text: &str) -> usize {
    text.chars().map(|c| if matches!(c, '<' | '>' | '&' | '"' | '\'') { 6 } else { c.len_utf8() }).sum()
}

/// Cuts a text into what one verb can speak: at the end of a sentence if there is one, else between words.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let cut = longest(rest);
        let cut = if cut == rest.len() { cut } else { boundary(&rest[..cut]) };
        pieces.push(rest[..cut].trim());
        rest = rest[cut..].trim_start();
    }
    pieces
}

/// How many bytes of a text one verb can speak, at the edge of a character.
fn longest(text: &str) -> usize {
    let mut encoded = 0;
    for (count, (at, c)) in text.char_indices().enumerate() {
        encoded += if c.is_ascii_alphanumeric() { 1 } else { 3 * c.len_utf8() };
        if count >= MAX_SAY || encoded > MAX_SAY_ENCODED {
            return at;
        }
    }
    text.len()
}

fn boundary(text: &str) -> usize {
    let after = |marks: &[char]| {
        let (at, mark) = text.char_indices().rev().find(|(_, c)| marks.contains(c))?;
        Some(at + mark.len_utf8()).filter(|cut| *cut > text.len() / 2)
    };
    after(&['.', '!', '?', '।']).or_else(|| after(&[' ', '\n', '\t'])).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_where_one_breathes_and_nothing_of_it_is_lost() {
        let sentence = "This is a sentence of the usual length, and one of very many. ";
        let text = sentence.repeat(200);
        let cut = pieces(&text);
        assert!(cut.len() > 1);
        for piece in &cut {
            assert!(piece.chars().count() <= MAX_SAY && piece.ends_with('.'));
        }
        assert_eq!(cut.join(" "), text.trim());
    }

    #[test]
    fn a_text_without_any_gap_is_cut_all_the_same() {
        let text = "आ".repeat(3_000);
        let cut = pieces(&text);
        assert_eq!(cut.concat(), text);
        assert!(cut.iter().all(|piece| piece.chars().count() * 9 <= MAX_SAY_ENCODED));
    }

    #[test]
    fn a_document_never_grows_too_long() {
        let mut document = Document::new();
        for _ in 0..100 {
            document.say(&[("language", "en-US")], &"<&> ".repeat(2_000));
        }
        assert!(document.finish().len() < 64 * 1024);
    }
}
