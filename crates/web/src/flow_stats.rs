//! How people go through a flow, step by step, out of the counters.

use crate::{
    app::App,
    appointments::business_of,
    problem::{Answer, Problem},
    query::Query,
    views::json,
};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri},
    routing::get,
};
use chrono::NaiveDate;
use frontdesk_core::{
    flow::{Flow, Step},
    ivr::{Figures, StepFigures},
    ports::{CountFilter, CountRow},
    rules::Rules,
};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/api/v1/ivr/flow", get(flow))
}

/// What happened at one step.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct StepStats {
    #[schema(example = "menu")]
    step: String,
    /// How often a call came here.
    #[schema(example = 120)]
    entered: i64,
    /// Keys, and how often each was pressed.
    #[schema(example = json!({"1": 80, "0": 12, "2": 9}))]
    digits: BTreeMap<String, i64>,
    /// Presses of keys that mean nothing here.
    invalid: i64,
    /// Questions that nobody answered in time.
    silent: i64,
    /// Calls that used up their tries here.
    gave_up: i64,
    /// Calls that were hung up here.
    hung_up: i64,
}

/// What happened in one flow.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct FlowStats {
    #[schema(example = "confirm")]
    flow: String,
    /// Calls that were picked up.
    answered: i64,
    /// In the order of the flow's file, by name.
    steps: Vec<StepStats>,
    /// What came of the calls.
    #[schema(example = json!({"confirmed": 80, "cancelled": 12}))]
    outcomes: BTreeMap<String, i64>,
}

/// What happened in the flows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FlowsView {
    business: Option<String>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    flows: Vec<FlowStats>,
}

/// How people go through the flows
///
/// Days are the business's, and inclusive.
#[utoipa::path(
    get, path = "/api/v1/ivr/flow", tag = "statistics",
    params(
        ("flow" = Option<String>, Query, description = "Only this flow"),
        ("business" = Option<String>, Query, description = "Only this business"),
        ("from" = Option<NaiveDate>, Query, description = "From this day on"),
        ("to" = Option<NaiveDate>, Query, description = "Up to and with this day"),
    ),
    responses(
        (status = 200, description = "Per step: entered, by digit, silent, invalid, hung up", body = FlowsView),
        (status = 422, description = "A parameter is not right", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn flow(State(app): State<App>, uri: Uri) -> Answer {
    let mut query = Query::of(&uri);
    let rules = app.rules();
    let business = business_of(&app, &mut query);
    let flow = query.read("flow", |name| {
        let trees = rules.trees.iter().map(|tree| tree.name.as_str());
        let known: Vec<&str> = rules.flows.keys().map(String::as_str).chain(trees).collect();
        if known.contains(&name) {
            Ok(name.to_owned())
        } else {
            Err(format!("is not configured here; use one of {}", known.join(", ")))
        }
    });
    let (from, to) = (query.day("from"), query.day("to"));
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        query.wrong("to", "lies before from");
    }
    query.finish()?;
    // Those of an IVR that a carrier runs stand under a name for each of its versions.
    let rows =
        app.store().counts(CountFilter { business: business.clone(), from, to, ..CountFilter::default() }).await?;
    let flows = gather(rules, flow.as_deref(), &rows);
    json(StatusCode::OK, &FlowsView { business, from, to, flows })
}

/// Sums the counters by flow and step; a step nobody came to is there with zeros.
fn gather(rules: &Rules, only: Option<&str>, rows: &[CountRow]) -> Vec<FlowStats> {
    let mut flows: BTreeMap<&str, FlowStats> = BTreeMap::new();
    for (name, flow) in &rules.flows {
        if only.is_none_or(|only| only == name) {
            let stats = flows.entry(name).or_default();
            for step in flow.steps.keys() {
                step_of(stats, step);
            }
        }
    }
    for tree in rules.trees.iter().filter(|tree| only.is_none_or(|only| only == tree.name)) {
        flows.insert(&tree.name, captured(&Figures::of(tree, None, rows)));
    }
    let named = |row: &&CountRow| only.map_or(!row.count.flow.is_empty(), |only| only == row.count.flow);
    for row in rows.iter().filter(named).filter(|row| !row.count.flow.contains('@')) {
        let stats = flows.entry(&row.count.flow).or_default();
        add(stats, rules.flows.get(&row.count.flow), &row.count.name, row.n);
    }
    flows.into_iter().map(|(name, stats)| FlowStats { flow: name.to_owned(), ..stats }).collect()
}

/// The same of an IVR that a carrier runs; its steps are in their order.
fn captured(figures: &Figures) -> FlowStats {
    let step = |step: &StepFigures| StepStats {
        step: step.step.clone(),
        entered: step.reached,
        digits: step.inputs.clone(),
        invalid: step.invalid,
        silent: step.silent,
        gave_up: 0,
        hung_up: step.left,
    };
    FlowStats {
        flow: String::new(),
        answered: figures.calls,
        steps: figures.steps.iter().map(step).collect(),
        outcomes: BTreeMap::from([("captured".to_owned(), figures.complete)]),
    }
}

fn step_of<'a>(stats: &'a mut FlowStats, name: &str) -> &'a mut StepStats {
    let index = match stats.steps.binary_search_by(|step| step.step.as_str().cmp(name)) {
        Ok(index) => index,
        Err(index) => {
            let step = StepStats { step: name.to_owned(), ..StepStats::default() };
            stats.steps.insert(index, step);
            index
        }
    };
    &mut stats.steps[index]
}

fn add(stats: &mut FlowStats, flow: Option<&Flow>, name: &str, n: i64) {
    let parts: Vec<&str> = name.split(':').collect();
    match parts.as_slice() {
        ["answered"] => stats.answered += n,
        ["outcome", outcome] => *stats.outcomes.entry((*outcome).to_owned()).or_default() += n,
        ["step", step, "entered"] => step_of(stats, step).entered += n,
        ["step", step, "silent"] => step_of(stats, step).silent += n,
        ["step", step, "invalid"] => step_of(stats, step).invalid += n,
        ["step", step, "gave_up"] => step_of(stats, step).gave_up += n,
        ["step", step, "hung_up"] => step_of(stats, step).hung_up += n,
        ["step", step, "digit", digit] => {
            let means = match flow.and_then(|flow| flow.steps.get(*step)) {
                Some(Step::Menu(menu)) => menu.keys.contains_key(*digit),
                // The flow may have been changed since; what was pressed then is not called wrong now.
                _ => true,
            };
            let at = step_of(stats, step);
            *at.digits.entry((*digit).to_owned()).or_default() += n;
            if !means {
                at.invalid += n;
            }
        }
        // Counters of a later version say nothing here.
        _ => {}
    }
}
