//! Links: ours, and those in the words.

use crate::failed;
use frontdesk_core::ports::{Happened, Link, PortResult, Trouble};
use url::Url;

/// The longest link, in octets: with less than a line of mail may have (998), so that it is never broken.
const LONGEST: usize = 900;

/// A link of ours, with what stands on it.
pub(crate) struct Web {
    pub(crate) label: String,
    /// In ASCII, without white space, quotes and angle brackets.
    pub(crate) url: String,
    /// Whether it is `https`.
    pub(crate) secret: bool,
}

/// Reads a link of ours.
pub(crate) fn ours(link: &Link) -> PortResult<Web> {
    let url = read(link.url.reveal()).ok_or_else(|| {
        let what = "a link of the message is no web address of up to 900 characters; look at the gateway's public URL";
        failed(Happened::No, Trouble::Broken, what)
    })?;
    let label = crate::clean::subject(&link.label);
    let label = if label.is_empty() { url.to_string() } else { label };
    Ok(Web { label, secret: url.scheme() == "https", url: url.into() })
}

fn read(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = url.as_str().bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"'));
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    (web && plain && url.as_str().len() <= LONGEST).then_some(url)
}

/// A piece of the words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Nothing but words.
    Words(&'a str),
    /// A web address as it is written there, and where it leads.
    Link(&'a str, String),
}

/// Finds the web addresses in a line.
pub(crate) fn pieces(line: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest, mut from) = (Vec::new(), line, 0);
    while let Some(start) = begin(rest, from) {
        let written = written(&rest[start..]);
        let Some(url) = read(written) else {
            from = start + "http".len();
            continue;
        };
        if start > 0 {
            pieces.push(Piece::Words(&rest[..start]));
        }
        pieces.push(Piece::Link(written, url.into()));
        (rest, from) = (&rest[start + written.len()..], 0);
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest));
    }
    pieces
}

/// Where the next address may begin: not inside a word.
fn begin(text: &str, from: usize) -> Option<usize> {
    let starts = text.match_indices("http").map(|(start, _)| start).filter(|start| *start >= from);
    let free = |start: usize| !text[..start].ends_with(|c: char| c.is_alphanumeric());
    let web = |start: usize| ["http://", "https://"].iter().any(|scheme| text[start..].starts_with(scheme));
    starts.into_iter().find(|start| free(*start) && web(*start))
}

/// An address as far as it goes; what ends a sentence is not of it.
fn written(text: &str) -> &str {
    let ends = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '“' | '”' | '»' | '।');
    let text = &text[..text.find(ends).unwrap_or(text.len())];
    let text = text.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '…']);
    match text.strip_suffix([')', ']', '}']) {
        Some(inner) if !inner.contains(['(', '[', '{']) => inner,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Vec<&str> {
        let pieces = pieces(line);
        let whole: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Words(words) | Piece::Link(words, _) => *words,
            })
            .collect();
        assert_eq!(whole, line, "nothing is lost");
        pieces
            .into_iter()
            .filter_map(|piece| if let Piece::Link(text, _) = piece { Some(text) } else { None })
            .collect()
    }

    #[test]
    fn addresses_are_found_as_people_write_them() {
        assert_eq!(found("Look at https://a.example/x?y=1&z=2."), ["https://a.example/x?y=1&z=2"]);
        assert_eq!(
            found("(http://a.example/p) and https://b.example/w_(x)!"),
            ["http://a.example/p", "https://b.example/w_(x)"]
        );
        assert_eq!(found("https://a.example\"onclick=\"x"), ["https://a.example"]);
        assert_eq!(found("http:// xhttps://a.example javascript://a ftp://a.example"), Vec::<&str>::new());
        assert_eq!(found("http://[ https://ä.example/é"), ["https://ä.example/é"]);
    }
}
