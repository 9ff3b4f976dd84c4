//! Bars beside each other's names: ways through a flow, choices at a question.

use super::{
    super::ivr::{PathFigure, ShareFigure},
    number, per_cent, share,
};

/// A table of bars, the longest first.
pub(crate) struct Bars {
    pub(crate) title: String,
    /// What the first column names.
    pub(crate) of: &'static str,
    pub(crate) rows: Vec<Bar>,
    /// What is said where there is nothing to draw.
    pub(crate) empty: &'static str,
}

/// One bar.
pub(crate) struct Bar {
    pub(crate) label: String,
    /// The key or keys.
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) share: String,
    /// Its length, and how much of that is filled: in per cent of the widest.
    pub(crate) width: String,
    pub(crate) filled: Option<String>,
}

impl Bars {
    /// The ways that were gone most.
    pub(crate) fn of_paths(paths: &[PathFigure]) -> Self {
        let widest = paths.iter().map(|path| path.calls).max().unwrap_or_default();
        let row = |path: &PathFigure| Bar {
            label: path.label.clone(),
            key: path.path.clone(),
            value: number(path.calls),
            share: share(path.completed, path.calls),
            width: per_cent(path.calls, widest),
            filled: Some(per_cent(path.completed, widest)),
        };
        let empty = "The ways through the flow appear here once calls have ended whose keys were kept.";
        Self { title: "Ways gone most".to_owned(), of: "Way", rows: paths.iter().map(row).collect(), empty }
    }

    /// What was chosen at a question.
    pub(crate) fn of_share(figure: &ShareFigure) -> Self {
        let all: u64 = figure.choices.iter().map(|choice| choice.calls).sum();
        let row = |choice: &super::super::ivr::Choice| Bar {
            label: choice.label.clone(),
            key: choice.digit.clone(),
            value: number(choice.calls),
            share: share(choice.calls, all),
            width: per_cent(choice.calls, all),
            filled: None,
        };
        let rows = if all == 0 { Vec::new() } else { figure.choices.iter().map(row).collect() };
        let empty = "Nobody has pressed a key at this question in these days.";
        Self { title: format!("Chosen at “{}”", figure.step), of: "Choice", rows, empty }
    }

    /// Whether the bars are partly filled.
    pub(crate) fn parts(&self) -> bool {
        self.rows.iter().any(|row| row.filled.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::ivr::Choice, *};

    fn choice(digit: &str, calls: u64) -> Choice {
        Choice { digit: digit.to_owned(), label: digit.to_owned(), calls }
    }

    #[test]
    fn a_share_is_of_all_choices_and_nothing_is_drawn_where_nobody_chose() {
        let figure = ShareFigure { step: "Menu".to_owned(), choices: vec![choice("1", 3), choice("0", 1)] };
        let bars = Bars::of_share(&figure);
        let widths: Vec<_> = bars.rows.iter().map(|row| (row.width.as_str(), row.share.as_str())).collect();
        assert_eq!(widths, [("75.0", "75 %"), ("25.0", "25 %")]);
        let nobody = ShareFigure { step: "Menu".to_owned(), choices: vec![choice("1", 0)] };
        assert!(Bars::of_share(&nobody).rows.is_empty());
    }

    #[test]
    fn the_way_gone_most_fills_the_width() {
        let path = |calls, completed| PathFigure { calls, completed, ..PathFigure::default() };
        let bars = Bars::of_paths(&[path(8, 4), path(2, 2)]);
        let drawn: Vec<_> = bars.rows.iter().map(|row| (row.width.as_str(), row.filled.as_deref())).collect();
        assert_eq!(drawn, [("100.0", Some("50.0")), ("25.0", Some("25.0"))]);
    }
}
