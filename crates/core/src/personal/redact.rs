//! What is never kept.

use super::Said;

/// What stands in place of the number of a card.
const CARD: &str = "[card number]";

/// The most blanks and marks between two digits of a number: ` - ` is three.
const WIDEST: usize = 3;

impl Said {
    /// The first `longest` characters of the words without numbers of payment cards: 13 to 19 digits, blanks and marks
    /// between them or not, whose check digit is right, and whatever digits follow or go before, such as the expiry date.
    /// `None` where nothing is left.
    #[must_use]
    pub fn redacted(&self, longest: usize) -> Option<Self> {
        let text = self.reveal();
        let mut kept = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
            let (before, from) = rest.split_at(at);
            kept.push_str(before);
            let run = run(from);
            let (number, after) = from.split_at(run);
            kept.push_str(if is_card(number) { CARD } else { number });
            rest = after;
        }
        kept.push_str(rest);
        Self::new(&kept, longest)
    }
}

/// How long the run of digits at the beginning is, a few blanks and marks between them included: whoever writes down what
/// was spoken puts commas and full stops where somebody breathes.
fn run(text: &str) -> usize {
    let (mut end, mut gap) = (0, 0);
    for (at, c) in text.char_indices() {
        if c.is_ascii_digit() {
            (end, gap) = (at + 1, 0);
        } else if matches!(c, ' ' | ',' | '.' | '-' | '/') && gap < WIDEST {
            gap += 1;
        } else {
            break;
        }
    }
    end
}

/// Whether the digits hold a card's: what was said before or after may be digits as well.
fn is_card(number: &str) -> bool {
    let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
    (13..=19).any(|length| digits.windows(length).any(luhn))
}

fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(n, digit)| match (n % 2, digit * 2) {
            (0, _) => *digit,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    // Zeros alone have a right check digit too.
    sum > 0 && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> String {
        Said::new(text, 1_000).unwrap().redacted(1_000).unwrap().reveal().to_owned()
    }

    #[test]
    fn cards_go_however_they_are_written() {
        for card in [
            "4111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "3782 822463 10005",
            "6011.1111.1111.1117",
        ] {
            assert_eq!(kept(&format!("it's {card}.")), "it's [card number].", "{card}");
        }
        assert_eq!(kept("7 4111 1111 1111 1111 expires"), "[card number] expires");
    }

    #[test]
    fn cards_go_however_they_are_punctuated() {
        assert_eq!(kept("4111, 1111, 1111, 1111"), "[card number]");
        assert_eq!(kept("4111. 1111. 1111. 1111."), "[card number].");
        assert_eq!(kept("4111 - 1111 - 1111 - 1111"), "[card number]");
    }

    #[test]
    fn an_expiry_date_hides_no_card() {
        assert_eq!(kept("3782 822463 10005 12 27"), "[card number]");
        assert_eq!(kept("4111 1111 1111 1111, 12/27, and"), "[card number], and");
    }

    #[test]
    fn other_numbers_stay() {
        for text in ["4111 1111 1111 1113", "+1 415 555 0123", "on the 27th at 2:30", "0000000000000000", "ünï 12 é 3"]
        {
            assert_eq!(kept(text), text);
        }
    }
}
