//! Finds the sound in a message without parsing it.

use crate::sound::letters;
use std::ops::Range;

/// Where the base64 text stands in a message of event `media` with the caller's sound. `None` where there is anything else
/// than such messages usually have: other members, escapes, members told twice, or what is no JSON.
pub(super) fn payload(message: &[u8]) -> Option<Range<usize>> {
    let mut scan = Scan { message, at: 0 };
    let (mut is_media, mut payload) = (false, None);
    let (mut sequence, mut stream) = (false, false);
    scan.object(|scan, name| match name {
        b"event" if !is_media => {
            is_media = scan.string()? == b"media";
            is_media.then_some(())
        }
        b"media" if payload.is_none() => {
            payload = Some(scan.media()?);
            Some(())
        }
        b"sequenceNumber" | b"sequence_number" if !sequence => {
            sequence = true;
            scan.scalar()
        }
        b"streamSid" | b"stream_sid" if !stream => {
            stream = true;
            scan.scalar()
        }
        _ => None,
    })?;
    scan.blanks();
    (is_media && scan.at == message.len()).then_some(payload?)
}

struct Scan<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn media(&mut self) -> Option<Range<usize>> {
        let mut payload = None;
        let mut track = false;
        self.object(|scan, name| match name {
            b"payload" if payload.is_none() => {
                payload = Some(scan.base64()?);
                Some(())
            }
            b"track" if !track => {
                track = scan.string()? == b"inbound";
                track.then_some(())
            }
            b"chunk" | b"timestamp" => scan.scalar(),
            _ => None,
        })?;
        payload
    }

    /// Goes through the members of an object; `member` reads the value of each.
    fn object(&mut self, mut member: impl FnMut(&mut Self, &'a [u8]) -> Option<()>) -> Option<()> {
        self.blanks();
        self.expect(b'{')?;
        loop {
            self.blanks();
            let name = self.string()?;
            self.blanks();
            self.expect(b':')?;
            self.blanks();
            member(self, name)?;
            self.blanks();
            match self.take()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// A string of printable ASCII without escapes.
    fn string(&mut self) -> Option<&'a [u8]> {
        self.expect(b'"')?;
        let rest = self.message.get(self.at..)?;
        let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' ' | 0x7f..))?;
        self.at += length;
        self.expect(b'"')?;
        Some(&rest[..length])
    }

    /// A string that holds nothing but base64.
    fn base64(&mut self) -> Option<Range<usize>> {
        self.expect(b'"')?;
        let from = self.at;
        let length = letters(&self.message[from..]);
        self.at += length;
        self.expect(b'"')?;
        Some(from..from + length)
    }

    /// A string, or a number without sign, point and leading zero.
    fn scalar(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            b'0' => {
                self.at += 1;
                (!self.peek()?.is_ascii_digit()).then_some(())
            }
            b'1'..=b'9' => {
                while self.peek()?.is_ascii_digit() {
                    self.at += 1;
                }
                Some(())
            }
            _ => None,
        }
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.take()? == byte).then_some(())
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn peek(&self) -> Option<u8> {
        self.message.get(self.at).copied()
    }
}
