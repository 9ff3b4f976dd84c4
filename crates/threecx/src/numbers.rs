//! Numbers as a PBX shows them: with a country code, national, an extension, or hidden.

use frontdesk_core::personal::Phone;

/// Reads numbers.
#[derive(Debug, Clone)]
pub(crate) struct Numbers {
    /// The country of numbers without a country code.
    pub(crate) region: Option<String>,
    /// The business's own number.
    pub(crate) own: Option<Phone>,
}

impl Numbers {
    /// Who rings. Whoever hides it, or rings from an extension, is nobody that we know.
    pub(crate) fn caller(&self, shown: &str) -> Phone {
        self.read(shown).unwrap_or_else(Phone::anonymous)
    }

    /// Who is rung. An extension is the business's, whichever it is.
    pub(crate) fn called(&self, shown: &str) -> Phone {
        self.read(shown).or_else(|| self.own.clone()).unwrap_or_else(Phone::unknown)
    }

    /// The number, where it is one.
    pub(crate) fn read(&self, shown: &str) -> Option<Phone> {
        let shown = shown.trim();
        // PBXes write the international prefix as digits, too.
        let text = match shown.strip_prefix("00") {
            Some(rest) if !rest.starts_with('0') => format!("+{rest}"),
            _ => shown.to_owned(),
        };
        // Extensions have few digits, and some of them would be numbers of a small country.
        if text.bytes().filter(u8::is_ascii_digit).count() < 7 {
            return None;
        }
        Phone::parse(&text, self.region.as_deref()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(region: Option<&str>) -> Numbers {
        let own = Phone::parse("+31201234567", None).ok();
        Numbers { region: region.map(str::to_owned), own }
    }

    #[test]
    fn a_caller_is_known_in_every_way_the_number_is_written() {
        for shown in ["+31612345678", "0031612345678", "0612345678", " 06 1234 5678 "] {
            assert_eq!(numbers(Some("NL")).caller(shown).reveal(), "+31612345678", "{shown}");
        }
    }

    #[test]
    fn whoever_hides_or_rings_from_within_is_nobody_that_we_know() {
        for shown in ["", "anonymous", "Anonymous", "Unknown", "150", "*98"] {
            assert!(numbers(Some("NL")).caller(shown).nobodys(), "{shown}");
        }
        assert!(numbers(None).caller("0612345678").nobodys(), "no country to read it in");
    }

    #[test]
    fn an_extension_that_is_rung_is_the_business() {
        assert_eq!(numbers(Some("NL")).called("150").reveal(), "+31201234567");
        assert_eq!(numbers(Some("NL")).called("020 765 4321").reveal(), "+31207654321");
        assert!(Numbers { region: None, own: None }.called("150").nobodys());
    }
}
