//! When people are on the telephone: weekdays and hours.

use super::number;

const DAYS: [(&str, &str); 7] = [
    ("Mon", "Monday"),
    ("Tue", "Tuesday"),
    ("Wed", "Wednesday"),
    ("Thu", "Thursday"),
    ("Fri", "Friday"),
    ("Sat", "Saturday"),
    ("Sun", "Sunday"),
];
/// How many shades there are beside none.
const SHADES: u64 = 5;

/// A table, hours down and weekdays across: it fits a telephone, and every number stands in its cell.
pub(crate) struct Heat {
    /// Short and long names.
    pub(crate) days: [(&'static str, &'static str); 7],
    /// From the first hour with a call to the last.
    pub(crate) rows: Vec<Row>,
}

/// An hour.
pub(crate) struct Row {
    /// `09`
    pub(crate) hour: String,
    /// Number and shade, Monday first; no number where nobody called.
    pub(crate) cells: Vec<(String, u64)>,
}

impl Heat {
    /// Calls by weekday (Monday first) and hour.
    pub(crate) fn of(hours: &[[u64; 24]; 7]) -> Self {
        let most = hours.iter().flatten().copied().max().unwrap_or_default();
        let busy = |hour: &usize| hours.iter().any(|day| day[*hour] > 0);
        let (first, last) = ((0..24).find(busy), (0..24).rev().find(busy));
        let row = |hour: usize| Row {
            hour: format!("{hour:02}"),
            cells: hours.iter().map(|day| cell(day[hour], most)).collect(),
        };
        let span = first.zip(last).map(|(first, last)| first..=last);
        Self { days: DAYS, rows: span.into_iter().flatten().map(row).collect() }
    }
}

fn cell(n: u64, most: u64) -> (String, u64) {
    if n == 0 { (String::new(), 0) } else { (number(n), (n * SHADES).div_ceil(most).clamp(1, SHADES)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hours_between_the_first_and_the_last_call_are_drawn() {
        let mut hours = [[0; 24]; 7];
        hours[0][9] = 10;
        hours[6][11] = 1;
        let heat = Heat::of(&hours);
        assert_eq!(heat.rows.iter().map(|row| row.hour.as_str()).collect::<Vec<_>>(), ["09", "10", "11"]);
        assert_eq!(heat.rows[0].cells[0], ("10".to_owned(), SHADES));
        assert_eq!(heat.rows[2].cells[6], ("1".to_owned(), 1));
        assert_eq!(heat.rows[1].cells[3], (String::new(), 0));
    }

    #[test]
    fn without_a_call_there_is_nothing_to_draw() {
        assert!(Heat::of(&[[0; 24]; 7]).rows.is_empty());
    }
}
