//! What the page of key presses is drawn from: plain data, whoever counted it.

use super::super::words;
use crate::flow_stats::{self, FlowStats};
use chrono::NaiveDate;
use frontdesk_core::{
    event::Answer,
    flow::{Flow, Key, Step},
    ports::CountRow,
    rules::Rules,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What happened in a flow during some days.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct IvrFigures {
    /// Calls that were picked up.
    pub(crate) calls: u64,
    /// Those that came to an answer, a person or the end.
    pub(crate) completed: u64,
    /// Keys pressed that meant something.
    pub(crate) selections: u64,
    /// In the order in which a call goes through them.
    pub(crate) steps: Vec<StepFigure>,
    /// The ways through the flow that were gone most, the most frequent first.
    pub(crate) top_paths: Vec<PathFigure>,
    /// What was chosen at each question.
    pub(crate) shares: Vec<ShareFigure>,
    /// Calls by weekday (Monday first) and hour, in the business's zone.
    pub(crate) hours: [[u64; 24]; 7],
    /// Every day, those without a call included.
    pub(crate) days: Vec<DayFigure>,
}

/// A step and what became of the calls that came there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StepFigure {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) entered: u64,
    pub(crate) answered: u64,
    pub(crate) silent: u64,
    pub(crate) invalid: u64,
    /// Gave up or hung up here.
    pub(crate) left: u64,
}

/// A way through the flow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PathFigure {
    /// The keys, such as `1 > 2`.
    pub(crate) path: String,
    /// What they mean.
    pub(crate) label: String,
    pub(crate) calls: u64,
    pub(crate) completed: u64,
}

/// What was chosen at a question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ShareFigure {
    /// The question.
    pub(crate) step: String,
    pub(crate) choices: Vec<Choice>,
}

/// A key of a question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) digit: String,
    /// What it means.
    pub(crate) label: String,
    pub(crate) calls: u64,
}

/// A day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DayFigure {
    pub(crate) day: NaiveDate,
    pub(crate) calls: u64,
    pub(crate) completed: u64,
}

/// Out of the counters of a flow, day by day. Counters know neither ways nor hours.
pub(super) fn of_counters(rules: &Rules, name: &str, rows: &[CountRow], span: (NaiveDate, NaiveDate)) -> IvrFigures {
    let Some(flow) = rules.flows.get(name) else {
        return IvrFigures::default();
    };
    let stats = flow_stats::gather(rules, Some(name), rows).into_iter().find(|it| it.flow == name).unwrap_or_default();
    let shares: Vec<ShareFigure> = order(flow).iter().filter_map(|step| share(flow, &stats, step)).collect();
    let steps: Vec<StepFigure> = order(flow).iter().map(|step| figure(flow, &stats, step)).collect();
    let days = days(rows, span);
    IvrFigures {
        calls: whole(stats.answered),
        completed: days.iter().map(|day| day.completed).sum(),
        selections: shares.iter().flat_map(|share| &share.choices).map(|choice| choice.calls).sum(),
        shares,
        steps,
        days,
        ..IvrFigures::default()
    }
}

pub(super) fn whole(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

/// Whether a call with this outcome came to where it was meant to come.
fn completes(outcome: &str) -> bool {
    matches!(outcome, "confirmed" | "cancelled" | "reschedule_requested" | "transferred" | "captured")
}

fn days(rows: &[CountRow], (from, to): (NaiveDate, NaiveDate)) -> Vec<DayFigure> {
    let days = from.iter_days().take_while(|day| *day <= to);
    let mut days: BTreeMap<NaiveDate, DayFigure> =
        days.map(|day| (day, DayFigure { day, ..DayFigure::default() })).collect();
    for row in rows {
        let Some(day) = days.get_mut(&row.count.day) else { continue };
        match row.count.name.split_once(':') {
            None if row.count.name == "answered" => day.calls += whole(row.n),
            Some(("outcome", outcome)) if completes(outcome) => day.completed += whole(row.n),
            _ => {}
        }
    }
    days.into_values().collect()
}

/// The steps from the start on, each after one that leads to it; the others at the end.
fn order(flow: &Flow) -> Vec<&str> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut order = Vec::new();
    let first = [Some(flow.start.as_str()), flow.start_unknown.as_deref()];
    let mut next: VecDeque<&str> = first.into_iter().flatten().collect();
    while let Some(name) = next.pop_front() {
        let Some((name, step)) = flow.steps.get_key_value(name) else { continue };
        if seen.insert(name) {
            order.push(name.as_str());
            next.extend(leads_to(step));
        }
    }
    order.extend(flow.steps.keys().map(String::as_str).filter(|name| !seen.contains(name)));
    order
}

fn leads_to(step: &Step) -> Vec<&str> {
    match step {
        Step::Menu(menu) => {
            let keys = menu.keys.values().filter_map(|key| key.goto.as_deref());
            keys.chain(menu.otherwise.as_deref()).collect()
        }
        Step::Say { then, .. } => then.as_deref().into_iter().collect(),
        Step::Transfer { otherwise, .. } => otherwise.as_deref().into_iter().collect(),
        Step::Record(record) => [&record.then, &record.otherwise].into_iter().filter_map(Option::as_deref).collect(),
    }
}

/// A step's name as words.
pub(super) fn label(name: &str) -> String {
    words::capital(&name.replace(['-', '_'], " "))
}

fn figure(flow: &Flow, stats: &FlowStats, name: &str) -> StepFigure {
    let Some(at) = stats.steps.iter().find(|step| step.step == name) else {
        return StepFigure { name: name.to_owned(), label: label(name), ..StepFigure::default() };
    };
    let answered = match flow.steps.get(name) {
        Some(Step::Menu(menu)) => {
            at.digits.iter().filter(|(key, _)| menu.keys.contains_key(*key)).map(|(_, n)| *n).sum()
        }
        // Nothing is asked here: whoever was not lost went on.
        _ => at.entered - at.gave_up - at.hung_up,
    };
    StepFigure {
        name: name.to_owned(),
        label: label(name),
        entered: whole(at.entered),
        answered: whole(answered),
        silent: whole(at.silent),
        invalid: whole(at.invalid),
        left: whole(at.gave_up + at.hung_up),
    }
}

fn share(flow: &Flow, stats: &FlowStats, name: &str) -> Option<ShareFigure> {
    let Some(Step::Menu(menu)) = flow.steps.get(name) else {
        return None;
    };
    let digits = stats.steps.iter().find(|step| step.step == name).map(|step| &step.digits);
    let pressed = |key: &str| digits.and_then(|digits| digits.get(key)).copied().unwrap_or_default();
    let choices = menu.keys.iter().map(|(digit, key)| Choice {
        digit: digit.clone(),
        label: meaning(key),
        calls: whole(pressed(digit)),
    });
    let mut choices: Vec<Choice> = choices.collect();
    choices.sort_by_key(|choice| std::cmp::Reverse(choice.calls));
    Some(ShareFigure { step: label(name), choices })
}

fn meaning(key: &Key) -> String {
    match key.answer {
        Some(Answer::Confirmed) => "Confirm".to_owned(),
        Some(Answer::Cancelled) => "Cancel".to_owned(),
        Some(Answer::OtherTime) => "Another time".to_owned(),
        None if key.opt_out => "No more calls".to_owned(),
        None if key.repeat => "Hear it again".to_owned(),
        None => label(key.goto.as_deref().unwrap_or("Nothing")),
    }
}
