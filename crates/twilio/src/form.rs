//! Form pairs as they came: in order, with duplicates, untrimmed.

use percent_encoding::percent_decode_str;

/// A form or query could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotUtf8;

/// Decoded names and values.
#[derive(Default)]
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

impl Pairs {
    /// Decodes a form body or a query. Nothing is dropped but empty pieces, as signatures cover all of it.
    pub(crate) fn parse(text: &str) -> Result<Self, NotUtf8> {
        let decode = |piece: &str| {
            if !piece.contains(['+', '%']) {
                return Ok(piece.to_owned());
            }
            let spaced = piece.replace('+', " ");
            percent_decode_str(&spaced).decode_utf8().map(std::borrow::Cow::into_owned).map_err(|_| NotUtf8)
        };
        let pair = |piece: &str| {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            Ok((decode(name)?, decode(value)?))
        };
        text.split('&').filter(|piece| !piece.is_empty()).map(pair).collect::<Result<_, _>>().map(Self)
    }

    /// The first value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a name, unless it is empty: Twilio sends much of what it does not know as nothing.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// A number; `None` where it is missing, empty or none.
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.get(name)?.trim().parse().ok()
    }
}
