//! The laws of [`MediaLine`].

use bytes::Bytes;
use frontdesk_core::{
    ports::{FromLine, LineStart, MediaLine, ToLine},
    sound::Sound,
};

/// A carrier's line and what it writes.
pub struct Subject<'a> {
    /// The line.
    pub line: &'a dyn MediaLine,
    /// Its message that begins a stream.
    pub start: &'a str,
    /// Its message that brings sound; the sound stands in it as it is.
    pub media: &'a str,
    /// Its other messages.
    pub others: &'a [&'a str],
}

impl Subject<'_> {
    fn read(&self, text: &str) -> Option<FromLine> {
        self.line.read(&Bytes::copy_from_slice(text.as_bytes())).ok()
    }

    fn begin(&self) -> LineStart {
        match self.read(self.start) {
            Some(FromLine::Started(start)) => *start,
            other => panic!("the stream does not begin: {other:?}"),
        }
    }
}

/// Its own messages are understood.
///
/// # Panics
/// When the law does not hold.
pub fn its_messages_are_understood(subject: &Subject<'_>) {
    subject.begin();
    assert!(matches!(subject.read(subject.media), Some(FromLine::Sound(_))), "{}", subject.media);
    for other in subject.others {
        assert!(subject.read(other).is_some(), "{other}");
    }
}

/// Sound is a part of the message, not a copy.
///
/// # Panics
/// When the law does not hold.
pub fn sound_is_a_part_of_the_message(subject: &Subject<'_>) {
    let message = Bytes::copy_from_slice(subject.media.as_bytes());
    let Ok(FromLine::Sound(sound)) = subject.line.read(&message) else { panic!("no sound: {}", subject.media) };
    assert!(message.as_ptr_range().contains(&sound.as_base64().as_ptr()), "it was copied");
    assert!(sound.decode().is_some(), "it is no sound");
}

/// A message it does not know is of no consequence, and members it does not know are passed over.
///
/// # Panics
/// When the law does not hold.
pub fn what_is_new_is_passed_over(subject: &Subject<'_>) {
    assert_eq!(subject.read(r#"{"event":"nobody has heard of it","news":{"of":[1,2]}}"#), Some(FromLine::Nothing));
    for known in [subject.start, subject.media].into_iter().chain(subject.others.iter().copied()) {
        let more = known.replacen('{', r#"{"nobodyHasHeardOf":{"it":[1,"2",null]},"#, 1);
        assert_eq!(subject.read(&more), subject.read(known), "{more}");
    }
}

/// Whatever it is given, it answers; and no part of a message is taken for the whole.
///
/// # Panics
/// When the law does not hold.
pub fn nothing_makes_it_panic(subject: &Subject<'_>) {
    for known in [subject.start, subject.media].into_iter().chain(subject.others.iter().copied()) {
        for end in 0..known.len() {
            let part = Bytes::copy_from_slice(&known.as_bytes()[..end]);
            assert!(subject.line.read(&part).is_err(), "{}", String::from_utf8_lossy(&part));
        }
        for at in 0..known.len() {
            let mut changed = known.as_bytes().to_vec();
            for byte in [0, b'"', b'\\', b'{', b'}', b'0', 0xff] {
                changed[at] = byte;
                let _ = subject.line.read(&Bytes::from(changed.clone()));
            }
        }
    }
}

/// Nothing that is no base64 is taken for sound: it would end the text it is put into.
///
/// # Panics
/// When the law does not hold.
pub fn nothing_hides_in_sound(subject: &Subject<'_>) {
    let Some(FromLine::Sound(sound)) = subject.read(subject.media) else { panic!("no sound: {}", subject.media) };
    let text = String::from_utf8_lossy(sound.as_base64()).into_owned();
    for hidden in [r#"AA\"}"#, r"AA\n", "AA AA", "AA-_"] {
        let message = subject.media.replace(&text, hidden);
        assert!(!matches!(subject.read(&message), Some(FromLine::Sound(_))), "{message}");
    }
}

/// What it writes is one text message each, with the stream's name, the sound and the mark in it.
///
/// # Panics
/// When the law does not hold.
pub fn what_it_writes_is_text(subject: &Subject<'_>) {
    let (start, sound) = (subject.begin(), Sound::encode(&[0x55; 320]));
    for (told, holds) in [
        (ToLine::Sound(&sound), String::from_utf8_lossy(sound.as_base64()).into_owned()),
        (ToLine::Mark("3:14"), "3:14".to_owned()),
        (ToLine::Clear, "clear".to_owned()),
    ] {
        let written = subject.line.write(&start.stream, told);
        let text = std::str::from_utf8(&written).expect("text");
        serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert!(text.contains(&start.stream) && text.contains(&holds), "{text}");
    }
}

/// The lengths it asks for can be had.
///
/// # Panics
/// When the law does not hold.
pub fn its_pieces_can_be_cut(subject: &Subject<'_>) {
    let pieces = subject.line.pieces();
    assert!(pieces.step > 0 && pieces.least > 0 && pieces.least <= pieces.most, "{pieces:?}");
    assert!(pieces.least.is_multiple_of(pieces.step) && pieces.most.is_multiple_of(pieces.step), "{pieces:?}");
    assert!(pieces.ahead.is_none_or(|ahead| ahead > 0), "{pieces:?}");
}
