//! The steps of a flow, one below the other: how many came, answered and left.

use super::{super::ivr::StepFigure, number, per_cent, share};

/// A table of steps with a bar each.
pub(crate) struct Funnel {
    pub(crate) rows: Vec<Row>,
}

/// A step.
pub(crate) struct Row {
    pub(crate) label: String,
    pub(crate) entered: String,
    pub(crate) answered: String,
    pub(crate) left: String,
    /// How many of those who came left here.
    pub(crate) drop: String,
    /// Trouble on the way: `12 without a key in time, 3 wrong keys`.
    pub(crate) aside: String,
    /// In per cent of the step most came to.
    pub(crate) width: String,
    pub(crate) filled: String,
}

impl Funnel {
    /// Steps to which nobody came are left out.
    pub(crate) fn of(steps: &[StepFigure]) -> Self {
        let widest = steps.iter().map(|step| step.entered).max().unwrap_or_default();
        let row = |step: &StepFigure| {
            let silent = (step.silent > 0).then(|| format!("{} without a key in time", number(step.silent)));
            let invalid = (step.invalid > 0)
                .then(|| format!("{} wrong {}", number(step.invalid), if step.invalid == 1 { "key" } else { "keys" }));
            Row {
                label: step.label.clone(),
                entered: number(step.entered),
                answered: number(step.answered),
                left: number(step.left),
                drop: share(step.left, step.entered),
                aside: silent.into_iter().chain(invalid).collect::<Vec<_>>().join(", "),
                width: per_cent(step.entered, widest),
                filled: per_cent(step.answered.min(step.entered), widest),
            }
        };
        Self { rows: steps.iter().filter(|step| step.entered > 0).map(row).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_measured_by_the_step_most_came_to() {
        let step = |entered, answered, left| StepFigure { entered, answered, left, ..StepFigure::default() };
        let funnel = Funnel::of(&[step(200, 150, 40), step(100, 100, 0), step(0, 0, 0)]);
        let drawn: Vec<_> = funnel.rows.iter().map(|row| (&*row.width, &*row.filled, &*row.drop)).collect();
        assert_eq!(drawn, [("100.0", "75.0", "20 %"), ("50.0", "50.0", "0 %")]);
    }

    #[test]
    fn where_nobody_came_nothing_is_drawn() {
        assert!(Funnel::of(&[StepFigure::default()]).rows.is_empty());
    }
}
