//! Telephone numbers and codes, read out sign by sign.

use super::Language;

/// Spells out a phone number or a code, one sign after the other, with a pause between them.
///
/// Digits, `+`, `*` and `#` become words, Latin letters are named in capitals; spaces and
/// punctuation are left out, because nobody says them.
#[must_use]
pub fn spoken_digits(text: &str, language: Language) -> String {
    let mut spoken = String::new();
    let mut letter = [0; 4];
    for sign in text.chars() {
        let word = match word(sign, language) {
            Some(word) => word,
            None if sign.is_ascii_alphabetic() => &*sign.to_ascii_uppercase().encode_utf8(&mut letter),
            None => continue,
        };
        if !spoken.is_empty() {
            spoken.push_str(", ");
        }
        spoken.push_str(word);
    }
    spoken
}

fn word(sign: char, language: Language) -> Option<&'static str> {
    let words: [&str; 13] = match language {
        Language::En => {
            ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "plus", "star", "pound"]
        }
        Language::Es => [
            "cero",
            "uno",
            "dos",
            "tres",
            "cuatro",
            "cinco",
            "seis",
            "siete",
            "ocho",
            "nueve",
            "más",
            "asterisco",
            "almohadilla",
        ],
        Language::Hi => ["शून्य", "एक", "दो", "तीन", "चार", "पाँच", "छह", "सात", "आठ", "नौ", "प्लस", "स्टार", "हैश"],
        Language::Nl => [
            "nul",
            "een",
            "twee",
            "drie",
            "vier",
            "vijf",
            "zes",
            "zeven",
            "acht",
            "negen",
            "plus",
            "sterretje",
            "hekje",
        ],
    };
    let at = match sign {
        '+' => 10,
        '*' => 11,
        '#' => 12,
        _ => usize::try_from(sign.to_digit(10)?).ok()?,
    };
    words.get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_said_digit_by_digit() {
        let number = "+1 (500) 23-9";
        for (language, spoken) in [
            (Language::En, "plus, one, five, zero, zero, two, three, nine"),
            (Language::Es, "más, uno, cinco, cero, cero, dos, tres, nueve"),
            (Language::Hi, "प्लस, एक, पाँच, शून्य, शून्य, दो, तीन, नौ"),
            (Language::Nl, "plus, een, vijf, nul, nul, twee, drie, negen"),
        ] {
            assert_eq!(spoken_digits(number, language), spoken);
        }
    }

    #[test]
    fn a_code_names_its_letters_and_signs() {
        assert_eq!(spoken_digits("a7*#", Language::En), "A, seven, star, pound");
        assert_eq!(spoken_digits(" -.", Language::Nl), "");
    }
}
