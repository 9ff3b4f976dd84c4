//! Charts: pure functions from figures to markup. Each is a table with a picture in it, so that what is drawn can be read.
//!
//! Widths and heights are attributes in per cent or pixels, never styles: the content security policy allows none. Colours
//! are classes, so that light and dark are the style sheet's business, and a picture fits whatever width it is given.

mod bars;
mod days;
mod funnel;
mod heat;
mod tiles;

pub(crate) use bars::Bars;
pub(crate) use days::Days;
pub(crate) use funnel::Funnel;
pub(crate) use heat::Heat;
pub(crate) use tiles::Tiles;

/// `part` of `whole` as a per cent for an attribute, such as `33.3`.
fn per_cent(part: u64, whole: u64) -> String {
    format!("{:.1}", ratio(part, whole) * 100.0)
}

/// `part` of `whole` as people read it: `33 %`; nothing where there is no whole.
fn share(part: u64, whole: u64) -> String {
    if whole == 0 { String::new() } else { format!("{:.0} %", ratio(part, whole) * 100.0) }
}

#[expect(clippy::cast_precision_loss, reason = "a picture shows three digits of it")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).min(1.0) }
}

/// The end of an axis that holds `most`: 1, 2 or 5 and noughts, and even, so that its half is whole.
fn ceiling(most: u64) -> u64 {
    let mut step = 2;
    loop {
        for times in [1, 2, 5] {
            let end = step * times;
            if end >= most {
                return end;
            }
        }
        step *= 10;
    }
}

/// A number with thin spaces between its thousands.
fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number_that_holds_everything() {
        for (most, end) in [(0, 2), (1, 2), (2, 2), (3, 4), (5, 10), (11, 20), (90, 100), (101, 200), (401, 1000)] {
            assert_eq!(ceiling(most), end, "{most}");
        }
    }

    #[test]
    fn parts_are_never_more_than_the_whole_and_nothing_of_nothing_is_nothing() {
        assert_eq!(per_cent(1, 3), "33.3");
        assert_eq!(per_cent(9, 3), "100.0");
        assert_eq!(per_cent(0, 0), "0.0");
        assert_eq!(share(1, 3), "33 %");
        assert_eq!(share(0, 0), "");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(number(999), "999");
        assert_eq!(number(1_234_567), "1\u{202f}234\u{202f}567");
    }
}
