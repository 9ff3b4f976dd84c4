//! The figures of an IVR that a carrier runs, and its newest calls.

use super::{
    super::words,
    figures::{Choice, DayFigure, IvrFigures, PathFigure, ShareFigure, StepFigure, label, whole},
};
use crate::app::App;
use chrono::NaiveDate;
use chrono_tz::Tz;
use frontdesk_core::{
    ivr::{Call, Figures, Tree},
    ports::CountRow,
};
use std::collections::BTreeMap;

/// How many of the ways gone most are drawn.
const TOP: usize = 12;

/// Out of the counters of a tree, day by day.
pub(super) fn figures(tree: &Tree, rows: &[CountRow], span: (NaiveDate, NaiveDate)) -> IvrFigures {
    let all = Figures::of(tree, None, rows);
    let step = |step: &frontdesk_core::ivr::StepFigures| StepFigure {
        name: step.step.clone(),
        label: label(&step.step),
        entered: whole(step.reached),
        answered: whole(step.answered()),
        silent: whole(step.silent),
        invalid: whole(step.invalid),
        left: whole(step.left),
    };
    let path = |(path, calls): &(frontdesk_core::ivr::Path, i64)| PathFigure {
        path: path.to_string(),
        label: tree.words(path),
        calls: whole(*calls),
        completed: if tree.completed(path) { whole(*calls) } else { 0 },
    };
    let shares = all.steps.iter().enumerate().map(|(position, step)| {
        let mut choices: Vec<Choice> = step
            .chose
            .iter()
            .filter(|(_, calls)| **calls > 0)
            .map(|(keys, calls)| Choice {
                digit: keys.clone(),
                label: tree.label_anywhere(position, keys).to_owned(),
                calls: whole(*calls),
            })
            .collect();
        choices.sort_by_key(|choice| std::cmp::Reverse(choice.calls));
        ShareFigure { step: label(&step.step), choices }
    });
    IvrFigures {
        calls: whole(all.calls),
        completed: whole(all.complete),
        selections: whole(all.choices()),
        steps: all.steps.iter().map(step).collect(),
        top_paths: all.paths.iter().take(TOP).map(path).collect(),
        shares: shares.collect(),
        hours: all.hours.map(|hours| hours.map(whole)),
        days: days(tree, rows, span),
    }
}

fn days(tree: &Tree, rows: &[CountRow], (from, to): (NaiveDate, NaiveDate)) -> Vec<DayFigure> {
    let days = from.iter_days().take_while(|day| *day <= to);
    let mut days: BTreeMap<NaiveDate, DayFigure> =
        days.map(|day| (day, DayFigure { day, ..DayFigure::default() })).collect();
    for row in rows.iter().filter(|row| tree.counts(&row.count.flow, None)) {
        let Some(day) = days.get_mut(&row.count.day) else { continue };
        match row.count.name.as_str() {
            "calls" => day.calls += whole(row.n),
            "complete" => day.completed += whole(row.n),
            _ => {}
        }
    }
    days.into_values().collect()
}

/// A call in the table.
pub(crate) struct Row {
    pub(crate) at: String,
    pub(crate) exact: String,
    pub(crate) id: i64,
    pub(crate) who: String,
    pub(crate) words: String,
    pub(crate) path: String,
    pub(crate) complete: bool,
}

/// The number masked: a page of many is seen by many.
pub(super) fn row(app: &App, tree: &Tree, call: &Call, zone: Tz) -> Row {
    let path = call.path(tree);
    Row {
        at: words::moment(call.started_at, zone, app.now()),
        exact: call.started_at.with_timezone(&zone).to_rfc3339(),
        id: call.id,
        who: call.from.as_ref().map_or_else(|| "Somebody".to_owned(), |from| format!("Somebody at {from}")),
        words: tree.words(&path),
        complete: tree.completed(&path),
        path: path.to_string(),
    }
}
