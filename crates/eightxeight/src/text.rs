//! Text as 8x8 speaks it: plain, without markup, at most 3000 characters. It answers -1016 to characters it does not
//! like and does not say which those are, so whatever cannot be spoken is left out.

use frontdesk_core::speech::Language;

/// The longest text of one action.
/// <https://developer.8x8.com/connect/docs/voice/ivr/call-action-handling>
const MAX_CHARS: usize = 3_000;

/// The text without what cannot be spoken; empty when nothing is left.
pub(crate) fn speakable(text: &str, language: Language) -> String {
    let and = match language {
        Language::En => " and ",
        Language::Es => " y ",
        Language::Hi => " और ",
        Language::Nl => " en ",
    };
    let mut kept = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => kept.push_str(and),
            '<' | '>' | '{' | '}' | '[' | ']' | '\\' | '|' | '^' | '~' | '`' => kept.push(' '),
            c if c.is_control() || c.is_whitespace() => kept.push(' '),
            c if unspeakable(c) => {}
            c => kept.push(c),
        }
    }
    let words: Vec<&str> = kept.split_whitespace().collect();
    words.join(" ").chars().take(MAX_CHARS).collect()
}

/// Pictures, their modifiers, marks of direction and characters that are none.
fn unspeakable(c: char) -> bool {
    matches!(u32::from(c),
        0x200B | 0x200E | 0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF0..=0xFFFF
        | 0x2190..=0x23FF | 0x2500..=0x27BF | 0x2900..=0x2BFF | 0xFE00..=0xFE0F | 0xE000..=0xF8FF | 0x1F000..=0x1FAFF
        | 0xE0000..=0x10FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_every_language_stay_as_they_are() {
        for text in
            ["See you at 7:30 PM, O'Brien.", "¿Vendrá mañana?", "पक्का करने के लिए 1 दबाएँ।", "Tot morgen, één uur."]
        {
            assert_eq!(speakable(text, Language::En), text);
        }
    }

    #[test]
    fn what_cannot_be_spoken_is_left_out() {
        assert_eq!(
            speakable("Ana's <b>Dental</b> & Co\r\n🦷\u{0}\u{202e} !", Language::En),
            "Ana's b Dental /b and Co !"
        );
        assert_eq!(speakable("Pérez & hijos", Language::Es), "Pérez y hijos");
        assert_eq!(speakable("🦷\u{fffe}", Language::En), "");
    }

    #[test]
    fn no_text_is_longer_than_the_vendor_takes() {
        assert_eq!(speakable(&"ä ".repeat(5_000), Language::En).chars().count(), 3_000);
    }
}
