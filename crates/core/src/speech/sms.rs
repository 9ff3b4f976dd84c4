//! How many SMS a text costs: GSM 03.38 where its alphabet suffices, UCS-2 where not.

use std::fmt;

use serde::Serialize;

/// The alphabet in which a text message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SmsEncoding {
    /// The seven-bit default alphabet of GSM 03.38 with its extension table.
    Gsm7,
    /// Sixteen-bit units, needed as soon as one character is outside the GSM alphabet.
    Ucs2,
}

impl fmt::Display for SmsEncoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Gsm7 => "GSM-7",
            Self::Ucs2 => "UCS-2",
        })
    }
}

/// What a text takes when sent as SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Segments {
    /// The alphabet that the whole message needs.
    pub encoding: SmsEncoding,
    /// Length in septets (GSM 7-bit, extension characters count two) or in UTF-16 units.
    pub units: usize,
    /// Messages that are sent and paid for; none for an empty text.
    pub segments: usize,
}

/// Counts the units and messages that `text` takes.
///
/// A single message holds 160 septets or 70 UTF-16 units; a part of a longer one holds 153 or 67,
/// and neither an extension character nor a surrogate pair is divided between two parts.
#[must_use]
pub fn sms_segments(text: &str) -> Segments {
    let septets: Option<Vec<usize>> = text.chars().map(septets).collect();
    let (encoding, lengths, single, part) = match septets {
        Some(lengths) => (SmsEncoding::Gsm7, lengths, 160, 153),
        None => (SmsEncoding::Ucs2, text.chars().map(char::len_utf16).collect(), 70, 67),
    };
    let units = lengths.iter().sum();
    let segments = match units {
        0 => 0,
        units if units <= single => 1,
        _ => parts(&lengths, part),
    };
    Segments { encoding, units, segments }
}

/// Parts of at most `limit` units, when no character may be divided.
fn parts(lengths: &[usize], limit: usize) -> usize {
    let (mut parts, mut filled) = (1, 0);
    for length in lengths {
        if filled + length > limit {
            parts += 1;
            filled = 0;
        }
        filled += length;
    }
    parts
}

/// Septets of a character in the GSM alphabet, or nothing if it is not in it.
fn septets(sign: char) -> Option<usize> {
    match sign {
        'A'..='Z' | 'a'..='z' | '0'..='9' | ' '..='/' | ':'..='@' | '_' | '\n' | '\r' => Some(1),
        '£' | '¥' | 'è' | 'é' | 'ù' | 'ì' | 'ò' | 'Ç' | 'Ø' | 'ø' | 'Å' | 'å' | 'Δ' | 'Φ' | 'Γ' | 'Λ' | 'Ω' | 'Π'
        | 'Ψ' | 'Σ' | 'Θ' | 'Ξ' | 'Æ' | 'æ' | 'ß' | 'É' | '¤' | '¡' | 'Ä' | 'Ö' | 'Ñ' | 'Ü' | '§' | '¿' | 'ä' | 'ö'
        | 'ñ' | 'ü' | 'à' => Some(1),
        '\u{c}' | '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(text: &str) -> (SmsEncoding, usize, usize) {
        let Segments { encoding, units, segments } = sms_segments(text);
        (encoding, units, segments)
    }

    #[test]
    fn a_gsm_text_fills_160_then_153_a_part() {
        for (length, segments) in [(0, 0), (1, 1), (160, 1), (161, 2), (306, 2), (307, 3)] {
            let text = "a".repeat(length);
            assert_eq!(counted(&text), (SmsEncoding::Gsm7, length, segments));
        }
    }

    #[test]
    fn any_other_character_makes_the_whole_text_sixteen_bit() {
        for (length, segments) in [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3)] {
            let text = "ह".repeat(length);
            assert_eq!(counted(&text), (SmsEncoding::Ucs2, length, segments));
        }
        assert_eq!(counted("sí").0, SmsEncoding::Ucs2);
        assert_eq!(counted("“quoted”").0, SmsEncoding::Ucs2);
        assert_eq!(counted("back`tick").0, SmsEncoding::Ucs2);
    }

    #[test]
    fn the_whole_gsm_alphabet_is_seven_bit() {
        let basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
        // 128 positions less the escape.
        assert_eq!(counted(basic), (SmsEncoding::Gsm7, 127, 1));
        assert_eq!(counted("\u{c}^{}\\[~]|€"), (SmsEncoding::Gsm7, 20, 1));
    }

    #[test]
    fn a_double_unit_is_not_divided_between_parts() {
        // 152 + a two-unit sign does not fit the first part; the rest then overflows the second.
        let text = format!("{}€{}", "a".repeat(152), "a".repeat(152));
        assert_eq!(counted(&text), (SmsEncoding::Gsm7, 306, 3));
        let text = format!("{}👍{}", "ह".repeat(66), "ह".repeat(66));
        assert_eq!(counted(&text), (SmsEncoding::Ucs2, 134, 3));
    }
}
