//! What the counters say about a tree.

use super::{path::Path, tree::Tree};
use crate::ports::CountRow;
use std::collections::BTreeMap;

/// What happened at one step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepFigures {
    /// Its name.
    pub step: String,
    /// Calls that came to it.
    pub reached: i64,
    /// Calls that chose something at it, by their newest choice.
    pub chose: BTreeMap<String, i64>,
    /// Answers, by keys; a call may answer a question more than once.
    pub inputs: BTreeMap<String, i64>,
    /// Questions that nobody answered.
    pub silent: i64,
    /// Answers that were no keys.
    pub invalid: i64,
    /// Calls that came no further, and had not answered everything.
    pub left: i64,
}

impl StepFigures {
    /// Calls that chose something at it.
    #[must_use]
    pub fn answered(&self) -> i64 {
        self.chose.values().sum()
    }
}

/// What happened in a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Calls.
    pub calls: i64,
    /// Calls that answered everything.
    pub complete: i64,
    /// Calls by how many choices they made.
    pub selections: BTreeMap<usize, i64>,
    /// The steps in their order.
    pub steps: Vec<StepFigures>,
    /// Paths, the most frequent first.
    pub paths: Vec<(Path, i64)>,
    /// Calls by weekday (Monday first) and hour of their beginning, in the business's zone.
    pub hours: [[i64; 24]; 7],
}

impl Figures {
    /// Sums the counters of this tree among `rows`, all its versions or one.
    #[must_use]
    pub fn of(tree: &Tree, version: Option<u32>, rows: &[CountRow]) -> Self {
        let step = |step: &String| StepFigures { step: step.clone(), ..StepFigures::default() };
        let mut figures = Self {
            calls: 0,
            complete: 0,
            selections: BTreeMap::new(),
            steps: tree.steps.iter().map(step).collect(),
            paths: Vec::new(),
            hours: [[0; 24]; 7],
        };
        let mut paths: BTreeMap<Path, i64> = BTreeMap::new();
        for row in rows.iter().filter(|row| tree.counts(&row.count.flow, version)) {
            figures.add(&mut paths, &row.count.name, row.n);
        }
        // Paths on which nothing was chosen are no paths.
        figures.paths = paths.into_iter().filter(|(path, n)| *n > 0 && path.chosen() > 0).collect();
        figures.paths.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
        figures
    }

    fn add(&mut self, paths: &mut BTreeMap<Path, i64>, name: &str, n: i64) {
        let (what, rest) = name.split_once(':').unwrap_or((name, ""));
        match what {
            "calls" => self.calls += n,
            "complete" => self.complete += n,
            "path" => *paths.entry(Path::parse(rest)).or_default() += n,
            "selections" => {
                if let Ok(choices) = rest.parse() {
                    *self.selections.entry(choices).or_default() += n;
                }
            }
            "hour" => {
                let place = rest.split_once(':').and_then(|(day, hour)| Some((day.parse().ok()?, hour.parse().ok()?)));
                let hour = place.and_then(|(day, hour): (usize, usize)| self.hours.get_mut(day)?.get_mut(hour));
                if let Some(calls) = hour {
                    *calls += n;
                }
            }
            _ => self.add_to_step(what, rest, n),
        }
    }

    fn add_to_step(&mut self, what: &str, rest: &str, n: i64) {
        let (step, keys) = rest.split_once(':').unwrap_or((rest, ""));
        // A step of an older version is not shown any more.
        let Some(figures) = self.steps.iter_mut().find(|figures| figures.step == step) else { return };
        match what {
            "reached" => figures.reached += n,
            "chose" => *figures.chose.entry(keys.to_owned()).or_default() += n,
            "input" => *figures.inputs.entry(keys.to_owned()).or_default() += n,
            "silent" => figures.silent += n,
            "invalid" => figures.invalid += n,
            "left" => figures.left += n,
            // Counters of a later version say nothing here.
            _ => {}
        }
    }

    /// How many choices were made in all.
    #[must_use]
    pub fn choices(&self) -> i64 {
        self.selections.iter().map(|(choices, calls)| i64::try_from(*choices).unwrap_or(0) * calls).sum()
    }

    /// Calls that made at least so many choices.
    #[must_use]
    pub fn with_choices(&self, least: usize) -> i64 {
        self.selections.range(least..).map(|(_, calls)| calls).sum()
    }
}
