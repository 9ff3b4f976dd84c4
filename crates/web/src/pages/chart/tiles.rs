//! The figures at the top.

use super::{super::ivr::IvrFigures, number, share};

/// Figures, each with what it counts.
pub(crate) struct Tiles {
    pub(crate) tiles: Vec<Tile>,
}

/// One figure.
pub(crate) struct Tile {
    pub(crate) figure: String,
    pub(crate) name: &'static str,
    /// What else is to be said of it.
    pub(crate) more: String,
}

impl Tiles {
    /// What matters most.
    pub(crate) fn of(it: &IvrFigures) -> Self {
        let left: u64 = it.steps.iter().map(|step| step.left).sum();
        let part = |n: u64| if it.calls == 0 { String::new() } else { format!("{} of calls", share(n, it.calls)) };
        Self {
            tiles: vec![
                Tile { figure: number(it.calls), name: "calls picked up", more: String::new() },
                Tile { figure: number(it.completed), name: "came to an answer", more: part(it.completed) },
                Tile { figure: number(left), name: "left on the way", more: part(left) },
                Tile { figure: number(it.selections), name: "choices made", more: String::new() },
            ],
        }
    }
}
