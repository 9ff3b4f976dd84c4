//! The short cut for the one message that comes fifty times a second: sound, in the plainest of its shapes. Whatever is
//! written in any other way, valid or not, is none of its business: `None`.

use std::ops::Range;

/// Whether base64 (RFC 4648, section 4) writes this byte.
pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Finds the sound in `{"audio_event":{"audio_base_64":"…","event_id":1},"type":"audio"}`, members in any order and spaced
/// in any way; and its event.
pub(super) fn audio(message: &[u8]) -> Option<(Range<usize>, Option<i64>)> {
    let mut scan = Scan { message, at: 0 };
    let (mut typed, mut event) = (false, None);
    scan.object(|scan, name| match name {
        b"type" if !typed => {
            typed = true;
            (scan.plain()? == b"audio").then_some(())
        }
        b"audio_event" if event.is_none() => {
            event = Some(scan.event()?);
            Some(())
        }
        _ => None,
    })?;
    scan.space();
    if scan.at != message.len() || !typed {
        return None;
    }
    event
}

struct Scan<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn space(&mut self) {
        while matches!(self.message.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn byte(&mut self, want: u8) -> Option<()> {
        self.space();
        self.taken(want).then_some(())
    }

    fn taken(&mut self, want: u8) -> bool {
        let there = self.message.get(self.at) == Some(&want);
        self.at += usize::from(there);
        there
    }

    /// An object that is not empty, member by member.
    fn object(&mut self, mut member: impl FnMut(&mut Self, &[u8]) -> Option<()>) -> Option<()> {
        self.byte(b'{')?;
        loop {
            self.space();
            let name = self.plain()?;
            self.byte(b':')?;
            self.space();
            member(self, name)?;
            self.space();
            if self.taken(b'}') {
                return Some(());
            }
            self.byte(b',')?;
        }
    }

    /// A string of letters, digits and low lines.
    fn plain(&mut self) -> Option<&'a [u8]> {
        let range = self.string(|byte| byte.is_ascii_alphanumeric() || byte == b'_')?;
        Some(&self.message[range])
    }

    fn string(&mut self, of: impl Fn(u8) -> bool) -> Option<Range<usize>> {
        if !self.taken(b'"') {
            return None;
        }
        let from = self.at;
        let length = self.message[from..].iter().position(|byte| !of(*byte))?;
        self.at += length;
        self.taken(b'"').then_some(from..from + length)
    }

    fn event(&mut self) -> Option<(Range<usize>, Option<i64>)> {
        let (mut sound, mut number) = (None, None);
        self.object(|scan, name| match name {
            b"audio_base_64" if sound.is_none() => {
                sound = Some(scan.string(is_base64)?);
                Some(())
            }
            b"event_id" if number.is_none() => {
                number = Some(scan.number()?);
                Some(())
            }
            _ => None,
        })?;
        let sound = sound.filter(|sound| !sound.is_empty())?;
        Some((sound, number))
    }

    /// A whole number of at most 18 digits.
    fn number(&mut self) -> Option<i64> {
        let from = self.at;
        let negative = self.taken(b'-');
        let digits = self.message[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let leading_zero = digits > 1 && self.message.get(self.at) == Some(&b'0');
        self.at += digits;
        // `-0` is a number with a fraction to some.
        if digits == 0 || digits > 18 || leading_zero || negative && self.message.get(from + 1) == Some(&b'0') {
            return None;
        }
        std::str::from_utf8(&self.message[from..self.at]).ok()?.parse().ok()
    }
}
