//! Brings what people type into one form, so that the word lists can stay short.

/// A piece of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A word, a number or an emoji, in lower case and without accents.
    Word(String),
    /// Punctuation: no phrase reaches across it.
    Break,
    /// A question mark.
    Question,
}

impl Piece {
    /// The word, where it is one.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Break | Self::Question => None,
        }
    }
}

/// Cuts a message into folded words and the breaks between them.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut word = String::new();
    let finish = |word: &mut String, pieces: &mut Vec<Piece>| {
        if !word.is_empty() {
            pieces.push(Piece::Word(std::mem::take(word)));
        }
    };
    for sign in text.chars() {
        match sign {
            // Apostrophes vanish: "can't", "can’t" and "cant" are one word. So do the marks that
            // only change the look of the sign before them.
            '\''
            | '’'
            | '‘'
            | '`'
            | '´'
            | '\u{300}'..='\u{36f}'
            | '\u{93c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{fe0e}'
            | '\u{fe0f}'
            | '\u{20e3}'
            | '\u{1f3fb}'..='\u{1f3ff}'
            | '\u{feff}'
            | '\u{2060}'..='\u{2069}' => {}
            '?' | '¿' => {
                finish(&mut word, &mut pieces);
                pieces.push(Piece::Question);
            }
            sign if is_word(sign) => word.extend(fold(sign)),
            sign if sign != '\n' && (sign.is_whitespace() || sign == '-') => finish(&mut word, &mut pieces),
            sign if sign.is_ascii() || is_punctuation(sign) => {
                finish(&mut word, &mut pieces);
                // Punctuation before the first word separates nothing.
                if !pieces.is_empty() {
                    pieces.push(Piece::Break);
                }
            }
            emoji => {
                finish(&mut word, &mut pieces);
                pieces.push(Piece::Word(emoji.to_string()));
            }
        }
    }
    finish(&mut word, &mut pieces);
    pieces
}

/// Letters and digits of every script, and the signs that join within a Devanagari word.
fn is_word(sign: char) -> bool {
    match sign {
        '\u{964}' | '\u{965}' | '\u{970}' => false,
        '\u{900}'..='\u{97f}' => true,
        _ => sign.is_alphanumeric(),
    }
}

fn is_punctuation(sign: char) -> bool {
    matches!(sign, '\u{964}' | '\u{965}' | '\u{970}' | '\u{a1}'..='\u{bf}' | '\u{2010}'..='\u{205e}')
}

/// One letter in lower case, without accent, with nukta and chandrabindu written the plain way.
pub(in crate::speech) fn fold(sign: char) -> impl Iterator<Item = char> {
    let plain = match sign {
        'à' | 'á' | 'â' | 'ä' | 'ã' | 'å' | 'À' | 'Á' | 'Â' | 'Ä' | 'Ã' | 'Å' => 'a',
        'è' | 'é' | 'ê' | 'ë' | 'È' | 'É' | 'Ê' | 'Ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' | 'Ì' | 'Í' | 'Î' | 'Ï' => 'i',
        'ò' | 'ó' | 'ô' | 'ö' | 'õ' | 'Ò' | 'Ó' | 'Ô' | 'Ö' | 'Õ' => 'o',
        'ù' | 'ú' | 'û' | 'ü' | 'Ù' | 'Ú' | 'Û' | 'Ü' => 'u',
        'ñ' | 'Ñ' => 'n',
        'ç' | 'Ç' => 'c',
        '\u{901}' => '\u{902}',
        '\u{958}' => 'क',
        '\u{959}' => 'ख',
        '\u{95a}' => 'ग',
        '\u{95b}' => 'ज',
        '\u{95c}' => 'ड',
        '\u{95d}' => 'ढ',
        '\u{95e}' => 'फ',
        '\u{95f}' => 'य',
        '\u{966}'..='\u{96f}' => ascii_digit(sign, '\u{966}'),
        '\u{ff10}'..='\u{ff19}' => ascii_digit(sign, '\u{ff10}'),
        sign => sign,
    };
    plain.to_lowercase()
}

fn ascii_digit(sign: char, zero: char) -> char {
    let value = u32::from(sign).saturating_sub(u32::from(zero));
    char::from_digit(value, 10).unwrap_or(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let pieces = pieces(text);
        let words = pieces.iter().filter_map(Piece::word);
        words.map(str::to_owned).collect()
    }

    #[test]
    fn spelling_that_looks_alike_is_alike() {
        for (one, other) in [
            ("SÍ", "si"),
            ("si\u{301}", "sí"),
            ("can’t", "CANT"),
            ("हाँ", "हां"),
            ("फ\u{93c}रवरी", "\u{95e}रवरी"),
            ("१", "1"),
            ("１", "1"),
            ("1\u{fe0f}\u{20e3}", "1"),
            ("👍🏽", "👍"),
            ("re-schedule", "re schedule"),
        ] {
            assert_eq!(words(one), words(other), "{one} {other}");
        }
    }

    #[test]
    fn punctuation_separates_and_questions_are_kept() {
        assert_eq!(
            pieces("No, ok?"),
            [Piece::Word("no".to_owned()), Piece::Break, Piece::Word("ok".to_owned()), Piece::Question,]
        );
        assert_eq!(words("हाँ।"), ["हां"]);
        assert_eq!(words("ok👍👍"), ["ok", "👍", "👍"]);
        assert_eq!(pieces(" \n\"no\"").first(), Some(&Piece::Word("no".to_owned())));
        assert!(pieces(" \n\t.").is_empty());
    }
}
